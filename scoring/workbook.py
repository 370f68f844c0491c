"""The page of profitability as a workbook: a sheet for each part of it, figures as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Company
from clients.models import Client
from scoring.models import ProfitRow, Verdict
from scoring.page import ProfitPage, ShownRow
from scoring.waterfalls import Waterfall
from ui import formats
from ui.lists.sheets import COUNT, SHARE, Figure, Sheet, money_format


def sheets_of(page: ProfitPage, client: Client | None, *, now: datetime | None = None) -> list[Sheet]:
    """Return the sheets of `page`, with the way of `client` from revenue to profit. The report of `page` must be there."""
    book = _Book(page, now or timezone.now())
    ways = [book.way(), book.waterfall(client)]
    sheets = [book.totals(), book.curve(), *ways, book.demons_and_angels(), book.groups(), book.moves()]
    return sheets if page.chosen else [*sheets, book.reckoning()]


class _Book:
    def __init__(self, page: ProfitPage, now: datetime) -> None:
        self.page, self.now = page, now
        self.company = Company.current()
        self._money = money_format(self.company.currency)

    def money(self, value: Decimal | None) -> Figure:
        return Figure(value, self._money)

    def totals(self) -> Sheet:
        page, past = self.page, self.page.figures_before
        head = [_("Totals"), page.period.label, page.period.before.label, pgettext("of a figure", "Change")]
        return Sheet(_("Totals"), head, [*self._sums(), [], *self._said(past is None)], (34, 22, 22, 14))

    def _sums(self) -> Iterator[list[Any]]:
        page, now, past = self.page, self.page.figures, self.page.figures_before
        profit = _("Profit") if page.chosen else _("Company profit")
        for key, label, value in (("revenue", _("Revenue"), page.revenue), ("profit", profit, page.profit)):
            change = page.changes.get(key)
            yield [label, self.money(value), self.money(change.before if change else None), _share(change.percent if change else None)]
        for name, label in (("angels", _("angels")), ("between", _("between")), ("demons", _("demons"))):
            counts = [getattr(one, name) if one else None for one in (now, past)]
            yield [label, *(Figure(count, COUNT) for count in counts)]
            earned = [getattr(one, f"{name}_profit") if one else None for one in (now, past)]
            yield [formats.named(_("Profit"), label), *map(self.money, earned)]

    def _said(self, nothing_before: bool) -> Iterator[list[Any]]:
        page = self.page
        assert page.report is not None
        yield [_("Company"), self.company.name]
        yield [_("From"), page.period.first]
        yield [_("Up to and including"), page.period.last]
        yield [_("Worked out at"), page.report.worked_out_at]
        yield [_("Exported at"), self.now]
        yield [_("Exported by"), str(page.user)]
        yield [_("Currency"), self.company.currency]
        yield [_("An angel earns at least"), _share(page.settings.angel_margin)]
        if nothing_before:
            yield [page.period.before.label, _("nothing to compare with")]
        if page.waits:
            yield [_("Newer documents were being worked in when this was exported; these are the figures as they were before.")]
        for chip in page.audience.chips if page.chosen else ():
            yield [str(chip.label), str(chip.words)]
        for problem in page.audience.problems:
            yield [problem]

    def curve(self) -> Sheet:
        """The points of the curve with what the clients on them bought."""
        figures = self.page.figures
        rows = ProfitRow.objects.filter(report=self.page.report, client__in=[point.client for point in figures.curve])
        known = {client: (revenue, verdict) for client, revenue, verdict in rows.values_list("client", "revenue", "verdict")}
        words = {value: str(label) for value, label in Verdict.choices}

        def line(point: Any) -> list[Any]:
            client, (revenue, verdict) = self.page.on_curve.get(point.client), known.get(point.client, (None, ""))
            return [
                str(client) if client else "",
                Figure(point.place, COUNT),
                _share(Decimal(100 * point.place) / figures.judged),
                words.get(verdict, ""),
                self.money(revenue),
                self.money(point.profit),
                self.money(point.up_to),
                _share(figures.share(point.up_to)),
            ]

        head = [
            _("Client"),
            _("Place, best first"),
            _("Share of clients"),
            _("Verdict"),
            _("Revenue"),
            _("Profit"),
            _("Profit of all up to there"),
            _("Share of the profit of all"),
        ]
        return Sheet(_("Whale curve"), head, map(line, figures.curve), (44, 12, 12, 14, 18, 18, 20, 16))

    def waterfall(self, client: Client | None) -> Sheet:
        found = self.page.waterfall_of(client) if client else None
        return self._steps(_("Money of one client"), str(client) if client else _("Client"), found)

    def way(self) -> Sheet:
        return self._steps(_("Revenue to profit"), self.page.way, self.page.whole_waterfall)

    def _steps(self, title: str, of: str, found: Waterfall | None) -> Sheet:
        rows = [[str(step.label), self.money(step.value)] for step in (found.all if found else [])]
        return Sheet(title, [of, self.page.period.label], rows, (44, 22))

    def demons_and_angels(self) -> Sheet:
        head = [_("Client"), _("Verdict"), _("Revenue"), _("Profit"), _("Margin"), _("Largest cost"), _("Case")]
        page = self.page
        rows = [self._row(one) for one in (*page.demons, *page.angels)]
        return Sheet(_("Demons and angels"), head, rows, (44, 14, 18, 18, 12, 28, 20))

    def _row(self, one: ShownRow) -> list[Any]:
        case = f"{one.case.pk}, {one.case.get_state_display()}" if one.case else ""
        money = self.money(one.row.revenue), self.money(one.row.profit)
        return [str(one.client), str(Verdict(one.row.verdict).label), *money, _share(one.margin), one.largest, case]

    def groups(self) -> Sheet:
        by = dict(self.page.dimensions)[self.page.by]
        rows = [
            [
                one.name,
                Figure(one.group.clients, COUNT),
                self.money(one.group.revenue),
                self.money(one.group.profit),
                Figure(one.group.demons, COUNT),
            ]
            for one in self.page.groups
        ]
        return Sheet(_("Groups"), [str(by), _("Clients"), _("Revenue"), _("Profit"), _("Demons")], rows, (36, 12, 18, 18, 12))

    def moves(self) -> Sheet:
        head = [_("Client"), _("Before"), _("Now"), _("Profit before"), _("Profit"), pgettext("of a figure", "Change")]
        rows = [
            [
                str(one.client),
                str(one.moved.was.label),
                str(one.moved.now.label),
                self.money(one.moved.profit_before),
                self.money(one.moved.profit),
                self.money(one.moved.change),
            ]
            for _heading, moves in self.page.moves
            for one in moves
        ]
        return Sheet(_("Who moved"), head, rows, (44, 14, 14, 18, 18, 18))

    def reckoning(self) -> Sheet:
        figures = self.page.figures
        clients = ngettext("Profit of %(clients)s client", "Profit of %(clients)s clients", figures.clients)
        rows = [
            [clients % {"clients": formats.number(figures.clients)}, self.money(figures.profit)],
            [_("without a client"), self.money(figures.nobody_profit)],
            [_("pools that nobody drives"), self.money(-figures.unallocated)],
            [_("company profit"), self.money(figures.company_profit)],
            [_("difference from the ledger"), self.money(figures.difference)],
        ]
        return Sheet(_("Reconciliation"), [_("Reconciliation"), self.page.period.label], rows, (44, 22))


def _share(percent: Decimal | None) -> Figure:
    return Figure(None if percent is None else round(percent / 100, 6), SHARE)
