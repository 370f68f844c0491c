"""The registry's part of the API."""

from ninja import Router

from clients.api.errors import field_errors, may_be_duplicate, merged, stale
from clients.api.routes import clients, contacts, duplicates, history, imports, rules, touches

router = Router()
for part in (clients, contacts, touches, history, rules, imports, duplicates):
    router.add_router("", part.router)

__all__ = ["field_errors", "may_be_duplicate", "merged", "router", "stale"]
