"""What a browser says it is, in words for people."""

import re

from django.utils.translation import gettext

# order matters: Edge and Opera call themselves Chrome, Chrome calls itself Safari
_BROWSERS = [
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Yandex", r"YaBrowser/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
]
_SYSTEMS = [
    ("Android", r"Android"),
    ("iPhone", r"iPhone|iPod"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
]


def describe(user_agent: str) -> str:
    """Return for example "Firefox, Windows"; an unknown one is cut short, a missing one is "" ."""
    known = [name for names in (_BROWSERS, _SYSTEMS) for name in [_first(names, user_agent)] if name]
    if known:
        return ", ".join(known)
    return user_agent.strip()[:40]


def is_handheld(user_agent: str) -> bool:
    """Whether the device is a phone or a tablet."""
    return bool(re.search(r"Android|iPhone|iPad|iPod|Mobile", user_agent))


def unknown_device() -> str:
    """Return what to call a device that says nothing of itself."""
    return gettext("Unknown device")


def _first(names: list[tuple[str, str]], text: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, text)), "")
