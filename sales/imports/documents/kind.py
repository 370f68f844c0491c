"""Documents with their lines, as a kind of rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.imports.kinds import Job, Session, Touched
from clients.models import LineOfBusiness
from sales.imports.base import LedgerKind, choice, kind_setting
from sales.imports.documents import undoing
from sales.imports.documents.session import DocumentRows

if TYPE_CHECKING:
    from accounts.models import User


class SalesKind(LedgerKind):
    """Rows of sales or purchases."""

    name = "sales"
    label = _("Sales or purchases")
    position = 10
    known_by = _(
        "A document is known by its number, its lines by their order: the file imported again changes nothing, a changed row"
        " changes its line. Empty cells change nothing. A document is imported whole or not at all."
    )

    def settle(self, mapping: dict[str, list[str]]) -> dict[str, list[str]]:
        """Of two columns of costs, the cost of one unit is guessed: what a line cost is then worked out from its quantity."""
        mapping = super().settle(mapping)
        if "unit_cost" in mapping and "quantity" in mapping:
            mapping.pop("direct_cost", None)
        return mapping

    def own_settings(self) -> dict[str, forms.Field]:
        entries = LineOfBusiness.objects.filter(retired=False).values_list("id", "name")
        return {"kind": kind_setting(), "line_of_business": choice(_("Line of business"), [("", _("not set")), *entries])}

    def may_add(self, user: User) -> dict[str, str | Promise]:
        return {"line_of_business": _("Line of business")} if user.has_perm("clients.set_rules") else {}

    def session(self, job: Job) -> Session:
        return DocumentRows(job)

    def touched(self, run_id: int) -> list[Touched]:
        return undoing.touched(run_id)

    def undo(self, run_id: int, user: User, now: datetime) -> int:
        return undoing.undo(run_id, now)
