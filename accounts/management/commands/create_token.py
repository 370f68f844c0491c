"""Print a new API token."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import ApiToken, User
from accounts.tokens import create_api_token


class Command(BaseCommand):
    help = "Creates an API token for the user and prints its key, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="what the token is for, as the user's settings will show it")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ.value)

    def handle(self, *args: Any, username: str, name: str, scope: str, **options: Any) -> None:
        user = User.objects.filter(username__iexact=username).first()
        if user is None:
            raise CommandError(f"There is no user {username}.")
        if not user.is_active:
            raise CommandError(f"{username} can't use the API: the account is not active.")
        if user.api_tokens.alive().filter(name=name).exists():
            raise CommandError(f"{username} has a token named {name} already. Revoke it or choose another name.")
        _token, key = create_api_token(user=user, name=name, scope=ApiToken.Scope(scope))
        self.stdout.write(key)
