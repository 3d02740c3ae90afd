"""Say what can go wrong with transactions."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import InvalidInput, NotFound


class TransactionNotFound(NotFound):
    """No transaction has this code. 404."""

    slug = "transaction-not-found"
    title = "There is no such transaction"
    detail = "No transaction is called {code}."
    remedy = "Check the code, such as GD-2026-000001."


class VariationUnknown(InvalidInput):
    """No kind of transaction has this code. 400."""

    slug = "variation-unknown"
    title = "There is no such kind of variation"
    detail = "The list of variations does not have this code."
    remedy = "Use a code of the list (mã loại biến động), such as CN, or leave it out."


on_violation("transaction_kind_fkey", lambda _facts: VariationUnknown(field="variation"))
