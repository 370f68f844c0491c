"""Clients through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone

from accounts.models import User
from clients.models import Client, Industry, Source
from tests.api import Caller, assert_problem


def bakery(**more: Any) -> dict[str, Any]:
    return {"kind": "organisation", "full_name": "Boulangerie Lachenal SARL", "is_customer": True, "source": "trade fair", **more}


def test_a_client_is_registered_with_its_contacts(anna: User, fair: Source) -> None:
    answer = Caller(anna).post(
        "/clients",
        bakery(
            manager="anna",
            phones=["04 65 71 00 12"],
            emails=["Contact@Lachenal.EXAMPLE"],
            country="France",
            contacts=[{"full_name": "Solène Rivoire", "phones": ["+33 6 39 98 00 01"]}],
        ),
    )
    assert answer.status == 201, answer.body
    client = Client.objects.get()
    assert answer.body["id"] == client.pk
    assert answer.body["source"] == {"id": fair.pk, "name": "Trade fair"}
    assert answer.body["manager"] == {"id": anna.pk, "name": "Anna Petrova"}
    assert answer.body["phones"] == ["+33465710012"]
    assert answer.body["emails"] == ["Contact@lachenal.example"]
    assert answer.body["country"] == "FR"
    assert answer.body["version"] == 1
    assert answer.body["created_by"] == {"id": anna.pk, "name": "Anna Petrova"}
    assert [contact["full_name"] for contact in answer.body["contacts"]] == ["Solène Rivoire"]
    assert answer.body["contacts"][0]["is_main"] is True
    assert Caller(anna).get(f"/clients/{client.pk}").body == answer.body


def test_what_a_manager_registers_is_in_their_hands_unless_said_otherwise(anna: User, boris: User, dmitri: User, fair: Source) -> None:
    own = Caller(anna).post("/clients", bakery()).body
    assert own["manager"] == {"id": anna.pk, "name": "Anna Petrova"}
    assert Caller(anna).patch(f"/clients/{own['id']}", {"version": 1, "city": "Annecy"}).status == 200

    cases: list[tuple[User, dict[str, Any], int | None]] = [
        (anna, {"manager": "boris"}, boris.pk),
        (anna, {"manager": None}, None),
        (dmitri, {}, None),
    ]
    for caller, named, manager in cases:
        made = Caller(caller).post("/clients", bakery(**named, allow_duplicate="Another shop")).body
        assert Client.objects.get(pk=made["id"]).manager_id == manager


def test_what_a_form_would_refuse_is_refused_with_the_same_codes(anna: User, fair: Source) -> None:
    answer = Caller(anna).post(
        "/clients",
        {
            "phones": ["+33 1", "04 65 71 00 12"],
            "emails": ["nobody"],
            "website": "not a site",
            "tax_number": "FR00000000001",
            "country": "FR",
            "source": "Nowhere",
            "manager": "nobody",
            "time_zone": "Mars/Olympus",
            "custom": {"price_list": "Partner"},
            "referrer": 10**18,
            "works_since": "2024-05-01",
            "worked_until": "2023-05-01",
            "contacts": [{"full_name": ""}, {"full_name": "Yann", "phones": ["1"]}],
        },
    )
    assert_problem(answer, 422, "refused")
    assert answer.codes == {
        "phones": "phone",
        "emails": "email",
        "website": "website",
        "tax_number": "tax_number",
        "source": "choice",
        "manager": "choice",
        "time_zone": "time_zone",
        "custom.price_list": "unknown",
        "referrer": "choice",
        "worked_until": "order",
        "contacts.0.full_name": "required",
        "contacts.1.phones": "phone",
        "full_name": "required",
        "kind": "required",
        "is_customer": "required",
    }
    assert not Client.objects.exists()


def test_wrong_shapes_are_named_field_by_field(anna: User) -> None:
    answer = Caller(anna).post(
        "/clients",
        {
            "full_name": 3, "kind": "robot", "is_customer": "yes", "employees": -1, "birth_date": "31.12.1999", "phones": "04 65 71 00 12",
            "source": [1], "custom": [], "may_call": 1, "lifecycle": None, "contacts": [{"phones": [1]}, 7], "surprise": 1,
            "works_since": "9999-12-31", "website": "x" * 300,
        },
    )  # fmt: skip
    assert_problem(answer, 422)
    assert answer.codes == {
        "full_name": "text", "kind": "choice", "is_customer": "yes_or_no", "employees": "number", "birth_date": "date", "phones": "list",
        "source": "choice", "custom": "object", "may_call": "yes_or_no", "lifecycle": "choice", "contacts.0.full_name": "required",
        "contacts.0.phones": "list", "contacts.1": "object", "surprise": "unknown", "works_since": "date", "website": "too_long",
    }  # fmt: skip


def test_a_change_carries_the_version_that_was_read(anna: User, lachenal: Client) -> None:
    answer = Caller(anna).patch(f"/clients/{lachenal.pk}", {"version": 1, "city": "Lyon", "phones": [], "industry": None})
    assert answer.status == 200
    assert (answer.body["version"], answer.body["city"], answer.body["phones"], answer.body["industry"]) == (2, "Lyon", [], None)
    assert answer.body["full_name"] == lachenal.full_name
    assert Caller(anna).patch(f"/clients/{lachenal.pk}", {"city": "Paris"}).codes == {"version": "required"}


def test_a_stale_change_gets_the_record_and_both_values(anna: User, dmitri: User, lachenal: Client, baking: Industry) -> None:
    Caller(dmitri).patch(f"/clients/{lachenal.pk}", {"version": 1, "city": "Lyon", "employees": 12, "phones": ["+33465710099"]})
    answer = Caller(anna).patch(
        f"/clients/{lachenal.pk}",
        {"version": 1, "city": "Paris", "employees": 12, "phones": ["+33465710099"], "industry": "Baking", "source": None},
    )
    assert_problem(answer, 409, "stale-version")
    assert answer.body["current"]["version"] == 2
    assert answer.body["current"]["city"] == "Lyon"
    assert answer.body["conflicts"] == [
        {"field": "city", "yours": "Paris", "current": "Lyon"},
        {"field": "source", "yours": None, "current": {"id": lachenal.source_id, "name": "Trade fair"}},
    ]
    assert Client.objects.get().city == "Lyon"


def test_a_change_that_breaks_a_criterion_is_refused(anna: User, lachenal: Client) -> None:
    answer = Caller(anna).patch(f"/clients/{lachenal.pk}", {"version": 1, "full_name": "", "is_customer": False})
    assert_problem(answer, 422)
    assert answer.codes == {"full_name": "required", "is_customer": "required"}


def test_what_is_missing_is_told(anna: User, lachenal: Client) -> None:
    body = Caller(anna).get(f"/clients/{lachenal.pk}").body
    assert [(gap["field"], gap["code"], gap["level"]) for gap in body["missing"]] == [("address", "required", "recommended")]
    assert body["completeness"] == 88


def test_archiving_and_bringing_back(anna: User, lachenal: Client) -> None:
    caller, path = Caller(anna), f"/clients/{lachenal.pk}"
    assert caller.post(f"{path}/archive", {"version": 1, "reason": " "}).codes == {"reason": "required"}
    archived = caller.post(f"{path}/archive", {"version": 1, "reason": "Closed"})
    assert (archived.status, archived.body["archived_reason"], archived.body["version"]) == (200, "Closed", 2)
    assert archived.body["archived_at"]
    assert_problem(caller.post(f"{path}/restore", {"version": 1}), 409)
    restored = caller.post(f"{path}/restore", {"version": 2})
    assert (restored.status, restored.body["archived_at"], restored.body["version"]) == (200, None, 3)


def test_handing_over_says_what_it_did(dmitri: User, boris: User, lachenal: Client) -> None:
    caller = Caller(dmitri)
    answer = caller.post("/clients/hand-over", {"clients": [lachenal.pk], "manager": "Boris Lind"})
    assert answer.body == {"changed": [lachenal.pk], "unchanged": 0, "not_editable": 0, "refused": []}
    assert Client.objects.get().manager == boris
    assert caller.post("/clients/hand-over", {"clients": [lachenal.pk], "manager": boris.pk}).body["unchanged"] == 1
    assert caller.post("/clients/hand-over", {"clients": [lachenal.pk], "manager": "nobody"}).codes == {"manager": "choice"}
    assert caller.post("/clients/hand-over", {"clients": [], "manager": None}).codes == {"clients": "list"}
    assert caller.post("/clients/hand-over", {"clients": [1] * 1001, "manager": None}).codes == {"clients": "list"}


def test_the_next_step_is_planned_and_cleared(anna: User, lachenal: Client) -> None:
    caller, path = Caller(anna), f"/clients/{lachenal.pk}/next-step"
    soon = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    planned = caller.post(path, {"next_step": "Call back", "next_step_at": soon.isoformat()})
    assert (planned.status, planned.body["next_step"]) == (200, "Call back")
    assert Client.objects.get().next_step_at == soon
    assert caller.post(path, {"next_step": "Call back", "next_step_at": "2020-01-01T10:00:00Z"}).codes == {"next_step_at": "past"}
    assert caller.post(path, {"next_step": "Call back", "next_step_at": "2030-01-01T10:00:00"}).codes == {"next_step_at": "date_time"}
    assert caller.post(path, {}).body["next_step_at"] is None


def test_the_history_knows_who_was_at_work(anna: User, dmitri: User, lachenal: Client) -> None:
    Caller(dmitri).patch(f"/clients/{lachenal.pk}", {"version": 1, "city": "Lyon"})
    event = apps.get_model("clients", "ClientEvent").objects.select_related("pgh_context").latest("pgh_id")
    assert event.city == ""
    assert event.pgh_context.metadata["user"] == dmitri.pk
    assert event.pgh_context.metadata["url"] == f"/api/v1/clients/{lachenal.pk}"
