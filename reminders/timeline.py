"""What was done with reminders, in the timeline of their client: who planned, put off, handed over, did or cancelled what."""

from __future__ import annotations

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.history_words import Change
from clients.timeline import FIRST_RANK, TimelineSource, Told, register
from reminders.models import Act, ReminderKind
from ui import formats

# What was done with a touch the touch tells. Indexes: reminder_of_client_closed, reminder_act_of.
_PAGE = """SELECT a.at, {rank}, a.id FROM reminders_reminder r JOIN reminders_reminderact a ON a.reminder_id = r.id
      WHERE r.client_id = %(client)s AND {rank} = ANY(%(ranks)s) AND a.at <= %(at)s AND (a.at, {rank}, a.id) < (%(at)s, %(rank)s, %(id)s)
        AND NOT (a.act = 'done' AND a.facts ? 'touch')
      ORDER BY a.at DESC, a.id DESC LIMIT %(limit)s"""

_DETAIL = """SELECT a.act, r.subject, a.facts || jsonb_build_object('kind', k.key, 'kind_name', k.name, 'promise', r.is_promise,
      'names', (SELECT jsonb_object_agg(u.id, u.full_name) FROM accounts_user u
        WHERE to_jsonb(u.id) IN (a.facts -> 'owner', CASE WHEN jsonb_typeof(a.facts -> 'before') = 'number' THEN a.facts -> 'before' END)
          OR (jsonb_typeof(a.facts -> 'to') = 'array' AND a.facts -> 'to' @> to_jsonb(u.id)))), a.by_id, NULL, NULL
    FROM reminders_reminderact a JOIN reminders_reminder r ON r.id = a.reminder_id JOIN reminders_reminderkind k ON k.id = r.kind_id
    WHERE page.rank = {rank} AND a.id = page.id"""

_ICONS = {
    Act.PLANNED: "bell",
    Act.CHANGED: "edit",
    Act.SNOOZED: "zzz",
    Act.HANDED_OVER: "arrows-exchange",
    Act.HANDED_BACK: "arrows-exchange",
    Act.DONE: "check",
    Act.CANCELLED: "x",
    Act.REOPENED: "rotate-clockwise",
    Act.ESCALATED: "alert-circle",
}
_TITLES = {
    Act.PLANNED: gettext_lazy("Reminder planned: %(what)s"),
    Act.CHANGED: gettext_lazy("Reminder changed: %(what)s"),
    Act.SNOOZED: gettext_lazy("Put off: %(what)s"),
    Act.HANDED_OVER: gettext_lazy("Reminder handed over: %(what)s"),
    Act.HANDED_BACK: gettext_lazy("Reminder handed back: %(what)s"),
    Act.DONE: gettext_lazy("Done: %(what)s"),
    Act.CANCELLED: gettext_lazy("Reminder cancelled: %(what)s"),
    Act.REOPENED: gettext_lazy("Reminder opened again: %(what)s"),
    Act.ESCALATED: gettext_lazy("Not acted on in time: %(what)s"),
}


def register_timeline() -> None:
    """Make them known (called when the app is ready)."""
    register(
        TimelineSource(
            key="reminders",
            what="reminder",
            label=gettext_lazy("Reminders"),
            rank=FIRST_RANK,
            page=_PAGE,
            detail=_DETAIL,
            tell=tell,
            next_step=_next_step,
        )
    )


def _next_step(label: str, facts: dict[str, Any]) -> str | None:
    if not facts["promise"]:
        return None
    return "" if label in (Act.DONE, Act.CANCELLED) else facts.get("due")


def tell(label: str, name: str, facts: dict[str, Any]) -> Told:
    """Put one act into words. `name` is what the reminder is for; without it, its kind says so."""
    act = Act(label)
    what = name or capfirst(ReminderKind(key=facts["kind"], name=facts["kind_name"]).label)
    return Told(str(_TITLES[act]) % {"what": what}, _ICONS[act], "bad" if act is Act.ESCALATED else "", _changes(act, facts))


def _changes(act: Act, facts: dict[str, Any]) -> tuple[Change, ...]:
    due, before = _when(facts.get("due")), _when(facts.get("before"))
    reason = str(facts.get("reason") or facts.get("because") or "")
    names = facts.get("names") or {}
    found: list[Change] = []
    if act in (Act.PLANNED, Act.CHANGED, Act.SNOOZED) and due:
        found.append(Change("due", _("due"), (before,) if before else (), (due,)))
    if act in (Act.HANDED_OVER, Act.HANDED_BACK):
        found.append(Change("owner", _("who acts"), _name(facts.get("before"), names), _name(facts.get("owner"), names)))
    if act is Act.ESCALATED and names:
        said = _("passed on to {names}").format(names=", ".join(sorted(names.values())))
        found.append(Change("to", _("passed on"), (), (said,)))
    if reason:
        found.append(Change("reason", _("reason"), (), (reason,)))
    return tuple(found)


def _when(value: Any) -> str:
    moment = parse_datetime(value) if isinstance(value, str) else None
    return formats.stamp(moment) if moment else ""


def _name(pk: Any, names: dict[str, str]) -> tuple[str, ...]:
    return (names.get(str(pk), ""),) if pk is not None and names.get(str(pk)) else (_("nobody"),)
