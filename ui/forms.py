"""How forms are drawn and which widgets they use. No widget writes an inline style or script.

A form that inherits from `Form` or `ModelForm` is drawn whole by `{{ form }}`, or field by field by
`{{ form.full_name.as_field_group }}`; `{% form_errors form %}` draws the summary after a refused save.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms.renderers import TemplatesSetting
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

NATIVE_CHOICES = 8  # with the empty one; a longer list becomes a picker that one types into
SEG_CHOICES = 5
ADD_ANOTHER = _("Add another")

_DRAWN_AS_INPUT = ("text", "email", "url", "tel", "number", "password", "search", "date", "time", "datetime-local", "file")


class Renderer(TemplatesSetting):
    """Forms and widgets through the project's own templates, in the classes of seraph.css."""

    form_template_name = "ui/forms/form.html"
    field_template_name = "ui/forms/field.html"
    formset_template_name = "ui/forms/formset.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        widget = context.get("widget")
        if widget is not None:
            self.dress(widget)
        return super().render(template_name, context, request)

    @staticmethod
    def dress(widget: dict[str, Any]) -> None:
        """Give a widget its class; a long select also the mark that makes it a picker."""
        attrs = widget["attrs"]
        template = widget["template_name"]
        if widget.get("type") in _DRAWN_AS_INPUT or template.endswith(("/textarea.html", "/select.html")):
            attrs["class"] = f"input {attrs['class']}" if attrs.get("class") else "input"
        if template.endswith("/select.html") and "data-native" not in attrs:
            count = sum(len(options) for _group, options, _index in widget["optgroups"])
            if count > NATIVE_CHOICES or attrs.get("multiple") or "data-pick-url" in attrs:
                attrs["data-pick"] = True


class DateInput(forms.DateInput):
    """The browser's own date field (it wants ISO dates whatever the language)."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time field."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class DateTimeInput(forms.DateTimeInput):
    """The browser's own field for a date with a time, in the user's time zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class TelInput(forms.TextInput):
    input_type = "tel"


class Seg(forms.RadioSelect):
    """Two to five choices of which one holds, side by side; more stand as pills."""

    template_name = "ui/forms/widgets/seg.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["pills"] = sum(len(options) for _group, options, _index in context["widget"]["optgroups"]) > SEG_CHOICES
        return context


class Picks(forms.CheckboxSelectMultiple):
    """A few choices of which any number holds, as pills."""

    template_name = "ui/forms/widgets/picks.html"


class YesNoUnknown(Seg):
    """Yes, no, or nobody asked yet."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, choices=[("", _("not asked")), ("true", _("yes")), ("false", _("no"))])

    def format_value(self, value: Any) -> list[str]:
        return [{True: "true", False: "false", "true": "true", "false": "false", "True": "true", "False": "false"}.get(value, "")]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool | None:
        return {"true": True, "True": True, True: True, "false": False, "False": False, False: False}.get(data.get(name))


class ListInput(forms.Widget):
    """Several values of one kind under one name: a row for each, with buttons to add and remove.

    Works without script too: one empty row always follows the last value.
    """

    template_name = "ui/forms/widgets/list.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None, *, input_type: str = "text", add_label: Any = ADD_ANOTHER) -> None:
        super().__init__(attrs)
        self.input_type = input_type
        self.add_label = add_label

    def format_value(self, value: Any) -> list[str]:
        return [value] if isinstance(value, str) else [str(item) for item in value or []]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        values = self.format_value(value)
        shared = {key: kept for key, kept in context["widget"]["attrs"].items() if key not in ("id", "required")}
        shared["class"] = f"input {shared['class']}" if shared.get("class") else "input"
        first_id = context["widget"]["attrs"].get("id", "")
        context["widget"].update(
            type=self.input_type,
            add_label=self.add_label,
            shared=shared,
            rows=[
                {"value": row, "id": first_id if index == 0 else f"{first_id}_{index}", "number": index + 1}
                for index, row in enumerate([*values, ""])
            ],
        )
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        values = data.getlist(name) if isinstance(data, MultiValueDict) else data.get(name) or []
        lines = (line for value in ([values] if isinstance(values, str) else values) for line in str(value).splitlines())
        return [text for text in (line.strip() for line in lines) if text]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data


class ListField(forms.Field):
    """A list of texts, each cleaned by `base`; empty rows fall away, repeats are kept once."""

    widget = ListInput

    def __init__(self, base: forms.Field | None = None, *, input_type: str = "text", add_label: Any = ADD_ANOTHER, **kwargs: Any) -> None:
        self.base = base or forms.CharField()
        kwargs.setdefault("widget", ListInput(input_type=input_type, add_label=add_label))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> list[str]:
        return [str(item).strip() for item in value or [] if str(item).strip()]

    def clean(self, value: Any) -> list[str]:
        values = self.to_python(value)
        self.validate(values)
        cleaned: list[str] = []
        errors: list[ValidationError] = []
        for item in values:
            try:
                cleaned.append(self.base.clean(item))
            except ValidationError as refusal:
                errors += [ValidationError("%(item)s: %(why)s", params={"item": item, "why": why}) for why in refusal.messages]
        if errors:
            raise ValidationError(errors)
        self.run_validators(cleaned)
        return list(dict.fromkeys(cleaned))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)


_OWN_WIDGETS: list[tuple[type[forms.Field], type[forms.Widget], type[forms.Widget]]] = [
    # (field, Django's widget for it, ours)
    (forms.DateTimeField, forms.DateTimeInput, DateTimeInput),
    (forms.DateField, forms.DateInput, DateInput),
    (forms.TimeField, forms.TimeInput, TimeInput),
]


_turns_no_text = RegexValidator(
    r"[\u202a-\u202e\u2066-\u2069]", _("Leave out the characters that can't be kept."), code="text", inverse_match=True
)
"""Marks that turn the direction of what follows: in a name, they would turn round the line that it stands in."""


class _Drawn:
    """What `Form` and `ModelForm` share: our widgets, and how the fields stand.

    `wide` names the fields that take the whole width where the form stands in two columns.
    `recommended` names the fields that may stay empty but should not ("recommended" instead of "optional").
    """

    fields: dict[str, forms.Field]
    columns = 1
    wide: Sequence[str] = ()
    recommended: Sequence[str] = ()

    def draw(self) -> None:
        for name, field in self.fields.items():
            for kind, usual, own in _OWN_WIDGETS:
                if isinstance(field, kind) and type(field.widget) is usual:
                    field.widget = own(attrs=field.widget.attrs)
                    field.widget.is_required = field.required
            if type(field) is forms.CharField and not isinstance(field.widget, forms.PasswordInput):
                field.validators.append(_turns_no_text)
            field.recommended = name in self.recommended  # type: ignore[attr-defined]  # read by field.html


class Form(_Drawn, forms.Form):
    """A form in the look."""

    use_required_attribute = False  # the server says what is missing, in our words

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draw()


class ModelForm(_Drawn, forms.ModelForm):  # type: ignore[type-arg]  # the model is the subclass's
    """A model's form in the look."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draw()
