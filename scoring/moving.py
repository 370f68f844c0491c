"""Who moved between angel and demon since the period before."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from clients.models import Client
from scoring.arithmetic import SQL
from scoring.figures import among
from scoring.models import ProfitReport, Verdict

SHOWN = 5
_SHOWN_ONLY = "SELECT * FROM ({moved}) AS moved WHERE place <= %(shown)s ORDER BY place"


@dataclass(frozen=True, slots=True)
class Moved:
    """A client with another verdict than before."""

    client: int
    was: Verdict
    now: Verdict
    profit_before: Decimal
    profit: Decimal

    @property
    def change(self) -> Decimal:
        return self.profit - self.profit_before


@dataclass(frozen=True, slots=True)
class Moves:
    """Those who earn more than before, and those who earn less, each the largest change first."""

    up: list[Moved] = field(default_factory=list)
    down: list[Moved] = field(default_factory=list)


def moves_between(before: ProfitReport, report: ProfitReport, clients: QuerySet[Client] | None = None) -> Moves:
    """Return the clients whose verdict is another one in `report` than in `before`: the largest changes each way."""
    chosen, values = among(clients, "n.client_id")
    known: dict[str, Any] = {"before": before.pk, "report": report.pk, "shown": SHOWN, **values}
    moves = Moves()
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN_ONLY.format(moved=SQL["moved"].format(chosen=chosen)), known)
        for client, was, now, profit_before, profit, _place in cursor.fetchall():
            moved = Moved(client, Verdict(was), Verdict(now), profit_before, profit)
            (moves.up if moved.change > 0 else moves.down).append(moved)
    return moves
