"""Reference lists, criteria and custom fields through the API."""

from __future__ import annotations

from accounts.models import User
from clients.models import CustomField, Industry, Source
from tests.api import Caller


def test_the_lists_are_told_with_retired_entries(anna: User) -> None:
    Source.objects.create(name="Web", targeted=False, retired=True)
    Source.objects.create(name="Fair", targeted=True)
    body = Caller(anna).get("/sources").body
    assert [(one["name"], one["targeted"], one["retired"]) for one in body] == [("Fair", True, False), ("Web", False, True)]


def test_the_administrator_adds_entries_once(admin: User) -> None:
    caller = Caller(admin)
    added = caller.post("/sources", {"name": " Trade  fair ", "targeted": True})
    assert (added.status, added.body["name"], added.body["targeted"]) == (201, "Trade fair", True)
    assert caller.post("/sources", {"name": "TRADE FAIR"}).codes == {"name": "taken"}
    assert caller.post("/industries", {"name": ""}).codes == {"name": "required"}
    assert caller.post("/industries", {"name": "x" * 201}).codes == {"name": "too_long"}
    assert caller.post("/industries", {"name": "Baking", "targeted": True}).codes == {"targeted": "unknown"}
    assert caller.post("/lines-of-business", {"name": "Workwear"}).status == 201
    assert not Industry.objects.exists()


def test_the_criteria_in_force_are_told(anna: User) -> None:
    body = Caller(anna).get("/criteria").body
    assert ("full_name", "required") in [(one["fact"], one["level"]) for one in body]
    assert {"fact", "field", "label", "level", "kinds", "valid_from", "grace_days"} <= body[0].keys()


def test_custom_fields_behave_like_the_others(anna: User, lachenal: object) -> None:
    CustomField.objects.create(key="price_list", label="Price list", kind="choice", choices=["Standard", "Partner"])
    CustomField.objects.create(key="equipment_year", label="Equipment year", kind="number", position=1)
    caller = Caller(anna)
    assert [one["key"] for one in caller.get("/custom-fields").body] == ["price_list", "equipment_year"]
    path = f"/clients/{lachenal.pk}"  # type: ignore[attr-defined]
    changed = caller.patch(path, {"version": 1, "custom": {"price_list": "partner", "equipment_year": 2019}})
    assert changed.body["custom"] == {"price_list": "Partner", "equipment_year": 2019}
    emptied = caller.patch(path, {"version": 2, "custom": {"price_list": None}})
    assert emptied.body["custom"] == {"equipment_year": 2019}
    refused = caller.patch(path, {"version": 3, "custom": {"price_list": "Gold", "equipment_year": "old", "colour": "red"}})
    assert refused.codes == {"custom.price_list": "choice", "custom.equipment_year": "number", "custom.colour": "unknown"}
