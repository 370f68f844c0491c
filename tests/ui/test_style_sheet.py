"""The style sheet is whole, and every rule of it is about something."""

import re

from django.conf import settings

SHEET = settings.BASE_DIR / "static" / "seraph.css"
USERS = (
    ("templates", "*.html"),
    ("static", "*.js"),
    ("ui", "*.py"),
    ("clients", "*.py"),
    ("accounts", "*.py"),
    ("sales", "*.py"),
    ("scoring", "*.py"),
)


def test_a_browser_reads_every_rule() -> None:
    content = re.sub(r"/\*.*?\*/", "", SHEET.read_text("utf-8"), flags=re.DOTALL)
    assert not re.findall(r"^(?:<{7}|={7}|>{7}).*", content, re.MULTILINE), "a merge is unfinished"
    depth = 0
    for mark in re.findall(r"[{}]", content):
        depth += 1 if mark == "{" else -1
        assert depth >= 0
    assert depth == 0


def test_no_rule_waits_for_a_class_that_nothing_has() -> None:
    content = re.sub(r"/\*.*?\*/", "", SHEET.read_text("utf-8"), flags=re.DOTALL)
    selectors = " ".join(re.findall(r"[^{};]+(?=\{)", content))
    words = {
        word
        for folder, files in USERS
        for path in (settings.BASE_DIR / folder).rglob(files)
        for word in re.findall(r"[\w-]+", path.read_text("utf-8"))
    }
    built = tuple(word for word in words if re.fullmatch(r"[a-z]+-", word))  # "only-{{ kind }}"
    found = set(re.findall(r"\.([a-z][\w-]*)", selectors)) - words
    assert not sorted(name for name in found if not name.startswith(built))
