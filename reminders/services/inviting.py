"""Invitations to meetings, by mail.

Every service that changes a reminder ends with `tell_guests`: in the same transaction the mails are written that say what
is so now. They leave by the outbox of accounts.mail: never lost, under one Message-ID at each try, and read by the
administrator where no mail server is set. What triggers change (a client is archived, or gets another manager) is told
of by `tell_what_triggers_changed`, a minute later.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from email.utils import parseaddr

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.mail import CALENDAR
from accounts.models import Company, zone_named
from reminders.calendar.invitation import CANCEL, REQUEST, Guest, build_invitation, title_for_guests
from reminders.models import Invitation, Reminder, State
from ui import formats

logger = structlog.get_logger(__name__)


def why_nobody_is_invited(reminder: Reminder) -> str:
    """Return in words what stands against inviting to `reminder`; empty where invitations go out or none are wanted."""
    if not reminder.invites:
        return ""
    if not reminder.kind.has_length:
        return _("No invitation is sent: only what has a length is a meeting.")
    if reminder.owner is None or not reminder.owner.is_active:
        return _("No invitation is sent: nobody is in charge of it.")
    if reminder.client.may_write is False:
        return _("No invitation is sent: this client may not be written to.")
    if reminder.contact is None or not reminder.contact.emails:
        return _("No invitation is sent: the contact has no e-mail.")
    return ""


def guests_of(reminder: Reminder) -> list[Guest]:
    """Return who is invited: the contact and the owner, or nobody."""
    if not reminder.invites or reminder.state != State.OPEN or why_nobody_is_invited(reminder):
        return []
    owner, contact = reminder.owner, reminder.contact
    assert owner is not None  # or there would be a reason why not
    assert contact is not None
    outside = Guest(contact.emails[0].lower(), contact.full_name, Company.current().language)
    ours = Guest(owner.email.lower(), str(owner), owner.language, is_owner=True)
    return [ours] if outside.email == ours.email else [outside, ours]


def tell_guests(reminder: Reminder, now: datetime) -> int:
    """Write the mails that tell guests of `reminder`, as it was just saved, what they don't know yet; return how many.

    New to them, or changed: METHOD:REQUEST. Off, or not for them any more: METHOD:CANCEL. Of a meeting that is done or
    over nobody is written to. The caller holds the lock of the reminder.
    """
    if not reminder.invites and reminder.version == 1:
        return 0  # nobody can have been invited
    told = {one.email: one for one in Invitation.objects.filter(reminder=reminder)}
    if not told and not reminder.invites:
        return 0
    written = 0 if reminder.state == State.DONE else _tell(reminder, told, now)
    waits = reminder.state in {State.OPEN, State.ASLEEP}
    Invitation.objects.filter(reminder=reminder).update(version=reminder.version, watched=waits)
    return written


def _tell(reminder: Reminder, told: dict[str, Invitation], now: datetime) -> int:
    guests = guests_of(reminder)
    wanted = {guest.email: guest for guest in guests}
    is_over = reminder.due_at + timedelta(minutes=reminder.minutes or 0) < now
    written = 0
    for email, guest in wanted.items():
        written += _invite(reminder, guest, guests, told.get(email), now)
    for email, invitation in told.items():
        if email not in wanted and invitation.withdrawn_at is None:
            written += _call_off(reminder, invitation, guests, now, silently=is_over)
    return written


def _invite(reminder: Reminder, guest: Guest, guests: list[Guest], known: Invitation | None, now: datetime) -> int:
    said = _digest(reminder, guests)
    if known is not None and known.withdrawn_at is None and known.said == said:
        return 0
    sequence = known.sequence + 1 if known is not None else 0
    is_change = known is not None and known.withdrawn_at is None
    values = {"name": guest.name, "said": said, "version": reminder.version, "sequence": sequence, "sent_at": now, "withdrawn_at": None}
    Invitation.objects.update_or_create(reminder=reminder, email=guest.email, defaults=values)
    _write(reminder, guest, guests, method=REQUEST, sequence=sequence, is_change=is_change, now=now)
    return 1


def _call_off(reminder: Reminder, invitation: Invitation, guests: list[Guest], now: datetime, *, silently: bool) -> int:
    Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=now, sequence=invitation.sequence + 1, sent_at=now)
    if silently:
        return 0
    ours = _organizer(reminder)
    guest = ours if ours.email == invitation.email else Guest(invitation.email, invitation.name, Company.current().language)
    about = [guest] if guest is ours else [guest, ours]
    _write(reminder, guest, about, method=CANCEL, sequence=invitation.sequence + 1, is_change=False, now=now)
    return 1


def _organizer(reminder: Reminder) -> Guest:
    """Return who calls off: the owner, or, where nobody is in charge any more, the company."""
    owner, company = reminder.owner, Company.current()
    if owner is not None:
        return Guest(owner.email.lower(), str(owner), owner.language, is_owner=True)
    return Guest(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], company.name, company.language, is_owner=True)


def _write(reminder: Reminder, guest: Guest, guests: list[Guest], *, method: str, sequence: int, is_change: bool, now: datetime) -> None:
    zone = zone_named(reminder.time_zone)
    with translation.override(guest.language), timezone.override(zone):
        context = {
            "reminder": reminder,
            "guest": guest,
            "company": Company.current(),
            "title": title_for_guests(reminder),
            "when": formats.full(reminder.due_at if reminder.at_time is not None else reminder.on_day),
            "zone": reminder.time_zone if reminder.at_time is not None else "",
            "off": method == CANCEL,
            "changed": is_change,
        }
        subject = render_to_string("reminders/email/invitation_subject.txt", context)
        body = render_to_string("reminders/email/invitation.txt", context)
        part = build_invitation(reminder, guests, method=method, sequence=sequence, now=now)
    owner = reminder.owner
    answers_to = [owner.email] if owner is not None and not guest.is_owner else None
    letter = EmailMultiAlternatives(" ".join(subject.split()), body.strip() + "\n", to=[guest.email], reply_to=answers_to)
    letter.attach_alternative(part, CALENDAR)
    letter.send()


def _digest(reminder: Reminder, guests: list[Guest]) -> str:
    """Return what changes when guests have to hear anew: when, where, with whom."""
    at = (reminder.on_day, reminder.at_time, reminder.time_zone, reminder.minutes, reminder.place)
    people = [(guest.email, guest.name) for guest in guests]
    return hashlib.sha256(repr((at, str(reminder.client), people)).encode()).hexdigest()


_BATCH = 200


def tell_what_triggers_changed(*, now: datetime | None = None) -> int:
    """Tell guests what no service told them: a client was archived, or went to another manager. Returns how many mails."""
    now = now or timezone.now()
    watched = Invitation.objects.filter(watched=True).exclude(version=F("reminder__version"))
    written = 0
    for pk in list(watched.values_list("reminder", flat=True).distinct()[:_BATCH]):
        try:
            written += _tell_anew(pk, now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # the guests of the others are not kept waiting
            logger.exception("guests could not be told", reminder=pk)
    return written


@transaction.atomic
def _tell_anew(pk: int, now: datetime) -> int:
    found = Reminder.objects.filter(pk=pk).select_related("client", "contact", "kind", "owner")
    reminder = found.select_for_update(of=("self",), skip_locked=True).first()
    return tell_guests(reminder, now) if reminder is not None else 0
