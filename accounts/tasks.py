"""What the accounts app does by the clock."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from accounts.mail import send_waiting_mail
from accounts.models import IdempotentAnswer

KEPT_FOR = timedelta(hours=24)


@shared_task
def forget_idempotent_answers() -> None:
    """Forget the answers to POSTs of more than a day ago (hourly, so a key lives 24 to 25 hours)."""
    IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()


@shared_task
def send_mail() -> None:
    """Hand waiting mail to the mail server. Woken after a commit, and each minute for what failed before."""
    send_waiting_mail()
