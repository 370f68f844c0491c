"""The kinds of rows that can be imported. A kind says which fields a row has and how it becomes a record; all else is shared.

An app registers its kind in `apps.py`: `kinds.register(SalesKind())`. The kind answers with a `Session` for each run,
which reads rows (no database, in a thread of its own), judges a batch against the registry, writes it, and takes it back.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.errors import FieldError

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from accounts.models import User
    from clients.models import ImportedRow


@dataclass(frozen=True, slots=True)
class ImportField:
    """A field that a column may go into."""

    name: str
    label: str | Promise
    group: str | Promise = ""
    """The heading under which it stands in the choice of fields."""
    synonyms: tuple[str, ...] = ()
    """Names that columns with this field have, in any language; case, accents and signs don't matter."""
    unmistakable: tuple[str, ...] = ()
    """Names that mean this field and no other: they choose first."""
    joiner: str | None = None
    """What parts the cells where several columns go into the field; None: one column only."""
    accepts: Callable[[str], bool] | None = None
    """Whether a cell can be read, for names that say little ("Type"): such a column is guessed only when its cells fit."""
    owner: str | Promise = ""
    """Whose field it is, where not the record's own: stands before the label."""

    @property
    def long_label(self) -> str:
        return f"{self.owner}: {self.label}" if self.owner else str(self.label)


class Outcome(enum.Enum):
    NEW = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row is refused. `message` is the same for all rows of this reason, `detail` is about this one."""

    field: str
    code: str
    message: str | Promise
    detail: str = ""


@dataclass(slots=True)
class RowInHand:
    """One row on its way through a run."""

    number: int
    cells: list[str]
    beyond: list[str]
    data: dict[str, str]
    """field -> what the cells say; empty ones are left out."""
    record: Any = None
    outcome: Outcome = Outcome.NEW
    errors: list[RowError] = field(default_factory=list)

    def refuse(self, *errors: RowError) -> None:
        self.outcome = Outcome.REFUSED
        self.errors += errors


@dataclass(frozen=True, slots=True)
class Footprint:
    """What writing one row did, as kept for undoing it. `before` is None for what was added."""

    row: int
    object_id: int
    version: int
    before: Mapping[str, Any] | None = None
    parts: Sequence[Any] = ()
    """Rows that hang on the object, in whatever form the kind reads back."""


@dataclass(frozen=True)
class Job:
    """What a session needs to know of its run."""

    run_id: int
    user: User
    mapping: Mapping[str, Sequence[str]]
    defaults: Mapping[str, Any]
    match: str
    add_missing: frozenset[str]
    allow_duplicates: str
    """Why rows that look like a record of the registry, or like an earlier row, are added all the same; empty: they are refused."""
    writes: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Touched:
    """A row that somebody changed after the import, so that undoing leaves it."""

    object_id: int
    label: str
    why: str | Promise
    rows: int = 1
    """How many rows of the file that was."""


class Session(ABC):
    """One run of one kind."""

    missing: dict[str, dict[str, int]]
    """Reference field -> names that its list does not have, with the number of rows."""
    rows_at_once: ClassVar[int] = 1_000
    """How many rows make a batch; more only where rows belong together."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.missing = {}

    @abstractmethod
    def read(self, row: RowInHand) -> None:
        """Read the cells into `row.record`, refusing what can't be read. Runs in another thread and asks no database."""

    def belong_together(self, row: RowInHand, before: RowInHand) -> bool:
        """Whether `row`, read already, should be in the batch of the row before it (a line of the same document)."""
        return False

    @abstractmethod
    def judge(self, rows: Sequence[RowInHand]) -> None:
        """Set the outcome of each row of a batch (those refused already come along, for reasons that they add)."""

    @abstractmethod
    def write(self, rows: Sequence[RowInHand]) -> Iterable[Footprint]:
        """Write the rows of a batch that are new or changed."""


class ImportKind(ABC):
    """A kind of rows."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    permission: ClassVar[str] = "clients.import_client"
    position: ClassVar[int] = 100
    """Where it stands among the kinds; the first is the one that is offered."""
    list_url: ClassVar[str] = ""
    """URL name of the list where the imported rows are seen."""
    meanwhile: ClassVar[str | Promise] = _(
        "Somebody registered one of these clients at the same moment; nothing was written. Start it again."
    )
    """What to say when the database refused the rows, because somebody was faster."""
    hint: ClassVar[str | Promise] = _(
        "New clients get these where their row has nothing. Clients that are there already keep what they have."
    )
    """What the settings for all rows are for."""
    undo_hint: ClassVar[str | Promise] = _(
        "Clients that the import added go, with their contacts. Clients that it changed get their earlier values back."
        " History keeps that it happened."
    )
    known_by: ClassVar[str | Promise] = ""
    """How rows know what is there already, where no key is chosen (`match_keys`)."""
    row_label: ClassVar[str | Promise] = _("Client")
    """What stands in the list of what was touched."""
    all_there: ClassVar[str | Promise] = _("Every client of the file is there already, with the same facts: there is nothing to write.")

    @abstractmethod
    def fields(self) -> list[ImportField]:
        """Return the fields that columns may go into, in the order in which they are offered."""

    @abstractmethod
    def match_keys(self) -> dict[str, str | Promise]:
        """Return the fields that a row may be matched by, best first, with their labels."""

    def settle(self, mapping: dict[str, list[str]]) -> dict[str, list[str]]:
        """Put right what single headings can't tell, once all are guessed."""
        return mapping

    @abstractmethod
    def settings(self, user: User) -> dict[str, forms.Field]:
        """Return form fields for what may be set for all rows that lack it."""

    @abstractmethod
    def check_settings(self, defaults: Mapping[str, Any]) -> list[FieldError]:
        """Return what is wrong with the values that are to be set for all rows."""

    def may_add(self, user: User) -> dict[str, str | Promise]:
        """Return the reference fields to whose lists `user` may have missing names added, with their labels."""
        return {}

    @abstractmethod
    def session(self, job: Job) -> Session:
        """Begin a run."""

    @abstractmethod
    def touched(self, run_id: int) -> list[Touched]:
        """Return the rows of a finished run that somebody changed since."""

    @abstractmethod
    def undo(self, run_id: int, user: User, now: datetime) -> int:
        """Take back the untouched rows of a run, in the transaction that is open; returns how many."""

    def rows_in(self, trail: QuerySet[ImportedRow]) -> int:
        """Return how many rows of the file these footprints stand for."""
        return trail.count()

    def field(self, name: str) -> ImportField | None:
        return next((one for one in self.fields() if one.name == name), None)


_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Let rows of `kind` be imported. Called by apps in `ready`."""
    _kinds[kind.name] = kind


def all_kinds() -> list[ImportKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.position)


def kinds_for(user: User | AnonymousUser) -> list[ImportKind]:
    """Return the kinds that `user` may import."""
    return [kind for kind in all_kinds() if user.is_active and user.has_perm(kind.permission)]


def kind_named(name: str) -> ImportKind | None:
    return _kinds.get(name)
