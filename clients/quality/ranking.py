"""A ranking that is fair to size: two clients of four is not yet proof of what two hundred of four hundred are."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

Z = 1.96
"""Of the normal distribution: 95 % sure."""
ENOUGH = 10
"""With fewer clients nobody gets a place, neither a good nor a bad one."""


def sure_range(found: int, of: int, z: float = Z) -> tuple[float, float]:
    """Return between which shares (0–1) the true one lies, 95 % sure, when `found` of `of` were seen.

    The score interval: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, Journal of
    the American Statistical Association 22 (1927), 209–212:
    (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n).
    """
    if of == 0:
        return 0.0, 1.0
    share = found / of
    centre = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return (0.0 if found == 0 else (centre - spread) / whole), (1.0 if found == of else (centre + spread) / whole)


def places[K](counted: Mapping[K, tuple[int, int]]) -> dict[K, int]:
    """Return the place of each (1 is the best) by its faults: `counted` holds (clients with the fault, clients).

    Whoever surely has the smaller share of faults stands before: by the lower end of `sure_range`, then by the upper
    one, so that among the faultless those with more clients come first. Equals share a place. Left out: fewer clients
    than `ENOUGH`.
    """
    ranges = {key: sure_range(found, of) for key, (found, of) in counted.items() if of >= ENOUGH}
    order = sorted(ranges.values())
    return {key: order.index(own) + 1 for key, own in ranges.items()}


def keeps(found: int, of: int, standard: int) -> bool:
    """Return whether at least `standard` percent may well be free of the fault: not surely fewer are."""
    return sure_range(found, of)[0] <= 1 - standard / 100
