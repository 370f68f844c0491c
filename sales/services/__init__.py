"""All writes of the ledger."""
