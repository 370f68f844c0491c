"""Periods of the ledger: half-open, [from, to), in days of the company's time zone."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from accounts.models import Company, zone_named


def company_today(now: datetime | None = None) -> date:
    """Return the day that it is where the company is."""
    return (now or timezone.now()).astimezone(zone_named(Company.current().time_zone)).date()


def first_of_month(day: date) -> date:
    """Return the first day of the month of `day`."""
    return day.replace(day=1)
