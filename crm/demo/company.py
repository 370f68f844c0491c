"""The demo company itself: Kestrel Trading of Lyon, its people, and the rules that its registry is kept by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import Company, Team, User
from accounts.roles import Role
from accounts.services.identity import keep_email_address
from clients.models import Criterion, CustomField, Industry, LineOfBusiness, Source, TargetProfile
from clients.models.criteria import CriterionState
from clients.models.references import Reference
from clients.services import add_reference
from clients.services.criteria import change_draft, draft_change, draft_criterion, publish_criterion
from reminders.models import ReminderRule
from reminders.rules.wiring import begin_with_rules, choices_to_begin_with

NAME = "Kestrel Trading"


@dataclass(frozen=True)
class Manager:
    """One of the managers: which clients come to them, and how careful they are with facts."""

    username: str
    full_name: str
    team: str
    language: str
    tongues: tuple[str, ...]
    gaps: float
    """How likely it is that a recommended fact is left out: 0.02 is careful, 0.35 is not."""


MANAGERS = (
    Manager("anna", "Anna Petrova", "North", "en", ("fr", "en", "ru"), 0.02),
    Manager("boris", "Boris Lind", "North", "en", ("en", "de", "pl"), 0.08),
    Manager("freya", "Freya Whitlock", "North", "en", ("en", "ja"), 0.15),
    Manager("galina", "Галина Орлова", "North", "ru", ("ru",), 0.05),
    Manager("clara", "Clara Moreau", "South", "fr", ("fr",), 0.04),
    Manager("emile", "Émile Garnier", "South", "fr", ("fr", "de"), 0.35),
    Manager("hugo", "Hugo Lefèvre", "South", "fr", ("fr", "en", "el"), 0.12),
    Manager("irina", "Irina Vasilieva", "South", "en", ("ru", "el"), 0.22),
)
MANAGEMENT = ("dmitri", "Дмитрий Соколов", "en")
ADMINISTRATOR = ("admin", "Astrid Holm", "en")

SOURCES = {
    "Trade fair": True,
    "Target list": True,
    "Recommended by a client": True,
    "Partner": True,
    "Called us": False,
    "Web site": False,
    "Walked in": False,
    "Bought list": False,
}
INDUSTRIES = (
    "Baking and food", "Building", "Cleaning services", "Furniture and wood", "Hospitality", "Logistics", "Machinery", "Metalwork",
    "Packaging", "Plastics", "Printing", "Retail", "Textiles", "Vehicles",
)  # fmt: skip
LINES_OF_BUSINESS = ("Cleaning supplies", "Hand tools", "Lifting equipment", "Machine maintenance", "Packaging", "Workwear and safety")
CUSTOM_FIELDS: tuple[dict[str, Any], ...] = (
    {"key": "price_list", "label": "Price list", "kind": "choice", "choices": ["Standard", "Partner", "Key account"]},
    {
        "key": "equipment_year",
        "label": "Equipment bought in",
        "kind": "number",
        "help_text": "The year of the oldest machine that they still run.",
    },
    {"key": "contract_end", "label": "Contract ends on", "kind": "date"},
    {"key": "newsletter", "label": "Gets the newsletter", "kind": "boolean"},
)
MAX_AGES = {"phone_or_email": 24, "address": 48}
"""After so many months somebody has to say again that the fact is right: of facts that the shipped criteria ask for."""
CITY = {"fact": "city", "level": "required", "max_age_months": 30, "grace_days": 30}
"""Where a client is decides on freight: the one criterion of their own."""


def set_up() -> dict[str, User]:
    """Make whatever of the company is not there yet and return its people by user name. Nobody gets a password."""
    _company, is_new = Company.objects.get_or_create(
        id=1, defaults={"name": NAME, "currency": "EUR", "time_zone": "Europe/Paris", "language": "en", "region": "FR"}
    )
    admin = _person(*ADMINISTRATOR, Role.ADMINISTRATOR)
    people = {"admin": admin, "dmitri": _person(*MANAGEMENT, Role.MANAGEMENT)}
    for one in MANAGERS:
        team, _created = Team.objects.get_or_create(name=one.team)
        people[one.username] = _person(one.username, one.full_name, one.language, Role.MANAGER, team)
    for name, targeted in SOURCES.items():
        _entry(Source, admin, name, targeted=targeted)
    for name in INDUSTRIES:
        _entry(Industry, admin, name)
    for name in LINES_OF_BUSINESS:
        _entry(LineOfBusiness, admin, name)
    for position, facts in enumerate(CUSTOM_FIELDS):
        CustomField.objects.get_or_create(key=facts["key"], defaults={**facts, "position": position})
    if not TargetProfile.objects.exists():
        profile = TargetProfile.objects.create(kinds=["organisation"], countries=["FR", "GB", "DE"], min_employees=5, max_employees=250)
        profile.industries.set(Industry.objects.filter(name__in=["Building", "Furniture and wood", "Logistics", "Machinery", "Metalwork"]))
    if is_new:
        _say_what_is_asked(admin)
    if not ReminderRule.objects.filter(active=True).exists():
        begin_with_rules(admin, [choice.key for choice in choices_to_begin_with()])
    return people


def _say_what_is_asked(admin: User) -> None:
    for criterion in Criterion.objects.filter(fact__in=MAX_AGES, state=CriterionState.PUBLISHED, max_age_months=None):
        draft = draft_change(user=admin, criterion_id=criterion.pk)
        draft = change_draft(user=admin, criterion_id=draft.pk, version=draft.version, values={"max_age_months": MAX_AGES[criterion.fact]})
        publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version)
    draft = draft_criterion(user=admin, values=CITY)
    publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version)


def _person(username: str, full_name: str, language: str, role: Role, team: Team | None = None) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        email = f"{username}@kestrel.example"
        user = User.objects.create_user(username, email, None, full_name=full_name, language=language, team=team, time_zone="Europe/Paris")
        user.set_role(role)
        keep_email_address(user)
    return user


def _entry(model: type[Reference], admin: User, name: str, **facts: bool) -> None:
    if not model._default_manager.filter(name=name).exists():
        add_reference(model, user=admin, name=name, **facts)
