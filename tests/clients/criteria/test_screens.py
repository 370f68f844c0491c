"""The screens of the rules: who may open them, what they show, what they change."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from clients.criteria import criteria_in_force
from clients.criteria.passes import settle_standing
from clients.criteria.rules import company_today
from clients.models import Client, Criterion, CustomField, Industry, Source, Waiver
from clients.services import archive_client
from clients.services.criteria import draft_change, draft_criterion, publish_criterion

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def world(admin: User, make_client: Any, fair: Source) -> dict[str, Any]:
    """One of everything that a route of the rules may name."""
    draft = draft_criterion(user=admin, values={"fact": "address", "level": "required"})
    published = draft_criterion(user=admin, values={"fact": "city", "level": "recommended"})
    publish_criterion(user=admin, criterion_id=published.pk, version=1)
    client = make_client(source=fair, custom={"colour": "red"})
    return {
        "draft": draft.pk,
        "published": published.pk,
        "waiver": Waiver.objects.create(client=client, fact="city", reason="at sea", until=company_today()).pk,
        "field": CustomField.objects.create(key="colour", label="Colour", kind="choice", choices=["red", "green"]).pk,
        "source": fair.pk,
        "client": client,
    }


OPEN = [("list", ()), ("table", ()), ("criterion", ("published",)), ("effect", ("published",)), ("history", ()), ("waivers", ())]
SET_GET = [
    ("new", ()),
    ("criterion", ("draft",)),
    ("effect", ("draft",)),
    ("publish", ("draft",)),
    ("custom_fields", ()),
    ("custom_field_new", ()),
    ("custom_field", ("field",)),
    ("reference_lists", ()),
    ("references", ("=source",)),
    ("references", ("=industry",)),
    ("references", ("=line_of_business",)),
    ("reference", ("=source", "source")),
    ("reference_merge", ("=source", "source")),
    ("target", ()),
    ("target_share", ()),
]
SET_POST = [
    ("new", ()),
    ("criterion", ("draft",)),
    ("publish", ("draft",)),
    ("discard", ("draft",)),
    ("change", ("published",)),
    ("take_back", ("published",)),
    ("retire", ("published",)),
    ("bring_back", ("published",)),
    ("restore", ("=0",)),
    ("custom_field_new", ()),
    ("custom_field", ("field",)),
    ("custom_field_choice", ("field",)),
    ("custom_field_move", ("field",)),
    ("custom_field_retire", ("field",)),
    ("custom_field_back", ("field",)),
    ("reference_lists", ()),
    ("references", ("=source",)),
    ("reference", ("=source", "source")),
    ("reference_merge", ("=source", "source")),
    ("reference_retire", ("=source", "source")),
    ("reference_back", ("=source", "source")),
    ("usual_sources", ()),
    ("target", ()),
]


def address(world: dict[str, Any], name: str, args: tuple[str, ...]) -> str:
    return reverse(f"criteria:{name}", args=[arg[1:] if arg.startswith("=") else world[arg] for arg in args])


def rules() -> Any:
    """Everything that the routes could change."""
    return (
        list(Criterion.objects.order_by("pk").values()),
        list(CustomField.objects.values()),
        list(Source.objects.values()),
        list(Industry.objects.values()),
        list(Waiver.objects.values()),
        list(Client.objects.values("pk", "custom", "source")),
    )


@pytest.mark.parametrize(("name", "args"), OPEN)
def test_everybody_with_a_role_may_read_the_criteria(
    client: Browser, world: Any, anna: User, dmitri: User, admin: User, eve: User, name: str, args: Any
) -> None:
    for user, status in ((anna, 200), (dmitri, 200), (admin, 200), (eve, 403)):
        client.force_login(user)
        assert client.get(address(world, name, args)).status_code == status, user


@pytest.mark.parametrize(("name", "args"), SET_GET)
def test_only_the_administrator_sees_drafts_and_settings(
    client: Browser, world: Any, anna: User, dmitri: User, admin: User, name: str, args: Any
) -> None:
    for user, refused in ((anna, True), (dmitri, True), (admin, False)):
        client.force_login(user)
        status = client.get(address(world, name, args)).status_code
        assert (status in (403, 404)) is refused, (user, status)


@pytest.mark.parametrize(("name", "args"), SET_POST)
def test_only_the_administrator_changes_rules(
    client: Browser, world: Any, anna: User, dmitri: User, eve: User, name: str, args: Any
) -> None:
    before = rules()
    for user in (anna, dmitri, eve):
        client.force_login(user)
        assert client.post(address(world, name, args), {"version": "1", "act": "remove", "old": "red", "to": "up"}).status_code in (
            403,
            404,
        ), user
    client.logout()
    assert client.post(address(world, name, args)).status_code == 302
    assert rules() == before


def test_the_waiver_of_an_archived_client_stays_and_the_page_says_why(client: Browser, world: Any, dmitri: User) -> None:
    archive_client(user=dmitri, client_id=world["client"].pk, version=world["client"].version, reason="closed")
    client.force_login(dmitri)
    answer = client.post(address(world, "end_waiver", ("waiver",)), follow=True)
    assert answer.status_code == 200
    assert "bring it back first" in answer.content.decode()
    assert Waiver.objects.get().ended_at is None


def test_a_choice_of_any_length_is_refused_in_words(client: Browser, world: Any, admin: User) -> None:
    client.force_login(admin)
    answer = client.post(address(world, "custom_field_choice", ("field",)), {"old": "red", "new": "x" * 101}, follow=True)
    assert answer.status_code == 200
    assert "Shorten this to 100 characters" in answer.content.decode()
    assert CustomField.objects.get().choices == ["red", "green"]


def test_only_management_and_the_administrator_end_waivers(client: Browser, world: Any, anna: User, dmitri: User) -> None:
    client.force_login(anna)
    assert client.post(address(world, "end_waiver", ("waiver",))).status_code == 403

    client.force_login(dmitri)
    client.post(address(world, "end_waiver", ("waiver",)))
    assert Waiver.objects.get().ended_by == dmitri
    client.post(address(world, "resume_waiver", ("waiver",)))
    assert Waiver.objects.get().ended_at is None


@pytest.mark.parametrize(("name", "args"), [*OPEN, *SET_GET])
def test_getting_changes_nothing(client: Browser, world: Any, admin: User, name: str, args: Any) -> None:
    client.force_login(admin)
    client.get(reverse("criteria:target"))  # makes the empty profile
    before = rules()

    client.get(address(world, name, args))

    assert rules() == before


def test_choosing_in_a_draft_shows_at_once_who_would_fall_short(
    client: Browser, world: Any, admin: User, make_client: Any, anna: User
) -> None:
    for _number in range(3):
        make_client(lifecycle="current", manager=anna)
    make_client(lifecycle="former")
    client.force_login(admin)

    answer = client.post(
        address(world, "criterion", ("draft",)),
        {"version": "1", "level": "required", "lifecycles": ["current"], "grace_days": "30"},
        **HTMX,
    )

    assert answer.status_code == 200
    page = answer.content.decode()
    assert answer.context["shortage"].short == 3
    assert 'id="draft-version" value="2"' in page
    assert f"short_of={world['draft']}&amp;manager={anna.pk}" in page
    assert Criterion.objects.get(pk=world["draft"]).lifecycles == ["current"]


def test_a_draft_that_makes_no_sense_is_answered_beside_its_fields(client: Browser, world: Any, admin: User) -> None:
    client.force_login(admin)

    answer = client.post(
        address(world, "criterion", ("draft",)),
        {"version": "1", "level": "required", "grace_days": "30", "pattern": "(a", "example": "x"},
        **HTMX,
    )

    assert answer.status_code == 422
    assert "has no closing one" in answer.content.decode()
    assert Criterion.objects.get(pk=world["draft"]).pattern == ""


def test_the_second_of_two_administrators_is_told(client: Browser, world: Any, admin: User) -> None:
    client.force_login(admin)
    url = address(world, "criterion", ("draft",))
    client.post(url, {"version": "1", "level": "required", "grace_days": "7"}, **HTMX)

    answer = client.post(url, {"version": "1", "level": "required", "grace_days": "90"}, **HTMX)

    assert answer.status_code == 409
    assert Criterion.objects.get(pk=world["draft"]).grace_days == 7


def test_a_criterion_is_put_in_force_and_taken_back(client: Browser, world: Any, admin: User) -> None:
    client.force_login(admin)
    url = address(world, "publish", ("draft",))
    assert "Put this criterion in force?" in client.get(url, **HTMX).content.decode()

    answer = client.post(url, {"version": "1"}, **HTMX)
    assert answer["HX-Redirect"] == address(world, "criterion", ("draft",))
    assert world["draft"] in [rule.id for rule in criteria_in_force().rules]

    client.post(address(world, "take_back", ("draft",)), **HTMX)
    assert world["draft"] not in [rule.id for rule in criteria_in_force().rules]


def test_a_discarded_draft_comes_back_by_undo(client: Browser, world: Any, admin: User) -> None:
    client.force_login(admin)

    page = client.post(address(world, "discard", ("draft",)), {"version": "1"}, follow=True)
    assert not Criterion.objects.drafts().exists()

    undo = next(str(message.extra_tags) for message in page.context["messages"]).removeprefix("undo:")
    client.post(undo, **HTMX)
    assert Criterion.objects.drafts().get().fact == "address"


def test_the_page_costs_the_same_for_one_criterion_and_for_many(client: Browser, world: Any, admin: User) -> None:
    client.force_login(admin)
    settle_standing()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("criteria:list")).status_code == 200
        return len(captured)

    queries()
    before = queries()
    for fact in ("region", "postal_code", "website", "tax_number"):
        draft = draft_criterion(user=admin, values={"fact": fact, "level": "required"})
        publish_criterion(user=admin, criterion_id=draft.pk, version=1)
    queries()
    assert queries() == before <= 20


def test_a_change_to_come_is_shown_beside_the_version_in_force(client: Browser, world: Any, admin: User) -> None:
    draft = draft_change(user=admin, criterion_id=world["published"])
    Criterion.objects.filter(pk=draft.pk).update(level="required", valid_from=company_today() + timedelta(days=9))
    publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version)
    client.force_login(admin)

    rows = [
        row
        for section in client.get(reverse("criteria:list")).context["page"].sections
        for row in section.rows
        if row.criterion.fact == "city"
    ]

    assert [(row.criterion.pk, row.scheduled, row.until) for row in rows] == [
        (world["published"], False, company_today() + timedelta(days=8)),
        (draft.pk, True, None),
    ]


def test_what_people_typed_is_shown_as_text(client: Browser, admin: User, make_client: Any) -> None:
    CustomField.objects.create(key="x", label="<script>alert(1)</script>", kind="choice", choices=["<b>"])
    Source.objects.create(name="<img src=x>")
    client.force_login(admin)

    for name, args in (("custom_fields", []), ("references", ["source"]), ("new", []), ("list", [])):
        page = client.get(reverse(f"criteria:{name}", args=args)).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x>" not in page
