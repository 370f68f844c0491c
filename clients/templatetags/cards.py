"""What the templates of the client card ask for."""

from typing import TYPE_CHECKING

from django import template

if TYPE_CHECKING:
    from clients.history import Entry
    from clients.views.card import CardPage

register = template.Library()


@register.filter
def may_correct(card: "CardPage", entry: "Entry") -> bool:
    """Return whether the user of `card` may still put the touch `entry` right."""
    return card.may_correct(entry)
