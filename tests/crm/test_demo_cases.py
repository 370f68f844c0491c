"""The demo company works on its demons: there are cases at every stage, and nothing rings for what is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from clients.history import read_page, shown_ranks
from crm.demo import making
from crm.demo.making import make_demo
from crm.demo.turning import turn_round
from reminders.models import Reminder
from scoring.case_board import turned_this_year
from scoring.models import CaseReminder, TurnaroundCase

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.django_db
def test_demons_stand_at_every_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "turn_round", lambda now: 0)
    make_demo(clients=300, now=NOW)
    made = turn_round(now=NOW)

    found = TurnaroundCase.objects.all()
    assert {case.state for case in found} == {"diagnosis", "agreed", "acting", "measured", "closed"}
    assert {case.result for case in found} == {"", "turned", "unchanged", "worse"}
    assert made == len(found) == 10
    assert found.filter(lifecycle_before__gt="", client__lifecycle="former", closed_at__isnull=False).count() == 1
    dmitri = User.objects.get(username="dmitri")
    year = turned_this_year(dmitri, now=NOW)
    assert (year.turned, year.measured) == (2, 4)
    assert year.money > 0
    waiting = Reminder.objects.open().filter(pk__in=CaseReminder.objects.values("reminder"))
    assert waiting.filter(owner=None).count() == 0
    assert waiting.filter(on_day__gte=NOW.date()).count() == waiting.count() == 5
    measured = found.filter(result="turned", closed_at=None).first()
    assert measured is not None
    entries = list(read_page(measured.client, ranks=shown_ranks()["cases"], reader=dmitri).entries)
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    assert len(entries) == 5
    assert max(entry.at for entry in entries) < NOW - timedelta(days=30)

    assert turn_round(now=NOW) == 0


@pytest.mark.django_db
def test_a_handful_of_clients_has_as_many_as_it_has() -> None:
    make_demo(clients=12, now=datetime(2026, 1, 1, 3, tzinfo=UTC))
    assert TurnaroundCase.objects.count() <= 12
