"""Reminders of somebody who leaves, and whole ranges that change hands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from accounts.audit import group_of
from accounts.deactivation import held_by
from accounts.models import AuditEntry, User
from accounts.services.people import deactivate_user
from clients.models import Client
from clients.services import archive_client
from reminders import services
from reminders.models import Reminder
from tests.clients.registry import fresh, register
from tests.reminders.conftest import Plan


def test_who_leaves_hands_over_what_is_open(anna: User, boris: User, clara: User, admin: User, lefevre: Client, plan: Plan) -> None:
    theirs = register(boris, full_name="Of Boris", manager=boris.pk)
    own, follows, done = plan(user=boris, client=theirs, assignee=anna.pk), plan(assignee="manager"), plan()
    services.complete_reminder(user=anna, reminder_id=done.pk)
    archived = register(clara, full_name="Archived", manager=clara.pk)
    asleep = plan(user=clara, client=archived, assignee=anna.pk)
    archive_client(user=clara, client_id=archived.pk, version=fresh(archived).version, reason="gone")
    assert "2 reminders" in held_by(anna)

    departure = deactivate_user(by=admin, user_id=anna.pk, successor=boris)

    assert departure.handed_over["clients"] == 1
    assert departure.handed_over["reminders"] == 1, "the one of the client's manager went with the client"
    for one in (own, follows, asleep):
        one.refresh_from_db()
        assert one.owner == boris
    done.refresh_from_db()
    assert done.owner == anna
    assert held_by(anna) == []


def test_what_colleagues_do_for_whoever_leaves_is_the_successors(anna: User, boris: User, clara: User, admin: User, plan: Plan) -> None:
    lent = plan()
    services.hand_over_reminders(user=anna, owner_id=anna.pk, to_id=clara.pk, first=lent.on_day, last=lent.on_day)
    deactivate_user(by=admin, user_id=anna.pk, successor=boris)
    lent.refresh_from_db()
    assert (lent.owner, lent.stands_in_for) == (clara, boris)
    services.hand_back_reminders(user=boris, owner_id=boris.pk)
    lent.refresh_from_db()
    assert lent.owner == boris


def test_bulk_hand_overs_stand_in_the_audit(anna: User, boris: User, plan: Plan) -> None:
    days: dict[str, Any] = {"first": plan().on_day, "last": plan().on_day + timedelta(days=1)}
    services.hand_over_reminders(user=anna, owner_id=anna.pk, to_id=boris.pk, **days)
    services.hand_back_reminders(user=anna, owner_id=anna.pk)
    services.hand_over_reminders(
        user=anna, owner_id=anna.pk, to_id=boris.pk, first=days["first"] - timedelta(9), last=days["first"] - timedelta(8)
    )

    said = []
    for line in AuditEntry.objects.filter(action__startswith="reminders_").order_by("pk"):
        group = group_of(line.action)
        assert group is not None
        said.append((str(group.actions[line.action]), line.by, line.object_id, group.say(line)))
    assert said == [
        ("Handed reminders over", anna, anna.pk, "2 reminders to Boris Lind, for a time"),
        ("Gave reminders back", anna, anna.pk, "2 reminders"),
    ]
    assert Reminder.objects.open().owned_by(anna).count() == 2
