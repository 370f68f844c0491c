"""The navigation leads where the user may go, and nowhere else."""

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.urls import reverse
from redis import RedisError

from accounts.models import User
from ui import navigation
from ui.navigation import Entry, Section


@pytest.fixture(autouse=True)
def _entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_entries", {})


def test_a_page_shows_to_whoever_has_its_permission(anna: User, admin: User, eve: User) -> None:
    navigation.register(Entry(Section.SETTINGS, "Users", "accounts:users", "users", "accounts.manage_users"))
    navigation.register(Entry(Section.WORK, "Settings", "accounts:settings", "settings"))

    def seen(user: User | AnonymousUser) -> list[str]:
        return [link.label for link in navigation.links_for(user, "/")]

    assert seen(admin) == ["Settings", "Users"]
    assert seen(anna) == seen(eve) == ["Settings"]
    assert seen(AnonymousUser()) == []


def test_the_address_that_fits_best_is_the_current_one(admin: User) -> None:
    navigation.register(Entry(Section.SETTINGS, "Users", "accounts:users", "users"))
    navigation.register(Entry(Section.SETTINGS, "Invite", "accounts:invite", "plus"))
    invite = reverse("accounts:invite")
    assert [link.label for link in navigation.links_for(admin, invite) if link.current] == ["Invite"]
    assert [link.label for link in navigation.links_for(admin, reverse("accounts:user", args=[7])) if link.current] == ["Users"]


def test_on_a_page_that_has_a_tab_only_the_side_still_says_where_one_is(admin: User) -> None:
    navigation.register(Entry(Section.SETTINGS, "Users", "accounts:users", "users", tab=1))
    navigation.register(Entry(Section.SETTINGS, "Invite", "accounts:invite", "plus", tab=2, side=False))
    links = navigation.links_for(admin, reverse("accounts:invite"))
    assert [link.label for group in navigation.grouped(links) for link in group.links if link.current] == ["Users"]
    assert [link.label for link in navigation.tabs(links) if link.current_tab] == ["Invite"]


def test_sections_stand_in_order_and_empty_ones_are_left_out(admin: User) -> None:
    navigation.register(Entry(Section.SETTINGS, "Users", "accounts:users", "users", position=2))
    navigation.register(Entry(Section.SETTINGS, "Teams", "accounts:teams", "users", position=1))
    navigation.register(Entry(Section.WORK, "Mine", "accounts:settings", "settings", tab=2, tab_label="Me", side=False))
    links = navigation.links_for(admin, "/")
    assert [(group.key, [link.label for link in group.links]) for group in navigation.grouped(links)] == [("settings", ["Teams", "Users"])]
    assert [link.tab_label for link in navigation.tabs(links)] == ["Me"]


def test_the_figure_beside_a_link_is_the_users_own(admin: User) -> None:
    navigation.register(Entry(Section.WORK, "Mine", "accounts:settings", "settings", count=lambda user: user.pk))
    assert [link.count for link in navigation.links_for(admin, "/")] == [admin.pk]


@pytest.mark.parametrize(("count", "figure"), [(7, "7"), (99, "99"), (100, "99+")])
def test_a_figure_of_three_digits_is_cut(count: int, figure: str) -> None:
    assert navigation.Link(Entry(Section.WORK, "Mine", "home", "settings"), "/", count).figure == figure


def test_a_figure_that_is_kept_is_counted_once_a_minute_and_anew_on_its_own_pages(admin: User) -> None:
    counted = []
    settings = reverse("accounts:settings")

    def count(user: object) -> int:
        counted.append(user)
        return len(counted)

    navigation.register(Entry(Section.WORK, "Mine", "accounts:settings", "settings", count=count, kept=60))
    seen = [navigation.links_for(admin, path)[0].count for path in ("/", "/", settings, f"{settings}more/", "/")]
    assert seen == [1, 1, 2, 3, 3]


def test_without_a_cache_every_figure_is_of_now(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*args: object) -> None:
        raise RedisError

    monkeypatch.setattr(cache, "get_many", down)
    monkeypatch.setattr(cache, "set", down)
    navigation.register(Entry(Section.WORK, "Mine", "accounts:settings", "settings", count=lambda user: 7, kept=60))
    assert [link.count for link in navigation.links_for(admin, "/")] == [7]


@pytest.mark.parametrize("kept", [0, 60])
def test_a_page_may_be_for_some_without_a_permission_of_its_own(anna: User, admin: User, kept: int) -> None:
    asked: list[AbstractBaseUser] = []

    def is_head(user: AbstractBaseUser) -> bool:
        asked.append(user)
        return user == anna

    navigation.register(Entry(Section.WORK, "Left lying", "accounts:users", "flag", may=is_head, kept=kept))
    for _again in range(2):
        assert [link.label for link in navigation.links_for(anna, "/")] == ["Left lying"]
        assert navigation.links_for(admin, "/") == []
    assert navigation.links_for(AnonymousUser(), "/") == []
    assert len(asked) == (2 if kept else 4)
