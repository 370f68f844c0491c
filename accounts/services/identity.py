"""What makes a user one person: names and an e-mail that nobody else has."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import locks
from accounts.models import User


def hold_names() -> None:
    """Let one transaction at a time give names and e-mails to users: of two at once, the second finds the first one's."""
    locks.hold("identities")


def check_identity(user: User) -> None:
    """Raise `ValidationError` by field, before `user` is saved. A username with an @ could pass for somebody's e-mail.

    Until the caller's transaction ends, nobody else takes a name.
    """
    hold_names()
    errors: dict[str, ValidationError] = {}
    others = User.objects.exclude(pk=user.pk)
    if others.filter(email__iexact=user.email).exists():
        errors["email"] = ValidationError(_("Somebody has this e-mail already."), code="unique")
    if others.filter(username__iexact=user.username).exists():
        errors["username"] = ValidationError(_("Somebody has this username already."), code="unique")
    elif "@" in user.username:
        errors["username"] = ValidationError(_("Leave out the @: a username is not an e-mail."), code="at")
    if errors:
        raise ValidationError(errors)
    user.full_clean(exclude=["password"])


def keep_email_address(user: User) -> None:
    """Keep allauth's table of addresses at the user's own e-mail: reset links would still go to a stale row."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
