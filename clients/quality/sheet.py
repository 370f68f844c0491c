"""The figures by manager as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from clients.quality.measures import MEASURES
from clients.quality.report import Report


def heading() -> list[str]:
    """Return the first line of the file."""
    counted = [text for measure in MEASURES for text in (str(measure.label), f"{measure.label}, %")]
    return [_("Team"), _("Manager"), _("Place"), _("Clients"), _("Required facts, %"), _("Recommended facts, %"), *counted]


def lines(report: Report) -> Iterator[list[Any]]:
    """Yield a line for each manager, in the order of the page."""
    for group in report.groups:
        for line in group.lines:
            shares = [None if cell.share is None else round(cell.share, 1) for cell in line.cells]
            counted = [value for cell, share in zip(line.cells, shares, strict=True) for value in (cell.count, share)]
            yield [group.total.name, line.name, line.place, line.now.clients, line.now.required, line.now.recommended, *counted]
