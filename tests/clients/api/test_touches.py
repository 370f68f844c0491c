"""Touches through the API."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from clients.models import Client, Contact, Touch
from tests.api import Caller


def test_a_touch_is_logged_in_one_step(anna: User, lachenal: Client, solene: Contact) -> None:
    soon = (timezone.now() + timedelta(days=7)).replace(microsecond=0)
    answer = Caller(anna).post(
        f"/clients/{lachenal.pk}/touches",
        {
            "kind": "meeting",
            "note": "Walked the shop floor.\n\nTwo ovens to replace.",
            "contact": solene.pk,
            "minutes": 45,
            "facts_confirmed": True,
            "next_step": "Send a quote",
            "next_step_at": soon.isoformat(),
        },
    )
    assert answer.status == 201, answer.body
    assert answer.body["contact"] == {"id": solene.pk, "name": "Solène Rivoire"}
    assert answer.body["user"] == {"id": anna.pk, "name": "Anna Petrova"}
    client = Client.objects.get()
    assert (client.next_step, client.next_step_at, client.facts_confirmed_by, client.version) == ("Send a quote", soon, anna, 1)


def test_a_touch_that_can_not_be_is_refused(anna: User, lachenal: Client) -> None:
    later, earlier = (timezone.now() + timedelta(days=1)).isoformat(), "2020-01-01T10:00:00+01:00"
    answer = Caller(anna).post(
        f"/clients/{lachenal.pk}/touches",
        {"at": later, "next_step": "Call", "next_step_at": earlier, "no_next_step_because": "None", "contact": 10**15},
    )
    assert answer.codes == {"at": "future", "next_step_at": "past", "no_next_step_because": "both", "contact": "choice"}
    wrong = {"kind": "pigeon", "outcome": 3, "minutes": 1441, "note": [], "at": "9999-12-31T00:00:00Z", "user": 1}
    codes = {"kind": "choice", "outcome": "choice", "minutes": "number", "note": "text", "at": "date_time", "user": "unknown"}
    assert Caller(anna).post(f"/clients/{lachenal.pk}/touches", wrong).codes == codes
    assert Touch.objects.count() == 1


def test_touches_are_paged_from_the_latest_on(anna: User, lachenal: Client) -> None:
    Touch.objects.all().delete()
    now = timezone.now()
    moments = [now - timedelta(hours=hour // 2) for hour in range(7)]  # two of each moment: the id decides
    touches = Touch.objects.bulk_create([Touch(client=lachenal, user=anna, at=at, note=str(n)) for n, at in enumerate(moments)])
    caller, path, seen, cursor = Caller(anna), f"/clients/{lachenal.pk}/touches?limit=3", [], ""
    for _ in range(3):
        page = caller.get(f"{path}&cursor={cursor}" if cursor else path).body
        seen += [touch["id"] for touch in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert seen == [touch.pk for touch in sorted(touches, key=lambda touch: (touch.at, touch.pk), reverse=True)]
    assert caller.get(f"{path}&cursor=Zm9v").codes == {"cursor": "cursor"}
