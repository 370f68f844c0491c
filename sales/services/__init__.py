"""All writes of the ledger. Forms, API and commands call these, so no rule can be stepped around."""

from sales.services.complaints import change_complaint, log_complaint, may_remove_complaint, remove_complaint, resolve_complaint
from sales.services.costs import change_cost, enter_cost, remove_cost
from sales.services.documents import change_document, may_remove, post_document, remove_document, reverse_document
from sales.services.payments import left_to_pay, record_payment, remove_payment
from sales.services.pools import copy_pools, remove_pool, set_pool
from sales.services.restoring import restore_complaint, restore_cost, restore_document, restore_payment, restore_pool
from sales.services.settings import add_cost_category, change_cost_category, change_ledger_settings, retire_cost_category

__all__ = [
    "add_cost_category",
    "change_complaint",
    "change_cost",
    "change_cost_category",
    "change_document",
    "change_ledger_settings",
    "copy_pools",
    "enter_cost",
    "left_to_pay",
    "log_complaint",
    "may_remove",
    "may_remove_complaint",
    "post_document",
    "record_payment",
    "remove_complaint",
    "remove_cost",
    "remove_document",
    "remove_payment",
    "remove_pool",
    "resolve_complaint",
    "restore_complaint",
    "restore_cost",
    "restore_document",
    "restore_payment",
    "restore_pool",
    "retire_cost_category",
    "reverse_document",
    "set_pool",
]
