"""A figure and the list that it opens are the same clients: every measure, every manager, whoever asks."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.http import QueryDict

from accounts.models import Team, User
from clients.models import Client, ClientStanding, DuplicatePair, QualitySettings, QualitySnapshot, Touch
from clients.quality import cadence
from clients.quality.cadence import Cadence
from clients.quality.figures import COLUMNS, Figures, count_now
from clients.quality.history import figures_of
from clients.quality.measures import MEASURES
from clients.quality.report import Cell, Line, Report
from clients.services import correct_touch, log_touch, undo_touch
from clients.views.list import CLIENTS
from tests.clients.quality.conftest import NOON, TODAY
from tests.clients.registry import register
from ui.lists import ListState

pytestmark = pytest.mark.django_db


def listed(url: str, user: User) -> int:
    """Return how many clients the list shows at an address; it must understand all of it."""
    state = ListState(CLIENTS, user, QueryDict(url.partition("?")[2]))
    assert state.notices == []
    return state.count.number


def lines_of(report: Report) -> list[Line]:
    lines = [report.total, *report.comparison]
    for group in report.groups:
        lines += [group.total, *group.lines]
    return lines


@pytest.mark.parametrize("who", ["anna", "clara", "dmitri"])
def test_every_figure_opens_exactly_the_clients_that_it_counts(
    registry: list[Client], who: str, snapshot_on: Callable[[date], None], request: Any
) -> None:
    user: User = request.getfixturevalue(who)
    snapshot_on(TODAY)
    found = 0
    for line in lines_of(Report(user)):
        assert listed(line.url, user) == line.now.clients, line.name
        for cell in line.cells:
            found += cell.count
            address = line.url_of(cell.measure.query)
            assert listed(address, user) == cell.count, (line.name, cell.measure.key)
            assert cell.url == (address if cell.count else "")
    assert found


def test_every_measure_finds_somebody_and_spares_somebody(registry: list[Client]) -> None:
    """Else the test above would say nothing."""
    whole = sum(count_now().values(), Figures())
    assert whole.clients == Client.objects.in_registry().count()
    for measure in MEASURES:
        assert 0 < whole.count(measure.key) < whole.clients, measure.key


def test_the_kept_snapshot_holds_what_is_counted(registry: list[Client], snapshot_on: Callable[[date], None]) -> None:
    snapshot_on(TODAY)
    assert figures_of(TODAY) == count_now()
    kept = QualitySnapshot.objects.get(day=TODAY, manager__username="anna")
    assert kept.team is not None
    assert kept.team.name == "North"
    assert QualitySnapshot.objects.get(day=TODAY, manager=None).team is None


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_the_figures_are_those_of_the_records_one_by_one(registry: list[Client], measure: Any) -> None:
    """Worked out again in Python, from the words of the measure."""
    expected = {client.pk for client in Client.objects.in_registry().select_related("standing") if _found(client, measure.key)}
    assert set(Client.objects.in_registry().filter(measure.condition()).values_list("pk", flat=True)) == expected


def _found(client: Client, key: str) -> bool:
    standing, waivers = client.standing, list(client.waivers.all())
    missing = {
        "city": not client.city,
        "website": not client.website,
        "tax_number": not client.tax_number,
    }
    excused = {one.fact for one in waivers if one.until >= TODAY}
    required = {fact for fact in ("city", "tax_number") if missing[fact] and fact not in excused}
    old = bool(client.address) and client.fact_dates["address"][0].startswith("2024") and client.created_at < NOON
    touches = list(client.touches.all())
    match key:
        case "falls_short":
            return bool(required)
        case "overdue":
            grace = {"city": date(2026, 11, 11), "tax_number": date(2026, 12, 31)}
            registered = client.created_at.date()
            return any((grace[fact] if registered < date(2026, 11, 1) else registered) < TODAY for fact in required)
        case "lacks_recommended":
            return (missing["website"] and "website" not in excused) or not client.address or old
        case "stale":
            return old
        case "waived":
            return bool(excused)
        case "waiver_over":
            return any(one.until < TODAY and missing[one.fact] for one in waivers)
        case "duplicates":
            return DuplicatePair.objects.filter(Q(first=client) | Q(second=client), state="open", score__gte=70).exists()
        case "quiet":
            last = client.last_touch_at or client.created_at
            return (TODAY - last.date()).days > 90
        case "entered_late":
            assert standing.entered_late >= 0
            return bool(touches) and client.created_at - min(one.at for one in touches) > timedelta(days=7)
    raise AssertionError(key)


def test_what_counts_as_late_and_as_quiet_is_for_management_to_say(registry: list[Client]) -> None:
    before = sum(count_now().values(), Figures())
    QualitySettings.objects.create(late_days=89, cadence_days=399)
    after = sum(count_now().values(), Figures())
    assert 0 < after.count("entered_late") < before.count("entered_late")
    assert 0 < after.count("quiet") < before.count("quiet")


def test_another_app_may_give_some_clients_their_own_cadence(clock: Any, anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cadence, "_sources", [])
    kept = Client.objects.create(full_name="Kept", last_touch_at=NOON - timedelta(days=40))
    dear = Client.objects.create(full_name="Dear", last_touch_at=NOON - timedelta(days=40), is_supplier=True)
    far = Client.objects.create(full_name="Far", last_touch_at=NOON - timedelta(days=100))
    cadence.register(lambda: [Cadence(Q(is_supplier=True), 30), Cadence(Q(is_supplier=True), 500), Cadence(Q(full_name="Far"), 120)])

    quiet = set(Client.objects.filter(cadence.gone_quiet(TODAY, NOON.tzinfo)).values_list("pk", flat=True))  # type: ignore[arg-type]

    assert quiet == {dear.pk}
    assert {kept.pk, far.pk}.isdisjoint(quiet)


def test_a_client_is_entered_late_by_its_first_touch_whatever_becomes_of_the_touch(clock: Any, anna: User) -> None:
    client = register(anna)

    def late() -> int:
        return ClientStanding.objects.get(client=client).entered_late

    assert late() == 0
    touch = log_touch(user=anna, client_id=client.pk, at=NOON - timedelta(days=9, hours=1))
    assert late() == 10, "each day that has begun counts"
    log_touch(user=anna, client_id=client.pk, at=NOON - timedelta(days=3))
    assert late() == 10
    correct_touch(user=anna, touch_id=touch.pk, changes={"note": "Met at the fair"})
    assert late() == 10
    other = register(anna, full_name="Other")
    Touch.objects.filter(pk=touch.pk).update(client=other)
    assert (late(), ClientStanding.objects.get(client=other).entered_late) == (3, 10)
    Touch.objects.filter(client=other).delete()
    assert ClientStanding.objects.get(client=other).entered_late == 0


def test_taking_a_touch_back_takes_the_lateness_back(clock: Any, anna: User) -> None:
    client = register(anna)
    touch = log_touch(user=anna, client_id=client.pk, at=NOON - timedelta(days=30))
    undo_touch(user=anna, touch_id=touch.pk, event_id=0)
    assert ClientStanding.objects.get(client=client).entered_late == 0


def test_quiet_is_told_in_whole_days_of_the_company(clock: Any, anna: User) -> None:
    client = Client.objects.create(full_name="A", manager=anna, last_touch_at=datetime(2026, 8, 27, 23, tzinfo=UTC))  # 28 August in Paris
    assert count_now()[anna.pk].count("quiet") == 0
    Client.objects.filter(pk=client.pk).update(last_touch_at=datetime(2026, 8, 27, 21, tzinfo=UTC))
    assert count_now()[anna.pk].count("quiet") == 1


def test_figures_add_up() -> None:
    one = Figures.of(dict.fromkeys(COLUMNS, 2))
    both = one + one
    assert both == Figures.of(dict.fromkeys(COLUMNS, 4))
    assert (both.share("stale"), both.required) == (100, 1)
    assert (Figures().share("stale"), Figures().required) == (None, None)


def test_a_team_of_nobody_is_asked_for_by_its_managers(registry: list[Client], anna: User, dmitri: User) -> None:
    Team.objects.all().delete()
    report = Report(dmitri)
    assert [group.total.name for group in report.groups] == ["Without a team"]
    cell = Cell(report.groups[0].total, MEASURES[0])
    assert listed(cell.url, dmitri) == cell.count == report.total.now.count("falls_short")
