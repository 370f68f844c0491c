"""What services answer, in tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clients.errors import Refused


def refusal(run: Callable[[], Any]) -> dict[str, str]:
    """Return the codes by field with which something is refused."""
    with pytest.raises(Refused) as refused:
        run()
    return {error.field: error.code for error in refused.value.errors}
