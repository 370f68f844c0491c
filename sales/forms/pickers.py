"""Pickers of what is too long to stand in a page: one client out of a million."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy

from clients.forms.fields import as_number
from clients.models import Client


class ClientSelect(forms.Select):
    """A client, found as one types; the page holds the chosen one alone."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-pick": True, "data-pick-url": reverse_lazy("clients:referrers"), **(attrs or {})})

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        chosen = as_number(value[0] if value else "")
        known = Client.objects.filter(pk=chosen).only("full_name", "short_name", "kind").first() if chosen else None
        self.choices = [("", ""), *([(known.pk, str(known))] if known else [])]
        groups: list[Any] = super().optgroups(name, value, attrs)
        return groups
