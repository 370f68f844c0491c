"""Changing a client that somebody else may have changed since it was read: what does not clash is kept from both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from clients.errors import StaleVersion
from clients.models import Client
from clients.services.preparing import REFERENCES, Values, as_typed, clean_values
from clients.services.registration import change_client
from clients.services.rules import Rules


class Clash(Exception):
    """The same fields were changed by somebody else, to something else. `fields` names them, "custom.<key>" one by one."""

    def __init__(self, current: Client, fields: Iterable[str]) -> None:
        self.current = current
        self.fields = list(fields)
        super().__init__(f"client {current.pk}: {', '.join(self.fields)}")


@dataclass(frozen=True)
class Outcome:
    """The client as it stands now; `merged` when changes that somebody else made meanwhile stand beside ours."""

    client: Client
    merged: bool = False


def fingerprints(client: Client, names: Iterable[str]) -> dict[str, str]:
    """Return what stands in the fields `names`, each as a short digest: a form carries them to tell what it changed."""
    held = as_typed(client)
    return {name: _digest(_kept(held, name)) for name in names}


def _kept(values: Mapping[str, Any], name: str) -> Any:
    if name.startswith("custom."):
        return (values.get("custom") or {}).get(name.removeprefix("custom."))
    return values.get(f"{name}_id" if name in REFERENCES else name)


def _digest(value: Any) -> str:
    # an empty text and no value are the same to whoever reads a form
    plain = json.dumps(None if value in ("", []) else value, default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(plain.encode(errors="surrogatepass"), digest_size=6).hexdigest()


def change_as_read(
    *, user: User, client_id: int, version: int, was: Mapping[str, str], changes: Mapping[str, Any], now: datetime | None = None
) -> Outcome:
    """Change a client as `change_client` does; of a newer version, take only what the form itself changed.

    `was` are the `fingerprints` that the form was made with. Raises `Clash` when somebody else changed the same field
    to something else; `Refused`, `PermissionDenied` and `Client.DoesNotExist` as `change_client` does.
    """
    rules = Rules.load(now)
    try:
        return Outcome(change_client(user=user, client_id=client_id, version=version, changes=changes, rules=rules))
    except StaleVersion as stale:
        newer = stale
    for _attempt in range(3):
        current = newer.current
        assert isinstance(current, Client)
        own = _own_changes(current, was, changes, rules)
        try:
            client = change_client(user=user, client_id=client_id, version=current.version, changes=own, rules=rules)
        except StaleVersion as again:
            newer = again
        else:
            return Outcome(client, merged=True)
    raise newer


def _own_changes(current: Client, was: Mapping[str, str], changes: Mapping[str, Any], rules: Rules) -> Values:
    """Return those of `changes` that the form made; raises `Clash` when others made other ones in the same fields."""
    held = as_typed(current)
    kept, errors = clean_values(changes, rules, before=held)
    unreadable = {error.field for error in errors}
    custom = changes.get("custom") or {}
    own: Values = {}
    clashing = []
    for name in [*(name for name in changes if name != "custom"), *(f"custom.{key}" for key in custom)]:
        mine, theirs = _digest(_kept(kept, name)), _digest(_kept(held, name))
        if name not in unreadable and mine in (was.get(name), theirs):
            continue
        if theirs != was.get(name):
            clashing.append(name)
        if name.startswith("custom."):
            key = name.removeprefix("custom.")
            own.setdefault("custom", {})[key] = custom[key]
        else:
            own[name] = changes[name]
    if clashing:
        raise Clash(current, clashing)
    return own
