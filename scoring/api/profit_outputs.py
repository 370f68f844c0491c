"""What the API says of profit. Money is in the company's currency, as text with two digits behind the point."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from accounts.api import Named
from clients.api.outputs import named
from clients.models import Client
from sales.api.outputs import Money, money
from scoring.figures import Figures, Point
from scoring.models import ProfitReport, ProfitRow
from scoring.periods import Period

ROW = ("revenue", "discount", "direct_cost", "own_cost", "pool_cost", "profit", "purchases")


def share(value: Decimal | None) -> str | None:
    """Return a percentage as the API tells it."""
    return None if value is None else f"{value:.2f}"


class OfPeriod(BaseModel):
    """A period, both days in it, and how new its figures are."""

    first: date = Field(alias="from")
    last: date = Field(alias="to", description="Its last day: it counts.")
    worked_out_at: datetime
    fresh: bool = Field(description="false: newer documents are being worked in, and these are the figures as they were.")

    @classmethod
    def of(cls, period: Period, report: ProfitReport, *, fresh: bool) -> OfPeriod:
        """Tell of the report of `period`."""
        told: dict[str, Any] = {"from": period.first, "to": period.last, "worked_out_at": report.worked_out_at, "fresh": fresh}
        return cls(**told)


class CompanyProfitOut(BaseModel):
    """How the profit of clients becomes that of the company: clients + without a client − unallocated pools = company."""

    clients: int = Field(description="How many clients bought or cost anything in the period, whatever the filters.")
    clients_revenue: Money
    clients_profit: Money
    without_client_revenue: Money
    without_client_profit: Money
    unallocated: Money = Field(description="Pools that nobody drives.")
    revenue: Money
    profit: Money = Field(description="Summed past the rows of clients, from the ledger and the pools.")
    difference: Money = Field(description="What is missing between the two ways; anything but 0.00 is a fault.")

    @classmethod
    def of(cls, figures: Figures) -> CompanyProfitOut:
        """Tell of the whole company."""
        return cls(
            clients=figures.clients,
            clients_revenue=money(figures.revenue),
            clients_profit=money(figures.profit),
            without_client_revenue=money(figures.nobody_revenue),
            without_client_profit=money(figures.nobody_profit),
            unallocated=money(figures.unallocated),
            revenue=money(figures.company_revenue),
            profit=money(figures.company_profit),
            difference=money(figures.difference),
        )


class ProfitOut(BaseModel):
    """What one client brought and cost. revenue − direct_cost − own_cost − pool_cost = profit; discount is off the revenue already."""

    client: Named
    verdict: str = Field(description="angel, between or demon; empty: never bought, or nothing to judge.")
    revenue: Money
    discount: Money
    direct_cost: Money
    own_cost: Money
    pool_cost: Money = Field(description="Its share of the cost pools.")
    profit: Money
    margin: str | None = Field(description="Profit as % of revenue; null without revenue.")
    purchases: Money
    orders: int

    @classmethod
    def of(cls, row: ProfitRow, client: Client | None) -> ProfitOut:
        """Tell of `row`."""
        told: dict[str, Any] = {name: money(getattr(row, name)) for name in ROW}
        margin = share(100 * row.profit / row.revenue) if row.revenue > 0 else None
        who = named(client) or Named(id=row.client_id or 0, name="")
        return cls(client=who, verdict=row.verdict, margin=margin, orders=row.orders, **told)


class ProfitPage(BaseModel):
    """A page of what clients earned, with the company's total beside it."""

    period: OfPeriod
    company: CompanyProfitOut
    items: list[ProfitOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


class PointOut(BaseModel):
    """A client on the whale curve. Of more clients than points, every so many-th stands for its neighbours."""

    client: Named
    place: int = Field(description="By profit, the best first.")
    clients_share: str = Field(description="% of the clients up to this one.")
    profit: Money
    cumulated: Money = Field(description="Profit of all clients up to this one.")
    profit_share: str | None = Field(description="The same in % of the profit of all; null where they earn nothing together.")

    @classmethod
    def of(cls, point: Point, figures: Figures, client: Client | None) -> PointOut:
        """Tell of `point`."""
        return cls(
            client=named(client) or Named(id=point.client, name=""),
            place=point.place,
            clients_share=share(Decimal(100) * point.place / figures.judged) or "",
            profit=money(point.profit),
            cumulated=money(point.up_to),
            profit_share=share(figures.share(point.up_to)),
        )


class WhaleOut(BaseModel):
    """The whale curve: clients side by side, best first, and their profit added up."""

    period: OfPeriod
    clients: int = Field(description="Clients on the curve: those who bought by the end of the period, and bought or cost something in it.")
    profit: Money = Field(description="Theirs together.")
    angels: int
    between: int
    demons: int
    points: list[PointOut]
    peak: PointOut | None = Field(description="Where the curve is highest; null where nobody is on it.")


class WorkingOut(BaseModel):
    """The figures of the period are being worked out in the background."""

    status: str = Field(examples=["working"])
    share: int | None = Field(description="How far it is, in %; null while it waits for its turn.")
