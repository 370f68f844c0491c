"""Mail is kept in the database first. With a mail server set it leaves from there; without, the administrator reads it.

So nothing waits for a slow mail server, nothing is lost when it is down, and whether an address is known can't be told
from how long an answer took.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import StoredMail

SERVER = "server"
"""The alias in MAILERS of the real mail server; absent where none is set."""

CALENDAR = "text/calendar"
"""The one kind of part that a mail may have beside its text: given as an alternative of `EmailMultiAlternatives`."""
_METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)

RETRY_AFTER = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8)]

log = structlog.get_logger(__name__)


class StoredMailBackend(BaseEmailBackend):
    """Keep each message as a `StoredMail` row, in the caller's transaction, and wake the worker after its commit."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            if message.attachments or any(kind != CALENDAR for _content, kind in getattr(message, "alternatives", ())):
                raise ValueError("Mail is kept as plain text, with a calendar part: attachments and HTML would be lost.")
        leaves = SERVER in settings.MAILERS
        StoredMail.objects.bulk_create(
            StoredMail(
                sender=message.from_email,
                recipients=message.recipients(),
                subject=message.subject[:998],
                body=str(message.body),
                reply_to=", ".join(message.reply_to)[:320],
                calendar=next((str(content) for content, _kind in getattr(message, "alternatives", ())), ""),
                send_at=timezone.now() if leaves else None,
            )
            for message in email_messages
        )
        if leaves:
            transaction.on_commit(_wake_worker)
        return len(email_messages)


def send_waiting_mail(*, now: datetime | None = None) -> int:
    """Hand what waits to the mail server; return how many it took. What was sent is not kept: it carries live links.

    Each mail has its own transaction and is skipped by the other workers meanwhile. A crash between the server's yes
    and the commit sends it twice, under the same Message-ID.
    """
    now = now or timezone.now()
    sent = 0
    while True:
        with transaction.atomic():
            mail = StoredMail.objects.waiting(now).select_for_update(skip_locked=True).first()
            if mail is None:
                return sent
            sent += _send(mail, now)


def _send(mail: StoredMail, now: datetime) -> bool:
    try:
        message = _letter(mail)
        message.send(using=SERVER)
    except (OSError, ValueError) as problem:  # SMTP's errors are OSErrors, an address that is none is a ValueError
        tries = mail.tries + 1
        mail.tries, mail.problem = tries, f"{type(problem).__name__}: {problem}"[:300]
        mail.send_at = now + RETRY_AFTER[tries - 1] if tries <= len(RETRY_AFTER) else None
        mail.save(update_fields=["tries", "problem", "send_at"])
        log.warning("mail not sent", mail=mail.pk, tries=tries, gave_up=mail.send_at is None, problem=type(problem).__name__)
        return False
    mail.delete()
    return True


def _letter(mail: StoredMail) -> EmailMultiAlternatives:
    reply_to = [mail.reply_to] if mail.reply_to else None
    headers = {"Message-ID": f"<{mail.key}@seraph>"}
    letter = EmailMultiAlternatives(mail.subject, mail.body, mail.sender or None, mail.recipients, headers=headers, reply_to=reply_to)
    if mail.calendar:
        # calendars act on the method in the head of the part; without it they show an attachment (RFC 6047, 2.4)
        method = _METHOD.search(mail.calendar)
        letter.attach_alternative(mail.calendar, f"{CALENDAR}; method={method[1] if method else 'PUBLISH'}")
    return letter


def _wake_worker() -> None:
    from accounts.tasks import send_mail

    try:
        send_mail.delay()
    except OperationalError:  # the broker is down: the next tick finds the row
        log.warning("broker did not answer, mail waits for the next tick")
