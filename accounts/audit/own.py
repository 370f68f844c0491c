"""The lines of accounts and of lists, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.audit import Group, Subject, register
from accounts.audit.triggers import noted
from accounts.roles import Role
from ui import formats

if TYPE_CHECKING:
    from accounts.models import AuditEntry

_HOW = {
    "password": gettext_lazy("password"),
    "sign_in_link": gettext_lazy("sign-in link"),
    "invitation": gettext_lazy("invitation"),
    "first_run": gettext_lazy("first run"),
    "totp": gettext_lazy("authenticator app"),
    "webauthn": gettext_lazy("passkey"),
    "recovery_codes": gettext_lazy("recovery code"),
}
_FORMATS = {"csv": "CSV", "xlsx": "XLSX", "pdf": "PDF"}


def change(old: Any, new: Any) -> str:
    """Return "old → new"; nothing is a dash."""
    return f"{old or '–'} → {new or '–'}"


def _say_sign_in(entry: AuditEntry) -> str:
    return ", ".join(str(_HOW.get(how, how)) for how in entry.details.get("how", []))


def _role(value: str) -> str:
    return str(Role(value).label) if value in Role.values else value


def _say_people(entry: AuditEntry) -> str:
    said = []
    details = entry.details
    if "role" in details:
        said.append(change(*(_role(role) for role in details["role"])))
    if "team" in details:
        said.append(change(*details["team"]))
    if "head" in details:
        said.append(change(*details["head"]))
    if "name" in details:
        said.append(change(*details["name"]))
    if fields := details.get("fields"):
        from accounts.models import User

        said.append(_labels(User, fields))
    if handed := details.get("handed_over"):
        said.append(_("handed over: {number}").format(number=formats.number(sum(handed.values()))))
    return "; ".join(said)


def _say_company(entry: AuditEntry) -> str:
    from accounts.models import Company

    changes = [(_labels(Company, [field]), old, new) for field, old, new in entry.details.get("changes", [])]
    return "; ".join(f"{label}: {change(_plain(old), _plain(new))}" for label, old, new in changes)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_role(one) for one in value)
    return "" if value is None else str(value)


def _labels(model: Any, fields: Iterable[str]) -> str:
    return ", ".join(str(model._meta.get_field(field).verbose_name) for field in fields)


def _say_token(entry: AuditEntry) -> str:
    from accounts.models import ApiToken

    scope = dict(ApiToken.Scope.choices).get(entry.details.get("scope"), "")
    return ", ".join(str(part) for part in (entry.details.get("token", ""), scope) if part)


def _say_export(entry: AuditEntry) -> str:
    rows = entry.details.get("rows", 0)
    said = ngettext("{number} row", "{number} rows", rows).format(number=formats.number(rows))
    return f"{said}, {_FORMATS.get(entry.details.get('format', ''), '')}"


def _say_bulk(entry: AuditEntry) -> str:
    from ui.lists import page_of

    changed = entry.details.get("changed", 0)
    said = ngettext("{number} row", "{number} rows", changed).format(number=formats.number(changed))
    try:
        label = page_of(entry.details.get("page", "")).action_names[entry.details.get("action", "")].label
    except KeyError:
        return said
    return f"{label}: {said}"


def _title(page: str) -> str:
    from ui.lists.page import title_of

    return title_of(page)


def register_own() -> None:
    """Register what accounts and the lists themselves note, and the triggers of the lists' own tables."""
    from accounts.models import Company, Team, User
    from ui.models import ExportLog, ListWork

    register(
        Group(
            "sign_ins",
            gettext_lazy("Sign-ins"),
            {
                "signed_in": gettext_lazy("Signed in"),
                "sign_in_failed": gettext_lazy("Sign-in failed"),
                "signed_out_everywhere": gettext_lazy("Signed out on every device"),
                "password_changed": gettext_lazy("Changed the password"),
                "second_factor_added": gettext_lazy("Added a second factor"),
                "second_factor_removed": gettext_lazy("Removed a second factor"),
            },
            _say_sign_in,
        ),
        Group(
            "people",
            gettext_lazy("Users and roles"),
            {
                "invited": pgettext_lazy("audit", "Invited"),
                "invitation_accepted": gettext_lazy("Accepted the invitation"),
                "role_changed": gettext_lazy("Changed the role"),
                "team_changed": gettext_lazy("Changed the team"),
                "user_changed": gettext_lazy("Changed a user"),
                "deactivated": pgettext_lazy("audit", "Deactivated"),
                "reactivated": pgettext_lazy("audit", "Let in again"),
                "team_added": gettext_lazy("Added a team"),
                "team_renamed": gettext_lazy("Renamed a team"),
                "team_head_changed": gettext_lazy("Changed the head of a team"),
                "team_removed": gettext_lazy("Removed a team"),
            },
            _say_people,
        ),
        Group(
            "tokens",
            gettext_lazy("API tokens"),
            {
                "token_made": gettext_lazy("Made an API token"),
                "token_used": gettext_lazy("Used an API token"),
                "token_revoked": gettext_lazy("Revoked an API token"),
            },
            _say_token,
        ),
        Group(
            "company",
            gettext_lazy("Company"),
            {"set_up": pgettext_lazy("audit", "Set up Seraph"), "company_changed": gettext_lazy("Changed the company")},
            _say_company,
        ),
        Group("exports", gettext_lazy("Exports"), {"exported": gettext_lazy("Exported")}, _say_export),
        Group(
            "bulk",
            gettext_lazy("Changes of many rows"),
            {"bulk_changed": gettext_lazy("Changed many rows"), "bulk_undone": gettext_lazy("Undid a change of many rows")},
            _say_bulk,
        ),
        Subject("user", gettext_lazy("user"), User.objects.all, "full_name", url=lambda pk: reverse("accounts:user", args=[pk])),
        Subject("team", gettext_lazy("team"), Team.objects.all, "name", url=lambda pk: reverse("accounts:team", args=[pk])),
        Subject("company", gettext_lazy("company"), Company.objects.all, "name", url=lambda pk: reverse("accounts:company")),
        Subject("exportlog", gettext_lazy("list"), ExportLog.objects.all, "page", note="words", show=_title),
        Subject("listwork", gettext_lazy("list"), ListWork.objects.all, "page", show=_title),
    )
    _note_lists(ExportLog, ListWork)


def _note_lists(export_log: Any, list_work: Any) -> None:
    pgtrigger.register(
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        noted(
            "noted",
            action="'exported'",
            about="exportlog",
            by="NEW.user_id",
            details="jsonb_build_object('format', NEW.file_format, 'rows', NEW.rows)",
        ),
    )(export_log)
    changes = "jsonb_build_object('page', NEW.page, 'action', NEW.action, 'changed', NEW.changed)"
    pgtrigger.register(
        noted(
            "noted",
            action="'bulk_changed'",
            about="listwork",
            by="NEW.user_id",
            details=changes,
            condition="OLD.state <> 'done' AND NEW.state = 'done' AND NEW.changed > 0",
        ),
        noted(
            "undo_noted",
            action="'bulk_undone'",
            about="listwork",
            by="NEW.user_id",
            details=changes,
            condition="OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL",
        ),
    )(list_work)
