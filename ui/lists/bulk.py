"""Changing many rows of a list at once, and taking it back.

What is chosen arrives as ids or as "the whole view"; either way the server works the rows out again from what the user
may see and from the filters, and the action's own service decides which of them the user may change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from django import forms
from django.db import models, transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise

from ui.lists.state import ListState
from ui.models import ListWork

BIG = 2_000
"""More rows than this are changed in the background."""
CHUNK = 500
MOST_IDS = 500  # a page shows fewer; more ids come from no page of ours


@dataclass
class Outcome:
    """What an action did to some rows: the value before by id, and how many it left as they were, by reason."""

    changed: dict[int, Any] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class BulkAction:
    """Something that can be done to many rows: asked by `form`, done by `run`, taken back by `undo`.

    `form(user, data, so_far)` returns a form; its cleaned data travel as they were posted. `data` is None until they are,
    `so_far` holds what the form showed when it is drawn anew: a form with `redrawn_by`, the name of one of its fields,
    is whenever that field changes. `run(user, ids, cleaned)` and `undo(user, ids, before, cleaned)` call a service of the
    app, which checks each row again; what has become wrong since it was posted is missing in `cleaned`. `question` and
    `told` are called with the number of rows and return a sentence.
    """

    name: str
    label: str | Promise
    icon: str
    permission: str
    form: Callable[[Any, QueryDict | None, QueryDict], forms.Form]
    run: Callable[[Any, Sequence[int], dict[str, Any]], Outcome]
    question: Callable[[int, str], str]
    told: Callable[[int, dict[str, Any]], str]
    undo: Callable[[Any, Sequence[int], Any, dict[str, Any]], Outcome] | None = None


@dataclass(frozen=True)
class Selection:
    """The rows that somebody chose in one view."""

    state: ListState
    ids: list[int] | None

    @classmethod
    def read(cls, page: Any, user: Any, data: QueryDict) -> Selection:
        """Read a selection from a form: `all` and the view's `state`, or `id` for each row."""
        state = ListState(page, user, QueryDict(data.get("state", "")[:4_000]))
        if data.get("all") == "1":
            return cls(state, None)
        ids = [int(text) for text in data.getlist("id")[:MOST_IDS] if text.isascii() and text.isdigit() and len(text) < 19]
        return cls(state, list(dict.fromkeys(ids)))

    @property
    def rows(self) -> models.QuerySet[Any]:
        """The chosen rows, as far as the user sees them and the filters leave them."""
        rows = self.state.matches
        return rows if self.ids is None else rows.filter(pk__in=self.ids)

    def count(self) -> int:
        return self.rows.order_by().count()


def start(action: BulkAction, selection: Selection, *, user: Any, data: QueryDict) -> ListWork:
    """Note what is to be done to the chosen rows."""
    return ListWork.objects.create(
        page=selection.state.page.key,
        action=action.name,
        user=user,
        data={key: data.getlist(key) for key in action.form(user, data, data).fields if key in data},
        query=selection.state.query(),
        ids=selection.ids,
        total=selection.count(),
    )


def carry_out(work: ListWork, action: BulkAction, selection: Selection) -> ListWork:
    """Do what was noted, a chunk of rows at a time, each in its own transaction; the progress can be read meanwhile."""
    cleaned = cleaned_of(work, action)
    before: dict[Any, list[int]] = {value: list(ids) for value, ids in work.before}
    changed_already = {pk for ids in before.values() for pk in ids}
    ids = sorted(set(selection.rows.order_by().values_list("pk", flat=True)) - changed_already)
    work.total, work.done, work.state = len(ids) + len(changed_already), len(changed_already), ListWork.State.RUNNING
    work.left = {}
    work.save(update_fields=["total", "done", "state", "left"])
    for chunk in batched(ids, CHUNK, strict=False):
        with transaction.atomic():
            outcome = action.run(work.user, chunk, cleaned)
            for pk, value in outcome.changed.items():
                before.setdefault(value, []).append(pk)
            for reason, number in outcome.left.items():
                work.left[reason] = work.left.get(reason, 0) + number
            work.changed += len(outcome.changed)
            work.done += len(chunk)
            work.before = [[value, changed] for value, changed in before.items()]
            work.save(update_fields=["changed", "left", "done", "before"])
    work.state, work.finished_at = ListWork.State.DONE, timezone.now()
    work.save(update_fields=["state", "finished_at"])
    return work


def cleaned_of(work: ListWork, action: BulkAction) -> dict[str, Any]:
    """Return the cleaned data of a noted action, without what is no longer offered (a list entry has gone since)."""
    data = QueryDict(mutable=True)
    for key, values in work.data.items():
        data.setlist(key, values)
    form = action.form(work.user, data, data)
    form.is_valid()  # it was when it was posted
    return form.cleaned_data


@transaction.atomic
def take_back(work: ListWork, action: BulkAction) -> int:
    """Give the changed rows their values back; rows that the user may no longer change stay. Return how many."""
    work = ListWork.objects.select_for_update(of=("self",)).get(pk=work.pk)
    if work.undone_at or action.undo is None or work.state != ListWork.State.DONE:
        return 0
    cleaned = cleaned_of(work, action)
    changed = 0
    for value, ids in work.before:
        for chunk in _chunks(ids):
            changed += len(action.undo(work.user, chunk, value, cleaned).changed)
    work.undone_at = timezone.now()
    work.save(update_fields=["undone_at"])
    return changed


def _chunks(ids: Iterable[int]) -> Iterable[tuple[int, ...]]:
    return batched(ids, CHUNK, strict=False)
