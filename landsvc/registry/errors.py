"""Say what can go wrong with transactions."""

from __future__ import annotations

from landsvc.core.errors import NotFound


class TransactionNotFound(NotFound):
    """No transaction has this code. 404."""

    slug = "transaction-not-found"
    title = "There is no such transaction"
    detail = "No transaction is called {code}."
    remedy = "Check the code, such as GD-2026-000001."
