"""Entry criteria: what a record must hold, worked out in two ways that agree.

One record in Python (`evaluate`), when it is saved by form, API, import or merge; the whole base in SQL
(`refresh_standing`, `falls_short`), for completeness, lists and previews.
"""

from clients.criteria import built_in  # noqa: F401  (registers the facts)
from clients.criteria.evaluation import Evaluation, Shortfall, evaluate
from clients.criteria.facts import Fact, all_facts, register_fact
from clients.criteria.record import Record
from clients.criteria.rules import CriteriaSet, Rule, criteria_in_force
from clients.criteria.standing import falls_short, refresh_standing, save_standing

__all__ = [
    "CriteriaSet",
    "Evaluation",
    "Fact",
    "Record",
    "Rule",
    "Shortfall",
    "all_facts",
    "criteria_in_force",
    "evaluate",
    "falls_short",
    "refresh_standing",
    "register_fact",
    "save_standing",
]
