"""A company in which one client costs money."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import User
from clients.criteria.days import add_months
from clients.models import Client
from sales import rollup
from sales.periods import company_today, first_of_month
from scoring.models import TurnaroundCase
from scoring.services.cases import open_case
from tests.clients.registry import register
from tests.sales.ledger import cost, sale


@pytest.fixture
def month() -> date:
    """The first day of this month."""
    return first_of_month(company_today())


@pytest.fixture
def demon(anna: User, month: date) -> Client:
    """Anna's client, who last month ate its margin by delivery, beside six who did not."""
    last = add_months(month, -1)
    for number in range(6):
        peer = register(anna, full_name=f"Peer {number}")
        sale(peer, 1000, last, direct_cost=700)
        cost(peer, 40 + number, last)
    client = register(anna, full_name="Demon <script>")
    sale(client, 1000, last, direct_cost=740)
    cost(client, 300, last)
    rollup.refresh_all()
    return client


@pytest.fixture
def case(dmitri: User, demon: Client) -> TurnaroundCase:
    return open_case(user=dmitri, client_id=demon.pk)
