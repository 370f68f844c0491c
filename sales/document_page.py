"""What the page of one document shows, each part read when it is first drawn."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from accounts.models import User
from sales.document_history import Entry, history_of
from sales.models import Complaint, Cost, Document, DocumentLine, Payment
from sales.models.documents import DocumentKind
from sales.periods import company_today
from sales.querysets import CostQuerySet
from sales.services import may_remove

_MOST = 100


@dataclass(frozen=True)
class Paid:
    """One payment with what was owed after it."""

    payment: Payment
    left: Decimal


class DocumentPage:
    """One document as one user sees it. `document` carries `shows_profit` (see `sales.tables.with_profit_shown`)."""

    def __init__(self, document: Document, user: User) -> None:
        self.document = document
        self.user = user

    @property
    def sees_profit(self) -> bool:
        """Whether what it cost, and what that left, is for this user."""
        return bool(getattr(self.document, "shows_profit", False))

    @cached_property
    def may_change(self) -> bool:
        return Document.objects.editable_by(self.user).filter(pk=self.document.pk).exists()

    @property
    def may_remove(self) -> bool:
        return self.may_change and may_remove(self.document, self.user, timezone.now())

    @property
    def is_sale(self) -> bool:
        return self.document.kind == DocumentKind.SALE

    @property
    def may_take_back(self) -> bool:
        """Whether a credit note can be entered against it."""
        document = self.document
        return self.may_change and document.amount > 0 and document.reverses_id is None and document.amount + document.credited > 0

    @property
    def may_pay(self) -> bool:
        return self.may_change and self.document.reverses_id is None

    @cached_property
    def days_late(self) -> int:
        """For how many days it has been due with something still open."""
        return self.document.days_late(company_today())

    @property
    def margin(self) -> Decimal:
        """What is left after the direct cost, in the document's currency."""
        return Decimal(self.document.amount - self.document.direct_cost)

    @property
    def margin_share(self) -> Decimal | None:
        """The same in per cent of the amount."""
        return 100 * self.margin / self.document.amount if self.document.amount else None

    @property
    def gross(self) -> Decimal:
        """The price before the discount."""
        return Decimal(self.document.amount + self.document.discount)

    @cached_property
    def lines(self) -> list[DocumentLine]:
        return list(self.document.lines.all()[:_MOST])

    @property
    def more_lines(self) -> int:
        return max(0, self.document.line_count - _MOST)

    @cached_property
    def payments(self) -> list[Paid]:
        left, found = self.document.amount + self.document.credited, []
        for payment in self.document.payments.select_related("created_by")[:_MOST]:
            left -= payment.amount
            found.append(Paid(payment, left))
        return found

    @cached_property
    def reversals(self) -> list[Document]:
        """The credit notes that take it back."""
        return list(self.document.reversals.order_by("day", "pk")[:_MOST])

    @cached_property
    def _all_costs(self) -> CostQuerySet:
        return Cost.objects.visible_to(self.user).filter(document=self.document)

    @cached_property
    def costs(self) -> list[Cost]:
        """What was spent for it, as far as this user sees that: the first of it."""
        return list(self._all_costs.select_related("category").order_by("day", "pk")[:_MOST])

    @cached_property
    def _cost_sums(self) -> tuple[int, Decimal]:
        """How many costs there are and what they add up to; asked for only where more may be there than are shown."""
        if len(self.costs) < _MOST:
            return len(self.costs), sum((one.home_amount for one in self.costs), Decimal(0))
        found = self._all_costs.aggregate(count=Count("pk"), of=Sum("home_amount"))
        return found["count"], found["of"] or Decimal(0)

    @property
    def cost_total(self) -> Decimal:
        return self._cost_sums[1]

    @property
    def more_costs(self) -> int:
        return max(0, self._cost_sums[0] - len(self.costs))

    @cached_property
    def complaints(self) -> list[Complaint]:
        return list(Complaint.objects.visible_to(self.user).filter(document=self.document).order_by("-day", "-pk")[:_MOST])

    @cached_property
    def history(self) -> list[Entry]:
        return history_of(self.document, with_profit=self.sees_profit)

    def context(self) -> dict[str, Any]:
        """Return what the templates of the page draw from."""
        return {"sheet": self, "document": self.document, "client": self.document.client}
