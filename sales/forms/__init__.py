"""The forms of the ledger. They hand on what was typed, as it was typed; the services read it."""
