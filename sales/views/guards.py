"""Who may open pages of numbers of profit: a permission, and for a manager the word of the company."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

from accounts.access import requires
from sales.querysets import sees_own_profit

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

READ = "sales.view_document"

type View = Callable[..., HttpResponseBase]


def for_who_sees_profit(view: View) -> View:
    """Declare and enforce that the user sees what clients cost and earn, those in the own hands at least."""

    @requires(READ)
    @wraps(view)
    def checked(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not sees_own_profit(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked
