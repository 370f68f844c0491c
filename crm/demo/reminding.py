"""What the people of the demo company have promised to whom: late, today, this week and later, of every kind.

Planned by the services, as of days that are over where it is late; only what the engine and heads have heard of such a
one is written past them, so that a first start rings no bells for last week.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from django.db import transaction

from accounts.models import Team, User
from clients.models import Client
from crm.demo.company import MANAGERS
from crm.demo.drafts import ZONE
from reminders import services
from reminders.models import Act, Reminder, ReminderAct
from reminders.wall_time import Hours, moment_of

HEADS = {"North": "boris", "South": "clara"}
ON_HOLIDAY, STANDS_IN = "freya", "anna"


@dataclass(frozen=True)
class Plan:
    """A reminder to come: its kind, so many working days from today, at a time on the wall; the rest as the service takes it."""

    kind: str
    days: int
    at: time | None
    more: Mapping[str, Any]


def _plan(kind: str, days: int, at: str = "", **more: Any) -> Plan:
    return Plan(kind, days, time.fromisoformat(at) if at else None, more)


PLANS = (
    _plan("contract_renewal", -4, "11:00", notice_minutes=1440),
    _plan("recurring_payment", -1, "16:00", repeats="FREQ=MONTHLY"),
    _plan("confirm_facts", 0),
    _plan("call_back", 0, "10:15"),
    _plan("meeting", 0, "14:00", minutes=60, notice_minutes=15, place="Lyon, 12 quai Sud"),
    _plan("how_are_things", 0, "16:30"),
    _plan("equipment_replacement", 1, "10:00"),
    _plan("after_first_purchase", 1, "15:30"),
    _plan("meeting", 2, "11:00", minutes=90, notice_minutes=30, invites=True, place="Grenoble, 3 rue Neuve"),
    _plan("other", 2, "09:00", repeats="FREQ=WEEKLY"),
    _plan("birthday", 3, repeats="FREQ=YEARLY"),
    _plan("call_back", 4, "12:00"),
    _plan("work_again", 18, "10:00", assignee="manager"),
    _plan("contract_renewal", 25, "10:00", notice_minutes=1440),
)
FEW = 6
"""So many of them everybody has but the first of the managers, who has all: whoever looks at the demo comes as Anna."""

SUBJECTS: dict[str, dict[str, str]] = {
    "en": {
        "call_back": "Answer on the price list",
        "meeting": "Walk the shop floor, measure for the lift",
        "contract_renewal": "Contract ends: offer the same terms for two years",
        "equipment_replacement": "The old compressor is ten years old",
        "recurring_payment": "Has the monthly invoice been paid?",
        "after_first_purchase": "Is everything as they expected?",
        "how_are_things": "How are things since the move?",
        "work_again": "They said: again in spring",
        "other": "Send the delivery dates of the week",
    },
    "fr": {
        "call_back": "Réponse sur les tarifs",
        "meeting": "Visite de l’atelier, mesures pour le palan",
        "contract_renewal": "Fin de contrat : proposer deux ans aux mêmes conditions",
        "equipment_replacement": "Le vieux compresseur a dix ans",
        "recurring_payment": "La facture du mois est-elle réglée ?",
        "after_first_purchase": "Tout est-il comme prévu ?",
        "how_are_things": "Comment ça va depuis le déménagement ?",
        "work_again": "Ils ont dit : de nouveau au printemps",
        "other": "Envoyer les dates de livraison de la semaine",
    },
    "ru": {
        "call_back": "Ответ по прайс-листу",
        "meeting": "Осмотр цеха, замеры под подъёмник",
        "contract_renewal": "Договор кончается: предложить те же условия на два года",
        "equipment_replacement": "Старому компрессору десять лет",
        "recurring_payment": "Оплачен ли счёт за месяц?",
        "after_first_purchase": "Всё ли так, как ожидали?",
        "how_are_things": "Как дела после переезда?",
        "work_again": "Сказали: снова весной",
        "other": "Отправить сроки поставок на неделю",
    },
}


@transaction.atomic
def promise(*, seed: int, now: datetime) -> int:
    """Have the managers promise things to their clients; return how many. Nothing where somebody has planned already."""
    people = {user.username: user for user in User.objects.filter(username__in=[one.username for one in MANAGERS])}
    if Reminder.objects.exclude(created_by=None).exists():
        return 0
    for team in Team.objects.filter(name__in=HEADS, head=None):
        team.head = people.get(HEADS[team.name])
        team.save(update_fields=["head"])
    made = [one for user in people.values() for one in _promises_of(user, Random(f"{seed} reminders {user.username}"), now)]
    away, stand_in, today = people[ON_HOLIDAY], people[STANDS_IN], now.astimezone(ZONE).date()
    annas = [one for one in made if one.owner_id == stand_in.pk]
    for one in annas[-2:]:  # what is done today
        done = services.plan_reminder(user=stand_in, client_id=one.client_id, kind="other", on_day=today + timedelta(days=1), now=now)
        services.complete_reminder(user=stand_in, reminder_id=done.pk, now=now)
    for one in annas:
        if one.kind.key == "equipment_replacement":
            moved: dict[str, Any] = {"on_day": one.on_day, "at_time": time(11, 30), "reason": "Their technician is back then"}
            services.snooze_reminder(user=stand_in, reminder_id=one.pk, now=now, **moved)
    day = Hours.of(away).add_working_days(today, 1)
    services.hand_over_reminders(user=away, owner_id=away.pk, to_id=stand_in.pk, first=day, last=day, now=now)
    return len(made)


def _promises_of(user: User, dice: Random, now: datetime) -> list[Reminder]:
    hours, today = Hours.of(user), now.astimezone(ZONE).date()
    plans = PLANS if user.username == STANDS_IN else dice.sample(PLANS, FEW)
    clients = list(Client.objects.in_registry().filter(manager=user).order_by("pk").values_list("pk", flat=True))
    made = []
    for plan, client in zip(plans, dice.sample(clients, min(len(plans), len(clients))), strict=False):
        day = hours.add_working_days(today, plan.days) if plan.days else hours.working_day_from(today)
        planned_at = moment_of(hours.add_working_days(min(day, today), -dice.randint(3, 20)), time(dice.randint(9, 16), 20), ZONE)
        one = services.plan_reminder(
            user=user,
            client_id=client,
            kind=plan.kind,
            on_day=day,
            at_time=plan.at,
            time_zone=str(ZONE) if plan.at else "",
            subject=SUBJECTS[user.language].get(plan.kind, ""),
            now=planned_at,
            **plan.more,
        )
        Reminder.objects.filter(pk=one.pk).update(created_at=planned_at)
        if day < today:
            _heard_of(one, user, hours, now)
        made.append(one)
    return made


def _heard_of(late: Reminder, user: User, hours: Hours, now: datetime) -> None:
    """Its owner heard of a late one at its time, and the head when nobody had acted for a working day."""
    passed_on = hours.after(late.due_at, 8)
    heard: dict[str, Any] = {"stage": "", "fires_at": None, "fired_at": late.due_at}
    if passed_on < now - timedelta(hours=1):
        heard["escalated_at"] = passed_on
        head = user.team.head_id if user.team else None
        ReminderAct.objects.create(reminder=late, act=Act.ESCALATED, at=passed_on, by=None, facts={"to": [head] if head else []})
    Reminder.objects.filter(pk=late.pk).update(**heard)
