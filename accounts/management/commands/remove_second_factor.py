"""Let a user in again who lost the phone, where no administrator can."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services import people


class Command(BaseCommand):
    help = "Takes the user's authenticator app, passkeys and recovery codes away and ends the user's sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username__iexact=username).first()
        if user is None:
            raise CommandError(f"There is no user {username}.")
        people.remove_second_factor(by=None, user_id=user.pk)
        self.stdout.write(f"{user.username} signs in by password alone now.")
