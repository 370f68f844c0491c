"""Pages of one's own settings that other apps bring; they register in their `apps.py`, and "My settings" leads to them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.models import User


@dataclass(frozen=True)
class PersonalPage:
    """A page of settings of one's own: what it is called, what stands there, its address, its icon, who has it."""

    label: str | Promise
    text: str | Promise
    url_name: str
    icon: str
    permission: str


_pages: dict[str, PersonalPage] = {}


def register(page: PersonalPage) -> None:
    """Let "My settings" lead to `page`; one with the same address is replaced."""
    _pages[page.url_name] = page


def pages_for(user: User) -> list[PersonalPage]:
    """Return the pages that `user` has, in the order of their registration."""
    return [page for page in _pages.values() if user.has_perm(page.permission)]
