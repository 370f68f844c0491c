"""The pages and fragments of every list. Each takes the declared list first; `urls` binds them to it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.template import Context
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from ui import formats
from ui.lists import bulk, export
from ui.lists import work as works
from ui.lists.bulk import BulkAction, Selection
from ui.lists.forms import ExportForm, ViewForm
from ui.lists.page import ListPage
from ui.lists.state import ListState
from ui.lists.tables import draw_rows
from ui.models import ListChoice, ListWork, SavedView
from ui.saying import say
from ui.tasks import do_list_work

if TYPE_CHECKING:

    class ListRequest(HttpRequest):
        """The request of a view behind a list's guard: somebody has signed in."""

        user: Any


type View = Callable[..., HttpResponseBase]
type Guard = Callable[[View], View]


def urls(page: ListPage[Any], guard: Guard) -> list[URLPattern]:
    """Return the addresses of a list, each behind `guard`; to be mounted where the list stands."""
    name = page.url_name.rsplit(":", 1)[-1]

    def bound(view: Callable[..., HttpResponseBase], *methods: str) -> View:
        return guard(require_http_methods(methods or ("GET", "HEAD"))(update_wrapper(partial(view, page), view)))

    def part(address: str, view: Callable[..., HttpResponseBase], suffix: str, *methods: str) -> URLPattern:
        return path(f"list/{address}", bound(view, *methods), name=f"{name}-{suffix}")

    return [
        path("", bound(show), name=name),
        part("filter/<slug:filter_name>/", filter_form, "filter"),
        part("columns/", choose_columns, "columns", "GET", "POST"),
        part("counts/", view_counts, "counts"),
        part("views/", manage_views, "views"),
        part("views/save/", save_view, "save", "GET", "POST"),
        part("views/order/", order_views, "order", "POST"),
        part("views/<int:pk>/", change_view, "view", "GET", "POST"),
        part("views/<int:pk>/update/", update_view, "update", "POST"),
        part("views/<int:pk>/remove/", remove_view, "remove", "POST"),
        part("views/<int:pk>/bring-back/", bring_view_back, "bring-back", "POST"),
        part("do/<slug:action_name>/", do_to_many, "do", "POST"),
        part("export/", export_rows, "export", "POST"),
        part("work/<int:pk>/", show_work, "work"),
        part("work/<int:pk>/file/", work_file, "file"),
        part("work/<int:pk>/undo/", undo_work, "undo", "POST"),
    ]


def context_of(page: ListPage[Any], request: ListRequest, state: ListState) -> dict[str, Any]:
    """Return what the templates of a list read."""
    user: Any = request.user
    context = {
        "list": state,
        "page": page,
        "may_export": page.may_export(user),
        "may_share": page.may_share(user),
        "actions": [action for action in page.bulk if user.has_perm(action.permission)],
        "under_way": ListWork.objects.filter(user=user, page=page.key, state__in=["waiting", "running"]).order_by("-pk").first(),
        **page.context(request),
    }
    acts = page.row_acts
    may_act = set(acts.may(user, [record.pk for record in state.records])) if acts else set()
    drawing = Context({"request": request, "user": user, "may_act": may_act}, use_l10n=True)
    ticks = bool(context["actions"] or context["may_export"])
    context["rows"] = draw_rows(
        state.records, state.columns, drawing, name_of=page.table.name_of, ticks=ticks, acts=acts.template if acts else ""
    )
    return context


def show(page: ListPage[Any], request: ListRequest) -> HttpResponseBase:
    """The list, whole; or for htmx only what a change of filters, order or place moves."""
    state = ListState(page, request.user, request.GET)
    if url := state.opens_on:
        return HttpResponseRedirect(url)
    if not request.headers.get("HX-Request") or request.headers.get("HX-History-Restore-Request"):
        return render(request, page.template, context_of(page, request, state))
    return refreshed(page, request, state)


def refreshed(page: ListPage[Any], request: ListRequest, state: ListState) -> HttpResponse:
    """Answer htmx with the parts of the page that change, and the address that they stand at."""
    context = context_of(page, request, state)
    # while somebody types, the box keeps what they typed
    context["typing"] = request.headers.get("HX-Source", "").endswith("#list-search")
    response = render(request, "ui/lists/refresh.html", context)
    at = urlsplit(request.headers.get("HX-Current-URL", ""))
    # a letter more of a search, or the same page asked for again, is no step to go back over
    stays = f"{at.path}?{at.query}" == state.here or (context["typing"] and QueryDict(at.query).get("q"))
    header = "HX-Replace-Url" if stays else "HX-Push-Url"
    response[header] = state.here
    return response


def filter_form(page: ListPage[Any], request: ListRequest, filter_name: str) -> HttpResponseBase:
    """The small form of one filter."""
    state = ListState(page, request.user, request.GET)
    chosen = state.filters.filters.get(filter_name)
    if chosen is None:
        raise Http404
    context = {
        "list": state,
        "page": page,
        "filter": chosen,
        "field": state.filters.bound_field(filter_name, state.filters.values.get(filter_name)),
        "others": state.items(without=filter_name),
    }
    return render(request, "ui/lists/filter_form.html", context)


def choose_columns(page: ListPage[Any], request: ListRequest) -> HttpResponseBase:
    """Which columns the list shows, in which order. The user's own choice is kept; within a saved view the address holds it."""
    data = request.POST if request.method == "POST" else request.GET
    state = ListState(page, request.user, QueryDict(data.get("state", "")) if request.method == "POST" else request.GET)
    if request.method == "GET":
        others = [name for name in state.offered if name not in state.columns]
        columns = [(name, state.offered[name], name in state.columns) for name in [*state.columns, *others]]
        return render(request, "ui/lists/columns.html", {"list": state, "page": page, "columns": columns})
    chosen = [name for name in dict.fromkeys(data.getlist("column")) if name in state.offered]
    items = [item for item in state.items() if item[0] != "columns"]
    if data.get("usual") or chosen == list(page.default_columns):
        chosen = []
    if state.view is None:
        ListChoice.objects.update_or_create(page=page.key, user=request.user, defaults={"columns": chosen})
    elif chosen:
        items.append(("columns", ",".join(chosen)))
    return refreshed(page, request, ListState(page, request.user, QueryDict(state.url(items).partition("?")[2])))


# --- saved views ---------------------------------------------------------------------------------


def view_counts(page: ListPage[Any], request: ListRequest) -> HttpResponseBase:
    """How many rows each saved view holds; asked for by the page when it already stands."""
    counts = ListState(page, request.user, request.GET).count_views()
    return render(request, "ui/lists/view_counts.html", {"counts": counts.items()})


def save_view(page: ListPage[Any], request: ListRequest) -> HttpResponseBase:
    """Keep what the list shows under a name."""
    source = request.POST if request.method == "POST" else request.GET
    state = ListState(page, request.user, QueryDict(source.get("state", "")) if request.method == "POST" else request.GET)
    form = ViewForm(request.POST or None, page=page.key, owner=request.user, may_share=page.may_share(request.user))
    view = SavedView(page=page.key, owner=request.user, query=state.query(view=False))
    if not (form.is_valid() and _keep(page, view, form)):
        context = {"form": form, "page": page, "list": state, "action": page.url("save"), "title": _("Save this view")}
        return render(request, "ui/lists/view_form.html", context, status=422 if request.method == "POST" else 200)
    return _refreshed_with(page, request, f"view={view.pk}&{view.query}", _("View “{name}” saved").format(name=view.name))


def _keep(page: ListPage[Any], view: SavedView, form: ViewForm) -> bool:
    """Save a view as the form says; False, and the form says why, when another of the name came in between."""
    view.name = form.cleaned_data["name"]
    view.shared = form.cleaned_data.get("shared", view.shared)
    try:
        with transaction.atomic():
            view.save(update_fields=None if view.pk is None else ["name", "shared"])
            _open_with(page, view.owner, view, default=form.cleaned_data["default"])
    except IntegrityError:  # pressed twice: the form of the second saw no view of this name yet
        form.add_error("name", _("You have a view of this name already."))
        return False
    return True


def _open_with(page: ListPage[Any], user: Any, view: SavedView, *, default: bool) -> None:
    if default:
        ListChoice.objects.update_or_create(page=page.key, user=user, defaults={"view": view})
    else:
        ListChoice.objects.filter(page=page.key, user=user, view=view).update(view=None)


def _refreshed_with(page: ListPage[Any], request: ListRequest, query: str, said: str, undo: str = "") -> HttpResponse:
    response = refreshed(page, request, ListState(page, request.user, QueryDict(query)))
    detail = {"text": said, **({"action": _("Undo"), "url": undo} if undo else {})}
    trigger_client_event(response, "seraph:say", detail)
    return trigger_client_event(response, "seraph:close", {})


def manage_views(page: ListPage[Any], request: ListRequest) -> HttpResponseBase:
    """All views that the user reaches, to be ordered, changed and deleted."""
    state = ListState(page, request.user, request.GET)
    return render(request, "ui/lists/manage_views.html", {"list": state, "page": page})


def _own_view(page: ListPage[Any], request: ListRequest, pk: int) -> SavedView:
    """Return a view that the user may change: another's is not there."""
    return get_object_or_404(SavedView.objects.on(page.key).owned_by(request.user), pk=pk)


def change_view(page: ListPage[Any], request: ListRequest, pk: int) -> HttpResponseBase:
    """Rename a view, share it, open the list with it."""
    view = _own_view(page, request, pk)
    state = ListState(page, request.user, QueryDict(f"view={view.pk}&{view.query}"))
    initial = {"name": view.name, "shared": view.shared, "default": state.choice.view_id == view.pk}
    form = ViewForm(
        request.POST or None, initial=initial, page=page.key, owner=request.user, may_share=page.may_share(request.user), view=view
    )
    if not (form.is_valid() and _keep(page, view, form)):
        context = {"form": form, "page": page, "list": state, "action": page.url("view", pk), "title": _("Change the view"), "view": view}
        return render(request, "ui/lists/view_form.html", context, status=422 if request.method == "POST" else 200)
    return _refreshed_with(page, request, f"view={view.pk}&{view.query}", _("View “{name}” saved").format(name=view.name))


def update_view(page: ListPage[Any], request: ListRequest, pk: int) -> HttpResponseBase:
    """Let a view hold what the list shows now."""
    view = _own_view(page, request, pk)
    state = ListState(page, request.user, QueryDict(request.POST.get("state", "")))
    view.query = state.query(view=False)
    view.save(update_fields=["query"])
    return _refreshed_with(page, request, f"view={view.pk}&{view.query}", _("View “{name}” saved").format(name=view.name))


def remove_view(page: ListPage[Any], request: ListRequest, pk: int) -> HttpResponseBase:
    """Delete a view; it can be brought back from the toast."""
    view = _own_view(page, request, pk)
    view.removed_at = timezone.now()
    view.save(update_fields=["removed_at"])
    said = _("View “{name}” deleted").format(name=view.name)
    return _refreshed_with(page, request, "view=all", said, page.url("bring-back", view.pk))


def bring_view_back(page: ListPage[Any], request: ListRequest, pk: int) -> HttpResponseBase:
    """Undo the deletion of a view."""
    view = _own_view(page, request, pk)
    taken = set(SavedView.objects.on(page.key).filter(owner=request.user, removed_at=None).exclude(pk=pk).values_list("name", flat=True))
    names = (view.name, *(f"{view.name[:70]} ({number})" for number in range(2, len(taken) + 3)))
    view.name, view.removed_at = next(name for name in names if name not in taken), None
    view.save(update_fields=["name", "removed_at"])
    return HttpResponseClientRedirect(f"{reverse(page.url_name)}?view={view.pk}&{view.query}")


def order_views(page: ListPage[Any], request: ListRequest) -> HttpResponseBase:
    """Keep the order of the tabs."""
    asked = [int(text) for text in request.POST.getlist("view")[:200] if text.isascii() and text.isdigit() and len(text) < 19]
    reachable = set(SavedView.objects.on(page.key).reachable_by(request.user).values_list("pk", flat=True))
    order = [pk for pk in dict.fromkeys(asked) if pk in reachable]
    ListChoice.objects.update_or_create(page=page.key, user=request.user, defaults={"order": order})
    state = ListState(page, request.user, QueryDict(request.POST.get("state", "")))
    return render(request, "ui/lists/ordered.html", {"list": state, "page": page})


# --- many rows at once ---------------------------------------------------------------------------


def do_to_many(page: ListPage[Any], request: ListRequest, action_name: str) -> HttpResponseBase:
    """Ask how (first), and change the chosen rows (then); many of them in the background."""
    action = page.action_names.get(action_name)
    if action is None:
        raise Http404
    user: Any = request.user
    if not user.has_perm(action.permission):
        raise PermissionDenied
    selection = Selection.read(page, user, request.POST)
    drawn_anew = "again" in request.GET
    form = action.form(user, request.POST if "go" in request.POST and not drawn_anew else None, request.POST)
    if not form.is_valid():
        number = selection.count()
        context = {
            "page": page,
            "action": action,
            "form": form,
            "selection": selection,
            "question": action.question(number, formats.number(number)),
            "number": number,
        }
        return render(request, "ui/lists/do.html", context, status=422 if form.is_bound else 200)
    work = bulk.start(action, selection, user=user, data=request.POST)
    if work.total > bulk.BIG:
        transaction.on_commit(lambda: do_list_work.delay(work.pk))
        return HttpResponseClientRedirect(page.url("work", work.pk))
    bulk.carry_out(work, action, selection)
    undo = page.url("undo", work.pk) if action.undo and work.changed else ""
    return _refreshed_with(page, request, selection.state.query(), outcome_in_words(work, action), undo)


def outcome_in_words(work: ListWork, action: BulkAction) -> str:
    """Return what a change of many rows did, and how many it left and why."""
    said = [action.told(work.changed, bulk.cleaned_of(work, action))]
    said += [formats.named(formats.number(number), reason) for reason, number in work.left.items() if number]
    return " ".join(said)


def export_rows(page: ListPage[Any], request: ListRequest) -> HttpResponseBase:
    """Ask for the kind of file (first), and give it (then). What leaves is noted."""
    user: Any = request.user
    if not page.may_export(user):
        raise PermissionDenied
    selection = Selection.read(page, user, request.POST)
    form = ExportForm(request.POST if "go" in request.POST else None)
    number = selection.count()
    if not form.is_valid():
        context = {"page": page, "form": form, "selection": selection, "number": number}
        return render(request, "ui/lists/export.html", context, status=422 if form.is_bound else 200)
    file_format, which = form.cleaned_data["file_format"], form.cleaned_data["which"]
    works.log_export(selection, user=user, file_format=file_format, which=which, rows=number)
    columns = works.exported_columns(selection.state, which)
    name = f"{page.key}-{timezone.localdate().isoformat()}.{file_format}"
    if file_format == "csv":
        rows = export.rows_of(selection.state, selection.rows, columns)
        response = StreamingHttpResponse(export.csv_lines(export.headings(columns), rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    if number > works.BIG_XLSX:
        data = {"which": [which]}
        query = selection.state.query()
        work = ListWork.objects.create(
            page=page.key, action=works.EXPORT, user=user, data=data, query=query, ids=selection.ids, total=number
        )
        transaction.on_commit(lambda: do_list_work.delay(work.pk))
        return HttpResponseRedirect(page.url("work", work.pk))
    file = tempfile.TemporaryFile()  # noqa: SIM115  (FileResponse closes it)
    export.write_xlsx(file, export.headings(columns), export.rows_of(selection.state, selection.rows, columns))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _own_work(page: ListPage[Any], request: ListRequest, pk: int) -> ListWork:
    return get_object_or_404(ListWork.objects.select_related("user"), pk=pk, user=request.user, page=page.key)


def show_work(page: ListPage[Any], request: ListRequest, pk: int) -> HttpResponseBase:
    """How far some work is; it can be left and found again."""
    work = _own_work(page, request, pk)
    action = page.action_names.get(work.action)
    context = {
        "page": page,
        "work": work,
        "title": action.label if action else _("Export"),
        "said": outcome_in_words(work, action) if action and work.state == ListWork.State.DONE else "",
        "may_undo": bool(action and action.undo and work.changed and not work.undone_at and work.state == ListWork.State.DONE),
        "list_url": f"{reverse(page.url_name)}?{work.query}",
    }
    return render(request, "ui/lists/work_progress.html" if request.headers.get("HX-Request") else "ui/lists/work.html", context)


def work_file(page: ListPage[Any], request: ListRequest, pk: int) -> HttpResponseBase:
    """The workbook that some work made, for whoever asked for it."""
    work = _own_work(page, request, pk)
    if not page.may_export(request.user):
        raise PermissionDenied
    if work.state != ListWork.State.DONE or not work.file:
        raise Http404
    name = f"{page.key}-{timezone.localdate(work.created_at).isoformat()}.xlsx"
    return FileResponse(work.file.open(), as_attachment=True, filename=name, content_type=XLSX)


def undo_work(page: ListPage[Any], request: ListRequest, pk: int) -> HttpResponseBase:
    """Take a change of many rows back."""
    work = _own_work(page, request, pk)
    action = page.action_names.get(work.action)
    if action is None:
        raise Http404
    changed = bulk.take_back(work, action)
    said = ngettext("{number} row is as it was before.", "{number} rows are as they were before.", changed)
    say(request, said.format(number=formats.number(changed)))  # shown by the page that is read again after an Undo
    return HttpResponse(status=204)
