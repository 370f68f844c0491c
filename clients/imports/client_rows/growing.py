"""A reference list that takes in the names which a file brings."""

from __future__ import annotations

from typing import Any

from clients.models import Industry, LineOfBusiness, Source
from clients.services.rules import ReferenceList
from clients.validation import BadValue, text

_MODELS: dict[str, Any] = {"source": Source, "industry": Industry, "line_of_business": LineOfBusiness}


def list_of(field: str) -> Any:
    """Return the model of a reference field."""
    return _MODELS[field]


class GrowingList(ReferenceList):
    """Gives a name that is not in the list a provisional number below zero; `real` makes the entry.

    The reading thread asks, the writing one writes: a name is only ever added, so no lock is needed.
    """

    MOST = 200
    """New names in one run: more is a column of something else."""

    def __init__(self, known: ReferenceList, field: str = "") -> None:
        self.__dict__.update(known.__dict__)
        self.field = field
        self.taken = {name.casefold() for name in known.names.values()}
        self.new: dict[str, tuple[int, str]] = {}
        self.counts: dict[str, int] = {}
        self._real: dict[int, int] = {}

    def resolve(self, value: object) -> int | None:
        try:
            return super().resolve(value)
        except BadValue as unknown:
            if not isinstance(value, str):
                raise
            name = text(value, limit=200)
            folded = name.casefold()
            if folded in self.taken or (folded not in self.new and len(self.new) >= self.MOST):
                raise unknown from None
            number, name = self.new.setdefault(folded, (-len(self.new) - 1, name))
            self.counts[name] = self.counts.get(name, 0) + 1
            return number

    def real(self, number: int) -> int:
        """Return the id of an entry; a provisional one is made now, so that only rows which are written add to the list."""
        if number >= 0:
            return number
        if number not in self._real:
            name = next(name for provisional, name in self.new.values() if provisional == number)
            self._real[number] = list_of(self.field).objects.create(name=name).pk
        return self._real[number]

    def real_if_made(self, number: int) -> int:
        """Return the id of an entry, or the provisional number where it is not made yet."""
        return self._real.get(number, number)
