"""Pairs of alike clients for tests, as a search would have found them."""

from typing import Any

from accounts.models import User
from clients.models import Client, DuplicatePair
from tests.clients.registry import PHONE, register


def pair_of(one: Client, other: Client, score: int = 92, *reasons: list[Any]) -> DuplicatePair:
    """Put two clients into the queue."""
    first, second = sorted((one, other), key=lambda client: client.pk)
    return DuplicatePair.objects.create(first=first, second=second, score=score, reasons=list(reasons) or [["phone", PHONE], ["name", ""]])


def alike(user: User, name: str = "Hartley & Daughters Ltd", score: int = 92, **other: Any) -> DuplicatePair:
    """Register two clients of `user` that differ a little, and put them into the queue."""
    one = register(user, full_name=name, phones="+44 113 496 0148", city="Leeds")
    two = register(user, **{"full_name": f"{name}, once more", "phones": "+44 113 496 0190", "city": "Leeds", **other})
    return pair_of(one, two, score)
