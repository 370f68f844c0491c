"""The columns of the audit, on the page and in an export."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry
from ui import formats
from ui.lists import Column, Sort, Table

SORTS = [Sort("at", _("time"), ("at", "pk"), index="audit_by_time", newest_first=True)]

DEFAULT_COLUMNS = ["what", "about", "details", "by", "at", "ip"]


class AuditTable(Table):
    what = Column(
        _("What"), cell="accounts/audit/what_cell.html", css="name act", fixed=True, exports=[(_("What"), lambda entry: entry.what_words)]
    )
    about = Column(
        _("About"), cell="accounts/audit/about_cell.html", css="fact cut spare", exports=[(_("About"), lambda entry: entry.about_words)]
    )
    details = Column(
        _("Details"),
        cell="accounts/audit/details_cell.html",
        css="fact story spare",
        exports=[(_("Details"), lambda entry: entry.details_words)],
    )
    by = Column(_("Who"), cell="accounts/audit/by_cell.html", css="fact spare", exports=[(_("Who"), lambda entry: entry.by)])
    at = Column(_("When"), css="num signs", sort="at", draw=lambda entry: formats.stamp(entry.at))
    ip = Column(_("From address"), css="fact num spare")

    class Meta(Table.Meta):
        model = AuditEntry
        fields: ClassVar[list[str]] = []

    @classmethod
    def name_of(cls, record: Any) -> str:
        return formats.stamp(record.at)
