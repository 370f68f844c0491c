"""The first page."""

import pytest
from django.test import Client

from accounts.models import User


@pytest.mark.parametrize(("who", "page"), [("anna", "/today/"), ("dmitri", "/today/"), ("admin", "/clients/"), ("eve", "/clients/")])
def test_the_first_page_leads_to_where_the_day_begins(who: str, page: str, request: pytest.FixtureRequest, client: Client) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get("/").headers["Location"] == page


def test_nobody_signed_in_is_asked_to_sign_in_first(anna: User, client: Client) -> None:
    assert client.get("/").headers["Location"] == "/account/login/?next=%2F"
