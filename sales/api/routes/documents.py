"""Sales and purchases: list, enter, change, take back, remove; and their payments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from accounts.api import ApiRequest, TokenAuth
from accounts.api.auth import token_of
from clients.api.errors import register_current
from sales import services
from sales.api.inputs import DocumentIn, DocumentPatch, LineIn, PaymentIn, ReverseIn
from sales.api.outputs import DOCUMENT, DocumentConflict, DocumentOut, DocumentPage, DocumentWithLines, PaymentOut, Sight
from sales.api.reading import ClientId, CursorText, DayFrom, DayTo, Limit, VersionRead, latest_first, soonest_due_first, within
from sales.models import Document, DocumentKind, Payment
from sales.periods import company_today

router = Router()
READS, ENTERS, CHANGES = (TokenAuth(f"sales.{verb}_document") for verb in ("view", "add", "change"))
WRITTEN: dict[Any, Any] = {200: DocumentWithLines, 409: DocumentConflict}


def _told(request: HttpRequest, pk: int) -> DocumentWithLines:
    token = token_of(request)
    assert token is not None  # TokenAuth let the request in
    found = Document.objects.visible_to(token.user).select_related(*DOCUMENT).prefetch_related("lines")
    return DocumentWithLines.told(found.get(pk=pk), token.user)


register_current(Document, lambda request, row: _told(request, row.pk).model_dump())


def _lines(lines: Sequence[LineIn] | None) -> list[dict[str, Any]] | None:
    return None if lines is None else [line.given() for line in lines]


def _find(request: ApiRequest, kind: DocumentKind, pk: int) -> Document:
    """Return a document of this kind: a purchase is not found among the sales."""
    return Document.objects.visible_to(request.user).select_related(*DOCUMENT).get(pk=pk, kind=kind)


def _add_routes(kind: DocumentKind, path: str, tag: str) -> None:
    """Give sales, and purchases, their endpoints: the same, each under its own address."""
    one = f"/{path}/{{int:document_id}}"

    @router.get(f"/{path}", response=DocumentPage, auth=READS, operation_id=f"list_{path}", tags=[tag], summary=f"List {path}")
    def list_documents(
        request: ApiRequest,
        *,
        client: ClientId = None,
        number: Annotated[str, Query(max_length=64, description="Just that number.")] = "",
        first: DayFrom = "",
        end: DayTo = "",
        state: Annotated[
            Literal["all", "open", "overdue"], Query(description="open, overdue: on which something is owed, the soonest due first.")
        ] = "all",
        cursor: CursorText = "",
        limit: Limit = 50,
    ) -> DocumentPage:
        """Those that meet every filter named, the latest first; with `state` open or overdue, the soonest due first."""
        rows = within(Document.objects.visible_to(request.user).filter(kind=kind), first, end, client=client).select_related(*DOCUMENT)
        if number:
            rows = rows.filter(number=number)
        if state == "overdue":
            rows = rows.overdue(company_today())
        page, following = (latest_first if state == "all" else soonest_due_first)(rows, cursor, limit)
        sight = Sight(request.user, [row.client_id for row in page])
        return DocumentPage(items=[DocumentOut.of(row, sight) for row in page], next=following)

    @router.post(
        f"/{path}",
        response={201: DocumentWithLines},
        auth=ENTERS,
        operation_id=f"post_{kind.value}",
        tags=[tag],
        summary=f"Enter a {kind.value}",
    )
    def post_document(request: ApiRequest, payload: DocumentIn) -> DocumentWithLines:
        """Enter one, by its lines or as a whole. A sale makes its client current; a closed period is refused (`closed` at `day`)."""
        data = payload.given("lines")
        document = services.post_document(user=request.user, kind=kind, data=data, lines=_lines(payload.lines) or ())
        return _told(request, document.pk)

    @router.get(one, response=DocumentWithLines, auth=READS, operation_id=f"get_{kind.value}", tags=[tag], summary=f"One {kind.value}")
    def get_document(request: ApiRequest, document_id: int) -> DocumentWithLines:
        """One, with its lines."""
        return DocumentWithLines.told(_find(request, kind, document_id), request.user)

    @router.patch(one, response=WRITTEN, auth=CHANGES, operation_id=f"change_{kind.value}", tags=[tag], summary=f"Change a {kind.value}")
    def change_document(request: ApiRequest, document_id: int, payload: DocumentPatch) -> DocumentWithLines:
        """Change the fields that are named; `version` is the one that was read. `lines` are replaced as a whole."""
        _find(request, kind, document_id)
        request.changes = changes = payload.given("version", "lines")
        services.change_document(
            user=request.user, document_id=document_id, version=payload.version, changes=changes, lines=_lines(payload.lines)
        )
        return _told(request, document_id)

    @router.delete(
        one,
        response={204: None, 409: DocumentConflict},
        auth=CHANGES,
        operation_id=f"remove_{kind.value}",
        tags=[tag],
        summary=f"Remove a {kind.value}",
    )
    def remove_document(request: ApiRequest, document_id: int, version: VersionRead) -> Status[None]:
        """Remove it with its lines and payments: by right, or one's own on the day on which it was entered. The history keeps it."""
        _find(request, kind, document_id)
        services.remove_document(user=request.user, document_id=document_id, version=version)
        return Status(204, None)

    @router.post(
        f"{one}/reverse",
        response={201: DocumentWithLines},
        auth=ENTERS,
        operation_id=f"reverse_{kind.value}",
        tags=[tag],
        summary=f"Take a {kind.value} back",
    )
    def reverse_document(request: ApiRequest, document_id: int, payload: ReverseIn) -> DocumentWithLines:
        """Take it back, wholly or by a part: makes the return or credit note, negative and linked to it."""
        _find(request, kind, document_id)
        back = services.reverse_document(user=request.user, document_id=document_id, **payload.given())
        return _told(request, back.pk)

    @router.get(
        f"{one}/payments",
        response=list[PaymentOut],
        auth=READS,
        operation_id=f"list_payments_of_{kind.value}",
        tags=[tag],
        summary="List its payments",
    )
    def list_payments(request: ApiRequest, document_id: int) -> list[PaymentOut]:
        """Its payments, the earliest first."""
        document = _find(request, kind, document_id)
        return [PaymentOut.of(one) for one in document.payments.select_related("created_by")]

    @router.post(
        f"{one}/payments",
        response={201: PaymentOut},
        auth=CHANGES,
        operation_id=f"record_payment_of_{kind.value}",
        tags=[tag],
        summary="Record a payment",
    )
    def record_payment(request: ApiRequest, document_id: int, payload: PaymentIn) -> PaymentOut:
        """Note money that came in (or went out), in its currency: all that is open, where no amount is named."""
        _find(request, kind, document_id)
        return PaymentOut.of(services.record_payment(user=request.user, document_id=document_id, **payload.given()))

    @router.delete(
        f"{one}/payments/{{int:payment_id}}",
        response={204: None},
        auth=CHANGES,
        operation_id=f"remove_payment_of_{kind.value}",
        tags=[tag],
        summary="Remove a payment",
    )
    def remove_payment(request: ApiRequest, document_id: int, payment_id: int) -> Status[None]:
        """Remove a payment that was none. The history keeps it."""
        _find(request, kind, document_id)
        if not Payment.objects.filter(pk=payment_id, document=document_id).exists():
            raise Payment.DoesNotExist
        services.remove_payment(user=request.user, payment_id=payment_id)
        return Status(204, None)


_add_routes(DocumentKind.SALE, "sales", "sales")
_add_routes(DocumentKind.PURCHASE, "purchases", "purchases")
