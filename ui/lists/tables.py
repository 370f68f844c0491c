"""The columns of a list: declared as a django-tables2 table, drawn by templates named for what they show."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, ClassVar

import django_tables2 as tables
from django.db import models
from django.template import Context
from django.template.base import Template
from django.template.loader import get_template
from django.utils.functional import Promise, cached_property
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

DASH = SafeString('<span class="none">–</span>')

type Load = Callable[[models.QuerySet[Any]], models.QuerySet[Any]]
type Exported = tuple[str | Promise, Callable[[Any], Any]]


class Column(tables.Column):
    """One column: what stands in its cells on the page and in an export.

    `cell` is a small template that gets `record`; without it the value itself is drawn ("–" for none).
    `css` are the classes of head and cells, `sort` the list's sort that its head offers, `fixed` says that it is
    always shown. `load` prepares the rows for it (select_related and the like). `exports` are the headings and
    values that it gives to a file; None takes the label and the value. Cells of rows that are `alike` look the same
    and are drawn once on a page: fifty times "current" need no fifty templates.
    """

    def __init__(
        self,
        label: str | Promise,
        *,
        accessor: str | None = None,
        cell: str = "",
        css: str = "",
        sort: str = "",
        fixed: bool = False,
        load: Load | None = None,
        exports: Sequence[Exported] | None = None,
        draw: Callable[[Any], str] | None = None,
        alike: Callable[[Any], Hashable] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(verbose_name=label, accessor=accessor, orderable=bool(sort), empty_values=(None, ""), **kwargs)
        self.label = label
        self.cell = cell
        self.css = css
        self.sort = sort
        self.fixed = fixed
        self.load = load
        self._draw = draw
        self.alike = alike
        self._exports = exports

    @cached_property
    def _template(self) -> Template:
        return _template_of(self.cell)

    def value_of(self, record: Any) -> Any:
        """Return what the accessor leads to, or None."""
        return self.accessor.resolve(record, quiet=True)

    def draw(self, record: Any, context: Context) -> str:
        """Return the cell's HTML."""
        if self.cell:
            with context.push(record=record):
                return self._template.render(context)
        value = self._draw(record) if self._draw else self.value_of(record)
        return DASH if value is None or value == "" else conditional_escape(value)

    @property
    def exports(self) -> Sequence[Exported]:
        return self._exports if self._exports is not None else [(self.label, self.value_of)]


class Table(tables.Table):
    """The base of every list's table. `name_of` says what to call a row in the foot and for a screen reader."""

    extra: ClassVar[dict[str, Column]]

    class Meta:
        orderable = False  # the list orders by its own sorts, each with an index
        template_name = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.extra = {}

    @classmethod
    def register(cls, name: str, column: Column) -> None:
        """Offer one more column: called in `ready` by apps that stand above the list's own."""
        cls.extra[name] = column

    @classmethod
    def offered(cls, more: dict[str, Column] | None = None) -> dict[str, Column]:
        """Return all columns by name in the order in which they are offered."""
        columns = {**cls.base_columns, **cls.extra, **(more or {})}
        for name, column in columns.items():
            if not column.accessor:
                column.accessor = tables.A(name)
        return columns

    @classmethod
    def name_of(cls, record: Any) -> str:
        """Return what a row is called."""
        return str(record)


class Head:
    """The head of one shown column: its label, and where a click on it leads."""

    def __init__(self, name: str, column: Column, *, sorted_by: str = "", url: str = "") -> None:
        self.name = name
        self.column = column
        self.label = column.label
        self.css = column.css
        self.sorted_by = sorted_by  # "ascending", "descending" or nothing, as aria-sort says
        self.url = url


def draw_rows(
    records: Iterable[Any], columns: dict[str, Column], context: Context, *, name_of: Callable[[Any], str], ticks: bool, acts: str = ""
) -> list[SafeString]:
    """Draw `records` as table rows, with a box to tick where something can be done with many of them.

    `acts` is the template of what can be done with one, drawn for those whose id stands in `may_act` of the context.

    The frame of a row is put together here and not in a template: it is the same three hundred times on a page, and
    one context serves all cells, because a context each would cost more than the queries.
    """
    tick = _("Select {name}")
    acts_template = _template_of(acts) if acts else None
    may_act: Any = context.get("may_act", ())
    frames: list[tuple[str, str, Column, dict[Hashable, str]]] = [
        (_opening(column), "</th>" if column.fixed else "</td>", column, {}) for column in columns.values()
    ]
    rows = []
    for record in records:
        name = escape(name_of(record))
        cells: list[str] = [
            SafeString(
                f'<tr><td class="tick"><input type="checkbox" data-tick name="id" value="{record.pk:d}" form="list-bulk"'
                f' aria-label="{escape(tick).format(name=name)}"></td>'
            )
            if ticks
            else SafeString("<tr>")
        ]
        for opening, closing, column, drawn in frames:
            if column.alike is None:
                html = column.draw(record, context)
            elif (key := column.alike(record)) in drawn:
                html = drawn[key]
            else:
                html = drawn[key] = column.draw(record, context)
            cells += (opening.replace("{name}", name) if column.fixed else opening, html, closing)
        if acts_template is not None:
            with context.push(record=record):
                cells += ('<td class="row-acts">', acts_template.render(context) if record.pk in may_act else "", "</td>")
        cells.append("</tr>")
        rows.append(SafeString("".join(cells)))
    return rows


def _template_of(name: str) -> Template:
    template: Template = get_template(name).template  # type: ignore[attr-defined]  # the Django engine's own
    return template


def _opening(column: Column) -> str:
    if column.fixed:
        return format_html('<th scope="row" class="{}" title="{}">', column.css, "{name}")
    return format_html('<td class="{}" data-label="{}">', column.css, column.label)
