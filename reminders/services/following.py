"""What reminders do when touches are logged: the promise is kept, and who went quiet is quiet no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from clients.errors import StaleVersion
from clients.models import Touch
from clients.touching import TouchListener, register
from reminders.models import Reminder, State
from reminders.services.closing import open_again, take_away, take_off_following

_CLOSE = """
-- Close what touches have settled: the promise of the client (is_promise) when a touch planned anew or said why not, and
-- reminders of rules that a touch answers (`keys` of sources): a client that was written to is not quiet any more.
-- Index: reminder_of_client.
WITH touched AS (
  SELECT client_id, max(id) AS touch_id, (array_agg(user_id ORDER BY id DESC))[1] AS user_id, max(at) AS at,
    bool_or(next_step_at IS NOT NULL OR no_next_step_because <> '') AS plans
  FROM clients_touch WHERE id = ANY(%(touches)s) GROUP BY client_id
), closed AS (
  UPDATE reminders_reminder r
  SET state = 'done', fires_at = NULL, closed_at = %(now)s, closed_by_id = t.user_id, touch_id = t.touch_id,
    version = r.version + 1, updated_at = %(now)s
  FROM touched t
  WHERE r.client_id = t.client_id AND r.state = 'open' AND (
    (r.is_promise AND t.plans)
    OR (r.rule_id IN (SELECT id FROM reminders_reminderrule WHERE source = ANY(%(answered)s)) AND t.at > r.created_at - interval '1 day'))
  RETURNING r.id, t.touch_id, t.user_id
), told AS (
  UPDATE reminders_notice n SET withdrawn_at = %(now)s FROM closed WHERE n.reminder_id = closed.id AND n.withdrawn_at IS NULL
)
INSERT INTO reminders_reminderact (reminder_id, act, at, by_id, facts)
SELECT id, 'done', %(now)s, user_id, jsonb_build_object('touch', touch_id) FROM closed
"""


def register_following() -> None:
    """Make them known to the registry (called when the app is ready)."""
    register("reminders", TouchListener(logged=close_answered, taken_back=open_what_it_closed, lets_touch=where_reminded))


def close_answered(touches: Sequence[Touch]) -> None:
    """Close what these touches have settled."""
    from reminders.sources import answered_by_touch

    with connection.cursor() as cursor:
        ids = [touch.pk for touch in touches]
        cursor.execute(_CLOSE, {"touches": ids, "answered": answered_by_touch(), "now": timezone.now()})


def open_what_it_closed(touch: Touch) -> None:
    """Open the reminders again that `touch` closed: it is being taken back.

    The promise that it kept stands on the client again, with its note and its contact; the one that the touch made in its
    place goes. Raises `StaleVersion` where somebody has done something with what came after.
    """
    now = timezone.now()
    for reminder in Reminder.objects.filter(touch=touch).select_related("client", "kind", "owner").select_for_update(of=("self",)):
        reminder.client = touch.client
        take_off_following(reminder, now)
        if reminder.is_promise:
            for made in Reminder.objects.open().filter(client=touch.client, is_promise=True).select_for_update(of=("self",)):
                if made.acts.exists():
                    raise StaleVersion(made)
                take_away(made, now)
        open_again(reminder, by=touch.user, now=now)


def where_reminded(user: User) -> Q:
    """Return the condition of clients for which `user` has something to do, or has done it within a day: it may have to be put right."""
    own = Q(state=State.OPEN, owner=user.pk)
    lately = Q(state=State.DONE, closed_by=user.pk, closed_at__gte=timezone.now() - timedelta(days=1))
    return Q(Exists(Reminder.objects.filter(own | lately, client=OuterRef("pk"))))
