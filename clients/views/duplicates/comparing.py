"""Two clients side by side on a page: the form of a merge, whether a pair of the queue or two that somebody picked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from django.db import models
from django.http import QueryDict
from django.utils.translation import ngettext

from clients import custom_fields
from clients.errors import FieldError, Merged, Refused, StaleVersion
from clients.forms.fields import as_number
from clients.history import last_changed_by
from clients.models import Client, ClientMerge, Contact, Touch
from clients.services.duplicates import merge_clients, suggested_survivor
from clients.side_by_side import Comparison
from ui import formats

if TYPE_CHECKING:
    from accounts.models import User


def _count_of(model: type[models.Model]) -> models.Subquery:
    rows = model._default_manager.filter(client=models.OuterRef("pk")).order_by().values("client").annotate(n=models.Count("*"))
    return models.Subquery(rows.values("n"))


def read_two(user: User, one_id: int, other_id: int) -> tuple[Client, Client] | None:
    """Return two clients with all that a comparison shows; None when one of them is not there for `user`."""
    clients = Client.objects.visible_to(user).for_card(user)
    found = clients.annotate(touch_count=_count_of(Touch), contact_count=_count_of(Contact)).in_bulk([one_id, other_id])
    return (found[one_id], found[other_id]) if len(found) == 2 else None


class TwoClients:
    """Two clients as their page shows them; `posted` holds what was chosen there, if anything was.

    `stale` is the client that somebody changed while the choice was made, `errors` what stands against the merge.
    """

    def __init__(self, user: User, one: Client, other: Client, posted: QueryDict | None = None) -> None:
        self.user = user
        self.posted = posted
        self.kept, self.other = self._in_order(one, other)
        self.stale: Client | None = None
        self.errors: list[FieldError] = []

    def _in_order(self, one: Client, other: Client) -> tuple[Client, Client]:
        asked = as_number(self.posted.get("kept")) if self.posted else 0
        first = {one.pk: one, other.pk: other}.get(asked) or suggested_survivor(one, other)
        return (one, other) if first.pk == one.pk else (other, one)

    @cached_property
    def comparison(self) -> Comparison:
        return Comparison(self.kept, self.other, custom_fields.active(), self._chosen())

    def _chosen(self) -> dict[str, list[int]] | None:
        """Return what was ticked; None where nothing was posted that could have been."""
        if self.posted is None:
            return None
        names = [name for name in self.posted if name.startswith("keep.")]
        return {name.removeprefix("keep."): [as_number(text) for text in self.posted.getlist(name)] for name in names} or None

    @property
    def status(self) -> int:
        """The status of the answer that shows them."""
        return 409 if self.stale else 422 if self.errors else 200

    @cached_property
    def stale_by(self) -> str:
        """Who changed one of them meanwhile; empty when that is not known."""
        return last_changed_by(self.stale) if self.stale else ""

    @property
    def may_merge(self) -> bool:
        return all(getattr(client, "is_editable", False) for client in (self.kept, self.other))

    @property
    def whom_to_ask(self) -> list[User]:
        """Those in charge of what the user may not change."""
        foreign = [client for client in (self.kept, self.other) if not getattr(client, "is_editable", False)]
        return list({client.manager_id: client.manager for client in foreign if client.manager}.values())

    @property
    def sides(self) -> list[Client]:
        return [self.kept, self.other]

    @property
    def moves(self) -> list[str]:
        """What comes to the kept client, in words."""
        touches, contacts = getattr(self.other, "touch_count", None), getattr(self.other, "contact_count", None)
        found = []
        if touches:
            found.append(ngettext("%(n)s touch", "%(n)s touches", touches) % {"n": formats.number(touches)})
        if contacts:
            found.append(ngettext("%(n)s contact", "%(n)s contacts", contacts) % {"n": formats.number(contacts)})
        return found

    @property
    def _versions(self) -> tuple[int, int]:
        """The versions that the page was made with."""
        read = [as_number(self.posted.get(f"version.{client.pk}")) if self.posted else 0 for client in self.sides]
        return read[0], read[1]

    def merge(self) -> ClientMerge | None:
        """Merge as chosen; None when that was refused, with `stale` or `errors` saying why. Raises `Merged`."""
        try:
            return merge_clients(
                user=self.user, survivor_id=self.kept.pk, other_id=self.other.pk, versions=self._versions, choices=self.comparison.choices
            )
        except Merged:
            raise
        except Refused as refused:
            self.errors = refused.errors
        except StaleVersion as stale:
            self.stale = stale.current if isinstance(stale.current, Client) else self.kept
        return None
