"""The client card as a reader and as its manager see it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from clients import card_panels
from clients.models import Client, CustomField, Waiver
from clients.services import (
    add_contact,
    archive_client,
    change_client,
    change_contact,
    log_touch,
    plan_next_step,
)
from sales.periods import company_today
from tests.clients.browsing import HTMX, as_user, text_of, url
from tests.clients.registry import PHONE, fresh, register

pytestmark = pytest.mark.django_db


# --- what one sees -----------------------------------------------------------------------------


def test_the_card_answers_a_call_on_one_page(anna: User) -> None:
    client = register(
        anna,
        {"full_name": "Mme Ngomo", "phones": PHONE, "position": "Purchasing", "emails": "n@l.example"},
        {"full_name": "M. Lefèvre", "is_head": True},
        city="Besançon",
        country="FR",
        stands_now="Late twice",
        emails="info@l.example",
        may_write=False,
    )
    plan_next_step(user=anna, client_id=client.pk, next_step="Answer on slots", next_step_at=timezone.now() + timedelta(days=2))
    log_touch(user=anna, client_id=client.pk, note="Said yes", contact_id=client.contacts.get(is_main=True).pk)
    page = as_user(anna).get(url("card", client.pk))
    shown = text_of(page)
    assert f'href="tel:{PHONE}"' in page.content.decode()
    assert 'href="mailto:n@l.example"' in page.content.decode()
    for words in ("Ateliers Lefèvre", "Anna Petrova", "Besançon", "there", "Mme Ngomo main", "M. Lefèvre head", "Purchasing"):
        assert words in shown
    for words in ("Answer on slots", "Late twice", "Call, reached with Mme Ngomo", "Said yes", "Trade fair", "targeted"):
        assert words in shown
    assert "must not be written to" in shown
    assert "Industry recommended" in shown


def test_a_reader_sees_all_and_is_offered_no_change(anna: User, boris: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo", "phones": PHONE})
    page = as_user(boris).get(url("card", client.pk))
    assert page.status_code == 200
    assert "This client is in the hands of Anna Petrova." in text_of(page)
    main = page.content.decode().split('<main id="main"')[1].split("</main>")[0]
    assert "<form" not in main
    assert "hx-post" not in main
    assert not re.search(r"/(edit|facts|contacts|next-step|archive|waive)/", main)


def test_an_archived_card_says_so_and_is_only_read(anna: User) -> None:
    client = register(anna, full_name="Closed Shop")
    archive_client(user=anna, client_id=client.pk, version=1, reason="Closed down")
    page = as_user(anna).get(url("card", client.pk))
    assert "Archived today" in text_of(page)
    assert "Closed down" in text_of(page)
    assert "Bring back" in text_of(page)
    assert "Log a touch" not in text_of(page)
    assert as_user(anna).get(url("edit", client.pk)).headers["Location"] == url("card", client.pk)


def test_the_head_offers_the_best_phone_and_warns_of_one_not_to_be_called(anna: User) -> None:
    client = register(anna, {"full_name": "A"}, {"full_name": "B", "phones": "+33199001701"}, phones=PHONE)
    assert "+33 1 99 00 17 42" in text_of(as_user(anna).get(url("card", client.pk)))
    Client.objects.filter(pk=client.pk).update(may_call=False)
    page = as_user(anna).get(url("card", client.pk))
    assert "asked not to be called" in text_of(page)
    assert "btn call" not in page.content.decode()


def test_what_is_missing_leads_to_the_very_field(anna: User, dmitri: User) -> None:
    client = register(anna)
    page = as_user(anna).get(url("card", client.pk)).content.decode()
    missing = page.split('id="missing"')[1].split("</section>")[0]
    assert url("fact", client.pk, "address") in missing
    assert url("fact", client.pk, "phones") in missing
    assert f"{url('contact_new', client.pk)}?is_main=on" in missing
    assert "waive" not in missing, "a manager waives nothing"
    assert url("waive", client.pk, "address") in as_user(dmitri).get(url("card", client.pk)).content.decode()


def test_a_waiver_stands_on_the_card_with_reason_and_end(anna: User, dmitri: User) -> None:
    client = register(anna)
    until = (company_today() + timedelta(days=30)).isoformat()
    browser = as_user(dmitri)
    answer = browser.post(url("waive", client.pk, "address"), {"reason": "On a ship", "until": until}, headers=HTMX)
    assert answer.status_code == 200
    assert "On a ship · Дмитрий Соколов" in text_of(answer)
    waiver = Waiver.objects.get()
    assert "End" in text_of(browser.get(url("card", client.pk)))
    browser.post(url("waiver_end", client.pk, waiver.pk), headers=HTMX)
    assert "On a ship" not in text_of(browser.get(url("card", client.pk))).split("What happened")[0]
    refused = browser.post(url("waive", client.pk, "address"), {"reason": "", "until": "9999-12-31"}, headers=HTMX)
    assert refused.status_code == 422
    assert "Say why this client need not meet it." in text_of(refused)
    assert browser.get(url("waive", client.pk, "soul")).status_code == 404
    alone = browser.get(url("waive", client.pk, "city")).content.decode()
    assert "hx-ignore" in alone, "in a tab of its own the form would answer into a dialog, with every id twice"


def test_other_apps_bring_panels(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_panels, "_panels", {})
    client = register(anna, full_name="Guérin")
    panel = card_panels.Panel("money", "clients/card/way_back.html", lambda client, user: {"name": client.full_name}, column=2)
    card_panels.register(panel)
    card_panels.register(card_panels.Panel("nothing", "no-such.html", lambda client, user: None))
    card_panels.register(card_panels.Panel("secret", "no-such.html", lambda client, user: {}, permission="clients.erase_client"))
    assert as_user(anna).get(url("card", client.pk)).status_code == 200
    with pytest.raises(ValueError, match="registered twice"):
        card_panels.register(card_panels.Panel("money", "other.html", lambda client, user: None))


def costs(user: User, address: str) -> int:
    browser = as_user(user)
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


@pytest.mark.django_db(transaction=True)  # the moments of a history are those of its transactions
def test_a_card_costs_at_most_twenty_queries_however_much_stands_on_it(anna: User, boris: User, dmitri: User) -> None:
    client = register(anna, {"full_name": "A", "phones": PHONE})
    CustomField.objects.create(key="boiler", label="Boiler", kind="number")

    def live(number: int) -> None:
        contact = add_contact(user=anna, client_id=client.pk, data={"full_name": f"Contact {number}", "phones": PHONE})
        change_contact(user=anna, contact_id=contact.pk, version=1, changes={"note": "x"})
        log_touch(user=anna, client_id=client.pk, note="x", contact_id=contact.pk)
        other = register(boris, full_name=f"Other {number}")
        version = fresh(client).version
        change_client(user=dmitri, client_id=client.pk, version=version, changes={"referrer": other.pk, "custom": {"boiler": number}})

    live(1)
    one = {user: costs(user, url("card", client.pk)) for user in (anna, boris, dmitri)}
    for number in range(2, 16):
        live(number)
    many = {user: costs(user, url("card", client.pk)) for user in (anna, boris, dmitri)}
    assert one == many
    assert max(many.values()) <= 20, many
    assert costs(anna, url("history", client.pk)) <= 20
