"""The audit: who signed in, took data out, brought data in, merged, changed rules, roles and settings.

A line (`AuditEntry`) is written in the transaction of what it tells of: by a service (`accounts.services.audit.note`), or
by a trigger where the fact has a row of its own (`accounts.audit.triggers`). Apps register in `apps.py` how theirs are
read: `Group` puts actions into words and together for the filter, `Subject` says what the things are called. Names are
read from the things themselves, so what was erased there is not named here either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast
from django.utils.functional import Promise

if TYPE_CHECKING:
    from accounts.models import AuditEntry


@dataclass(frozen=True)
class Group:
    """Actions that belong together. `actions` puts each into words; `say` tells the details of one line."""

    key: str
    label: str | Promise
    actions: Mapping[str, str | Promise]
    say: Callable[[AuditEntry], str] = lambda entry: ""


@dataclass(frozen=True)
class Subject:
    """A kind of thing that lines are about. `key` is the name of its model, `rows` are all there are.

    `name` is the field or expression that says what one is called, `note` one with more words for the details; `show`
    puts a name into the reader's language, `url` leads to the thing. `find` returns ids by what somebody typed, where
    there are too many rows to look through their names.
    """

    key: str
    label: str | Promise
    rows: Callable[[], models.QuerySet[Any]]
    name: str | models.Expression
    note: str = ""
    show: Callable[[str], str] = str
    url: Callable[[int], str] | None = None
    find: Callable[[str], Sequence[int]] | None = None

    def named(self, text: str) -> Q:
        """Return the condition that a line is about one whose name holds `text`."""
        if self.find:
            return Q(about=self.key, object_id__in=self.find(text))
        found = self.rows().annotate(_called=self._text(self.name)).filter(_called__icontains=text)
        return Q(about=self.key, object_id__in=found.order_by().values("pk"))

    def word(self, field: str | models.Expression) -> Subquery:
        """Return the subquery of one field, for a line about one of these."""
        rows = self.rows().filter(pk=OuterRef("object_id")).order_by()
        return Subquery(rows.annotate(_called=self._text(field)).values("_called")[:1])

    @staticmethod
    def _text(field: str | models.Expression) -> Cast:
        return Cast(field, models.TextField())


_groups: dict[str, Group] = {}
_subjects: dict[str, Subject] = {}


def register(*made: Group | Subject) -> None:
    """Make groups and subjects known; registering a key again replaces it. Called by apps in `ready`."""
    for one in made:
        if isinstance(one, Group):
            _groups[one.key] = one
        else:
            _subjects[one.key] = one


def groups() -> list[Group]:
    """Return the groups of actions in the order in which the apps registered them."""
    return list(_groups.values())


def subjects() -> list[Subject]:
    """Return the kinds of things that lines are about."""
    return list(_subjects.values())


def group_of(action: str) -> Group | None:
    """Return the group of an action, or None for one whose app is gone."""
    return next((group for group in _groups.values() if action in group.actions), None)


def subject_of(about: str) -> Subject | None:
    """Return what kind of thing `about` is, or None."""
    return _subjects.get(about)


def names() -> Case:
    """Return the expression of what a line is about: the present name of the thing."""
    return _by_subject({subject.key: subject.word(subject.name) for subject in subjects()})


def notes() -> Case:
    """Return the expression of the further words of what a line is about."""
    return _by_subject({subject.key: subject.word(subject.note) for subject in subjects() if subject.note})


def _by_subject(words: Mapping[str, Subquery]) -> Case:
    whens = [When(about=key, then=word) for key, word in words.items()]
    return Case(*whens, default=Value(None), output_field=models.TextField())
