"""Sales and purchases: a row is a document, or a line of one where several rows carry the same number."""

from sales.imports.documents.kind import SalesKind

__all__ = ["SalesKind"]
