"""What of the history its reader may bring back, and where: the buttons of the timeline and of the page of history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from clients.history import Rank

if TYPE_CHECKING:
    from clients.history import Entry
    from clients.history_words import Change
    from clients.views.card import CardPage


@dataclass(frozen=True)
class WayBack:
    """Where to post to bring something back, and the version of the row that was read (None: it is not there)."""

    url: str
    version: int | None
    label: str


def of_change(card: CardPage, entry: Entry, change: Change) -> WayBack | None:
    """Return how the value before `change` is put back; None where it stands there again, or this user may not."""
    if not (card.may_edit and change.gone):
        return None
    if entry.rank is Rank.CLIENT_CHANGED and (change.field != "manager" or card.user.has_perm("clients.hand_over_client")):
        url = reverse("clients:change_put_back", args=[card.client.pk, entry.id, change.field])
        return WayBack(url, card.client.version, change.label)
    contact = next((one for one in card.contacts if one.pk == entry.object_id), None)
    if entry.rank is Rank.CONTACT_CHANGED and contact is not None:
        url = reverse("clients:contact_change_put_back", args=[card.client.pk, entry.id, change.field])
        return WayBack(url, contact.version, change.label)
    return None


def of_contact(card: CardPage, entry: Entry) -> WayBack | None:
    """Return how the contact that `entry` took off is put back; None for another entry, or where it is back."""
    if not (card.may_edit and entry.contact_removed) or any(one.pk == entry.object_id for one in card.contacts):
        return None
    return WayBack(reverse("clients:contact_put_back", args=[card.client.pk, entry.object_id]), None, entry.name)


def of_version(card: CardPage, entry: Entry, *, only_changed: bool = False) -> str:
    """Return the page on which the client is shown as it was before `entry`; empty where there is none.

    With `only_changed` it is for the facts that the entry changed alone.
    """
    if not (card.may_edit and any(change.gone for change in entry.changes)):
        return ""
    if not entry.can_restore:  # of a contact: value by value, where the history has room for it
        return reverse("clients:history", args=[card.client.pk]) if only_changed else ""
    url = reverse("clients:change_restore", args=[card.client.pk, entry.id])
    query = urlencode([("only", change.field) for change in entry.changes])
    return f"{url}?{query}" if only_changed else url
