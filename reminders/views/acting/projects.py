"""Closing work for a client: will they work with us again, and when?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.views.card import answer, dialog, posted
from reminders.forms.projects import FinishForm
from reminders.services import finish_work, undo_finish
from reminders.services.projects import Finished
from reminders.views.acting.answering import TOUCHED, find_touchable_client, say_refusal
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("reminders.add_reminder")
@require_http_methods(["GET", "POST"])
def finish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that work is finished; the answer becomes a reminder on that date, or a touch that says why not."""
    client = find_touchable_client(request, pk)
    form = FinishForm(posted(request), client=client, now=timezone.now())
    if request.method == "POST":
        try:
            finished = finish_work(user=request.user, client_id=pk, **form.for_service())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            undo = reverse("reminders:finish_undo", args=[pk, finished.touch.pk, finished.event_id])
            say(request, _told(finished), undo_url=undo)
            return answer(request, pk, *TOUCHED, close=True)
    return dialog(request, "reminders/dialogs/finish.html", {"form": form, "client": client}, status=422 if form.errors else 200)


def _told(finished: Finished) -> str:
    if finished.reminder is None:
        return _("Work finished; the timeline says why they will not come again.")
    return _("Work finished. We get in touch again on %(when)s.") % {"when": formats.full(finished.reminder.on_day)}


@requires("reminders.add_reminder")
@require_POST
def undo(request: SignedInRequest, pk: int, touch_id: int, event_id: int) -> HttpResponse:
    """Take back that work is finished: the touch, and the reminder that it made."""
    find_touchable_client(request, pk)
    try:
        undo_finish(user=request.user, client_id=pk, touch_id=touch_id, event_id=event_id)
        say(request, _("Taken back: the work goes on."))
    except StaleVersion:
        messages.warning(request, _("More has happened with this client since; it stays as it is."))
    except Refused as refusal:
        say_refusal(request, refusal)
    return answer(request, pk, *TOUCHED)
