"""What the page of a turnaround case shows: what stood out, what was decided, what came of it, and what happened when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from clients.models import Client
from sales.models import CostCategory
from scoring.diagnosis import Diagnosis, Line, label_of
from scoring.models import TurnaroundCase
from scoring.models.cases import Action, Cause
from scoring.periods import Period
from ui import formats

_STEPS = {
    "revenue": gettext_lazy("Revenue"),
    "discount": gettext_lazy("Discounts"),
    "direct_cost": gettext_lazy("Direct cost"),
    "profit": gettext_lazy("Profit"),
}


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the diagnosis as the table draws it: how far its bar and the mark of the middle reach, 0 to 100."""

    line: Line
    label: str

    @property
    def own(self) -> str:
        return said(self.line.own, self.line)

    @property
    def median(self) -> str:
        return "–" if self.line.median is None else said(self.line.median, self.line)

    @property
    def bar(self) -> float:
        return self._reach(self.line.own)

    @property
    def middle(self) -> float:
        return self._reach(self.line.median or Decimal(0))

    def _reach(self, value: Decimal) -> float:
        most = max(self.line.own, self.line.median or 0, self.line.high or 0)
        return round(max(0.0, float(value / most) * 100), 2) if most > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """A step from revenue down to profit, in the months before and in those after."""

    label: str
    before: Decimal
    after: Decimal
    total: bool

    @property
    def change(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened with a case. `who` is empty for what the system did."""

    at: datetime
    who: str
    title: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    """What changed: its name, the value before, the value after."""


class CasePage:
    """One case, as `user` sees it. Raises `TurnaroundCase.DoesNotExist` where that is not at all."""

    def __init__(self, user: User, pk: int) -> None:
        self.user = user
        rows = TurnaroundCase.objects.visible_to(user).with_figures(user)
        self.case: TurnaroundCase = rows.select_related("client", "owner", "opened_by", "closed_by").get(pk=pk)

    @property
    def shows_figures(self) -> bool:
        """Whether the reader sees what the client costs and earns."""
        return bool(getattr(self.case, "shows_figures", False))

    @cached_property
    def may_edit(self) -> bool:
        return TurnaroundCase.objects.editable_by(self.user).filter(pk=self.case.pk).exists()

    @property
    def may_work(self) -> bool:
        """Whether the reader may go on with it now."""
        return self.may_edit and self.case.is_open and self.case.client.archived_at is None

    @property
    def may_stop(self) -> bool:
        return self.may_work and self.user.has_perm("scoring.stop_working")

    @property
    def may_act(self) -> bool:
        return self.may_work and self.case.state == "agreed" and self.case.action != Action.STOP

    @property
    def waits_for_word(self) -> bool:
        """Whether somebody has proposed to stop working with the client, and management has not said so."""
        return self.case.is_open and self.case.action == Action.STOP

    @property
    def may_reopen(self) -> bool:
        return self.may_edit and not self.case.is_open and (not self.case.is_stopped or self.user.has_perm("scoring.stop_working"))

    # --- what stood out ---------------------------------------------------------------------------

    @cached_property
    def diagnosis(self) -> Diagnosis:
        return Diagnosis.read(self.case.diagnosis)

    @cached_property
    def _categories(self) -> dict[int, CostCategory]:
        return {one.pk: one for one in CostCategory.objects.all()}

    @cached_property
    def lines(self) -> list[ShownLine]:
        return [ShownLine(line, label_of(line.key, self._categories)) for line in self.diagnosis.lines]

    @property
    def finding(self) -> str:
        """The diagnosis in one line: "Delivery 14 % of revenue, median 4 %"."""
        for shown in self.lines:
            line = shown.line
            if line.stands_out and line.median is not None:
                words = {"what": shown.label, "own": said(line.own, line), "median": said(line.median, line)}
                if line.unit == "percent":
                    return _("{what} {own} of revenue, median {median}").format(**words)
                return _("{what} {own}, median {median}").format(**words)
        return _("Nothing stands out against its peers") if self.diagnosis.peers else _("There is nobody to compare it with")

    @property
    def peers(self) -> str:
        """Who the peers are."""
        number = self.diagnosis.peers
        match self.diagnosis.level:
            case "alike":
                told = ngettext(
                    "{number} client of the same industry and a like revenue (a third to three times as much)",
                    "{number} clients of the same industry and a like revenue (a third to three times as much)",
                    number,
                )
            case "near":
                told = ngettext(
                    "{number} client of a like revenue (a third to three times as much), of any industry",
                    "{number} clients of a like revenue (a third to three times as much), of any industry",
                    number,
                )
            case "all":
                told = ngettext("{number} client of any size and industry", "{number} clients of any size and industry", number)
            case _:
                return ""
        return told.format(number=formats.number(number)) + ("; " + _("chosen from a sample") if self.diagnosis.sampled else "")

    @property
    def suggested(self) -> str:
        """The cause that the diagnosis points to, in words; empty once one is decided."""
        return said_cause(self.diagnosis.suggested) if self.diagnosis.suggested and not self.case.cause else ""

    @property
    def cause(self) -> str:
        return said_cause(self.case.cause) if self.case.cause else ""

    @property
    def period(self) -> Period:
        return Period.free(self.case.period_first, self.case.period_end - date.resolution)

    # --- before and after -------------------------------------------------------------------------

    @cached_property
    def steps(self) -> list[Step]:
        """From revenue down to profit, before beside after; what stands in one of them only is nothing in the other."""
        before, after = (
            {(key, name): Decimal(value) for key, name, value in self.case.measured.get(when, [])} for when in ("before", "after")
        )
        order = [*before, *(key for key in after if key not in before)]
        order.sort(key=lambda key: (key[0] == "profit", key[0] == "pool", key[0] != "revenue"))
        zero = Decimal(0)
        return [Step(self._label(*key), before.get(key, zero), after.get(key, zero), key[0] in ("revenue", "profit")) for key in order]

    def _label(self, key: str, name: str) -> str:
        return name or str(_STEPS.get(key) or label_of(key, self._categories))

    # --- what happened ----------------------------------------------------------------------------

    @cached_property
    def terms(self) -> list[Any]:
        return list(self.case.terms.select_related("noted_by"))

    @cached_property
    def happened(self) -> list[Happened]:
        """What happened, the latest first. History keeps each row as it was before a change."""
        case = self.case
        found = [Happened(case.opened_at, str(case.opened_by), _("Case opened"))]
        found += [Happened(term.noted_at, str(term.noted_by), _("Terms agreed: {terms}").format(terms=term)) for term in self.terms]
        found += self._from_history()
        return sorted(found, key=lambda one: one.at, reverse=True)

    def _from_history(self) -> Iterator[Happened]:
        events: QuerySet[Any] = apps.get_model("scoring", "TurnaroundCaseEvent")._default_manager.filter(pgh_obj_id=self.case.pk)
        rows = list(events.select_related("pgh_context").order_by("pgh_id"))
        doers = {(row.pgh_context.metadata if row.pgh_context else {}).get("user") for row in rows}
        owners = {row.owner_id for row in rows}
        names: dict[Any, str] = {one.pk: str(one) for one in User.objects.filter(pk__in={pk for pk in doers | owners if pk})}
        names |= {self.case.owner_id: str(self.case.owner)} if self.case.owner_id else {}
        for old, new in zip(rows, [*rows, self.case][1:], strict=True):
            who = names.get((old.pgh_context.metadata if old.pgh_context else {}).get("user"), "")
            title, changes = self._told(old, new, names)
            if title or changes:
                yield Happened(old.pgh_created_at, who, title or _("Changed"), changes)

    def _told(self, old: Any, new: Any, names: dict[Any, str]) -> tuple[str, list[tuple[str, str, str]]]:
        title = ""
        if old.closed_at != new.closed_at:
            stopped = bool(new.lifecycle_before)
            title = (_("Stopped working with the client") if stopped else _("Case closed")) if new.closed_at else _("Case opened again")
        elif old.measured_at is None and new.measured_at is not None:
            title = _("Measured again: {result}").format(result=new.get_result_display())
        elif old.acted_on != new.acted_on:
            day = formats.full(new.acted_on) if new.acted_on else ""
            title = _("In force from {day}").format(day=day) if day else _("Not in force yet after all")
        elif old.client_id != new.client_id:
            title = _("Went to another client by a merge, or back")
        changes = [
            (name_of(name), self._value(old, name, names), self._value(new, name, names))
            for name in ("cause", "action", "owner_id", "deadline", *(("expected_gain",) if self.shows_figures else ()))
            if getattr(old, name) != getattr(new, name)
        ]
        return title, changes

    def _value(self, row: Any, name: str, names: dict[Any, str]) -> str:
        value = getattr(row, name)
        if value in (None, ""):
            return "–"
        match name:
            case "cause":
                return said_cause(value)
            case "action":
                return capfirst(str(Action(value).label))
            case "owner_id":
                return names.get(value, "–")
            case "deadline":
                return formats.full(value)
        return formats.number(value)

    @property
    def client(self) -> Client:
        return self.case.client


def name_of(name: str) -> str:
    """Return how a field of a case is called ("owner_id" too)."""
    return capfirst(str(getattr(TurnaroundCase._meta.get_field(name.removesuffix("_id")), "verbose_name", name)))


def said_cause(cause: str) -> str:
    """Return a cause in words, with whose fault it is: "Ours: logistics"."""
    from scoring.models.cases import OURS

    label = Cause(cause).label
    return _("Ours: {cause}").format(cause=label) if cause in OURS else _("The client's: {cause}").format(cause=label)


def said(value: Decimal, line: Line) -> str:
    """Return a value of a line of the diagnosis in words, as its unit asks."""
    from accounts.models import Company

    match line.unit:
        case "percent":
            return formats.percent(value, 0 if abs(value) >= 10 or not value else 1)
        case "money":
            return formats.money(value, Company.current().currency)
        case "days":
            days = round(value)
            return ngettext("{days} day", "{days} days", days).format(days=formats.number(days))
    return formats.number(value, 1)
