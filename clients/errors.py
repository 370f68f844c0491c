"""What a service answers when it can't do as asked. Forms, API, import and commands show the same codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from clients.alike import Alike
    from clients.models import Client


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to mend: the field (as the API names it), a stable code, and what to do in words."""

    field: str
    code: str
    message: str | Promise

    def __str__(self) -> str:
        return str(self.message)


class Refused(Exception):
    """The input is not good enough: bad values or entry criteria not met. Nothing was written."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(f"{error.field}: {error.code}" for error in self.errors))


class MayBeDuplicate(Exception):
    """The client may be in the registry already, and nobody said why it is another one. Nothing was written."""

    def __init__(self, candidates: Sequence[Alike]) -> None:
        self.candidates = list(candidates)
        super().__init__(", ".join(f"{one.client.pk}: {one.score}" for one in self.candidates))


class Versioned(Protocol):
    """A record whose edits carry the version that they read."""

    pk: Any
    version: Any


class StaleVersion(Exception):
    """Somebody else changed the record since it was read. `current` is the record as it stands now."""

    def __init__(self, current: Versioned) -> None:
        self.current = current
        super().__init__(f"{type(current).__name__} {current.pk} is at version {current.version}")


class Merged(Refused):
    """The client is another one's by now: `survivor` took it in. Nothing was written."""

    def __init__(self, client: Client, survivor: Client) -> None:
        self.client = client
        self.survivor = survivor
        message = _("This client was merged into %(name)s (number %(number)s); go on there.")
        super().__init__([FieldError("client", "merged", message % {"name": survivor, "number": survivor.pk})])
