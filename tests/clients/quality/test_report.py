"""The page of data quality: what each role sees, what changed, and what it asks of the database."""

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import Team, User
from clients.models import Client, ClientStanding, QualityRun, QualitySettings, QualitySnapshot, RuleChange
from clients.quality.measures import BY_KEY
from clients.quality.report import Report
from tests.clients.browsing import HTMX, as_user, text_of
from tests.clients.quality.conftest import TODAY
from tests.conftest import make_user
from ui.models import ExportLog

pytestmark = pytest.mark.django_db


def make(manager: User | None, good: int, bad: int) -> None:
    """Give a manager clients, some of which fall short of what is required."""
    made = Client.objects.bulk_create(
        Client(full_name=f"C {number}", manager=manager, last_touch_at=timezone.now()) for number in range(good + bad)
    )
    ClientStanding.objects.filter(client__in=made).update(completeness=100, required_share=100, recommended_share=100)
    ClientStanding.objects.filter(client__in=made[:bad]).update(
        required_missing=1, completeness=50, required_share=50, mend_by="2026-12-31"
    )


def counted_then(day: date, manager: User, clients: int, falls_short: int) -> None:
    values = dict.fromkeys(("lacks_recommended", "overdue", "stale", "waived", "waiver_over", "duplicates", "quiet", "entered_late"), 0)
    QualitySnapshot.objects.create(
        day=day, taken_at=timezone.now(), manager=manager, team=manager.team, clients=clients, required_points=0, recommended_points=0,
        falls_short=falls_short, **values,
    )  # fmt: skip


@pytest.fixture
def counted(clock: Any, anna: User, boris: User, clara: User, dmitri: User) -> None:
    """Anna: 2 of 20 fall short, Boris: 12 of 40, Clara: 4 of 12, nobody: 1 of 1; last week it was 5, 12 and 4."""
    make(anna, 18, 2)
    make(boris, 28, 12)
    make(clara, 8, 4)
    make(None, 0, 1)
    QualityRun.objects.create(day=TODAY, taken_at=timezone.now())
    for manager, clients, falls_short in ((anna, 20, 5), (boris, 40, 12), (clara, 12, 4)):
        counted_then(TODAY - timedelta(days=7), manager, clients, falls_short)


def test_the_answer_stands_first_in_words(counted: None, dmitri: User) -> None:
    QualitySettings.objects.create(standard=90)
    said = text_of(as_user(dmitri).get("/quality/"))
    assert "1 of 3 managers keeps the standard; 19 clients fall short of what is required, 2 fewer than last week." in said


def test_another_measure_may_be_asked_for(counted: None, dmitri: User) -> None:
    said = text_of(as_user(dmitri).get("/quality/?measure=quiet&weeks=26"))
    assert "No client has gone quiet, as last week." in said
    assert "Gone quiet, by team" in said


@pytest.mark.parametrize("query", ["measure=password", "weeks=9999999999999", "team=%00", "team=" + "9" * 30, "weeks=x&team=-1"])
def test_a_strange_address_gets_the_page(counted: None, dmitri: User, query: str) -> None:
    assert as_user(dmitri).get(f"/quality/?{query}").status_code == 200


def test_the_best_stand_first_and_few_clients_condemn_nobody(counted: None, dmitri: User) -> None:
    report = Report(dmitri)
    order = [(group.total.name, [(line.name, line.place) for line in group.lines]) for group in report.groups]
    assert order == [
        ("South", [("Clara Moreau", 2)]),
        ("North", [("Anna Petrova", 1), ("Boris Lind", 3)]),
        ("Without a team", [("Nobody in charge", None)]),
    ]


def test_the_change_since_last_week_is_told_for_everybody(counted: None, dmitri: User) -> None:
    by_name = {line.name: line.chosen.change for group in Report(dmitri).groups for line in group.lines}
    assert {name: change.by if change else None for name, change in by_name.items()} == {
        "Anna Petrova": -3,
        "Boris Lind": 0,
        "Clara Moreau": 0,
        "Nobody in charge": 1,
    }
    north = next(group.total for group in Report(dmitri).groups if group.total.name == "North")
    assert north.chosen.trend == [100 * 17 / 60, 100 * 14 / 60]


def test_without_last_week_there_is_no_change_and_no_claim(counted: None, dmitri: User) -> None:
    QualitySnapshot.objects.all().delete()
    said = text_of(as_user(dmitri).get("/quality/"))
    assert "19 clients fall short of what is required." in said
    assert "than last week" not in said


def test_a_manager_sees_the_own_figures_the_sums_and_the_own_place_but_no_other_name(counted: None, anna: User) -> None:
    page = as_user(anna).get("/quality/")
    said = text_of(page)
    assert "Your place is 1 of 3; 2 clients fall short of what is required, 3 fewer than last week." in said
    assert [line.name for line in (page.context["report"].total, *page.context["report"].comparison)] == [
        "Anna Petrova",
        "North",
        "Whole registry",
    ]
    assert "Boris" not in said
    assert "Clara" not in said
    assert "Count now" not in said


def test_a_team_may_be_looked_at_alone(counted: None, dmitri: User, north: Team) -> None:
    report = as_user(dmitri).get(f"/quality/?team={north.pk}").context["report"]
    assert (report.total.name, report.total.chosen.count) == ("North", 14)
    assert report.total.chosen.change.by == -3
    assert [line.name for group in report.groups for line in group.lines] == ["Anna Petrova", "Boris Lind"]
    assert report.ranked == 3, "places are those in the company"


def test_before_the_first_count_management_is_asked_to_count(clock: Any, dmitri: User, anna: User) -> None:
    assert "Nothing has been counted yet" in text_of(as_user(dmitri).get("/quality/"))
    assert "Count now" in text_of(as_user(dmitri).get("/quality/"))
    assert "Count now" not in text_of(as_user(anna).get("/quality/"))


def test_counting_on_demand_shows_that_it_goes_on(counted: None, dmitri: User, clock: Any) -> None:
    clock.shift(timedelta(minutes=1))
    browser = as_user(dmitri)
    assert browser.post("/quality/count/").status_code == 302
    page = browser.get("/quality/", headers=HTMX)
    assert "Counting every client." in text_of(page)
    assert b"every 2s" in page.content
    assert b"<html" not in page.content


def test_a_large_registry_is_read_from_its_last_snapshot(counted: None, dmitri: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.quality.report.SMALL", -2)
    assert Report(dmitri).total.now.clients == 0, "the day has no rows in this test"


@pytest.mark.parametrize("count", [1, 3, 12])
def test_the_number_of_queries_does_not_grow_with_managers_or_teams(counted: None, dmitri: User, count: int) -> None:
    for number in range(count):
        team = Team.objects.create(name=f"Team {number}")
        make(make_user(f"m{number}", f"Manager {number}", None, team), 3, 1)
    browser = as_user(dmitri)
    browser.get("/quality/")
    with CaptureQueriesContext(connection) as asked:
        browser.get("/quality/")
    assert len(asked) <= 26


def test_the_figures_leave_as_a_file_and_it_is_noted(counted: None, dmitri: User) -> None:
    answer = as_user(dmitri).post("/quality/export/?measure=falls_short", {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [(row["Team"], row["Manager"], row["Place"], row["Required missing"], row["Required missing, %"]) for row in rows][:2] == [
        ("South", "Clara Moreau", "2", "4", "33.3"),
        ("North", "Anna Petrova", "1", "2", "10.0"),
    ]
    logged = ExportLog.objects.get()
    assert (logged.page, logged.user, logged.rows) == ("quality", dmitri, 4)
    assert as_user(dmitri).post("/quality/export/", {"format": "xlsx"})["Content-Disposition"].endswith('.xlsx"')


def test_a_manager_takes_no_figures_out(counted: None, anna: User) -> None:
    assert as_user(anna).post("/quality/export/", {"format": "csv"}).status_code == 403
    assert as_user(anna).get("/quality/settings/").status_code == 403
    assert as_user(anna).post("/quality/count/").status_code == 403


def test_management_sets_the_measures_and_the_history_says_who(counted: None, dmitri: User) -> None:
    browser = as_user(dmitri)
    values = {"standard": "90", "late_days": "14", "cadence_days": "60"}
    assert browser.post("/quality/settings/", values).status_code == 302
    kept = QualitySettings.current()
    assert (kept.standard, kept.late_days, kept.cadence_days, kept.digest, list(kept.declined.all())) == (90, 14, 60, False, [dmitri])
    change = RuleChange.objects.get(kind="quality")
    assert (change.by, sorted(one[0] for one in change.changes)) == (dmitri, ["cadence_days", "digest", "late_days", "standard"])
    assert "the measures" in text_of(browser.get("/criteria/history/"))
    assert browser.post("/quality/settings/", {**values, "standard": "101"}).status_code == 422


def test_each_measure_says_its_count_as_a_sentence() -> None:
    for measure in BY_KEY.values():
        assert measure.in_words(1).count("1") == 1
        assert "2,000" in measure.in_words(2000)
        assert measure.in_words(0).startswith("no client ")
        for language in ("fr", "ru"):
            with translation.override(language):
                assert not re.search(r"\d", measure.in_words(0))
