"""The lines of the registry in the audit, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.audit import Group, Subject, register
from clients.search import find_clients
from ui import formats

if TYPE_CHECKING:
    from accounts.models import AuditEntry


def _say_import(entry: AuditEntry) -> str:
    words = {
        "added": _("{number} added"),
        "changed": _("{number} changed"),
        "refused": _("{number} refused"),
        "undone": _("{number} taken back"),
        "kept": _("{number} left as they were"),
    }
    said = [(text, entry.details.get(name) or 0) for name, text in words.items()]
    return ", ".join(text.format(number=formats.number(number)) for text, number in said if number)


def _say_merge(entry: AuditEntry) -> str:
    return _("client {other} into client {survivor}").format(other=entry.details.get("other"), survivor=entry.object_id)


def _say_rule(entry: AuditEntry) -> str:
    from clients.views.rule_history import KINDS

    kind = entry.details.get("kind", "")
    return str(KINDS.get(kind, kind))


def _find(text: str) -> list[int]:
    """Return the clients that `text` may mean, as the search does, and the one of that number (an erased one has no name)."""
    found = [hit.client_id for hit in find_clients(text, limit=200, archived=True)]
    return [*found, int(text)] if text.isascii() and text.isdigit() and len(text) < 19 else found


def _rule(name: str) -> str:
    """Return what a rule is called: the label of the field that a criterion asks for, or the name of an entry."""
    from clients.criteria.facts import built_in

    fact = built_in().get(name)
    return str(fact.label) if fact else name.removeprefix("custom.")


def register_audit() -> None:
    """Register what the registry notes."""
    from clients.models import Client, ImportRun, RuleChange

    called = Coalesce(NullIf("short_name", Value("")), NullIf("full_name", Value("")))
    register(
        Group(
            "imports",
            gettext_lazy("Imports"),
            {"imported": pgettext_lazy("audit", "Imported"), "import_undone": gettext_lazy("Undid an import")},
            _say_import,
        ),
        Group(
            "merges",
            gettext_lazy("Merges"),
            {"merged": gettext_lazy("Merged clients"), "unmerged": gettext_lazy("Undid a merge")},
            _say_merge,
        ),
        Group(
            "rules",
            gettext_lazy("Criteria and lists"),
            {
                "rule_drafted": gettext_lazy("Drafted a rule"),
                "rule_changed": gettext_lazy("Changed a rule"),
                "rule_discarded": gettext_lazy("Discarded a draft"),
                "rule_published": gettext_lazy("Put a rule in force"),
                "rule_taken_back": gettext_lazy("Took a rule back"),
                "rule_retired": gettext_lazy("Retired a rule"),
                "rule_restored": gettext_lazy("Brought a rule back"),
                "rule_added": gettext_lazy("Added a rule"),
                "rule_merged": gettext_lazy("Merged list entries"),
                "rule_marked": gettext_lazy("Marked all clients again"),
            },
            _say_rule,
        ),
        Group(
            "erasures",
            gettext_lazy("Erasures"),
            {"erased": gettext_lazy("Erased a client")},
        ),
        Subject(
            "client", gettext_lazy("client"), Client.objects.all, called, url=lambda pk: reverse("clients:card", args=[pk]), find=_find
        ),
        Subject("importrun", gettext_lazy("file"), ImportRun.objects.all, "file_name", url=lambda pk: reverse("imports:show", args=[pk])),
        Subject("rulechange", gettext_lazy("rule"), RuleChange.objects.all, "name", show=_rule, url=lambda pk: reverse("criteria:history")),
    )
