"""What it cost to win the clients of a period, and what they brought since, as it was worked out last."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from scoring.models.reports import ProfitReport


class NewAndRepeat(models.Model):
    """Who was won in the period of a report beside who bought before.

    Reads more than the report: what was spent on these clients earlier, and what they brought in the months [first, end)
    in which they are followed. `stand` is what it was worked out from (scoring.new_and_repeat.stand_of): another by now,
    and it is out of date.
    """

    report = models.OneToOneField(ProfitReport, models.CASCADE, primary_key=True, related_name="new_and_repeat")
    first = models.DateField(help_text="the first day of the first month that clients are followed in")
    end = models.DateField(help_text="the first day after the last one")
    stand = models.JSONField(default=dict)
    figures = models.JSONField(default=dict, encoder=DjangoJSONEncoder, help_text="of all clients (scoring.new_and_repeat)")
    asked_at = models.DateTimeField(help_text="when somebody last looked at it: only then it is kept fresh")
    worked_out_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(first__lte=F("end")), name="new_and_repeat_in_order")]

    def __str__(self) -> str:
        return f"{self.first} – {self.end}"
