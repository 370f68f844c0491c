"""The filter of lists by one criterion: the clients that fall short of it, or would of a draft."""

from __future__ import annotations

from django.db.models import Q

from clients.criteria.facts import all_facts
from clients.criteria.rules import criteria_in_force, rule_of
from clients.criteria.sql import RowCondition
from clients.criteria.standing import falls_short_of
from clients.models import Criterion, CustomField


def short_of_choices(*, drafts: bool) -> list[tuple[str, str]]:
    """Return the criteria by id with the names of their facts: those in force and to come, and drafts where these may be seen."""
    facts = all_facts(CustomField.objects.active())
    shown = Criterion.objects.shown(criteria_in_force().as_of)
    if not drafts:
        shown = shown.published()
    return [(str(one.pk), str(facts[one.fact].label)) for one in shown.order_by("pk") if one.fact in facts]


def short_of(criterion_id: int) -> Q:
    """Return the condition that a client falls short of a criterion. In force: as kept (indexed); else worked out for each row."""
    criteria = criteria_in_force()
    if any(rule.id == criterion_id for rule in criteria.rules):
        return Q(standing__short_of__contains=[criterion_id])
    criterion = Criterion.objects.get(pk=criterion_id)
    rule = rule_of(criterion, all_facts(CustomField.objects.active()), criteria.as_of, criteria.zone)
    return Q(pk__in=[]) if rule is None else Q(RowCondition(falls_short_of(rule)))
