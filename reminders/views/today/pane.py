"""The pane beside the queue: one call, from the number to what comes next."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import requires
from clients import card_facts
from clients.models import Client, Touch
from clients.views.card import CardPage
from reminders.forms.completing import CallForm
from reminders.models import Reminder
from reminders.today import Clock, Row
from reminders.trying import is_waking

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.access import SignedInRequest


class Pane:
    """One reminder, or one client for which there is none, with all that a call needs."""

    def __init__(self, request: SignedInRequest, client: Client, reminder: Reminder | None = None, data: Any = None) -> None:
        self.request = request
        self.user = request.user
        self.client = client
        self.reminder = reminder
        self.data = data
        self.card = CardPage(request, client)
        if reminder is not None:
            reminder.client = client

    @property
    def key(self) -> str:
        """What a row is known by: the number of its reminder, or "c" and the number of its client."""
        return str(self.reminder.pk) if self.reminder else f"c{self.client.pk}"

    @cached_property
    def may_act(self) -> bool:
        if self.reminder is not None:
            if self.reminder.owner_id == self.user.pk and self.reminder.is_open and self.client.archived_at is None:
                return self.user.has_perm("reminders.change_reminder")  # one's own, without asking whose the client is
            return self.reminder.is_open and Reminder.objects.editable_by(self.user).filter(pk=self.reminder.pk).exists()
        if self.client.archived_at is not None:
            return False
        return self.card.may_edit or Client.objects.touchable_by(self.user).filter(pk=self.client.pk).exists()

    @property
    def is_call(self) -> bool:
        """Whether it is closed by logging a touch; the others are ticked off."""
        return self.reminder is None or self.reminder.kind.is_contact

    @cached_property
    def form(self) -> CallForm:
        return CallForm(self.data, reminder=self.reminder, page=self.card)

    @property
    def row(self) -> Row | None:
        return Row(self.reminder, Clock.of(self.user, self.card.now)) if self.reminder else None

    @property
    def person(self) -> Any:
        """With whom: the contact of the reminder, else the main one."""
        if self.reminder is not None and self.reminder.contact is not None:
            return self.reminder.contact
        return next((one for one in self.card.contacts if one.is_main), None)

    @property
    def phone(self) -> card_facts.BestPhone | None:
        if self.person is not None and self.person.phones:
            return card_facts.BestPhone(self.person.phone, self.person.full_name)
        return self.card.best_phone

    @property
    def email(self) -> str:
        """The address to write to, unless they asked not to be written to."""
        if self.client.may_write is False:
            return ""
        found = [*(self.person.emails if self.person is not None else ()), *self.client.emails]
        return found[0] if found else ""

    @property
    def local_time(self) -> datetime | None:
        return self.card.local_time

    @property
    def asleep_there(self) -> bool:
        """Whether it is night where the client is."""
        return not is_waking(self.local_time)

    @cached_property
    def last_touch(self) -> Touch | None:
        return self.client.touches.select_related("user").order_by("-at", "-id").first()

    @property
    def gaps_beyond(self) -> int:
        """How many more facts the card lacks than are asked for here."""
        return len(self.card.evaluation.shortfalls) - len(self.form.asked)

    @property
    def save_url(self) -> str:
        if self.reminder is not None:
            return reverse("reminders:today_done", args=[self.reminder.pk])
        return reverse("reminders:today_log", args=[self.client.pk])


def pane_of(request: SignedInRequest, reminder_id: int, data: Any = None) -> Pane:
    """Return the pane of a reminder; 404 for whoever may not see it."""
    found = Reminder.objects.visible_to(request.user).for_rows().filter(pk=reminder_id).first()
    if found is None:
        raise Http404
    return Pane(request, _client(request, found.client_id), found, data)


def pane_of_row(request: SignedInRequest, reminder: Reminder) -> Pane:
    """Return the pane of a reminder that the queue has read, with the contacts of its client."""
    contacts = list(reminder.client.contacts.all())
    found = Pane(request, _client(request, reminder.client_id), reminder)
    found.card.contacts = contacts
    return found


def pane_of_client(request: SignedInRequest, client_id: int, data: Any = None) -> Pane:
    """Return the pane of a client for which there is no reminder; 404 for whoever may not see it."""
    return Pane(request, _client(request, client_id), None, data)


def _client(request: SignedInRequest, pk: int) -> Client:
    found = Client.objects.visible_to(request.user).for_card(request.user).filter(pk=pk, merged_into=None, erased_at=None).first()
    if found is None:
        raise Http404
    return found


def find_pane(request: SignedInRequest, key: str) -> Pane | None:
    """Return the pane of the row called `key`; None where there is none, or where it is closed already."""
    number = key.removeprefix("c")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        found = pane_of_client(request, int(number)) if key.startswith("c") else pane_of(request, int(number))
    except Http404:
        return None
    return None if found.reminder is not None and not found.reminder.is_open else found


@require_GET
@requires("reminders.view_reminder")
def pane(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show one reminder in the pane; without htmx the page with it."""
    if not request.htmx:
        return redirect(f"{reverse('reminders:today')}?at={pk}")
    return render(request, "reminders/today/pane.html", {"pane": pane_of(request, pk)})


@require_GET
@requires("reminders.view_reminder")
def client_pane(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show one client in the pane, to be called without a reminder."""
    if not request.htmx:
        return redirect(f"{reverse('reminders:today')}?at=c{pk}")
    return render(request, "reminders/today/pane.html", {"pane": pane_of_client(request, pk)})


__all__ = ["Pane", "client_pane", "find_pane", "pane", "pane_of", "pane_of_client", "pane_of_row"]
