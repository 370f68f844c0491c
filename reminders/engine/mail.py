"""Word of reminders by mail. With a mail server it goes there under its key; without, the administrator reads it."""

from __future__ import annotations

from email.utils import formataddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.mail import SERVER
from accounts.models import Company
from accounts.site import absolute
from reminders.models import Delivery, Stage
from ui import formats


def message_id(delivery: Delivery) -> str:
    """Return the Message-ID of a delivery: the same at each try."""
    return f"<{delivery.key}@seraph>"


def send_mail(delivery: Delivery) -> None:
    """Send one; raises what the mail server, the template or the address has against it."""
    message = compose(delivery)
    if SERVER in settings.MAILERS:
        message.send(using=SERVER)
    else:
        message.send()


def compose(delivery: Delivery) -> EmailMessage:
    """Return the mail, in the language and the time zone of its recipient."""
    reminder, person = delivery.reminder, delivery.recipient
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
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
