"""The forms of a turnaround case. They hand on what was typed, as it was typed; `scoring.services.cases` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.forms.fields import RegistryForm, Typed, as_number
from scoring.models import TurnaroundCase
from scoring.models.cases import OURS, Action, Cause, TermKind
from ui.forms import DateInput, Seg


def _causes() -> list[Any]:
    ours = [(value, capfirst(str(label))) for value, label in Cause.choices if value in OURS]
    theirs = [(value, capfirst(str(label))) for value, label in Cause.choices if value not in OURS]
    return [("", _("not clear yet")), (_("Ours"), ours), (_("The client's"), theirs)]


def _proposed(case: TurnaroundCase, given: Mapping[str, str]) -> dict[str, str]:
    """Return what a proposal puts into the form; what was written already stays before it."""
    found = {name: given[name][:_LONGEST] for name in ("action", "expected_gain") if given.get(name)}
    if words := given.get("note", "")[:_LONGEST]:
        found["note"] = f"{case.note}\n\n{words}" if case.note else words
    return found


_LONGEST = 4_000


class _OfCase(RegistryForm):
    """A form of one case, made from the version that it carries."""

    def __init__(self, data: Any = None, *, case: TurnaroundCase, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.case = case
        self.version = as_number(self.data.get("version")) if self.is_bound else case.version


class CaseForm(_OfCase):
    """Whose fault it is, what is done, by whom and until when."""

    ids = "case_%s"

    cause = Typed(label=_("Why does this client cost money?"), required=False, widget=forms.Select({"data-native": True}))
    action = Typed(label=_("What is done about it?"), required=False, widget=Seg())
    owner = Typed(label=_("Owner"), widget=forms.Select())
    deadline = Typed(label=_("In force by"), required=False, widget=DateInput(), help_text=_("the owner is reminded on that day"))
    expected_gain = Typed(
        label=_("Expected gain a year"), required=False, widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    )
    note = Typed(label=_("Note"), required=False, widget=forms.Textarea({"rows": 4}))

    def __init__(self, data: Any = None, *, case: TurnaroundCase, shows_figures: bool, proposed: Mapping[str, str] | None = None) -> None:
        """`proposed` is what a what-if proposes: an action, a gain, and words that follow those of the note."""
        suggested = case.diagnosis.get("suggested", "") if shows_figures else ""
        initial = {"cause": case.cause or suggested, "action": case.action, "owner": case.owner_id}
        gain = "" if case.expected_gain is None else f"{case.expected_gain:f}".removesuffix(".00")
        initial |= {"deadline": case.deadline, "expected_gain": gain, "note": case.note}
        super().__init__(data, case=case, initial={**initial, **_proposed(case, proposed or {})})
        widgets: Any = {name: field.widget for name, field in self.fields.items()}
        widgets["cause"].choices = _causes()
        widgets["action"].choices = [("", _("Not decided")), *((value, capfirst(str(label))) for value, label in Action.choices)]
        people = User.objects.able_to_hold_clients().order_by("full_name", "pk").values_list("pk", "full_name")
        known = dict(people)
        widgets["owner"].choices = [*people, *([] if case.owner is None or case.owner_id in known else [(case.owner_id, str(case.owner))])]
        if not shows_figures:
            del self.fields["expected_gain"]
        if case.acted_on is not None:
            del self.fields["action"]

    def for_service(self) -> dict[str, Any]:
        """Return what `change_case` takes."""
        typed = self.typed()
        return {name: value or "" for name, value in typed.items() if name != "owner"} | {"owner": as_number(typed["owner"])}


class TermForm(_OfCase):
    """A change of terms that was agreed."""

    ids = "term_%s"

    what = Typed(label=_("What changes?"), widget=forms.Select({"data-native": True}))
    before = Typed(label=_("From"), required=False, widget=forms.TextInput({"autocomplete": "off"}), help_text=_("for example: 60 days"))
    becomes = Typed(label=_("To"), widget=forms.TextInput({"autocomplete": "off"}), help_text=_("for example: 30 days"))
    agreed_on = Typed(label=_("Agreed on"), widget=DateInput())

    def __init__(self, data: Any = None, *, case: TurnaroundCase, initial: dict[str, Any]) -> None:
        super().__init__(data, case=case, initial=initial)
        widget: Any = self.fields["what"].widget
        widget.choices = [(value, capfirst(str(label))) for value, label in TermKind.choices]


class ActForm(_OfCase):
    """From when the new way holds."""

    ids = "act_%s"

    acted_on = Typed(label=_("In force from"), widget=DateInput())


class StopForm(_OfCase):
    """Why we stop working with the client."""

    ids = "stop_%s"

    reason = Typed(label=_("Why do we stop working with this client?"), widget=forms.TextInput({"autocomplete": "off"}))


class CloseForm(_OfCase):
    """Why the case is closed."""

    ids = "close_%s"

    because = Typed(label=_("Because"), widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, data: Any = None, *, case: TurnaroundCase) -> None:
        super().__init__(data, case=case)
        self.fields["because"].required = case.measured_at is None
