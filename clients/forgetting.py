"""Forgetting beyond the rows of a client: files of imports and exports, trails, searches, kept answers of the API.

`erase_client` empties the client, its contacts, touches and history itself; then every sweep that is registered here
looks for what else holds words by which it was known. Higher apps register theirs in `apps.py` with `on_erasure`.
"""

from __future__ import annotations

import codecs
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import IdempotentAnswer, StoredMail
from clients.history_doors import forget_export, forget_undone_merge
from clients.models import Client, ClientMerge, Contact, DuplicateKey, DuplicatePair, ImportRun
from clients.models.imports import WORKING, ImportedRow
from clients.validation import plain
from ui.models import ExportLog, ListWork, SavedView

_LEAST = 5  # shorter texts ("SNCF", "12") would match what is somebody else's
_LEAST_DIGITS = 7
_TEXTS = ("full_name", "short_name", "former_names", "tax_number", "external_id", "website", "address")
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1251", "cp1252")
_CHUNK, _OVERLAP = 1 << 20, 1 << 12
# What may stand between the words of a name and be none of it: a firm's quotation marks (which CSV doubles), and what parts
# cells or sheets' elements, where first and last name have a column each.
_PARTING = re.compile(r"<[^<>]*>|[\"'«»“”„;,|\t]+")


@dataclass(frozen=True)
class Traces:
    """What a client was known by: whole names, addresses, e-mails and numbers (as `_folded` has them), and digits of phones."""

    client_id: int
    words: frozenset[str]
    digits: frozenset[str]
    is_person: bool

    def named_in(self, value: Any) -> bool:
        """Return whether `value` (a text, or what JSON holds) says one of the words."""
        text = "\n".join(_texts_in(value))
        folded = _folded(text)
        if any(word in folded for word in self.words):
            return True
        if not self.digits:
            return False
        bare = re.sub(r"[\s().\-/\u00a0\u202f]", "", text)
        return any(number in bare for number in self.digits)

    def hinted_at(self, label: str) -> bool:
        """Return whether a label that somebody gave (a file, a saved view) names this client; of a person, a part of the
        name is enough: a label that loses its words is no loss."""
        parts = {part for word in self.words for part in word.split() if len(part) >= _LEAST} if self.is_person else set()
        return self.named_in(label) or not parts.isdisjoint(re.findall(r"[^\W_]+", _folded(label)))

    def sought_by(self, typed: str) -> bool:
        """Return whether somebody who typed this into a search box meant this client: its name, or part of a person's."""
        if self.named_in(typed):
            return True
        parts = _folded(typed).split()
        names = {part for word in self.words for part in word.split()}
        return bool(parts) and all(part in names for part in parts) and (self.is_person or len(parts) > 1)


def _folded(text: str) -> str:
    """Return `text` as names are compared: kept as the registry keeps it, without case and without what parts words."""
    return " ".join(plain(_PARTING.sub(" ", text)).casefold().split())


def _texts_in(value: Any) -> Iterator[str]:
    """The texts in what JSON holds; written out as JSON, a quotation mark would have a backslash before it."""
    if isinstance(value, dict):
        for pair in value.items():
            yield from (text for part in pair for text in _texts_in(part))
    elif isinstance(value, list | tuple):
        yield from (text for part in value for text in _texts_in(part))
    else:
        yield str(value)


def forget_merges(clients: Sequence[Client]) -> None:
    """Empty what merges keep of `clients`, which have been erased, and of whom they were merged with, and drop the pairs
    in which they were found.

    Once a merge was undone, the survivor's history still holds what came from the other: what the merge wrote is blanked
    there. The undo of a merge that stands is gone with this.
    """
    ids = [client.pk for client in clients]
    held = {merge.pk for pk in ids for merge in _forget_undone_merges(pk)}
    ClientMerge.objects.filter(Q(survivor__in=ids) | Q(other__in=ids) | Q(pk__in=held)).update(before={}, after={}, moved={})
    for pk in ids:
        for side in ("first_id", "second_id"):
            for merge in ClientMerge.objects.filter(moved__pairs__open__contains=[{side: pk}]):
                merge.moved["pairs"]["open"] = [pair for pair in merge.moved["pairs"]["open"] if pair[side] != pk]
                merge.save(update_fields=["moved"])
    DuplicatePair.objects.filter(Q(first__in=ids) | Q(second__in=ids)).delete()
    DuplicateKey.objects.filter(client__in=ids).delete()


def _forget_undone_merges(client_id: int) -> list[ClientMerge]:
    """Blank in the history of others what came to them with a client while it was part of them; return the merges, undone
    since, that may still keep a copy of it."""
    held: list[ClientMerge] = []
    waiting = list(ClientMerge.objects.filter(other=client_id).exclude(undone_at=None))
    while waiting:
        merge = waiting.pop()
        if merge.after:
            forget_undone_merge(merge_id=merge.pk, client_id=client_id)
        # The undo has taken the client out of what stood then; what had been undone before keeps the copies of its own day.
        meanwhile = ClientMerge.objects.filter(at__lte=merge.undone_at, undone_at__gte=merge.at).exclude(pk=merge.pk)
        held += [merge, *meanwhile.filter(survivor=merge.survivor_id)]
        waiting += meanwhile.filter(other=merge.survivor_id)  # the survivor went on into another, the client with it
    return held


Sweep = Callable[[Traces], None]
_sweeps: list[Sweep] = []


def on_erasure(sweep: Sweep) -> Sweep:
    """Let `sweep` remove what its app holds of a client that is being erased, in the same transaction."""
    _sweeps.append(sweep)
    return sweep


def traces_of(client: Client) -> Traces:
    """Return what `client` is and was known by, its contacts and all of its history included. Before it is emptied."""
    words: set[str] = set()
    phones: set[str] = set()
    of_clients, of_contacts = apps.get_model("clients", "ClientEvent"), apps.get_model("clients", "ContactEvent")
    rows: list[Iterable[Any]] = [
        [client],
        of_clients._default_manager.filter(pgh_obj_id=client.pk).iterator(),
        Contact.objects.filter(client=client),
        of_contacts._default_manager.filter(client_id=client.pk).iterator(),
    ]
    for row in (row for found in rows for row in found):
        words.update(str(getattr(row, name, "") or "") for name in _TEXTS)
        words.update(re.split(r"[,;]", getattr(row, "former_names", "") or ""))  # one field, several names
        words.update(row.emails)
        phones.update(row.phones)
    folded = {_folded(word) for word in words}
    return Traces(
        client_id=client.pk,
        words=frozenset(word for word in folded if len(word) >= _LEAST),
        digits=frozenset(digits for phone in phones for digits in _digits(phone)),
        is_person=client.kind == Client.Kind.PERSON,
    )


def _digits(phone: str) -> Iterator[str]:
    """The digits of an E.164 number, and the last nine: as it is dialled within its country, a 0 before."""
    bare = phone.lstrip("+")
    if len(bare) >= _LEAST_DIGITS:
        yield bare
        yield bare[-9:]


def forget(traces: Traces) -> None:
    """Run every sweep."""
    for sweep in _sweeps:
        sweep(traces)


# --- what the registry and the floors below it hold --------------------------------------------


@on_erasure
def forget_imports(traces: Traces) -> None:
    """The trail of the rows that made or changed it, what runs say of their rows, and the files that name it."""
    trail = ImportedRow.objects.filter(run__kind="clients", object_id=traces.client_id)
    brought = set(trail.values_list("run_id", flat=True))
    trail.delete()
    for run in ImportRun.objects.exclude(state__in=WORKING).iterator():
        changed = {name: empty for name, empty in _RUN_TEXTS.items() if traces.named_in(getattr(run, name))}
        changed |= {"file_name": "–"} if traces.hinted_at(run.file_name) else {}
        # a file that brought the client has a row of it, in whatever words
        changed |= dict.fromkeys(_drop_files(run, ("file",), traces, surely=run.pk in brought), "")
        changed |= dict.fromkeys(_drop_files(run, ("error_file",), traces), "")
        if changed:
            ImportRun.objects.filter(pk=run.pk).update(**changed)


_RUN_TEXTS: dict[str, Any] = {"header": [], "defaults": {}, "reasons": [], "missing": {}, "failure": "", "allow_duplicates": "–"}


@on_erasure
def forget_lists(traces: Traces) -> None:
    """Searches for it that were saved or logged, values that a bulk change noted for its undo, and exports."""
    for work in ListWork.objects.exclude(state__in=("waiting", "running")).iterator():
        changed: dict[str, Any] = {name: empty for name, empty in (("data", {}), ("before", [])) if traces.named_in(getattr(work, name))}
        changed |= {"query": query} if (query := _without_search(work.query, traces)) != work.query else {}
        changed |= dict.fromkeys(_drop_files(work, ("file",), traces), "")
        if changed:
            ListWork.objects.filter(pk=work.pk).update(**changed)
    for log in ExportLog.objects.iterator():
        if _without_search(log.query, traces) != log.query or traces.named_in(log.words):
            forget_export(log_id=log.pk)
    for view in SavedView.objects.iterator():
        hinted = traces.hinted_at(view.name)
        if (query := _without_search(view.query, traces)) != view.query or hinted:
            SavedView.objects.filter(pk=view.pk).update(query=query, name=f"{view.pk}" if hinted else view.name)


@on_erasure
def forget_answers_and_mail(traces: Traces) -> None:
    """First answers that the API keeps for repeats (a repeat still makes nothing twice), and mails that were only kept."""
    for answer in IdempotentAnswer.objects.iterator():
        if traces.named_in(_as_json(answer.body)):
            IdempotentAnswer.objects.filter(pk=answer.pk).update(body="{}")
    kept: QuerySet[StoredMail] = StoredMail.objects.filter(send_at=None)
    for mail in kept.iterator():
        if (
            traces.named_in(mail.subject)
            or traces.named_in(mail.body)
            or traces.named_in(mail.recipients)
            or traces.named_in(mail.calendar.replace("\r\n ", ""))
        ):
            mail.delete()


def _as_json(body: str) -> Any:
    try:
        return json.loads(body)  # letters may be written as \u0418 in it
    except ValueError:
        return body


def _without_search(query: str, traces: Traces) -> str:
    """Return a list's query without the values that mean the client."""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not traces.sought_by(value)]
    return query if len(kept) == len(pairs) else urlencode(kept)


# --- files -------------------------------------------------------------------------------------


def _drop_files(row: Any, fields: Iterable[str], traces: Traces, *, surely: bool = False) -> list[str]:
    """Delete those files of `row` that name the client, or `surely` all; return the names of their fields."""
    dropped = []
    for field in fields:
        name = str(getattr(row, field).name or "")
        if name and default_storage.exists(name) and (surely or any(traces.named_in(text) for text in _texts_of(name))):
            transaction.on_commit(partial(default_storage.delete, name))  # if the erasure fails, the file is still wanted
            dropped.append(field)
    return dropped


def _texts_of(name: str) -> Iterator[str]:
    """The text of a stored file in overlapping pieces: of a workbook its sheets, of anything else each likely reading."""
    with default_storage.open(name, "rb") as file:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as book:
                for member in book.namelist():
                    if member.endswith(".xml"):
                        with book.open(member) as sheet:
                            yield from _pieces(sheet, "utf-8")
            return
        for encoding in _ENCODINGS:
            file.seek(0)
            yield from _pieces(file, encoding)


def _pieces(file: Any, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="ignore")
    tail = ""
    while chunk := file.read(_CHUNK):
        text = tail + decoder.decode(chunk)
        yield _unescaped(text)
        tail = text[-_OVERLAP:]


def _unescaped(text: str) -> str:
    for sign, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(escape, sign)
    return text
