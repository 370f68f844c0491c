"""Taking back what an import wrote into the ledger, as long as nobody touched it since: what the kinds share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from pghistory.models import Event

from clients.imports.kinds import Touched
from clients.models import ImportedRow

_AT_ONCE = 1_000

Trail = dict[int, list[ImportedRow]]
"""What a run did, by the row of the ledger, in the order in which it did it."""


def pages(run_id: int) -> Iterator[Trail]:
    """Yield the trail of a run, some rows of the ledger at a time. What a page is of may be deleted on the way."""
    after = 0
    while True:
        steps = ImportedRow.objects.filter(run=run_id, object_id__gt=after)
        ids = list(steps.order_by("object_id").values_list("object_id", flat=True).distinct()[:_AT_ONCE])
        if not ids:
            return
        found: Trail = {id_: [] for id_ in ids}
        for step in ImportedRow.objects.filter(run=run_id, object_id__in=ids).order_by("id"):
            found[step.object_id].append(step)
        after = ids[-1]
        yield found


def is_new(steps: Sequence[ImportedRow]) -> bool:
    """Whether the run made the row that these steps are about."""
    return steps[0].before is None


def rows_of(steps: Sequence[ImportedRow]) -> int:
    """How many rows of the file these steps are."""
    return sum(int(step.parts[0]) for step in steps)


def touched(object_id: int, steps: Sequence[ImportedRow], row: models.Model | None, why: str) -> Touched:
    """Say why a row of the ledger stays."""
    return Touched(object_id, str(row or ""), why, rows_of(steps))


def why_gone() -> str:
    return _("is not there any more")


def why_changed() -> str:
    return _("changed since")


def why_in_use(what: str) -> str:
    return _("in use: %(what)s") % {"what": what}


def why_closed() -> str:
    return _("in a closed period")


def is_closed(locked_before: date | None, days: Iterable[date]) -> bool:
    """Whether one of `days` lies before the day from which the ledger is open."""
    return locked_before is not None and any(day < locked_before for day in days)


def pointed_at(model: Any, ids: Sequence[int], *, besides: frozenset[Any]) -> dict[int, str]:
    """Return which of the rows anything points at, with the name of what it is. `besides` are models that the caller asks itself."""
    found: dict[int, str] = {}
    for relation in model._meta.related_objects:
        other: Any = relation.related_model
        if other in besides or issubclass(other, Event) or relation.field.many_to_many:
            continue
        rows = other._base_manager.filter(**{f"{relation.field.name}__in": ids})
        for id_ in rows.values_list(relation.field.attname, flat=True).distinct():
            found.setdefault(id_, str(other._meta.verbose_name))
    return found


def forget(trail: Trail, ids: Sequence[int]) -> int:
    """Strike the steps of rows that are taken back; return how many rows of the file they were."""
    done = [step for id_ in ids for step in trail[id_]]
    ImportedRow.objects.filter(pk__in=[step.pk for step in done]).delete()
    return rows_of(done) if done else 0
