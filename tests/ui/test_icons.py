"""Every icon that a page asks for is in the sprite: one that is missing would simply not be drawn."""

import re
from pathlib import Path

from django.conf import settings

from ui import navigation

ROOT = Path(settings.BASE_DIR)
SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static" / "icons.svg").read_text()))


def test_the_icons_of_templates_are_in_the_sprite() -> None:
    asked = {
        (name, path.relative_to(ROOT).as_posix())
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""\{% (?:icon|mark) ["']([\w-]+)["']|icon=["']([\w-]+)["']""", path.read_text())
        for name in name
        if name
    }
    assert asked
    assert not [(name, path) for name, path in asked if name not in SPRITE]


def test_the_icons_of_the_navigation_are_in_the_sprite() -> None:
    assert not [entry.icon for entry in navigation.entries() if entry.icon not in SPRITE]
