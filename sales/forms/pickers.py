"""Pickers of what is too long to stand in a page: one client out of a million."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.urls import reverse_lazy

from accounts.models import User
from clients.forms.fields import as_number
from clients.models import Client


def client_names(user: User, chosen: Iterable[Any]) -> dict[int, str]:
    """Return how the clients are called whose ids were chosen or typed, those that `user` may see, in one query."""
    wanted = {number for one in chosen if (number := as_number(one))}
    if not wanted:
        return {}
    rows = Client.objects.visible_to(user).filter(pk__in=wanted).only("full_name", "short_name", "kind")
    return {one.pk: str(one) for one in rows}


class ClientSelect(forms.Select):
    """A client, found as one types; the page holds the chosen one alone: whoever makes the form tells its name by `offer`."""

    user: User | None = None
    """Who sees the page, where nobody knows what is chosen before it is drawn: a filter."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-pick": True, "data-pick-url": reverse_lazy("clients:referrers"), **(attrs or {})})

    def offer(self, names: Mapping[int, str]) -> None:
        """Let the page name these clients (see `client_names`)."""
        self.choices = [("", ""), *names.items()]

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        if self.user is not None:
            self.offer(client_names(self.user, value))
        groups: list[Any] = super().optgroups(name, value, attrs)
        return groups
