"""Contacts through the API."""

from __future__ import annotations

from accounts.models import User
from clients.models import Client, Contact
from tests.api import Caller, assert_problem


def test_contacts_are_listed_with_the_main_one_first(anna: User, lachenal: Client) -> None:
    caller, path = Caller(anna), f"/clients/{lachenal.pk}/contacts"
    added = caller.post(path, {"full_name": "Adrien Verdier", "is_main": True, "emails": ["adrien@lachenal.example"]})
    assert (added.status, added.body["is_main"], added.body["client"]) == (201, True, lachenal.pk)
    names = [(contact["full_name"], contact["is_main"]) for contact in caller.get(path).body]
    assert names == [("Adrien Verdier", True), ("Solène Rivoire", False)]


def test_a_contact_is_changed_by_its_version(anna: User, solene: Contact) -> None:
    caller, path = Caller(anna), f"/contacts/{solene.pk}"
    answer = caller.patch(path, {"version": 1, "position": "gérante", "birth_date": "1980-02-29"})
    assert (answer.status, answer.body["version"], answer.body["position"]) == (200, 2, "gérante")
    assert caller.get(path).body == answer.body
    stale = caller.patch(path, {"version": 1, "position": "acheteuse", "birth_date": "1980-02-29"})
    assert_problem(stale, 409)
    assert stale.body["conflicts"] == [{"field": "position", "yours": "acheteuse", "current": "gérante"}]
    assert stale.body["current"] == answer.body


def test_a_contact_needs_a_name(anna: User, lachenal: Client, solene: Contact) -> None:
    caller = Caller(anna)
    assert caller.post(f"/clients/{lachenal.pk}/contacts", {}).codes == {"full_name": "required"}
    assert caller.post(f"/clients/{lachenal.pk}/contacts", {"full_name": " "}).codes == {"full_name": "required"}
    assert caller.patch(f"/contacts/{solene.pk}", {"version": 1, "full_name": ""}).codes == {"full_name": "required"}
    assert caller.patch(f"/contacts/{solene.pk}", {"version": 1, "full_name": None}).codes == {"full_name": "text"}


def test_a_contact_is_removed_by_its_version(anna: User, solene: Contact) -> None:
    caller, path = Caller(anna), f"/contacts/{solene.pk}"
    assert caller.delete(path).codes == {"version": "required"}
    assert_problem(caller.delete(f"{path}?version=7"), 409)
    removed = caller.delete(f"{path}?version=1")
    assert (removed.status, removed.content) == (204, b"")
    assert_problem(caller.delete(f"{path}?version=1"), 404)
    assert not Contact.objects.exists()
