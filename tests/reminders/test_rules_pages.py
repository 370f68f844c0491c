"""The pages of rules and kinds: who may open them, what they show, what they refuse."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client as Browser

from accounts.models import AuditEntry, User
from clients.errors import Refused, StaleVersion
from clients.models import Client
from reminders.models import Reminder, ReminderKind, ReminderRule
from reminders.rules.running import run_rules
from reminders.services import kinds, rules
from reminders.sources import register as register_source
from reminders.sources import source_of, unregister
from sales.periods import company_today
from tests.clients.registry import register

RULES, KINDS = "/reminders/rules/", "/reminders/kinds/"


def as_user(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def form(**given: Any) -> dict[str, Any]:
    said = {
        "rule-name": "Renewal, early",
        "rule-source": "contract_end",
        "rule-number": "30",
        "rule-unit": "days",
        "rule-side": "before",
        "rule-kind": "contract_renewal",
        "rule-assignee": "manager",
        "rule-user": "",
        "rule-subject": "",
        "rule-note": "",
        "rule-notice_minutes": "",
        "version": "1",
    }
    return said | given


@pytest.fixture
def renewal(dmitri: User) -> ReminderRule:
    values = {"name": "Renewal", "source": "contract_end", "offset": "-30", "kind": "contract_renewal"}
    return rules.add_rule(user=dmitri, values=values)


@pytest.fixture
def due_soon(lefevre: Client) -> Client:
    """A client whose work ends so that a reminder 30 days before it falls into the coming two weeks."""
    Client.objects.filter(pk=lefevre.pk).update(worked_until=company_today() + timedelta(days=35))
    return lefevre


# --- who may -------------------------------------------------------------------------------------


def test_rules_are_of_management_and_kinds_of_the_administrator(
    anna: User, dmitri: User, admin: User, eve: User, renewal: ReminderRule
) -> None:
    for path in (RULES, f"{RULES}new/", f"{RULES}{renewal.pk}/"):
        assert [as_user(user).get(path).status_code for user in (anna, eve, dmitri, admin)] == [403, 403, 200, 200]
    kind = ReminderKind.objects.get(key="birthday")
    for path in (KINDS, f"{KINDS}{kind.pk}/"):
        assert [as_user(user).get(path).status_code for user in (anna, eve, dmitri, admin)] == [403, 403, 403, 200]


@pytest.mark.parametrize("act", ["switch", "on", "off", "retire", "bring-back", "preview", ""])
def test_a_manager_changes_no_rule(anna: User, renewal: ReminderRule, act: str) -> None:
    path = f"{RULES}{renewal.pk}/{act}/" if act else f"{RULES}{renewal.pk}/"
    assert as_user(anna).post(path, form()).status_code == 403
    renewal.refresh_from_db()
    assert (renewal.name, renewal.active, renewal.retired_at) == ("Renewal", False, None)


@pytest.mark.parametrize("act", ["switch", "on", "off", "retire", "bring-back", "preview"])
def test_reading_changes_nothing(dmitri: User, renewal: ReminderRule, act: str) -> None:
    assert as_user(dmitri).get(f"{RULES}{renewal.pk}/{act}/").status_code == 405


def test_the_services_ask_too(anna: User, dmitri: User, renewal: ReminderRule) -> None:
    with pytest.raises(PermissionDenied):
        rules.switch_rule(user=anna, rule_id=renewal.pk, on=True)
    with pytest.raises(PermissionDenied):
        kinds.add_kind(user=dmitri, name="Visit", is_contact=True, has_length=True)


# --- rules ---------------------------------------------------------------------------------------


def test_a_rule_is_added_off_and_switched_on_with_undo(dmitri: User, db: None) -> None:
    browser = as_user(dmitri)
    assert browser.post(f"{RULES}new/", form(city="Lyon")).status_code == 302
    rule = ReminderRule.objects.get(name="Renewal, early")
    assert (rule.active, rule.offset, rule.filters, rule.created_by) == (False, -30, {"city": ["Lyon"]}, dmitri)

    page = browser.post(f"{RULES}{rule.pk}/switch/", {"on": "yes"}, follow=True).text
    rule.refresh_from_db()
    assert rule.active
    assert rule.active_since is not None
    assert f"/reminders/rules/{rule.pk}/off/" in page

    browser.post(f"{RULES}{rule.pk}/off/")
    rule.refresh_from_db()
    assert not rule.active
    assert list(AuditEntry.objects.filter(about="reminderrule").order_by("pk").values_list("action", flat=True)) == [
        "reminder_rule_added",
        "reminder_rule_on",
        "reminder_rule_off",
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rule-name": " "}, "Give the rule a name."),
        ({"rule-source": "secrets"}, "Choose the date to count from."),
        ({"rule-number": "9999"}, "Give at most 730 days."),
        ({"rule-number": "x"}, "Give at most 730 days."),
        ({"rule-unit": "years"}, "Choose one from the list."),
        ({"rule-kind": "nonsense"}, "Choose a kind from the list."),
        ({"rule-assignee": "user"}, "Choose who acts."),
        ({"rule-assignee": "user", "rule-user": "999999"}, "Choose somebody who works here."),
        ({"rule-source": "last_touch", "rule-number": "0"}, "Count from this date onwards"),
        ({"archived": "yes"}, "has no filter “archived” for rules"),
        ({"password": "x"}, "has no filter “password” for rules"),
        ({"manager": "me"}, "Manager: "),
        ({"registered_from": "yesterday"}, "Registered: "),
    ],
)
def test_what_makes_no_rule_is_refused_and_nothing_typed_is_lost(dmitri: User, given: dict[str, str], message: str) -> None:
    answer = as_user(dmitri).post(f"{RULES}new/", form(**{"rule-note": "Kept <script>"} | given))
    assert answer.status_code == 422
    assert message in answer.text
    assert "Kept &lt;script&gt;" in answer.text
    assert not ReminderRule.objects.filter(shipped="").exists()


def test_a_rule_that_somebody_changed_meanwhile_is_told_and_what_was_typed_kept(dmitri: User, admin: User, renewal: ReminderRule) -> None:
    rules.change_rule(user=admin, rule_id=renewal.pk, version=1, values={"offset": "-45"})

    answer = as_user(dmitri).post(f"{RULES}{renewal.pk}/", form(**{"rule-number": "20"}))

    assert answer.status_code == 409
    assert "saved now: 45 days before: end of the work together" in answer.text
    assert re.search(r'name="rule-number"[^>]*value="20"|value="20"[^>]*name="rule-number"', answer.text)
    assert 'name="version" value="2"' in answer.text
    renewal.refresh_from_db()
    assert renewal.offset == -45
    with pytest.raises(StaleVersion):
        rules.change_rule(user=dmitri, rule_id=renewal.pk, version=1, values={"name": "Mine"})


def test_the_preview_shows_what_would_be_made_and_writes_nothing(dmitri: User, renewal: ReminderRule, due_soon: Client, anna: User) -> None:
    page = as_user(dmitri).post(f"{RULES}{renewal.pk}/preview/", form()).text
    assert re.search(r'<span class="v">1</span>', page)
    assert "Ateliers Lefèvre" in page
    assert "Anna Petrova" in page
    assert "30 days before: end of the work together" in page
    assert not Reminder.objects.filter(rule=renewal).exists()

    nobody = as_user(dmitri).post(f"{RULES}preview/", form(city="Nowhere")).text
    assert re.search(r'<span class="v">0</span>', nobody)


def test_the_preview_counts_what_the_run_makes(dmitri: User, renewal: ReminderRule, anna: User) -> None:
    for number in range(25):
        client = register(anna, full_name=f"Client {number}")
        Client.objects.filter(pk=client.pk).update(worked_until=company_today() + timedelta(days=20 + 2 * number))
    page = as_user(dmitri).post(f"{RULES}{renewal.pk}/preview/", form()).text
    rules.switch_rule(user=dmitri, rule_id=renewal.pk, on=True)

    made = run_rules().made

    assert made > 0
    assert f'<span class="v">{made}</span>' in page


def test_the_list_shows_what_each_rule_made(dmitri: User, renewal: ReminderRule, due_soon: Client) -> None:
    rules.switch_rule(user=dmitri, rule_id=renewal.pk, on=True)
    run_rules()
    page = as_user(dmitri).get(RULES).text
    row = page[page.index(f"/reminders/rules/{renewal.pk}/") :].split("</tr>")[0]
    assert "1 today" in row
    assert 'aria-checked="true"' in row
    assert "every client" in row


def test_a_rule_with_a_hostile_name_is_shown_as_text(dmitri: User) -> None:
    rule = rules.add_rule(user=dmitri, values={"name": "<script>alert(1)</script>", "source": "created", "offset": "0", "kind": "other"})
    for path in (RULES, f"{RULES}{rule.pk}/"):
        assert "<script>alert(1)" not in as_user(dmitri).get(path).text


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_the_same_number_of_queries_for_any_number_of_rules(
    dmitri: User, number: int, django_assert_max_num_queries: Any
) -> None:
    for one in range(number):
        rules.add_rule(
            user=dmitri, values={"name": f"Rule {one}", "source": "created", "offset": "0", "kind": "other", "filters": {"city": ["L"]}}
        )
    browser = as_user(dmitri)
    browser.get(RULES)
    with django_assert_max_num_queries(45):
        browser.get(RULES)


@pytest.fixture
def without_ledger() -> Iterator[None]:
    """An installation whose ledger is not there."""
    own = source_of("first_purchase")
    assert own is not None
    unregister("first_purchase")
    yield
    register_source(own)


def test_the_shipped_rule_of_the_ledger_waits_for_it(dmitri: User, db: None, without_ledger: None) -> None:
    rule = ReminderRule.objects.get(shipped="after_first_purchase")
    assert "waits for the ledger" in as_user(dmitri).get(RULES).text
    assert "Waits for the ledger" in as_user(dmitri).post(f"{RULES}{rule.pk}/switch/", {"on": "yes"}, follow=True).text
    with pytest.raises(Refused):
        rules.switch_rule(user=dmitri, rule_id=rule.pk, on=True)


def test_a_shipped_rule_keeps_its_name_in_the_readers_language_until_somebody_renames_it(dmitri: User, db: None) -> None:
    rule = ReminderRule.objects.get(shipped="renewal")
    said = form(**{"rule-name": str(rule.label), "rule-number": "45"})
    as_user(dmitri).post(f"{RULES}{rule.pk}/", said)
    rule.refresh_from_db()
    assert (rule.name, rule.offset) == ("", -45)


def test_a_retired_rule_goes_and_comes_back(dmitri: User, renewal: ReminderRule) -> None:
    browser = as_user(dmitri)
    assert f"{renewal.pk}/bring-back/" in browser.post(f"{RULES}{renewal.pk}/retire/", follow=True).text
    assert browser.get(f"{RULES}{renewal.pk}/").status_code == 404
    browser.post(f"{RULES}{renewal.pk}/bring-back/")
    assert browser.get(f"{RULES}{renewal.pk}/").status_code == 200


def test_the_date_of_a_rule_that_has_made_reminders_stays(dmitri: User, renewal: ReminderRule, due_soon: Client) -> None:
    rules.switch_rule(user=dmitri, rule_id=renewal.pk, on=True)
    run_rules()
    with pytest.raises(Refused, match="source: made"):
        rules.change_rule(user=dmitri, rule_id=renewal.pk, version=2, values={"source": "created"})


def test_a_condition_comes_as_a_field_and_an_unknown_one_not(dmitri: User, db: None) -> None:
    browser = as_user(dmitri)
    assert 'name="lifecycle"' in browser.get(f"{RULES}condition/", {"add": "lifecycle"}).text
    assert browser.get(f"{RULES}condition/", {"add": "archived"}).status_code == 404


# --- kinds ---------------------------------------------------------------------------------------


def test_a_kind_is_added_renamed_moved_and_retired(admin: User, db: None) -> None:
    browser = as_user(admin)
    assert browser.post(KINDS, {"name": "Site visit", "is_contact": "on", "has_length": "on"}).status_code == 302
    kind = ReminderKind.objects.get(name="Site visit")
    assert (kind.key, kind.is_contact, kind.has_length) == ("site-visit", True, True)

    browser.post(f"{KINDS}{kind.pk}/", {"name": "Visit to the site"})
    kind.refresh_from_db()
    assert (kind.name, kind.is_contact, kind.has_length, kind.key) == ("Visit to the site", False, False, "site-visit")

    before = list(ReminderKind.objects.values_list("pk", flat=True))
    browser.post(f"{KINDS}{kind.pk}/move/", {"up": "yes"})
    assert list(ReminderKind.objects.values_list("pk", flat=True)) == [*before[:-2], before[-1], before[-2]]

    assert f"{kind.pk}/bring-back/" in browser.post(f"{KINDS}{kind.pk}/retire/", follow=True).text
    kind.refresh_from_db()
    assert kind.retired
    browser.post(f"{KINDS}{kind.pk}/bring-back/")
    kind.refresh_from_db()
    assert not kind.retired


def test_kinds_stand_in_the_order_in_which_forms_offer_them(admin: User, db: None) -> None:
    browser = Browser()
    browser.force_login(admin)
    page = browser.get("/reminders/kinds/")
    assert [kind.key for kind in page.context["active"]] == list(ReminderKind.objects.order_by("position").values_list("key", flat=True))


@pytest.mark.parametrize("name", ["", "  ", "Meeting", "x" * 61])
def test_a_kind_without_a_name_of_its_own_is_refused(admin: User, name: str) -> None:
    before = ReminderKind.objects.count()
    assert as_user(admin).post(KINDS, {"name": name}).status_code == 422
    assert ReminderKind.objects.count() == before


def test_a_shipped_kind_goes_back_to_its_name_in_every_language(admin: User, db: None) -> None:
    kind = ReminderKind.objects.get(key="birthday")
    as_user(admin).post(f"{KINDS}{kind.pk}/", {"name": "Name day", "is_contact": "on"})
    kind.refresh_from_db()
    assert kind.name == "Name day"
    as_user(admin).post(f"{KINDS}{kind.pk}/", {"name": "", "is_contact": "on"})
    kind.refresh_from_db()
    assert (kind.name, str(kind)) == ("", "Birthday")


def test_what_the_system_itself_makes_stays_offered(admin: User, db: None) -> None:
    with pytest.raises(Refused):
        kinds.retire_kind(user=admin, kind_id=ReminderKind.objects.get(key="call_back").pk)
