"""The page of profitability as paper: what stands on it (contents), how it looks (template), who prints it (press)."""
