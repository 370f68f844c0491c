"""What stands on the paper of profitability: the page as its reader sees it, in words and figures of the reader's language.

All of it is text that is written already, and places of pictures; the template sets it and works nothing out.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel import dates as babel_dates
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from accounts.models import Company
from clients.models import Client
from scoring.models import TurnaroundCase, Verdict
from scoring.page import Change, ProfitPage, ShownMove
from scoring.paper import pictures
from ui import formats

type Cell = str | dict[str, Any]
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def told(name: object) -> str:
    """Return a name as one line that a page can show. Marks that turn the direction of writing go: they would turn what stands
    after the name as well."""
    straight = _TURNS.sub("", str(name))
    return "".join(" " if unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} else letter for letter in straight).strip()


def contents(page: ProfitPage, client: Client | None, *, now: datetime | None = None) -> dict[str, Any]:
    """Return the paper of `page`, with the way of `client` from revenue to profit. The report of `page` must be there."""
    return _Contents(page, client, now or timezone.now()).all()


def moment(value: datetime) -> str:
    """Return a day with its time in full: a paper is read on other days than today."""
    here = timezone.localtime(value)
    return f"{babel_dates.format_skeleton('yMMMd', here.date(), locale=formats.locale())}, {formats.clock(here)}"


class _Contents:
    def __init__(self, page: ProfitPage, client: Client | None, now: datetime) -> None:
        self.page, self.client, self.now = page, client, now
        self.company = Company.current()

    def money(self, value: Decimal, digits: int = 0) -> str:
        return formats.money(value, self.company.currency, digits)

    def all(self) -> dict[str, Any]:
        page = self.page
        assert page.report is not None
        assert page.report.worked_out_at is not None
        filled = bool(page.figures.clients or page.figures.company_profit)
        worked_out = _("worked out %(when)s") % {"when": moment(page.report.worked_out_at)}
        return {
            "lang": (get_language() or "en").partition("-")[0],
            "title": _("Profitability"),
            "company": told(self.company.name),
            "period": page.period.label,
            "days": page.period.days,
            "worked_out": worked_out,
            "said": [
                [
                    worked_out,
                    _("changes against {before}").format(before=page.period.before.label),
                    _("money in {currency}").format(currency=self.company.currency),
                ],
                [_("exported {when} by {who}").format(when=moment(self.now), who=told(page.user))],
            ],
            "page_of": _("page {number} of {count}"),
            "chosen": [{"label": told(chip.label), "words": told(chip.words)} for chip in page.audience.chips] if page.chosen else [],
            "notices": self.notices(),
            "totals": self.totals(),
            "empty": None if filled else {"title": _("Nothing was sold in this period"), "text": ""},
        } | (self.body() if filled else {})

    def notices(self) -> list[str]:
        newer = _("Newer documents were being worked in when this was exported; these are the figures as they were before.")
        return [*map(told, self.page.audience.problems), *([newer] if self.page.waits else [])]

    def body(self) -> dict[str, Any]:
        page = self.page
        return {
            "headline": page.headline,
            "whale": pictures.whale(page, self.money),
            "no_whale": _("The curve shows who earns and who takes back, once there are sales of clients."),
            "waterfall": self.waterfall(),
            "way": {"title": page.way} | pictures.waterfall(page.whole_waterfall, self.money),
            "lists": [self.demons(), self.angels()],
            "scatter": pictures.scatter(page, self.money),
            "groups": self.groups(),
            "moves": self.moves(),
            "reckoning": None if page.chosen else self.reckoning(),
        }

    # --- totals ----------------------------------------------------------------------------------------

    def totals(self) -> list[dict[str, Any]]:
        page, figures = self.page, self.page.figures
        if page.lost > 0:
            demons = _("take back %(lost)s") % {"lost": self.money(page.lost)}
        elif figures.demons:
            demons = _("earn %(earned)s together") % {"earned": self.money(figures.demons_profit)}
        else:
            demons = _("nobody loses money")
        between = _("neither") if page.settings.demon_below else _("earn money, but less")
        profit = _("Profit") if page.chosen else _("Company profit")
        return [
            self._total(_("Revenue"), page.revenue, page.changes.get("revenue")),
            self._total(profit, page.profit, page.changes.get("profit")),
            _count(Verdict.ANGEL, _("angels"), figures.angels, _("margin %(share)s or more") % {"share": page.settings.target}),
            _count(Verdict.BETWEEN, _("between"), figures.between, between),
            _count(Verdict.DEMON, _("demons"), figures.demons, demons),
        ]

    def _total(self, label: str, value: Decimal, change: Change | None) -> dict[str, Any]:
        said = {"label": label, "value": self.money(value), "mark": ""}
        if change is None or change.percent is None or change.size is None:
            return said | {"change": "", "tone": "", "note": _("nothing to compare with")}
        falls = change.percent < 0
        arrow = "▾" if falls else "▴"
        return said | {
            "change": f"{arrow} {formats.percent(change.size)}",
            "tone": "down" if falls else "up",
            "note": self.page.period.than_before,
        }

    # --- clients ----------------------------------------------------------------------------------------

    def waterfall(self) -> dict[str, Any]:
        found = self.page.waterfall_of(self.client) if self.client else None
        name = told(self.client) if self.client else ""
        nothing = (
            _("Nothing happened with %(client)s in this period.") % {"client": name}
            if self.client
            else _("Nobody has bought anything in this period.")
        )
        return {"title": _("Where the money of one client goes"), "client": name, "nothing": nothing} | pictures.waterfall(
            found, self.money
        )

    def demons(self) -> dict[str, Any]:
        rows = [
            [told(one.client), self.money(one.row.revenue), self._tinted(one.row.profit), told(one.largest) or "–", self._case(one.case)]
            for one in self.page.demons
        ]
        return {
            "mark": Verdict.DEMON.value,
            "title": _("Demons"),
            "count": self._of(self.page.figures.demons, len(rows)),
            "columns": [*self._columns(), _column(_("Largest cost")), _column(_("Case"))],
            "rows": rows,
            "nothing": self._no_demons(),
        }

    def _no_demons(self) -> str:
        if least := self.page.settings.demon_below:
            return _("Nobody earns less than %(least)s in this period.") % {"least": self.money(least)}
        return _("Nobody loses money in this period.")

    def angels(self) -> dict[str, Any]:
        rows: list[list[Cell]] = [
            [told(one.client), self.money(one.row.revenue), self._tinted(one.row.profit), _percent(one.margin)] for one in self.page.angels
        ]
        nothing = _("Nobody earns %(share)s of its revenue or more.") % {"share": self.page.settings.target}
        return {
            "mark": Verdict.ANGEL.value,
            "title": _("Angels"),
            "count": self._of(self.page.figures.angels, len(rows)),
            "columns": [*self._columns(), _column(_("Margin"), figure=True)],
            "rows": rows,
            "nothing": nothing,
        }

    def _columns(self) -> list[dict[str, Any]]:
        return [_column(_("Client"), wide=True), _column(_("Revenue"), figure=True), _column(_("Profit"), figure=True)]

    def _tinted(self, value: Decimal) -> Cell:
        return {"text": self.money(value), "tone": "down" if value < 0 else "up"}

    @staticmethod
    def _case(case: TurnaroundCase | None) -> Cell:
        return {"text": "–", "tone": "muted"} if case is None else f"{case.pk}, {case.get_state_display()}"

    @staticmethod
    def _of(count: int, shown: int) -> str:
        if count <= shown:
            return ""
        return _("{shown} of {count}").format(shown=formats.number(shown), count=formats.number(count))

    # --- groups, moves, reckoning --------------------------------------------------------------------------

    def groups(self) -> dict[str, Any]:
        by = dict(self.page.dimensions)[self.page.by]
        columns = [
            _column(_("Group"), wide=True),
            *(_column(label, figure=True) for label in (_("Clients"), _("Revenue"), _("Profit"), _("Demons"))),
        ]
        rows: list[list[Cell]] = [
            [
                told(one.name),
                formats.number(one.group.clients),
                self.money(one.group.revenue),
                self._tinted(one.group.profit),
                formats.number(one.group.demons),
            ]
            for one in self.page.groups
        ]
        return {"title": formats.named(_("Profit by"), by), "columns": columns, "rows": rows}

    def moves(self) -> dict[str, Any]:
        columns = [
            _column(_("Client"), wide=True),
            _column(_("Verdict")),
            _column(_("Profit before"), figure=True),
            _column(_("Profit"), figure=True),
            _column(pgettext("of a figure", "Change"), figure=True),
        ]
        rows: list[list[Cell] | dict[str, str]] = []
        for heading, moves in self.page.moves:
            rows.append({"group": heading})
            rows += [self._move(one) for one in moves]
        nothing = _("Everybody is what they were in %(before)s.") % {"before": self.page.period.before.label}
        return {"title": _("Who moved since the period before"), "columns": columns, "rows": rows, "nothing": nothing}

    def _move(self, one: ShownMove) -> list[Cell]:
        was, now = one.moved.was, one.moved.now
        return [
            told(one.client),
            {"text": str(was.label), "sign": was.value, "then": {"text": str(now.label), "sign": now.value}},
            self.money(one.moved.profit_before),
            self.money(one.moved.profit),
            self._tinted(one.moved.change),
        ]

    def reckoning(self) -> dict[str, Any]:
        figures = self.page.figures
        clients = ngettext("Profit of %(clients)s client", "Profit of %(clients)s clients", figures.clients)
        terms = [("", clients % {"clients": formats.number(figures.clients)}, figures.profit)]
        if figures.nobody_profit:
            terms.append(("+", _("without a client"), figures.nobody_profit))
        if figures.unallocated:
            terms.append(("−", _("pools that nobody drives"), figures.unallocated))
        said = _("agrees with the ledger to the cent")
        if figures.difference:
            said = _("differs from the ledger by %(difference)s") % {"difference": self.money(figures.difference, 2)}
        return {
            "title": _("Reconciliation"),
            "terms": [{"op": op, "label": label, "value": self.money(value, 2)} for op, label, value in terms],
            "sum": {"label": _("company profit"), "value": self.money(figures.company_profit, 2)},
            "agrees": not figures.difference,
            "said": said,
        }


def _count(verdict: Verdict, label: str, count: int, note: str) -> dict[str, Any]:
    return {"label": label, "value": formats.number(count), "mark": verdict.value, "change": "", "tone": "", "note": note}


def _column(label: str, *, figure: bool = False, wide: bool = False) -> dict[str, Any]:
    return {"label": label, "figure": figure, "wide": wide}


def _percent(value: Decimal | None) -> str:
    return "–" if value is None else formats.percent(value, 1)
