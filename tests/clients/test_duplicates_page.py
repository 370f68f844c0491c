"""The queue of alike clients, one pair side by side, and what is done with it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from accounts.roles import Role
from clients.models import ClearMerging, Client, ClientMerge, DuplicatePair, DuplicateScan, DuplicateSettings
from clients.services import change_client
from clients.services.duplicates import merge_clients, set_apart
from tests.clients.browsing import HTMX, as_user, text_of
from tests.clients.pairs import alike, pair_of
from tests.clients.registry import fresh, register

pytestmark = pytest.mark.django_db


def url(name: str, *args: Any) -> str:
    return reverse(f"duplicates:{name}", args=args)


def chosen(pair: DuplicatePair, *, kept: Client | None = None, **keep: Any) -> dict[str, Any]:
    """What the form of a pair posts: which client is kept, the versions that were read, and the values chosen by field."""
    kept = kept or pair.first
    versions = {f"version.{client.pk}": fresh(client).version for client in (pair.first, pair.second)}
    return {"kept": kept.pk, **versions, **{f"keep.{name}": value for name, value in keep.items()}}


def merge(browser: Browser, pair: DuplicatePair, **more: Any) -> Any:
    return browser.post(url("merge", pair.pk), chosen(pair, **more))


# --- the queue ---------------------------------------------------------------------------------


def test_the_most_alike_pair_stands_first_and_is_open(anna: User) -> None:
    alike(anna, "Ёлкин и партнёры", 94)
    alike(anna, "Hartley & Daughters Ltd", 98)
    text = text_of(as_user(anna).get(url("queue")))
    assert text.index("Hartley & Daughters Ltd") < text.index("Ёлкин и партнёры")
    assert "2 pairs to look at" in text
    assert "98 % alike same phone +33 1 99 00 17 42 · same name" in text


def test_a_manager_begins_with_own_pairs_and_may_see_all(anna: User, clara: User) -> None:
    alike(anna, "Hartley")
    alike(clara, "Rassvet")
    text = text_of(as_user(anna).get(url("queue")))
    assert "Hartley" in text
    assert "Rassvet" not in text
    assert "Rassvet" in text_of(as_user(anna).get(url("queue"), {"show": "all"}))


def test_the_links_to_the_queue_lead_there_from_a_pair_too(anna: User) -> None:
    content = as_user(anna).get(url("pair", alike(anna, "Hartley").pk)).content.decode()
    assert 'href="?' not in content
    assert content.count(f'href="{url("queue")}?show=all"') == 1


def test_management_begins_with_all_pairs(anna: User, dmitri: User) -> None:
    alike(anna, "Hartley")
    assert "Hartley" in text_of(as_user(dmitri).get(url("queue")))


def test_pairs_less_alike_than_management_wants_to_see_are_left_out(anna: User) -> None:
    alike(anna, "Hartley", 71)
    alike(anna, "Rassvet", 90)
    DuplicateSettings.objects.create(review_from=80, bulk_from=95)
    text = text_of(as_user(anna).get(url("queue")))
    assert "Rassvet" in text
    assert "Hartley" not in text


def test_the_navigation_counts_the_pairs_that_wait_for_the_user(anna: User, clara: User, dmitri: User) -> None:
    alike(anna, "Hartley")
    alike(clara, "Rassvet")
    assert "Duplicates 1 " in text_of(as_user(anna).get("/clients/"))
    assert "Duplicates 2 " in text_of(as_user(dmitri).get("/clients/"))


def test_a_stranger_does_not_get_in(eve: User, anna: User) -> None:
    pair = alike(anna)
    assert [as_user(eve).get(address).status_code for address in (url("queue"), url("pair", pair.pk), url("lately"))] == [403] * 3


def test_an_empty_queue_says_so(anna: User) -> None:
    assert "No pair with a client of yours waits" in text_of(as_user(anna).get(url("queue")))
    assert "No pair waits" in text_of(as_user(anna).get(url("queue"), {"show": "all"}))


def test_the_queue_goes_on_behind_fifty_pairs(anna: User) -> None:
    one = register(anna, full_name="Hartley")
    for number in range(52):
        pair_of(one, register(anna, full_name=f"Hartley {number}"), 95 if number else 99)
    browser = as_user(anna)
    first = browser.get(url("queue"))
    assert "2 more" in text_of(first)
    place = str(first.context["queue"].more)
    rest = browser.get(url("queue"), {"after": place}, headers=HTMX)
    assert rest.content.decode().count("<b ") == 2
    assert "<html" not in rest.content.decode()
    assert "Hartley 51" in text_of(rest)


@pytest.mark.parametrize("after", ["", "x", "98", "98-x", "-", "999999999999999999999-1", "101-5"])
def test_a_place_that_we_did_not_write_shows_the_queue(anna: User, after: str) -> None:
    alike(anna)
    assert as_user(anna).get(url("queue"), {"after": after}).status_code == 200


def test_the_queue_asks_as_many_questions_for_three_pairs_as_for_one(anna: User, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    alike(anna, "Hartley", 99)
    browser = as_user(anna)
    browser.get(url("queue"))
    with CaptureQueriesContext(connection) as one:
        browser.get(url("queue"))
    alike(anna, "Rassvet")
    alike(anna, "Elkin")
    with CaptureQueriesContext(connection) as three:
        browser.get(url("queue"))
    assert len(three) == len(one)
    assert len(one) <= 34


# --- side by side ------------------------------------------------------------------------------


def test_only_what_differs_can_be_chosen(anna: User) -> None:
    pair = alike(anna)
    response = as_user(anna).get(url("pair", pair.pk))
    keys = [row.fact.key for row in response.context["two"].comparison.rows]
    assert keys == ["full_name", "phones"]
    text = text_of(response)
    assert "the same in both" in text
    assert "City" not in keys
    assert "+44 113 496 0148" in text
    assert "+44 113 496 0190" in text


def test_a_value_says_since_when_and_by_whom_it_stands(anna: User, dmitri: User) -> None:
    pair = alike(anna)
    change_client(user=dmitri, client_id=pair.second_id, version=1, changes={"phones": "+44 113 496 0191"})
    Client.objects.filter(pk=pair.first_id).update(created_at=timezone.now() - timedelta(days=9))
    text = text_of(as_user(anna).get(url("pair", pair.pk)))
    assert "changed today by Дмитрий Соколов" in text
    assert "confirmed today by Anna Petrova" in text


def test_both_phones_are_kept_unless_one_is_unticked(anna: User) -> None:
    pair = alike(anna)
    rows = {row.fact.key: row for row in as_user(anna).get(url("pair", pair.pk)).context["two"].comparison.rows}
    assert rows["phones"].many
    assert [cell.chosen for cell in rows["phones"].cells] == [True, True]
    assert not rows["full_name"].many


def test_the_other_one_can_be_kept_instead_with_the_choices_made(anna: User) -> None:
    pair = alike(anna)
    response = as_user(anna).post(url("pair", pair.pk), chosen(pair, kept=pair.second, full_name=pair.first_id, phones=pair.second_id))
    two = response.context["two"]
    assert two.kept == pair.second
    assert two.comparison.choices["full_name"] == "other"
    assert two.comparison.choices["phones"] == "survivor"
    assert DuplicatePair.objects.get().state == "open"


def test_a_pair_of_somebody_else_can_only_be_read(anna: User, clara: User) -> None:
    pair = alike(anna)
    browser = as_user(clara)
    response = browser.get(url("pair", pair.pk))
    assert "In the hands of Anna Petrova: ask there, or management" in text_of(response)
    assert 'name="keep.' not in response.content.decode()
    for name in ("merge", "apart"):
        assert browser.post(url(name, pair.pk), chosen(pair)).status_code == 403
    assert DuplicatePair.objects.get().state == "open"


def test_a_pair_with_one_client_of_somebody_else_names_that_one(anna: User, clara: User) -> None:
    pair = pair_of(register(anna, full_name="Hartley"), register(clara, full_name="Hartleys"))
    response = as_user(anna).get(url("pair", pair.pk))
    assert "In the hands of Clara Moreau" in text_of(response)
    assert as_user(anna).post(url("merge", pair.pk), chosen(pair)).status_code == 403


def test_the_team_may_decide_where_the_company_says_so(anna: User, boris: User, company: Company) -> None:
    pair = alike(anna)
    Company.objects.update(team_may_edit=True)
    assert merge(as_user(boris), pair).status_code == 302
    assert DuplicatePair.objects.get().state == "merged"


# --- deciding ----------------------------------------------------------------------------------


def test_a_merge_takes_the_chosen_phone_of_the_other_and_goes_on_with_the_next_pair(anna: User) -> None:
    pair, following = alike(anna, score=98), alike(anna, "Rassvet", 90)
    response = merge(as_user(anna), pair, phones=pair.second_id, full_name=pair.first_id)
    assert response.headers["Location"] == f"{url('pair', following.pk)}?show=mine"
    kept, gone = fresh(pair.first), fresh(pair.second)
    assert kept.phones == ["+441134960190"]
    assert kept.full_name == "Hartley & Daughters Ltd"
    assert gone.merged_into == kept
    assert DuplicatePair.objects.get(pk=pair.pk).state == "merged"


def test_both_phones_are_taken_when_both_are_ticked(anna: User) -> None:
    pair = alike(anna)
    merge(as_user(anna), pair, phones=[pair.first_id, pair.second_id])
    assert fresh(pair.first).phones == ["+441134960148", "+441134960190"]


def test_unticking_both_keeps_what_the_kept_one_had(anna: User) -> None:
    pair = alike(anna)
    merge(as_user(anna), pair, full_name=pair.first_id)
    assert fresh(pair.first).phones == ["+441134960148"]


def test_a_merge_is_undone_from_its_toast(anna: User) -> None:
    pair = alike(anna)
    browser = as_user(anna)
    page = browser.post(url("merge", pair.pk), chosen(pair), follow=True)
    made = ClientMerge.objects.get()
    assert url("merge_undo", made.pk) in page.content.decode()
    browser.post(url("merge_undo", made.pk))
    assert fresh(pair.second).merged_into is None
    assert DuplicatePair.objects.get().state == "open"


def test_somebody_else_cannot_undo_it(anna: User, clara: User) -> None:
    pair = alike(anna)
    made = merge_clients(user=anna, survivor_id=pair.first_id, other_id=pair.second_id)
    assert as_user(clara).post(url("merge_undo", made.pk)).status_code == 403
    assert fresh(pair.second).merged_into == pair.first


def test_two_clients_are_remembered_and_can_be_put_back(anna: User) -> None:
    pair = alike(anna)
    browser = as_user(anna)
    page = browser.post(url("apart", pair.pk), {}, follow=True)
    assert "stay two clients" in text_of(page)
    assert "No pair with a client of yours waits" in text_of(page)
    assert DuplicatePair.objects.get().state == "two_clients"
    browser.post(url("rejoin", pair.pk))
    assert DuplicatePair.objects.get().state == "open"


def test_a_skipped_pair_comes_back_at_the_end(anna: User) -> None:
    first, second, third = alike(anna, "A", 99), alike(anna, "B", 98), alike(anna, "C", 97)
    browser = as_user(anna)
    assert str(second.pk) in browser.post(url("skip", first.pk)).headers["Location"]
    assert browser.get(url("queue")).context["pair"] == second
    browser.post(url("apart", second.pk))
    assert browser.post(url("apart", third.pk)).headers["Location"] == f"{url('pair', first.pk)}?show=mine"


def test_a_pair_that_somebody_merged_meanwhile_is_told_and_left(anna: User, dmitri: User) -> None:
    pair, following = alike(anna, score=98), alike(anna, "Rassvet", 90)
    posted = chosen(pair)
    merge_clients(user=dmitri, survivor_id=pair.first_id, other_id=pair.second_id)
    page = as_user(anna).post(url("merge", pair.pk), posted, follow=True)
    assert "are one already: Дмитрий Соколов has merged them" in text_of(page)
    assert page.context["pair"] == following
    assert ClientMerge.objects.count() == 1


def test_a_pair_that_somebody_told_apart_meanwhile_is_told_and_left(anna: User, dmitri: User) -> None:
    pair = alike(anna)
    set_apart(user=dmitri, pair_id=pair.pk)
    browser = as_user(anna)
    for answer in (browser.get(url("pair", pair.pk), follow=True), browser.post(url("merge", pair.pk), chosen(pair), follow=True)):
        assert "are two clients: Дмитрий Соколов has said so" in text_of(answer)
    assert not ClientMerge.objects.exists()


def test_a_pair_that_is_not_there_any_more_leads_on(anna: User) -> None:
    pair, following = alike(anna, score=98), alike(anna, "Rassvet", 90)
    posted = chosen(pair)
    DuplicatePair.objects.filter(pk=pair.pk).delete()
    browser = as_user(anna)
    for name in ("merge", "apart", "skip"):
        page = browser.post(url(name, pair.pk), posted, follow=True)
        assert "This pair is not in the queue any more" in text_of(page)
        assert page.context["pair"] == following


def test_a_change_meanwhile_is_shown_and_the_choices_stay(anna: User, dmitri: User) -> None:
    pair = alike(anna)
    posted = chosen(pair, phones=pair.second_id, full_name=pair.second_id)
    change_client(user=dmitri, client_id=pair.second_id, version=1, changes={"city": "York"})
    response = as_user(anna).post(url("merge", pair.pk), posted)
    assert response.status_code == 409
    text = text_of(response)
    assert "Дмитрий Соколов changed Hartley & Daughters Ltd, once more meanwhile" in text
    assert "York" in text
    two = response.context["two"]
    assert two.comparison.choices["phones"] == "other"
    assert two.comparison.choices["full_name"] == "other"
    assert not ClientMerge.objects.exists()
    again = {**posted, f"version.{pair.second_id}": 2}
    assert as_user(anna).post(url("merge", pair.pk), again).status_code == 302


def test_a_merge_that_is_refused_says_why(anna: User) -> None:
    pair = alike(anna)
    twenty = [f"+331990{number:05}" for number in range(20)]
    Client.objects.filter(pk=pair.first_id).update(phones=twenty)
    Client.objects.filter(pk=pair.second_id).update(phones=["+33199001742"])
    response = as_user(anna).post(url("merge", pair.pk), chosen(pair) | {"keep.phones": [pair.first_id, pair.second_id]})
    assert response.status_code == 422
    assert "Keep at most 20 entries." in text_of(response)


# --- lately, settings, clear pairs ----------------------------------------------------------------


def test_what_was_done_lately_is_listed_with_its_undo(anna: User, clara: User) -> None:
    merged, apart = alike(anna, "Hartley"), alike(anna, "Rassvet")
    made = merge_clients(user=anna, survivor_id=merged.first_id, other_id=merged.second_id)
    set_apart(user=anna, pair_id=apart.pk)
    DuplicatePair.objects.filter(pk=apart.pk).update(reason="Another branch")
    response = as_user(anna).get(url("lately"))
    text = text_of(response)
    assert "two clients, today" in text
    assert "Anna Petrova Another branch" in text
    assert "merged, today" in text
    assert url("merge_undo", made.pk) in response.content.decode()
    assert url("rejoin", apart.pk) in response.content.decode()
    seen_by_clara = as_user(clara).get(url("lately")).content.decode()
    assert "Hartley" in seen_by_clara
    assert url("merge_undo", made.pk) not in seen_by_clara
    assert url("rejoin", apart.pk) not in seen_by_clara


def test_what_was_done_long_ago_is_not_listed(anna: User) -> None:
    pair = alike(anna)
    merge_clients(user=anna, survivor_id=pair.first_id, other_id=pair.second_id)
    ClientMerge.objects.update(at=timezone.now() - timedelta(days=31))
    assert "Nothing was decided lately" in text_of(as_user(anna).get(url("lately")))


def test_management_says_what_counts_as_alike(anna: User, dmitri: User) -> None:
    alike(anna, score=96)
    browser = as_user(dmitri)
    assert "95 % 1" in text_of(browser.get(url("settings"), headers=HTMX))
    assert browser.post(url("settings"), {"review_from": 80, "bulk_from": 97}).status_code == 302
    assert (DuplicateSettings.current().review_from, DuplicateSettings.current().bulk_from) == (80, 97)
    page = text_of(browser.get(url("settings")))
    assert "75 %" not in page, "nobody has looked for pairs that are less alike than that"
    assert "80 %" in page
    refused = browser.post(url("settings"), {"review_from": 90, "bulk_from": 80}, headers=HTMX)
    assert refused.status_code == 422
    assert "Clear pairs are at least as alike" in text_of(refused)
    assert DuplicateSettings.current().review_from == 80


def test_a_manager_neither_sets_nor_clears(anna: User) -> None:
    browser = as_user(anna)
    assert [browser.get(url(name)).status_code for name in ("settings", "clear")] == [403, 403]
    assert "What counts as alike" not in text_of(browser.get(url("queue")))


def test_clear_pairs_are_merged_in_the_background_but_for_the_unticked(
    anna: User, dmitri: User, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clients.tasks import merge_clear_pairs

    monkeypatch.setattr(merge_clear_pairs, "delay", merge_clear_pairs)
    clear, unticked, unclear = alike(anna, "Clear", 97), alike(anna, "Unticked", 96), alike(anna, "Unclear", 90)
    browser = as_user(dmitri)
    text = text_of(browser.get(url("clear")))
    assert "2 pairs at least 95 % alike" in text
    assert "Unclear" not in text
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(url("clear"), {"shown": [clear.pk, unticked.pk], "pair": [clear.pk]})
    page = browser.get(answer.headers["Location"])
    assert "1 pair merged" in text_of(page)
    assert url("merge_undo", ClientMerge.objects.get().pk) in page.content.decode()
    states = dict(DuplicatePair.objects.values_list("pk", "state"))
    assert states == {clear.pk: "merged", unticked.pk: "open", unclear.pk: "open"}


def test_clear_pairs_that_wait_show_their_progress_and_are_not_started_twice(anna: User, dmitri: User) -> None:
    pair = alike(anna, score=97)
    browser = as_user(dmitri)
    answer = browser.post(url("clear"), {"shown": [pair.pk], "pair": [pair.pk]})
    shown = browser.get(answer.headers["Location"], headers=HTMX)
    assert "0 of 1 pairs." in text_of(shown)
    assert browser.get(url("clear")).headers["Location"] == answer.headers["Location"]


def test_what_cannot_be_merged_is_counted_with_its_reason(anna: User, dmitri: User, django_capture_on_commit_callbacks: Any) -> None:
    from clients.services.duplicates import clearing

    pair = alike(anna, score=97)
    browser = as_user(dmitri)
    with django_capture_on_commit_callbacks():
        answer = browser.post(url("clear"), {"shown": [pair.pk], "pair": [pair.pk]})
    dmitri.groups.clear()  # has lost the right meanwhile
    clearing.carry_on(ClearMerging.objects.get().pk)
    dmitri.set_role(Role.MANAGEMENT)
    text = text_of(browser.get(answer.headers["Location"]))
    assert "No pair merged" in text
    assert "1 left: You may not change this client." in text


# --- the search --------------------------------------------------------------------------------


def test_the_search_shows_how_far_it_is(anna: User) -> None:
    DuplicateScan.objects.update_or_create(pk=1, defaults={"done": 400, "total": 1000, "found": 3, "started_at": timezone.now()})
    browser = as_user(anna)
    assert "400 of 1,000 steps, 3 pairs so far." in text_of(browser.get(url("queue")))
    assert "40 %" in text_of(browser.get(url("search_progress"), headers=HTMX))
    DuplicateScan.objects.update(finished_at=timezone.now())
    assert "The search is through: 3 pairs are alike." in text_of(browser.get(url("search_progress"), headers=HTMX))
    assert "The whole registry was last searched today" in text_of(browser.get(url("queue")))


def test_management_has_the_whole_registry_searched_again(anna: User, dmitri: User) -> None:
    DuplicateScan.objects.update_or_create(pk=1, defaults={"basis": "1 70", "started_at": timezone.now(), "finished_at": timezone.now()})
    assert as_user(anna).post(url("search")).status_code == 403
    assert "The whole registry is being searched" in text_of(as_user(dmitri).post(url("search"), follow=True))
    assert DuplicateScan.objects.get().finished_at is None
