"""The cast of every test. Anna is a manager, Boris is in her team, Clara is in another, Dmitri is management,
Eve has an account without a role, Admin administers."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.test import TransactionTestCase

from accounts import roles
from accounts.models import Company, Team, User
from accounts.roles import Role
from clients.criteria.shipped import ship_criteria
from reminders.engine.push import ship_push_keys
from reminders.shipped import ship as ship_reminders
from sales.shipped import ship as ship_ledger


@pytest.fixture
def company(db: Any) -> Company:
    return Company.objects.create(name="Kestrel Trading", currency="EUR", time_zone="Europe/Paris", language="en", region="FR")


@pytest.fixture
def north(company: Company) -> Team:
    return Team.objects.create(name="North")


@pytest.fixture
def south(company: Company) -> Team:
    return Team.objects.create(name="South")


def make_user(username: str, full_name: str, role: Role | None, team: Team | None = None) -> User:
    """Make a user with the password "correct horse 42" and a confirmed e-mail."""
    user = User.objects.create_user(username, f"{username}@kestrel.example", "correct horse 42", full_name=full_name, team=team)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if role:
        user.set_role(role)
    return user


@pytest.fixture
def anna(north: Team) -> User:
    return make_user("anna", "Anna Petrova", Role.MANAGER, north)


@pytest.fixture
def boris(north: Team) -> User:
    return make_user("boris", "Boris Lind", Role.MANAGER, north)


@pytest.fixture
def clara(south: Team) -> User:
    return make_user("clara", "Clara Moreau", Role.MANAGER, south)


@pytest.fixture
def dmitri(company: Company) -> User:
    return make_user("dmitri", "Дмитрий Соколов", Role.MANAGEMENT)


@pytest.fixture
def admin(company: Company) -> User:
    return make_user("admin", "Admin", Role.ADMINISTRATOR)


@pytest.fixture
def eve(company: Company) -> User:
    return make_user("eve", "Eve", None)


@pytest.fixture(autouse=True)
def _fast_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _emptied_quickly() -> None:
    """After a test that commits, delete what it left. Django truncates every table, even if it is empty, and makes all permissions
    anew: a second for each such test."""
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]  # the stubs leave it out


_KEPT = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")


def _empty(test_case: TransactionTestCase) -> None:
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - set(_KEPT))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # neither keys nor history stand in the way
        cursor.execute("; ".join(f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables))
    for ship in (roles.sync, ship_criteria, ship_reminders, ship_push_keys, ship_ledger):  # what apps ship after each migration
        ship(using="default")
