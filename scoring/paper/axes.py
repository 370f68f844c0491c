"""The axes of pictures on paper: round figures, as few as may be."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, log10
from typing import Any

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def axis(low: float, high: float, label: Callable[[float], str], *, most: int = 5) -> dict[str, Any]:
    """Return an axis over [low, high] with at most about `most` ticks, from round figure to round figure."""
    if high <= low:
        high = low + 1
    rough = (high - low) / most
    ten = 10.0 ** floor(log10(rough))
    step = next(ten * one for one in _STEPS if ten * one >= rough * 0.999)
    first, last = floor(low / step), ceil(high / step)
    return {
        "min": first * step,
        "max": last * step,
        "ticks": [{"at": number * step, "label": label(number * step)} for number in range(first, last + 1)],
    }
