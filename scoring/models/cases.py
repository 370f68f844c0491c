"""Turnaround cases: the work on a demon, from what is wrong to whether it helped."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pghistory
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from reminders.models import Reminder
from sales.models.money import ZERO, MoneyField
from scoring.models.reports import Verdict
from scoring.querysets import TurnaroundCaseQuerySet

_UNTOLD = ["version", "updated_at", "state", "note", "diagnosis", "measured", "closed_because"]
"""What history leaves out: the words (whoever is erased is erased from them), and what is worked out."""


class Cause(models.TextChoices):
    """Why a client costs money: first what we do, then what the client does."""

    LOGISTICS = "logistics", _("logistics")
    MANAGEMENT = "management", pgettext_lazy("cause", "management")
    PRICE_LIST = "price_list", _("price list")
    PROCESS = "process", _("process")
    OUR_OTHER = "our_other", pgettext_lazy("cause of ours", "something else of ours")
    TERMS = "terms", _("terms")
    SMALL_ORDERS = "small_orders", _("small orders")
    LATE_PAYMENT = "late_payment", _("late payment")
    COMPLAINTS = "complaints", _("complaints")
    CLIENT_OTHER = "client_other", pgettext_lazy("cause of the client's", "something else of the client's")


OURS = frozenset({Cause.LOGISTICS, Cause.MANAGEMENT, Cause.PRICE_LIST, Cause.PROCESS, Cause.OUR_OTHER})
"""The causes that are our own fault; the rest are the client's."""


class Action(models.TextChoices):
    """What is done about it."""

    MEND = "mend", _("mend our process")
    RENEGOTIATE = "renegotiate", _("renegotiate terms")
    STOP = "stop", _("stop working")


class CaseState(models.TextChoices):
    """How far a case is. It follows from what is known of the case, so it can't say anything else (`TurnaroundCase.state`)."""

    DIAGNOSIS = "diagnosis", pgettext_lazy("case", "diagnosis")
    AGREED = "agreed", pgettext_lazy("case", "agreed")
    ACTING = "acting", pgettext_lazy("case", "acting")
    MEASURED = "measured", pgettext_lazy("case", "measured")
    CLOSED = "closed", pgettext_lazy("case", "closed")


class Result(models.TextChoices):
    """What measuring again found; see `scoring.services.cases.measuring.result_of`."""

    TURNED = "turned", pgettext_lazy("case", "turned round")
    UNCHANGED = "unchanged", pgettext_lazy("case", "unchanged")
    WORSE = "worse", pgettext_lazy("case", "worse")
    GONE = "gone", pgettext_lazy("case", "bought nothing since")


_STATE = Case(
    When(closed_at__isnull=False, then=Value("closed")),
    When(measured_at__isnull=False, then=Value("measured")),
    When(acted_on__isnull=False, then=Value("acting")),
    When(~Q(action=""), then=Value("agreed")),
    default=Value("diagnosis"),
)


def _figure(label: Any) -> MoneyField:
    return MoneyField(label, null=True, editable=False)


def _verdict(label: Any) -> models.CharField[str, str]:
    return models.CharField(label, max_length=7, choices=Verdict, blank=True, editable=False)


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old, condition=pghistory.AnyChange(exclude=_UNTOLD)),
    pghistory.DeleteEvent("removed", row=pghistory.Old),
    exclude=_UNTOLD,
    append_only=True,
)
class TurnaroundCase(models.Model):
    """The work on a client that costs money.

    It was opened from the period [period_first, period_end), whole months, in which the client was a demon: `revenue`,
    `profit` and `verdict` are those of that period as they were known then, and `diagnosis` what stood out
    (`scoring.diagnosis`). From `acted_on` the new way of doing things holds; the `months` after the month of that day,
    beside as many before it, are what it is measured by, on `measure_on`. Figures are in the company's currency.
    """

    Cause, Action, State, Result = Cause, Action, CaseState, Result

    client = models.ForeignKey(Client, models.PROTECT, related_name="turnaround_cases", db_index=False, verbose_name=_("client"))
    period_first = models.DateField(editable=False)
    period_end = models.DateField(editable=False)
    opened_at = models.DateTimeField(_("opened"), editable=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, editable=False)
    revenue = MoneyField(_("revenue"), editable=False)
    profit = MoneyField(_("profit"), editable=False)
    verdict = _verdict(_("verdict"))
    diagnosis = models.JSONField(default=dict, encoder=DjangoJSONEncoder, editable=False)

    cause = models.CharField(_("cause"), max_length=12, choices=Cause, blank=True)
    action = models.CharField(_("action"), max_length=11, choices=Action, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("owner")
    )
    deadline = models.DateField(_("deadline"), null=True, blank=True)
    expected_gain = MoneyField(_("expected gain a year"), null=True, blank=True, validators=[MinValueValidator(ZERO)])
    note = models.TextField(_("note"), blank=True)

    acted_on = models.DateField(_("in force from"), null=True, blank=True)
    months = models.PositiveSmallIntegerField(_("measured over months"), null=True, editable=False)
    measure_on = models.DateField(_("measured again on"), null=True, editable=False)

    measured_at = models.DateTimeField(null=True, editable=False)
    result = models.CharField(_("result"), max_length=9, choices=Result, blank=True, editable=False)
    before_revenue, before_profit, before_verdict = _figure(_("revenue before")), _figure(_("profit before")), _verdict(_("before"))
    after_revenue, after_profit, after_verdict = _figure(_("revenue after")), _figure(_("profit after")), _verdict(_("after"))
    measured = models.JSONField(default=dict, encoder=DjangoJSONEncoder, editable=False, help_text="steps before and after")

    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False, editable=False)
    closed_because = models.CharField(_("why it was closed"), max_length=300, blank=True, editable=False)
    lifecycle_before = models.CharField(max_length=9, blank=True, editable=False, help_text="set: working with the client was stopped")

    state = models.GeneratedField(expression=_STATE, output_field=models.CharField(max_length=9, choices=CaseState), db_persist=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TurnaroundCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("turnaround case")
        verbose_name_plural = _("turnaround cases")
        default_permissions = ("view", "add", "change")
        permissions = [
            ("change_any_turnaroundcase", "Can work on the turnaround cases of all clients"),
            ("stop_working", "Can stop working with a client"),
        ]
        constraints = [
            models.UniqueConstraint("client", condition=Q(closed_at=None), name="case_one_open"),
            models.CheckConstraint(condition=Q(period_first__lt=F("period_end")), name="case_period_in_order"),
            models.CheckConstraint(condition=Q(cause__in=[*Cause.values, ""]), name="case_cause_known"),
            models.CheckConstraint(condition=Q(action__in=[*Action.values, ""]), name="case_action_known"),
            models.CheckConstraint(condition=Q(result__in=[*Result.values, ""]), name="case_result_known"),
            models.CheckConstraint(condition=Q(acted_on=None) | ~Q(action=""), name="case_acted_how"),
            models.CheckConstraint(
                condition=Q(acted_on=None, months=None, measure_on=None)
                | Q(acted_on__isnull=False, months__gt=0, measure_on__isnull=False),
                name="case_measured_when",
            ),
            models.CheckConstraint(
                condition=Q(measured_at=None, result="") | (Q(measured_at__isnull=False, acted_on__isnull=False) & ~Q(result="")),
                name="case_measured_after_acting",
            ),
            models.CheckConstraint(condition=Q(expected_gain=None) | Q(expected_gain__gte=0), name="case_gain_not_negative"),
            models.CheckConstraint(condition=Q(closed_at__isnull=False) | Q(lifecycle_before=""), name="case_stopped_is_closed"),
        ]
        indexes = [
            models.Index("state", F("opened_at").desc(), "id", name="case_by_state"),  # the board
            models.Index("client", F("id").desc(), name="case_of_client"),  # the card
            models.Index("owner", condition=Q(closed_at=None), name="case_open_of_owner"),  # whom it lets log a touch
            models.Index("measure_on", condition=Q(measured_at=None, closed_at=None), name="case_to_measure"),  # the night's work
            models.Index("measured_at", condition=Q(result="turned"), name="case_turned"),  # money turned round
        ]

    def __str__(self) -> str:
        return f"{self.pk}, {self.get_state_display()}"

    def get_state_display(self) -> str:
        """Return the state in words; Django gives generated columns no such method."""
        return str(CaseState(self.state).label)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_stopped(self) -> bool:
        """Whether it ended by no longer working with the client."""
        return bool(self.lifecycle_before)

    @property
    def gained(self) -> Decimal | None:
        """Profit of the months after less that of as many before: as measured, not scaled up to a year."""
        return None if self.after_profit is None or self.before_profit is None else self.after_profit - self.before_profit


class TermKind(models.TextChoices):
    """What terms are about."""

    PRICE = "price", pgettext_lazy("terms", "price")
    DISCOUNT = "discount", pgettext_lazy("terms", "discount")
    DELIVERY = "delivery", pgettext_lazy("terms", "delivery")
    PAYMENT_DAYS = "payment_days", pgettext_lazy("terms", "days to pay")
    MINIMUM_ORDER = "minimum_order", pgettext_lazy("terms", "minimum order")
    SERVICE = "service", pgettext_lazy("terms", "service")
    RETURNS = "returns", pgettext_lazy("terms", "returns")
    OTHER = "other", pgettext_lazy("terms", "other")


@pghistory.track(pghistory.DeleteEvent("removed", row=pghistory.Old), exclude=["was", "becomes"], append_only=True)
class CaseTerm(models.Model):
    """A change of terms that was agreed with the client."""

    Kind = TermKind

    case = models.ForeignKey(TurnaroundCase, models.CASCADE, related_name="terms")
    what = models.CharField(_("what changes"), max_length=13, choices=TermKind)
    was = models.CharField(_("from"), max_length=100, blank=True)
    becomes = models.CharField(_("to"), max_length=100)
    agreed_on = models.DateField(_("agreed on"))
    noted_at = models.DateTimeField(auto_now_add=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, editable=False)

    class Meta:
        verbose_name = _("change of terms")
        verbose_name_plural = _("changes of terms")
        default_permissions = ()
        ordering = ["agreed_on", "id"]
        constraints = [models.CheckConstraint(condition=Q(what__in=TermKind.values), name="case_term_known")]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.was} → {self.becomes}" if self.was else f"{self.get_what_display()}: {self.becomes}"


class CaseReminder(models.Model):
    """A reminder that a case has made: it moves and ends with the case."""

    class What(models.TextChoices):
        DEADLINE = "deadline"
        MEASURE = "measure"
        RESULT = "result"

    case = models.ForeignKey(TurnaroundCase, models.CASCADE, related_name="reminders")
    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="+")
    what = models.CharField(max_length=8, choices=What)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.what}: {self.reminder_id}"
