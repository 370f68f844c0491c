"""The pages and fragments of every list. Each takes the declared list first; `urls` binds them to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template import Context
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from ui.lists.page import ListPage
from ui.lists.state import ListState
from ui.lists.tables import draw_rows

type View = Callable[..., HttpResponseBase]
type Guard = Callable[[View], View]


def urls(page: ListPage[Any], guard: Guard) -> list[URLPattern]:
    """Return the addresses of a list, each behind `guard`; to be mounted where the list stands."""
    name = page.url_name.rsplit(":", 1)[-1]

    def bound(view: Callable[..., HttpResponseBase], *methods: str) -> View:
        return guard(require_http_methods(methods or ("GET", "HEAD"))(update_wrapper(partial(view, page), view)))

    return [
        path("", bound(show), name=name),
        path("list/filter/<slug:filter_name>/", bound(filter_form), name=f"{name}-filter"),
    ]


def context_of(page: ListPage[Any], request: HttpRequest, state: ListState) -> dict[str, Any]:
    """Return what the templates of a list read."""
    context = {"list": state, "page": page, **page.context(request)}
    context["rows"] = draw_rows(state.records, state.columns, Context({"request": request, "user": request.user}, use_l10n=True))
    return context


def show(page: ListPage[Any], request: HttpRequest) -> HttpResponseBase:
    """The list, whole; or for htmx only what a change of filters, order or place moves."""
    state = ListState(page, request.user, request.GET)
    whole_page = not request.headers.get("HX-Request") or bool(request.headers.get("HX-History-Restore-Request"))
    if state.is_plain and state.choice.view_id and state.choice.view_id in {view.pk for view in state.views}:
        return HttpResponseRedirect(next(tab.url for tab in state.tabs if tab.id == str(state.choice.view_id)))
    if whole_page:
        return render(request, page.template, context_of(page, request, state))
    return refreshed(page, request, state)


def refreshed(page: ListPage[Any], request: HttpRequest, state: ListState) -> HttpResponse:
    """Answer htmx with the parts of the page that change, and the address that they stand at."""
    context = context_of(page, request, state)
    # while somebody types, the box keeps what they typed
    context["typing"] = request.headers.get("HX-Source", "").endswith("#list-search")
    response = render(request, "ui/lists/refresh.html", context)
    seen = QueryDict(request.headers.get("HX-Current-URL", "").partition("?")[2])
    header = "HX-Replace-Url" if context["typing"] and seen.get("q") else "HX-Push-Url"
    response[header] = state.here
    return response


def filter_form(page: ListPage[Any], request: HttpRequest, filter_name: str) -> HttpResponseBase:
    """The small form of one filter."""
    state = ListState(page, request.user, request.GET)
    chosen = state.filters.filters.get(filter_name)
    if chosen is None:
        raise Http404
    value = state.filters.values.get(filter_name)
    context = {
        "list": state,
        "page": page,
        "filter": chosen,
        "field": state.filters.bound_field(filter_name, value),
        "others": state.items(without=filter_name),
        "action": reverse(page.url_name),
    }
    return render(request, "ui/lists/filter_form.html", context)
