"""Turnaround cases in the timeline of their client: opened, decided, terms agreed, in force, measured again, stopped, closed.

For whoever may see the case, and never with a number of profit: what it says in words the page of the case says to all of them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from clients.history_words import Change
from clients.timeline import FIRST_RANK, TimelineSource, Told, register
from scoring.case_page import name_of, said_cause
from scoring.models import CaseTerm, TurnaroundCase
from scoring.models.cases import Action
from ui import formats

_CHANGES = ("cause", "action", "owner_id", "deadline")
_TELLING = (*_CHANGES, "acted_on", "measured_at", "closed_at")
"""Fields of a case of whose change the timeline tells; the rest are figures, or what a merge moved."""
_KEYS = f"ARRAY[{', '.join(repr(name) for name in _TELLING)}]"

# The row as it was before a change is in the event; what it became is in the next event, or in the row of today.
_BECAME = """CROSS JOIN LATERAL (SELECT COALESCE(
      (SELECT to_jsonb(n) FROM scoring_turnaroundcaseevent n WHERE n.pgh_obj_id = e.pgh_obj_id AND n.pgh_id > e.pgh_id
        ORDER BY n.pgh_id LIMIT 1), to_jsonb(c)) AS row) became"""

# As an array, for PostgreSQL 18 fails where it would take the two reads of cases for one ("no relation entry for relid").
# The number of an entry is four times that of its row, and which of the three tables that is in. Indexes: case_of_client,
# and those of events and of terms on their case.
_PAGE = f"""SELECT found.at, {{rank}}, found.id FROM scoring_turnaroundcase c CROSS JOIN LATERAL (
        SELECT c.opened_at AS at, c.id * 4 AS id
        UNION ALL
        SELECT e.pgh_created_at, e.pgh_id::bigint * 4 + 1 FROM scoring_turnaroundcaseevent e {_BECAME}
          WHERE e.pgh_obj_id = c.id
            AND EXISTS (SELECT FROM unnest({_KEYS}) AS name WHERE to_jsonb(e) -> name IS DISTINCT FROM became.row -> name)
        UNION ALL
        SELECT t.noted_at, t.id * 4 + 2 FROM scoring_caseterm t WHERE t.case_id = c.id
      ) found
      WHERE c.client_id = %(client)s AND {{rank}} = ANY(%(ranks)s) AND c.id = ANY (ARRAY({{readable}}))
        AND (found.at, {{rank}}, found.id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY found.at DESC, found.id DESC LIMIT %(limit)s"""

_DETAIL = f"""SELECT 'opened', '', jsonb_build_object('case', c.id), c.opened_by_id, NULL::uuid, NULL::bigint
    FROM scoring_turnaroundcase c WHERE page.rank = {{rank}} AND mod(page.id, 4) = 0 AND c.id = page.id / 4
  UNION ALL
  SELECT 'changed', '', jsonb_build_object('case', c.id, 'result', became.row -> 'result',
      'stopped', became.row ->> 'lifecycle_before' <> '',
      'changed', (SELECT jsonb_object_agg(name, jsonb_build_array(to_jsonb(e) -> name, became.row -> name)) FROM unnest({_KEYS}) AS name
        WHERE to_jsonb(e) -> name IS DISTINCT FROM became.row -> name),
      'names', (SELECT jsonb_object_agg(u.id, u.full_name) FROM accounts_user u
        WHERE u.id IN (e.owner_id, (became.row ->> 'owner_id')::bigint))), NULL, e.pgh_context_id, NULL
    FROM scoring_turnaroundcaseevent e JOIN scoring_turnaroundcase c ON c.id = e.pgh_obj_id {_BECAME}
    WHERE page.rank = {{rank}} AND mod(page.id, 4) = 1 AND e.pgh_id = page.id / 4
  UNION ALL
  SELECT 'terms', '', to_jsonb(t), t.noted_by_id, NULL, NULL
    FROM scoring_caseterm t WHERE page.rank = {{rank}} AND mod(page.id, 4) = 2 AND t.id = page.id / 4"""


def register_timeline() -> None:
    """Make them known (called when the app is ready)."""
    register(
        TimelineSource(
            key="cases",
            what="case",
            label=gettext_lazy("Turnaround cases"),
            rank=FIRST_RANK + 3,
            page=_PAGE,
            detail=_DETAIL,
            tell=tell,
            readable=_readable,
        )
    )


def _readable(client_id: int, reader: User) -> QuerySet[TurnaroundCase]:
    return TurnaroundCase.objects.visible_to(reader).filter(client=client_id)


def tell(label: str, name: str, facts: dict[str, Any]) -> Told:
    """Put what happened with a case into words."""
    if label == "terms":
        term = CaseTerm(what=facts["what"], was=facts["was"], becomes=facts["becomes"])
        return Told(_("Terms agreed: {terms}").format(terms=term), "clipboard-check")
    if label == "opened":
        return Told(_("Turnaround case {number} opened").format(number=facts["case"]), "scale")
    changed, names = facts["changed"], facts["names"] or {}
    told = [key for key in _CHANGES if key in changed and not (key == "action" and ("closed_at" in changed or not changed[key][0]))]
    title, icon, tone = _title(facts, told)
    changes = (Change(key, name_of(key), _value(key, changed[key][0], names), _value(key, changed[key][1], names)) for key in told)
    return Told(title, icon, tone, tuple(changes))


def _title(facts: dict[str, Any], told: list[str]) -> tuple[str, str, str]:
    """Return what was done; of one change alone also what of, for a single value stands without its name."""
    changed, number = facts["changed"], facts["case"]
    if "closed_at" in changed:
        if changed["closed_at"][1] is None:
            return _("Turnaround case {number} opened again").format(number=number), "rotate-clockwise", ""
        if facts["stopped"]:
            return _("Stopped working with the client"), "x", "bad"
        return _("Turnaround case {number} closed").format(number=number), "check", ""
    if "measured_at" in changed:
        result = TurnaroundCase.Result(facts["result"])
        tone = {"turned": "good", "worse": "bad"}.get(result, "")
        return _("Turnaround case {number} was measured again: {result}").format(number=number, result=result.label), "scale", tone
    if "acted_on" in changed:
        day = changed["acted_on"][1]
        if day is None:
            return _("Turnaround case {number}: not in force yet after all").format(number=number), "rotate-clockwise", ""
        said = formats.full(date.fromisoformat(day))
        return _("Turnaround case {number}: in force from {day}").format(number=number, day=said), "check", ""
    if changed.get("action", ("", ""))[1]:
        action = Action(changed["action"][1]).label
        return _("Turnaround case {number}, decided: {action}").format(number=number, action=action), "edit", ""
    if len(told) == 1:
        return _("Turnaround case {number} changed: {what}").format(number=number, what=name_of(told[0]).lower()), "edit", ""
    return _("Turnaround case {number} changed").format(number=number), "edit", ""


def _value(key: str, value: Any, names: dict[str, str]) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    match key:
        case "cause":
            return (said_cause(value),)
        case "action":
            return (capfirst(str(Action(value).label)),)
        case "owner_id":
            return (names.get(str(value), ""),)
    return (formats.full(date.fromisoformat(value)),)
