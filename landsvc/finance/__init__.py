"""Mirror what the tax office states about money; keep the registry's own fees apart from it."""
