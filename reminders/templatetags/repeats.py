"""What templates say of repeats."""

from __future__ import annotations

from django import template

from reminders.recurrence import in_words

register = template.Library()


@register.filter
def repeat_in_words(rule: str) -> str:
    """Return "every two weeks" for the rule of a repeat."""
    return in_words(rule)
