"""allauth's table of e-mail addresses, of which a user has exactly one here."""

from allauth.account.models import EmailAddress

from accounts.models import User


def keep_email_address(user: User) -> None:
    """Keep the table at the user's own e-mail: reset links would still go to a stale row."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
