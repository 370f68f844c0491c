"""The ledger: documents, costs, cost pools, complaints, and what is worked out from them by client and month."""

from sales.models.costs import Complaint, Cost, CostCategory, CostPool, Driver, Fault, PoolWeight, Severity
from sales.models.documents import Document, DocumentKind, DocumentLine, Payment
from sales.models.months import ClientMonth, ClientMonthCost, ClientSales, LedgerMark, LedgerMonth
from sales.models.settings import LedgerCheck, LedgerSettings

__all__ = [
    "ClientMonth",
    "ClientMonthCost",
    "ClientSales",
    "Complaint",
    "Cost",
    "CostCategory",
    "CostPool",
    "Document",
    "DocumentKind",
    "DocumentLine",
    "Driver",
    "Fault",
    "LedgerCheck",
    "LedgerMark",
    "LedgerMonth",
    "LedgerSettings",
    "Payment",
    "PoolWeight",
    "Severity",
]
