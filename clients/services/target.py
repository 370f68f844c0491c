"""The target profile: whom the company seeks. Clients are marked as inside or outside when they enter and when it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import countries, validation
from clients.criteria.sql import Sql, all_of, compose
from clients.errors import FieldError, Refused
from clients.models import Client, Industry, TargetProfile
from clients.models.clients import Kind
from clients.models.criteria import RuleAction
from clients.services.acting import acting
from clients.services.criteria import may_set_rules
from clients.services.history import note_change

CHUNK = 5_000


def current_profile() -> TargetProfile:
    """Return the profile; an empty one asks nothing."""
    profile = TargetProfile.objects.prefetch_related("industries").filter(pk=1).first() or TargetProfile(pk=1)
    return profile


@acting
def change_target_profile(*, user: User, revision: int, values: Mapping[str, Any]) -> TargetProfile:
    """Set the conditions of the profile that was read at `revision`; the registry is marked anew in the background.

    `values`: kinds, industries (ids), countries, regions, min_employees, max_employees. Raises `Refused`.
    """
    may_set_rules(user)
    TargetProfile.objects.get_or_create(pk=1)
    profile = TargetProfile.objects.select_for_update().get(pk=1)
    if profile.revision != revision:
        raise Refused([FieldError("revision", "stale", _("Somebody else changed the profile meanwhile; look at it as it is now."))])
    before = conditions(profile)
    least, most = values.get("min_employees"), values.get("max_employees")
    if least is not None and most is not None and least > most:
        raise Refused([FieldError("max_employees", "order", _("The most is less than the least; mend one of the two."))])
    profile.kinds = [kind for kind in Kind.values if kind in values.get("kinds", ())]
    if len(profile.kinds) == len(Kind.values):
        profile.kinds = []
    profile.countries = sorted({code for value in values.get("countries", ()) if (code := countries.country_code(str(value)))})
    profile.regions = list(dict.fromkeys(filter(None, (validation.text(name, limit=100) for name in values.get("regions", ())))))
    profile.min_employees, profile.max_employees = least, most
    profile.revision += 1
    profile.marked_upto = 0
    profile.save()
    profile.industries.set(Industry.objects.filter(pk__in=values.get("industries", ())))
    after = conditions(profile)
    changes = [[name, before[name], after[name]] for name in before if before[name] != after[name]]
    note_change(user, RuleAction.CHANGED, "target_profile", 1, "target_profile", changes=changes)
    from clients.criteria.passes import work_soon

    work_soon()
    return profile


def conditions(profile: TargetProfile) -> dict[str, Any]:
    """Return what the profile asks, as the history keeps it."""
    return {
        "kinds": profile.kinds,
        "industries": sorted(profile.industries.values_list("pk", flat=True)),
        "countries": profile.countries,
        "regions": profile.regions,
        "min_employees": profile.min_employees,
        "max_employees": profile.max_employees,
    }


def inside(profile: TargetProfile) -> Sql:
    """`TargetProfile.matches` in SQL: true, false, or null where the profile asks nothing."""
    if profile.asks_nothing:
        return Sql("NULL::boolean")
    parts = []
    if profile.kinds:
        parts.append(Sql("{c}.kind = ANY(%s)", (tuple(profile.kinds),)))
    if profile.industry_ids:
        parts.append(Sql("{c}.industry_id = ANY(%s)", (tuple(sorted(profile.industry_ids)),)))
    if profile.countries:
        parts.append(Sql("{c}.country = ANY(%s)", (tuple(profile.countries),)))
    if profile.regions:
        parts.append(Sql("lower({c}.region) = ANY(%s)", (tuple(sorted(profile.lower_regions)),)))
    if profile.min_employees is not None:
        parts.append(Sql("{c}.employees >= %s", (profile.min_employees,)))
    if profile.max_employees is not None:
        parts.append(Sql("{c}.employees <= %s", (profile.max_employees,)))
    return compose("(({}) IS TRUE)", all_of(*parts))


def mark_target(*, client_ids: Iterable[int] | None = None, between: tuple[int, int] | None = None) -> int:
    """Mark clients as inside or outside the profile, where the mark differs; return how many were marked anew."""
    profile = current_profile()
    chosen = Sql("BETWEEN %s AND %s", (between[0] + 1, between[1])) if between else Sql("= ANY(%s)", (tuple(client_ids or ()),))
    statement = compose(
        "UPDATE clients_client AS c SET in_target = {} WHERE c.id {} AND c.erased_at IS NULL AND c.in_target IS DISTINCT FROM {}",
        inside(profile),
        chosen,
        inside(profile),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text.replace("{c}", "c"), statement.values())
        return int(cursor.rowcount)


def finish_marking() -> None:
    """Mark the registry by the profile as it is now, unless that is done. Called by the minute's tick; goes on where it stopped."""
    while True:
        with transaction.atomic():
            profile = TargetProfile.objects.select_for_update(skip_locked=True).filter(pk=1).first()
            if profile is None or profile.marked_revision == profile.revision:
                return
            ids = list(Client.objects.filter(pk__gt=profile.marked_upto).order_by("pk").values_list("pk", flat=True)[:CHUNK])
            if ids:
                mark_target(between=(profile.marked_upto, ids[-1]))
                profile.marked_upto = ids[-1]
            else:
                profile.marked_revision = profile.revision
            profile.save(update_fields=["marked_upto", "marked_revision"])
