"""The first page."""

from django.test import Client

from accounts.models import User


def test_the_first_page_leads_to_the_clients(anna: User, client: Client) -> None:
    client.force_login(anna)
    assert client.get("/").headers["Location"] == "/clients/"


def test_nobody_signed_in_is_asked_to_sign_in_first(anna: User, client: Client) -> None:
    assert client.get("/").headers["Location"] == "/account/login/?next=%2F"
