"""The company of docs/profitability.md, and the one in which a client costs money."""

from __future__ import annotations

from tests.scoring.cases.conftest import case, demon, month
from tests.scoring.test_paper import six

__all__ = ["case", "demon", "month", "six"]
