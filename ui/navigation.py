"""The registry of what the navigation leads to. Apps register their pages in `apps.py`; nothing is listed twice.

One entry makes the link in the side, in the "more" drawer of a phone, in the finder (Ctrl K), the "G then …" key,
and, where it asks for it, the tab at the bottom of a phone.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.core.cache import cache
from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from redis import RedisError

from ui import formats

MOST = 99
_NOT_FOR_THEM = -1
"""As a count: who it is of may not follow the link."""


class Section(models.TextChoices):
    """The parts of the navigation, in their order. `WORK` has no heading."""

    WORK = "work", ""
    ANALYSIS = "analysis", _("Analysis")
    REGISTRY = "registry", _("Registry")
    SETTINGS = "settings", _("Settings")


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that the navigation leads to.

    `permission` ("app_label.codename") hides it from whoever lacks it; empty shows it to everybody signed in.
    `may` says it of one user, where no permission does (a head of a team has none of its own); `kept` holds for its answer too.
    `key` is the letter of "G then …". `count` returns the figure beside the link (None hides it); one that costs more than
    a glance is `kept` for so many seconds, but for the pages that the link leads to, where it is always of now.
    `tab` is its place (1–4) at the bottom of a phone, `tab_label` a shorter name for it there.
    `side=False` keeps it out of the side (an action such as "New client" stands only among the tabs).
    """

    section: Section | str
    label: str | Promise
    url_name: str
    icon: str
    permission: str = ""
    position: int = 50
    key: str = ""
    count: Callable[[AbstractBaseUser], int | None] | None = None
    kept: int = 0
    tab: int = 0
    tab_label: str | Promise = ""
    side: bool = True
    may: Callable[[AbstractBaseUser], bool] | None = None


@dataclass(slots=True)
class Link:
    """An entry as one user sees it on one page. `current` marks it in the side, `current_tab` at the bottom of a phone."""

    entry: Entry
    url: str
    count: int | None
    current: bool = False
    current_tab: bool = False

    @property
    def label(self) -> str:
        return str(self.entry.label)

    @property
    def figure(self) -> str:
        """The count as it stands beside the link, where there is room for two digits."""
        return f"{MOST}+" if self.count and self.count > MOST else formats.number(self.count or 0)

    @property
    def tab_label(self) -> str:
        return str(self.entry.tab_label or self.entry.label)


@dataclass(slots=True)
class Group:
    """A section with the links that one user may follow."""

    key: str
    heading: str
    links: list[Link] = field(default_factory=list)


_entries: dict[str, Entry] = {}


def register(entry: Entry) -> None:
    """Put `entry` into the navigation; an entry with the same URL name is replaced. Called by apps in `ready`."""
    _entries[entry.url_name] = entry


def entries() -> list[Entry]:
    """Return all entries in the order in which they stand."""
    order = Section.values
    return sorted(_entries.values(), key=lambda entry: (order.index(entry.section), entry.position, entry.url_name))


def links_for(user: AbstractBaseUser | AnonymousUser, path: str) -> list[Link]:
    """Return the links that `user` may follow; the one whose address fits `path` best is current."""
    links = [Link(entry, reverse(entry.url_name), None) for entry in entries() if _may_follow(user, entry)]
    if isinstance(user, AbstractBaseUser):
        links = _count(user, links, path)
    # "/clients/new/" belongs to "/clients/" unless an entry of its own fits better
    fitting = [link for link in links if path.startswith(link.url) and (link.url != "/" or path == "/")]
    if fitting:
        max(fitting, key=lambda link: len(link.url)).current_tab = True
    if beside := [link for link in fitting if link.entry.side]:
        max(beside, key=lambda link: len(link.url)).current = True
    return links


def _may_follow(user: AbstractBaseUser | AnonymousUser, entry: Entry) -> bool:
    if not user.is_authenticated:
        return False
    return not entry.permission or (isinstance(user, PermissionsMixin) and user.has_perm(entry.permission))


def _count(user: AbstractBaseUser, links: list[Link], path: str) -> list[Link]:
    """Put the counts to `links`, those that are kept in one look at the cache. Without a cache they are all of now.

    Return the links that are for `user` at all.
    """
    keys = {link.url: f"navigation:{link.url}:{user.pk}" for link in links if link.entry.kept and not path.startswith(link.url)}
    try:
        known = cache.get_many(keys.values()) if keys else {}
    except RedisError:
        known = {}
    for link in links:
        key = keys.get(link.url)
        if key in known:
            link.count = known[key]
        elif link.entry.count or link.entry.may:
            link.count = _figure(user, link.entry)
            with suppress(RedisError):
                if link.entry.kept:
                    cache.set(f"navigation:{link.url}:{user.pk}", link.count, link.entry.kept)
    return [link for link in links if link.count != _NOT_FOR_THEM]


def _figure(user: AbstractBaseUser, entry: Entry) -> int | None:
    if entry.may and not entry.may(user):
        return _NOT_FOR_THEM
    return entry.count(user) if entry.count else None


def grouped(links: list[Link]) -> list[Group]:
    """Return `links` of the side by section, without empty ones."""
    groups = {section.value: Group(section.value, str(section.label)) for section in Section}
    for link in links:
        if link.entry.side:
            groups[str(link.entry.section)].links.append(link)
    return [group for group in groups.values() if group.links]


def tabs(links: list[Link]) -> list[Link]:
    """Return the links at the bottom of a phone, at most four (the fifth place is "More")."""
    return sorted((link for link in links if link.entry.tab), key=lambda link: link.entry.tab)[:4]
