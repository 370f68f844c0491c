"""Who changed what when, with the old value: by services, in bulk, and by hand in SQL."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import User
from clients.history import CHANGES, Cursor, Entry, Rank, read_page, shown_ranks
from clients.models import Client, CustomField, FactConfirmation, Industry, Touch
from clients.services import (
    add_contact,
    archive_client,
    change_client,
    change_contact,
    confirm_fact,
    confirm_facts,
    correct_touch,
    grant_waiver,
    hand_over_clients,
    log_touch,
    plan_next_step,
    put_back_contact,
    remove_contact,
    restore_client,
    set_field_of_clients,
    take_back_confirmation,
)
from tests.clients.registry import OTHER_PHONE, PHONE, fair, register

# A transaction of its own for each act, as in life: the moment of an event is that of its transaction.
pytestmark = pytest.mark.django_db(transaction=True)


def entries(client: Client, **options: Any) -> list[Entry]:
    return list(read_page(client, limit=100, **options).entries)


def told(entry: Entry) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the changes of an entry by label."""
    return {change.label: (change.before, change.after) for change in entry.changes}


def latest(client: Client, **options: Any) -> Entry:
    return entries(client, **options)[0]


def change(user: User, client: Client, **changes: Any) -> Entry:
    version = Client.objects.values_list("version", flat=True).get(pk=client.pk)
    change_client(user=user, client_id=client.pk, version=version, changes=changes)
    return latest(client)


@pytest.fixture
def known_well(anna: User, dmitri: User) -> Client:
    """A client with a few facts of which one may ask how old they are."""
    CustomField.objects.create(key="boiler", label="Boiler", kind="number")
    return register(anna, phones=PHONE, emails="a@b.example", city="Lyon", custom={"boiler": 3})


def test_a_new_client_has_one_entry(anna: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo"})
    [entry] = entries(client)
    assert (entry.rank, entry.title, entry.who) == (Rank.REGISTERED, "Registered", "Anna Petrova")


def test_a_change_tells_who_changed_what_from_what_to_what(anna: User) -> None:
    client = register(anna, city="Lyon")
    entry = change(anna, client, city="Besançon", works_since="2019-03-01", employees="1200", may_call="yes", website="a.example")
    assert (entry.who, entry.title) == ("Anna Petrova", "5 facts changed")
    assert told(entry) == {
        "employees": ((), ("1,200",)),
        "web site": ((), ("https://a.example",)),
        "city": (("Lyon",), ("Besançon",)),
        "may be called": ((), ("yes",)),
        "works with us since": ((), ("1 March 2019",)),
    }


def test_lists_tell_what_came_and_what_went(anna: User) -> None:
    client = register(anna, phones=PHONE, emails="a@b.example")
    entry = change(anna, client, phones=[PHONE, OTHER_PHONE], emails=[])
    assert told(entry) == {"phones": ((), ("+33 1 99 00 17 01".replace(" ", "\u00a0"),)), "e-mails": (("a@b.example",), ())}
    swapped = change(anna, client, phones=[OTHER_PHONE, PHONE])
    assert [len(side) for side in told(swapped)["phones"]] == [2, 2]


def test_references_are_told_by_name_and_choices_by_label(anna: User, dmitri: User) -> None:
    metal, wood = Industry.objects.create(name="Metal parts"), Industry.objects.create(name="Wood")
    other = register(anna, full_name="Transports Guérin")
    client = register(anna, industry=metal.pk)
    entry = change(anna, client, industry=wood.pk, referrer=other.pk, lifecycle="current", country="France")
    assert told(entry) == {
        "industry": (("Metal parts",), ("Wood",)),
        "country": ((), ("France",)),
        "lifecycle": (("potential",), ("current",)),
        "referred by": ((), ("Transports Guérin",)),
    }
    with translation.override("ru"):
        assert "Франция" in str(latest(client).changes)


def test_titles_say_what_kind_of_change_it_was(anna: User, dmitri: User) -> None:
    client = register(anna)
    assert change(anna, client, city="Lyon").title == "Added: city"
    assert change(anna, client, city="").title == "Cleared: city"
    hand_over_clients(user=dmitri, client_ids=[client.pk], manager_id=dmitri.pk)
    handed_over = latest(client)
    assert (handed_over.title, handed_over.who) == ("Handed over", "Дмитрий Соколов")
    assert told(handed_over) == {"manager": (("Anna Petrova",), ("Дмитрий Соколов",))}
    archived = archive_client(user=dmitri, client_id=client.pk, version=4, reason="Closed down")
    assert (latest(client).title, told(latest(client))) == ("Archived", {"why archived": ((), ("Closed down",))})
    restore_client(user=dmitri, client_id=client.pk, version=archived.version)
    assert (latest(client).title, latest(client).changes) == ("Brought back", ())


def test_custom_fields_are_told_by_their_label_one_by_one(anna: User) -> None:
    CustomField.objects.create(key="boiler", label="Boiler", kind="number")
    CustomField.objects.create(key="built", label="Built on", kind="date")
    CustomField.objects.create(key="dry", label="Dry", kind="boolean")
    client = register(anna, custom={"boiler": 3})
    entry = change(anna, client, custom={"boiler": 4, "built": "2020-02-29", "dry": False})
    assert told(entry) == {"Boiler": (("3",), ("4",)), "Built on": ((), ("29 February 2020",)), "Dry": ((), ("no",))}
    CustomField.objects.update(retired=True)
    assert told(latest(client)) == told(entry)


def test_a_change_in_bulk_and_one_by_hand_in_sql_stand_there_too(anna: User) -> None:
    client = register(anna)
    set_field_of_clients(user=anna, client_ids=[client.pk], field_name="city", value="Lyon")
    assert (latest(client).who, told(latest(client))) == ("Anna Petrova", {"city": ((), ("Lyon",))})
    Client.objects.filter(pk=client.pk).update(city="Paris")
    assert (latest(client).who, told(latest(client))) == ("", {"city": (("Lyon",), ("Paris",))})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clients_client SET phones = %s, region = 'X' WHERE id = %s", [[PHONE], client.pk])
    assert latest(client).user_id is None
    assert told(latest(client)).keys() == {"phones", "region"}


def test_each_change_is_told_by_what_came_right_after_it(anna: User) -> None:
    client = register(anna, city="A")
    for city in "BCD":
        change(anna, client, city=city)
    assert [told(entry)["city"] for entry in entries(client)[:3]] == [(("C",), ("D",)), (("B",), ("C",)), (("A",), ("B",))]


def test_contacts_have_their_history(anna: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo"})
    Client.objects.filter(pk=client.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))  # contacts added later are told
    contact = add_contact(user=anna, client_id=client.pk, data={"full_name": "M. Lefèvre"})
    assert latest(client).title == "Contact added: M. Lefèvre"
    change_contact(user=anna, contact_id=contact.pk, version=1, changes={"position": "Director", "is_head": True})
    assert (latest(client).title, told(latest(client))) == (
        "Contact changed: M. Lefèvre",
        {"position": ((), ("Director",)), "head": (("no",), ("yes",))},
    )
    remove_contact(user=anna, contact_id=contact.pk, version=2)
    assert (latest(client).title, latest(client).who) == ("Contact removed: M. Lefèvre", "Anna Petrova")
    assert [entry.title for entry in entries(client)].count("Contact added: M. Lefèvre") == 1
    put_back_contact(user=anna, client_id=client.pk, contact_id=contact.pk)
    assert latest(client).title == "Contact added: M. Lefèvre"


def test_a_touch_tells_with_whom_it_was_even_after_the_contact_left(anna: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo"})
    contact = client.contacts.get()
    log_touch(user=anna, client_id=client.pk, contact_id=contact.pk, note="Said yes", minutes=5)
    assert (latest(client).title, latest(client).name, latest(client).touch["note"]) == ("Call, reached", "Mme Ngomo", "Said yes")
    remove_contact(user=anna, contact_id=contact.pk, version=1)
    titles = [entry.title for entry in entries(client)]
    assert titles == ["Contact removed: Mme Ngomo", "Call, reached", "Registered"], "that the touch lost its contact is no news"
    assert entries(client)[1].name == "Mme Ngomo"


def test_a_corrected_touch_tells_what_stood_there(anna: User) -> None:
    client = register(anna)
    touch = log_touch(user=anna, client_id=client.pk, note="Wrong")
    correct_touch(user=anna, touch_id=touch.pk, changes={"note": "Right", "outcome": "busy"})
    entry = latest(client)
    assert (entry.title, told(entry)) == (
        "Touch corrected",
        {"outcome": (("reached",), ("busy, later",)), "note": (("Wrong",), ("Right",))},
    )


def test_the_next_step_that_a_touch_set_is_told_once_and_in_full_where_asked(anna: User) -> None:
    client = register(anna)
    log_touch(user=anna, client_id=client.pk, next_step="Call", next_step_at=datetime.now(UTC) + timedelta(days=2))
    assert [entry.rank for entry in entries(client)] == [Rank.TOUCH, Rank.REGISTERED]
    assert Rank.CLIENT_CHANGED in [entry.rank for entry in entries(client, merge_touches=False)]
    plan_next_step(user=anna, client_id=client.pk, next_step="Meet", next_step_at=datetime.now(UTC) + timedelta(days=3))
    assert latest(client).title == "2 facts changed"


def test_what_one_person_confirmed_on_a_day_is_told_together(anna: User, dmitri: User, known_well: Client) -> None:
    client, noon = known_well, timezone.now().replace(hour=11) + timedelta(days=2)

    def confirm(user: User, fact: str, at: datetime) -> FactConfirmation:
        return confirm_fact(user=user, client_id=client.pk, fact=fact, now=at)

    confirm(anna, "emails", noon - timedelta(days=1))
    confirm(anna, "phones", noon)
    taken_back = confirm(anna, "city", noon + timedelta(minutes=1))
    confirm(anna, "custom.boiler", noon + timedelta(minutes=2))
    confirm(dmitri, "phones", noon + timedelta(minutes=3))
    said = [(entry.title, entry.who, entry.changes) for entry in entries(client) if entry.rank is Rank.CONFIRMED]
    assert said == [
        ("Confirmed: phone", "Дмитрий Соколов", ()),
        ("Confirmed: phone, city, Boiler", "Anna Petrova", ()),
        ("Confirmed: e-mail", "Anna Petrova", ()),
    ]
    assert [entry.title for entry in entries(client, ranks=CHANGES, merge_touches=False)][:2] == ["Confirmed: phone", "Confirmed: Boiler"]
    take_back_confirmation(user=anna, client_id=client.pk, confirmation_id=taken_back.pk)
    assert [entry.title for entry in entries(client)][1] == "Confirmed: phone, Boiler"


def test_confirming_all_that_the_card_shows_is_told_as_one_and_by_a_touch_as_its_own(anna: User, known_well: Client) -> None:
    done = confirm_facts(user=anna, client_id=known_well.pk)
    confirm_fact(user=anna, client_id=known_well.pk, fact="phones")
    log_touch(user=anna, client_id=known_well.pk, facts_confirmed=True)
    assert [entry.title for entry in entries(known_well)] == ["Call, reached", "Facts confirmed", "Registered"]
    assert [entry.title for entry in entries(known_well, ranks=shown_ranks()["touches"])] == ["Call, reached"]
    take_back_confirmation(user=anna, client_id=known_well.pk, confirmation_id=done.pk)
    assert entries(known_well)[1].title == "Confirmed: phone"


def test_a_waiver_stands_there(dmitri: User) -> None:
    client = register(dmitri)
    day = date.today() + timedelta(days=30)  # noqa: DTZ011
    grant_waiver(user=dmitri, client_id=client.pk, fact="address", reason="On a ship", until=day)
    entry = latest(client)
    assert (entry.title, entry.who) == ("Waiver granted: Address", "Дмитрий Соколов")
    assert "On a ship" in str(entry.changes)


def test_what_people_cannot_know_is_not_told(anna: User) -> None:
    client = register(anna)
    before = len(entries(client))
    Client.objects.filter(pk=client.pk).update(last_touch_at=datetime.now(UTC), version=9, fact_dates={"city": "2026-01-01"})
    assert len(entries(client)) == before


def test_pages_follow_one_another_without_gap_or_repeat(anna: User) -> None:
    client = register(anna, {"full_name": "A"})
    for number in range(7):
        log_touch(user=anna, client_id=client.pk, note=str(number))
        change(anna, client, city=f"City {number}")
    same_moment = datetime(2026, 1, 1, tzinfo=UTC)
    Touch.objects.update(at=same_moment)
    whole = [(entry.rank, entry.id) for entry in entries(client)]
    assert len(whole) == 22
    found: list[tuple[int, int]] = []
    cursor: Cursor | None = None
    while True:
        page = read_page(client, before=cursor, limit=2)
        found += [(entry.rank, entry.id) for entry in page.entries]
        if page.older is None:
            break
        cursor = Cursor.read(str(page.older))
    assert found == whole


@pytest.mark.parametrize("text", ["", "x", "1:2:3", "\x00", "WzEsMl0", "a" * 10_000])
def test_a_forged_cursor_is_no_cursor(text: str) -> None:
    assert Cursor.read(text) is None


def test_the_history_can_be_narrowed(anna: User) -> None:
    client = register(anna)
    log_touch(user=anna, client_id=client.pk)
    change(anna, client, city="Lyon")
    assert {entry.rank for entry in entries(client, ranks=(Rank.TOUCH,))} == {Rank.TOUCH}
    assert {entry.rank for entry in entries(client, ranks=CHANGES)} == {Rank.CLIENT_CHANGED, Rank.REGISTERED}


def test_the_history_of_another_client_stays_its_own(anna: User) -> None:
    client, other = register(anna, {"full_name": "A"}), register(anna, {"full_name": "B"})
    log_touch(user=anna, client_id=other.pk)
    change(anna, other, city="Lyon")
    remove_contact(user=anna, contact_id=other.contacts.get().pk, version=1)
    assert [entry.title for entry in entries(client)] == ["Registered"]


def test_a_page_costs_two_queries_whatever_it_holds(anna: User) -> None:
    client = register(anna)
    industries = [Industry.objects.create(name=f"Industry {number}") for number in range(20)]

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            read_page(client, limit=50, custom_fields=[])
        return len(queries)

    log_touch(user=anna, client_id=client.pk)
    change(anna, client, industry=industries[0].pk)
    assert cost() == 2
    for industry in industries[1:]:
        log_touch(user=anna, client_id=client.pk)
        change(anna, client, industry=industry.pk, source=fair().pk)
        add_contact(user=anna, client_id=client.pk, data={"full_name": industry.name})
        confirm_fact(user=anna, client_id=client.pk, fact="full_name")
    assert cost() == 2


def test_a_touch_that_was_taken_out_of_the_database_by_hand_is_told(anna: User) -> None:
    client = register(anna)
    touch = log_touch(user=anna, client_id=client.pk, kind="call", outcome="reached", note="About the spare parts")
    Touch.objects.filter(pk=touch.pk).delete()
    assert [entry.title for entry in entries(client) if entry.rank is Rank.TOUCH_CHANGED] == ["Touch removed"]
