"""List what channels told of, the newest first, each as it stands now."""

from __future__ import annotations

from sqlalchemy.orm import Session

from landsvc.finance.channels import queries
from landsvc.finance.channels.entries import ListedPayment

NEWEST = 2**62


def payments_page(
    session: Session, *, before: int | None, page: int, only_odd: bool
) -> tuple[list[ListedPayment], bool]:
    """Return one page of payments and whether others follow.

    `only_odd`: those that were not what was asked for when they came, and are not now.
    """
    found = queries.listed_payments(session, before=before or NEWEST, most=page + 1, odd=only_odd)
    return found[:page], len(found) > page
