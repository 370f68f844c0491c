"""Paging by key: each row once, in order, both ways, whatever ties, gaps and vanishing rows there are."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client as Browser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from clients.models import Client
from clients.tables import SORTS
from ui.lists import BadCursor, Order, Pager, Sort, count

pytestmark = pytest.mark.django_db

MOMENTS = st.sampled_from(
    [None, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC), datetime(2025, 5, 5, tzinfo=UTC)]
)
FACTS = st.fixed_dictionaries(
    {
        "full_name": st.sampled_from(["", "Ämter", "amter", "Ромашка", "東京", "b"]),
        "city": st.sampled_from(["", "Łódź", "Псков"]),
        "lifecycle": st.sampled_from(["current", "former"]),
        "last_touch_at": MOMENTS,
        "next_step_at": MOMENTS,
    }
)


def made(facts: list[dict[str, Any]]) -> QuerySet[Client]:
    """Make clients; the registry refuses to forget them, so each example has its own region."""
    region = uuid.uuid4().hex
    Client.objects.bulk_create(Client(region=region, **fact) for fact in facts)
    return Client.objects.filter(region=region)


def forwards(pager: Pager[Client]) -> list[list[int]]:
    pages, keys = [], pager.page()
    while keys.ids:
        pages.append(keys.ids)
        if not keys.after:
            break
        keys = pager.page(after=keys.after)
    return pages


def backwards(pager: Pager[Client]) -> list[list[int]]:
    pages, keys = [], pager.last()
    while keys.ids:
        pages.append(keys.ids)
        if not keys.before:
            break
        keys = pager.page(before=keys.before)
    return pages


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.name)
@given(facts=st.lists(FACTS, max_size=14), size=st.integers(1, 5), descending=st.booleans(), few=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_row_is_visited_once_in_order_both_ways(
    sort: Sort, facts: list[dict[str, Any]], size: int, descending: bool, few: bool
) -> None:
    rows = made(facts)
    pager = Pager(rows, Order(sort, descending), salt="test", size=size, few=few)
    ordered = list(rows.order_by(*sort.ordering(descending=descending)).values_list("pk", flat=True))
    assert [pk for page in forwards(pager) for pk in page] == ordered
    seen = [pk for page in reversed(backwards(pager)) for pk in page]
    assert list(dict.fromkeys(seen)) == ordered  # going back, the first page is filled up with rows of the second


def test_the_place_in_the_list_survives_its_row(anna: User) -> None:
    rows = made([{"full_name": letter} for letter in "abcdef"])
    pager = Pager(rows.filter(archived_at=None), Order(SORTS[0]), salt="test", size=2)
    after = pager.page().after
    rows.filter(full_name="b").update(archived_at="2026-01-01T00:00Z")
    assert [Client.objects.get(pk=pk).full_name for pk in pager.page(after=after).ids] == ["c", "d"]


def test_where_everything_after_has_gone_the_last_page_is_shown() -> None:
    rows = made([{"full_name": letter} for letter in "abcd"])
    pager = Pager(rows.filter(archived_at=None), Order(SORTS[0]), salt="test", size=2)
    after = pager.page().after
    rows.filter(full_name__in=["c", "d"]).update(archived_at="2026-01-01T00:00Z")
    assert [Client.objects.get(pk=pk).full_name for pk in pager.page(after=after).ids] == ["a", "b"]


def test_a_cursor_of_another_order_or_list_or_hand_is_refused() -> None:
    rows = made([{"full_name": letter} for letter in "abcd"])
    after = Pager(rows, Order(SORTS[0]), salt="test", size=2).page().after
    for order, salt, cursor in [
        (Order(SORTS[1]), "test", after),
        (Order(SORTS[0], True), "test", after),
        (Order(SORTS[0]), "other", after),
        (Order(SORTS[0]), "test", after[:-1]),
    ]:
        with pytest.raises(BadCursor):
            Pager(rows, order, salt=salt, size=2).page(after=cursor)


def test_counts_stop_at_the_cap() -> None:
    rows = made([{"full_name": letter} for letter in "abcd"])
    assert (count(rows, cap=3).number, count(rows, cap=3).capped) == (3, True)
    assert (count(rows, cap=4).number, count(rows, cap=4).capped) == (4, False)


def test_next_and_back_lead_through_the_list(client: Browser, anna: User) -> None:
    made([{"full_name": f"Client {number:03}"} for number in range(120)])
    client.force_login(anna)
    seen = []
    url = "/clients/"
    while url:
        state = client.get(url).context["list"]
        seen.append([record.full_name for record in state.records])
        url = state.next_url
    assert [len(page) for page in seen] == [50, 50, 20]
    assert [name for page in seen for name in page] == [f"Client {number:03}" for number in range(120)]
    back = client.get(state.previous_url).context["list"]
    assert [record.full_name for record in back.records] == seen[1]
    assert [record.full_name for record in client.get(back.previous_url).context["list"].records] == seen[0]


def test_the_best_matches_are_paged_too(client: Browser, anna: User) -> None:
    made([{"full_name": f"Ромашка {number:03}"} for number in range(60)])
    client.force_login(anna)
    first = client.get("/clients/?q=romashka").context["list"]
    second = client.get(first.next_url).context["list"]
    assert (len(first.records), len(second.records), second.next_url) == (50, 10, "")
    assert not {record.pk for record in first.records} & {record.pk for record in second.records}
