"""The ledger of the demo company: two years of sales with returns and payments, costs, complaints and cost pools.

A third of the clients cost more than they bring: small orders that are driven out one by one, discounts, late payments,
complaints. Made of the seed and of each client's own id, dated relative to today, written by COPY as an import does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction

from accounts.models import User
from clients.models import Client, LineOfBusiness
from clients.services.copying import copy_in, new_ids
from crm.demo.drafts import ZONE
from crm.demo.winning import win
from sales import rollup
from sales.models import Complaint, Cost, CostCategory, CostPool, Document, DocumentLine, Driver, Payment

MONTHS = 24
CENT = Decimal("0.01")
HOUSE = "EUR"
RATES = {"GB": ("GBP", Decimal("1.1640")), "PL": ("PLN", Decimal("0.2340"))}
PRODUCTS = {
    "Cleaning supplies": ("Degreaser 20 l", "Microfibre cloths, 50", "Floor cleaner 10 l", "Absorbent granules 20 kg"),
    "Hand tools": ("Torque wrench 20–100 Nm", "Ratchet set, 94 pieces", "Hammer 500 g", "Files, set of 6"),
    "Lifting equipment": ("Chain hoist 500 kg", "Round sling 2 t, 3 m", "Pallet truck 2.5 t", "Shackle 3.25 t"),
    "Machine maintenance": ("Bearing grease 15 kg", "Cutting oil 60 l", "Inspection of a lathe", "V-belt, set"),
    "Packaging": ("Stretch film, 6 rolls", "Boxes 600×400, 100", "Pallets, 20", "Adhesive tape, 36"),
    "Workwear and safety": ("Safety shoes S3", "Gloves, 120 pairs", "Helmets, 20", "High-visibility vests, 30"),
}


@dataclass(frozen=True)
class Habit:
    """How a kind of client buys and what it causes; shares are of revenue, odds by order."""

    orders: tuple[float, float]
    """Orders a year, from … to …"""
    size: tuple[int, int]
    cost: tuple[float, float]
    """What the goods cost us, as a share of the price after discount."""
    discount: float
    delivery: tuple[int, int]
    visits: float
    service: float
    complains: float
    returns: float
    late: tuple[int, int]
    """Days after the due day on which it pays, from … to …"""


ANGEL = Habit((4, 11), (700, 5_200), (0.52, 0.66), 0.02, (12, 40), 0.05, 0.04, 0.01, 0.015, (-12, 4))
BETWEEN = Habit((2, 7), (300, 2_000), (0.62, 0.76), 0.05, (15, 55), 0.10, 0.08, 0.03, 0.03, (-4, 14))
DEMON = Habit((3, 11), (90, 900), (0.74, 0.88), 0.12, (25, 110), 0.26, 0.20, 0.11, 0.08, (8, 62))
HABITS = (ANGEL, BETWEEN, DEMON)
ODDS = (0.24, 0.43, 0.33)
POOLS = (
    ("Warehouse", Driver.LINES, 7_400),
    ("Office and telephone", Driver.ORDERS, 5_200),
    ("Credit", Driver.CREDIT_DAYS, 1_400),
)
COMPLAINTS = (
    "Delivered two days late, the fitter waited",
    "Wrong size, the whole pallet",
    "Three boxes crushed in transit",
    "Invoice twice over for one order",
    "Oil leaks from the canister",
    "Ordered by telephone, nobody wrote it down",
)
RESOLUTIONS = (
    "Sent again by express, free of charge",
    "Credit note, apology by telephone",
    "Replaced; the carrier pays",
    "Explained; they agree",
)


@dataclass
class Ledger:
    """Rows to come, in the order in which they are written."""

    documents: list[list[Any]] = field(default_factory=list)
    lines: list[list[Any]] = field(default_factory=list)
    payments: list[list[Any]] = field(default_factory=list)
    costs: list[list[Any]] = field(default_factory=list)
    complaints: list[list[Any]] = field(default_factory=list)


DOCUMENT = [
    "id",
    "kind",
    "client_id",
    "number",
    "day",
    "line_of_business_id",
    "currency",
    "rate",
    "amount",
    "discount",
    "direct_cost",
    "due_on",
    "reverses_id",
    "note",
    "version",
    "created_at",
    "created_by_id",
    "updated_at",
]
LINE = ["document_id", "position", "product", "quantity", "amount", "discount", "direct_cost"]
PAYMENT = ["document_id", "day", "amount", "number", "created_at", "created_by_id"]
COST = [
    "client_id",
    "category_id",
    "day",
    "currency",
    "rate",
    "amount",
    "hours",
    "number",
    "document_id",
    "source_id",
    "note",
    "version",
    "created_at",
    "created_by_id",
    "updated_at",
]
COMPLAINT = [
    "client_id",
    "day",
    "severity",
    "fault",
    "what",
    "cost",
    "document_id",
    "resolved_on",
    "resolution",
    "version",
    "created_at",
    "created_by_id",
    "updated_at",
]


@dataclass(frozen=True)
class Buyer:
    """A client as the ledger needs it."""

    pk: int
    own_id: str
    country: str
    lifecycle: str
    is_supplier: bool
    since: date
    manager: int | None
    line: str


@transaction.atomic
def sell(*, seed: int, now: datetime) -> int:
    """Write the ledger of all demo clients; return how many documents. Nothing where somebody has entered any already."""
    if Document.objects.exists():
        return 0
    today = now.astimezone(ZONE).date()
    lines_of_business = dict(LineOfBusiness.objects.values_list("name", "pk"))
    categories = dict(CostCategory.objects.exclude(key="").values_list("key", "pk"))
    office = User.objects.filter(username="dmitri").values_list("pk", flat=True).first()
    writer = _Writer(seed, today, lines_of_business, categories, office)
    for buyer in _buyers(seed, today):
        writer.enter(buyer)
    writer.sell_over_the_counter()
    writer.write()
    _share(seed, today, office)
    win(seed=seed, today=today, months=MONTHS, office=office)
    rollup.rebuild()
    return len(writer.ledger.documents)


def _buyers(seed: int, today: date) -> Iterator[Buyer]:
    rows = Client.objects.filter(external_id__startswith=f"K{seed}-", archived_at=None).order_by("external_id")
    names = ("pk", "external_id", "country", "lifecycle", "is_supplier", "created_at", "manager_id", "line_of_business__name")
    for pk, own_id, country, lifecycle, is_supplier, created_at, manager, line in rows.values_list(*names):
        yield Buyer(pk, own_id, country, lifecycle, is_supplier, created_at.astimezone(ZONE).date(), manager, line or "")


class _Writer:
    def __init__(self, seed: int, today: date, lines: dict[str, int], categories: dict[str, int], office: int | None) -> None:
        self.seed, self.today, self.lines, self.categories, self.office = seed, today, lines, categories, office
        self.begin = today.replace(day=1) - relativedelta(months=MONTHS - 1)
        self.ledger = Ledger()
        self.rows: list[tuple[date, int, dict[str, Any]]] = []

    def enter(self, buyer: Buyer) -> None:
        """What one client bought, and what came of it."""
        dice = Random(f"{self.seed} ledger {buyer.own_id}")
        habit = dice.choices(HABITS, ODDS)[0]
        first, last = max(self.begin, buyer.since + timedelta(days=dice.randint(3, 40))), self.today
        if buyer.lifecycle == "potential":
            return self._supply(buyer, dice) if buyer.is_supplier else None
        if buyer.lifecycle == "former":
            last = self.today - relativedelta(months=12) - timedelta(days=dice.randint(1, 120))
        if buyer.is_supplier:
            self._supply(buyer, dice)
        days = (last - first).days
        if days < 0:
            return None
        count = max(1, round(dice.uniform(*habit.orders) * days / 365))
        when = sorted(first + timedelta(days=dice.randint(0, days)) for _order in range(count))
        if buyer.lifecycle == "current":  # the ledger would turn it former else
            when[-1] = max(when[-1], min(last, self.today - timedelta(days=dice.randint(1, 300))))
        for day in when:
            self._order(buyer, habit, _workday(day), dice)
        return None

    def _order(self, buyer: Buyer, habit: Habit, day: date, dice: Random) -> None:
        currency, rate = RATES.get(buyer.country, (HOUSE, Decimal(1)))
        price = _cents(dice.triangular(*habit.size, habit.size[0] * 1.6) / float(rate))
        discount = _cents(float(price) * dice.uniform(0, 2 * habit.discount)) if dice.random() < 0.6 else Decimal(0)
        amount = price - discount
        direct = _cents(float(amount) * dice.uniform(*habit.cost))
        due = day + timedelta(days=dice.choice((14, 30, 30, 30, 45)))
        kept = {"kind": "sale", "client_id": buyer.pk, "day": day, "currency": currency, "rate": rate, "by": buyer.manager}
        line = buyer.line or dice.choice(list(PRODUCTS))
        sale = kept | {"line": line, "amount": amount, "discount": discount, "direct_cost": direct, "due_on": due}
        sale["products"] = _products(line, amount, discount, direct, dice)
        sale["paid"] = self._paid(amount, due, habit, dice)
        sale["costs"] = self._costs(habit, day, rate, dice)
        if dice.random() < habit.complains and day < self.today:
            sale["complaint"] = self._complaint(day, dice)
        if dice.random() < habit.returns and day + timedelta(days=20) < self.today:
            share = Decimal(dice.choice(("0.25", "0.5", "1")))
            sale["back"] = (day + timedelta(days=dice.randint(4, 20)), _cents(float(amount * share)), _cents(float(direct * share)))
            sale["paid"] = []
        self.rows.append((day, buyer.pk, sale))

    def _paid(self, amount: Decimal, due: date, habit: Habit, dice: Random) -> list[tuple[date, Decimal]]:
        day = due + timedelta(days=dice.randint(*habit.late))
        parts = [amount] if dice.random() < 0.9 else [amount - amount // 2, amount // 2]
        paid = [(day + timedelta(days=14 * number), part) for number, part in enumerate(parts) if part]
        if due > self.today - timedelta(days=150) and dice.random() < 0.05 * (habit.late[1] > 30):
            return []  # somebody has to call
        return [(on, part) for on, part in paid if on <= self.today]

    def _costs(self, habit: Habit, day: date, rate: Decimal, dice: Random) -> list[tuple[str, date, Decimal, Decimal | None]]:
        costs: list[tuple[str, date, Decimal, Decimal | None]] = [("delivery", day, _cents(dice.uniform(*habit.delivery)), None)]
        if dice.random() < habit.visits:
            costs.append(("visits", day, _cents(dice.uniform(60, 190)), None))
        if dice.random() < habit.service:
            hours = Decimal(dice.randint(2, 9)) / 2
            costs.append(("service", day, hours * 48, hours))
        if habit is DEMON and dice.random() < 0.08:
            costs.append(("discounts", day, _cents(dice.uniform(20, 90)), None))
        return [
            (category, min(on + timedelta(days=dice.randint(0, 6)), self.today), amount, hours) for category, on, amount, hours in costs
        ]

    def _complaint(self, day: date, dice: Random) -> list[Any]:
        on = min(day + timedelta(days=dice.randint(1, 12)), self.today)
        resolved = on + timedelta(days=dice.randint(2, 24))
        done = resolved <= self.today and dice.random() < 0.93
        fault = dice.choices(("ours", "client", "others", "unknown"), (55, 20, 15, 10))[0]
        severity = dice.choices((1, 2, 3), (50, 38, 12))[0]
        cost = _cents(dice.uniform(15, 110) * severity)
        return [on, severity, fault, dice.choice(COMPLAINTS), cost, resolved if done else None, dice.choice(RESOLUTIONS) if done else ""]

    def _supply(self, buyer: Buyer, dice: Random) -> None:
        for _invoice in range(dice.randint(3, 14)):
            day = _workday(self.begin + timedelta(days=dice.randint(0, (self.today - self.begin).days)))
            due = day + timedelta(days=30)
            amount = _cents(dice.triangular(300, 9_000, 1_500))
            kept = {"kind": "purchase", "client_id": buyer.pk, "day": day, "currency": HOUSE, "rate": Decimal(1), "by": self.office}
            paid = [(due, amount)] if due <= self.today else []
            self.rows.append(
                (day, buyer.pk, kept | {"line": "", "amount": amount, "discount": 0, "direct_cost": 0, "due_on": due, "paid": paid})
            )

    def sell_over_the_counter(self) -> None:
        """Money of nobody in particular, once a month."""
        dice = Random(f"{self.seed} counter")
        for number in range(MONTHS):
            day = min(_workday(self.begin + relativedelta(months=number) + timedelta(days=27)), self.today)
            amount = _cents(dice.uniform(400, 1_600))
            kept = {"kind": "sale", "client_id": None, "day": day, "currency": HOUSE, "rate": Decimal(1), "by": self.office, "due_on": None}
            direct = _cents(float(amount) * 0.7)
            self.rows.append(
                (day, 0, kept | {"line": "", "amount": amount, "discount": 0, "direct_cost": direct, "note": "Over the counter"})
            )

    def write(self) -> None:
        """Number what was sold in the order of its days, and write all of it."""
        self.rows.sort(key=lambda row: row[:2])
        ids = iter(new_ids(Document, len(self.rows) + sum("back" in row for _day, _client, row in self.rows)))
        backs = []
        for number, (day, _client, row) in enumerate(self.rows, 1):
            pk = next(ids)
            prefix = "" if row["kind"] == "sale" else "E-"
            self._document(pk, f"{prefix}{day.year}-{number:05d}", row)
            if "back" in row:
                backs.append((pk, f"{day.year}-{number:05d}-C", row))
        for whole, called, row in backs:
            on, amount, direct = row["back"]
            taken = row | {"day": on, "amount": -amount, "discount": 0, "direct_cost": -direct, "due_on": None, "reverses": whole}
            self._document(next(ids), called, {name: value for name, value in taken.items() if name not in _FOLLOWS})
        ledger = self.ledger
        for model, names, rows in (
            (Document, DOCUMENT, ledger.documents),
            (DocumentLine, LINE, ledger.lines),
            (Payment, PAYMENT, ledger.payments),
            (Cost, COST, ledger.costs),
            (Complaint, COMPLAINT, ledger.complaints),
        ):
            copy_in(model, names, rows)

    def _document(self, pk: int, called: str, row: dict[str, Any]) -> None:
        at = _entered(row["day"])
        products = row.get("products", [])
        line = self.lines.get(row["line"])
        document = [pk, row["kind"], row["client_id"], called, row["day"], line, row["currency"], row["rate"]]
        sums = [row["amount"], row["discount"], row["direct_cost"]]
        self.ledger.documents.append([*document, *sums, row.get("due_on"), row.get("reverses"), row.get("note", ""), 1, at, row["by"], at])
        self.ledger.lines += [[pk, position, *product] for position, product in enumerate(products, 1)]
        self.ledger.payments += [[pk, on, amount, "", _entered(on), self.office] for on, amount in row.get("paid", [])]
        for category, on, amount, hours in row.get("costs", []):
            at = _entered(on)
            cost = [row["client_id"], self.categories[category], on, HOUSE, 1, amount, hours, "", pk, None, "", 1, at, self.office, at]
            self.ledger.costs.append(cost)
        if complaint := row.get("complaint"):
            on, severity, fault, what, cost, resolved, resolution = complaint
            at = _entered(on)
            values = [row["client_id"], on, severity, fault, what, cost, pk, resolved, resolution, 1, at, row["by"], at]
            self.ledger.complaints.append(values)


_FOLLOWS = frozenset({"products", "paid", "costs", "complaint", "back"})


def _products(line: str, amount: Decimal, discount: Decimal, direct: Decimal, dice: Random) -> list[list[Any]]:
    """Part an order into a few lines that add up to it."""
    names = dice.sample(PRODUCTS[line], dice.choice((1, 1, 2, 3)))
    rows, left = [], [amount, discount, direct]
    for number, name in enumerate(names, 1):
        last = number == len(names)
        part = left if last else [_cents(float(value) * 0.4) for value in left]
        left = [have - took for have, took in zip(left, part, strict=True)]
        rows.append([name, dice.choice((1, 2, 4, 5, 10, 20)), *part])
    return rows


def _share(seed: int, today: date, office: int | None) -> None:
    """The pools of each month, a little more each."""
    dice = Random(f"{seed} pools")
    now = datetime.combine(today, time(9), ZONE)
    months = [today.replace(day=1) - relativedelta(months=number) for number in reversed(range(MONTHS))]
    rows = [
        [name, month, _cents(amount * (1 + 0.006 * number) * dice.uniform(0.96, 1.04)), driver.value, "", 1, now, office, now]
        for number, month in enumerate(months)
        for name, driver, amount in POOLS
    ]
    copy_in(CostPool, ["name", "month", "amount", "driver", "note", "version", "created_at", "created_by_id", "updated_at"], rows)


def _cents(value: float) -> Decimal:
    return Decimal(value).quantize(CENT)


def _workday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def _entered(day: date) -> datetime:
    return datetime.combine(day, time(10 + day.day % 7, day.day % 50), ZONE)
