"""The fields that the administrator adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from clients.criteria.overview import count
from clients.criteria.rules import criteria_in_force
from clients.errors import Refused
from clients.forms.rules import CustomFieldForm
from clients.models import Criterion, CustomField, ValueMove
from clients.models.criteria import CustomFieldKind
from clients.services import custom_fields as services
from clients.services.moves import having
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SET = "clients.set_rules"
COUNTED_TO = 10_000


@require_GET
@requires(SET)
def fields(request: SignedInRequest) -> HttpResponseBase:
    """All fields, with how many clients hold a value of each."""
    counted = count(criteria_in_force())
    rows = [(field, counted.tally.custom_fields.get(field.pk)) for field in CustomField.objects.order_by("position", "id")]
    context = {
        "active": [row for row in rows if not row[0].retired],
        "retired": [field for field, _number in rows if field.retired],
        "counted": counted,
        "moves": ValueMove.objects.filter(finished_at=None, field__startswith="custom."),
    }
    return render(request, "clients/rules/custom_fields.html", context)


@requires(SET)
def new(request: SignedInRequest) -> HttpResponseBase:
    """Add a field."""
    form = CustomFieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            field = services.add_custom_field(user=request.user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused.errors)
        else:
            say(request, _("Field added: {name}").format(name=field.label))
            return redirect("criteria:custom_fields")
    return render(request, "clients/rules/custom_field_new.html", {"form": form}, status=422 if form.errors else 200)


@requires(SET)
def field(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Change a field: its name, hint, choices, and its type while no client holds a value."""
    one = get_object_or_404(CustomField, pk=pk)
    used = services.in_use(one)
    form = CustomFieldForm(request.POST or None, field=one, may_change_kind=not used)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_custom_field(user=request.user, field_id=pk, values=form.cleaned_data)
        except Refused as refused:
            form.refuse(refused.errors)
        else:
            say(request, _("Field saved"))
            return redirect("criteria:custom_field", pk)
    context: dict[str, Any] = {
        "field": one,
        "form": form,
        "used": used,
        "asking": Criterion.objects.published().filter(fact=f"custom.{one.key}").count(),
        "choices": _choices(one) if one.kind == CustomFieldKind.CHOICE else [],
        "most": COUNTED_TO,
        "moves": ValueMove.objects.filter(finished_at=None, field=f"custom.{one.key}"),
    }
    return render(request, "clients/rules/custom_field.html", context, status=422 if form.errors else 200)


def _choices(one: CustomField) -> list[tuple[str, int]]:
    """Return the choices with the clients that have each, counted up to a cap through the index on `custom`."""
    return [(choice, len(having(f"custom.{one.key}", choice).values_list("pk", flat=True)[: COUNTED_TO + 1])) for choice in one.choices]


@require_POST
@requires(SET)
def choice(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Add, rename, merge or take away a choice; clients that have it are carried over."""
    one = get_object_or_404(CustomField, pk=pk, kind=CustomFieldKind.CHOICE)
    old, new_name = request.POST.get("old", ""), request.POST.get("new", "")
    try:
        if request.POST.get("act") == "remove":
            services.remove_choice(user=request.user, field_id=pk, choice=old)
            text = _("Choice taken away: {name}").format(name=old)
        elif old:
            services.rename_choice(user=request.user, field_id=pk, old=old, new=new_name)
            text = _("Choice renamed; clients that have it are carried over")
        else:
            services.change_custom_field(user=request.user, field_id=pk, values={"choices": [*one.choices, new_name]})
            text = _("Choice added")
    except Refused as refused:
        say(request, str(refused.errors[0].message))
    else:
        say(request, text)
    return redirect("criteria:custom_field", pk)


@require_POST
@requires(SET)
def move(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Put a field one place up or down."""
    try:
        services.move_custom_field(user=request.user, field_id=pk, up=request.POST.get("to") == "up")
    except CustomField.DoesNotExist:
        raise Http404 from None
    return redirect("criteria:custom_fields")


@require_POST
@requires(SET)
def retire(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Offer a field no longer; Undo offers it again."""
    get_object_or_404(CustomField, pk=pk)
    one = services.retire_custom_field(user=request.user, field_id=pk)
    say(
        request,
        _("Retired: {name}. Clients keep their values.").format(name=one.label),
        undo_url=reverse("criteria:custom_field_back", args=[pk]),
    )
    return redirect("criteria:custom_fields")


@require_POST
@requires(SET)
def bring_back(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Offer a retired field again."""
    get_object_or_404(CustomField, pk=pk)
    services.retire_custom_field(user=request.user, field_id=pk, retired=False)
    return redirect("criteria:custom_fields")
