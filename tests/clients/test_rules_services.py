"""Custom fields, reference lists and the target profile: what the administrator may change, and what follows."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Company, User
from clients import custom_fields
from clients.criteria import criteria_in_force
from clients.errors import Refused
from clients.models import Client, Criterion, CustomField, Industry, RuleChange, Source, TargetProfile, ValueMove
from clients.services import moves
from clients.services.criteria import draft_criterion, publish_criterion
from clients.services.custom_fields import (
    add_custom_field,
    change_custom_field,
    move_custom_field,
    remove_choice,
    rename_choice,
    retire_custom_field,
)
from clients.services.moves import finish_moves
from clients.services.references import add_reference, add_usual_sources, change_reference, merge_reference, retire_reference
from clients.services.rules import Rules
from clients.services.target import change_target_profile, current_profile, finish_marking, inside, mark_target
from tests.together import at_once


def codes(refused: Any) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in refused.value.errors]


@pytest.fixture
def make(company: Company) -> Any:
    return lambda **values: Client.objects.create(**{"full_name": "A", **values})


# --- custom fields


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Equipment: year", "equipment_year"),
        ("Год выпуска", "god_vypuska"),
        ("2nd shop", "field_2nd_shop"),
        ("株式", "field"),
        ("Größe in m", "grosse_in_m"),
    ],
)
def test_a_key_is_made_from_a_name_in_any_script(admin: User, label: str, key: str) -> None:
    assert add_custom_field(user=admin, label=label, kind="text").key == key
    assert add_custom_field(user=admin, label=label, kind="text").key == f"{key}_2"


@pytest.mark.django_db(transaction=True)
def test_fields_of_one_name_made_at_once_get_keys_of_their_own(admin: User) -> None:
    came = at_once(*[lambda: add_custom_field(user=admin, label="Colour", kind="text")] * 4)
    assert all(isinstance(one, CustomField) for one in came), came
    assert list(CustomField.objects.order_by("key").values_list("key", flat=True)) == ["colour", "colour_2", "colour_3", "colour_4"]


@pytest.mark.parametrize("key", ["Year", "1year", "a b", "a'; DROP TABLE x", "a" * 41, "год", "_a"])
def test_a_key_that_sql_or_a_url_could_stumble_over_is_refused(admin: User, key: str) -> None:
    with pytest.raises(Refused) as refused:
        add_custom_field(user=admin, label="Year", kind="number", key=key)
    assert codes(refused) == [("key", "key")]


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("number", "1 234,5", 1234.5),
        ("number", "1990", 1990),
        ("number", "−3", -3),
        ("number", "12.50", 12.5),
        ("date", "24.11.2026", "2026-11-24"),
        ("boolean", "да", True),
        ("boolean", False, False),
        ("choice", "RED", "red"),
        ("text", "  a  b ", "a b"),
        ("text", " ", None),
        ("number", "", None),
    ],
)
def test_a_value_is_kept_as_its_type_asks(company: Company, kind: str, given: Any, kept: Any) -> None:
    field = CustomField(key="x", label="X", kind=kind, choices=["red", "green"])
    assert custom_fields.clean({"x": given}, [field]) == ({"x": kept}, [])


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("number", "NaN"),
        ("number", "1e99"),
        ("number", "twelve"),
        ("number", True),
        ("date", "31.02.2026"),
        ("choice", "blue"),
        ("text", "x" * 1001),
        ("boolean", "maybe"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(company: Company, kind: str, given: Any) -> None:
    field = CustomField(key="x", label="X", kind=kind, choices=["red"])
    values, errors = custom_fields.clean({"x": given, "nonsense": 1}, [field])
    assert values == {}
    assert [error.field for error in errors] == ["custom.x", "custom.nonsense"]


def test_the_type_stays_once_a_client_holds_a_value(admin: User, make: Any) -> None:
    field = add_custom_field(user=admin, label="Year", kind="text")
    assert change_custom_field(user=admin, field_id=field.pk, values={"kind": "number"}).kind == "number"
    make(custom={"year": 1990})

    with pytest.raises(Refused) as refused:
        change_custom_field(user=admin, field_id=field.pk, values={"kind": "date"})
    assert codes(refused) == [("kind", "in_use")]


def test_a_renamed_choice_takes_its_clients_along(admin: User, make: Any) -> None:
    field = add_custom_field(user=admin, label="Colour", kind="choice", choices=["red", "green", "blue"])
    red, green = make(custom={"colour": "red", "other": 1}), make(custom={"colour": "green"})

    rename_choice(user=admin, field_id=field.pk, old="red", new="crimson")
    rename_choice(user=admin, field_id=field.pk, old="green", new="Blue")  # is a choice already: merged

    field.refresh_from_db()
    red.refresh_from_db()
    green.refresh_from_db()
    assert field.choices == ["crimson", "blue"]
    assert (red.custom, red.version) == ({"colour": "crimson", "other": 1}, 2)
    assert green.custom == {"colour": "blue"}
    event = red.events.get()
    assert event.custom == {"colour": "red", "other": 1}
    assert event.pgh_context.metadata["user"] == admin.pk


def test_a_choice_is_not_lost_by_leaving_it_out(admin: User, make: Any) -> None:
    field = add_custom_field(user=admin, label="Colour", kind="choice", choices=["red", "green"])
    client = make(custom={"colour": "red"})

    with pytest.raises(Refused) as refused:
        change_custom_field(user=admin, field_id=field.pk, values={"choices": ["green"]})
    assert codes(refused) == [("choices", "in_use")]

    remove_choice(user=admin, field_id=field.pk, choice="red")
    client.refresh_from_db()
    assert client.custom == {}
    with pytest.raises(Refused):
        remove_choice(user=admin, field_id=field.pk, choice="green")


def test_many_clients_follow_in_the_background(admin: User, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "BATCH", 2)
    monkeypatch.setattr(moves, "AT_ONCE", 2)
    field = add_custom_field(user=admin, label="Colour", kind="choice", choices=["red"])
    for _number in range(5):
        make(custom={"colour": "red"})

    rename_choice(user=admin, field_id=field.pk, old="red", new="crimson")
    assert Client.objects.filter(custom__colour="crimson").count() == 2

    assert finish_moves() == 3
    assert Client.objects.filter(custom__colour="crimson").count() == 5
    assert ValueMove.objects.get().finished_at is not None
    assert finish_moves() == 0


def test_fields_stand_in_the_order_that_the_administrator_gives(admin: User) -> None:
    first, second, third = (add_custom_field(user=admin, label=name, kind="text") for name in ("A", "B", "C"))

    move_custom_field(user=admin, field_id=third.pk, up=True)
    move_custom_field(user=admin, field_id=first.pk, up=True)
    retire_custom_field(user=admin, field_id=second.pk)

    assert [field.label for field in custom_fields.active()] == ["A", "C"]


# --- reference lists


def test_an_entry_is_named_once_whatever_its_case(admin: User) -> None:
    add_reference(Source, user=admin, name="Fair")
    other = add_reference(Source, user=admin, name="Web", targeted=True)

    with pytest.raises(Refused) as refused:
        add_reference(Source, user=admin, name=" FAIR ")
    assert codes(refused) == [("name", "taken")]
    with pytest.raises(Refused) as refused:
        change_reference(user=admin, kind="source", entry_id=other.pk, name="fair")
    assert codes(refused) == [("name", "taken")]
    assert change_reference(user=admin, kind="source", entry_id=other.pk, name="Web site", targeted=False).name == "Web site"


def test_a_merged_entry_hands_over_its_clients_and_its_name(admin: User, make: Any) -> None:
    old, new = add_reference(Source, user=admin, name="Fairs"), add_reference(Source, user=admin, name="Trade fair")
    client, other = make(source=old), make()
    draft = draft_criterion(user=admin, values={"fact": "address", "sources": [old.pk]})

    merge_reference(user=admin, kind="source", entry_id=old.pk, into_id=new.pk)

    client.refresh_from_db()
    other.refresh_from_db()
    draft.refresh_from_db()
    assert (client.source_id, client.version, other.version) == (new.pk, 2, 1)
    assert draft.sources == [new.pk]
    rules = Rules.load()
    assert rules.sources.resolve("fairs") == rules.sources.resolve(old.pk) == new.pk
    with pytest.raises(Refused):
        retire_reference(user=admin, kind="source", entry_id=old.pk, retired=False)


def test_an_entry_that_a_criterion_in_force_is_for_is_not_merged_away(admin: User) -> None:
    old, new = add_reference(Industry, user=admin, name="A"), add_reference(Industry, user=admin, name="B")
    draft = draft_criterion(user=admin, values={"fact": "address", "industries": [old.pk]})
    publish_criterion(user=admin, criterion_id=draft.pk, version=1)

    with pytest.raises(Refused) as refused:
        merge_reference(user=admin, kind="industry", entry_id=old.pk, into_id=new.pk)
    assert codes(refused) == [("into", "asked")]
    for into in (old.pk, retire_reference(user=admin, kind="industry", entry_id=new.pk).pk):
        with pytest.raises(Refused):
            merge_reference(user=admin, kind="industry", entry_id=old.pk, into_id=into)


def test_the_usual_sources_fill_an_empty_list_only(admin: User) -> None:
    assert add_usual_sources(user=admin) > 0
    assert add_usual_sources(user=admin) == 0
    assert Source.objects.filter(targeted=True).exists()


# --- target profile


profiles = st.fixed_dictionaries(
    {
        "kinds": st.sampled_from([[], ["organisation"], ["person"]]),
        "industries": st.sampled_from([[], [0], [0, 1]]),
        "countries": st.sampled_from([[], ["FR"], ["FR", "DE"]]),
        "regions": st.sampled_from([[], ["Île-de-France"], ["bayern", "ТВЕРЬ"]]),
        "min_employees": st.sampled_from([None, 0, 10]),
        "max_employees": st.sampled_from([None, 10, 50]),
    }
)
people = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["organisation", "person"]),
        "industry": st.sampled_from([None, 0, 1]),
        "country": st.sampled_from(["", "FR", "US"]),
        "region": st.sampled_from(["", "île-de-france", "Bayern", "Тверь", "Texas"]),
        "employees": st.sampled_from([None, 0, 10, 51]),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(profile=profiles, registry=st.lists(people, min_size=1, max_size=5))
def test_python_and_sql_mark_the_same_clients(admin: User, profile: Any, registry: Any) -> None:
    industries = [Industry.objects.get_or_create(name=name)[0] for name in ("Baking", "Brewing")]
    wanted = {**profile, "industries": [industries[number].pk for number in profile["industries"]]}
    kept = change_target_profile(user=admin, revision=current_profile().revision, values=wanted)
    clients = [
        Client.objects.create(full_name="A", **{**one, "industry": None if one["industry"] is None else industries[one["industry"]]})
        for one in registry
    ]

    mark_target(client_ids=[client.pk for client in clients])

    kept = TargetProfile.objects.get(pk=kept.pk)
    for client in clients:
        client.refresh_from_db()
        assert client.in_target == kept.matches({**client.__dict__}), inside(kept)


def test_a_changed_profile_marks_the_registry_anew_without_a_line_of_history(admin: User, make: Any) -> None:
    french, german = make(country="FR"), make(country="DE")
    change_target_profile(user=admin, revision=0, values={"countries": ["FR"]})

    finish_marking()

    assert dict(Client.objects.values_list("pk", "in_target")) == {french.pk: True, german.pk: False}
    assert not french.events.exists()
    change_target_profile(user=admin, revision=1, values={})
    finish_marking()
    assert set(Client.objects.values_list("in_target", flat=True)) == {None}
    assert [change.changes for change in RuleChange.objects.filter(kind="target_profile")] == [
        [["countries", ["FR"], []]],
        [["countries", [], ["FR"]]],
    ]


def test_a_profile_that_was_changed_meanwhile_is_refused(admin: User) -> None:
    change_target_profile(user=admin, revision=0, values={"countries": ["FR"]})

    with pytest.raises(Refused) as refused:
        change_target_profile(user=admin, revision=0, values={"countries": ["DE"]})
    assert codes(refused) == [("revision", "stale")]


def test_only_the_administrator_may(anna: User, dmitri: User, eve: User) -> None:
    for user in (anna, dmitri, eve):
        for act in (
            lambda user: add_custom_field(user=user, label="X", kind="text"),
            lambda user: add_reference(Source, user=user, name="X"),
            lambda user: add_usual_sources(user=user),
            lambda user: change_target_profile(user=user, revision=0, values={}),
        ):
            with pytest.raises(PermissionDenied):
                act(user)
    assert not CustomField.objects.exists()
    assert not Criterion.objects.drafts().exists()
    assert criteria_in_force().rules
