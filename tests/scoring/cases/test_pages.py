"""The pages of turnaround cases, as each of the cast."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from clients.criteria.days import add_months
from clients.models import Client
from sales import rollup
from scoring.models import TurnaroundCase
from scoring.services import cases
from tests.clients.registry import register
from tests.sales.ledger import sale

BOARD = reverse("scoring:cases")


def opened(browser: Browser, user: User, address: str) -> str:
    browser.force_login(user)
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def url(name: str, *args: Any) -> str:
    return reverse(f"scoring:{name}", args=args)


def test_the_demons_offer_to_open_a_case_and_lead_to_the_one_that_is_open(client: Browser, dmitri: User, demon: Client) -> None:
    assert "Open one" in opened(client, dmitri, reverse("scoring:profitability"))

    answer = client.post(url("open_case", demon.pk), {"period": "rubbish"}, follow=True)

    case = TurnaroundCase.objects.get(client=demon)
    assert answer.redirect_chain == [(url("case", case.pk), 302)]
    page = answer.content.decode()
    assert "Delivery 30\xa0% of revenue, median 4.2\xa0%" in page
    assert "This points to: <b>Ours: logistics</b>" in page
    assert "6 clients of a like revenue" in page
    assert "<script>Demon" not in page
    assert f'{case.pk}<span class="desk">, diagnosis</span>' in opened(client, dmitri, reverse("scoring:profitability"))


def test_a_case_is_decided_acted_on_and_closed_by_forms(client: Browser, anna: User, dmitri: User, case: TurnaroundCase) -> None:
    client.force_login(dmitri)
    form = client.get(url("case_decide", case.pk)).content.decode()
    assert 'value="logistics" selected' in form

    bad = client.post(url("case_decide", case.pk), {"version": 1, "action": "mend", "owner": anna.pk, "note": "Kept <b>"})
    assert bad.status_code == 422
    assert "Say why the client costs money" in bad.content.decode()
    assert "Kept &lt;b&gt;" in bad.content.decode()

    told = {"version": 1, "cause": "terms", "action": "renegotiate", "owner": anna.pk, "expected_gain": "900", "note": ""}
    assert client.post(url("case_decide", case.pk), told).status_code == 302
    stale = client.post(url("case_decide", case.pk), {**told, "note": "Late"})
    assert "Somebody changed this case meanwhile" in stale.content.decode()
    assert client.post(url("case_terms", case.pk), {"what": "price", "before": "", "becomes": "+4 %", "agreed_on": ""}).status_code == 302
    assert client.post(url("case_act", case.pk), {"version": 3, "acted_on": ""}).status_code == 302
    page = opened(client, dmitri, url("case", case.pk))
    for words in ("The client&#x27;s: terms", "Renegotiate terms", "+4 %", "€900", "measured again"):
        assert words in page
    assert client.post(url("case_undo_act", case.pk)).status_code == 302
    assert client.post(url("case_close", case.pk), {"version": 5, "because": "Solved"}).status_code == 302
    assert client.post(url("case_reopen", case.pk)).status_code == 302
    case.refresh_from_db()
    assert case.state == "agreed"


def test_a_manager_sees_the_own_cases_without_a_figure(client: Browser, anna: User, clara: User, eve: User, case: TurnaroundCase) -> None:
    page = opened(client, anna, url("case", case.pk))
    assert "What this client costs and earns is for management." in page
    for figure in ("€40", "30\xa0%", "−", "Expected gain"):
        assert figure not in page
    board = opened(client, anna, BOARD)
    assert "Demon &lt;script&gt;" in board
    assert "€" not in board.split("<main")[1].split("</main>")[0]
    assert client.get(url("case_stop", case.pk)).status_code == 403
    assert client.post(url("case_stop", case.pk), {"reason": "x"}).status_code == 403
    assert "Demon" not in opened(client, clara, BOARD)
    assert client.get(url("case", case.pk)).status_code == 404
    client.force_login(eve)
    assert client.get(BOARD).status_code == 403
    case.client.refresh_from_db()
    assert case.client.archived_at is None


def test_the_form_does_not_suggest_a_cause_to_whom_figures_are_hidden(
    client: Browser, anna: User, dmitri: User, case: TurnaroundCase
) -> None:
    client.force_login(anna)
    assert 'value="logistics" selected' not in client.get(url("case_decide", case.pk)).content.decode()
    client.force_login(dmitri)
    assert 'value="logistics" selected' in client.get(url("case_decide", case.pk)).content.decode()


WRITES: list[tuple[str, dict[str, Any]]] = [
    ("case_decide", {"version": 1, "note": "x"}),
    ("case_terms", {"version": 1, "what": "other", "becomes": "x"}),
    ("case_drop_terms", {}),
    ("case_act", {"version": 1, "acted_on": "2026-01-10"}),
    ("case_undo_act", {}),
    ("case_stop", {"version": 1, "reason": "x"}),
    ("case_close", {"version": 1, "because": "x"}),
    ("case_close", {"mistake": "1"}),
    ("case_reopen", {}),
]


@pytest.mark.parametrize(("name", "data"), WRITES)
def test_a_stranger_to_a_case_writes_nothing(
    client: Browser, clara: User, eve: User, dmitri: User, case: TurnaroundCase, name: str, data: dict[str, Any]
) -> None:
    term = cases.agree_terms(user=dmitri, case_id=case.pk, what="delivery", becomes="charged")
    if name == "case_undo_act":
        cases.change_case(user=dmitri, case_id=case.pk, changes={"cause": "logistics", "action": "mend"})
        cases.act(user=dmitri, case_id=case.pk)
    if name == "case_reopen":
        cases.close_case(user=dmitri, case_id=case.pk, because="Done")
    address = url(name, case.pk, term.pk) if name == "case_drop_terms" else url(name, case.pk)
    before = TurnaroundCase.objects.filter(pk=case.pk).values().get()

    client.force_login(clara)  # no case of hers; and only management may stop at all
    assert client.post(address, data).status_code == (403 if name == "case_stop" else 404)
    client.force_login(eve)
    assert client.post(address, data).status_code == 403

    assert TurnaroundCase.objects.filter(pk=case.pk).values().get() == before
    assert case.terms.count() == 1


def test_only_whoever_may_open_cases_opens_one(client: Browser, anna: User, eve: User, demon: Client) -> None:
    for user in (anna, eve):  # Anna's client, but she sees no profit
        client.force_login(user)
        assert client.post(url("open_case", demon.pk)).status_code == 403
    assert not TurnaroundCase.objects.exists()


def test_management_stops_and_takes_it_back(client: Browser, dmitri: User, case: TurnaroundCase) -> None:
    client.force_login(dmitri)
    page = client.post(url("case_stop", case.pk), {"version": 1, "reason": "Too dear"}, follow=True).content.decode()
    assert "is a former client and archived" in page
    assert f'action="{url("case_reopen", case.pk)}"' in page
    client.post(url("case_reopen", case.pk))
    case.client.refresh_from_db()
    assert case.client.archived_at is None


def test_the_card_offers_a_case_and_shows_it(client: Browser, dmitri: User, anna: User, demon: Client) -> None:
    opened(client, dmitri, reverse("scoring:profitability"))  # the report is worked out when somebody looks
    card = reverse("clients:card", args=[demon.pk])
    assert "Open a case" in opened(client, dmitri, card)
    assert "Open a case" not in opened(client, anna, card)
    case = cases.open_case(user=dmitri, client_id=demon.pk)
    assert f"Case {case.pk}" in opened(client, anna, card)


def test_an_opening_by_mistake_is_closed_by_undo(client: Browser, dmitri: User, case: TurnaroundCase) -> None:
    client.force_login(dmitri)
    client.post(url("case_close", case.pk) + "?mistake=1")
    case.refresh_from_db()
    assert case.closed_because == "Opened by mistake"


@pytest.mark.parametrize("address", [BOARD, reverse("scoring:profitability")])
def test_the_number_of_queries_does_not_grow_with_the_cases(
    client: Browser, dmitri: User, anna: User, case: TurnaroundCase, month: date, address: str
) -> None:
    opened(client, dmitri, address)
    with CaptureQueriesContext(connection) as one:
        opened(client, dmitri, address)
    for number in range(2):
        other = register(anna, full_name=f"Other {number}")
        sale(other, 100, add_months(month, -1), direct_cost=200)
        rollup.refresh_all()
        cases.open_case(user=dmitri, client_id=other.pk)
    opened(client, dmitri, address)
    with CaptureQueriesContext(connection) as three:
        opened(client, dmitri, address)
    assert len(three) == len(one)
