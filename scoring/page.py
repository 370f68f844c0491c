"""What the page of profitability shows: the report of a period, compared with the one before, of all clients or of some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from clients.models import Client, Industry, LineOfBusiness, Source
from sales.models import CostCategory
from sales.periods import company_today
from scoring.choosing import RemovableChip, asked_of, chips_of, clients_of, said_in
from scoring.clients import own_costs
from scoring.figures import DIMENSIONS, Figures, Group, figures_of, sums_of
from scoring.models import ProfitReport, ProfitRow, ProfitSettings, TurnaroundCase, Verdict
from scoring.moving import Moved, moves_between
from scoring.periods import Period, offered, read_period
from scoring.reports import AtHand, at_hand, share_of
from scoring.waterfalls import Waterfall, of_chosen, of_client, of_company
from ui import formats

SHOWN = 5


@dataclass(slots=True)
class ShownRow:
    """A client of the lists of demons and angels."""

    row: ProfitRow
    client: Client
    largest: str = ""
    case: TurnaroundCase | None = None

    @property
    def margin(self) -> Decimal | None:
        """Profit as % of revenue."""
        return 100 * self.row.profit / self.row.revenue if self.row.revenue > 0 else None


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure stands against the period before, in % of it; None where that one was nothing or a loss."""

    now: Decimal
    before: Decimal

    @property
    def percent(self) -> Decimal | None:
        return 100 * (self.now - self.before) / self.before if self.before > 0 else None

    @property
    def size(self) -> Decimal | None:
        """The same without its sign."""
        return None if self.percent is None else abs(self.percent)


@dataclass(frozen=True, slots=True)
class CurveLine:
    """The whale curve at so many percent of the clients."""

    clients: int
    up_to: Decimal


@dataclass(frozen=True, slots=True)
class ShownMove:
    """A client with another verdict than before, with its name."""

    client: Client
    moved: Moved


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group of clients with its name."""

    group: Group
    name: str


SIZES = ((0, gettext_lazy("up to 9")), (10, gettext_lazy("10 to 49")), (50, gettext_lazy("50 to 249")), (250, gettext_lazy("250 and more")))
_MODELS: dict[str, type[Model]] = {"source": Source, "industry": Industry, "manager": User, "line_of_business": LineOfBusiness}


def _clients(count: int) -> str:
    return ngettext("{count} client", "{count} clients", count).format(count=formats.number(count))


class ProfitPage:
    """The page as one address asks for it."""

    def __init__(self, user: User, data: QueryDict, *, now: datetime | None = None) -> None:
        self.user = user
        self.today: date = company_today(now)
        self.period = self._asked_period(data)
        self.audience = asked_of(data)
        self.by = data.get("by", "") if data.get("by") in DIMENSIONS else DIMENSIONS[0]
        self.settings = ProfitSettings.current()

    def _asked_period(self, data: QueryDict) -> Period:
        first, last = data.get("first", ""), data.get("last", "")
        return read_period(f"{first}_{last}" if first and last else data.get("period", ""), self.today)

    # --- the reports -------------------------------------------------------------------------------

    @cached_property
    def at_hand(self) -> AtHand:
        """The report, worked out anew if that is quickly done; else as it was last, or None."""
        return at_hand(self.period.first, self.period.end, today=self.today)

    @cached_property
    def before_at_hand(self) -> AtHand:
        """The same of the period before."""
        return at_hand(self.period.before.first, self.period.before.end, today=self.today)

    @property
    def report(self) -> ProfitReport | None:
        return self.at_hand.report

    @property
    def before(self) -> ProfitReport | None:
        """The report of the period before."""
        return self.before_at_hand.report

    @property
    def shown(self) -> list[tuple[Period, AtHand]]:
        """What `keep_in_view` keeps."""
        return [(self.period, self.at_hand), (self.period.before, self.before_at_hand)]

    @property
    def waits(self) -> bool:
        """Whether there is newer work to be done than what is shown."""
        return not self.at_hand.fresh

    @property
    def comes_by_itself(self) -> bool:
        """Whether the page asks again until what is new is there. Figures of chosen clients are summed up each time that they are
        looked at: once there are some, one looks again oneself."""
        return self.waits and (self.clients is None or self.report is None)

    @cached_property
    def clients(self) -> QuerySet[Client] | None:
        """The clients that the address chooses; None for all."""
        return clients_of(self.audience, self.user) if self.chosen else None

    @property
    def chosen(self) -> bool:
        """Whether only some clients are shown."""
        return bool(self.audience.said) and not self.audience.problems

    @cached_property
    def figures(self) -> Figures:
        assert self.report is not None
        return figures_of(self.report, self.clients) if self.chosen else Figures.read(self.report.figures)

    @cached_property
    def figures_before(self) -> Figures | None:
        if self.before is None:
            return None
        return sums_of(self.before, self.clients) if self.clients is not None else Figures.read(self.before.figures)

    # --- what is said of them ------------------------------------------------------------------------

    @property
    def profit(self) -> Decimal:
        """The company's, or that of the clients chosen."""
        return self.figures.profit if self.chosen else self.figures.company_profit

    @property
    def revenue(self) -> Decimal:
        return self.figures.revenue if self.chosen else self.figures.company_revenue

    @cached_property
    def changes(self) -> dict[str, Change]:
        """Revenue and profit against the period before."""
        past = self.figures_before
        if past is None:
            return {}
        profit, revenue = (past.profit, past.revenue) if self.chosen else (past.company_profit, past.company_revenue)
        return {"revenue": Change(self.revenue, revenue), "profit": Change(self.profit, profit)}

    @property
    def lost(self) -> Decimal:
        """What demons take back."""
        return -self.figures.demons_profit

    @cached_property
    def headline(self) -> str:
        """What the whale curve says, in one line."""
        figures = self.figures
        peak = figures.peak
        share = figures.share(peak.up_to) if peak else None
        if peak is None:
            return _("Nobody has bought anything yet")
        if share is None:
            return _("All clients together earn nothing")
        earning = formats.number(peak.place)
        if not figures.losing:
            return ngettext(
                "{count} client earns money, nobody loses any", "{count} clients earn money, nobody loses any", peak.place
            ).format(count=earning)
        return ngettext(
            "{earning} earn {share} of the profit, {losing} takes {back} back",
            "{earning} earn {share} of the profit, {losing} take {back} back",
            figures.losing,
        ).format(
            earning=_clients(peak.place),
            share=formats.percent(round(share)),
            losing=formats.number(figures.losing),
            back=formats.percent(round(share - 100)),
        )

    # --- lists and pictures -----------------------------------------------------------------------------

    @cached_property
    def rows(self) -> QuerySet[ProfitRow]:
        """The rows of clients who have bought."""
        rows = ProfitRow.objects.filter(report=self.report).exclude(verdict="")
        return rows.filter(client__in=self.clients) if self.clients is not None else rows

    @cached_property
    def demons(self) -> list[ShownRow]:
        """Those who lose most. Index: profit_row_once; all rows of the report are read."""
        shown = self._shown(self.rows.filter(verdict=Verdict.DEMON).order_by("profit", "client")[:SHOWN])
        cases = TurnaroundCase.objects.visible_to(self.user).open_first([one.client for one in shown])
        for one in shown:
            one.case = cases.get(one.client.pk)
        return shown

    @cached_property
    def angels(self) -> list[ShownRow]:
        """Those who earn most. Index: profit_row_once; all rows of the report are read."""
        return self._shown(self.rows.filter(verdict=Verdict.ANGEL).order_by("-profit", "-client")[:SHOWN])

    def _shown(self, rows: QuerySet[ProfitRow]) -> list[ShownRow]:
        found = list(rows)
        clients = self._named([row.client_id for row in found if row.client_id])
        costs = own_costs(self.period.first, self.period.end, list(clients))
        largest = {client: of_client[0] for client, of_client in costs.items() if of_client[0][1] > 0}
        categories = CostCategory.objects.in_bulk({category for category, _amount in largest.values()})
        shown = []
        for row in found:
            if row.client_id in clients:
                said = ""
                if row.client_id in largest:
                    category, amount = largest[row.client_id]
                    said = str(categories[category])
                    if row.revenue > 0:
                        said += f" {formats.percent(round(100 * amount / row.revenue))}"
                shown.append(ShownRow(row, clients[row.client_id], said))
        return shown

    def _named(self, ids: list[int]) -> dict[int, Client]:
        return Client.objects.visible_to(self.user).only("full_name", "short_name").in_bulk(ids)

    @cached_property
    def on_curve(self) -> dict[int, Client]:
        """The clients that are points of the curve, by their number."""
        return self._named([point.client for point in self.figures.curve])

    @cached_property
    def whale(self) -> dict[str, Any]:
        """The whale curve as charts.js draws it: share of clients, share of profit (or money), name, address, profit."""
        figures = self.figures
        as_share = figures.judged_profit > 0
        points: list[list[Any]] = [[0, 0, "", "", 0]]
        for point in figures.curve:
            height = figures.share(point.up_to) if as_share else point.up_to
            client = self.on_curve.get(point.client)
            name, address = (str(client), client.get_absolute_url()) if client else ("", "")
            points.append([round(100 * point.place / figures.judged, 3), round(float(height or 0), 3), name, address, float(point.profit)])
        peak = figures.peak
        top = 0 if peak is None or peak.profit <= 0 else figures.curve.index(peak) + 1
        earning = sum(1 for point in figures.curve if point.profit >= 0)
        return {
            "points": points,
            "unit": "percent" if as_share else "money",
            "peak": points[top][:2],
            "peakClients": peak.place if peak and top else 0,
            "demonsStart": points[earning][0],
            "lost": float(self.lost),
            "words": {
                "axis": _("share of clients, best first"),
                "all": _("profit of all clients = 100 %"),
                "peak": _("peak"),
                "clients": _clients(peak.place if peak and top else 0),
                "back": _("demons take back"),
                "ofClients": _("of clients"),
                "ofProfit": _("of profit"),
            },
        }

    @cached_property
    def scatter(self) -> dict[str, Any]:
        """Revenue and profit of the clients on the curve."""
        rows = self.rows.filter(client__in=[point.client for point in self.figures.curve]).values_list(
            "client", "revenue", "profit", "verdict"
        )
        clients = self.on_curve
        points = [
            [float(revenue), float(profit), verdict, str(clients[client]), clients[client].get_absolute_url()]
            for client, revenue, profit, verdict in rows
            if client in clients
        ]
        words = {"revenue": _("Revenue"), "profit": _("Profit")} | {value: str(label) for value, label in Verdict.choices}
        return {"points": points, "words": words}

    @cached_property
    def curve_lines(self) -> list[CurveLine]:
        """The whale curve by tenths of the clients, for whoever reads rather than looks."""
        figures, lines = self.figures, []
        for tenth in range(10, 101, 10):
            place = max(1, figures.judged * tenth // 100)
            point = min(figures.curve, key=lambda one: abs(one.place - place))
            lines.append(CurveLine(tenth, point.up_to))
        return lines

    @property
    def first_client(self) -> Client | None:
        """The client whose way is shown first: who loses most, else who earns most."""
        return next((one.client for one in (*self.demons, *self.angels)), None)

    @property
    def first_steps(self) -> Waterfall | None:
        return self.waterfall_of(self.first_client) if self.first_client else None

    def waterfall_of(self, client: Client) -> Waterfall | None:
        """The way from revenue to profit of one client, or None if nothing happened with it in the period."""
        row = ProfitRow.objects.filter(report=self.report, client=client).first()
        return of_client(self.report, row) if row and self.report else None

    @cached_property
    def whole_waterfall(self) -> Waterfall | None:
        """The way from revenue to profit of the company, or of the clients chosen, which the page asks for once it stands."""
        if self.report is None:
            return None
        return of_company(self.figures) if self.clients is None else of_chosen(self.report, self.clients)

    @property
    def way(self) -> str:
        """What is above `whole_waterfall`."""
        return _("From revenue to profit of these clients") if self.chosen else _("From revenue to profit of the company")

    @property
    def share(self) -> int | None:
        """How far the work in the background is, in %; None while it waits for its turn."""
        return share_of(self.period.first, self.period.end)

    @cached_property
    def moves(self) -> list[tuple[str, list[ShownMove]]]:
        """Who moved between angel and demon since the period before, by direction."""
        if self.report is None or self.before is None:
            return []
        found = moves_between(self.before, self.report, self.clients)
        named = self._named([one.client for one in (*found.up, *found.down)])
        return [
            (heading, [ShownMove(named[one.client], one) for one in moved if one.client in named])
            for heading, moved in ((_("Turned down"), found.down), (_("Turned up"), found.up))
            if moved
        ]

    @property
    def verdicts(self) -> list[tuple[str, str]]:
        """The verdicts, for the legend."""
        return [(value, str(label)) for value, label in Verdict.choices]

    @property
    def dimensions(self) -> list[tuple[str, str]]:
        """By what clients may be grouped: name and label."""
        labels = (_("Source"), _("Industry"), _("Manager"), _("Line of business"), _("Size, employees"))
        return list(zip(DIMENSIONS, labels, strict=True))

    @cached_property
    def groups(self) -> list[ShownGroup]:
        """Profit by the dimension asked for, the most profitable first."""
        found = self.figures.groups[self.by]
        ids = [group.id for group in found if group.id is not None]
        names: dict[int, str] = {}
        if self.by == "size":
            names = {least: str(label) for least, label in SIZES}
        elif ids:
            names = {pk: str(one) for pk, one in _MODELS[self.by]._default_manager.in_bulk(ids).items()}
        return [ShownGroup(group, names.get(group.id or 0, "") if group.id is not None else _("not known")) for group in found]

    @property
    def query(self) -> str:
        """The clients chosen, as the address says them."""
        return said_in(self.audience)

    @property
    def chips(self) -> list[RemovableChip]:
        """The conditions of the clients chosen, each with the address without it."""
        return chips_of(self.audience, f"{self.path}?period={self.period.key}&by={self.by}")

    @property
    def address(self) -> str:
        """The page as it is, for links to its parts."""
        return f"period={self.period.key}{'&' if self.query else ''}{self.query}"

    @property
    def periods(self) -> list[Period]:
        """What the choice of periods offers; the one that is shown always among them."""
        found = offered(self.today)
        return found if self.period in found else [self.period, *found]

    path = reverse_lazy("scoring:profitability")
    """Where the page stands."""

    @property
    def url(self) -> str:
        """The page as it is, asked for again."""
        return f"{self.path}?{self.address}&by={self.by}"
