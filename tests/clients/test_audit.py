"""What the registry leaves in the audit, without a word of a client in it."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, User
from clients.models import Client, ClientMerge, RuleChange
from clients.services import erase_client
from tests.clients.browsing import as_user, text_of
from tests.clients.registry import fresh, register

pytestmark = pytest.mark.django_db


def lines() -> list[Any]:
    """The lines with their words, oldest first."""
    return list(AuditEntry.objects.for_audit_page().order_by("pk"))


def test_a_change_of_rules_is_noted_by_its_own_row(admin: User) -> None:
    RuleChange.objects.create(by=admin, action="published", kind="criterion", name="phones")
    RuleChange.objects.create(by=admin, action="merged", kind="source", name="Trade fair")
    said = [(line.what_words, line.about_words, line.details_words, line.about_url) for line in lines()]
    assert said == [
        ("Put a rule in force", "Phone", "criterion", "/criteria/history/"),
        ("Merged list entries", "Trade fair", "source", "/criteria/history/"),
    ]


def test_a_merge_and_its_undo_are_a_line_each(anna: User, dmitri: User) -> None:
    kept, other = register(anna, full_name="Ateliers"), register(anna, full_name="Ateliers SA")
    merge = ClientMerge.objects.create(survivor=kept, other=other, by=dmitri)
    merge.undone_at, merge.undone_by = timezone.now(), anna
    merge.save()
    said = [(line.what_words, line.about_words, line.by, line.details_words) for line in lines()]
    told = f"client {other.pk} into client {kept.pk}"
    assert said == [("Merged clients", "Ateliers", dmitri, told), ("Undid a merge", "Ateliers", anna, told)]


def test_a_client_is_called_by_its_present_name_and_by_its_number_once_it_is_erased(anna: User, admin: User) -> None:
    client, other = register(anna, full_name="Zyxwolf"), register(anna)
    ClientMerge.objects.create(survivor=client, other=other, by=anna)
    browser = as_user(admin)
    assert "Zyxwolf" in text_of(browser.get("/audit/?about=zyxw"))
    Client.objects.filter(pk=client.pk).update(full_name="Zyxwolf & Sons")
    assert "Zyxwolf & Sons" in text_of(browser.get("/audit/?view=all"))
    erase_client(user=admin, client_id=client.pk, version=fresh(client).version)
    page = text_of(browser.get("/audit/?view=all"))
    assert "Zyx" not in page
    assert f"Erased a client client {client.pk}" in page
