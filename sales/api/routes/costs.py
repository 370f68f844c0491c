"""Costs of clients: numbers of profit, for whoever may see them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from ninja import Router
from ninja.responses import Status

from accounts.api import ApiRequest, TokenAuth
from clients.api.errors import register_current
from sales import services
from sales.api.inputs import CostIn, CostPatch
from sales.api.outputs import COST, CategoryOut, CostConflict, CostOut, CostPage
from sales.api.reading import ClientId, CursorText, DayFrom, DayTo, Limit, VersionRead, latest_first, within
from sales.models import Cost, CostCategory
from sales.querysets import sees_own_profit

router = Router(tags=["costs"])
READS = TokenAuth("sales.view_document")
WRITTEN: dict[Any, Any] = {200: CostOut, 409: CostConflict}


def _told(pk: int) -> CostOut:
    return CostOut.of(Cost.objects.select_related(*COST).get(pk=pk))


register_current(Cost, lambda request, row: _told(row.pk).model_dump())


@router.get("/costs", response=CostPage, auth=READS, operation_id="list_costs")
def list_costs(
    request: ApiRequest, *, client: ClientId = None, first: DayFrom = "", end: DayTo = "", cursor: CursorText = "", limit: Limit = 50
) -> CostPage:
    """The costs that meet every filter named, the latest first: all for management, those of the own clients else, where the
    company lets managers see them."""
    if not sees_own_profit(request.user):
        raise PermissionDenied
    rows = within(Cost.objects.visible_to(request.user), first, end, client=client).select_related(*COST)
    page, following = latest_first(rows, cursor, limit)
    return CostPage(items=[CostOut.of(one) for one in page], next=following)


@router.post("/costs", response={201: CostOut}, auth=TokenAuth("sales.add_cost"), operation_id="enter_cost")
def enter_cost(request: ApiRequest, payload: CostIn) -> CostOut:
    """Enter money spent on a client, on the campaign of a source, or on nobody in particular."""
    return _told(services.enter_cost(user=request.user, data=payload.given()).pk)


@router.get("/costs/{int:cost_id}", response=CostOut, auth=READS, operation_id="get_cost")
def get_cost(request: ApiRequest, cost_id: int) -> CostOut:
    """One cost."""
    return CostOut.of(Cost.objects.visible_to(request.user).select_related(*COST).get(pk=cost_id))


@router.patch("/costs/{int:cost_id}", response=WRITTEN, auth=TokenAuth("sales.change_cost"), operation_id="change_cost")
def change_cost(request: ApiRequest, cost_id: int, payload: CostPatch) -> CostOut:
    """Change the fields that are named; `version` is the one that was read."""
    request.changes = changes = payload.given("version")
    services.change_cost(user=request.user, cost_id=cost_id, version=payload.version, changes=changes)
    return _told(cost_id)


@router.delete(
    "/costs/{int:cost_id}", response={204: None, 409: CostConflict}, auth=TokenAuth("sales.delete_cost"), operation_id="remove_cost"
)
def remove_cost(request: ApiRequest, cost_id: int, version: VersionRead) -> Status[None]:
    """Remove a cost. The history keeps it."""
    services.remove_cost(user=request.user, cost_id=cost_id, version=version)
    return Status(204, None)


@router.get("/cost-categories", response=list[CategoryOut], auth=READS, operation_id="list_cost_categories")
def list_cost_categories(request: ApiRequest) -> list[CategoryOut]:
    """The categories of costs, with those that are no longer offered."""
    return [CategoryOut.of(one) for one in CostCategory.objects.all()]
