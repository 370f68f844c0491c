"""What the pages of what-ifs show: the terms of a client, the driver of a pool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models.functions import Lower
from django.http import QueryDict
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Company, User
from clients.models import Client
from sales.models import CostPool, Driver, LedgerSettings
from sales.periods import company_today
from scoring.forms.whatif import PoolWhatIfForm, TermsForm
from scoring.models import ProfitReport, TurnaroundCase, Verdict
from scoring.models.cases import Action, TermKind
from scoring.periods import Period, offered, read_period
from scoring.reports import AtHand, at_hand, is_quick, share_of
from scoring.whatif.client import ClientWhatIf, Outcome
from scoring.whatif.pools import Camp, Changed, PoolOutcome, pools_of
from scoring.whatif.terms import Terms
from scoring.whatif.waiting import Answer, answer
from ui import formats

_YEAR = Decimal("365.25")


class _Page:
    """A what-if as one address asks for it, in the period that it names."""

    def __init__(self, user: User, data: QueryDict, *, now: datetime | None = None) -> None:
        self.user, self.data = user, data
        self.today = company_today(now)
        self.period: Period = read_period(data.get("period", ""), self.today)

    @cached_property
    def at_hand(self) -> AtHand:
        """The report, worked out anew if that is quickly done; else as it was last, or None."""
        return at_hand(self.period.first, self.period.end, today=self.today)

    @property
    def report(self) -> ProfitReport | None:
        return self.at_hand.report

    @property
    def shown(self) -> list[tuple[Period, AtHand]]:
        """What `keep_in_view` keeps."""
        return [(self.period, self.at_hand)]

    @property
    def share(self) -> int | None:
        """How far working the report out is, in %; None while it waits for its turn."""
        return share_of(self.period.first, self.period.end)

    @property
    def periods(self) -> list[Period]:
        """What the choice of periods offers; the one that is shown always among them."""
        found = offered(self.today)
        return found if self.period in found else [self.period, *found]

    @property
    def query(self) -> str:
        """The address of what is asked, without what is empty."""
        kept = QueryDict(mutable=True)
        kept["period"] = self.period.key
        for name in self.asked:
            if value := self.data.get(name, "").strip():
                kept[name] = value
        return kept.urlencode()

    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SaidTerm:
    """A term that changes, as a turnaround case records it."""

    kind: TermKind
    was: str
    becomes: str

    @property
    def query(self) -> str:
        """For the form that records it."""
        data = QueryDict(mutable=True)
        data.update({"what": self.kind.value, "before": self.was, "becomes": self.becomes})
        return data.urlencode()

    def __str__(self) -> str:
        label = capfirst(str(self.kind.label))
        return f"{label}: {self.was} → {self.becomes}" if self.was else f"{label}: {self.becomes}"


class ClientWhatIfPage(_Page):
    """Other terms of `client`."""

    asked = tuple(TermsForm.base_fields)

    def __init__(self, user: User, client: Client, data: QueryDict, *, now: datetime | None = None) -> None:
        super().__init__(user, data, now=now)
        self.client = client
        self.form = TermsForm(data)
        self.terms = Terms()
        if self.what_if is not None:
            self.form.told(agreed=self.what_if.agreed)
            self.terms, errors = self.form.terms(agreed=self.what_if.agreed)
            self.form.take_refusal(errors)

    @cached_property
    def what_if(self) -> ClientWhatIf | None:
        """The client in the period; None while the report is worked out, or where nothing happened with it."""
        if self.report is None:
            return None
        exact = is_quick(self.report.first, self.report.end)
        found = ClientWhatIf(self.report, self.client.pk, small_below=self.form.small_amount(), exact=exact)
        return found if found.something_happened else None

    @cached_property
    def outcome(self) -> Outcome | None:
        return self.what_if.under(self.terms) if self.what_if is not None else None

    @property
    def verdicts(self) -> list[tuple[str, str]]:
        """The verdict now and then, with its name; no name where nobody is judged."""
        if self.outcome is None:
            return []
        names = dict(Verdict.choices)
        return [(side.verdict, str(names.get(side.verdict, ""))) for side in (self.outcome.now, self.outcome.then)]

    @property
    def headline(self) -> str:
        """What the terms come to, in one line."""
        outcome = self.outcome
        if outcome is None:
            return ""
        now, then = (formats.money(side.profit, Company.current().currency) for side in (outcome.now, outcome.then))
        if not self.terms.change_anything:
            return _("Earns {now} now").format(now=now)
        verdicts = self.verdicts
        if verdicts[0][0] != verdicts[1][0] and verdicts[1][1]:
            return _("{now} now, {then} then: {verdict}").format(now=now, then=then, verdict=verdicts[1][1])
        return _("{now} now, {then} then").format(now=now, then=then)

    # --- handing over to a case --------------------------------------------------------------------

    @cached_property
    def said(self) -> list[SaidTerm]:
        """The terms that change, in words."""
        terms, home = self.terms, Company.current().currency
        found: list[SaidTerm] = []

        def more(value: Decimal) -> str:
            return ("+" if value > 0 else "") + formats.percent(value, 0 if value == int(value) else 2)

        def money(value: Decimal) -> str:
            return formats.money(value, home, 0 if value == int(value) else 2)

        if terms.price:
            found.append(SaidTerm(TermKind.PRICE, "", more(terms.price)))
        if terms.discount:
            found.append(SaidTerm(TermKind.DISCOUNT, "", _("none") if terms.discount == -100 else more(terms.discount)))
        if terms.delivery_each:
            found.append(SaidTerm(TermKind.DELIVERY, "", _("{amount} an order").format(amount=money(terms.delivery_each))))
        if terms.delivery_share:
            share = formats.percent(terms.delivery_share, 0 if terms.delivery_share == int(terms.delivery_share) else 2)
            found.append(SaidTerm(TermKind.DELIVERY, "", _("{share} of what it costs").format(share=share)))
        if terms.small_fee:
            said = _("below {least}: {fee} more").format(least=money(terms.small_below), fee=money(terms.small_fee))
            found.append(SaidTerm(TermKind.MINIMUM_ORDER, "", said))
        if terms.days is not None and self.what_if is not None and self.what_if.agreed:
            was, becomes = (ngettext("{days} day", "{days} days", days).format(days=days) for days in (self.what_if.agreed, terms.days))
            found.append(SaidTerm(TermKind.PAYMENT_DAYS, was, becomes))
        if terms.visits:
            found.append(SaidTerm(TermKind.SERVICE, "", _("visits {change}").format(change=more(terms.visits))))
        if terms.service:
            found.append(SaidTerm(TermKind.SERVICE, "", _("service hours {change}").format(change=more(terms.service))))
        return found

    @cached_property
    def case(self) -> TurnaroundCase | None:
        """The open case of the client that the reader may work on."""
        return TurnaroundCase.objects.editable_by(self.user).open().filter(client=self.client).first()

    @property
    def may_propose(self) -> bool:
        """Whether there is a case to propose the terms in, or one may be opened: the client is a demon now."""
        if not self.said or self.outcome is None or self.client.archived_at is not None:
            return False
        opens = self.user.has_perm("scoring.add_turnaroundcase") and self.outcome.now.verdict == Verdict.DEMON
        return self.case is not None or opens

    @property
    def gain_a_year(self) -> Decimal:
        """By what the client's profit changes, taken to a year; whole units of money. Of a period that isn't over, the days count
        that have been."""
        if self.outcome is None:
            return Decimal(0)
        passed = self.today + timedelta(days=1)
        if passed < self.period.end:
            days = max((passed - self.period.first).days, 1)
            return round(self.outcome.profit_change / (days / _YEAR), 0)
        days = (self.period.end - self.period.first).days
        months = (self.period.end.year - self.period.first.year) * 12 + self.period.end.month - self.period.first.month
        whole = self.period.first.day == self.period.end.day == 1
        years = Decimal(months) / 12 if whole else days / _YEAR
        return round(self.outcome.profit_change / years, 0)

    @property
    def proposal(self) -> str:
        """What the form of the case is asked to begin with, as its address says it."""
        data = QueryDict(mutable=True)
        data["action"] = Action.RENEGOTIATE.value
        if self.gain_a_year > 0:
            data["expected_gain"] = f"{self.gain_a_year:f}"
        # no figure in the note: whoever sees the case reads it, profit or no profit
        lines = [_("Terms to propose, worked out on {period}:").format(period=self.period.label)]
        data["note"] = "\n".join([*lines, *(f"– {term}" for term in self.said)])
        return data.urlencode()

    @property
    def url(self) -> str:
        return f"{reverse('scoring:whatif_client', args=[self.client.pk])}?{self.query}"


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A client whose verdict would be another one, with its name."""

    client: Client
    changed: Changed
    was: str
    becomes: str


class PoolWhatIfPage(_Page):
    """Another driver, or amount, of a pool."""

    asked = tuple(PoolWhatIfForm.base_fields)

    def __init__(self, user: User, data: QueryDict, *, now: datetime | None = None) -> None:
        super().__init__(user, data, now=now)
        self.pools = pools_of(self.report) if self.report is not None else []
        given = data.copy()
        if "pool" not in given and self.pools:
            given["pool"] = self.pools[0]
        self.form = PoolWhatIfForm(given, pools=self.pools)
        self.change = None
        if self.pools:
            self.change, errors = self.form.change()
            self.form.take_refusal(errors)

    @cached_property
    def answer(self) -> Answer:
        if self.report is None or self.change is None:
            return Answer(None)
        return answer(self.report, self.change)

    @property
    def outcome(self) -> PoolOutcome | None:
        return self.answer.outcome

    @property
    def waits(self) -> bool:
        """Whether the worker is at it."""
        return self.change is not None and self.outcome is None

    @property
    def camps(self) -> list[tuple[Camp, str]]:
        """Angels, between and demons, with their names."""
        names = dict(Verdict.choices)
        return [(camp, str(names[camp.verdict])) for camp in self.outcome.camps] if self.outcome else []

    @cached_property
    def changed(self) -> list[ShownChange]:
        """The clients whose verdict changes, those whose profit changes most first."""
        if self.outcome is None:
            return []
        clients = Client.objects.visible_to(self.user).only("full_name", "short_name").in_bulk([one.client for one in self.outcome.changed])
        names = {value: str(label) for value, label in Verdict.choices}
        return [
            ShownChange(clients[one.client], one, names.get(one.was, ""), names.get(one.becomes, ""))
            for one in self.outcome.changed
            if one.client in clients
        ]

    @cached_property
    def latest(self) -> CostPool | None:
        """The latest pool of this name, which other months are copied from."""
        if self.change is None:
            return None
        named = CostPool.objects.visible_to(self.user).annotate(folded=Lower("name"))
        return named.filter(folded=self.change.pool.lower()).order_by("-month").first()

    @property
    def drivers_now(self) -> str:
        """What the pool is spread by in the months of the period."""
        if self.change is None:
            return ""
        rows = CostPool.objects.annotate(folded=Lower("name")).filter(
            folded=self.change.pool.lower(), month__gte=self.period.first.replace(day=1), month__lt=self.period.end
        )
        names = dict(Driver.choices)
        return ", ".join(str(names[driver]) for driver in dict.fromkeys(rows.order_by("month").values_list("driver", flat=True)))

    @property
    def may_use(self) -> bool:
        """Whether the reader may go on to the pool's form with the driver that was tried."""
        if self.latest is None or self.change is None or not self.change.driver or self.change.driver == self.latest.driver:
            return False
        locked = LedgerSettings.current().locked_before
        return CostPool.objects.editable_by(self.user).filter(pk=self.latest.pk).exists() and not (locked and self.latest.month < locked)

    @property
    def url(self) -> str:
        return f"{reverse('scoring:whatif_pool')}?{self.query}"
