"""The form of a new client where it looks like one that is there: while it is typed, and when it is sent."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients.models import Client, DuplicatePair
from clients.services import archive_client
from tests.clients.browsing import HTMX, as_user, text_of, url
from tests.clients.registry import PHONE, fair, register

pytestmark = pytest.mark.django_db
LEFEVRE = "Ateliers Lefèvre"
WHERE = "This client may be in the registry already"


def typed(**more: Any) -> dict[str, Any]:
    rows = {"contacts-TOTAL_FORMS": "1", "contacts-INITIAL_FORMS": "0"}
    sent = {"kind": "organisation", "full_name": LEFEVRE, "is_customer": "on", "source": fair().pk, "lifecycle": "potential"}
    return sent | rows | more


def test_while_one_types_the_page_says_who_may_be_here_already_and_why(anna: User, boris: User) -> None:
    known = register(boris, city="Lyon", phones=PHONE)
    archive_client(user=boris, client_id=known.pk, version=1, reason="Closed")
    answer = as_user(anna).post(url("new_check"), typed(phones=PHONE), headers=HTMX)
    said = text_of(answer)
    assert (
        "This may be here already Ateliers Lefèvre Lyon , Boris Lind archived 99 % alike: same name · same phone +33 1 99 00 17 42" in said
    )
    assert f'href="{url("card", known.pk)}" target="_blank"' in answer.content.decode()
    assert Client.objects.count() == 1


def test_nothing_is_said_of_a_client_that_looks_like_nobody(anna: User) -> None:
    register(anna)
    said = text_of(as_user(anna).post(url("new_check"), typed(full_name="Brasserie Œil-de-Bœuf"), headers=HTMX))
    assert "here already" not in said
    answer: Any = as_user(anna).post(url("new"), typed(full_name="Brasserie Œil-de-Bœuf"))
    assert answer.url == url("card", Client.objects.latest("pk").pk)


@pytest.mark.parametrize("name", ["anna", "boris", "clara", "dmitri", "admin"])
def test_everybody_who_registers_is_asked_first_and_loses_nothing(name: str, request: pytest.FixtureRequest, anna: User) -> None:
    user: User = request.getfixturevalue(name)
    register(anna, city="Lyon")
    answer = as_user(user).post(url("new"), typed(stands_now="Wants flour bins.", **{"contacts-0-full_name": "Mme Ngomo"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert WHERE in page
    assert "Say in a few words" not in page  # asked for the first time
    assert text_of(answer).count("Lyon , Anna Petrova") == 1  # not once more beside the form
    assert "Wants flour bins." in page
    assert 'value="Mme Ngomo"' in page
    assert Client.objects.count() == 1


def test_who_may_not_register_is_asked_nothing(eve: User, anna: User) -> None:
    register(anna)
    for name in ("new", "new_check"):
        assert as_user(eve).post(url(name), typed()).status_code == 403


def test_a_reason_registers_it(anna: User, boris: User) -> None:
    known = register(boris)
    answer: Any = as_user(anna).post(url("new"), typed(allow_duplicate="Another branch"))
    client = Client.objects.latest("pk")
    assert answer.url == url("card", client.pk)
    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second, pair.reason, pair.decided_by) == (known, client, "Another branch", anna)
    assert "Ateliers Lefèvre: Another branch" in text_of(as_user(boris).get(url("card", client.pk)))


def test_a_blank_reason_is_asked_for(anna: User) -> None:
    register(anna)
    answer = as_user(anna).post(url("new"), typed(allow_duplicate=" "))
    assert answer.status_code == 422
    assert "Say in a few words why it is another client." in text_of(answer)
    assert Client.objects.count() == 1


def test_a_reason_outlives_a_form_that_is_refused_for_something_else(anna: User) -> None:
    register(anna)
    answer = as_user(anna).post(url("new"), typed(allow_duplicate="Another branch", emails="nobody"))
    page = answer.content.decode()
    assert (answer.status_code, 'value="Another branch"' in page, WHERE in page) == (422, True, True)
    assert page.count('id="errors"') == 1


def test_registering_anyway_goes_on_to_another_where_that_was_asked(anna: User) -> None:
    register(anna)
    assert 'name="another" value="1">Register anyway' in as_user(anna).post(url("new"), typed(another="1")).content.decode()
    answer: Any = as_user(anna).post(url("new"), typed(another="1", allow_duplicate="Another branch"))
    assert answer.url.startswith(f"{url('new')}?")


@pytest.mark.parametrize("name", ["new", "new_check"])
def test_three_candidates_cost_as_many_queries_as_one(anna: User, name: str) -> None:
    counts = []
    browser = as_user(anna)
    browser.get(url("new"))  # the navigation's figures are counted once a minute
    for more in (1, 2):
        for _ in range(more):
            register(anna)
        with CaptureQueriesContext(connection) as queries:
            browser.post(url(name), typed())
        counts.append(len(queries))

    assert counts[0] == counts[1]
