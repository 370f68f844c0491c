"""What the page of new against repeat shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Company
from clients.models import Source
from scoring.new_and_repeat import COLUMNS, ZERO, Column, NewAndRepeatFigures, Won
from scoring.page import ProfitPage
from scoring.payback import MonthOfClients, Outcome, Payback
from scoring.services import look_at_new, look_at_new_of
from scoring.services.keeping_new import NewAtHand
from ui import formats


def share(part: Decimal | int, whole: Decimal | int) -> int | None:
    """Return `part` in % of `whole`; None where that is nothing or a loss."""
    return round(100 * Decimal(part) / Decimal(whole)) if whole > 0 else None


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """Some of the clients beside all of them; shares are in %."""

    key: str
    name: str
    column: Column
    every: Column

    @property
    def clients_share(self) -> int | None:
        return share(self.column.clients, self.every.clients)

    @property
    def revenue_share(self) -> int | None:
        return share(self.column.revenue, self.every.revenue)

    @property
    def profit_share(self) -> int | None:
        return share(self.column.profit, self.every.profit)


@dataclass(frozen=True, slots=True)
class ShownSource:
    """The clients of a source with its name, and when what they cost has come back."""

    name: str
    won: Won
    payback: Payback

    @property
    def said(self) -> str:
        """The payback in words."""
        return in_words(self.payback, self.won)

    @property
    def tone(self) -> str:
        return {Outcome.PAID: "up", Outcome.NEVER: "down"}.get(self.payback.outcome, "")


@dataclass(frozen=True, slots=True)
class ShownMonth:
    """A month of the clients won, by client won."""

    month: MonthOfClients
    won: int
    spent: Decimal

    @property
    def up_to(self) -> Decimal:
        """Profit of one client up to it, before the cost of winning."""
        return round(self.month.up_to / self.won, 2)

    @property
    def left(self) -> Decimal:
        """What has come back more than one client cost; negative: what has not come back yet."""
        return round((self.month.up_to - self.spent) / self.won, 2)


def after(months: int | None) -> str:
    """Return "in the first month", "after 4 months"."""
    if not months or months == 1:
        return _("in the first month")
    return ngettext("after {count} month", "after {count} months", months).format(count=formats.number(months))


def in_words(payback: Payback, won: Won) -> str:
    """Return "after 4 months", "not yet", "never", or why there is nothing to say."""
    match payback.outcome:
        case Outcome.PAID:
            return after(payback.months)
        case Outcome.NOT_YET:
            return _("not yet")
        case Outcome.NEVER:
            return pgettext("payback", "never")
    return _("nobody won") if not won.clients else _("cost nothing")


class NewAndRepeatPage(ProfitPage):
    """The page as one address asks for it: period and clients as the page of profitability takes them."""

    path = reverse_lazy("scoring:new_and_repeat")

    @cached_property
    def _found(self) -> tuple[NewAtHand, NewAndRepeatFigures | None]:
        if self.clients is not None:
            return look_at_new_of(self.period, self.clients)
        at_hand = look_at_new(self.period)
        return at_hand, at_hand.figures

    @property
    def found(self) -> NewAndRepeatFigures | None:
        """The figures as far as they are there."""
        return self._found[1]

    @property
    def waits(self) -> bool:
        return not self._found[0].fresh

    @property
    def comes_by_itself(self) -> bool:
        return self.waits and (self.clients is None or self.found is None)

    @property
    def worked_out_at(self) -> Any:
        kept = self._found[0].kept
        return kept.worked_out_at if kept else None

    # --- won against kept ---------------------------------------------------------------------------

    @property
    def new(self) -> Column:
        return self._columns["new"]

    @property
    def repeat(self) -> Column:
        return self._columns["repeat"]

    @property
    def _columns(self) -> dict[str, Column]:
        assert self.found is not None
        return self.found.columns

    @cached_property
    def columns(self) -> list[ShownColumn]:
        """Won in the period, bought before, not bought yet, and all of them."""
        assert self.found is not None
        every = self.found.every
        names = (_("Won in this period"), _("Bought before"), _("Not bought yet"))
        shown = [ShownColumn(key, name, self.found.columns[key], every) for key, name in zip(COLUMNS, names, strict=True)]
        return [*shown, ShownColumn("every", _("All clients"), every, every)]

    @property
    def difference(self) -> Decimal:
        """What the columns lack of the profit of all clients in the report: nothing, to the cent."""
        assert self.found is not None
        return ZERO if self.found.report_profit is None else self.found.every.profit - self.found.report_profit

    # --- by source, and when it comes back ------------------------------------------------------------

    @cached_property
    def won(self) -> Won:
        """All sources together."""
        assert self.found is not None
        return self.found.won

    @cached_property
    def payback(self) -> Payback:
        return self.won.payback(self.today)

    @property
    def payback_said(self) -> str:
        return in_words(self.payback, self.won)

    @property
    def at_pace(self) -> str:
        """When it will have come back if the clients go on as they have so far; empty where that is known or can't be."""
        return after(self.payback.months) if self.payback.outcome is Outcome.NOT_YET else ""

    @cached_property
    def sources(self) -> list[ShownSource]:
        """The sources that anything was spent on or anybody came from, most spent first."""
        assert self.found is not None
        names = {pk: str(one) for pk, one in Source.objects.in_bulk([one.source for one in self.found.sources if one.source]).items()}
        return [
            ShownSource(names.get(one.source, "") or _("not known") if one.source else _("not known"), one, one.payback(self.today))
            for one in self.found.sources
        ]

    @property
    def every_source(self) -> ShownSource:
        return ShownSource(_("All sources"), self.won, self.payback)

    @cached_property
    def months(self) -> list[ShownMonth]:
        """The way back by months since the first sale."""
        spent, clients = self.won.spent, self.won.clients
        return [ShownMonth(month, clients, spent) for month in self.won.months(self.today)]

    @property
    def unripe(self) -> bool:
        """Whether some of the clients won have not had all the months that are shown."""
        return bool(self.months) and self.months[-1].month.clients < self.won.clients

    @cached_property
    def curve(self) -> dict[str, Any]:
        """The way back as charts.js draws it: month, profit of one client up to it, clients who have come so far."""
        return {
            "points": [[one.month.number, float(one.up_to), one.month.clients] for one in self.months],
            "cost": float(self.won.cost_of_one or 0),
            "paid": self.payback.months if self.payback.outcome is Outcome.PAID else 0,
            "words": {
                "axis": _("months since the first sale"),
                "costs": _("what winning one client cost: {amount}").format(
                    amount=formats.money(self.won.cost_of_one or ZERO, Company.current().currency)
                ),
                "earned": _("profit of one client so far"),
                "clients": _("clients who have come so far"),
                "month": _("month"),
                "paid": _("paid back"),
            },
        }

    # --- as a file ------------------------------------------------------------------------------------

    @property
    def file_head(self) -> list[str]:
        """The first line of the file of sources."""
        return [
            _("Source"), _("Registered"), _("Clients won"), _("Campaigns"), _("Spent on clients won"), _("Spent on others"),
            _("Spent on winning"), _("Cost of winning one client"), _("Revenue, first 12 months so far"),
            _("Profit before the cost of winning, first 12 months so far"), _("Pays back"), _("Months until it pays back"),
            _("Not come back yet"),
        ]  # fmt: skip

    def file_rows(self) -> Iterator[list[Any]]:
        """The sources, and all of them together at the end."""
        for one in [*self.sources, self.every_source]:
            won, payback = one.won, one.payback
            months = payback.months if payback.outcome is Outcome.PAID else None
            yield [
                one.name, won.contacts, won.clients, won.campaigns, won.on_won, won.on_open, won.spent, won.cost_of_one,
                won.revenue, won.earned, one.said, months, payback.missing,
            ]  # fmt: skip
