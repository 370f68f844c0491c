"""The page: whose reminders, how many, what stands there when nothing is due."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from clients.services import plan_next_step
from reminders import today
from reminders.models import Reminder
from tests.clients.registry import PHONE, register
from tests.reminders.conftest import PARIS, Plan, due_now

pytestmark = pytest.mark.django_db


def test_the_page_shows_ones_own_and_nothing_of_others(desk: Browser, boris: User, plan: Plan, lefevre: Client) -> None:
    due_now(plan(subject="Answer on the price list"), timedelta(hours=3))
    due_now(plan(user=boris, client=register(boris, full_name="Boris's own", manager=boris.pk)))

    html = desk.get("/today/").content.decode()

    assert "Answer on the price list" in html
    assert "tel:+33199001742" in html
    assert ("3 h late" if datetime.now(PARIS).hour >= 3 else "1 day late") in html
    assert "Boris&#x27;s own" not in html


def test_who_has_no_role_sees_no_page(eve: User, client: Browser) -> None:
    client.force_login(eve)
    assert client.get("/today/").status_code == 403


@pytest.mark.parametrize("who", ["dmitri", "admin"])
def test_management_has_a_page_of_its_own(who: str, request: pytest.FixtureRequest, client: Browser, plan: Plan) -> None:
    due_now(plan(subject="Of Anna"))
    client.force_login(request.getfixturevalue(who))

    answer = client.get("/today/")

    assert answer.status_code == 200
    assert "Of Anna" not in answer.content.decode()


def test_a_script_in_a_name_stays_text(desk: Browser, anna: User, plan: Plan) -> None:
    evil = register(anna, full_name="<script>alert(1)</script>", manager=anna.pk)
    due_now(plan(client=evil, subject="<img src=x onerror=alert(1)>", note="<b>bold</b>"))

    html = desk.get("/today/").content.decode()

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "<b>bold" not in html


@pytest.mark.parametrize(
    "query", ["view=nothing", "show=99999999999", "show=-1", "at=c", "at=99999999999999999999", "at=%00", "view=late&show=100"]
)
def test_an_address_that_makes_no_sense_shows_the_page(desk: Browser, plan: Plan, query: str) -> None:
    due_now(plan())
    assert desk.get(f"/today/?{query}").status_code == 200


def queries_of(desk: Browser, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("view", ["all", "late", "quiet", "no_step"])
def test_the_page_asks_as_much_for_three_rows_as_for_one(desk: Browser, anna: User, plan: Plan, view: str) -> None:
    def add(number: int) -> None:
        made = register(
            anna, {"full_name": f"Person {number}", "phones": PHONE}, full_name=f"Client {number}", manager=anna.pk, lifecycle="current"
        )
        Client.objects.filter(pk=made.pk).update(created_at=datetime(2024, 1, 1, tzinfo=UTC))
        for offset in (timedelta(hours=5), timedelta(seconds=1), -timedelta(days=2)):
            due_now(plan(client=made, kind="call_back"), offset)

    add(1)
    desk.get("/today/")  # what is kept for a minute
    for_one = queries_of(desk, f"/today/?view={view}")
    add(2)
    add(3)

    assert queries_of(desk, f"/today/?view={view}") == for_one
    assert queries_of(desk, "/today/") <= 20
    assert for_one <= 20


def test_a_group_of_hundreds_shows_fifty_and_offers_the_rest(desk: Browser, plan: Plan) -> None:
    one = due_now(plan(), timedelta(days=3))
    copies = [
        Reminder(**{f.attname: getattr(one, f.attname) for f in Reminder._meta.concrete_fields if f.name not in ("id", "uid")})
        for _ in range(69)
    ]
    Reminder.objects.bulk_create(copies)

    first = desk.get("/today/").content.decode()
    more = desk.get("/today/?view=late&show=100").content.decode()

    assert (first.count("data-key-of-row"), "view=late&amp;show=100" in first) == (50, True)
    assert (more.count("data-key-of-row"), "Show 50 more" in more) == (70, False)


def test_nothing_due_says_what_to_do_instead(desk: Browser, anna: User) -> None:
    Client.objects.filter(pk=register(anna, full_name="Silent", lifecycle="current").pk).update(created_at=datetime(2024, 1, 1, tzinfo=UTC))

    html = desk.get("/today/").content.decode()

    assert "Nothing is due" in html
    assert "1 client of yours has gone quiet; call it now." in html
    assert "Silent" in html


def test_the_lists_beside_the_queue_agree_with_the_list_of_clients(desk: Browser, anna: User, boris: User) -> None:
    for number in range(3):
        made = register(anna, full_name=f"Quiet {number}", lifecycle="current")
        Client.objects.filter(pk=made.pk).update(created_at=datetime(2024, 1, 1, tzinfo=UTC))
    register(anna, full_name="New", lifecycle="current")
    planned = register(anna, full_name="Planned", lifecycle="current")
    plan_next_step(user=anna, client_id=planned.pk, next_step="Call", next_step_at=timezone.now() + timedelta(days=3))
    register(boris, full_name="Another's", manager=boris.pk, lifecycle="current")

    assert list(today.first_quiet_clients(anna, today.quiet_now(), 2)) == list(today.quiet_clients(anna)[:2])
    for view, own, query in (
        ("quiet", today.quiet_clients(anna), "manager=me&quiet=yes"),
        ("no_step", today.without_next_step(anna), "manager=me&lifecycle=current&next_step=none"),
    ):
        page = desk.get(f"/today/?view={view}").content.decode()
        listed = desk.get(f"/clients/?{query}").content.decode()
        assert query.replace("&", "&amp;") in page
        for one in Client.objects.all():
            assert (one in own) == (f"/clients/{one.pk}/" in listed) == (f'id="row-c{one.pk}"' in page), (view, one.full_name)
