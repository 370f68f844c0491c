"""What the templates of the client card ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from clients.views import ways_back

if TYPE_CHECKING:
    from clients.card_facts import ShownFact
    from clients.history import Entry
    from clients.history_words import Change
    from clients.views.card import Age, CardPage

register = template.Library()


@register.filter
def may_correct(card: CardPage, entry: Entry) -> bool:
    """Return whether the user of `card` may still put the touch `entry` right."""
    return card.may_correct(entry)


@register.filter
def age_of(card: CardPage, shown: ShownFact) -> Age | None:
    """Return what the line says of the age of its fact; None where no criterion asks."""
    return card.ages.get(shown.fact.key)


@register.simple_tag
def way_back(card: CardPage, entry: Entry, change: Change | None = None) -> ways_back.WayBack | None:
    """Return how the value before `change`, or the contact that `entry` took off, is put back."""
    return ways_back.of_change(card, entry, change) if change else ways_back.of_contact(card, entry)


@register.simple_tag
def version_before(card: CardPage, entry: Entry, *, only_changed: bool = False) -> str:
    """Return the page on which the client is shown as it was before `entry`; empty where there is none."""
    return ways_back.of_version(card, entry, only_changed=only_changed)
