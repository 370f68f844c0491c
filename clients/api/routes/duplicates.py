"""Clients that may be one: the pairs that were found, merging, and having both back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from accounts.api import ApiRequest, Named, TokenAuth
from clients.api.inputs import MergeIn, MergePairIn
from clients.api.outputs import ClientConflict, named
from clients.api.paging import moment_cursor, read_moment_cursor, read_score_cursor, score_cursor
from clients.duplicates.reasons import in_words
from clients.errors import FieldError
from clients.models import Client, ClientMerge, DuplicatePair, DuplicateSettings, PairState
from clients.services import duplicates
from clients.services.preparing import refuse

router = Router(tags=["duplicates"])


class LikenessOut(BaseModel):
    """What speaks for one client, or against it."""

    code: str
    message: str = Field(description="In the language of the user or of Accept-Language.")


class Side(BaseModel):
    """One of the two."""

    id: int
    name: str
    city: str
    manager: Named | None
    version: int

    @classmethod
    def of(cls, client: Client) -> Self:
        """Tell of `client`, which was read with its manager."""
        return cls(id=client.pk, name=str(client), city=client.city, manager=named(client.manager), version=client.version)


class PairOut(BaseModel):
    """Two clients that may be one."""

    id: int
    score: int = Field(description="Percent, how sure it is that the two are one.")
    reasons: list[LikenessOut] = Field(description="The weightiest first.")
    clients: list[Side] = Field(description="Two, the one with the lower id first.")
    state: PairState
    found_at: datetime
    decided_at: datetime | None
    decided_by: Named | None

    @classmethod
    def of(cls, pair: DuplicatePair) -> Self:
        """Tell of `pair`, which was read with its clients, their managers and who decided."""
        reasons = [LikenessOut(code=str(reason[0]), message=words) for reason in pair.reasons for words in in_words([reason])]
        return cls(
            id=pair.pk,
            score=pair.score,
            reasons=reasons,
            clients=[Side.of(pair.first), Side.of(pair.second)],
            state=PairState(pair.state),
            found_at=pair.found_at,
            decided_at=pair.decided_at,
            decided_by=named(pair.decided_by),
        )


class PairPage(BaseModel):
    """A page of pairs, the most alike first."""

    items: list[PairOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


class MergeOut(BaseModel):
    """A merge that was made."""

    id: int
    survivor: Named
    other: Named = Field(description="Its number leads to the survivor while the merge stands.")
    by: Named | None
    at: datetime
    undone_at: datetime | None
    undone_by: Named | None

    @classmethod
    def of(cls, merge: ClientMerge) -> Self:
        """Tell of `merge`, which was read with its clients and users."""
        return cls(
            id=merge.pk,
            survivor=Named(id=merge.survivor_id, name=str(merge.survivor)),
            other=Named(id=merge.other_id, name=str(merge.other)),
            by=named(merge.by),
            at=merge.at,
            undone_at=merge.undone_at,
            undone_by=named(merge.undone_by),
        )


class MergePage(BaseModel):
    """A page of merges, the latest first."""

    items: list[MergeOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


_PAIR_RELATED = ("first__manager", "second__manager", "decided_by")
_MERGE_RELATED = ("survivor", "other", "by", "undone_by")


def _pair(pair_id: int) -> PairOut:
    return PairOut.of(DuplicatePair.objects.select_related(*_PAIR_RELATED).get(pk=pair_id))


def _merge(merge: ClientMerge) -> MergeOut:
    return MergeOut.of(ClientMerge.objects.select_related(*_MERGE_RELATED).get(pk=merge.pk))


@router.get("/duplicates", response=PairPage, auth=TokenAuth("clients.view_client"), operation_id="list_duplicates")
def list_duplicates(
    request: ApiRequest,
    min_score: Annotated[int | None, Query(ge=0, le=100, description="From which likeness; else the company's setting.")] = None,
    cursor: Annotated[str, Query(max_length=200, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PairPage:
    """Pairs of clients that may be one and that nobody has decided on, the most alike first."""
    least = DuplicateSettings.current().review_from if min_score is None else min_score
    pairs = DuplicatePair.objects.visible_to(request.user).to_look_at(least).most_alike_first().select_related(*_PAIR_RELATED)
    if cursor:
        pairs = pairs.after(*read_score_cursor(cursor))
    rows = list(pairs[: limit + 1])
    page = rows[:limit]
    return PairPage(
        items=[PairOut.of(pair) for pair in page], next=score_cursor(page[-1].score, page[-1].pk) if len(rows) > limit else None
    )


@router.post(
    "/duplicates/{int:pair_id}/merge",
    response={200: MergeOut, 409: ClientConflict},
    auth=TokenAuth("clients.change_client"),
    operation_id="merge_duplicates",
)
def merge_duplicates(request: ApiRequest, pair_id: int, payload: MergePairIn) -> MergeOut:
    """Make one client of a pair. What belongs to the other moves to the survivor, and its number leads there."""
    pair = DuplicatePair.objects.visible_to(request.user).get(pk=pair_id)
    other = pair.second_id if payload.survivor == pair.first_id else pair.first_id
    if payload.survivor not in (pair.first_id, pair.second_id):
        refuse([FieldError("survivor", "choice", _("Choose one of the two."))])
    merge = duplicates.merge_clients(
        user=request.user,
        survivor_id=payload.survivor,
        other_id=other,
        versions=(payload.version, payload.other_version),
        choices=payload.choices,
    )
    return _merge(merge)


@router.post(
    "/duplicates/{int:pair_id}/set-apart", response=PairOut, auth=TokenAuth("clients.change_client"), operation_id="set_duplicates_apart"
)
def set_duplicates_apart(request: ApiRequest, pair_id: int) -> PairOut:
    """Say that a pair is two clients; no search asks again."""
    return _pair(duplicates.set_apart(user=request.user, pair_id=pair_id).pk)


@router.post(
    "/duplicates/{int:pair_id}/rejoin", response=PairOut, auth=TokenAuth("clients.change_client"), operation_id="rejoin_duplicates"
)
def rejoin_duplicates(request: ApiRequest, pair_id: int) -> PairOut:
    """Take back that a pair is two clients; it is to be looked at again."""
    return _pair(duplicates.rejoin(user=request.user, pair_id=pair_id).pk)


@router.post(
    "/clients/{int:client_id}/merge",
    response={200: MergeOut, 409: ClientConflict},
    auth=TokenAuth("clients.change_client"),
    operation_id="merge_client",
)
def merge_client(request: ApiRequest, client_id: int, payload: MergeIn) -> MergeOut:
    """Merge another client into this one."""
    merge = duplicates.merge_clients(
        user=request.user,
        survivor_id=client_id,
        other_id=payload.other,
        versions=(payload.version, payload.other_version),
        choices=payload.choices,
    )
    return _merge(merge)


@router.get("/merges", response=MergePage, auth=TokenAuth("clients.view_client"), operation_id="list_merges")
def list_merges(
    request: ApiRequest,
    client: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Merges of this client, as survivor or as the other.")] = None,
    cursor: Annotated[str, Query(max_length=200, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MergePage:
    """Merges, undone ones included, the latest first."""
    merges = ClientMerge.objects.filter(survivor__in=Client.objects.visible_to(request.user)).select_related(*_MERGE_RELATED)
    if client is not None:
        merges = merges.filter(Q(survivor=client) | Q(other=client))
    if cursor:
        at, pk = read_moment_cursor(cursor)
        merges = merges.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    rows = list(merges[: limit + 1])
    page = rows[:limit]
    return MergePage(
        items=[MergeOut.of(merge) for merge in page], next=moment_cursor(page[-1].at, page[-1].pk) if len(rows) > limit else None
    )


@router.post("/merges/{int:merge_id}/undo", response=MergeOut, auth=TokenAuth("clients.change_client"), operation_id="undo_merge")
def undo_merge(request: ApiRequest, merge_id: int) -> MergeOut:
    """Have both clients back as they were. What was added or changed since stays with the survivor."""
    return _merge(duplicates.undo_merge(user=request.user, merge_id=merge_id))
