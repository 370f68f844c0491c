"""Cost pools: shared money of a month, for whoever sees the costs of the company."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from ninja.responses import Status

from accounts.api import ApiRequest, TokenAuth
from clients.api.errors import register_current
from clients.errors import FieldError, Refused
from sales import services
from sales.api.inputs import CopyIn, PoolIn, PoolPatch, WeightIn
from sales.api.outputs import PoolConflict, PoolOut
from sales.api.reading import VersionRead, read_day
from sales.models import CostPool
from sales.periods import first_of_month

router = Router(tags=["cost pools"])
READS, ADDS, CHANGES, REMOVES = (TokenAuth(f"sales.{verb}_costpool", "sales.see_profit") for verb in ("view", "add", "change", "delete"))
WRITTEN: dict[Any, Any] = {200: PoolOut, 409: PoolConflict}
MOST = 1_000


def _told(pk: int) -> PoolOut:
    return PoolOut.of(CostPool.objects.select_related("created_by").prefetch_related("weights").get(pk=pk))


register_current(CostPool, lambda request, row: _told(row.pk).model_dump())


def _weights(given: list[WeightIn] | None) -> dict[int, object] | None:
    if given is None:
        return None
    weights: dict[int, object] = {one.client: one.weight for one in given}
    if len(weights) < len(given):
        raise Refused([FieldError("weights", "once", _("Name each client once."))])
    return weights


@router.get("/cost-pools", response=list[PoolOut], auth=READS, operation_id="list_cost_pools")
def list_pools(
    request: ApiRequest,
    month: Annotated[str, Query(max_length=10, description="Any day of the month; the last 1,000 pools without it.")] = "",
) -> list[PoolOut]:
    """The pools of a month, or the latest, the latest month first."""
    rows = CostPool.objects.visible_to(request.user).select_related("created_by").prefetch_related("weights")
    if (day := read_day("month", month)) is not None:
        rows = rows.filter(month=first_of_month(day))
    return [PoolOut.of(one) for one in rows[:MOST]]


@router.post("/cost-pools", response={201: PoolOut}, auth=ADDS, operation_id="add_cost_pool")
def add_pool(request: ApiRequest, payload: PoolIn) -> PoolOut:
    """Add a pool to a month."""
    return _told(services.set_pool(user=request.user, data=payload.given("weights"), weights=_weights(payload.weights)).pk)


@router.post("/cost-pools/copy", response={201: list[PoolOut]}, auth=ADDS, operation_id="copy_cost_pools")
def copy_pools(request: ApiRequest, payload: CopyIn) -> list[PoolOut]:
    """Give a month the pools of the month before, except those whose name it has."""
    return [_told(one.pk) for one in services.copy_pools(user=request.user, month=date.fromisoformat(payload.month))]


@router.get("/cost-pools/{int:pool_id}", response=PoolOut, auth=READS, operation_id="get_cost_pool")
def get_pool(request: ApiRequest, pool_id: int) -> PoolOut:
    """One pool with its weights."""
    if not CostPool.objects.visible_to(request.user).filter(pk=pool_id).exists():
        raise CostPool.DoesNotExist
    return _told(pool_id)


@router.patch("/cost-pools/{int:pool_id}", response=WRITTEN, auth=CHANGES, operation_id="change_cost_pool")
def change_pool(request: ApiRequest, pool_id: int, payload: PoolPatch) -> PoolOut:
    """Change the fields that are named; `version` is the one that was read. `weights` are replaced as a whole."""
    request.changes = changes = payload.given("version", "weights")
    services.set_pool(user=request.user, pool_id=pool_id, version=payload.version, data=changes, weights=_weights(payload.weights))
    return _told(pool_id)


@router.delete("/cost-pools/{int:pool_id}", response={204: None, 409: PoolConflict}, auth=REMOVES, operation_id="remove_cost_pool")
def remove_pool(request: ApiRequest, pool_id: int, version: VersionRead) -> Status[None]:
    """Remove a pool. The history keeps it."""
    services.remove_pool(user=request.user, pool_id=pool_id, version=version)
    return Status(204, None)
