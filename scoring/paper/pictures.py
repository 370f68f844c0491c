"""The pictures of the page for paper: the same figures that charts.js draws, with axes worked out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from scoring.models import Verdict
from scoring.page import ProfitPage
from scoring.paper.axes import axis
from scoring.waterfalls import Waterfall
from ui import formats

Money = Callable[[Decimal], str]


def whale(page: ProfitPage, money: Money) -> dict[str, Any] | None:
    """Return the whale curve: the part that climbs, the part of demons, and what is written on it."""
    if not page.figures.curve:
        return None
    drawn = page.whale
    points: list[tuple[float, float]] = [(x, y) for x, y, *_client in drawn["points"]]
    in_percent = drawn["unit"] == "percent"

    def said(height: float, digits: int = 0) -> str:
        return formats.percent(height, digits) if in_percent else money(Decimal(round(height)))

    heights = [height for _x, height in points]
    words = drawn["words"]
    top = drawn["peak"]
    bad = [{"x": points[-1][0], "y": points[-1][1], "bad": True, "words": [words["back"], money(-page.lost)]}] if page.lost > 0 else []
    good = [{"x": top[0], "y": top[1], "bad": False, "words": [f"{words['peak']} {said(top[1], 1)}", words["clients"]]}]
    return {
        "alt": formats.named(_("Whale curve"), page.headline),
        "axis": words["axis"],
        "whole": words["all"] if in_percent and max(heights) > 101 else "",
        "earning": [point for point in points if point[0] <= drawn["demonsStart"]],
        "losing": [point for point in points if point[0] >= drawn["demonsStart"]],
        "knots": (good if drawn["peakClients"] else []) + bad,
        "x": axis(0, 100, formats.percent),
        # room above the peak for what is written there
        "y": axis(min(0.0, *heights), max(0.0, *heights) * 1.12, said),
    }


def waterfall(found: Waterfall | None, money: Callable[..., str]) -> dict[str, Any]:
    """Return the steps of a waterfall with where each bar begins and ends."""
    steps: list[dict[str, Any]] = []
    level = 0.0
    for step in found.all if found else []:
        start, level = (0.0, float(step.value)) if step.total else (level, level + float(step.value))
        steps.append({"label": str(step.label), "value": money(step.value, 2), "start": start, "end": level, "total": step.total})
    ends = [end for step in steps for end in (step["start"], step["end"])] or [0.0]
    low, high = min(0.0, *ends), max(0.0, *ends)
    return {"steps": steps, "min": low, "max": high if high > low else low + 1}


def scatter(page: ProfitPage, money: Money) -> dict[str, Any] | None:
    """Return revenue and profit of each client on the curve, by its verdict."""
    points = [(revenue, profit, verdict) for revenue, profit, verdict, *_client in page.scatter["points"]]
    if not points:
        return None
    revenues, profits = [one[0] for one in points], [one[1] for one in points]

    def said(value: float) -> str:
        return money(Decimal(round(value)))

    return {
        "title": _("What was bought, and what it earned"),
        "alt": _("Each client by revenue and profit; the list of what clients earn holds the same figures"),
        "axis": page.scatter["words"]["revenue"],
        "points": points,
        "x": axis(min(0.0, *revenues), max(revenues), said),
        "y": axis(min(0.0, *profits), max(0.0, *profits), said),
        "legend": [{"mark": verdict.value, "label": str(verdict.label)} for verdict in Verdict],
    }
