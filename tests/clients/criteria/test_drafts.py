"""A criterion's way: drafted, put in force, replaced, taken back, retired."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, transaction
from django.utils import timezone

from accounts.models import User
from clients.criteria import criteria_in_force
from clients.criteria.rules import company_today
from clients.errors import Refused
from clients.models import Criterion, CustomField, RuleChange, Waiver
from clients.services.criteria import (
    StaleDraft,
    bring_back_criterion,
    change_draft,
    discard_draft,
    draft_change,
    draft_criterion,
    publish_criterion,
    restore_draft,
    retire_criterion,
    take_back_criterion,
)

pytestmark = pytest.mark.usefixtures("no_criteria")


def asked() -> list[tuple[str, str]]:
    return [(rule.fact.key, rule.criterion.level) for rule in criteria_in_force().rules]


def published(admin: User, **values: Any) -> Criterion:
    draft = draft_criterion(user=admin, values={"fact": "address", "level": "required", **values})
    return publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version)


def test_a_draft_asks_nothing_until_it_is_put_in_force(admin: User) -> None:
    draft = draft_criterion(user=admin, values={"fact": "address", "level": "recommended"})
    assert asked() == []

    change_draft(user=admin, criterion_id=draft.pk, version=1, values={"level": "required"})
    publish_criterion(user=admin, criterion_id=draft.pk, version=2)

    assert asked() == [("address", "required")]
    assert [(line.action, line.by) for line in RuleChange.objects.all()] == [("published", admin), ("drafted", admin)]


def test_a_published_version_never_changes(admin: User) -> None:
    criterion = published(admin)

    with pytest.raises(Criterion.DoesNotExist):
        change_draft(user=admin, criterion_id=criterion.pk, version=criterion.version, values={"level": "recommended"})
    for forbidden in ({"level": "recommended"}, {"grace_days": 5}, {"kinds": ["person"]}, {"fact": "city"}):
        with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
            Criterion.objects.filter(pk=criterion.pk).update(**forbidden)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        criterion.delete()


def test_a_change_is_a_new_version_that_replaces_the_old_one_on_its_day(admin: User) -> None:
    old = published(admin)
    draft = draft_change(user=admin, criterion_id=old.pk)
    assert draft_change(user=admin, criterion_id=old.pk) == draft, "a second administrator opens the same draft"
    tomorrow = company_today() + timedelta(days=1)
    draft = change_draft(user=admin, criterion_id=draft.pk, version=1, values={"level": "recommended", "valid_from": tomorrow})

    publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version)

    assert asked() == [("address", "required")]
    assert [rule.criterion.level for rule in criteria_in_force(tomorrow).rules] == ["recommended"]
    line = RuleChange.objects.first()
    assert line is not None
    assert ["level", "required", "recommended"] in line.changes


def test_a_version_that_says_the_same_is_refused(admin: User) -> None:
    draft = draft_change(user=admin, criterion_id=published(admin).pk)

    with pytest.raises(Refused) as refused:
        publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version)

    assert [error.code for error in refused.value.errors] == ["same"]


def test_two_administrators_do_not_overwrite_each_other(admin: User) -> None:
    draft = draft_criterion(user=admin, values={"fact": "address"})
    change_draft(user=admin, criterion_id=draft.pk, version=1, values={"grace_days": 10})

    with pytest.raises(StaleDraft) as stale:
        change_draft(user=admin, criterion_id=draft.pk, version=1, values={"grace_days": 90})

    assert isinstance(stale.value.current, Criterion)
    assert stale.value.current.grace_days == 10
    for act in (publish_criterion, discard_draft):
        with pytest.raises(StaleDraft):
            act(user=admin, criterion_id=draft.pk, version=1)


def test_a_discarded_draft_can_be_brought_back_as_it_was(admin: User) -> None:
    values = {
        "fact": "tax_number",
        "level": "required",
        "pattern": r"\d{9}",
        "example": "123456789",
        "kinds": ["organisation"],
        "grace_days": 14,
    }
    draft = draft_criterion(user=admin, values=values)

    line = discard_draft(user=admin, criterion_id=draft.pk, version=1)
    assert not Criterion.objects.drafts().exists()

    again = restore_draft(user=admin, change_id=line.pk)
    assert {name: getattr(again, name) for name in values} == values


def test_a_publication_can_be_taken_back_while_nothing_depends_on_it(admin: User) -> None:
    old = published(admin)
    draft = draft_change(user=admin, criterion_id=old.pk)
    draft = change_draft(user=admin, criterion_id=draft.pk, version=1, values={"level": "recommended"})
    new = publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version)
    assert asked() == [("address", "recommended")]

    take_back_criterion(user=admin, criterion_id=new.pk)

    assert asked() == [("address", "required")]
    assert Criterion.objects.drafts().get() == new


def test_a_publication_stays_once_a_waiver_a_version_or_a_day_depends_on_it(admin: User, make_client: Any) -> None:
    waived, replaced, old = published(admin), published(admin, fact="city"), published(admin, fact="region")
    Waiver.objects.create(client=make_client(), fact="address", reason="none", until=company_today())
    draft_change(user=admin, criterion_id=replaced.pk)
    later = timezone.now() + timedelta(days=2)

    for criterion, now in ((waived, None), (replaced, None), (old, later)):
        with pytest.raises(Refused) as refused:
            take_back_criterion(user=admin, criterion_id=criterion.pk, now=now)
        assert [error.code for error in refused.value.errors] == ["depends"]


def test_retiring_ends_a_criterion_at_once_and_can_be_undone(admin: User) -> None:
    criterion = published(admin)

    retire_criterion(user=admin, criterion_id=criterion.pk)
    assert asked() == []
    with pytest.raises(Refused):
        retire_criterion(user=admin, criterion_id=criterion.pk)

    bring_back_criterion(user=admin, criterion_id=criterion.pk)
    assert asked() == [("address", "required")]


def test_a_draft_whose_old_version_was_retired_meanwhile_stands_for_itself(admin: User) -> None:
    old = published(admin)
    draft = draft_change(user=admin, criterion_id=old.pk)
    draft = change_draft(user=admin, criterion_id=draft.pk, version=1, values={"level": "recommended"})
    retire_criterion(user=admin, criterion_id=old.pk)

    assert publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version).replaces is None
    assert asked() == [("address", "recommended")]


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"fact": "nonsense"}, "fact", "choice"),
        ({"fact": "custom.gone"}, "fact", "choice"),
        ({"level": "always"}, "level", "choice"),
        ({"fact": "birth_date", "kinds": ["organisation"]}, "kinds", "never"),
        ({"sources": [999]}, "sources", "choice"),
        ({"pattern": "(", "example": "x"}, "pattern", "pattern"),
        ({"pattern": r"\d+", "example": ""}, "example", "required"),
        ({"pattern": r"\d+", "example": "x"}, "example", "pattern"),
        ({"fact": "employees", "at_least": 5, "at_most": 4}, "at_most", "order"),
        ({"fact": "employees", "at_least": "1e30"}, "at_least", "number"),
        ({"max_age_months": 601}, "max_age_months", "number"),
        ({"grace_days": 731}, "grace_days", "number"),
    ],
)
def test_what_makes_no_sense_is_refused(admin: User, values: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        draft_criterion(user=admin, values={"fact": "address", "level": "required", **values})

    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]


def test_a_day_in_the_past_is_refused_when_it_is_put_in_force(admin: User) -> None:
    draft = draft_criterion(user=admin, values={"fact": "address", "valid_from": company_today() - timedelta(days=1)})

    with pytest.raises(Refused) as refused:
        publish_criterion(user=admin, criterion_id=draft.pk, version=1)

    assert [(error.field, error.code) for error in refused.value.errors] == [("valid_from", "past")]


def test_all_kinds_are_the_same_as_none(admin: User) -> None:
    draft = draft_criterion(user=admin, values={"fact": "address", "kinds": ["person", "organisation"], "roles": ["supplier"]})

    assert (draft.kinds, draft.roles) == ([], ["supplier"])


def test_a_criterion_on_a_retired_custom_field_asks_nothing(admin: User) -> None:
    field = CustomField.objects.create(key="year", label="Year", kind="number")
    published(admin, fact="custom.year")
    assert asked() == [("custom.year", "required")]

    CustomField.objects.filter(pk=field.pk).update(retired=True)
    assert asked() == []


def test_only_who_may_set_rules_can(admin: User, anna: User, dmitri: User, eve: User) -> None:
    criterion = published(admin)
    draft = draft_criterion(user=admin, values={"fact": "city"})

    for user in (anna, dmitri, eve):
        for act in (
            lambda user: draft_criterion(user=user, values={"fact": "city"}),
            lambda user: draft_change(user=user, criterion_id=criterion.pk),
            lambda user: change_draft(user=user, criterion_id=draft.pk, version=1, values={}),
            lambda user: discard_draft(user=user, criterion_id=draft.pk, version=1),
            lambda user: publish_criterion(user=user, criterion_id=draft.pk, version=1),
            lambda user: take_back_criterion(user=user, criterion_id=criterion.pk),
            lambda user: retire_criterion(user=user, criterion_id=criterion.pk),
            lambda user: bring_back_criterion(user=user, criterion_id=criterion.pk),
        ):
            with pytest.raises(PermissionDenied):
                act(user)
    assert asked() == [("address", "required")]
