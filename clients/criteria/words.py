"""Criteria in words: for whom they are, and what they look at."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clients.criteria.facts import Fact
from clients.models import Criterion
from ui import formats

KINDS: dict[str, Promise] = {"organisation": gettext_lazy("organisations"), "person": gettext_lazy("persons")}
ROLES: dict[str, Promise] = {"customer": gettext_lazy("customers"), "supplier": gettext_lazy("suppliers")}
LIFECYCLES: dict[str, Promise] = {
    "potential": gettext_lazy("potential clients"),
    "current": gettext_lazy("current clients"),
    "former": gettext_lazy("former clients"),
}
_TOGETHER: dict[tuple[str, str], Promise] = {
    ("potential", "customer"): gettext_lazy("potential customers"),
    ("current", "customer"): gettext_lazy("current customers"),
    ("former", "customer"): gettext_lazy("former customers"),
    ("potential", "supplier"): gettext_lazy("potential suppliers"),
    ("current", "supplier"): gettext_lazy("current suppliers"),
    ("former", "supplier"): gettext_lazy("former suppliers"),
}


class Names:
    """Names of the reference entries that criteria are limited to, read once for a page."""

    def __init__(self, sources: Mapping[int, str], industries: Mapping[int, str]) -> None:
        self.sources = sources
        self.industries = industries

    @classmethod
    def load(cls) -> Names:
        """Read the names of both lists."""
        from clients.models import Industry, Source

        return cls(dict(Source.objects.values_list("pk", "name")), dict(Industry.objects.values_list("pk", "name")))


def audience(criterion: Criterion, fact: Fact | None, names: Names) -> str:
    """Return for whom a criterion is: "everybody", "current customers", "organisations, source Trade fair"."""
    kinds = criterion.kinds or (list(fact.kinds) if fact else [])
    parts = [str(KINDS[kind]) for kind in kinds if kind in KINDS]
    together = (
        _TOGETHER.get((criterion.lifecycles[0], criterion.roles[0])) if len(criterion.lifecycles) == len(criterion.roles) == 1 else None
    )
    if together is not None:
        parts.append(str(together))
    else:
        parts += [str(ROLES[role]) for role in criterion.roles if role in ROLES]
        parts += [str(LIFECYCLES[stage]) for stage in criterion.lifecycles if stage in LIFECYCLES]
    if criterion.sources:
        parts.append(_("source {names}").format(names=_listed(criterion.sources, names.sources)))
    if criterion.industries:
        parts.append(_("industry {names}").format(names=_listed(criterion.industries, names.industries)))
    return ", ".join(parts) or _("everybody")


def _listed(ids: list[int], names: Mapping[int, str]) -> str:
    shown = " / ".join(names.get(number, "–") for number in ids[:2])
    rest = len(ids) - 2
    return shown if rest <= 0 else ngettext("{names} and {count} more", "{names} and {count} more", rest).format(names=shown, count=rest)


def check(criterion: Criterion, fact: Fact | None) -> str:
    """Return what a criterion looks at: "not empty", "like FR12345678901", "1950 to 2026", "at most 24 months old"."""
    parts = []
    if criterion.pattern:
        parts.append(_("like {example}").format(example=criterion.example or criterion.pattern))
    if criterion.at_least is not None or criterion.at_most is not None:
        parts.append(span(criterion))
    if criterion.max_age_months:
        months = criterion.max_age_months
        parts.append(ngettext("at most {months} month old", "at most {months} months old", months).format(months=months))
    if not parts:
        parts.append(str(fact.check) if fact and fact.check else _("not empty"))
    return ", ".join(parts)


def span(criterion: Criterion) -> str:
    """Return the range that a number must lie in."""
    least, most = criterion.at_least, criterion.at_most
    if most is None:
        return _("at least {least}").format(least=figure(least))
    if least is None:
        return _("at most {most}").format(most=figure(most))
    return _("{least} to {most}").format(least=figure(least), most=figure(most))


def figure(value: Decimal | None) -> str:
    """Return a number without needless zeros; years have no separator."""
    if value is None:
        return ""
    plain = Decimal(value).normalize()
    text = f"{plain:f}"
    return text if abs(plain) < 10_000 else formats.number(plain, max(0, -int(plain.as_tuple().exponent)))
