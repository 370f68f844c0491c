"""Mail without a mail server: it goes to a page that the administrator reads."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import StoredMail


class StoredMailBackend(BaseEmailBackend):
    """Keep each message as a `StoredMail` row."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        StoredMail.objects.bulk_create(
            StoredMail(recipients=message.recipients(), subject=message.subject[:998], body=str(message.body)) for message in email_messages
        )
        return len(email_messages)
