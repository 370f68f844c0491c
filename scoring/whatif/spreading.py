"""One client's share of a pool by the largest remainder, to the cent, as `scoring/sql/shares.sql` gives it to all at once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

CENT = Decimal("0.01")
_DIGITS = 100
"""More than any amount × weight has, so that nothing is rounded on the way."""


def cents(value: Decimal) -> Decimal:
    """Return money rounded to the cent, halves away from zero, as PostgreSQL does."""
    with localcontext(prec=_DIGITS):
        return value.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Exact:
    """A share before the cents that are left are given out: whole cents, and the rest that is compared with others'."""

    cents: int
    rest: Decimal


def exact_share(amount: Decimal, weight: Decimal, total: Decimal) -> Exact:
    """Return |amount| · weight / total in whole cents, with its rest. `total` is above zero, weights have four digits behind
    the point at most."""
    of, own, every = _whole(abs(amount), 2), _whole(weight, 4), _whole(total, 4)
    share, rest = divmod(of * own, every)
    return Exact(share, Decimal(f"{rest}E-4"))


def share_kept(amount: Decimal, weight: Decimal, total: Decimal, cut: tuple[Decimal, int] | None, client: int) -> Decimal:
    """Return what `client` bears of a pool that was spread: `cut` is the rest and the number of the last one who got a cent
    more (PoolSpread.cut_rest, cut_client)."""
    if weight <= 0 or total <= 0:
        return Decimal(0)
    share = exact_share(amount, weight, total)
    more = cut is not None and share.rest > 0 and (share.rest > cut[0] or (share.rest == cut[0] and client <= cut[1]))
    return _money(share.cents + more, amount)


def share_among(amount: Decimal, own: Exact, others_cents: int, before: int) -> Decimal:
    """Return the share of one who stands behind `before` others by the size of the rests, where these others get
    `others_cents` whole cents: a cent more, as long as any is left."""
    left = _whole(abs(amount), 2) - others_cents - own.cents
    return _money(own.cents + (before < left), amount)


def share_near(amount: Decimal, weight: Decimal, total: Decimal) -> Decimal:
    """Return the share to the nearest cent, which the largest remainder gives or misses by one."""
    if weight <= 0 or total <= 0:
        return Decimal(0)
    with localcontext(prec=_DIGITS):
        return cents(amount * weight / total)


def _whole(value: Decimal, digits: int) -> int:
    with localcontext(prec=_DIGITS):
        return int(value * 10**digits)


def _money(share: int, amount: Decimal) -> Decimal:
    return (Decimal(share) * CENT).copy_sign(amount) if share else Decimal(0)
