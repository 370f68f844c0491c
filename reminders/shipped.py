"""What every installation begins with."""

from __future__ import annotations

from typing import Any

from reminders.models.kinds import SHIPPED


def ship_kinds(using: str, **kwargs: Any) -> None:
    """Add the kinds that are missing (runs after each migration)."""
    from reminders.models import ReminderKind

    rows = [
        ReminderKind(key=key, icon=icon, is_contact=is_contact, has_length=has_length, position=10 * number)
        for number, (key, (_name, icon, is_contact, has_length)) in enumerate(SHIPPED.items(), start=1)
    ]
    ReminderKind.objects.using(using).bulk_create(rows, ignore_conflicts=True)
