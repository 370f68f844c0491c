"""All writes to the registry. Forms, API, import, commands and tasks call these, so no rule can be stepped around."""

from clients.services.bulk import BulkOutcome, hand_over_clients, set_field_of_clients, take_back_clients
from clients.services.confirming import confirm_fact, confirm_facts, take_back_confirmation
from clients.services.contacts import add_contact, change_contact, put_back_contact, remove_contact
from clients.services.lifecycle import archive_client, erase_client, restore_client
from clients.services.merging import Clash, Outcome, change_as_read, fingerprints
from clients.services.references import add_reference
from clients.services.registration import change_client, register_client
from clients.services.restoring import restore_contact_fact, restore_facts
from clients.services.touches import correct_touch, log_touch, plan_next_step
from clients.services.undoing import undo_change, undo_next_step, undo_touch
from clients.services.waivers import end_waiver, grant_waiver

__all__ = [
    "BulkOutcome",
    "Clash",
    "Outcome",
    "add_contact",
    "add_reference",
    "archive_client",
    "change_as_read",
    "change_client",
    "change_contact",
    "confirm_fact",
    "confirm_facts",
    "correct_touch",
    "end_waiver",
    "erase_client",
    "fingerprints",
    "grant_waiver",
    "hand_over_clients",
    "log_touch",
    "plan_next_step",
    "put_back_contact",
    "register_client",
    "remove_contact",
    "restore_client",
    "restore_contact_fact",
    "restore_facts",
    "set_field_of_clients",
    "take_back_clients",
    "take_back_confirmation",
    "undo_change",
    "undo_next_step",
    "undo_touch",
]
