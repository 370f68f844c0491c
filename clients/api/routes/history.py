"""What happened with a client: who changed what when, with the value before."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from accounts.api import ApiRequest, FieldProblem, Named, ProblemError, TokenAuth
from clients import timeline
from clients.history import Cursor, Entry, Rank, read_page, shown_ranks
from clients.models import Client

router = Router(tags=["history"])


class ChangeOut(BaseModel):
    """One field that changed, its values in words; of a list (phones) only what came and what went."""

    field: str
    label: str
    before: list[str]
    after: list[str]


class EntryOut(BaseModel):
    """One thing that happened."""

    at: datetime
    what: Literal[
        "registered",
        "waiver",
        "contact_added",
        "contact_changed",
        "client_changed",
        "touch",
        "touch_changed",
        "merged",
        "merge_undone",
        "confirmed",
        "reminder",
        "document",
        "complaint",
        "case",
    ] = Field(
        description="A removed contact is a contact_changed whose title says so; confirmed are facts that somebody said to be right "
        "without a touch, those of one person and day as one."
    )
    id: int
    user: Named | None = Field(description="null for what nobody did by hand")
    title: str
    name: str = Field(description="The contact, where it is about one.")
    changes: list[ChangeOut]

    @classmethod
    def of(cls, entry: Entry) -> EntryOut:
        """Tell of `entry`."""
        source = timeline.source_of(entry.rank)
        what = source.what if source else Rank(entry.rank).name.lower().removesuffix("_once")
        return cls(
            at=entry.at,
            what=what,  # type: ignore[arg-type]  # those of Rank and of the sources, a test holds them together
            id=entry.id,
            user=None if entry.user_id is None else Named(id=entry.user_id, name=entry.who),
            title=entry.title,
            name=entry.name,
            changes=[ChangeOut(field=one.field, label=one.label, before=list(one.before), after=list(one.after)) for one in entry.changes],
        )


class HistoryPage(BaseModel):
    """A page of the history, the latest first."""

    items: list[EntryOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


@router.get("/clients/{int:client_id}/history", response=HistoryPage, auth=TokenAuth("clients.view_client"), operation_id="list_history")
def list_history(
    request: ApiRequest,
    client_id: int,
    show: Literal["everything", "touches", "changes", "reminders", "money", "complaints", "cases"] = "everything",
    cursor: Annotated[str, Query(max_length=400, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> HistoryPage:
    """What happened with a client, the latest first; of one that was merged, what happened before.

    A page may be shorter than `limit` and still have a `next`.
    """
    client = Client.objects.visible_to(request.user).get(pk=client_id)
    before = Cursor.read(cursor) if cursor else None
    if cursor and before is None:
        message = str(_("Give back the cursor of the page before as it came."))
        raise ProblemError(422, errors=[FieldProblem(field="cursor", code="cursor", message=message)])
    page = read_page(client, ranks=shown_ranks()[show], before=before, limit=limit, reader=request.user)
    return HistoryPage(items=[EntryOut.of(entry) for entry in page.entries], next=str(page.older) if page.older else None)
