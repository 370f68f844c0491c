"""Forms of the importer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.errors import FieldError
from clients.imports.kinds import ImportKind
from clients.imports.reading import ENCODINGS, Choice, Table, is_reason
from clients.models import ImportRun
from clients.services.entering import LONGEST_REASON
from ui.forms import Form, Seg

_DELIMITERS = [(",", _("comma")), (";", _("semicolon")), ("\t", _("tab")), ("|", _("bar")), (":", _("colon")), ("^", "^"), ("~", "~")]
_AS_BUTTONS = frozenset({"kind", "roles", "lifecycle", "without_client", "decimal_sign", "dates"})
"""Settings of a few choices, all of them in sight."""
_COLUMN = "column_"
_SETTING = "set_"


class UploadForm(Form):
    """A file to import."""

    kind = forms.ChoiceField(label=_("What the rows are"), required=False, widget=Seg())
    file = forms.FileField(
        label=_("File"), error_messages={"required": _("Choose a file."), "empty": _("This file is empty: it has no rows.")}
    )

    def __init__(self, *args: Any, kinds: Sequence[ImportKind], **kwargs: Any) -> None:
        kwargs["initial"] = {"kind": kinds[0].name if kinds else ""} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(one.name, one.label) for one in kinds]
        setattr(kind, "unmarked", True)  # noqa: B010  (read by field.html)
        self.several = len(kinds) > 1


class ReadingForm(Form):
    """How a file is to be read, where the guess was wrong."""

    encoding = forms.ChoiceField(
        label=_("Encoding"), choices=list(ENCODINGS.items()), required=False, widget=forms.Select({"data-native": True})
    )
    delimiter = forms.ChoiceField(label=_("Cells are parted by"), choices=_DELIMITERS, required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False, widget=forms.Select({"data-native": True}))
    header_row = forms.IntegerField(label=_("Headings are in row"), min_value=1, max_value=20)

    def __init__(self, *args: Any, run: ImportRun, table: Table | None, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "encoding": run.encoding,
            "delimiter": run.delimiter,
            "sheet": run.sheet,
            "header_row": run.header_row or 1,
        }
        super().__init__(*args, **kwargs)
        sheets = table.sheets if table is not None else [run.sheet] if run.sheet else []
        sheet: Any = self.fields["sheet"]
        sheet.choices = [(name, name) for name in sheets]
        delimiter: Any = self.fields["delimiter"]
        if run.delimiter not in dict(_DELIMITERS):
            delimiter.choices = [*_DELIMITERS, (run.delimiter, run.delimiter)]
        for name in ("encoding", "delimiter") if run.format == "xlsx" else ("sheet",):
            del self.fields[name]
        for field in self.fields.values():
            setattr(field, "unmarked", True)  # noqa: B010  (read by field.html)

    def choice(self) -> Choice:
        """Return how to read the file."""
        said = self.cleaned_data
        return Choice(said.get("encoding", ""), said.get("delimiter", ""), said.get("sheet", ""), said.get("header_row") or 0)


class ColumnsForm(Form):
    """Which column goes into which field, what is set for all rows, and how rows are matched."""

    match = forms.ChoiceField(label=_("If a row is about a client that is there already, know it by"), required=False)
    alike = forms.ChoiceField(
        label=_("Rows that look like a client already here, or like an earlier row"),
        choices=[("refuse", _("go to the file of refused rows")), ("add", _("are added anyway"))],
        initial="refuse",
        required=False,
        widget=Seg(),
    )
    allow_duplicates = forms.CharField(
        label=_("Why they are other clients"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_("Stays in the history of each; the search for duplicates does not ask about them again."),
    )
    save_as = forms.CharField(
        label=_("Remember this as"),
        max_length=100,
        required=False,
        help_text=_("Files with the same headings are then mapped by themselves."),
    )

    def __init__(self, *args: Any, run: ImportRun, kind: ImportKind, user: User, sample: list[list[str]], **kwargs: Any) -> None:
        self.run = run
        self.sample = sample
        because = run.allow_duplicates
        kwargs["initial"] = {
            "match": run.match, "save_as": run.profile, "alike": "add" if because else "refuse", "allow_duplicates": because
        }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.settings = kind.settings(user)
        groups = _grouped(kind)
        field_of = {heading: name for name, headings in run.mapping.items() for heading in headings}
        for place, heading in enumerate(run.header):
            self.fields[f"{_COLUMN}{place}"] = forms.ChoiceField(
                label=heading, choices=groups, required=False, initial=field_of.get(heading, ""), widget=forms.Select({"data-native": True})
            )
        for name, field in self.settings.items():
            choices: Any = field.choices if isinstance(field, forms.ChoiceField) else None
            if choices and name in _AS_BUTTONS:
                field.widget = Seg(choices=choices)
            if run.defaults or self.run.state != ImportRun.State.UPLOADED:
                field.initial = run.defaults.get(name, "")
            setattr(field, "unmarked", True)  # noqa: B010
            self.fields[f"{_SETTING}{name}"] = field
        self.matches = bool(kind.match_keys())
        if not self.matches:  # such rows know by themselves what is there already
            for name in ("match", "alike", "allow_duplicates"):
                del self.fields[name]
            return
        match: Any = self.fields["match"]
        match.choices = [("", _("Don't: every row is a new client")), *kind.match_keys().items()]
        for name in ("match", "alike", "allow_duplicates"):
            setattr(self.fields[name], "unmarked", True)  # noqa: B010

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.matches:
            return said | {"match": "", "allow_duplicates": ""}
        if said.get("alike") != "add":
            said["allow_duplicates"] = ""
        elif not said.get("allow_duplicates") and "allow_duplicates" not in self.errors:
            self.add_error("allow_duplicates", _("Say in a few words why they are other clients."))
        return said

    @property
    def columns_of_file(self) -> Iterable[tuple[BoundField, str, list[str], bool]]:
        """The select of each column with the heading, first cells, and whether it is our own column of reasons."""
        for place, heading in enumerate(self.run.header):
            cells = [row[place] for row in self.sample if row[place]][:3]
            yield self[f"{_COLUMN}{place}"], heading, cells, is_reason(heading)

    @property
    def settings_fields(self) -> Iterable[BoundField]:
        return [self[f"{_SETTING}{name}"] for name in self.settings]

    def mapping(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for place, heading in enumerate(self.run.header):
            if name := self.cleaned_data.get(f"{_COLUMN}{place}"):
                found.setdefault(name, []).append(heading)
        return found

    def defaults(self) -> dict[str, Any]:
        return {name: value for name in self.settings if (value := self.cleaned_data.get(f"{_SETTING}{name}")) not in (None, "")}

    def refuse(self, errors: Iterable[FieldError]) -> None:
        """Show what the service refused beside the fields it is about."""
        for error in errors:
            columns = [
                f"{_COLUMN}{place}" for place in range(len(self.run.header)) if self.cleaned_data.get(f"{_COLUMN}{place}") == error.field
            ]
            if columns:
                self.add_error(columns[-1], str(error.message))
            elif error.field in ("match", "save_as", "allow_duplicates") and error.field in self.fields:
                self.add_error(error.field, str(error.message))
            elif error.field in self.settings:
                self.add_error(f"{_SETTING}{error.field}", str(error.message))
            else:
                self.add_error(None, str(error.message))


def _grouped(kind: ImportKind) -> list[tuple[Any, Any]]:
    choices: list[tuple[Any, Any]] = [("", _("– don't import –"))]
    groups: dict[str, list[tuple[str, Any]]] = {}
    for field in kind.fields():
        if field.group:
            groups.setdefault(str(field.group), []).append((field.name, field.long_label))
        else:
            choices.append((field.name, field.label))
    return [*choices, *groups.items()]
