"""How the demo company is made: by the registry's rules, in whole chunks, and in nobody else's registry."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Company, User
from clients.models import Client, Contact, QualitySnapshot
from clients.services.criteria import draft_criterion, publish_criterion
from clients.services.preparing import prepare_client
from clients.services.rules import Rules
from crm.demo import making, writing
from crm.demo.drafts import draft_client, own_id
from crm.demo.making import make_demo
from crm.demo.words import TONGUES


def demo(**options: Any) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_rules_that_demo_clients_do_not_meet_are_said_in_one_sentence() -> None:
    demo(clients=3)
    admin = User.objects.get(username="admin")
    draft = draft_criterion(user=admin, values={"fact": "website", "level": "required"})
    publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version)
    with pytest.raises(CommandError, match="ask for what demo clients lack: Enter the web site"):
        demo(clients=60)


@pytest.mark.django_db
def test_it_goes_through_the_rules_of_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def watching(data: Any, contacts: Any, rules: Rules) -> Any:
        asked.append(data["external_id"])
        return prepare_client(data, contacts, rules)

    monkeypatch.setattr(writing, "prepare_client", watching)
    make_demo(clients=12)
    assert sorted(asked) == [own_id(1, number) for number in range(1, 13)]


@pytest.mark.django_db
def test_a_run_that_is_killed_leaves_whole_chunks_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "CHUNK", 10)

    def killed(number: int) -> None:
        if number == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_demo(clients=35, progress=killed)
    assert Client.objects.count() == 20
    assert make_demo(clients=35) == 15
    with monkeypatch.context() as patch:
        patch.setattr(writing._Writer, "archive", lambda self, drafts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            make_demo(clients=40)
    assert (Client.objects.count(), Contact.objects.filter(client=None).count()) == (35, 0)


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_company_anywhere() -> None:
    now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    make_demo(clients=25, now=now)
    first = _told()
    expected = [draft_client(1, number, now.date()) for number in range(1, 26)]
    assert [name for name, *_rest in first] == [" ".join(draft.data["full_name"].split()) for draft in expected]
    assert [touches for *_rest, touches in first] == [len(draft.touches) for draft in expected]


def _told() -> list[tuple[Any, ...]]:
    rows = Client.objects.order_by("external_id").prefetch_related("contacts", "touches")
    return [(row.full_name, row.city, row.lifecycle, len(row.contacts.all()), len(row.touches.all())) for row in rows]


@pytest.mark.django_db
def test_a_real_company_is_left_alone(company: Company, settings: Any) -> None:
    Company.objects.update(name="Ours")
    with pytest.raises(CommandError, match="Ours"):
        demo(clients=3)
    assert not Client.objects.exists()
    assert "Added 3 clients" in demo(clients=3, anyway=True)
    assert not QualitySnapshot.objects.exists()
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        demo(clients=4)


@pytest.mark.parametrize("options", [{"clients": 0}, {"clients": -1}, {"clients": 10**9}, {"seed": -1}])
def test_nonsense_is_refused_with_a_sentence(options: dict[str, int]) -> None:
    with pytest.raises(CommandError):
        demo(**options)


def test_the_languages_share_all_clients() -> None:
    assert sum(share for _tongue, share in TONGUES) == 100
