"""How the whole base stands, in SQL: the same answers as `evaluate`, for all clients at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from clients.criteria.evaluation import Evaluation
from clients.criteria.readers import Reader
from clients.criteria.rules import CriteriaSet, Rule, criteria_in_force
from clients.criteria.sql import Contacts, Frame, GatheredContacts, RowCondition, Sql, all_of, any_of, compose, function

if TYPE_CHECKING:
    from clients.querysets import ClientQuerySet


def applies(rule: Rule) -> Sql:
    """`Rule.applies` in SQL."""
    criterion, parts = rule.criterion, []
    if rule.kinds:
        parts.append(Sql("{c}.kind = ANY(%s)", (rule.kinds,)))
    if criterion.lifecycles:
        parts.append(Sql("{c}.lifecycle = ANY(%s)", (tuple(criterion.lifecycles),)))
    if criterion.roles:
        wanted = [role for role in ("customer", "supplier") if role in criterion.roles]
        parts.append(Sql("(" + (" OR ".join(f"{{c}}.is_{role}" for role in wanted) or "FALSE") + ")"))
    if criterion.sources:
        parts.append(Sql("{c}.source_id = ANY(%s)", (tuple(criterion.sources),)))
    if criterion.industries:
        parts.append(Sql("{c}.industry_id = ANY(%s)", (tuple(criterion.industries),)))
    return all_of(*parts)


def held(rule: Rule, frame: Frame) -> Sql:
    """There is a value."""
    return any_of(*(reader.sql_held(frame) for reader in rule.readers))


def fits(rule: Rule, frame: Frame) -> Sql:
    """There is a value that looks as asked."""
    return any_of(*(reader.sql_fits(frame, rule.asked) for reader in rule.readers))


def met(rule: Rule, frame: Frame) -> Sql:
    """There is a value that looks as asked and is not too old: the opposite of `Rule.failing`."""
    if rule.oldest is None:
        return fits(rule, frame)
    good = [
        all_of(reader.sql_fits(frame, rule.asked), compose("{} >= %s", _dated(rule, reader, frame), rule.oldest)) for reader in rule.readers
    ]
    return any_of(*good)


def _dated(rule: Rule, reader: Reader, frame: Frame) -> Sql:
    return function("COALESCE", [reader.sql_dated(frame, rule.asked), _registered(frame)])


def _registered(frame: Frame) -> Sql:
    return Sql("({c}.created_at AT TIME ZONE %s)::date", (frame.time_zone,))


def deadline(rule: Rule, frame: Frame) -> Sql:
    """`Rule.deadline` in SQL, for clients that fall short."""
    criterion, registered = rule.criterion, _registered(frame)
    in_force = criterion.valid_from or rule.as_of
    grace = timedelta(days=criterion.grace_days)
    at_once = compose("CASE WHEN {} < %s THEN %s ELSE {} END", registered, in_force, in_force + grace, registered)
    if rule.oldest is None:
        return at_once
    too_old = compose("(GREATEST(%s, {}) + %s)", in_force, _good_through(rule, frame), criterion.grace_days)
    return compose("CASE WHEN {} THEN {} ELSE {} END", fits(rule, frame), too_old, at_once)


def _good_through(rule: Rule, frame: Frame) -> Sql:
    dates = [
        compose("CASE WHEN {} THEN {} END", reader.sql_fits(frame, rule.asked), _dated(rule, reader, frame)) for reader in rule.readers
    ]
    return compose("({} + make_interval(months => %s))::date", function("GREATEST", dates), rule.criterion.max_age_months)


def grown_old(rule: Rule, frame: Frame) -> Sql:
    """The first day on which the fact that `rule` asks for is older than allowed; null where there is none that looks as asked."""
    return compose("({} + 1)", _good_through(rule, frame))


def _frame(criteria: CriteriaSet | Rule, contacts: Contacts) -> Frame:
    return Frame(contacts=contacts, time_zone=criteria.zone.key)


def _waived(rule: Rule) -> Sql:
    return Sql(
        "EXISTS (SELECT 1 FROM clients_waiver w WHERE w.client_id = {c}.id AND w.fact = %s AND w.ended_at IS NULL AND w.until >= %s)",
        (rule.fact.key, rule.as_of),
    )


def falls_short_of(rule: Rule, frame: Frame | None = None) -> Sql:
    """The condition that the rule asks something of a client, is not met, and not waived."""
    frame = frame or _frame(rule, Contacts())
    return compose("({} AND ({}) IS NOT TRUE AND NOT {})", applies(rule), met(rule, frame), _waived(rule))


def falls_short(rule: Rule, among: ClientQuerySet | None = None) -> ClientQuerySet:
    """Return the clients of the registry that fall short of `rule` (a draft's included): exactly those that are counted."""
    from clients.models import Client

    clients = Client.objects.in_registry() if among is None else among
    return clients.filter(RowCondition(falls_short_of(rule)))


_KEPT = {
    "completeness": "smallint",
    "required_missing": "smallint",
    "recommended_missing": "smallint",
    "required_share": "smallint",
    "recommended_share": "smallint",
    "stale": "smallint",
    "mend_by": "date",
    "short_of": "text",
}
"""What is kept of an evaluation: the columns of ClientStanding with the types by which `save_standing` hands them over."""
_SET = ", ".join(f"{name} = n.{name}" for name in _KEPT)
_DIFFERS = f"({', '.join(f's.{name}' for name in _KEPT)}) IS DISTINCT FROM ({', '.join(f'n.{name}' for name in _KEPT)})"
_REFRESH = """
-- Work out the standing of the chosen clients and write what differs. Contacts and waivers are gathered once for the choice
-- (k and w) instead of being probed for each client and criterion. OFFSET 0 keeps the planner from pulling the innermost
-- query up, which would work out each condition three times. MATERIALIZED has each part done once, also where PostgreSQL
-- last counted an empty table, expects a single row and would begin anew for each row of the standing.
WITH {contacts}w AS MATERIALIZED (
  SELECT client_id, array_agg(fact::text) AS facts FROM clients_waiver AS w
  WHERE w.ended_at IS NULL AND w.until >= %s AND w.client_id {chosen} GROUP BY client_id
),
n AS MATERIALIZED (
  SELECT f.*, cardinality(f.short_of) - f.required_missing AS recommended_missing,
    CASE WHEN f.asked = 0 THEN 100 ELSE 100 * (f.asked - cardinality(f.short_of)) / f.asked END AS completeness,
    CASE WHEN f.required = 0 THEN 100 ELSE 100 * (f.required - f.required_missing) / f.required END AS required_share,
    CASE WHEN f.asked = f.required THEN 100
         ELSE 100 * (f.asked - f.required - cardinality(f.short_of) + f.required_missing) / (f.asked - f.required)
    END AS recommended_share
  FROM (
    SELECT e.id, {asked} AS asked, {required} AS required, array_remove(ARRAY[{short_of}]::bigint[], NULL) AS short_of,
      {required_missing} AS required_missing, {stale} AS stale, {mend_by} AS mend_by
    FROM (
      SELECT {{c}}.id{columns}
      FROM clients_client AS {{c}} {joined}LEFT JOIN w ON w.client_id = {{c}}.id
      WHERE {{c}}.id {chosen} AND {{c}}.erased_at IS NULL
      OFFSET 0
    ) AS e
    OFFSET 0
  ) AS f
)
UPDATE clients_clientstanding AS s
SET {set}
FROM n
WHERE s.client_id = n.id AND {differs}
"""
_CONTACTS = """k AS MATERIALIZED (
  SELECT k.client_id, {columns} FROM clients_contact AS k WHERE k.client_id {chosen} GROUP BY k.client_id
),
"""


def refresh_standing(
    client_ids: Iterable[int] | None = None, *, between: tuple[int, int] | None = None, criteria: CriteriaSet | None = None
) -> int:
    """Work out the standing of clients (default: all of them) in one statement; return how many rows changed.

    `between` takes the ids after the first and up to the second one, for passes over the base.
    """
    chosen = Sql("IS NOT NULL")
    if client_ids is not None:
        chosen = Sql("= ANY(%s)", (tuple(client_ids),))
    elif between is not None:
        chosen = Sql("BETWEEN %s AND %s", (between[0] + 1, between[1]))
    statement = refresh_statement(criteria or criteria_in_force(), chosen)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.values())
        return int(cursor.rowcount)


def refresh_statement(criteria: CriteriaSet, chosen: Sql) -> Sql:
    """Return the statement of `refresh_standing`; `chosen` is what the id of a client must be."""
    contacts = GatheredContacts()
    frame = _frame(criteria, contacts)
    columns, asked, required, short, missing, stale, mend_by = [], [], [], [], [], [], []
    for number, rule in enumerate(criteria.rules):
        columns.append(compose(f", ({{}}) IS TRUE AS a{number}", applies(rule)))
        columns.append(
            compose(
                f", ({{}} AND ({{}}) IS NOT TRUE AND (w.facts IS NULL OR NOT %s = ANY(w.facts))) IS TRUE AS s{number}",
                applies(rule),
                met(rule, frame),
                rule.fact.key,
            )
        )
        asked.append(f"e.a{number}::int")
        short.append(f"CASE WHEN e.s{number} THEN {rule.id:d} END")
        if rule.oldest is not None:
            columns.append(compose(f", ({{}}) IS TRUE AS f{number}", fits(rule, frame)))
            stale.append(f"(e.s{number} AND e.f{number})::int")
        if rule.required:
            required.append(f"e.a{number}::int")
            columns.append(compose(f", {{}} AS d{number}", deadline(rule, frame)))
            missing.append(f"e.s{number}::int")
            mend_by.append(f"CASE WHEN e.s{number} THEN e.d{number} END")
    gathered = Sql("")
    if contacts.columns:
        listed = [compose(f"{{}} AS {name}", aggregate) for aggregate, name in contacts.columns.items()]
        gathered = compose(_CONTACTS.replace("{columns}", ", ".join("{}" for _one in listed)).replace("{chosen}", "{}"), *listed, chosen)
    text = _REFRESH
    for name, value in (
        ("joined", "LEFT JOIN k ON k.client_id = {{c}}.id " if contacts.columns else ""),
        ("set", _SET),
        ("differs", _DIFFERS),
        ("asked", " + ".join(asked) or "0"),
        ("required", " + ".join(required) or "0"),
        ("stale", " + ".join(stale) or "0"),
        ("short_of", ", ".join(short)),
        ("required_missing", " + ".join(missing) or "0"),
        ("mend_by", f"LEAST({', '.join(mend_by)})" if mend_by else "NULL::date"),
    ):
        text = text.replace(f"{{{name}}}", value)
    text = text.replace("{columns}", "{}" * len(columns)).replace("{contacts}", "{}").replace("{chosen}", "{}").replace("{{c}}", "{c}")
    statement = compose(text, gathered, criteria.as_of, chosen, *columns, chosen)
    return Sql(statement.text.replace("{c}", "c"), statement.params)


_SAVE = f"""
UPDATE clients_clientstanding AS s
SET {_SET}
FROM (
  SELECT client_id, {", ".join(f"{name}::bigint[]" if name == "short_of" else name for name in _KEPT)}
  FROM unnest(%s::bigint[], {", ".join(f"%s::{kind}[]" for kind in _KEPT.values())}) AS given (client_id, {", ".join(_KEPT)})
) AS n
WHERE s.client_id = n.client_id AND {_DIFFERS}
"""


def save_standing(evaluations: Mapping[int, Evaluation]) -> None:
    """Keep how clients stand (by id), as worked out one by one when they were saved; one statement for any number."""
    if not evaluations:
        return
    kept = list(evaluations.values())
    columns: list[Any] = [
        list(evaluations),
        *([getattr(one, name) for one in kept] for name in _KEPT if name != "short_of"),
        ["{" + ",".join(str(gap.rule.id) for gap in one.shortfalls) + "}" for one in kept],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, columns)


@dataclass(frozen=True, slots=True)
class Shortage:
    """How many clients a criterion asks and how many of them fall short of it, and why."""

    asked: int
    empty: int
    unlike: int
    """Clients whose value does not look as asked, or is out of range."""
    stale: int
    waived: int
    by_manager: tuple[tuple[int | None, int], ...]
    """Ids of managers (None: nobody in charge) with the number of their clients that fall short, most first."""

    @property
    def short(self) -> int:
        """All that fall short."""
        return self.empty + self.unlike + self.stale


_SHORTAGE = """
-- One pass over the registry for one criterion: whom it asks, who falls short, why, and whose clients they are.
-- The inner query is kept apart (OFFSET 0), so that each condition is worked out once for a row.
SELECT e.manager_id, count(*),
  count(*) FILTER (WHERE e.short AND NOT e.held),
  count(*) FILTER (WHERE e.short AND e.held AND NOT e.fits),
  count(*) FILTER (WHERE e.short AND e.held AND e.fits),
  count(*) FILTER (WHERE e.failing AND NOT e.short)
FROM (
  SELECT f.*, f.failing AND NOT {waived} AS short
  FROM (
    SELECT {c}.id, {c}.manager_id, ({held}) IS TRUE AS held, ({fits}) IS TRUE AS fits, ({met}) IS NOT TRUE AS failing
    FROM clients_client AS {c} WHERE {c}.archived_at IS NULL AND {applies}
    OFFSET 0
  ) AS f
  OFFSET 0
) AS e
GROUP BY e.manager_id
"""


def shortage_of(rule: Rule) -> Shortage:
    """Count what `rule` would find in the registry as it is now. The same clients as `falls_short` returns."""
    frame = _frame(rule, Contacts())
    text = _SHORTAGE
    for name in ("waived", "held", "fits", "met", "applies"):
        text = text.replace(f"{{{name}}}", "{}")
    waived = _waived(rule)
    statement = compose(
        text, Sql(waived.text.replace("{c}", "f"), waived.params), held(rule, frame), fits(rule, frame), met(rule, frame), applies(rule)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text.replace("{c}", "c"), statement.values())
        rows = cursor.fetchall()
    return Shortage(
        asked=sum(row[1] for row in rows),
        empty=sum(row[2] for row in rows),
        unlike=sum(row[3] for row in rows),
        stale=sum(row[4] for row in rows),
        waived=sum(row[5] for row in rows),
        by_manager=tuple(sorted(((row[0], sum(row[2:5])) for row in rows if sum(row[2:5])), key=lambda pair: -pair[1])),
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """How the registry stands: by criterion id how many clients it asks and how many fall short, and the whole."""

    criteria: dict[int, tuple[int, int]]
    custom_fields: dict[int, int]
    """How many clients hold a value of each custom field, by its id."""
    clients: int
    completeness: int
    """Mean completeness of the clients in percent, rounded down; 100 where there are none."""


def tally(criteria: CriteriaSet) -> Tally:
    """Count for each criterion in force how many clients of the registry it asks and how many fall short of it.

    One pass over the clients for the first figure; the second is read from the standing that is kept.
    """
    from clients.models import CustomField

    parts = [Sql("count(*), COALESCE(floor(avg(s.completeness)), 100)::int")]
    parts += [
        compose(f"count(*) FILTER (WHERE {{}}), count(*) FILTER (WHERE s.short_of @> ARRAY[{rule.id:d}]::bigint[])", applies(rule))
        for rule in criteria.rules
    ]
    fields = list(CustomField.objects.active())
    parts += [compose("count(*) FILTER (WHERE jsonb_exists({c}.custom, %s))", field.key) for field in fields]
    statement = compose(
        f"SELECT {', '.join('{}' for _part in parts)}"
        " FROM clients_client AS {c} JOIN clients_clientstanding AS s ON s.client_id = {c}.id WHERE {c}.archived_at IS NULL",
        *parts,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text.replace("{c}", "c"), statement.values())
        clients, completeness, *counts = cursor.fetchone()
    rules = len(criteria.rules)
    return Tally(
        criteria={rule.id: (counts[2 * number], counts[2 * number + 1]) for number, rule in enumerate(criteria.rules)},
        custom_fields={field.pk: count for field, count in zip(fields, counts[2 * rules :], strict=True)},
        clients=clients,
        completeness=completeness,
    )
