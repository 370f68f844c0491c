"""Who changed which rule when; and the waivers, past and present."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from clients.criteria import words
from clients.criteria.facts import all_facts
from clients.criteria.rules import company_today
from clients.errors import Refused
from clients.models import Client, Criterion, CustomField, DuplicateSettings, QualitySettings, RuleChange, TargetProfile, Waiver
from clients.models.criteria import CustomFieldKind, Level
from clients.services.waivers import end_waiver, resume_waiver
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

PAGE = 50
KINDS = {
    "criterion": gettext_lazy("criterion"),
    "custom_field": gettext_lazy("custom field"),
    "source": gettext_lazy("source"),
    "industry": gettext_lazy("industry"),
    "line_of_business": gettext_lazy("line of business"),
    "target_profile": gettext_lazy("target profile"),
    "duplicates": gettext_lazy("duplicates"),
    "quality": gettext_lazy("data quality"),
}
_OTHER_NAMES = {
    "name": gettext_lazy("name"),
    "into": gettext_lazy("merged into"),
    "choice": gettext_lazy("choice"),
    "targeted": gettext_lazy("targeted"),
}


def _before(request: SignedInRequest) -> int | None:
    given = request.GET.get("before", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None


@require_GET
@requires("clients.view_client")
def history(request: SignedInRequest) -> HttpResponseBase:
    """The changes of all rules, newest first."""
    lines = RuleChange.objects.select_related("by").order_by("-pk")
    kind = request.GET.get("kind", "")
    if kind in KINDS:
        lines = lines.filter(kind=kind)
    if (before := _before(request)) is not None:
        lines = lines.filter(pk__lt=before)
    rows = list(lines[: PAGE + 1])
    facts = all_facts(CustomField.objects.all())
    names = words.Names.load()
    shown = [
        {
            "line": line,
            "kind": KINDS.get(line.kind, line.kind),
            "name": _name(line, facts),
            "changes": [_change(names, *change) for change in line.changes if _worth_telling(line, *change)],
        }
        for line in rows[:PAGE]
    ]
    context = {"shown": shown, "next": rows[PAGE - 1].pk if len(rows) > PAGE else None, "kinds": KINDS.items(), "kind": kind}
    return render(request, "clients/criteria/history.html", context)


def _name(line: RuleChange, facts: dict[str, Any]) -> str:
    if line.kind == "criterion":
        return str(facts[line.name].label) if line.name in facts else line.name
    alone = {"target_profile": _("the profile"), "duplicates": _("what counts as alike"), "quality": _("the measures")}
    return alone.get(line.kind, line.name)


def _worth_telling(line: RuleChange, field: str, old: Any, new: Any) -> bool:
    return field != "replaces_id" and old != new and line.action != "discarded"


def _change(names: words.Names, field: str, old: Any, new: Any) -> dict[str, str]:
    for model in (Criterion, CustomField, TargetProfile, DuplicateSettings, QualitySettings):
        if any(one.name == field for one in model._meta.get_fields()):
            label = str(getattr(model._meta.get_field(field), "verbose_name", field))
            break
    else:
        label = str(_OTHER_NAMES.get(field, field))
    return {"label": label, "old": "" if old in (None, "", []) else _said(field, old, names), "new": _said(field, new, names)}


def _said(field: str, value: Any, names: words.Names) -> str:
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field == "valid_from":
        return formats.day(date.fromisoformat(value))
    if isinstance(value, list):
        return ", ".join(_said(field, one, names) for one in value)
    every: dict[str, Any] = {
        "level": dict(Level.choices),
        "kind": dict(CustomFieldKind.choices),
        "kinds": words.KINDS,
        "roles": words.ROLES,
        "lifecycles": words.LIFECYCLES,
        "sources": names.sources,
        "industries": names.industries,
    }
    return str(every.get(field, {}).get(value, value))


@require_GET
@requires("clients.view_client")
def waivers(request: SignedInRequest) -> HttpResponseBase:
    """The waivers: those that stand, the one that ends first above; or those that have ended."""
    today = company_today()
    state = "ended" if request.GET.get("state") == "ended" else "standing"
    found = Waiver.objects.filter(client__in=Client.objects.visible_to(request.user)).select_related("client", "granted_by", "ended_by")
    standing = found.filter(ended_at=None, until__gte=today)
    chosen = standing.order_by("until", "pk") if state == "standing" else found.exclude(pk__in=standing.values("pk")).order_by("-pk")
    if (before := _before(request)) is not None and state == "ended":
        chosen = chosen.filter(pk__lt=before)
    rows = list(chosen[: PAGE + 1])
    facts = all_facts(CustomField.objects.all())
    context = {
        "rows": [{"waiver": one, "label": facts[one.fact].label if one.fact in facts else one.fact} for one in rows[:PAGE]],
        "more": len(rows) > PAGE,
        "next": rows[PAGE - 1].pk if len(rows) > PAGE and state == "ended" else None,
        "state": state,
        "may_end": request.user.has_perm("clients.grant_waiver"),
    }
    return render(request, "clients/criteria/waivers.html", context)


@require_POST
@requires("clients.grant_waiver")
def end(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """End a waiver early; Undo lets it stand again."""
    try:
        waiver = end_waiver(user=request.user, waiver_id=pk)
    except (Waiver.DoesNotExist, Client.DoesNotExist):
        raise Http404 from None
    except Refused as refused:  # the client was archived meanwhile
        say(request, str(refused.errors[0].message))
    else:
        text = _("Waiver ended; it would have stood until {day}").format(day=formats.day(waiver.until))
        say(request, text, undo_url=reverse("criteria:resume_waiver", args=[pk]))
    return redirect("criteria:waivers")


@require_POST
@requires("clients.grant_waiver")
def resume(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Undo the early end of a waiver."""
    try:
        resume_waiver(user=request.user, waiver_id=pk)
    except (Waiver.DoesNotExist, Client.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say(request, str(refused.errors[0].message))
    return redirect("criteria:waivers")
