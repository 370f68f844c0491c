"""What the accounts app does by the clock."""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.mail import send_waiting_mail
from accounts.models import IdempotentAnswer, OneTimeToken, StoredMail
from accounts.services.audit import forget_addresses

KEPT_FOR = timedelta(hours=24)
DEAD_LINKS_KEPT_FOR = timedelta(days=30)
READ_MAIL_KEPT_FOR = timedelta(days=90)


@shared_task
def forget_idempotent_answers() -> None:
    """Forget the answers to POSTs of more than a day ago (hourly, so a key lives 24 to 25 hours)."""
    IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()


@shared_task
def send_mail() -> None:
    """Hand waiting mail to the mail server. Woken after a commit, and each minute for what failed before."""
    send_waiting_mail()


@shared_task
def sweep() -> None:
    """Forget sessions and links that are over, mail that was only kept to be read, and old addresses (four times a day)."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    OneTimeToken.objects.filter(expires_at__lt=now - DEAD_LINKS_KEPT_FOR).delete()
    forget_addresses(months=settings.AUDIT_KEEP_ADDRESSES_MONTHS)
    StoredMail.objects.filter(send_at=None, created_at__lt=now - READ_MAIL_KEPT_FOR).delete()
