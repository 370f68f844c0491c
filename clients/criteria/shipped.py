"""The criteria that a new installation starts with."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.apps import apps as installed
from django.utils import timezone

SHIPPED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("full_name", "required", ()),
    ("kind", "required", ()),
    ("role", "required", ()),
    ("source", "required", ()),
    ("manager", "recommended", ()),
    ("phone_or_email", "recommended", ()),
    ("address", "recommended", ()),
    ("industry", "recommended", ("organisation",)),
    ("main_contact", "recommended", ()),
)
"""Fact, level, kinds."""

BEGINNING = date(2000, 1, 1)
"""From when they hold: no registration is older, so that nobody is given days of grace for them."""


def ship_criteria(*, apps: Any = installed, using: str = "default", **kwargs: Any) -> None:
    """Put the shipped criteria in force where there is no criterion at all. Runs after each migration, as roles do.

    Published versions are never deleted, so an administrator who retired them all is not given them again.
    (`flush` sends the same signal without `apps`.)
    """
    try:
        criterion = apps.get_model("clients", "Criterion")
    except LookupError:  # migrated back to before there were criteria
        return
    if criterion._default_manager.using(using).exists():
        return
    now = timezone.now()
    criterion._default_manager.using(using).bulk_create(
        criterion(
            fact=fact,
            level=level,
            kinds=list(kinds),
            valid_from=BEGINNING,
            grace_days=0,
            state="published",
            created_at=now,
            published_at=now,
        )
        for fact, level, kinds in SHIPPED
    )
