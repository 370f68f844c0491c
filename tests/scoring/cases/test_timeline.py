"""What happened with a case stands in the timeline of its client, for whoever may see the case."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients.criteria.days import add_months
from clients.history import Cursor, Entry, read_page, shown_ranks
from clients.models import Client
from clients.services.duplicates import merge_clients
from clients.timeline import timeline_query
from sales import rollup
from sales.periods import company_today
from scoring.models import TurnaroundCase
from scoring.services import cases
from tests.api import Caller
from tests.clients.registry import register
from tests.plans import plan_of
from tests.sales.ledger import sale
from tests.scoring.cases.kept import case_of
from tests.scoring.cases.test_services import at
from ui import formats


def told(client: Client, reader: User | None, show: str = "cases") -> list[Entry]:
    return list(read_page(client, ranks=shown_ranks()[show], limit=50, reader=reader).entries)


def words(entry: Entry) -> str:
    changes = [f"{', '.join(one.before)} → {', '.join(one.after)}" if one.before else ", ".join(one.after) for one in entry.changes]
    return " | ".join([entry.title, *changes])


@pytest.mark.django_db(transaction=True)  # the moments of a history are those of its transactions
def test_who_did_what_with_a_case(case: TurnaroundCase, anna: User, dmitri: User, month: date) -> None:
    pk, day = case.pk, company_today() + timedelta(days=9)
    cases.change_case(user=anna, case_id=pk, changes={"cause": "logistics", "action": "mend"})
    cases.agree_terms(user=anna, case_id=pk, what="delivery", was="free", becomes="paid")
    cases.change_case(user=anna, case_id=pk, changes={"deadline": day.isoformat()})
    cases.change_case(user=dmitri, case_id=pk, changes={"expected_gain": "77 777"})
    cases.change_case(user=dmitri, case_id=pk, changes={"owner": dmitri.pk, "action": "renegotiate"})
    cases.act(user=dmitri, case_id=pk, acted_on=month)
    cases.not_acting_yet(user=dmitri, case_id=pk)
    cases.act(user=dmitri, case_id=pk, acted_on=month)
    sale(case.client, 1000, month, direct_cost=800)
    rollup.refresh_all()
    cases.measure_due(now=at(add_months(month, 3)))
    cases.close_case(user=dmitri, case_id=pk)
    cases.reopen_case(user=dmitri, case_id=pk)
    cases.stop_working(user=dmitri, case_id=pk, reason="Too dear")

    said = [(entry.who, words(entry)) for entry in reversed(told(case.client, anna))]

    d = "Дмитрий Соколов"
    assert said == [
        (d, f"Turnaround case {pk} opened"),
        ("Anna Petrova", f"Turnaround case {pk}, decided: mend our process | Ours: logistics"),
        ("Anna Petrova", "Terms agreed: delivery: free → paid"),
        (
            "Anna Petrova",
            f"Turnaround case {pk} changed: deadline | {formats.full(company_today() + timedelta(days=30))} → {formats.full(day)}",
        ),
        (d, f"Turnaround case {pk}, decided: renegotiate terms | Mend our process → Renegotiate terms | Anna Petrova → {d}"),
        (d, f"Turnaround case {pk}: in force from {formats.full(month)}"),
        (d, f"Turnaround case {pk}: not in force yet after all"),
        (d, f"Turnaround case {pk}: in force from {formats.full(month)}"),
        ("", f"Turnaround case {pk} was measured again: turned round"),
        (d, f"Turnaround case {pk} closed"),
        (d, f"Turnaround case {pk} opened again"),
        (d, "Stopped working with the client"),
    ]


def test_only_who_may_see_the_case_hears_of_it(
    client: Browser, case: TurnaroundCase, anna: User, boris: User, clara: User, dmitri: User, admin: User, eve: User
) -> None:
    hears = {user.username: bool(told(case.client, user)) for user in (anna, boris, clara, dmitri, admin, eve)}
    assert hears == {"anna": True, "boris": False, "clara": False, "dmitri": True, "admin": True, "eve": False}
    assert not told(case.client, None)

    cases.change_case(user=dmitri, case_id=case.pk, changes={"owner": clara.pk})
    assert {user.username for user in (anna, boris, clara) if told(case.client, user)} == {"anna", "clara"}

    title = f"Turnaround case {case.pk} opened"
    card, history = reverse("clients:card", args=[case.client_id]), f"/clients/{case.client_id}/history"
    for user, there in ((clara, True), (boris, False)):
        client.force_login(user)
        timeline = client.get(f"{reverse('clients:timeline', args=[case.client_id])}?show=cases", headers={"HX-Request": "true"})
        for page in (client.get(card), timeline):
            assert (title in page.content.decode()) is there
        assert any(one["what"] == "case" for one in Caller(user).get(f"{history}?show=everything").body["items"]) is there
        assert bool(Caller(user).get(f"{history}?show=cases").body["items"]) is there


def test_no_number_of_profit_is_told_to_anybody(case: TurnaroundCase, anna: User, dmitri: User) -> None:
    cases.change_case(user=dmitri, case_id=case.pk, changes={"cause": "terms", "expected_gain": "77777"})
    for user in (anna, dmitri):
        body = json.dumps(Caller(user).get(f"/clients/{case.client_id}/history?show=cases").body, ensure_ascii=False)
        assert "The client's: terms" in body
        assert not [number for number in ("77777", "77,777", "1000", "1,000", "-40", "−40", "€") if number in body]


def test_pages_join_without_a_gap(case: TurnaroundCase, dmitri: User) -> None:
    for number in range(5):
        cases.agree_terms(user=dmitri, case_id=case.pk, what="price", becomes=f"+{number} %")
    found: list[str] = []
    before: Cursor | None = None
    while True:
        page = read_page(case.client, ranks=shown_ranks()["cases"], before=before, limit=2, reader=dmitri)
        found += [entry.title for entry in page.entries]
        before = page.older
        if before is None:
            break
    assert sorted(found) == sorted(entry.title for entry in told(case.client, dmitri))
    assert len(found) == len(set(found)) == 6


def test_the_survivor_of_a_merge_tells_them_on(case: TurnaroundCase, dmitri: User, anna: User) -> None:
    survivor = register(anna, full_name="Survivor")
    merge_clients(user=dmitri, survivor_id=survivor.pk, other_id=case.client_id)
    assert [words(entry) for entry in told(survivor, anna)] == [f"Turnaround case {case.pk} opened"]


def test_a_page_of_the_timeline_is_one_query_however_many_cases(anna: User, dmitri: User) -> None:
    client = register(anna)
    counts = []
    told(client, dmitri)  # what dmitri may is known from now on
    for number in range(3):
        case_of(client, opened_by=dmitri, closed_at=timezone.now(), closed_by=dmitri)
        with CaptureQueriesContext(connection) as asked:
            assert len(told(client, dmitri)) == number + 1
        counts.append(len(asked))
    assert counts[0] == counts[2]


def test_it_reads_cases_by_their_client(anna: User, case: TurnaroundCase) -> None:
    sql, values = timeline_query(case.client_id, anna)
    values |= {"ranks": list(shown_ranks()["everything"]), "limit": 21, "at": timezone.now(), "rank": 99, "id": 2**62}
    lines = plan_of(sql, values)
    assert "case_of_client" in lines
    assert "Seq Scan on scoring_" not in lines
