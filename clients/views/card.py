"""The client card: one page for a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import requires
from accounts.models import User
from clients import card_actions, card_facts, card_panels, custom_fields, timeline
from clients.card_gaps import Gap, gap_of
from clients.criteria import Evaluation, Record, Shortfall, criteria_in_force, evaluate
from clients.criteria.facts import Fact, all_facts
from clients.criteria.rules import STALE, CriteriaSet
from clients.errors import Merged
from clients.forms.touches import TouchForm, read_shown
from clients.history import Cursor, Entry, Page, read_page, same_day, shown_ranks
from clients.models import Client, ClientMerge, Contact, CustomField, DuplicatePair, DuplicateSettings, Waiver
from ui import formats

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


_MOST_ALIKE = 2
_MOST_MERGES = 10


def find_client(request: SignedInRequest, pk: int, *, merged_too: bool = False) -> Client:
    """Return the client as its card needs it; 404 for whoever may not see it. `Merged` leads to the survivor of a merge."""
    client = get_object_or_404(Client.objects.visible_to(request.user).for_card(request.user), pk=pk)
    if client.merged_into is not None and not merged_too:
        raise Merged(client, client.merged_into)
    return client


def find_own_client(request: SignedInRequest, pk: int) -> Client:
    """Return a client that the user may change; 403 for a reader, 404 for a stranger."""
    client = find_client(request, pk)
    if not getattr(client, "is_editable", False):
        raise PermissionDenied
    return client


def posted(request: SignedInRequest) -> QueryDict | None:
    """Return what was posted, though it be nothing: a form that got nothing has to say what it lacks."""
    return request.POST if request.method == "POST" else None


@dataclass(frozen=True)
class Age:
    """What a line of the card says of the age of its fact: nothing, unless it is too old."""

    html_id: str
    gap: Gap | None


@dataclass(frozen=True)
class Excused:
    """A waiver that holds today, with the name of its fact."""

    waiver: Waiver
    label: str


@dataclass(frozen=True)
class AlikeClient:
    """A client that the one of the card may be as well."""

    pair: DuplicatePair
    other: Client


@dataclass(frozen=True)
class Month:
    """The entries of one month, newest first."""

    first: date
    entries: list[Entry]
    named: bool = True


def month_of(moment: datetime) -> date:
    """Return the first day of the month of `moment` in the reader's time zone."""
    return timezone.localtime(moment).date().replace(day=1)


class CardPage:
    """All that a card shows, each part read when it is first drawn, so that fragments pay for themselves only."""

    timeline_before: Cursor | None = None
    """Where the page of the timeline begins; None: with the newest."""

    def __init__(self, request: SignedInRequest, client: Client, *, log_form: TouchForm | None = None) -> None:
        self.request = request
        self.user = request.user
        self.client = client
        self.now: datetime = timezone.now()
        if log_form is not None:
            self.log_form = log_form

    @property
    def may_edit(self) -> bool:
        """Whether what stands here can be changed by this user now."""
        return self.may_restore and self.client.archived_at is None

    @property
    def may_restore(self) -> bool:
        return bool(getattr(self.client, "is_editable", False))

    @property
    def may_erase(self) -> bool:
        return self.may_restore and self.user.has_perm("clients.erase_client")

    @property
    def may_waive(self) -> bool:
        return self.may_edit and self.user.has_perm("clients.grant_waiver")

    @cached_property
    def contacts(self) -> list[Contact]:
        return list(self.client.contacts.all())

    @cached_property
    def custom_fields(self) -> list[CustomField]:
        return list(custom_fields.active())

    @cached_property
    def criteria(self) -> CriteriaSet:
        return criteria_in_force()

    @property
    def today(self) -> date:
        """Today in the company's time zone, by which criteria go."""
        return self.criteria.as_of

    @cached_property
    def waivers(self) -> list[Waiver]:
        return list(self.client.waivers.standing_on(self.today).select_related("granted_by").order_by("until", "pk"))

    @cached_property
    def evaluation(self) -> Evaluation:
        waived = {one.fact: one.until for one in self.waivers}
        return evaluate(Record.of(self.client, self.contacts, waived=waived), self.criteria, as_of=self.today)

    @cached_property
    def _known_facts(self) -> dict[str, Fact]:
        return all_facts(self.custom_fields)

    @cached_property
    def excused(self) -> list[Excused]:
        return [Excused(one, str(self._known_facts[one.fact].label) if one.fact in self._known_facts else one.fact) for one in self.waivers]

    @cached_property
    def gaps(self) -> list[Gap]:
        """What is missing, required facts first, each with where to add it."""
        ordered = (*self.evaluation.required, *self.evaluation.recommended)
        return [gap_of(one, self.client.pk, self.contacts, self.custom_fields, known=self._known(one)) for one in ordered]

    def _known(self, shortfall: Shortfall) -> str:
        one = shortfall.confirmed
        if one is None or shortfall.code != STALE:
            return ""
        ago = formats.how_long_ago(one.at, self.now)
        name = self._people.get(one.by or 0)
        return _("confirmed %(ago)s by %(name)s") % {"ago": ago, "name": name} if name else _("confirmed %(ago)s") % {"ago": ago}

    @cached_property
    def _people(self) -> dict[int, str]:
        """Names of those who confirmed what is too old."""
        known = {one.pk: str(one) for one in (self.user, self.client.facts_confirmed_by, self.client.created_by) if one}
        asked = {gap.confirmed.by for gap in self.evaluation.shortfalls if gap.confirmed and gap.confirmed.by}
        if asked - known.keys():
            known |= {one.pk: str(one) for one in User.objects.filter(pk__in=asked)}
        return known

    @cached_property
    def ages(self) -> dict[str, Age]:
        """The lines of which a criterion asks how old they are, by the key of the line."""
        aged = {field for rule in self.criteria.rules if rule.oldest for reader in rule.readers for field in reader.fields}
        stale = [(gap, set(self._fields_of(gap))) for gap in self.gaps if gap.confirms]
        return {
            line.fact.key: Age(
                f"age-{line.fact.html_id}", next((gap for gap, fields in stale if not fields.isdisjoint(line.fact.fields)), None)
            )
            for line in (*self.facts, *self.remarks)
            if not aged.isdisjoint(line.fact.fields)
        }

    @staticmethod
    def _fields_of(gap: Gap) -> Iterator[str]:
        for reader in gap.shortfall.rule.readers:
            yield from reader.fields

    @property
    def shown(self) -> str:
        """When the card was drawn that this request came from, or this one: what its forms carry."""
        return (read_shown(self.request.POST) or self.now).isoformat()

    @property
    def mends(self) -> str:
        """The fact whose form opens by itself: somebody came to mend it."""
        return self.request.GET.get("mend", "")

    @cached_property
    def facts(self) -> list[card_facts.ShownFact]:
        return card_facts.facts_of(self.client, self.custom_fields)

    @property
    def minor_facts(self) -> list[card_facts.ShownFact]:
        """Those that are empty and wait among the buttons at the foot."""
        return [fact for fact in self.facts if fact.hidden]

    @cached_property
    def remarks(self) -> list[card_facts.ShownFact]:
        return card_facts.remarks_of(self.client)

    @cached_property
    def best_phone(self) -> card_facts.BestPhone | None:
        return card_facts.best_phone(self.client, self.contacts)

    @cached_property
    def local_time(self) -> datetime | None:
        return card_facts.local_time(self.client, self.now)

    @property
    def address_lines(self) -> list[str]:
        return card_facts.address_lines(self.client)

    @property
    def months_with_us(self) -> int | None:
        return card_facts.months_with_us(self.client, self.today)

    @cached_property
    def alike(self) -> list[AlikeClient]:
        """The clients that this one may be as well, the likeliest first."""
        if self.client.archived_at is not None:
            return []
        pairs = DuplicatePair.objects.to_look_at(DuplicateSettings.least_looked_at()).most_alike_first()
        found = pairs.of_client(self.client).select_related("first", "second")[:_MOST_ALIKE]
        return [AlikeClient(pair, pair.second if pair.first_id == self.client.pk else pair.first) for pair in found]

    @cached_property
    def merges(self) -> list[ClientMerge]:
        """The merges that others went into this client by, the latest first."""
        if not getattr(self.client, "took_others_in", True):
            return []
        return list(self.client.merges.filter(undone_at=None).select_related("other", "by")[:_MOST_MERGES])

    @cached_property
    def show(self) -> str:
        """What the timeline is narrowed to."""
        asked = self.request.POST.get("show") or self.request.GET.get("show") or ""
        return asked if asked in shown_ranks() else "everything"

    @property
    def other_stories(self) -> list[timeline.TimelineSource]:
        """Those of other apps, to which the timeline may be narrowed."""
        return timeline.sources()

    @cached_property
    def timeline(self) -> Page:
        return read_page(
            self.client,
            ranks=shown_ranks()[self.show],
            before=self.timeline_before,
            reader=self.user,
            custom_fields=self.custom_fields,
        )

    @property
    def months(self) -> list[Month]:
        """The timeline by month in the reader's time zone; a month that the page before has named is not named again."""
        named = month_of(self.timeline_before.at) if self.timeline_before else None
        found: list[Month] = []
        for entry in self.timeline.entries:
            month = month_of(entry.at)
            if not found or found[-1].first != month:
                found.append(Month(month, [], named=month != named))
            found[-1].entries.append(entry)
        return found

    def may_correct(self, entry: Entry) -> bool:
        """Whether `entry` is a touch that this user may still put right."""
        return self.may_edit and entry.is_touch and entry.user_id == self.user.pk and same_day(entry.touch["created_at"], self.now)

    @cached_property
    def promise(self) -> Entry | None:
        """The touch that promised the next step, where it stands on the first page of the timeline."""
        planned = self.client.next_step_at
        return next((one for one in self.timeline.entries if planned and one.touch.get("next_step_at") == planned), None)

    @cached_property
    def log_form(self) -> TouchForm:
        return TouchForm(client=self.client, user=self.user, now=self.now, contacts=self.contacts)

    @cached_property
    def columns(self) -> dict[int, list[card_panels.ShownPanel]]:
        """The panels of other apps by column."""
        found: dict[int, list[card_panels.ShownPanel]] = {1: [], 2: [], 3: []}
        for shown in card_panels.panels_for(self.client, self.user):
            found[shown.panel.column].append(shown)
        return found

    @property
    def other_panels(self) -> dict[str, list[card_panels.ShownPanel]]:
        return {"first": self.columns[1], "second": self.columns[2], "third": self.columns[3]}

    @property
    def other_actions(self) -> list[card_actions.CardAction]:
        """What other apps let one do here."""
        return card_actions.actions_for(self.user) if self.may_edit else []

    def context(self) -> dict[str, Any]:
        """Return what the templates of the card draw from."""
        return {"card": self, "client": self.client}


@requires("clients.view_client")
def card(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one client."""
    page = CardPage(request, find_client(request, pk))
    return render(request, "clients/erased.html" if page.client.erased_at else "clients/card.html", page.context())


def answer(
    request: SignedInRequest, pk: int, *parts: str, row: tuple[str, dict[str, Any]] | None = None, close: bool = False
) -> HttpResponse:
    """Answer a write: the parts of the card that it touched (names of templates in clients/card/), swapped where they stand.

    `row` is what goes to the target of the request itself; `close` shuts the dialog in which one wrote. A plain request,
    without htmx, is led to the card.
    """
    if not request.htmx:
        return redirect("clients:card", pk=pk)
    page = CardPage(request, find_client(request, pk))
    html = [render_to_string(row[0], page.context() | row[1], request)] if row else []
    drawn = page.context() | {"oob": True}
    html += [render_to_string(f"clients/card/{part}.html", drawn, request) for part in parts]
    for shown in card_panels.panels_for(page.client, page.user, following=parts):
        html.append(render_to_string(shown.panel.template, drawn | {"here": shown.context, "panel": shown.panel}, request))
    response = HttpResponse("".join(html))
    if close:
        response["HX-Trigger"] = '{"seraph:close": {}}'
    return response


def dialog(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Show what stands in a dialog; without htmx the same on a page of its own."""
    if request.headers.get("HX-Request") == "true":
        return render(request, template, context, status=status)
    return render(request, "clients/card/dialog_page.html", context | {"dialog": template}, status=status)
