"""What is measured: one list. The snapshot counts each measure by the very condition of the filter that its figure opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.filters import ClientFilters
from ui import formats
from ui.lists import OneOf


@dataclass(frozen=True)
class Measure:
    """Clients that the list's filter `filter` finds with `value`. `key` is also the column of `QualitySnapshot`."""

    key: str
    label: str | Promise
    hint: str | Promise
    filter: str
    value: str
    say: Callable[[int], str]
    """A count as a statement: "213 clients fall short of what is required"."""
    none: str | Promise
    """The same of no client."""
    fault: bool = True
    """More of it is worse."""

    @property
    def query(self) -> dict[str, str]:
        """What the address of the list of clients asks."""
        return {self.filter: self.value}

    def condition(self) -> Q:
        """Return the condition on a client, as of now."""
        filter_ = ClientFilters.base_filters[self.filter]
        condition: Q = filter_.condition([self.value] if isinstance(filter_, OneOf) else self.value)
        return condition

    def in_words(self, count: int) -> str:
        """Return the statement with its figure."""
        return self.say(count).format(n=formats.number(count)) if count else str(self.none)


MEASURES = (
    Measure(
        "falls_short",
        _("Required missing"),
        _("a required fact is missing, does not look as asked, or is out of date"),
        "falls_short",
        "yes",
        lambda n: ngettext("{n} client falls short of what is required", "{n} clients fall short of what is required", n),
        _("no client falls short of what is required"),
    ),
    Measure(
        "overdue",
        _("Past the deadline"),
        _("a required fact is missing, and the days to mend it are over"),
        "mend_by",
        "late",
        lambda n: ngettext("{n} client is past the deadline", "{n} clients are past the deadline", n),
        _("no client is past the deadline"),
    ),
    Measure(
        "lacks_recommended",
        _("Recommended missing"),
        _("a recommended fact is missing"),
        "lacks_recommended",
        "yes",
        lambda n: ngettext("{n} client lacks a recommended fact", "{n} clients lack recommended facts", n),
        _("no client lacks a recommended fact"),
    ),
    Measure(
        "stale",
        _("Out of date"),
        _("a fact is older than its criterion allows, and nobody confirmed it"),
        "stale",
        "yes",
        lambda n: ngettext("{n} client has facts out of date", "{n} clients have facts out of date", n),
        _("no client has facts out of date"),
    ),
    Measure(
        "waived",
        _("Waived"),
        _("a criterion is waived for a while"),
        "waivers",
        "running",
        lambda n: ngettext("{n} client is excused from a criterion", "{n} clients are excused from a criterion", n),
        _("no client is excused from a criterion"),
        fault=False,
    ),
    Measure(
        "waiver_over",
        _("Waiver run out"),
        _("the waiver had its time, and the fact is still missing"),
        "waivers",
        "over",
        lambda n: ngettext("the waiver of {n} client has run out", "the waivers of {n} clients have run out", n),
        _("no client has a waiver that has run out"),
    ),
    Measure(
        "duplicates",
        _("Possible duplicate"),
        _("another client looks so alike that somebody should compare the two"),
        "duplicates",
        "yes",
        lambda n: ngettext("{n} client may be registered twice", "{n} clients may be registered twice", n),
        _("no client seems to be registered twice"),
    ),
    Measure(
        "quiet",
        _("Gone quiet"),
        _("no touch for longer than the cadence"),
        "quiet",
        "yes",
        lambda n: ngettext("{n} client has gone quiet", "{n} clients have gone quiet", n),
        _("no client has gone quiet"),
    ),
    Measure(
        "entered_late",
        _("Entered late"),
        _("registered too many days after the first touch"),
        "entered_late",
        "yes",
        lambda n: ngettext("{n} client was entered late", "{n} clients were entered late", n),
        _("no client was entered late"),
    ),
)
BY_KEY = {measure.key: measure for measure in MEASURES}
FIRST = MEASURES[0]
"""The measure of the standard."""
