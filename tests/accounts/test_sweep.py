"""What is over is forgotten."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import OneTimeToken, StoredMail, User
from accounts.tasks import sweep
from accounts.tokens import make_sign_in_link


def enter(user: User) -> str:
    client = Client()
    client.post("/account/login/", {"login": user.username, "password": "correct horse 42"})
    return str(client.session.session_key)


def test_sessions_that_ran_out_are_forgotten_and_living_ones_stay(anna: User) -> None:
    old, new = enter(anna), enter(anna)
    Session.objects.filter(session_key=old).update(expire_date=timezone.now() - timedelta(seconds=1))
    sweep()
    assert list(Session.objects.values_list("session_key", flat=True)) == [new]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [new]


def test_links_long_over_and_mail_long_read_are_forgotten(anna: User, boris: User) -> None:
    for user, days in ((anna, 31), (boris, 29)):
        make_sign_in_link(user)
        OneTimeToken.objects.filter(user=user).update(expires_at=timezone.now() - timedelta(days=days))
    for subject, days, send_at in (("old", 91, None), ("new", 89, None), ("waiting", 91, timezone.now())):
        mail = StoredMail.objects.create(recipients=["x@kestrel.example"], subject=subject, body="x", send_at=send_at)
        StoredMail.objects.filter(pk=mail.pk).update(created_at=timezone.now() - timedelta(days=days))
    sweep()
    assert [token.user for token in OneTimeToken.objects.all()] == [boris]
    assert set(StoredMail.objects.values_list("subject", flat=True)) == {"new", "waiting"}
