"""Word of reminders by mail. With a mail server it goes there under its key; without, the administrator reads it."""

from __future__ import annotations

import threading
from contextlib import suppress
from email.utils import formataddr
from smtplib import SMTPServerDisconnected
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.mail import SERVER
from accounts.models import Company, zone_named
from accounts.site import absolute
from reminders.models import Delivery, Stage
from ui import formats


def message_id(delivery: Delivery) -> str:
    """Return the Message-ID of a delivery: the same at each try."""
    return f"<{delivery.key}@seraph>"


def send_mail(delivery: Delivery) -> None:
    """Send one; raises what the mail server, the template or the address has against it."""
    message = compose(delivery)
    if SERVER not in settings.MAILERS:
        message.send()
        return
    line, reused = _line()
    try:
        line.send_messages([message])
    except SMTPServerDisconnected:
        hang_up()
        if not reused:
            raise
        _line()[0].send_messages([message])  # a server may end a long talk between two mails
    except Exception:
        hang_up()
        raise


_kept = threading.local()


def _line() -> tuple[Any, bool]:
    """Return this thread's line to the mail server, and whether it was open before: dialling takes longer than a mail."""
    line = getattr(_kept, "line", None)
    if line is not None:
        return line, True
    line = mailers[SERVER]
    line.open()
    _kept.line = line
    return line, False


def hang_up() -> None:
    """End this thread's talk with the mail server (after a run of deliveries, or a failure)."""
    line, _kept.line = getattr(_kept, "line", None), None
    if line is not None:
        with suppress(OSError):
            line.close()


def compose(delivery: Delivery) -> EmailMessage:
    """Return the mail, in the language and the time zone of its recipient."""
    reminder, person = delivery.reminder, delivery.recipient
    with translation.override(person.language), timezone.override(zone_named(person.time_zone)):
        context = {
            "person": person,
            "reminder": reminder,
            "client": reminder.client,
            "late": delivery.late,
            "stage": delivery.stage,
            "escalated": delivery.stage == Stage.ESCALATION,
            "ahead": delivery.stage == Stage.NOTICE,
            "company": Company.current(),
            "due": formats.due(reminder.due_at),
            "client_url": absolute(reverse("clients:card", args=[reminder.client_id])),
            "site_url": absolute("/"),
        }
        subject = render_to_string("reminders/email/reminder_subject.txt", context)
        body = render_to_string("reminders/email/reminder.txt", context)
    to = formataddr((str(person), person.email)) if "\n" not in str(person) else person.email
    headers = {"Message-ID": message_id(delivery), "Auto-Submitted": "auto-generated"}
    return EmailMessage(" ".join(subject.split()), body, to=[to], headers=headers)
