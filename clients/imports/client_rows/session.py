"""One run over rows of clients with their contacts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from clients import validation
from clients.errors import FieldError
from clients.imports.client_rows import lookalikes
from clients.imports.client_rows.fields import CONTACTS, kind_of, lifecycle_of, roles_of
from clients.imports.client_rows.growing import GrowingList
from clients.imports.client_rows.lookalikes import EMAIL, NAME, OWN_ID, PHONE, TAX_NUMBER, Found, Key, Likenesses
from clients.imports.kinds import Footprint, Job, Outcome, RowError, RowInHand, Session
from clients.models import Client
from clients.services.entering import Entered, keep_apart
from clients.services.preparing import PreparedClient, Values, clean_values
from clients.services.registration import may_register
from clients.services.rows import ClientChange, RowOfClient, as_change, as_new, read_row, write_changes, write_new
from clients.services.rules import Rules

MATCH_KEYS = {"external_id": OWN_ID, "tax_number": TAX_NUMBER, "emails": EMAIL}
LISTS = {"source": "sources", "industry": "industries", "line_of_business": "lines_of_business"}
"""Reference fields -> the list of the rules; names missing there may be added."""

_TAKEN = {
    OWN_ID: _("A client with this own id is in the registry already."),
    TAX_NUMBER: _("A client with this tax number is in the registry already."),
    EMAIL: _("A client with this e-mail is in the registry already."),
    PHONE: _("A client with this name and phone is in the registry already."),
    NAME: _("A client with this name in this city is in the registry already; give an own id, tax number, e-mail or phone."),
}
_AGAIN = {
    OWN_ID: _("An earlier row of the file has this own id."),
    TAX_NUMBER: _("An earlier row of the file has this tax number."),
    EMAIL: _("An earlier row of the file has this e-mail."),
    PHONE: _("An earlier row of the file has this name and phone."),
    NAME: _("An earlier row of the file has this name and city; give an own id, tax number, e-mail or phone."),
}


class _Alike(NamedTuple):
    """What a row that is added all the same shares with a client of the registry, or with an earlier row."""

    what: str
    key: str
    client: int = 0
    row: int = 0


@dataclass(slots=True)
class _Record:
    """A row of clients in hand."""

    row: RowOfClient
    prefixes: list[str]
    new: PreparedClient | None = None
    change: ClientChange | None = None
    alike: list[_Alike] = dataclasses.field(default_factory=list)


class ClientRows(Session):
    """Reads, judges and writes rows of clients."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        may_register(job.user)
        self.rules = Rules.load(job.now)
        self.listed = {field: {name.casefold() for name in self.rules.lists[field].names.values()} for field in LISTS}
        """Names of each reference list, retired ones too: these can't be added again."""
        self.growing: dict[str, GrowingList] = {}
        for field in sorted(job.add_missing & LISTS.keys()):
            self.growing[field] = GrowingList(getattr(self.rules, LISTS[field]), field)
            lists: dict[str, Any] = {LISTS[field]: self.growing[field]}
            self.rules = replace(self.rules, **lists)
        self.defaults = kept_defaults(job.defaults, self.rules)[0]
        self.match = MATCH_KEYS.get(job.match, "")
        self.may_hand_over = job.user.has_perm("clients.hand_over_client")
        self.seen: dict[int, int] = {}
        """Clients that a row of this file has met already -> that row."""
        self.added: set[int] = set()
        """Clients that this run has added: earlier rows of the file, as in the trial, which adds none."""
        self.most_known = False
        """Whether most rows turn out to be of clients that are here: a file that comes again."""
        self.client_of: dict[int, int] = {}
        """Row -> the client that it became or changed; kept where later rows may look like it."""
        lookalikes.begin()

    # --- in the reading thread ---------------------------------------------------------------------

    def read(self, row: RowInHand) -> None:
        data: dict[str, Any] = {}
        people: dict[str, dict[str, str]] = {}
        for name, cell in row.data.items():
            prefix, _dot, inner = name.partition(".")
            if prefix == "custom":
                data.setdefault("custom", {})[inner] = cell
            elif inner:
                people.setdefault(prefix, {})[inner] = cell
            elif name == "roles":
                if (roles := roles_of(cell)) is None:
                    row.refuse(RowError("roles", "choice", _("Write customer, supplier or both.")))
                else:
                    data |= roles
            else:
                data[name] = {"kind": kind_of, "lifecycle": lifecycle_of}.get(name, str)(cell)
        prefixes = [prefix for prefix in CONTACTS if prefix in people]
        values = read_row(data, [people[prefix] for prefix in prefixes], self.rules, country=self.defaults.get("country", ""))
        # As a new client too, before it is known to be one: this thread has time while the other waits for the database.
        row.record = _Record(values, prefixes, new=None if self.most_known else as_new(values, self.defaults, self.rules))
        self._note_missing(row)

    def _note_missing(self, row: RowInHand) -> None:
        for error in row.record.row.errors:
            if error.field in LISTS and error.code == "choice" and error.field not in self.growing:
                names = self.missing.setdefault(error.field, {})
                name = row.data[error.field][:200]
                if name.casefold() in self.listed[error.field]:
                    continue
                if name in names or len(names) < GrowingList.MOST:
                    names[name] = names.get(name, 0) + 1

    # --- with the database -------------------------------------------------------------------------

    def judge(self, rows: Sequence[RowInHand]) -> None:
        for field, growing in self.growing.items():
            self.missing[field] = growing.counts
        likenesses = lookalikes.look_up([key for row in rows for key in self._keys(row)])
        matched = self._matched(rows, likenesses)
        self.most_known = len(matched) * 2 > len(rows)
        clients = self._clients(set(matched.values()))
        in_batch: dict[tuple[str, str], int] = {}
        for row in rows:
            if (client_id := matched.get(row.number)) is not None:
                self._judge_change(row, client_id, clients.get(client_id))
            elif row.outcome is not Outcome.REFUSED:
                self._judge_new(row)
            self._judge_likeness(row, likenesses.get(row.number, {}), client_id, in_batch)
        lookalikes.forget(row.number for row in rows if row.outcome is Outcome.REFUSED)

    def _keys(self, row: RowInHand) -> Iterable[Key]:
        values = self.defaults | row.record.row.values
        number, name, short_name = row.number, values.get("full_name", ""), values.get("short_name", "")
        alone = True
        for what in (OWN_ID, TAX_NUMBER):
            if value := values.get(what):
                alone = False
                yield Key(number, what, value)
        for mail in values.get("emails") or ():
            alone = False
            yield Key(number, EMAIL, mail)
        if name or short_name:
            for phone in values.get("phones") or ():
                alone = False
                yield Key(number, PHONE, phone, name, short_name)
            if alone:
                yield Key(number, NAME, values.get("city", ""), name, short_name)

    def _matched(self, rows: Sequence[RowInHand], likenesses: dict[int, Likenesses]) -> dict[int, int]:
        """Return row -> the one client that its match key names; a key of several clients refuses the row."""
        matched: dict[int, int] = {}
        if not self.match:
            return matched
        for row in rows:
            hits = likenesses.get(row.number, {}).get(self.match, ())
            found = {client.id: client for one in hits for client in one.clients if client.id not in self.added}
            if len(found) == 1:
                matched[row.number] = next(iter(found))
            elif found:
                likenesses[row.number].pop(self.match)  # said below; that it looks like them would say it again
                row.refuse(
                    RowError(
                        self.job.match,
                        "ambiguous",
                        _("Several clients have this; mend them first."),
                        ", ".join(map(_named, found.values())),
                    )
                )
        return matched

    def _clients(self, ids: set[int]) -> dict[int, Client]:
        if not ids:
            return {}
        query = (
            Client.objects.editable_by(self.job.user)
            .filter(pk__in=ids)
            .order_by("pk")
            .prefetch_related("contacts", "waivers")
            .defer("search_text", "search_digits", "search_keys", "sort_name", "sort_city")
        )
        if self.job.writes:
            query = query.select_for_update(of=("self",))
        return {client.pk: client for client in query}

    def _judge_new(self, row: RowInHand) -> None:
        record: _Record = row.record
        record.new = record.new or as_new(record.row, self.defaults, self.rules)
        self._refuse(row, record.new.errors)

    def _judge_change(self, row: RowInHand, client_id: int, client: Client | None) -> None:
        record: _Record = row.record
        if client is None:
            row.refuse(RowError("", "not_editable", _("You may not change this client."), f"№ {client_id}"))
            return
        if (earlier := self.seen.get(client_id)) is not None:
            row.refuse(RowError(self.match, "same_row", _AGAIN[self.match], _row_named(earlier)))
            return
        record.change = as_change(record.row, client, list(client.contacts.all()), self.rules, by=self.job.user)
        self._refuse(row, record.change.errors)
        if "manager_id" in record.change.changed and not self.may_hand_over:
            row.refuse(RowError("manager", "forbidden", _("You may not hand clients over.")))
        if row.outcome is not Outcome.REFUSED:
            self.seen[client_id] = row.number
            row.outcome = Outcome.CHANGED if record.change.anything else Outcome.UNCHANGED

    def _refuse(self, row: RowInHand, errors: Iterable[FieldError]) -> None:
        prefixes = row.record.prefixes
        for error in errors:
            name = error.field
            if name.startswith("contacts."):
                _contacts, number, inner = name.split(".", 2)
                name = f"{prefixes[int(number)]}.{inner}"
            elif name in ("is_customer", "is_supplier"):
                name = "roles"
            row.refuse(RowError(name, error.code, error.message))

    def _judge_likeness(self, row: RowInHand, likenesses: Likenesses, client_id: int | None, in_batch: dict[tuple[str, str], int]) -> None:
        """Refuse what another client, or an earlier row, is known by; a client keeps what it shares with others already.

        With a reason to add such rows, new ones only note whom they look like. An own id stays with one client.
        """
        record: _Record = row.record
        gained = None if client_id is None else _gained(row.record.change)
        for what, found in likenesses.items():
            if gained is not None and what not in gained:
                continue
            for likeness in found:
                others = [client for client in likeness.clients if client.id != client_id and client.id not in self.added]
                earlier = likeness.row or in_batch.get((what, likeness.key))
                if self.job.allow_duplicates and client_id is None and what != OWN_ID:
                    record.alike += [_Alike(what, likeness.key, client=client.id) for client in others]
                    record.alike += [_Alike(what, likeness.key, row=earlier)] if earlier is not None else []
                elif others:
                    row.refuse(RowError(what, "looks_like", _TAKEN[what], _named(others[0])))
                elif earlier is not None:
                    row.refuse(RowError(what, "same_row", _AGAIN[what], _row_named(earlier)))
        if row.outcome is not Outcome.REFUSED:
            for what, found in likenesses.items():
                for likeness in found:
                    in_batch.setdefault((what, likeness.key), row.number)

    def write(self, rows: Sequence[RowInHand]) -> Iterable[Footprint]:
        added = [row for row in rows if row.outcome is Outcome.NEW]
        prepared = [row.record.new for row in added]
        for one in prepared:
            self._settle(one.values)
        ids, contacts = write_new(user=self.job.user, prepared=prepared, rules=self.rules)
        for row, id_, people in zip(added, ids, contacts, strict=True):
            self.added.add(id_)
            yield Footprint(row.number, id_, 1, parts=[[contact, "added", 1] for contact in people])
        changed = [row for row in rows if row.outcome is Outcome.CHANGED]
        changes = [row.record.change for row in changed]
        for change in changes:
            self._settle(change.changed)
            for name in change.changed.keys() & {f"{field}_id" for field in self.growing}:
                setattr(change.client, name, change.changed[name])
        newcomers = write_changes(user=self.job.user, changes=changes, rules=self.rules)
        for row, change, people in zip(changed, changes, newcomers, strict=True):
            parts: list[list[Any]] = [[contact, "added", 1] for contact in people]
            parts += [[one.contact.pk, "changed", one.contact.version, one.before] for one in change.contacts]
            yield Footprint(row.number, change.client.pk, change.client.version, change.before, parts)
        if self.job.allow_duplicates:
            self.client_of |= {row.number: id_ for row, id_ in zip(added, ids, strict=True)}
            self.client_of |= {row.number: row.record.change.client.pk for row in changed}
            entered = [one for row in added for one in self._entered(row)]
            keep_apart(user=self.job.user, entered=entered, because=self.job.allow_duplicates, now=self.job.now)

    def _entered(self, row: RowInHand) -> Iterable[Entered]:
        """Return the clients that a row looks like and was added beside, with all that they share."""
        found: dict[int, list[_Alike]] = {}
        for one in row.record.alike:
            if known := one.client or self.client_of.get(one.row):
                found.setdefault(known, []).append(one)
        for known, shared in found.items():
            score = max(lookalikes.SCORES[one.what] for one in shared)
            reasons = dict.fromkeys(reason for one in shared for reason in lookalikes.reasons_of(one.what, one.key))
            yield Entered(self.client_of[row.number], known, score, list(reasons))

    def _settle(self, values: Values) -> None:
        """Put the real ids of entries that this run added in the place of provisional ones."""
        for field, growing in self.growing.items():
            if (given := values.get(f"{field}_id")) is not None:
                values[f"{field}_id"] = growing.real(given)


def _gained(change: ClientChange | None) -> set[str]:
    """Return the kinds of keys in which a change brings something new."""
    if change is None:
        return set()
    gained = set(change.changed) & {OWN_ID, TAX_NUMBER, EMAIL}
    return gained | ({PHONE} if change.changed.keys() & {"phones", "full_name", "short_name"} else set())


def _named(client: Found) -> str:
    name = f"№ {client.id}, {client.name}" if client.name else f"№ {client.id}"
    return str(_("%(client)s, archived") % {"client": name}) if client.archived else name


def _row_named(number: int) -> str:
    return str(_("row %(row)s") % {"row": number})


def kept_defaults(defaults: Mapping[str, Any], rules: Rules) -> tuple[Values, list[FieldError]]:
    """Read what is set for all rows into kept values; "roles" may be given as in a cell."""
    data = {name: value for name, value in defaults.items() if value not in (None, "", [])}
    errors: list[FieldError] = []
    if (roles := data.pop("roles", None)) is not None:
        given = roles_of(roles if isinstance(roles, str) else ";".join(map(str, validation.parts(roles))))
        if given is None:
            errors.append(FieldError("roles", "choice", _("Write customer, supplier or both.")))
        data |= given or {}
    values, wrong = clean_values(data, rules)
    return values, [*errors, *wrong]
