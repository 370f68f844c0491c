"""Every page and fragment there is, as each of the cast, at records that are somebody else's.

The routes come from the URLconf, so a new one is tried before anybody thinks of it; one whose records this file does
not know fails here. The API has a table of its own (tests/clients/api/test_access.py).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client as Browser
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from accounts.access import declared
from accounts.models import ApiToken, StoredMail, User
from accounts.services.audit import note
from clients.models import ClearMerging, Client, Criterion, CustomField, ImportProfile, ImportRun, Source
from clients.services import grant_waiver, log_touch
from clients.services.duplicates import merge_clients
from reminders.models import PushDevice, ReminderKind, ReminderRule
from reminders.services import plan_reminder
from sales.models import CostCategory
from sales.periods import company_today
from scoring.models import CaseTerm, ProfitSettings
from tests.accounts.test_access import addresses
from tests.clients.pairs import alike
from tests.clients.registry import PHONE, register
from tests.sales.ledger import complaint, cost, pool, sale
from tests.scoring.cases.kept import case_of
from ui.models import ListWork, SavedView

pytestmark = pytest.mark.django_db

GUARDED = [
    (address, pattern)
    for address, pattern in addresses(get_resolver().url_patterns)
    if not address.startswith("api/") and (access := declared(pattern.callback)) is not None and not access.public
]
PRIVATE = (
    "settings/reminders/devices/",
    "reminders/list/views/",
    "reminders/list/work/",
    "settings/tokens/",
    "settings/devices/",
    "account/2fa/",
    "clients/list/views/",
    "clients/list/work/",
    *(f"{ledger}list/{kept}/" for ledger in ("sales/", "sales/open/", "complaints/") for kept in ("views", "work")),
)
"""What stands here belongs to one user; to everybody else it is not there."""


def of_the_ledger(client: Client, anna: User, dmitri: User) -> dict[str, dict[str, Any]]:
    """A sale with its payment, a cost, a complaint, a pool: Anna's client's, or management's."""
    one = sale(client, 100, due_on=company_today())
    payment = one.payments.create(amount=10, day=company_today())
    removed = {"event_id": 1}
    found: dict[str, dict[str, Any]] = {
        "sales/removed/": removed,
        "payments/removed/": removed,
        "costs/removed/": removed,
        "complaints/removed/": removed,
        "cost-pools/removed/": removed,
    }
    lists = {
        "sales/": ("sales", anna),
        "sales/open/": ("open-invoices", anna),
        "costs/": ("costs", dmitri),
        "complaints/": ("complaints", anna),
    }
    for address, (page, owner) in lists.items():
        work = ListWork.objects.create(page=page, action="export", user=owner, state="done", file=ContentFile(b"x", "l.csv"))
        view = SavedView.objects.create(page=page, owner=owner, name="Theirs")
        found |= {f"{address}list/views/": {"pk": view.pk}, f"{address}list/work/": {"pk": work.pk}}
        found |= {f"{address}list/": {"filter_name": "client", "action_name": "none"}}
    return found | {
        "sales/": {"pk": one.pk},
        "payments/": {"pk": payment.pk},
        "costs/": {"pk": cost(client).pk},
        "complaints/": {"pk": complaint(client).pk},
        "cost-pools/": {"pk": pool(100, "revenue").pk},
        "ledger-settings/closed-before/": {"day": "never"},
        "ledger-settings/": {"pk": CostCategory.objects.get(key="delivery").pk},
    }


@pytest.fixture
def records(anna: User, boris: User, dmitri: User, admin: User) -> dict[str, dict[str, Any]]:
    """One of everything, none of it Clara's: the beginning of an address -> what fills its places."""
    client = register(anna, {"full_name": "Mme Ngomo", "phones": PHONE}, city="Lyon")
    touch = log_touch(user=anna, client_id=client.pk, note="Said yes")
    merged = alike(anna, "Rassvet")
    until = company_today() + timedelta(days=30)
    waiver = grant_waiver(user=dmitri, client_id=client.pk, fact="address", reason="x", until=until)
    device = UserSession.objects.create(user=anna, session_key="a" * 32, ip="127.0.0.1")
    run = ImportRun.objects.create(created_by=admin, file=ContentFile(b"Name\nA\n", "a.csv"), file_name="a.csv", header=["Name"])
    audited = ListWork.objects.create(page="audit", action="export", user=dmitri, state="done", file=ContentFile(b"x", "y.csv"))
    work = ListWork.objects.create(page="clients", action="export", user=anna, state="done", file=ContentFile(b"x", "x.csv"))
    key = Authenticator.objects.create(user=boris, type=Authenticator.Type.WEBAUTHN, data={"name": "Boris's key"})
    token = ApiToken.objects.create(user=anna, name="Anna's", digest="0" * 64)
    day = company_today() + timedelta(days=7)
    phone = PushDevice.objects.create(user=anna, name="Phone", endpoint="https://x.example", created_at=timezone.now())
    reminder = plan_reminder(user=anna, client_id=client.pk, kind="other", on_day=until)
    acts = reminder.acts.values_list("pk", flat=True)
    earned = ListWork.objects.create(page="profit", action="export", user=dmitri, state="done", file=ContentFile(b"x", "w.csv"))
    listed = ListWork.objects.create(page="reminders", action="export", user=anna, state="done", file=ContentFile(b"x", "z.csv"))
    case = case_of(client, opened_by=dmitri)
    term = CaseTerm.objects.create(case=case, what="price", becomes="x", agreed_on=day, noted_by=anna)
    thresholds = note("profit_settings_changed", by=dmitri, changes=[["case_months", 3, 4]])
    ProfitSettings.objects.create(case_months=4)
    ledger = of_the_ledger(client, anna, dmitri)
    return {
        "cases/of-client/": {"pk": client.pk},
        "cases/": {"pk": case.pk, "term_id": term.pk},
        **ledger,
        "reminders/list/views/": {"pk": SavedView.objects.create(page="reminders", owner=anna, name="Hers").pk},
        "reminders/list/work/": {"pk": listed.pk},
        "reminders/list/": {"filter_name": "owner", "action_name": "cancel"},
        "reminders/": {"pk": reminder.pk, "act_id": acts[0]},
        "profitability/clients/list/views/": {"pk": SavedView.objects.create(page="profit", owner=dmitri, name="Profit").pk},
        "profitability/clients/list/work/": {"pk": earned.pk},
        "profit-settings/": {"entry_id": thresholds.pk},
        "profitability/clients/list/": {"filter_name": "verdict", "action_name": "none"},
        "profitability/what-if/client/": {"pk": client.pk},
        "account/2fa/webauthn/keys/": {"pk": key.pk},
        "imports/profiles/": {"pk": ImportProfile.objects.create(name="Shop", created_by=admin).pk},
        "imports/": {"pk": run.pk},
        "settings/tokens/": {"pk": token.pk},
        "settings/devices/": {"pk": device.pk},
        "settings/reminders/devices/": {"pk": phone.pk},
        "left-lying/": {"pk": reminder.pk},
        "users/": {"pk": anna.pk, "token": token.pk},
        "teams/": {"pk": anna.team_id},
        "audit/list/views/": {"pk": SavedView.objects.create(page="audit", owner=dmitri, name="His").pk},
        "audit/list/work/": {"pk": audited.pk},
        "audit/list/": {"filter_name": "what", "action_name": "none"},
        "mail/": {"pk": StoredMail.objects.create(sender="a@x.example", recipients=["b@x.example"], subject="S", body="B").pk},
        "clients/list/views/": {"pk": SavedView.objects.create(page="clients", owner=anna, name="Anna's", query="lifecycle=former").pk},
        "clients/list/work/": {"pk": work.pk},
        "clients/list/": {"filter_name": "manager", "action_name": "hand_over"},
        "clients/": {"pk": client.pk, "key": "phones", "fact": "address", "event_id": 1, "confirmation_id": 1, "touch_id": touch.pk}
        | {"contact_id": client.contacts.get().pk, "waiver_id": waiver.pk},
        "calendar/": {"reminder_id": reminder.pk, "version": reminder.version},
        "duplicates/clear/": {"pk": ClearMerging.objects.create(by=dmitri, score_from=95, upto=0, finished_at=timezone.now()).pk},
        "duplicates/merges/": {"pk": merge_clients(user=anna, survivor_id=merged.first_id, other_id=merged.second_id).pk},
        "duplicates/": {"pk": alike(anna).pk},
        "criteria/waivers/": {"pk": waiver.pk},
        "criteria/": {"pk": Criterion.objects.order_by("pk")[0].pk, "change_id": 1},
        "quality/mend/": {"pk": client.pk},
        "today/clients/": {"pk": client.pk, "client_id": client.pk, "touch_id": touch.pk, "event_id": 1},
        "today/": {"pk": reminder.pk},
        "reminders/rules/": {"pk": ReminderRule.objects.get(shipped="renewal").pk},
        "reminders/kinds/": {"pk": ReminderKind.objects.get(key="birthday").pk},
        "custom-fields/": {"pk": CustomField.objects.create(key="size", label="Size", kind="text").pk},
        "reference-lists/": {"kind": "sources", "pk": Source.objects.create(name="Exhibition").pk},
    }


def filled(address: str, pattern: URLPattern, records: dict[str, dict[str, Any]]) -> str:
    """Return the address with its places filled; fails for a route whose records `records` lacks."""
    names = pattern.pattern.converters
    known = next((values for beginning, values in records.items() if address.startswith(beginning)), {})
    assert names.keys() <= known.keys(), f"{address} is new: say in `records` what fills its places"
    for name in names:
        kind = "".join(part for part in ("int:", "str:", "slug:") if f"<{part}{name}>" in address)
        address = address.replace(f"<{kind}{name}>", str(known[name]))
    return f"/{address}"


def routes(records: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, tuple[str, ...], bool]]:
    """Yield (route, address, permissions, whether it names a record)."""
    for address, pattern in GUARDED:
        access = declared(pattern.callback)
        assert access is not None
        yield address, filled(address, pattern, records), access.permissions, bool(pattern.pattern.converters)


WORKED_OUT = ("scoring_newandrepeat", "scoring_poolspread", "scoring_profitreport", "scoring_profitrow")
"""Reports that are kept when somebody first looks at them."""


def held() -> dict[str, str]:
    """Return a digest of every table but those of sessions and of what is only worked out from others."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if "session" not in name and name not in WORKED_OUT]
        digests = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
            digests[table] = cursor.fetchone()[0]
        return digests


def test_nobody_is_led_to_the_sign_in_page_and_changes_nothing(records: dict[str, dict[str, Any]]) -> None:
    before, wrong = held(), []
    for route, address, _permissions, _names in routes(records):
        for ask in (Browser().get, Browser().post):
            answer = ask(address)
            if answer.status_code != 405 and "/account/login/" not in answer.headers.get("Location", ""):
                wrong.append((route, answer.status_code))
    assert wrong == []
    assert held() == before


@pytest.mark.parametrize("who", ["eve", "clara", "dmitri", "admin"])
def test_who_lacks_the_permission_is_refused_and_changes_nothing(who: str, records: dict[str, dict[str, Any]], request: Any) -> None:
    user: User = request.getfixturevalue(who)
    browser = Browser()
    browser.force_login(user)
    before, wrong, refused = held(), [], 0
    for route, address, permissions, _names in routes(records):
        if user.has_perms(permissions):
            continue
        for ask in (browser.get, browser.post):
            refused += 1
            if (status := ask(address).status_code) not in {403, 405}:
                wrong.append((route, status))
    assert wrong == []
    assert held() == before
    assert refused or who == "admin"


def test_another_manager_changes_nothing_that_is_not_hers(records: dict[str, dict[str, Any]], clara: User) -> None:
    browser = Browser()
    browser.force_login(clara)
    before, wrong = held(), []
    for route, address, permissions, names in routes(records):
        if not names or not clara.has_perms(permissions):
            continue
        private = route.startswith(PRIVATE)
        writes = "clients.change_client" in permissions
        for method, ask in (("GET", browser.get), ("POST", browser.post)):
            status = ask(address).status_code
            expected = {404, 405} if private else {403, 405} if writes else {200, 302, 403, 404, 405}
            if route.startswith("account/2fa/"):  # the password first, then nothing
                expected = {302, 404}
            if status not in expected:
                wrong.append((method, route, status))
    assert wrong == []
    assert held() == before


@pytest.mark.parametrize("who", ["anna", "clara", "dmitri", "admin"])
def test_looking_changes_nothing_and_never_fails(who: str, records: dict[str, dict[str, Any]], request: Any) -> None:
    browser = Browser()
    browser.force_login(request.getfixturevalue(who))
    before, wrong = held(), []
    for route, address, _permissions, _names in routes(records):
        if (status := browser.get(address).status_code) >= 500:
            wrong.append((route, status))
    assert wrong == []
    assert held() == before


def test_an_empty_form_never_fails(records: dict[str, dict[str, Any]], admin: User) -> None:
    browser = Browser(raise_request_exception=False)
    wrong = []
    for route, address, _permissions, _names in routes(records):
        browser.force_login(admin)
        if (status := browser.post(address).status_code) >= 500:
            wrong.append((route, status))
    assert wrong == []


def test_the_client_of_the_walk_is_hers_alone(records: dict[str, dict[str, Any]], anna: User) -> None:
    """Else the refusals above would say nothing."""
    assert Client.objects.editable_by(anna).filter(pk=records["clients/"]["pk"]).exists()
