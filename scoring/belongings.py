"""What becomes of turnaround cases when two clients become one, when they are two again, and when one is forgotten."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from clients import belongings, touching
from clients.forgetting import Traces, on_erasure
from clients.models import Client
from reminders.models import Reminder, State
from reminders.services.closing import close, open_again
from scoring.models import CaseTerm, TurnaroundCase

MERGED = "merged"
"""Stands in `closed_because`, without anybody in `closed_by`, of an open case whose client came to one that has its own."""


def register_belongings() -> None:
    """Make them known (called when the app is ready)."""
    belongings.register(key="turnaround_cases", move=move_cases, put_back=put_back_cases)
    listener = touching.TouchListener(logged=lambda touches: None, taken_back=lambda touch: None, lets_touch=lets_touch)
    touching.register("turnaround_cases", listener)


def lets_touch(user: User) -> Q:
    """Whoever owns an open case may log what was agreed with its client. Index: case_open_of_owner."""
    return Q(pk__in=TurnaroundCase.objects.open().filter(owner=user.pk).values("client"))


def move_cases(survivor: Client, other: Client) -> dict[str, Any]:
    """Move all of them. One case of a client is open, so where both have one, that of the other is closed as merged."""
    now = timezone.now()
    theirs = list(TurnaroundCase.objects.filter(client=other).order_by("pk").select_for_update(of=("self",)))
    closed: list[int] = []
    if TurnaroundCase.objects.open().filter(client=survivor).exists():
        closed = [case.pk for case in theirs if case.is_open]
    ended = _reminders(closed)
    for reminder in ended:
        close(reminder, State.CANCELLED, None, now)
    TurnaroundCase.objects.filter(pk__in=closed).update(closed_at=now, closed_because=MERGED)
    ids = [case.pk for case in theirs]
    TurnaroundCase.objects.filter(pk__in=ids).update(client=survivor, version=F("version") + 1)
    return {"ids": ids, "closed": closed, "reminders": [one.pk for one in ended]}


def put_back_cases(survivor: Client, other: Client, moved: dict[str, Any]) -> None:
    """Give back those that are still with the survivor, and open again what the merge closed, unless another was opened since."""
    theirs = TurnaroundCase.objects.filter(pk__in=moved["ids"], client=survivor)
    ids = list(theirs.values_list("pk", flat=True))
    theirs.update(client=other, version=F("version") + 1)
    if TurnaroundCase.objects.open().filter(client=other).exists():
        return  # reopened while it was the survivor's; one case of a client is open
    opened = TurnaroundCase.objects.filter(pk__in=set(ids) & set(moved["closed"]), closed_because=MERGED, closed_by=None)
    if opened.update(closed_at=None, closed_because=""):
        now = timezone.now()
        rows = Reminder.objects.filter(pk__in=moved["reminders"], client=other, state=State.CANCELLED).select_related(
            "client", "owner", "kind"
        )
        for reminder in rows.select_for_update(of=("self",)):
            open_again(reminder, by=None, now=now)


def _reminders(cases: list[int]) -> list[Reminder]:
    rows = Reminder.objects.open().filter(pk__in=_made_by(cases)).select_related("owner", "kind").order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def _made_by(cases: list[int]) -> Any:
    from scoring.models import CaseReminder

    return CaseReminder.objects.filter(case__in=cases).values("reminder")


@on_erasure
def forget_cases(traces: Traces) -> None:
    """Blank what was written of a client; that there was a case, and its figures, stay. History holds no words of it."""
    theirs = TurnaroundCase.objects.filter(client=traces.client_id)
    theirs.filter(closed_at=None).update(closed_at=timezone.now())
    theirs.update(note="", closed_because="", version=F("version") + 1)
    CaseTerm.objects.filter(case__client=traces.client_id).update(was="", becomes="–")
