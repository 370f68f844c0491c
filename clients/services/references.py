"""Reference lists: sources, industries, lines of business."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import validation
from clients.errors import FieldError, Refused
from clients.models.references import Reference
from clients.services.preparing import refuse


@transaction.atomic
def add_reference[Entry: Reference](model: type[Entry], *, user: User, name: str, **facts: Any) -> Entry:
    """Add an entry to a reference list; `facts` are what the list keeps besides the name (`targeted` of a source).

    Raises `Refused` for an empty name or one that is in the list already, `PermissionDenied` without clients.set_rules.
    """
    if not user.has_perm("clients.set_rules"):
        raise PermissionDenied
    try:
        name = validation.text(name, limit=200)
    except validation.BadValue as bad:
        refuse([FieldError("name", bad.code, bad.message)])
    if not name:
        refuse([FieldError("name", "required", _("Give the entry a name."))])
    try:
        with transaction.atomic():
            return model._default_manager.create(name=name, **facts)
    except IntegrityError:  # the index over lower(name) decides, for a race of two as well
        raise Refused([FieldError("name", "taken", _("This list has an entry of that name already."))]) from None
