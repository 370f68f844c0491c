"""What a client lacks, each with the place on its card that mends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from clients import card_facts
from clients.criteria import Shortfall
from clients.criteria.rules import STALE
from clients.models import Contact, CustomField


@dataclass(frozen=True)
class Gap:
    """A shortfall with the place on the card that mends it."""

    shortfall: Shortfall
    url: str
    target: str
    confirms: bool = False
    known: str = ""
    """How long ago, and by whom, a fact that is too old was confirmed."""

    @property
    def swaps_row(self) -> bool:
        """Whether a line of the card turns into a form, instead of a dialog that opens."""
        return self.target.startswith("#fact")


def gap_of(shortfall: Shortfall, client_id: int, contacts: Sequence[Contact], own_fields: Sequence[CustomField], *, known: str = "") -> Gap:
    """Return a shortfall of a client with where to mend it; `known` says how old a fact is that is too old."""

    def url(name: str, *args: Any) -> str:
        return reverse(f"clients:{name}", args=[client_id, *args])

    if shortfall.code == STALE:
        return Gap(shortfall, url("confirm_fact", shortfall.fact), "", confirms=True, known=known)
    if shortfall.field == "next_step_at":
        return Gap(shortfall, url("next_step"), "#modal")
    if shortfall.field == "contacts":
        main = "main_contact" in shortfall.fact or shortfall.fact.startswith("contact_with")
        mark = "is_main" if main else "is_head"
        person = next((one for one in contacts if getattr(one, mark)), None)
        field = shortfall.fact.rpartition("_")[2]
        query = f"?focus={field}s" if field in {"phone", "email"} else f"?{mark}=on"
        form = url("contact", person.pk) if person else url("contact_new")
        return Gap(shortfall, f"{form}{query}", "#drawer")
    fact = card_facts.find_fact(card_facts.fact_of_field(shortfall.field), list(own_fields))
    if fact is None:
        return Gap(shortfall, "", "")
    focus = f"?focus={shortfall.field}" if len(fact.fields) > 1 else ""
    return Gap(shortfall, url("fact", fact.key) + focus, f"#{fact.html_id}")
