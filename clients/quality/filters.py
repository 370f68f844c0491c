"""The filters of the list of clients that are measures of data quality."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet

from clients.criteria.rules import company_clock
from clients.models import Criterion, DuplicateSettings, QualitySettings, Waiver
from clients.quality.cadence import gone_quiet
from ui.lists import OneOf, YesNo


class MendBy(OneOf):
    """Required facts are missing, and their days of grace are over or nearly so. Index: standing_by_deadline."""

    joins = True

    def condition(self, value: list[str]) -> Q:
        today, _zone = company_clock()
        ranges = {"late": Q(standing__mend_by__lt=today), "week": Q(standing__mend_by__range=(today, today + timedelta(days=6)))}
        condition = Q()
        for name in value:
            condition |= ranges[name]
        return condition


class LacksRecommended(YesNo):
    """Whether a recommended fact is missing. Index: standing_lacks_recommended."""

    joins = True

    def condition(self, value: str) -> Q:
        return Q(standing__recommended_missing__gt=0) if value == "yes" else Q(standing__recommended_missing=0)


class Stale(YesNo):
    """Whether a fact is older than its criterion allows. Index: standing_stale."""

    joins = True

    def condition(self, value: str) -> Q:
        return Q(standing__stale__gt=0) if value == "yes" else Q(standing__stale=0)


class Waivers(OneOf):
    """A criterion is waived now; or a waiver had its time, and the client falls short again of what it excused."""

    joins = True

    def condition(self, value: list[str]) -> Q:
        today, _zone = company_clock()
        chosen = {"running": Waiver.objects.standing_on(today), "over": _run_out(Waiver.objects.filter(ended_at=None, until__lt=today))}
        condition = Q()
        for name in value:
            condition |= Q(pk__in=chosen[name].values("client"))
        return condition


def _run_out(waivers: QuerySet[Waiver]) -> QuerySet[Waiver]:
    place = Func(OuterRef("client__standing__short_of"), F("pk"), function="array_position", output_field=IntegerField())
    asks_again = Criterion.objects.alias(place=place).filter(fact=OuterRef("fact"), place__isnull=False)
    return waivers.filter(Exists(asks_again))


class Duplicates(YesNo):
    """Whether somebody should look if the client is registered twice. Index: standing_alike."""

    joins = True

    def condition(self, value: str) -> Q:
        least = DuplicateSettings.current().review_from
        return Q(standing__likeness__gte=least) if value == "yes" else Q(standing__likeness__lt=least)


class Quiet(YesNo):
    """Whether there was no touch for longer than the client's cadence."""

    def condition(self, value: str) -> Q:
        quiet = gone_quiet(*company_clock())
        return quiet if value == "yes" else ~quiet


class EnteredLate(YesNo):
    """Whether the client was registered more than some days after its first touch. Index: standing_entered_late."""

    joins = True

    def condition(self, value: str) -> Q:
        days: Any = QualitySettings.current().late_days
        return Q(standing__entered_late__gt=days) if value == "yes" else Q(standing__entered_late__lte=days)
