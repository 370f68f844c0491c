"""Closing work: will they work with us again, and when?"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import validation
from clients.criteria.days import add_months
from clients.errors import FieldError, Refused
from clients.forms.fields import RegistryForm, Typed, as_number
from clients.forms.touches import Picks, TouchForm
from clients.models import Client
from reminders.services.projects import Again
from ui import formats
from ui.forms import DateInput, Seg

OTHER = "other"
_AHEAD = (3, 6, 12)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})$")


class FinishForm(RegistryForm):
    """What they said of working with us again."""

    ids = "finish_%s"

    again = Typed(label=_("Will they work with us again?"), widget=Seg(choices=Again.choices), initial=Again.YES)
    month = Typed(label=_("When?"), required=False, widget=Picks())
    on_day = Typed(label=_("Day"), required=False, widget=DateInput(), help_text=_("the month is enough: choose any day of it"))
    because = Typed(label=_("Because"), required=False, widget=forms.TextInput({"autocomplete": "off"}))
    kind = Typed(label=_("How did they say it?"), widget=TouchForm.base_fields["kind"].widget, initial="call")
    contact = Typed(label=_("With"), required=False, widget=forms.Select())
    note = Typed(label=_("What was said"), required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, data: Any = None, *, client: Client, now: datetime) -> None:
        super().__init__(data)
        today = timezone.localtime(now).date()
        self.months = {str(number): add_months(today.replace(day=1), number) for number in _AHEAD}
        choices = [(key, formats.month(first, now)) for key, first in self.months.items()]
        self._offer("month", [*choices, (OTHER, gettext("Other…"))])
        self.fields["month"].initial = str(_AHEAD[1])
        contacts = list(client.contacts.all())
        self._offer("contact", [("", _("nobody in particular")), *((one.pk, str(one)) for one in contacts)])
        self.fields["contact"].initial = next((one.pk for one in contacts if one.is_main), "")

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        widget: Any = self.fields[name].widget
        widget.choices = choices

    def for_service(self) -> dict[str, Any]:
        """Return what `finish_work` takes. Raises `Refused` for a day that is none."""
        typed = self.typed()
        asked = typed["again"] in {Again.YES, Again.PERHAPS}
        return {
            "again": typed["again"] or "",
            "on_day": self._day(typed) if asked else None,
            "because": typed["because"] or "" if typed["again"] == Again.NO else "",
            "note": typed["note"] or "",
            "kind": typed["kind"] or "",
            "contact_id": as_number(typed["contact"]) if typed["contact"] else None,
        }

    def _day(self, typed: dict[str, Any]) -> date | None:
        if typed["month"] != OTHER:
            return self.months.get(typed["month"] or "")
        text = str(typed["on_day"] or "").strip()
        if month := _MONTH.match(text):
            text = f"{month[1]}-{int(month[2]):02}-01"
        try:
            return validation.day(text)
        except validation.BadValue as bad:
            raise Refused([FieldError("on_day", bad.code, bad.message)]) from None
