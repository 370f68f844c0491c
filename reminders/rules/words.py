"""Rules in words, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reminders.models import ReminderRule
from reminders.rules.audience import Audience
from reminders.rules.fitting import NotReady
from reminders.shipped import AWAITED
from reminders.sources import source_of
from ui import formats


def date_of(rule: ReminderRule) -> str:
    """Return what the date is called that the rule counts from."""
    source = source_of(rule.source)
    if source is not None:
        return str(source.label)
    return str(AWAITED[rule.source][0]) if rule.source in AWAITED else rule.source.removeprefix("custom.")


def awaits(rule: ReminderRule) -> str:
    """Return for what a rule waits whose date nobody brings yet; empty where it is there."""
    if source_of(rule.source) is not None:
        return ""
    return str(AWAITED[rule.source][1]) if rule.source in AWAITED else _("its date is not there any more")


def when(rule: ReminderRule) -> str:
    """Return on which day: "30 days before contract end"."""
    number, what = abs(rule.offset), date_of(rule)
    if not number:
        return _("on the day: {date}").format(date=what)
    said = {"n": formats.number(number), "date": what}
    if rule.unit == ReminderRule.Unit.WORKING_DAYS:
        if rule.offset < 0:
            return ngettext("{n} working day before: {date}", "{n} working days before: {date}", number).format(**said)
        return ngettext("{n} working day after: {date}", "{n} working days after: {date}", number).format(**said)
    if rule.offset < 0:
        return ngettext("{n} day before: {date}", "{n} days before: {date}", number).format(**said)
    return ngettext("{n} day after: {date}", "{n} days after: {date}", number).format(**said)


def for_whom(rule: ReminderRule) -> str:
    """Return the rule's conditions in one line."""
    return Audience(rule.filters).in_words or _("every client")


def who_acts(rule: ReminderRule) -> str:
    """Return who gets its reminders."""
    return str(rule.user) if rule.user is not None else str(rule.get_assignee_display())


def problem(rule: ReminderRule) -> str:
    """Return why the last run made nothing, and what to do; empty where all is well."""
    if not (rule.active and rule.problem):
        return ""
    match rule.problem:
        case "source":
            return _("The date that it counts from is not there any more; choose another rule or bring the field back.")
        case "filters":
            return _("A condition can't be answered any more: {what}").format(what=" ".join(Audience(rule.filters).problems))
        case _:
            return _("The last run broke off; Seraph tries again within 15 minutes. The log tells why.")


def not_ready(refused: NotReady) -> str:
    """Return why there is nothing to preview."""
    if refused.code == "filters":
        return refused.said
    return _("The date that it counts from is not there yet.")
