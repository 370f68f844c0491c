"""Pages that exist only for tests: every part of `ui` in one place, and what may come back from a server."""

import datetime
import json

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, include, path
from django.utils import timezone

from crm import urls as real
from ui.conflicts import compare
from ui.forms import Form, ListField, Seg, YesNoUnknown
from ui.navigation import Entry, Section
from ui.saying import say

INDUSTRIES = [
    "Breweries",
    "Catering",
    "Food wholesale",
    "Общественное питание",
    "Métaux et mécanique",
    *(f"Industry {n}" for n in range(9)),
]


class ClientForm(Form):
    columns = 2
    wide = ("kind", "full_name", "remarks", "may_call")
    recommended = ("industry",)

    version = forms.IntegerField(widget=forms.HiddenInput, initial=3)
    kind = forms.ChoiceField(
        label="Kind", choices=[("organisation", "Organisation"), ("person", "Person")], widget=Seg, initial="organisation"
    )
    full_name = forms.CharField(label="Full name", max_length=300)
    tax_number = forms.CharField(label="Tax number", required=False, help_text="Letters and digits, as on the invoice")
    industry = forms.ChoiceField(label="Industry", choices=[("", "–"), *((name, name) for name in INDUSTRIES)], required=False)
    manager = forms.ChoiceField(
        label="Manager",
        required=False,
        choices=[("", "–"), ("1", "Anna Petrova")],
        widget=forms.Select(attrs={"data-pick-url": "/parts/people/"}),
    )
    lifecycle = forms.ChoiceField(label="Lifecycle", choices=[("potential", "potential"), ("current", "current"), ("former", "former")])
    phones = ListField(label="Phones", required=False, input_type="tel", add_label="Add a phone")
    emails = ListField(forms.EmailField(), label="E-mails", required=False, input_type="email", add_label="Add an e-mail")
    website = forms.URLField(label="Web site", required=False, assume_scheme="https")
    works_since = forms.DateField(label="Works with us since", required=False)
    next_step_at = forms.DateTimeField(label="Next step due", required=False)
    may_call = forms.NullBooleanField(label="May be called", required=False, widget=YesNoUnknown)
    remarks = forms.CharField(label="How things stand now", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    consent = forms.BooleanField(label="May be written to", required=False, help_text="asked on 24 November 2026 by phone")
    regions = forms.MultipleChoiceField(
        label="Regions", required=False, choices=[(name, name) for name in ("Doubs", "Jura", "Псков")], initial=["Doubs", "Псков"]
    )
    contract = forms.FileField(label="Contract", required=False)
    roles = forms.MultipleChoiceField(
        label="Roles", required=False, choices=[("customer", "customer"), ("supplier", "supplier")], widget=forms.CheckboxSelectMultiple
    )


class SignInForm(Form):
    login = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


def parts(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    times = [
        now,
        now + datetime.timedelta(days=2),
        now - datetime.timedelta(days=94),
        now - datetime.timedelta(days=2),
        now - datetime.timedelta(hours=5),
    ]
    return render(
        request,
        "parts/parts.html",
        {"times": times, "statuses": [403, 404, 413, 429, 500, 401], "names": ["Ateliers", "Boulangerie", "Ямщиков"]},
    )


def form(request: HttpRequest) -> HttpResponse:
    shown = ClientForm(request.POST or None)
    if request.method == "POST" and shown.is_valid():
        say(request, "Client saved", undo_url="/parts/undo/")
        return redirect("/parts/")
    return render(request, "parts/form.html", {"form": shown}, status=422 if request.method == "POST" else 200)


def warned(request: HttpRequest) -> HttpResponse:
    return render(request, "parts/warned.html")


def conflict(request: HttpRequest) -> HttpResponse:
    mine = ClientForm(
        {"full_name": "Brasserie Œil-de-Bœuf", "kind": "organisation", "lifecycle": "current", "phones": ["+33320990012"], "consent": "on"}
    )
    theirs = ClientForm(
        initial={
            "full_name": "Brasserie Œil-de-Bœuf et Compagnie SARL",
            "kind": "organisation",
            "lifecycle": "potential",
            "phones": ["+33320990012", "+33320990013"],
            "consent": True,
            "regions": [],
        }
    )
    return render(request, "parts/conflict.html", {"conflict": compare(mine, theirs, version=4, changed_by="Boris Lind")})


def gate(request: HttpRequest) -> HttpResponse:
    return render(request, "parts/gate.html", {"form": SignInForm()})


def people(request: HttpRequest) -> HttpResponse:
    wanted = request.GET.get("q", "").lower()
    names = ["Anna Petrova", "Boris Lind", "Clara Moreau", "Дмитрий Соколов"]
    return JsonResponse(
        {"results": [{"id": n, "text": name, "hint": "North"} for n, name in enumerate(names, 1) if wanted in name.lower()]}
    )


def find(request: HttpRequest) -> HttpResponse:
    return render(request, "parts/found.html", {"q": request.GET.get("q", "")})


def saying(request: HttpRequest) -> HttpResponse:
    say(request, "Handed over to Boris", undo_url="/parts/undo/")
    return HttpResponse("done")


def saying_bad(request: HttpRequest) -> HttpResponse:
    messages.error(request, "The clients were not handed over")
    return HttpResponse("not done")


def undo(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse(status=405)
    say(request, "Undone")
    return redirect("/parts/")


def drawer(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and request.POST.get("note"):
        return HttpResponse("", headers={"HX-Trigger": json.dumps({"seraph:close": {}, "seraph:say": {"text": "Reminder set"}})})
    return render(request, "parts/drawer.html", {"refused": request.method == "POST"}, status=422 if request.method == "POST" else 200)


def answer(request: HttpRequest, status: int) -> HttpResponse:
    if status == 500:
        raise RuntimeError("on purpose")
    return HttpResponse("<p>not to be shown</p>", status=status)


handler400 = real.handler400
urlpatterns: list[URLPattern | URLResolver] = [
    path("parts/clients/", parts, name="parts-clients"),
    path("parts/quality/", parts, name="parts-quality"),
    path("parts/import/", parts, name="parts-import"),
    path("parts/criteria/", parts, name="parts-criteria"),
    path("", parts),
    path("parts/gate/", gate),
    path("parts/", parts, name="parts"),
    path("parts/form/", form, name="parts-new"),
    path("parts/warned/", warned),
    path("parts/conflict/", conflict),
    path("parts/people/", people),
    path("parts/saying/", saying),
    path("parts/saying-bad/", saying_bad),
    path("parts/undo/", undo),
    path("parts/drawer/", drawer),
    path("parts/answer/<int:status>/", answer),
    path("find/", include(([path("", find, name="find")], "clients"))),
    path("", include("crm.urls")),
]


ENTRIES = [
    Entry(Section.WORK, "Today", "parts", "calendar-due", position=1, key="t", count=lambda user: 10, tab=1),
    Entry(Section.WORK, "Clients", "parts-clients", "address-book", "clients.view_client", 2, "c", tab=2),
    Entry(Section.WORK, "New client", "parts-new", "plus", "clients.add_client", 3, tab=3, tab_label="New", side=False),
    Entry(Section.REGISTRY, "Data quality", "parts-quality", "clipboard-check", position=1),
    Entry(Section.REGISTRY, "Import", "parts-import", "upload", "clients.import_client", 2),
    Entry(Section.SETTINGS, "Entry criteria", "parts-criteria", "adjustments", "clients.set_rules", 1, "e"),
]
