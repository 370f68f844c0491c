"""Changing the facts of a client through the front door: in place, as a whole form, and two people at once."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from clients.models import Client, CustomField
from clients.services import (
    archive_client,
    change_client,
    grant_waiver,
    log_touch,
    plan_next_step,
)
from sales.periods import company_today
from tests.clients.browsing import HTMX, as_user, post_fact, text_of, url
from tests.clients.registry import PHONE, fresh, register

pytestmark = pytest.mark.django_db


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


def undo_of(answer: Any) -> str:
    """Return the address that the toast of an answer takes the change back with, if it has one."""
    return str(json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0].get("url", ""))


@pytest.mark.django_db(transaction=True)
def test_a_saved_fact_is_put_back_from_its_toast(anna: User, dmitri: User) -> None:
    CustomField.objects.create(key="boiler", label="Boiler", kind="number")
    client = register(anna, city="Lyon", phones=["+33320990012"], custom={"boiler": 1990})
    browser = as_user(anna)
    undos = [
        undo_of(
            post_fact(browser, fresh(client), "address", {"city": "Paris", "address": "", "postal_code": "", "region": "", "country": ""})
        ),
        undo_of(post_fact(browser, fresh(client), "phones", {"phones": ["03 20 99 00 13"]})),
        undo_of(post_fact(browser, fresh(client), "custom.boiler", {"custom.boiler": ""})),
    ]
    change_client(user=dmitri, client_id=client.pk, version=4, changes={"stands_now": "Well"})
    now = fresh(client)
    assert (now.city, now.phones, now.custom) == ("Paris", ["+33320990013"], {})

    for undo in undos:
        assert browser.post(undo).headers["Location"] == url("card", client.pk)
    now = fresh(client)
    assert (now.city, now.phones, now.custom, now.stands_now) == ("Lyon", ["+33320990012"], {"boiler": 1990}, "Well")
    assert "The facts are as they were before." in browser.get(url("card", client.pk)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_what_was_changed_again_since_is_not_put_back(anna: User, dmitri: User) -> None:
    client = register(anna, short_name="Lachenal")
    browser = as_user(anna)
    answer = post_fact(browser, client, "short_name", {"short_name": "Boulangerie"})
    change_client(user=dmitri, client_id=client.pk, version=2, changes={"short_name": "Fournil"})
    browser.post(undo_of(answer))
    assert fresh(client).short_name == "Fournil"
    assert "changed again since" in browser.get(url("card", client.pk)).content.decode()


def test_a_save_that_changes_nothing_offers_no_undo(anna: User) -> None:
    client = register(anna, short_name="Lachenal")
    assert undo_of(post_fact(as_user(anna), client, "short_name", {"short_name": "Lachenal"})) == ""


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
        **{"created_by": boris.pk, "created_by_id": boris.pk, "archived_at": "2020-01-01", "erased_at": "2020-01-01", "in_target": "on"},
        **{"id": 1, "fact_dates": "{}", "facts_confirmed_at": "2020-01-01", "last_touch_at": "2020-01-01", "custom": '{"x": 1}'},
        **{"next_step": "x", "custom.nothing": "x"},
    }
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
    grant_waiver(user=dmitri, client_id=client.pk, fact="industry", reason=ugly, until=company_today() + timedelta(days=9))
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
