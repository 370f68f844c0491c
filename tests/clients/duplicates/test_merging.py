"""Two clients become one, and two again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from clients import belongings
from clients.errors import Merged, Refused, StaleVersion
from clients.history import read_page
from clients.models import Client, ClientMerge, Contact, DuplicatePair, Touch
from clients.services import add_contact, archive_client, change_client, change_contact, grant_waiver, log_touch, plan_next_step
from clients.services.duplicates import merge_clients, undo_merge
from sales.periods import company_today
from tests.clients.duplicates.rows import differences, snapshot
from tests.clients.registry import OTHER_PHONE, PHONE, fresh, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def lefevre(anna: User) -> Client:
    return register(anna, {"full_name": "Mme Ngomo", "is_head": True}, phones=[PHONE], city="Lyon", external_id="1001")


@pytest.fixture
def twin(anna: User) -> Client:
    """The same firm, entered again with other details."""
    return register(
        anna,
        {"full_name": "M. Roy", "phones": OTHER_PHONE},
        full_name="Ateliers Lefevre SARL",
        phones=[OTHER_PHONE],
        emails=["info@lefevre.example"],
        tax_number="FR40303265045",
        external_id="1002",
        country="FR",
    )


def merge(user: User, survivor: Client, other: Client, **more: Any) -> ClientMerge:
    return merge_clients(user=user, survivor_id=survivor.pk, other_id=other.pk, **more)


def codes(refused: pytest.ExceptionInfo[Refused]) -> dict[str, str]:
    return {error.field: error.code for error in refused.value.errors}


# --- what a merge does -------------------------------------------------------------------------


def test_the_survivor_takes_over_what_belongs_to_the_other(anna: User, dmitri: User, lefevre: Client, twin: Client) -> None:
    brought = register(anna, full_name="Kestrel", referrer=twin.pk)
    touch = log_touch(user=anna, client_id=twin.pk, note="Wants a quote")
    waiver = grant_waiver(user=dmitri, client_id=twin.pk, fact="address", reason="moving", until=company_today())
    made = merge(anna, lefevre, twin)
    survivor, other = fresh(lefevre), fresh(twin)
    assert [contact.full_name for contact in survivor.contacts.order_by("pk")] == ["Mme Ngomo", "M. Roy"]
    assert (survivor.touches.get(), survivor.waivers.get(), fresh(brought).referrer) == (touch, waiver, survivor)
    assert survivor.last_touch_at == touch.at
    assert (survivor.phones, survivor.emails, survivor.tax_number) == ([PHONE, OTHER_PHONE], ["info@lefevre.example"], "FR40303265045")
    assert "Ateliers Lefevre SARL" in (survivor.full_name, survivor.former_names)
    assert (other.merged_into, other.archived_at is not None, other.contacts.count(), other.touches.count()) == (survivor, True, 0, 0)
    assert (survivor.version, other.version) == (lefevre.version + 1, twin.version + 1)
    assert (made.survivor, made.other, made.by, made.undone_at) == (survivor, other, anna, None)


def test_the_chosen_value_is_kept(anna: User, lefevre: Client, twin: Client) -> None:
    merge(anna, lefevre, twin, choices={"phones": "other", "full_name": "other", "former_names": "survivor", "tax_number": "survivor"})
    survivor = fresh(lefevre)
    assert (survivor.phones, survivor.full_name, survivor.former_names, survivor.tax_number) == (
        [OTHER_PHONE],
        "Ateliers Lefevre SARL",
        "",
        "",
    )


def test_a_choice_that_is_none_is_refused(anna: User, lefevre: Client, twin: Client) -> None:
    with pytest.raises(Refused) as refused:
        merge(anna, lefevre, twin, choices={"phones": "mine", "city": "both", "colour": "other", "custom.size": "other"})
    assert codes(refused) == {"phones": "choice", "city": "choice", "colour": "unknown", "custom.size": "unknown"}
    assert fresh(twin).merged_into is None


def test_one_main_contact_and_one_head_remain(anna: User, lefevre: Client, twin: Client) -> None:
    roy = twin.contacts.get()
    made = merge(anna, lefevre, twin)
    marks = {contact.full_name: (contact.is_main, contact.is_head) for contact in fresh(lefevre).contacts.all()}
    assert marks == {"Mme Ngomo": (True, True), "M. Roy": (False, False)}
    undo_merge(user=anna, merge_id=made.pk)
    roy.refresh_from_db()
    assert (roy.client, roy.is_main, roy.is_head) == (twin, True, False)


def test_the_sooner_next_step_is_kept_with_its_words(anna: User, lefevre: Client, twin: Client) -> None:
    soon = timezone.now() + timedelta(days=2)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Send the offer", next_step_at=soon + timedelta(days=9))
    plan_next_step(user=anna, client_id=twin.pk, next_step="Call back", next_step_at=soon)
    merge(anna, lefevre, twin)
    assert (fresh(lefevre).next_step, fresh(lefevre).next_step_at) == ("Call back", soon)


def test_a_client_does_not_bring_itself(anna: User, lefevre: Client, twin: Client) -> None:
    change_client(user=anna, client_id=lefevre.pk, version=1, changes={"referrer": twin.pk})
    before = snapshot()
    made = merge(anna, lefevre, twin)
    assert fresh(lefevre).referrer is None
    undo_merge(user=anna, merge_id=made.pk)
    assert differences(before, snapshot()) == []


def test_where_both_are_excused_from_the_same_the_survivors_waiver_counts(dmitri: User, lefevre: Client, twin: Client) -> None:
    until = company_today() + timedelta(days=9)
    ours = grant_waiver(user=dmitri, client_id=lefevre.pk, fact="address", reason="moving", until=until)
    grant_waiver(user=dmitri, client_id=twin.pk, fact="address", reason="secret", until=until)
    before = snapshot()
    made = merge(dmitri, lefevre, twin)
    assert list(fresh(lefevre).waivers.all()) == [ours]
    undo_merge(user=dmitri, merge_id=made.pk)
    assert differences(before, snapshot()) == []


def test_an_own_id_that_is_given_up_still_belongs_to_the_client(anna: User, lefevre: Client, twin: Client) -> None:
    made = merge(anna, lefevre, twin, choices={"external_id": "other"})
    assert (fresh(lefevre).external_id, fresh(twin).external_id) == ("1002", "1001")
    undo_merge(user=anna, merge_id=made.pk)
    assert (fresh(lefevre).external_id, fresh(twin).external_id) == ("1001", "1002")


def test_nobody_else_gets_the_own_id_of_a_merged_client(anna: User, lefevre: Client, twin: Client) -> None:
    merge(anna, lefevre, twin)
    with pytest.raises(Refused) as refused:
        register(anna, full_name="Kestrel", external_id="1002")
    assert codes(refused) == {"external_id": "taken"}
    changed = change_client(user=anna, client_id=lefevre.pk, version=fresh(lefevre).version, changes={"external_id": "1002"})
    assert changed.external_id == "1002"


def test_an_own_id_that_the_survivor_took_since_stands_in_the_way_of_the_undo(anna: User, lefevre: Client, twin: Client) -> None:
    made = merge(anna, lefevre, twin)
    change_client(user=anna, client_id=lefevre.pk, version=fresh(lefevre).version, changes={"external_id": "1002"})
    with pytest.raises(Refused) as refused:
        undo_merge(user=anna, merge_id=made.pk)
    assert codes(refused) == {"external_id": "taken"}
    assert fresh(twin).merged_into == lefevre


def test_both_sides_of_the_history_tell_of_it(anna: User, lefevre: Client, twin: Client) -> None:
    made = merge(anna, lefevre, twin)
    undo_merge(user=anna, merge_id=made.pk)
    ours = [(entry.title, entry.who) for entry in read_page(fresh(lefevre)).entries]
    assert (f"Merged with Ateliers Lefevre SARL (number {twin.pk})", "Anna Petrova") in ours
    assert (f"Merge with Ateliers Lefevre SARL (number {twin.pk}) undone", "Anna Petrova") in ours
    theirs = {entry.title for entry in read_page(fresh(twin)).entries}
    assert {"Merge undone", "Merged into another client"} <= theirs


def test_the_pair_is_settled_and_what_was_told_apart_stays_apart(anna: User, lefevre: Client, twin: Client) -> None:
    third, fourth = register(anna, full_name="Kestrel"), register(anna, full_name="Kestrel Nord")
    pair = DuplicatePair.objects.create(first=lefevre, second=twin, score=96)
    DuplicatePair.objects.create(first=twin, second=third, score=80, state="two_clients", decided_by=anna)
    asked = DuplicatePair.objects.create(first=lefevre, second=third, score=80)
    DuplicatePair.objects.create(first=twin, second=fourth, score=71, reasons=[["city", "Lyon"]])
    before = list(DuplicatePair.objects.order_by("first", "second").values("first", "second", "score", "state", "reasons", "decided_by"))
    made = merge(anna, lefevre, twin)
    pair.refresh_from_db()
    asked.refresh_from_db()
    assert (pair.state, pair.decided_by, asked.state) == ("merged", anna, "two_clients")
    assert not DuplicatePair.objects.to_look_at(0).exists()
    undo_merge(user=anna, merge_id=made.pk)
    after = list(DuplicatePair.objects.order_by("first", "second").values("first", "second", "score", "state", "reasons", "decided_by"))
    assert after == before


def test_apps_of_higher_floors_move_what_is_theirs(anna: User, lefevre: Client, twin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(belongings, "_known", dict(belongings._known))
    told: list[tuple[Any, ...]] = []

    def put_back(survivor: Client, other: Client, moved: Any) -> None:
        told.append((survivor, other, moved))

    belongings.register(key="deals", move=lambda survivor, other: [survivor.pk, other.pk], put_back=put_back)
    made = merge(anna, lefevre, twin)
    assert made.moved["deals"] == [lefevre.pk, twin.pk]
    undo_merge(user=anna, merge_id=made.pk)
    assert told == [(lefevre, twin, [lefevre.pk, twin.pk])]


# --- what stands in its way --------------------------------------------------------------------


def test_what_somebody_changed_meanwhile_is_not_merged_unseen(anna: User, lefevre: Client, twin: Client) -> None:
    change_client(user=anna, client_id=twin.pk, version=1, changes={"city": "Annecy"})
    with pytest.raises(StaleVersion) as stale:
        merge(anna, lefevre, twin, versions=(1, 1))
    assert stale.value.current == twin
    assert merge(anna, lefevre, twin, versions=(1, 2)).pk


def test_whoever_comes_second_is_told_where_the_client_went(anna: User, lefevre: Client, twin: Client) -> None:
    third = register(anna, full_name="Kestrel")
    merge(anna, lefevre, twin)
    for survivor, other in ((lefevre, twin), (twin, lefevre), (third, twin), (twin, third)):
        with pytest.raises(Merged) as merged:
            merge(anna, survivor, other)
        assert (merged.value.client, merged.value.survivor) == (twin, lefevre)
    assert ClientMerge.objects.count() == 1


def test_a_merged_client_is_not_written_to_any_more(anna: User, lefevre: Client, twin: Client) -> None:
    merge(anna, lefevre, twin)
    for write in (
        lambda: log_touch(user=anna, client_id=twin.pk),
        lambda: add_contact(user=anna, client_id=twin.pk, data={"full_name": "X"}),
        lambda: change_client(user=anna, client_id=twin.pk, version=2, changes={"city": "Nice"}),
        lambda: archive_client(user=anna, client_id=twin.pk, version=2, reason="x"),
    ):
        with pytest.raises(Merged):
            write()
    assert fresh(twin).version == 2


def test_an_archived_client_may_be_merged_but_not_survive(anna: User, lefevre: Client, twin: Client) -> None:
    archive_client(user=anna, client_id=twin.pk, version=1, reason="Closed")
    before = snapshot()
    with pytest.raises(Refused) as refused:
        merge(anna, twin, lefevre)
    assert codes(refused) == {"archived": "archived"}
    made = merge(anna, lefevre, twin)
    undo_merge(user=anna, merge_id=made.pk)
    assert differences(before, snapshot()) == []
    assert fresh(twin).archived_reason == "Closed"


def test_a_client_is_not_merged_with_itself(anna: User, lefevre: Client) -> None:
    with pytest.raises(Refused) as refused:
        merge(anna, lefevre, lefevre)
    assert codes(refused) == {"other": "choice"}


def test_a_merge_that_would_break_a_required_criterion_is_refused_and_leaves_nothing(anna: User, lefevre: Client, twin: Client) -> None:
    before = snapshot()
    Client.objects.filter(pk=twin.pk).update(source=None)  # as it may come from before the criterion
    with pytest.raises(Refused) as refused:
        merge(anna, lefevre, twin, choices={"source": "other"})
    assert codes(refused) == {"source": "required"}
    Client.objects.filter(pk=twin.pk).update(source=lefevre.source)
    assert differences(before, snapshot()) == []
    assert not ClientMerge.objects.exists()


@pytest.mark.parametrize("step", ["contacts", "touches", "waivers", "referred", "aliases"])
def test_whatever_fails_on_the_way_leaves_everything_as_it_was(
    step: str, anna: User, lefevre: Client, twin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_touch(user=anna, client_id=twin.pk)
    before = snapshot()
    known = dict(belongings._known)

    def fail(*given: Any) -> Any:
        raise RuntimeError(step)

    known[step] = belongings.Belongings(step, fail, fail)
    monkeypatch.setattr(belongings, "_known", known)
    with pytest.raises(RuntimeError):
        merge(anna, lefevre, twin)
    assert differences(before, snapshot()) == []
    monkeypatch.undo()
    made = merge(anna, lefevre, twin)
    merged = snapshot()
    monkeypatch.setattr(belongings, "_known", known)
    with pytest.raises(RuntimeError):
        undo_merge(user=anna, merge_id=made.pk)
    assert differences(merged, snapshot()) == []


@pytest.mark.parametrize(("name", "may"), [("anna", True), ("boris", False), ("clara", False), ("dmitri", True), ("admin", True)])
def test_both_clients_must_be_ones_own_to_change(name: str, may: bool, lefevre: Client, twin: Client, request: Any) -> None:
    user: User = request.getfixturevalue(name)
    if may:
        undo_merge(user=user, merge_id=merge(user, lefevre, twin).pk)
        return
    with pytest.raises(PermissionDenied):
        merge(user, lefevre, twin)
    own = register(user, full_name="Lefevre Ateliers")
    for survivor, other in ((own, twin), (twin, own)):
        with pytest.raises(PermissionDenied):
            merge(user, survivor, other)


def test_who_may_not_change_both_does_not_undo_either(anna: User, boris: User, dmitri: User, lefevre: Client, twin: Client) -> None:
    made = merge(dmitri, lefevre, twin)
    with pytest.raises(PermissionDenied):
        undo_merge(user=boris, merge_id=made.pk)
    assert undo_merge(user=anna, merge_id=made.pk).undone_by == anna


def test_an_account_without_a_role_sees_neither(eve: User, anna: User, lefevre: Client, twin: Client) -> None:
    with pytest.raises(Client.DoesNotExist):
        merge(eve, lefevre, twin)
    made = merge(anna, lefevre, twin)
    with pytest.raises(ClientMerge.DoesNotExist):
        undo_merge(user=eve, merge_id=made.pk)


# --- undoing -----------------------------------------------------------------------------------


def test_what_was_added_and_changed_since_stays_with_the_survivor(anna: User, lefevre: Client, twin: Client) -> None:
    log_touch(user=anna, client_id=twin.pk, note="Before")
    made = merge(anna, lefevre, twin)
    touch = log_touch(user=anna, client_id=lefevre.pk, note="Since")
    contact = add_contact(user=anna, client_id=lefevre.pk, data={"full_name": "Newcomer"})
    merged = fresh(lefevre)
    changes = {"phones": [*merged.phones, "+33199001755"], "city": "Nice", "website": "https://lefevre.example"}
    change_client(user=anna, client_id=lefevre.pk, version=merged.version, changes=changes)
    undo_merge(user=anna, merge_id=made.pk)
    survivor, other = fresh(lefevre), fresh(twin)
    assert (survivor.phones, survivor.city, survivor.website) == ([PHONE, "+33199001755"], "Nice", "https://lefevre.example")
    assert (survivor.emails, survivor.tax_number, survivor.last_touch_at) == ([], "", touch.at)
    assert list(survivor.touches.all()) == [touch]
    assert {one.full_name for one in survivor.contacts.all()} == {"Mme Ngomo", contact.full_name}
    assert (other.phones, other.city, other.merged_into, other.archived_at) == ([OTHER_PHONE], "", None, None)
    assert [one.note for one in other.touches.all()] == ["Before"]
    assert other.last_touch_at == other.touches.get().at


def test_a_moved_contact_that_was_made_the_main_one_goes_back_as_it_was(anna: User, lefevre: Client, twin: Client) -> None:
    before = snapshot()
    made = merge(anna, lefevre, twin)
    roy = Contact.objects.get(full_name="M. Roy")
    change_contact(user=anna, contact_id=roy.pk, version=roy.version, changes={"is_main": True, "is_head": True})
    undo_merge(user=anna, merge_id=made.pk)
    after = snapshot()
    for rows in (before, after):
        for contact in rows["contacts"].values():
            contact.pop("updated_at")
    assert differences(before, after) == []


def test_merges_into_one_client_are_undone_in_any_order(anna: User, lefevre: Client, twin: Client) -> None:
    third = register(anna, {"full_name": "Third"}, full_name="Lefèvre & fils", phones=[OTHER_PHONE, "+33199001755"])
    before = snapshot()
    first, second = merge(anna, lefevre, twin), merge(anna, lefevre, third)
    assert fresh(lefevre).phones == [PHONE, OTHER_PHONE, "+33199001755"]
    undo_merge(user=anna, merge_id=first.pk)
    assert fresh(lefevre).phones == [PHONE, OTHER_PHONE, "+33199001755"]  # the third one has the other phone too
    undo_merge(user=anna, merge_id=second.pk)
    assert differences(before, snapshot()) == []


def test_old_numbers_lead_to_the_last_survivor_whose_merge_is_undone_first(anna: User, lefevre: Client, twin: Client) -> None:
    last = register(anna, full_name="Lefèvre Groupe")
    before = snapshot()
    inner, outer = merge(anna, lefevre, twin), merge(anna, last, lefevre)
    assert fresh(twin).merged_into == last
    with pytest.raises(Refused) as refused:
        undo_merge(user=anna, merge_id=inner.pk)
    assert codes(refused) == {"merge": "merged"}
    assert "Lefèvre Groupe" in str(refused.value.errors[0])
    undo_merge(user=anna, merge_id=outer.pk)
    assert fresh(twin).merged_into == lefevre
    undo_merge(user=anna, merge_id=inner.pk)
    assert differences(before, snapshot()) == []


def test_a_merge_is_undone_once(anna: User, lefevre: Client, twin: Client) -> None:
    made = merge(anna, lefevre, twin)
    undo_merge(user=anna, merge_id=made.pk)
    with pytest.raises(Refused) as refused:
        undo_merge(user=anna, merge_id=made.pk)
    assert codes(refused) == {"merge": "undone"}
    assert merge(anna, lefevre, twin).pk != made.pk


def test_an_old_merge_can_still_be_undone(anna: User, lefevre: Client, twin: Client) -> None:
    made = merge(anna, lefevre, twin)
    assert undo_merge(user=anna, merge_id=made.pk, now=timezone.now() + timedelta(days=400)).undone_at is not None


def test_a_fact_is_as_old_as_where_it_came_from(anna: User, lefevre: Client, twin: Client) -> None:
    old, older = [["2024-05-01T00:00:00+00:00", anna.pk], ["2023-02-01T00:00:00+00:00", None]]
    at = datetime(2022, 1, 1, tzinfo=UTC)
    Client.objects.filter(pk=lefevre.pk).update(facts_confirmed_at=at, fact_dates={"city": older, "phones": older})
    Client.objects.filter(pk=twin.pk).update(facts_confirmed_at=at, fact_dates={"city": old, "tax_number": old}, city="Annecy")
    merge(anna, lefevre, twin)
    survivor = fresh(lefevre)
    assert (survivor.city, survivor.fact_dates["city"], survivor.fact_dates["tax_number"]) == ("Annecy", old, old)


def test_moved_touches_and_contacts_are_not_told_as_changes(anna: User, lefevre: Client, twin: Client) -> None:
    log_touch(user=anna, client_id=twin.pk, note="Once")
    merge(anna, lefevre, twin)
    titles = [entry.title for entry in read_page(fresh(lefevre)).entries]
    assert "Touch corrected" not in titles
    assert Touch.objects.get().client == lefevre


def test_a_referrer_that_was_merged_when_its_client_was_is_itself_again(anna: User, lefevre: Client) -> None:
    brought_by, another = register(anna, full_name="Two"), register(anna, full_name="Five")
    three, four = register(anna, full_name="Three", referrer=brought_by.pk), register(anna, full_name="Four", referrer=another.pk)
    first = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=brought_by.pk)
    second = merge_clients(user=anna, survivor_id=three.pk, other_id=four.pk, choices={"referrer": "other"})
    assert fresh(three).referrer == another

    undo_merge(user=anna, merge_id=first.pk)
    undo_merge(user=anna, merge_id=second.pk)

    assert fresh(three).referrer == brought_by


def test_a_referrer_that_comes_back_is_not_given_away_by_the_undo_of_another_merge(anna: User, lefevre: Client) -> None:
    first, second = register(anna, full_name="First"), register(anna, full_name="Second")
    three, four = register(anna, full_name="Three", referrer=first.pk), register(anna, full_name="Four", referrer=second.pk)
    one = merge_clients(user=anna, survivor_id=three.pk, other_id=four.pk, choices={"referrer": "other"})
    other = merge_clients(user=anna, survivor_id=first.pk, other_id=second.pk)
    assert fresh(three).referrer == first  # once in its own right, and now for the second's sake

    undo_merge(user=anna, merge_id=one.pk)
    undo_merge(user=anna, merge_id=other.pk)

    assert (fresh(three).referrer, fresh(four).referrer) == (first, second)
