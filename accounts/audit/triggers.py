"""Triggers that write a line of the audit when a row comes or changes: whoever writes it, the line comes with it."""

from __future__ import annotations

import pgtrigger

# What the request's middleware told history (see accounts.middleware.HistoryMiddleware); none in a task.
_ADDRESS = "(NULLIF(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'ip')::inet"


def noted(
    name: str, *, action: str, about: str, object_id: str = "NEW.id", by: str, details: str = "'{}'::jsonb", condition: str = ""
) -> pgtrigger.Trigger:
    """Return a trigger that notes `action` about a row: when it is made, or, with a `condition`, when a change meets it.

    `about` is the name of the model that `object_id` belongs to. Everything but `name` is SQL over NEW and OLD, `about`
    and `condition` included; nothing in it comes from outside the code.
    """
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Update if condition else pgtrigger.Insert,
        condition=pgtrigger.Condition(condition) if condition else None,
        func=f"""
            INSERT INTO accounts_auditentry (at, by_id, action, about, object_id, details, ip)
            VALUES (now(), {by}, {action}, '{about}', {object_id}, {details}, {_ADDRESS});
            RETURN NULL;
        """,  # noqa: S608  (put together from the code's own words)
    )
