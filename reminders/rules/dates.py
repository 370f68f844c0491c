"""The dates that the registry itself knows: registration, last touch, cadence, birthdays, ends of contracts, consent, facts' age."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _

from clients.criteria.rules import criteria_in_force
from clients.criteria.sql import Contacts, Frame, Sql, compose, function
from clients.criteria.standing import grown_old
from clients.models import Client, CustomField
from clients.quality.cadence import cadence_days
from reminders.rules.pieces import fill, of_query
from reminders.sources import Asked, DateSource, register, register_more

_CREATED = """
-- Index: client_by_registered.
SELECT c.id AS client_id, (c.created_at AT TIME ZONE %(zone)s)::date::text AS key, (c.created_at AT TIME ZONE %(zone)s)::date AS on_day
FROM clients_client c
WHERE c.archived_at IS NULL AND c.created_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
  AND c.created_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
"""

_LAST_TOUCH = """
-- A client that nobody ever wrote to counts from its registration. Index: client_by_touch.
SELECT c.id AS client_id, (COALESCE(c.last_touch_at, c.created_at) AT TIME ZONE %(zone)s)::date::text AS key,
  (COALESCE(c.last_touch_at, c.created_at) AT TIME ZONE %(zone)s)::date AS on_day
FROM clients_client c
WHERE c.archived_at IS NULL AND COALESCE(c.last_touch_at, '-infinity') < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
  AND COALESCE(c.last_touch_at, c.created_at) >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
  AND COALESCE(c.last_touch_at, c.created_at) < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
"""

_CADENCE = """
-- The day on which the cadence is over; its key is the day of the touch that began it, so that another cadence for the
-- same silence is no second reminder.
SELECT q.client_id, q.began_on::text AS key, q.began_on + q.days AS on_day
FROM ({began}) AS q (client_id, began_on, days)
WHERE q.began_on + q.days BETWEEN %(first)s AND %(last)s
"""

_BIRTHDAY = """
-- Of persons and of contacts, in each year that is asked for. Who was born on 29 February has the 28th in other years
-- (what PostgreSQL makes of a day that is not there).
SELECT b.client_id, b.key || y.on_day::text AS key, y.on_day, b.contact_id
FROM (
  SELECT c.id AS client_id, '' AS key, c.birth_date AS born_on, NULL::bigint AS contact_id
  FROM clients_client c WHERE c.birth_date IS NOT NULL AND c.archived_at IS NULL
  UNION ALL
  SELECT k.client_id, 'contact ' || k.id || ' ', k.birth_date, k.id FROM clients_contact k WHERE k.birth_date IS NOT NULL
) AS b
CROSS JOIN LATERAL (
  SELECT (b.born_on + make_interval(years => n - EXTRACT(year FROM b.born_on)::int))::date AS on_day
  FROM generate_series(EXTRACT(year FROM %(first)s::date)::int, EXTRACT(year FROM %(last)s::date)::int) AS n
) AS y
WHERE y.on_day BETWEEN %(first)s AND %(last)s AND y.on_day > b.born_on
"""

_DAY = """
SELECT c.id AS client_id, c.{column}::text AS key, c.{column} AS on_day
FROM clients_client c WHERE c.archived_at IS NULL AND c.{column} BETWEEN %(first)s AND %(last)s
"""

_CUSTOM = """
-- ISO dates compare as they are written. Index: client_custom_field_… (clients.custom_indexes).
SELECT d.client_id, d.key, CASE WHEN pg_input_is_valid(d.key, 'date') THEN d.key::date END AS on_day
FROM (
  SELECT c.id AS client_id, c.custom ->> {key} AS key FROM clients_client c
  WHERE c.archived_at IS NULL AND (c.custom ->> {key}) IS NOT NULL
    AND (c.custom ->> {key}) >= %(first)s::date::text AND (c.custom ->> {key}) <= %(last)s::date::text
) AS d
"""

_STALE = """
-- The day on which the first of a client's facts grew older than its criterion allows. Which clients these are is kept;
-- only theirs are worked out. Index: standing_stale.
SELECT o.client_id, o.on_day::text AS key, o.on_day
FROM (
  SELECT c.id AS client_id, {oldest} AS on_day
  FROM clients_clientstanding s JOIN clients_client c ON c.id = s.client_id WHERE s.stale > 0 AND c.archived_at IS NULL
  OFFSET 0
) AS o
WHERE o.on_day BETWEEN %(first)s AND %(last)s
"""
_NOTHING = "SELECT NULL::bigint AS client_id, NULL::text AS key, NULL::date AS on_day WHERE FALSE"


def _day(column: str) -> str:
    return _DAY.replace("{column}", column)


def _cadence(asked: Asked) -> Sql:
    began = TruncDate(Coalesce("last_touch_at", "created_at"), tzinfo=asked.zone)
    rows = Client.objects.in_registry().annotate(began_on=began, days=cadence_days()).values_list("pk", "began_on", "days")
    return fill(_CADENCE, {"began": of_query(rows, "SELECT NULL::bigint, NULL::date, NULL::int WHERE FALSE")}, asked.values)


def _stale(asked: Asked) -> Sql:
    criteria = criteria_in_force(asked.today)
    frame = Frame(contacts=Contacts(), time_zone=asked.zone.key)
    days = [
        compose(f"CASE WHEN s.short_of @> ARRAY[{rule.id:d}]::bigint[] THEN {{}} END", grown_old(rule, frame))
        for rule in criteria.rules
        if rule.oldest is not None
    ]
    if not days:
        return Sql(_NOTHING)
    oldest = function("LEAST", days)
    return fill(_STALE, {"oldest": Sql(oldest.text.replace("{c}", "c"), tuple(oldest.values()))}, asked.values)


def _custom_dates() -> Iterable[DateSource]:
    """Every custom field that is a date."""
    for field in CustomField.objects.active().filter(kind=CustomField.Kind.DATE):
        yield DateSource(f"custom.{field.key}", field.label, _of_custom(field.key), hint=_("a custom field"))


def _of_custom(key: str) -> str:
    # a key is of [a-z0-9_] only (CustomField); written out, so that the index over it is found
    return _CUSTOM.replace("{key}", f"'{key}'")


def register_dates() -> None:
    """Make them known to the registry (called when the app is ready)."""
    register(DateSource("created", _("registration"), _CREATED))
    register(
        DateSource(
            "last_touch",
            _("last touch"),
            _LAST_TOUCH,
            answered_by_touch=True,
            backlog=True,
            least_offset=1,
            hint=_("a client never touched counts from its registration"),
        )
    )
    register(
        DateSource(
            "cadence",
            _("end of the cadence"),
            _cadence,
            answered_by_touch=True,
            backlog=True,
            least_offset=0,
            hint=_("so many days after the last touch as data quality sets; a touch begins it anew"),
        )
    )
    register(
        DateSource(
            "stale_facts",
            _("a fact grown too old"),
            _stale,
            backlog=True,
            ends_done=True,
            least_offset=0,
            hint=_("the first one that is older than its criterion allows; one reminder a client"),
        )
    )
    register(
        DateSource("birthday", _("birthday"), _BIRTHDAY, of_contacts=True, yearly=True, hint=_("of persons and of contacts, each year"))
    )
    register(DateSource("contract_end", _("end of the work together"), _day("worked_until"), hint=_("“worked with us until”")))
    register(DateSource("consent", _("consent"), _day("consent_on"), hint=_("the day on which it was given")))
    register_more(_custom_dates)
