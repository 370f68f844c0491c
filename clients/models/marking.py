"""Triggers that run once for a statement and see all of its rows: `now_…` as they are, `was_…` as they were."""

import pgtrigger


def marking(rows: str, *, added: str, changed: str, removed: str) -> list[pgtrigger.Trigger]:
    """Return the three triggers of a table whose rows are called `rows` in the SQL of each.

    One for each kind of statement: PostgreSQL gives the rows of a statement to a trigger of one kind alone.
    """
    now, was = f"now_{rows}", f"was_{rows}"
    told = pgtrigger.Referencing
    return [
        _trigger("marked_added", pgtrigger.Insert, told(new=now), added),  # type: ignore[no-untyped-call]  # the library has no types
        _trigger("marked_changed", pgtrigger.Update, told(old=was, new=now), changed),  # type: ignore[no-untyped-call]
        _trigger("marked_removed", pgtrigger.Delete, told(old=was), removed),  # type: ignore[no-untyped-call]
    ]


def _trigger(name: str, operation: pgtrigger.Operation, referencing: pgtrigger.Referencing, func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name, level=pgtrigger.Statement, operation=operation, when=pgtrigger.After, referencing=referencing, func=func
    )
