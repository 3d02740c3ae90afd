"""Judge what a payment says: pure functions, no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

FIRST_PAID_AT = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(minutes=5)
"""How far another house's clock may run before ours."""
SHOWN_OF_PAYER = 4


def is_plausible(paid_at: datetime, now: datetime) -> bool:
    """Return whether money can have been paid at an instant (aware), as seen from now."""
    return FIRST_PAID_AT <= paid_at <= now + CLOCK_SKEW


def masked(payer_ref: str | None) -> str | None:
    """Return a payer's number with all but its end hidden: enough to compare with a paper, too little to pass on."""
    if payer_ref is None or len(payer_ref) <= SHOWN_OF_PAYER:
        return payer_ref and "•" * len(payer_ref)
    return "•" * (len(payer_ref) - SHOWN_OF_PAYER) + payer_ref[-SHOWN_OF_PAYER:]


def whole_vnd(amount: Fraction | Decimal | int) -> int:
    """Return an amount in whole đồng, halves up; never through a float."""
    return floor(Fraction(amount) + Fraction(1, 2))
