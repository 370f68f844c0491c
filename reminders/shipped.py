"""What every installation begins with: the kinds of reminders, and rules that wait to be switched on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reminders.models.kinds import SHIPPED


@dataclass(frozen=True)
class ShippedRule:
    """A rule that came with Seraph; `begins` says that a new installation is offered it ticked."""

    label: str | Promise
    hint: str | Promise
    source: str
    kind: str
    offset: int = 0
    unit: str = "days"
    filters: dict[str, list[str]] = field(default_factory=dict)
    begins: bool = True


RULES: dict[str, ShippedRule] = {
    "after_first_purchase": ShippedRule(
        _("call after the first purchase"), _("3 days after it"), "first_purchase", "after_first_purchase", 3
    ),
    "renewal": ShippedRule(_("contract renewal"), _("30 days before the work together ends"), "contract_end", "contract_renewal", -30),
    "quiet": ShippedRule(
        _("client gone quiet"),
        _("when its cadence is over and no next step is planned; a touch begins it anew"),
        "cadence",
        "how_are_things",
        filters={"next_step": ["none"]},
    ),
    "stale_facts": ShippedRule(
        _("facts grown too old"), _("once a fact is older than its criterion allows"), "stale_facts", "confirm_facts"
    ),
    "birthday": ShippedRule(_("birthdays"), _("of persons and of contacts, on the day"), "birthday", "birthday", begins=False),
}
"""By key. What a rule says may be changed like that of any other; it is shipped once."""

AWAITED: dict[str, tuple[str | Promise, str | Promise]] = {
    "first_purchase": (_("first purchase"), _("waits for the ledger")),
}
"""Sources that shipped rules count from and that are not there before some app brings them: what they are called, for what they wait."""


def ship(using: str, **kwargs: Any) -> None:
    """Add the kinds and rules that are missing (runs after each migration)."""
    ship_kinds(using)
    ship_rules(using)


def ship_kinds(using: str) -> None:
    from reminders.models import ReminderKind

    rows = [
        ReminderKind(key=key, icon=icon, is_contact=is_contact, has_length=has_length, position=10 * number)
        for number, (key, (_name, icon, is_contact, has_length)) in enumerate(SHIPPED.items(), start=1)
    ]
    ReminderKind.objects.using(using).bulk_create(rows, ignore_conflicts=True)


def ship_rules(using: str) -> None:
    from reminders.models import ReminderKind, ReminderRule

    kinds = dict(ReminderKind.objects.using(using).values_list("key", "pk"))
    rows = [
        ReminderRule(shipped=key, source=rule.source, offset=rule.offset, unit=rule.unit, filters=rule.filters, kind_id=kinds[rule.kind])
        for key, rule in RULES.items()
    ]
    ReminderRule.objects.using(using).bulk_create(rows, ignore_conflicts=True)
