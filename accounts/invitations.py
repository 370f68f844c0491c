"""The mail that invites a user."""

from datetime import datetime

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Company, OneTimeToken, User
from accounts.site import absolute
from accounts.tokens import INVITATION_LIFETIME, make_one_time_token


def send(*, user: User, by: User, now: datetime | None = None) -> None:
    """Mail `user` a link, in the user's language, that stops the links of earlier invitations."""
    secret = make_one_time_token(user=user, purpose=OneTimeToken.Purpose.INVITATION, lifetime=INVITATION_LIFETIME, now=now)
    company = Company.current()
    with translation.override(user.language):
        context = {
            "person": user,
            "by": by,
            "company": company,
            "url": absolute(reverse("accounts:invitation", args=[secret])),
            "days": INVITATION_LIFETIME.days,
        }
        subject = _("%(name)s invites you to Seraph at %(company)s") % {"name": by, "company": company}
        body = render_to_string("accounts/email/invitation.txt", context)
    # a name with a line break in it would be refused as a header
    EmailMessage(" ".join(subject.split()), body, to=[user.email]).send()
