"""What of the registry itself goes with a client: contacts, touches, waivers, those it referred, those merged into it."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from clients import belongings
from clients.models import Client, Contact, Touch, Waiver

_MARKS = ("is_main", "is_head")


def register_belongings() -> None:
    """Make them known (called when the app is ready)."""
    belongings.register(key="contacts", move=move_contacts, put_back=put_back_contacts)
    belongings.register(key="touches", move=move_touches, put_back=put_back_touches)
    belongings.register(key="waivers", move=move_waivers, put_back=put_back_waivers)
    belongings.register(key="referred", move=move_referred, put_back=put_back_referred)
    belongings.register(key="aliases", move=move_aliases, put_back=put_back_aliases)


# Rows are moved by `update`: a moved contact is no fresher than it was (`updated_at` tells its age to the criteria).


def move_contacts(survivor: Client, other: Client) -> dict[str, Any]:
    """The survivor's main contact and head stay that; the other's keep the mark where the survivor has none."""
    kept: dict[str, Any] = {"ids": list(other.contacts.order_by("pk").values_list("pk", flat=True)), "survivor": {}, "other": {}}
    for mark in _MARKS:
        kept["survivor"][mark], kept["other"][mark] = _marked(survivor, mark), _marked(other, mark)
        if kept["survivor"][mark] and kept["other"][mark]:
            other.contacts.filter(**{mark: True}).update(**{mark: False}, version=F("version") + 1)
    Contact.objects.filter(pk__in=kept["ids"]).update(client=survivor)
    return kept


def put_back_contacts(survivor: Client, other: Client, moved: dict[str, Any]) -> None:
    """Give the contacts back with the marks that they had; what was added since stays with the survivor."""
    theirs = Contact.objects.filter(pk__in=moved["ids"], client=survivor)
    for mark in _MARKS:
        theirs.filter(**{mark: True}).exclude(pk=moved["other"][mark]).update(**{mark: False}, version=F("version") + 1)
    marked_now = {mark: set(theirs.filter(**{mark: True}).values_list("pk", flat=True)) for mark in _MARKS}
    theirs.update(client=other)
    for mark in _MARKS:
        if moved["other"][mark] not in marked_now[mark]:
            other.contacts.filter(pk=moved["other"][mark]).update(**{mark: True}, version=F("version") + 1)
        if _marked(survivor, mark) is None:
            survivor.contacts.filter(pk=moved["survivor"][mark]).update(**{mark: True}, version=F("version") + 1)


def _marked(client: Client, mark: str) -> int | None:
    return client.contacts.filter(**{mark: True}).values_list("pk", flat=True).first()


def move_touches(survivor: Client, other: Client) -> list[int]:
    """All of them."""
    ids = list(other.touches.order_by("pk").values_list("pk", flat=True))
    Touch.objects.filter(pk__in=ids).update(client=survivor)
    return ids


def put_back_touches(survivor: Client, other: Client, moved: list[int]) -> None:
    """Those that were logged since stay with the survivor."""
    Touch.objects.filter(pk__in=moved, client=survivor).update(client=other)


def move_waivers(survivor: Client, other: Client) -> list[int]:
    """Where both are excused from the same, the survivor's waiver counts; the other's waits with the other."""
    doubled = survivor.waivers.filter(ended_at=None).values("fact")
    theirs = other.waivers.exclude(ended_at=None, fact__in=doubled)
    ids = list(theirs.order_by("pk").values_list("pk", flat=True))
    Waiver.objects.filter(pk__in=ids).update(client=survivor)
    return ids


def put_back_waivers(survivor: Client, other: Client, moved: list[int]) -> None:
    """Those that were granted since stay with the survivor."""
    Waiver.objects.filter(pk__in=moved, client=survivor).update(client=other)


def move_referred(survivor: Client, other: Client) -> list[int]:
    """Clients that the other brought were brought by the survivor now; the survivor itself by nobody (see `merged_values`)."""
    ids = list(other.referred.exclude(pk=survivor.pk).order_by("pk").values_list("pk", flat=True))
    Client.objects.filter(pk__in=ids).update(referrer=survivor, version=F("version") + 1)
    return ids


def put_back_referred(survivor: Client, other: Client, moved: list[int]) -> None:
    """Those that have another referrer by now keep it."""
    Client.objects.filter(pk__in=moved, referrer=survivor).update(referrer=other, version=F("version") + 1)


def move_aliases(survivor: Client, other: Client) -> list[int]:
    """Old numbers lead straight to the last survivor, however many merges lie between."""
    ids = list(other.aliases.order_by("pk").values_list("pk", flat=True))
    Client.objects.filter(pk__in=ids).update(merged_into=survivor)
    return ids


def put_back_aliases(survivor: Client, other: Client, moved: list[int]) -> None:
    """They lead to the other again."""
    Client.objects.filter(pk__in=moved, merged_into=survivor).update(merged_into=other)
