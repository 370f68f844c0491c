"""Rules that make reminders: the list with what each made, one rule with what it would make now, on and off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from reminders.engine.clock import database_now
from reminders.forms.rules import PREFIX, RuleForm
from reminders.models import ReminderRule
from reminders.rules import words
from reminders.rules.audience import Audience
from reminders.rules.fitting import Clock, NotReady
from reminders.rules.preview import preview
from reminders.services import rules as services
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SET = "reminders.set_reminder_rules"
_OURS = {"csrfmiddlewaretoken", "version", "add"}


@dataclass(frozen=True)
class Row:
    """A rule as the list shows it."""

    rule: ReminderRule
    when: str
    for_whom: str
    who_acts: str
    awaits: str
    problem: str
    waiting: int
    done: int
    cancelled: int
    made_today: int

    @property
    def made(self) -> int:
        return self.waiting + self.done + self.cancelled


def _rows() -> list[Row]:
    rules = list(ReminderRule.objects.filter(retired_at=None).select_related("kind", "user"))
    figures = services.figures_of([rule.pk for rule in rules])
    clock = Clock.at(timezone.now())
    found = [
        Row(
            rule,
            words.when(rule),
            words.for_whom(rule),
            words.who_acts(rule),
            words.awaits(rule),
            words.problem(rule),
            *figures.get(rule.pk, (0, 0, 0)),
            rule.last_made if rule.last_run_at and rule.last_run_at.astimezone(clock.zone).date() == clock.today else 0,
        )
        for rule in rules
    ]
    return sorted(found, key=lambda row: (bool(row.awaits), not row.rule.active, str(row.rule).casefold()))


@require_GET
@requires(SET)
def rules(request: SignedInRequest) -> HttpResponseBase:
    """All rules with what they made, and the retired ones."""
    retired = ReminderRule.objects.exclude(retired_at=None).order_by("-retired_at")[:50]
    rows = _rows()
    context = {"rows": rows, "on": sum(row.rule.active for row in rows), "retired": retired}
    return render(request, "reminders/rules/rules.html", context)


@requires(SET)
def new_rule(request: SignedInRequest) -> HttpResponseBase:
    """A new rule; it makes nothing before it is switched on."""
    return _edit(request, ReminderRule())


@requires(SET)
def rule(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Change one rule, with what it would make now beside it."""
    return _edit(request, _found(pk))


def _edit(request: SignedInRequest, one: ReminderRule) -> HttpResponseBase:
    posted = request.POST if request.method == "POST" else None
    form = RuleForm(posted, rule=one)
    audience = Audience(one.filters) if posted is None else _audience(posted)
    status, theirs = 200, []
    if posted is not None:
        values = {**form.said(), "filters": audience.said}
        try:
            if one.pk is None:
                saved = services.add_rule(user=request.user, values=values)
            else:
                saved = services.change_rule(user=request.user, rule_id=one.pk, version=_version(request), values=values)
        except Refused as refused:
            form.take_refusal(refused.errors)
            status = 422
        except StaleVersion:
            one.refresh_from_db()
            theirs, status = _theirs(one, values), 409
        except ReminderRule.DoesNotExist:
            raise Http404 from None
        else:
            say(request, _("Saved") if one.pk else _("Added; switch it on when the preview looks right"))
            return redirect("reminders:rule", saved.pk)
    context = {
        "rule": one,
        "form": form,
        "audience": audience,
        "conditions": audience.fields(),
        "awaits": words.awaits(one) if one.pk else "",
        "problem": words.problem(one),
        "theirs": theirs,
        "conflict": status == 409,
    }
    return render(request, "reminders/rules/rule.html", context, status=status)


def _theirs(one: ReminderRule, mine: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the rule says by now where that differs from what was typed."""
    stands: dict[str, tuple[str, Any]] = {
        "name": (str(one), one.name),
        "source": (words.date_of(one), one.source),
        "offset": (words.when(one), str(one.offset)),
        "unit": (words.when(one), one.unit),
        "filters": (words.for_whom(one), one.filters),
        "kind": (str(one.kind), one.kind.key),
        "assignee": (words.who_acts(one), one.assignee),
        "user": (words.who_acts(one), str(one.user_id or "")),
        "subject": (one.subject or "–", one.subject),
        "note": (one.note or "–", one.note),
        "notice_minutes": (str(one.notice_minutes or "–"), str(one.notice_minutes or "")),
    }
    labels = {name: str(field.label) for name, field in RuleForm(rule=one).fields.items()}
    labels |= {"offset": labels["side"], "filters": _("For whom")}
    return [(labels[name], said) for name, (said, kept) in stands.items() if name in mine and mine[name] != kept]


@require_POST
@requires(SET)
def rule_preview(request: SignedInRequest, pk: int = 0) -> HttpResponseBase:
    """What the rule would make now, as it stands in the form. Writes nothing."""
    one = _found(pk) if pk else ReminderRule()
    form = RuleForm(request.POST, rule=one)
    audience = _audience(request.POST)
    context: dict[str, Any] = {"rule": one}
    try:
        for name, value in services.read_rule(one, {**form.said(), "filters": audience.said, "name": form.said()["name"] or "–"}).items():
            setattr(one, name, value)
        context["preview"] = preview(one, now=database_now())
        context |= {"when": capfirst(words.when(one)), "for_whom": words.for_whom(one)}
    except Refused as refused:
        context["errors"] = [str(error.message) for error in refused.errors]
    except NotReady as refused:
        context["errors"] = [words.not_ready(refused)]
    return render(request, "reminders/rules/preview.html", context)


@require_GET
@requires(SET)
def rule_condition(request: SignedInRequest) -> HttpResponseBase:
    """The field of one condition, to be put into the form of a rule."""
    return draw_condition(request)


def draw_condition(request: SignedInRequest) -> HttpResponseBase:
    """Draw the field of the condition `add`, for whatever form is to ask it."""
    audience, name = Audience({}), request.GET.get("add", "")
    if name not in audience.filters.filters:
        raise Http404
    field = audience.filters.bound_field(name, None)
    return render(request, "reminders/rules/condition.html", {"name": name, "field": field, "fresh": True})


@require_POST
@requires(SET)
def switch(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Switch a rule on or off; Undo switches it back."""
    on = request.POST.get("on") == "yes"
    try:
        one = services.switch_rule(user=request.user, rule_id=pk, on=on)
    except ReminderRule.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say(request, capfirst(str(refused.errors[0].message)))
    else:
        text = _("On: {name}") if on else _("Off: {name}. What it made stays.")
        say(request, text.format(name=one), undo_url=reverse("reminders:rule_off" if on else "reminders:rule_on", args=[pk]))
    return _to(request, request.POST.get("back") == "rule", pk)


@require_POST
@requires(SET)
def switched_back(request: SignedInRequest, pk: int, on: bool) -> HttpResponseBase:
    """Undo of a switch."""
    try:
        services.switch_rule(user=request.user, rule_id=pk, on=on)
    except ReminderRule.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say(request, capfirst(str(refused.errors[0].message)))
    return _to(request, False, pk)


@require_POST
@requires(SET)
def retire(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Take a rule off the list; Undo puts it back."""
    try:
        one = services.retire_rule(user=request.user, rule_id=pk)
    except ReminderRule.DoesNotExist:
        raise Http404 from None
    say(request, _("Retired: {name}. What it made stays.").format(name=one), undo_url=reverse("reminders:rule_back", args=[pk]))
    return _to(request, False, pk)


@require_POST
@requires(SET)
def bring_back(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Put a retired rule back."""
    try:
        services.bring_back_rule(user=request.user, rule_id=pk)
    except ReminderRule.DoesNotExist:
        raise Http404 from None
    return _to(request, False, pk)


def _found(pk: int) -> ReminderRule:
    found = ReminderRule.objects.filter(pk=pk, retired_at=None).select_related("kind", "user").first()
    if found is None:
        raise Http404
    return found


def _audience(posted: QueryDict) -> Audience:
    ours = {name for name in posted if name in _OURS or name.startswith(f"{PREFIX}-")}
    return Audience.of_data(posted, without=ours)


def _version(request: SignedInRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _to(request: SignedInRequest, to_rule: bool, pk: int) -> HttpResponseBase:
    url = reverse("reminders:rule", args=[pk]) if to_rule else reverse("reminders:rules")
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
