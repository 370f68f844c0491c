"""The small forms of a list: saving a view, choosing a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ui.forms import Form, Seg
from ui.models import SavedView


class ViewForm(Form):
    """The name of a saved view, and who sees it."""

    name = forms.CharField(label=_("Name"), max_length=80)
    shared = forms.BooleanField(label=_("Show it to everybody"), required=False)
    default = forms.BooleanField(label=_("Open the list with it"), required=False)

    def __init__(self, *args: Any, page: str, owner: Any, may_share: bool, view: SavedView | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._others = SavedView.objects.on(page).filter(owner=owner, removed_at=None).exclude(Q(pk=view.pk) if view else Q(pk=None))
        if not may_share:
            del self.fields["shared"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self._others.filter(name=name).exists():
            raise forms.ValidationError(_("You have a view of this name already."))
        return name


class ExportForm(Form):
    """What kind of file, and which columns."""

    file_format = forms.ChoiceField(
        label=_("File"), choices=[("xlsx", _("Excel (XLSX)")), ("csv", _("Text (CSV)"))], initial="xlsx", widget=Seg
    )
    which = forms.ChoiceField(label=_("Columns"), choices=[("shown", _("those shown")), ("all", _("all"))], initial="shown", widget=Seg)
