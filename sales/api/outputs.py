"""What the API says of the ledger. Money is text with two digits behind the point, so that no reader rounds it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from accounts.api import Named, Problem
from accounts.models import User
from clients.api.outputs import Conflict, named
from clients.models import Client
from sales.models import Complaint, Cost, CostCategory, CostPool, Document, DocumentLine, Payment, Severity
from sales.querysets import may_see_profit, sees_own_profit, weights_of

Money = Annotated[str, Field(pattern=r"^-?\d+\.\d\d$", examples=["1250.50"])]
Hidden = Annotated[str | None, Field(description="null for whoever may not see costs and profit.")]
DOCUMENT = ("client", "line_of_business", "created_by")
COST = ("client", "category", "source", "created_by")
COMPLAINT = ("client", "created_by")
"""What to `select_related` for each."""


class Sight:
    """Whose costs and profit the reader of one answer sees: of all, of the own clients, or of nobody."""

    def __init__(self, user: User, client_ids: Iterable[int | None]) -> None:
        self._all = may_see_profit(user)
        asked = {client_id for client_id in client_ids if client_id is not None}
        own = not self._all and asked and sees_own_profit(user)
        rows = Client.objects.visible_to(user).in_hands_of(user).filter(pk__in=asked).values_list("pk", flat=True) if own else ()
        self._of = frozenset(rows)

    def shows(self, client_id: int | None) -> bool:
        """Whether what this client (None: no client) costs and earns may be told."""
        return self._all or client_id in self._of


def money(value: Decimal) -> str:
    """Return an amount as the API tells it."""
    return f"{value:.2f}"


def plain(value: Decimal) -> str:
    """Return any other number without zeros at its end."""
    return f"{value.normalize():f}"


class LineOut(BaseModel):
    """One line of a document, in its currency."""

    id: int
    product: str
    quantity: str
    amount: Money
    discount: Money
    direct_cost: Hidden

    @classmethod
    def of(cls, line: DocumentLine, *, shown: bool) -> LineOut:
        """Tell of `line`."""
        return cls(
            id=line.pk,
            product=line.product,
            quantity=plain(line.quantity),
            amount=money(line.amount),
            discount=money(line.discount),
            direct_cost=money(line.direct_cost) if shown else None,
        )


class DocumentOut(BaseModel):
    """A sale or a purchase. `home_…` is in the company's currency, all other money in the document's."""

    id: int
    kind: Literal["sale", "purchase"]
    number: str
    client: Named | None = Field(description="null: money without a client")
    day: date
    line_of_business: Named | None
    currency: str
    rate: str = Field(description="What one unit is worth in the company's currency.")
    amount: Money
    discount: Money
    direct_cost: Hidden
    line_count: int
    due_on: date | None
    paid: Money
    credited: Money = Field(description="What returns and credit notes took back: zero or negative.")
    settled_on: date | None = Field(description="Since when nothing is owed.")
    reverses: int | None = Field(description="The document that it takes back.")
    note: str
    home_amount: Money
    home_discount: Money
    home_direct_cost: Hidden
    margin: Hidden
    home_open: Money = Field(description="What is owed; followed where there is a day on which it is due.")
    version: int
    created_at: datetime
    created_by: Named | None
    updated_at: datetime

    @classmethod
    def of(cls, document: Document, sight: Sight) -> DocumentOut:
        """Tell of `document`, read with `DOCUMENT`."""
        return cls(**_of_document(document, sight))


class DocumentWithLines(DocumentOut):
    """A sale or a purchase with its lines."""

    lines: list[LineOut]

    @classmethod
    def told(cls, document: Document, user: User) -> DocumentWithLines:
        """Tell of `document` to `user`."""
        sight = Sight(user, [document.client_id])
        lines = [LineOut.of(line, shown=sight.shows(document.client_id)) for line in document.lines.all()]
        return cls(**_of_document(document, sight), lines=lines)


def _of_document(document: Document, sight: Sight) -> dict[str, Any]:
    shown = sight.shows(document.client_id)
    told: dict[str, Any] = {name: named(getattr(document, name)) for name in DOCUMENT}
    told |= {name: money(getattr(document, name)) for name in _DOCUMENT_MONEY}
    told |= {name: money(getattr(document, name)) if shown else None for name in ("direct_cost", "home_direct_cost", "margin")}
    told |= {"rate": plain(document.rate), "reverses": document.reverses_id}
    return told | {name: getattr(document, name) for name in DocumentOut.model_fields if name not in told}


_DOCUMENT_MONEY = ("amount", "discount", "paid", "credited", "home_amount", "home_discount", "home_open")


class DocumentPage(BaseModel):
    """A page of documents."""

    items: list[DocumentOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


class DocumentConflict(Problem):
    """The document as it stands now, beside what the request wanted."""

    current: DocumentWithLines
    conflicts: list[Conflict]


class PaymentOut(BaseModel):
    """A payment, in the document's currency."""

    id: int
    document: int
    day: date
    amount: Money
    number: str
    created_at: datetime
    created_by: Named | None

    @classmethod
    def of(cls, payment: Payment) -> PaymentOut:
        """Tell of `payment`."""
        return cls(
            id=payment.pk,
            document=payment.document_id,
            day=payment.day,
            amount=money(payment.amount),
            number=payment.number,
            created_at=payment.created_at,
            created_by=named(payment.created_by),
        )


class CategoryOut(BaseModel):
    """A category of costs."""

    id: int
    key: str = Field(description="Of the shipped ones.")
    name: str
    wins_clients: bool
    retired: bool = Field(description="No longer offered.")

    @classmethod
    def of(cls, category: CostCategory) -> CategoryOut:
        """Tell of `category`, in the language of the request."""
        return cls(id=category.pk, key=category.key, name=str(category), wins_clients=category.wins_clients, retired=category.retired)


class CostOut(BaseModel):
    """Money spent on a client, on a campaign, or on nobody in particular."""

    id: int
    client: Named | None
    category: Named
    day: date
    currency: str
    rate: str
    amount: Money
    home_amount: Money = Field(description="In the company's currency.")
    hours: str | None
    number: str
    document: int | None
    source: Named | None
    note: str
    version: int
    created_at: datetime
    created_by: Named | None
    updated_at: datetime

    @classmethod
    def of(cls, cost: Cost) -> CostOut:
        """Tell of `cost`, read with `COST`, to whoever may see it."""
        told: dict[str, Any] = {name: named(getattr(cost, name)) for name in COST}
        told |= {"rate": plain(cost.rate), "amount": money(cost.amount), "home_amount": money(cost.home_amount)}
        told |= {"hours": None if cost.hours is None else plain(cost.hours), "document": cost.document_id}
        return cls(**told | {name: getattr(cost, name) for name in cls.model_fields if name not in told})


class CostPage(BaseModel):
    """A page of costs, the latest first."""

    items: list[CostOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


class CostConflict(Problem):
    """The cost as it stands now, beside what the request wanted."""

    current: CostOut
    conflicts: list[Conflict]


class ComplaintOut(BaseModel):
    """What a client complained of."""

    id: int
    client: Named
    day: date
    severity: Literal["slight", "serious", "grave"]
    fault: Literal["ours", "client", "others", "unknown"]
    what: str
    cost: Hidden
    document: int | None
    resolved_on: date | None
    resolution: str
    version: int
    created_at: datetime
    created_by: Named | None
    updated_at: datetime

    @classmethod
    def of(cls, complaint: Complaint, sight: Sight) -> ComplaintOut:
        """Tell of `complaint`, read with `COMPLAINT`."""
        told: dict[str, Any] = {name: named(getattr(complaint, name)) for name in COMPLAINT}
        told |= {"severity": Severity(complaint.severity).name.lower(), "document": complaint.document_id}
        told |= {"cost": money(complaint.cost) if sight.shows(complaint.client_id) else None}
        return cls(**told | {name: getattr(complaint, name) for name in cls.model_fields if name not in told})


class ComplaintPage(BaseModel):
    """A page of complaints, the latest first."""

    items: list[ComplaintOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


class ComplaintConflict(Problem):
    """The complaint as it stands now, beside what the request wanted."""

    current: ComplaintOut
    conflicts: list[Conflict]


class WeightOut(BaseModel):
    """How much of a pool falls to one client."""

    client: int
    weight: str


class PoolOut(BaseModel):
    """Shared money of one month, in the company's currency."""

    id: int
    name: str
    month: date = Field(description="Its first day.")
    amount: Money
    driver: Literal["revenue", "orders", "lines", "touches", "touch_minutes", "complaints", "credit_days", "equal", "by_hand"]
    note: str
    weights: list[WeightOut] = Field(description="Of the driver by_hand.")
    version: int
    created_at: datetime
    created_by: Named | None
    updated_at: datetime

    @classmethod
    def of(cls, pool: CostPool) -> PoolOut:
        """Tell of `pool`, to whoever may see it."""
        weights = [WeightOut(client=client, weight=plain(weight)) for client, weight in weights_of(pool.weights.all()).items()]
        told: dict[str, Any] = {"amount": money(pool.amount), "created_by": named(pool.created_by), "weights": weights}
        return cls(**told | {name: getattr(pool, name) for name in cls.model_fields if name not in told})


class PoolConflict(Problem):
    """The pool as it stands now, beside what the request wanted."""

    current: PoolOut
    conflicts: list[Conflict]
