"""The form beside the queue: how the call went, what was said, what was learned, and what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clients.forms.fields import Choices
from clients.forms.touches import KEEP, WEEK, TouchForm
from clients.models import TouchKind, TouchOutcome
from clients.views.card import CardPage
from reminders.asking import Asked, answers_of, asked_for, field_for
from reminders.models import Reminder
from reminders.models.kinds import MEETING
from reminders.putting_off import when_in_words
from reminders.trying import next_try

AGAIN = "again"
UNANSWERED = (TouchOutcome.NO_ANSWER, TouchOutcome.BUSY)


class CallForm(TouchForm):
    """A touch that closes a reminder (or, without one, is logged for a client that went quiet).

    "Try again" moves the reminder to a moment that depends on the outcome, as `reminders.trying` says. `quick` names an
    outcome that a single button has chosen: then trying again is meant, whatever else stands in the form.
    """

    ids = "call_%s"

    def __init__(self, data: Any = None, *, reminder: Reminder | None, page: CardPage, **kwargs: Any) -> None:
        if data is not None and data.get("quick") in UNANSWERED:
            data = data.copy()
            for name, value in {"outcome": data["quick"], "plan": AGAIN, "no_next_step_because": ""}.items():
                data[name] = value
        super().__init__(data, client=page.client, user=page.user, now=page.now, contacts=page.contacts, **kwargs)
        self.reminder = reminder
        self.again: dict[str, datetime] = {one.value: next_try(self.user, one, self.now, client_zone=page.local_time) for one in UNANSWERED}
        if reminder is not None and reminder.is_promise:
            self.keeps = False  # what is planned is this call itself
        if reminder is not None:
            self.fields["kind"].initial = TouchKind.MEETING if reminder.kind.key == MEETING else TouchKind.CALL
            if reminder.contact_id is not None:
                self.fields["contact"].initial = reminder.contact_id
        choices = [one for one in self.fields["plan"].widget.choices if one[0] != KEEP or self.keeps]
        self.fields["plan"].widget.choices = [(AGAIN, _("Try again: %(when)s") % {"when": self.again_shown}), *choices]
        self.fields["plan"].initial = KEEP if self.keeps else WEEK
        self.asked: list[Asked] = asked_for(page.evaluation, page.contacts, self.client.kind) if page.may_edit else []
        offered = Choices(self.client)
        for one in self.asked:
            self.fields[one.name] = field_for(one, self.client, offered, page.custom_fields)
        self.draw()

    @property
    def chosen_outcome(self) -> str:
        """The outcome that was chosen; empty while nobody did."""
        return str(self.data.get("outcome") or "") if self.is_bound else ""

    @property
    def again_at(self) -> datetime:
        return self.again.get(self.chosen_outcome, self.again[TouchOutcome.NO_ANSWER])

    @property
    def again_shown(self) -> str:
        return when_in_words(self.again_at, self.now)

    @property
    def again_words(self) -> dict[str, str]:
        """What "try again" says for each outcome, for the script."""
        return {key: str(_("Try again: %(when)s") % {"when": when_in_words(at, self.now)}) for key, at in self.again.items()}

    @property
    def no_answer_shown(self) -> str:
        """When the single button tries again: "today 15:00"."""
        return when_in_words(self.again[TouchOutcome.NO_ANSWER], self.now)

    @property
    def tries_again(self) -> bool:
        """Whether the call is to be tried again, and not closed."""
        return bool(self.typed()["plan"] == AGAIN)

    @property
    def questions(self) -> list[Any]:
        return [self[one.name] for one in self.asked]

    @property
    def answers(self) -> dict[str, Any]:
        """What was learned, by fact."""
        # every question that was on the page when it was drawn is read, also one whose answer somebody else has given since
        known = answers_of(self.asked, self.typed())
        strangers = {name.removeprefix("ask_"): value for name, value in self.data.items() if name.startswith("ask_") and value}
        return strangers | known

    def for_call(self) -> dict[str, Any]:
        """Return the arguments of `close_call` that stand in the form. Raises `Refused`."""
        return {"touch": self.for_service(), "answers": self.answers, "again_at": self.again_at if self.tries_again else None}
