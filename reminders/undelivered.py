"""What could not be delivered, with the problem in words: for the administrator, who can do something about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from reminders.models import Delivery, Reminder

MOST = 200
"""Lines of each part; the rest is counted, and "try again" takes all."""
_COUNTED = 100


def in_words(problem: str) -> str:
    """Return what to make of a problem that was noted as "Type: text"."""
    kind = problem.partition(":")[0]
    if kind in {"SMTPRecipientsRefused", "SMTPNotSupportedError"}:
        return _("The mail server refused the address.")
    if kind in {"SMTPAuthenticationError"}:
        return _("The mail server refused our user name or password.")
    if kind in {"SMTPSenderRefused"}:
        return _("The mail server refused the sender's address.")
    if kind.startswith("SMTP") and kind not in _UNREACHABLE:
        return _("The mail server refused the mail.")
    if kind in {"ValueError", "BadHeaderError", "HeaderParseError", "InvalidMailer"}:
        return _("The address is none.")
    if kind.startswith("Template") or kind == "VariableDoesNotExist":
        return _("The text could not be made: its template is broken.")
    if kind == "PushRefused":
        return _("The push service refused the message.")
    if kind in _UNREACHABLE:
        return _("The server did not answer.")
    return _("It failed for a reason that Seraph doesn't know.")


_UNREACHABLE = frozenset(
    {"ConnectionRefusedError", "ConnectionResetError", "TimeoutError", "gaierror", "OSError", "BrokenPipeError", "SSLError"}
    | {"SMTPServerDisconnected", "SMTPConnectError", "RemoteDisconnected", "SSLCertVerificationError", "ConnectionAbortedError"}
)


@dataclass(frozen=True)
class Failed:
    """A delivery that was given up."""

    delivery: Delivery

    @property
    def problem(self) -> str:
        return in_words(self.delivery.problem)


class Undelivered:
    """All that was given up, the newest first."""

    @cached_property
    def deliveries(self) -> list[Failed]:
        rows = Delivery.objects.dead().select_related("recipient", "reminder__client", "reminder__kind").order_by("-id")
        return [Failed(one) for one in rows[:MOST]]

    @cached_property
    def reminders(self) -> list[Reminder]:
        """Reminders that the engine set aside: nobody heard of them."""
        return list(Reminder.objects.set_aside().for_rows().order_by("-id")[:MOST])

    @cached_property
    def count(self) -> int:
        if len(self.deliveries) < MOST and len(self.reminders) < MOST:
            return len(self.deliveries) + len(self.reminders)
        return Delivery.objects.dead().count() + Reminder.objects.set_aside().count()


def count_for_navigation(user: AbstractBaseUser) -> int | None:
    """Return how many there are, at most 100; None hides the figure."""
    found = len(Delivery.objects.dead().order_by("id").values_list("pk")[:_COUNTED])
    found += len(Reminder.objects.set_aside().order_by("id").values_list("pk")[:_COUNTED])
    return found or None
