"""What the accounts app does by the clock."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from accounts.models import IdempotentAnswer

KEPT_FOR = timedelta(hours=24)


@shared_task
def forget_idempotent_answers() -> None:
    """Forget the answers to POSTs of more than a day ago (hourly, so a key lives 24 to 25 hours)."""
    IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
