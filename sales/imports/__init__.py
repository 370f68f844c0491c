"""The ledger's kinds of rows for the importer of the registry (clients.imports.kinds)."""
