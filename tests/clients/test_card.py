"""The client card as each of the cast sees it, and what its forms do through the front door."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients import card_panels
from clients.models import Client, Contact, CustomField, Touch, Waiver
from clients.services import (
    add_contact,
    archive_client,
    change_client,
    change_contact,
    confirm_facts,
    fingerprints,
    grant_waiver,
    log_touch,
    plan_next_step,
)
from tests.clients.registry import PHONE, fresh, register

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def as_user(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def url(name: str, *args: Any) -> str:
    return reverse(f"clients:{name}", args=args)


def text_of(response: Any) -> str:
    """Return what a reader sees: without tags, with single spaces."""
    body = re.sub(r"<(script|style|template).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())


def post_fact(browser: Browser, client: Client, key: str, values: dict[str, Any], **more: Any) -> Any:
    """Save one fact in place, as the form of that line does."""
    was = json.dumps(fingerprints(client, values))
    return browser.post(url("fact", client.pk, key), {"version": client.version, "was": was, **values}, headers=HTMX, **more)


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
    until = (timezone.localdate() + timedelta(days=30)).isoformat()
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


# --- who may -----------------------------------------------------------------------------------


def addresses(client: Client) -> dict[str, tuple[str, str]]:
    """Return every address of a card by name: how it is asked for, and where."""
    contact, touch, waiver = client.contacts.get(), client.touches.get(), client.waivers.get()
    of = client.pk
    return {
        "card": ("get", url("card", of)),
        "timeline": ("get", url("timeline", of)),
        "history": ("get", url("history", of)),
        "edit": ("post", url("edit", of)),
        "fact": ("post", url("fact", of, "phones")),
        "address": ("post", url("fact", of, "address")),
        "confirm": ("post", url("confirm", of)),
        "touch_log": ("post", url("touch_log", of)),
        "touch": ("post", url("touch", of, touch.pk)),
        "next_step": ("post", url("next_step", of)),
        "next_step_undo": ("post", url("next_step_undo", of, 1)),
        "contact_new": ("post", url("contact_new", of)),
        "contact": ("post", url("contact", of, contact.pk)),
        "contact_remove": ("post", url("contact_remove", of, contact.pk)),
        "contact_put_back": ("post", url("contact_put_back", of, contact.pk)),
        "waive": ("post", url("waive", of, "address")),
        "waiver_end": ("post", url("waiver_end", of, waiver.pk)),
        "archive": ("post", url("archive", of)),
        "restore": ("post", url("restore", of)),
        "erase": ("post", url("erase", of)),
    }


READS = {"card", "timeline", "history"}
NAMES = sorted(
    {
        "edit", "fact", "address", "confirm", "touch_log", "touch", "next_step", "next_step_undo", "contact_new", "contact",
        "contact_remove", "contact_put_back", "waive", "waiver_end", "archive", "restore", "erase",
    }
    | READS
)  # fmt: skip


@pytest.fixture
def lived(anna: User, dmitri: User) -> Client:
    """A client of Anna with one of everything."""
    client = register(anna, {"full_name": "Mme Ngomo", "phones": PHONE}, city="Lyon")
    log_touch(user=anna, client_id=client.pk, note="Said yes")
    grant_waiver(user=dmitri, client_id=client.pk, fact="address", reason="x", until=timezone.localdate() + timedelta(days=30))
    return fresh(client)


def state() -> list[Any]:
    """Return all that a card's forms could change."""
    return [list(model._default_manager.order_by("pk").values()) for model in (Client, Contact, Touch, Waiver)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_nobody_signed_in_is_led_to_the_sign_in_page(lived: Client, name: str, headers: dict[str, str]) -> None:
    method, address = addresses(lived)[name]
    before = state()
    answer = getattr(Browser(), method)(address, headers=headers)
    assert "/account/login/" in (answer.headers.get("Location") or answer.headers["HX-Redirect"])
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
def test_an_account_without_a_role_gets_nowhere(lived: Client, eve: User, name: str) -> None:
    method, address = addresses(lived)[name]
    before = state()
    answer = getattr(as_user(eve), method)(address)
    assert answer.status_code == 403
    assert "Ateliers" not in answer.content.decode()
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("reader", ["boris", "clara"])
def test_another_manager_reads_and_writes_nothing(lived: Client, name: str, reader: str, boris: User, clara: User, anna: User) -> None:
    _method, address = addresses(lived)[name]
    before = state()
    browser = as_user({"boris": boris, "clara": clara}[reader])
    if name in READS:
        assert browser.get(address, follow=True).status_code == 200
        return
    for asked in ("get", "post"):
        answer = getattr(browser, asked)(
            address, {"version": "1", "reason": "x", "city": "Paris", "full_name": "X", "typed_name": str(lived)}
        )
        assert answer.status_code in ({403, 405} if asked == "get" else {403})
    assert state() == before


@pytest.mark.parametrize("name", ["touch", "contact", "contact_remove", "contact_put_back", "waiver_end"])
def test_parts_of_another_client_are_not_found_under_this_one(lived: Client, dmitri: User, name: str) -> None:
    mine = register(dmitri)
    part = {"touch": lived.touches.get(), "waiver_end": lived.waivers.get()}.get(name, lived.contacts.get())
    before = state()
    assert as_user(dmitri).post(url(name, mine.pk, part.pk), {"full_name": "X"}).status_code == 404
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_is_not_found(lived: Client, admin: User, name: str) -> None:
    method, address = addresses(lived)[name]
    for missing in (10**9, 10**18, 10**30):
        wrong = address.replace(f"/clients/{lived.pk}/", f"/clients/{missing}/")
        assert getattr(as_user(admin), method)(wrong).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_looking_changes_nothing(lived: Client, admin: User, name: str) -> None:
    _method, address = addresses(lived)[name]
    before = state()
    assert as_user(admin).get(address).status_code in {200, 302, 403, 404, 405}
    assert state() == before


def test_a_manager_waives_and_erases_nothing_of_their_own_either(lived: Client, anna: User) -> None:
    before = state()
    for name in ("waive", "waiver_end", "erase"):
        _method, address = addresses(lived)[name]
        assert as_user(anna).post(address, {"reason": "x", "typed_name": str(lived), "version": 1}).status_code == 403
    assert state() == before


# --- editing in place --------------------------------------------------------------------------


def test_a_fact_is_saved_in_its_place_and_what_depends_on_it_is_drawn_anew(anna: User) -> None:
    client = register(anna)
    answer = post_fact(as_user(anna), client, "phones", {"phones": ["01 99 00 17 42", ""]})
    assert answer.status_code == 200
    body = answer.content.decode()
    assert 'id="fact-phones"' in body
    for part in ("client-head", "missing", "minor-facts", "timeline"):
        assert re.search(rf'id="{part}"[^>]*hx-swap-oob="true"', body), part
    assert "Saved" in answer.headers["HX-Trigger"]
    assert (fresh(client).phones, fresh(client).version) == ([PHONE], 2)


def test_a_refused_fact_keeps_what_was_typed_and_says_what_to_do(anna: User) -> None:
    client = register(anna, phones=PHONE)
    answer = post_fact(as_user(anna), client, "phones", {"phones": "12 <b>"})
    assert answer.status_code == 422
    assert 'value="12 &lt;b&gt;"' in answer.content.decode()
    assert "Write the phone with its country code" in text_of(answer)
    assert fresh(client).phones == [PHONE]


def test_two_people_who_change_different_facts_both_keep_theirs(anna: User, dmitri: User) -> None:
    client = register(anna, city="Lyon")
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"website": "l.example"})
    answer = post_fact(as_user(anna), client, "employees", {"employees": "48"})
    assert answer.status_code == 200
    assert "both are kept" in answer.headers["HX-Trigger"]
    assert (fresh(client).website, fresh(client).employees, fresh(client).version) == ("https://l.example", 48, 3)


def test_two_people_who_change_one_fact_see_both_values_and_choose(anna: User, dmitri: User) -> None:
    client = register(anna, city="Lyon")
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Paris"})
    browser = as_user(anna)
    answer = post_fact(browser, client, "address", {"city": "Besançon", "postal_code": "25000", "address": "", "region": "", "country": ""})
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#drawer"
    shown = text_of(answer)
    assert "Дмитрий Соколов changed this card while you wrote" in shown
    assert "Besançon" in shown
    assert "Paris" in shown
    assert fresh(client).city == "Paris"
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.content.decode()))
    assert (form["version"], form["postal_code"]) == ("2", "25000")
    form = {name: unescape(value) for name, value in form.items()}
    saved = browser.post(url("fact", client.pk, "address"), form | {"city": "Besançon"})
    assert saved.headers["Location"] == url("card", client.pk)
    assert (fresh(client).city, fresh(client).postal_code, fresh(client).version) == ("Besançon", "25000", 3)


def test_the_same_change_made_by_two_is_no_conflict(anna: User, dmitri: User) -> None:
    client = register(anna, city="Lyon")
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Paris"})
    assert post_fact(as_user(anna), client, "address", {"city": " Paris "}).status_code == 200


def test_a_form_without_its_fingerprints_overwrites_nobody(anna: User, dmitri: User) -> None:
    client = register(anna, city="Lyon")
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Paris"})
    for was in ("", "x", "[]", "{" * 100_000, '{"city": ["x"]}'):
        answer = as_user(anna).post(url("fact", client.pk, "address"), {"city": "Nice", "version": "1", "was": was}, headers=HTMX)
        assert answer.status_code == 409
    for version in ("", "0", "-1", "1e9", "\u0661", "9" * 50):
        answer = as_user(anna).post(url("fact", client.pk, "address"), {"city": "Nice", "version": version}, headers=HTMX)
        assert answer.status_code == 409
    assert fresh(client).city == "Paris"


def test_every_line_of_the_card_opens_and_closes(anna: User) -> None:
    from clients.card_facts import facts_of, remarks_of

    CustomField.objects.create(key="boiler", label="Boiler <b>", kind="number")
    CustomField.objects.create(key="colour", label="Colour", kind="choice", choices=["Red"])
    browser = as_user(anna)
    for kind in ("organisation", "person"):
        client = register(anna, kind=kind)
        for shown in (*facts_of(client, CustomField.objects.all()), *remarks_of(client)):
            address = url("fact", client.pk, shown.fact.key)
            opened = browser.get(address, headers=HTMX)
            assert opened.status_code == 200, shown.fact.key
            assert "autofocus" in opened.content.decode()
            assert browser.get(f"{address}?shown", headers=HTMX).status_code == 200
            assert browser.get(address).status_code == 200, "without script it is a page of its own"
    assert browser.get(url("fact", client.pk, "version")).status_code == 404
    assert browser.get(url("fact", client.pk, "custom.nothing")).status_code == 404


def test_a_field_of_ones_own_is_edited_in_place(anna: User) -> None:
    CustomField.objects.create(key="boiler", label="Year <of> the boiler", kind="number")
    client = register(anna)
    answer = post_fact(as_user(anna), client, "custom.boiler", {"custom.boiler": "1 990"})
    assert answer.status_code == 200
    assert fresh(client).custom == {"boiler": 1990}
    refused = post_fact(as_user(anna), fresh(client), "custom.boiler", {"custom.boiler": "old"})
    assert refused.status_code == 422
    assert "Year &lt;of&gt; the boiler" in refused.content.decode()


# --- the whole form ----------------------------------------------------------------------------


def whole(client: Client, **changes: Any) -> dict[str, Any]:
    """Return what the whole form posts for `client`, with `changes`."""
    from clients.forms.clients import ClientForm
    from clients.forms.fields import Choices

    form = ClientForm(choices=Choices(client), custom_fields=CustomField.objects.all())
    values = {name: form[name].value() for name in form.fields}
    posted = {name: value for name, value in values.items() if value not in (None, False)}
    posted |= {name: "on" for name in ("is_customer", "is_supplier") if values[name]}
    posted |= {name: str(values[name]).lower() for name in ("may_call", "may_write") if values[name] is not None}
    return {"version": form.version, "was": form.was, **posted, **changes}


def test_the_whole_form_changes_what_was_changed(anna: User) -> None:
    CustomField.objects.create(key="boiler", label="Boiler", kind="number")
    client = register(anna, phones=PHONE, works_since="2019-03-01", may_call=True, custom={"boiler": 3})
    browser = as_user(anna)
    page = browser.get(url("edit", client.pk))
    assert page.status_code == 200
    assert "+33 1 99 00 17 42" in page.content.decode()
    unchanged = browser.post(url("edit", client.pk), whole(client))
    assert unchanged.headers["Location"] == url("card", client.pk)
    assert fresh(client).version == 1, "nothing was changed"
    browser.post(url("edit", client.pk), whole(client, city="Lyon", emails=["a@b.example", "c@d.example"], **{"custom.boiler": "4"}))
    changed = fresh(client)
    assert (changed.city, changed.emails, changed.custom, changed.version) == ("Lyon", ["a@b.example", "c@d.example"], {"boiler": 4}, 2)
    assert (changed.may_call, changed.phones, changed.works_since) == (True, [PHONE], client.works_since)


def test_a_refused_whole_form_names_each_field_once_and_keeps_what_was_typed(anna: User) -> None:
    client = register(anna)
    answer = as_user(anna).post(
        url("edit", client.pk), whole(client, full_name="", emails="nobody", birth_date="9999-01-01", employees="NaN", city="Lyon")
    )
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "3 fields need a change before this client can be saved" in shown
    assert shown.count("Enter the full name.") == 2, "once in the summary, once at the field"
    assert 'value="nobody"' in answer.content.decode()
    assert 'value="Lyon"' in answer.content.decode()
    assert fresh(client).version == 1


def test_a_conflict_of_whole_forms_shows_only_what_clashes(anna: User, dmitri: User) -> None:
    client = register(anna, city="Lyon")
    mine = whole(client, city="Besançon", employees="48")
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Paris", "website": "l.example"})
    browser = as_user(anna)
    answer = browser.post(url("edit", client.pk), mine)
    assert answer.status_code == 409
    body = answer.content.decode()
    assert body.count('type="radio"') == 2
    form = {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body)}
    assert form["website"] == "https://l.example"
    browser.post(url("edit", client.pk), form | {"city": "Paris"})
    kept = fresh(client)
    assert (kept.city, kept.website, kept.employees) == ("Paris", "https://l.example", 48)


def test_mass_assignment_reaches_nothing(anna: User, boris: User) -> None:
    client = register(anna)
    forged = {
        "created_by": boris.pk, "created_by_id": boris.pk, "archived_at": "2020-01-01", "erased_at": "2020-01-01", "in_target": "on", "id": 1,
        "fact_dates": "{}", "facts_confirmed_at": "2020-01-01", "last_touch_at": "2020-01-01", "custom": '{"x": 1}', "next_step": "x",
        "custom.nothing": "x",
    }  # fmt: skip
    as_user(anna).post(url("edit", client.pk), whole(client, city="Lyon") | forged)
    after = fresh(client)
    assert (after.city, after.version, after.created_by, after.archived_at, after.erased_at) == ("Lyon", 2, anna, None, None)
    assert (after.custom, after.next_step, after.in_target) == ({}, "", client.in_target)


UGLY = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}", "javascript:alert(1)", "\u202eevil", "x" * 200]


@pytest.mark.parametrize("ugly", UGLY)
def test_whatever_is_typed_is_shown_as_text(anna: User, dmitri: User, ugly: str) -> None:
    plain = ugly.replace("\u202e", "")
    CustomField.objects.create(key="boiler", label=plain[:100], kind="text", help_text=plain[:200])
    client = register(
        anna,
        {"full_name": ugly, "position": ugly[:150], "note": ugly},
        full_name=ugly,
        short_name=ugly[:150],
        former_names=ugly,
        stands_now=ugly,
        address=ugly,
        city=ugly[:100],
        custom={"boiler": ugly},
    )
    plan_next_step(user=anna, client_id=client.pk, next_step=ugly, next_step_at=timezone.now() + timedelta(days=1))
    log_touch(user=anna, client_id=client.pk, note=ugly, no_next_step_because=ugly)
    change_client(user=anna, client_id=client.pk, version=1, changes={"stands_now": "", "custom": {"boiler": "x"}})
    grant_waiver(user=dmitri, client_id=client.pk, fact="industry", reason=ugly, until=timezone.localdate() + timedelta(days=9))
    archived = register(anna, full_name=ugly)
    archive_client(user=anna, client_id=archived.pk, version=1, reason=ugly)
    browser = as_user(anna)
    pages = [url("card", client.pk), url("history", client.pk), url("edit", client.pk), url("card", archived.pk), url("new")]
    for address in (*pages, url("fact", client.pk, "custom.boiler"), url("contact", client.pk, client.contacts.get().pk)):
        body = browser.get(address).content.decode()
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert "\u202e" not in body.replace("\\u202e", "")
        assert 'href="javascript' not in body


def test_a_name_of_two_megabytes_is_refused_and_one_of_ten_is_not_read(anna: User) -> None:
    client = register(anna)
    browser = as_user(anna)
    assert post_fact(browser, client, "full_name", {"full_name": "x" * 2_000_000}).status_code == 422
    assert post_fact(browser, client, "full_name", {"full_name": "x" * 10_000_000}).status_code == 413
    assert fresh(client).full_name == "Ateliers Lefèvre"


def test_signs_that_no_text_holds_are_dropped(anna: User) -> None:
    client = register(anna)
    post_fact(as_user(anna), client, "full_name", {"full_name": "Ro\x00mashka\u202e \x07"})
    assert fresh(client).full_name == "Romashka"


# --- touches, next steps, contacts -------------------------------------------------------------

CALL = {"kind": "call", "outcome": "reached", "plan": "week"}


def test_a_touch_is_logged_in_one_step(anna: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo"})
    contact = client.contacts.get()
    form = CALL | {"note": "Said yes", "contact": contact.pk, "minutes": "5", "facts_confirmed": "on", "next_step": "Send terms"}
    answer = as_user(anna).post(url("touch_log", client.pk), form, headers=HTMX)
    assert answer.status_code == 200
    touch = Touch.objects.get()
    assert (touch.note, touch.contact, touch.minutes, touch.facts_confirmed, touch.next_step) == (
        "Said yes",
        contact,
        5,
        True,
        "Send terms",
    )
    assert touch.next_step_at is not None
    assert timedelta(days=6) < touch.next_step_at - timezone.now() < timedelta(days=10)
    shown = text_of(answer)
    assert "Send terms" in shown
    assert "Said yes" in shown
    assert "Touch logged. Next step:" in json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0]["text"]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"kind": "", "outcome": ""}, "Choose one of"),
        ({"plan": "other"}, "Choose a date and a time."),
        ({"plan": "other", "next_step_at": "9999-12-31T10:00"}, "Choose a time that is still to come."),
        ({"plan": "other", "next_step_at": "2020-01-01T10:00"}, "Choose a time that is still to come."),
        ({"plan": "other", "next_step_at": "tomorrow"}, "Choose a date and a time."),
        ({"plan": "none"}, "Say why nothing comes next."),
        ({"at": "2999-01-01T00:00"}, "A touch has happened already"),
        ({"at": "\x00"}, "Choose a date and a time."),
        ({"minutes": "NaN"}, "Give a whole number."),
        ({"contact": "1 OR 1=1"}, "Choose a contact of this client."),
    ],
)
def test_a_touch_that_cannot_be_logged_keeps_what_was_typed(anna: User, form: dict[str, str], message: str) -> None:
    client = register(anna)
    answer = as_user(anna).post(url("touch_log", client.pk), CALL | {"note": "Long talk"} | form, headers=HTMX)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "Long talk" in answer.content.decode()
    assert not Touch.objects.exists()


def test_a_touch_is_logged_without_script_too(anna: User) -> None:
    client = register(anna)
    browser = as_user(anna)
    assert browser.post(url("touch_log", client.pk), CALL).headers["Location"] == url("card", client.pk)
    refused = browser.post(url("touch_log", client.pk), CALL | {"plan": "none", "note": "Long talk"})
    assert refused.status_code == 422
    assert "Long talk" in text_of(refused)


def test_a_planned_step_stays_unless_another_is_chosen(anna: User) -> None:
    client = register(anna)
    soon = timezone.now() + timedelta(days=2)
    plan_next_step(user=anna, client_id=client.pk, next_step="Call", next_step_at=soon)
    page = as_user(anna).get(url("card", client.pk)).content.decode()
    assert re.search(r'value="keep"[^>]*checked', page)
    as_user(anna).post(url("touch_log", client.pk), CALL | {"plan": "keep"}, headers=HTMX)
    assert fresh(client).next_step_at == soon
    as_user(anna).post(url("touch_log", client.pk), CALL | {"plan": "none", "no_next_step_because": "Moved"}, headers=HTMX)
    assert fresh(client).next_step_at is None


def test_a_touch_of_ones_own_is_corrected_on_its_day(anna: User, dmitri: User) -> None:
    client = register(anna)
    touch = log_touch(user=anna, client_id=client.pk, note="Wrong")
    browser = as_user(anna)
    assert "Correct" in text_of(browser.get(url("card", client.pk)))
    assert "Wrong" in browser.get(url("touch", client.pk, touch.pk), headers=HTMX).content.decode()
    form = {"kind": "visit", "outcome": "busy", "note": "Right", "minutes": ""}
    assert browser.post(url("touch", client.pk, touch.pk), form, headers=HTMX).status_code == 200
    touch.refresh_from_db()
    assert (touch.kind, touch.note) == ("visit", "Right")
    assert as_user(dmitri).post(url("touch", client.pk, touch.pk), form).status_code == 403
    Touch.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert browser.post(url("touch", client.pk, touch.pk), form).status_code == 403
    assert ">Correct<" not in browser.get(url("card", client.pk)).content.decode()


def test_a_contact_is_added_changed_removed_and_put_back(anna: User) -> None:
    client = register(anna)
    browser = as_user(anna)
    form = {"full_name": "Mme Ngomo", "phones": ["01 99 00 17 42", ""], "emails": "", "is_main": "on"}
    answer = browser.post(url("contact_new", client.pk), form, headers=HTMX)
    assert answer.status_code == 200
    assert json.loads(answer.headers["HX-Trigger"]).keys() >= {"seraph:close", "seraph:say"}
    contact = Contact.objects.get()
    assert contact.phones == [PHONE]
    drawer = browser.get(url("contact", client.pk, contact.pk), headers=HTMX).content.decode()
    assert "+33 1 99 00 17 42" in drawer
    browser.post(url("contact", client.pk, contact.pk), form | {"version": 1, "position": "Purchasing"}, headers=HTMX)
    contact.refresh_from_db()
    assert contact.position == "Purchasing"
    removed = browser.post(url("contact_remove", client.pk, contact.pk), headers=HTMX)
    undo = json.loads(removed.headers["HX-Trigger"])["seraph:say"]["says"][0]["url"]
    assert not Contact.objects.exists()
    assert browser.post(undo, headers=HTMX).status_code == 200
    assert Contact.objects.get().position == "Purchasing"


def test_a_refused_contact_keeps_what_was_typed(anna: User) -> None:
    client = register(anna)
    answer = as_user(anna).post(url("contact_new", client.pk), {"full_name": " ", "phones": "1", "position": "Chef"}, headers=HTMX)
    assert answer.status_code == 422
    assert 'value="Chef"' in answer.content.decode()
    assert "Give the contact a name" in text_of(answer)
    assert not Contact.objects.exists()


def test_a_conflict_over_a_contact_shows_both(anna: User, dmitri: User) -> None:
    client = register(anna, {"full_name": "Mme Ngomo", "position": "Purchasing"})
    contact = client.contacts.get()
    change_contact(user=dmitri, contact_id=contact.pk, version=1, changes={"position": "Director"})
    form = {"full_name": "Mme Ngomo", "position": "Head of purchasing", "version": "1", "is_main": "on"}
    answer = as_user(anna).post(url("contact", client.pk, contact.pk), form, headers=HTMX)
    assert answer.status_code == 409
    assert "Head of purchasing" in text_of(answer)
    assert "Director" in text_of(answer)
    contact.refresh_from_db()
    assert contact.position == "Director"


# --- archive, bring back -----------------------------------------------------------------------


def test_archiving_is_undone_from_its_toast(anna: User) -> None:
    client = register(anna)
    browser = as_user(anna)
    refused = browser.post(url("archive", client.pk), {"version": 1, "reason": ""}, headers=HTMX)
    assert refused.status_code == 422
    answer = browser.post(url("archive", client.pk), {"version": 1, "reason": "Closed"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == url("card", client.pk)
    assert fresh(client).archived_at is not None
    page = browser.get(url("card", client.pk)).content.decode()
    undo = f"{url('restore', client.pk)}?version=2"
    assert undo in unescape(page)
    assert browser.post(undo, headers=HTMX).status_code == 200
    assert fresh(client).archived_at is None


def test_an_undo_of_long_ago_undoes_nothing(anna: User) -> None:
    client = register(anna)
    archive_client(user=anna, client_id=client.pk, version=1, reason="x")
    Client.objects.filter(pk=client.pk).update(version=9)
    as_user(anna).post(f"{url('restore', client.pk)}?version=2", headers=HTMX)
    assert fresh(client).archived_at is not None


def test_archiving_what_somebody_changed_meanwhile_asks_again(anna: User, dmitri: User) -> None:
    client = register(anna)
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Lyon"})
    answer = as_user(anna).post(url("archive", client.pk), {"version": 1, "reason": "Closed"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Somebody else changed this client meanwhile." in text_of(answer)
    assert fresh(client).archived_at is None


def test_facts_are_confirmed_with_one_press(anna: User) -> None:
    client = register(anna)
    Client.objects.update(facts_confirmed_at=None, facts_confirmed_by=None)
    answer = as_user(anna).post(url("confirm", client.pk), headers=HTMX)
    assert "today by Anna Petrova" in text_of(answer)
    confirm_facts(user=anna, client_id=client.pk)
