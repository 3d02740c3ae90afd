"""Show officers the money that banks and portals told of, and how it stands against what is owed."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.i18n import gettext
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.finance.channels import listing
from landsvc.finance.channels.entries import ListedPayment
from landsvc.identity import web as identity
from landsvc.office.forms import given, page

READERS = ("processor", "checker", "leader", "auditor")
PAGE = 50
ODD = "odd"


def add_channel_payments(blueprint: Blueprint, database: Database) -> None:
    """Add the list of what channels told of."""

    @blueprint.get("/channel-payments")
    def channel_payments() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        only = given("only", 10)
        before = read_cursor(request.args.get("cursor"))
        with database.read_only(EDITOR_ROLE) as session:
            found, more = listing.payments_page(session, before=before, page=PAGE, only_odd=only == ODD)
        return page(
            "channel_payments",
            actor,
            lines=found,
            only=only,
            words=standing_words(),
            told=told_by_tax_office,
            in_vietnamese=i18n.current_language() == "vi",
            money=i18n.money,
            following=write_cursor(found[-1].seq) if more else None,
        )


def standing_words() -> dict[str, tuple[str, str, str]]:
    """Return the mark of each standing and what it says."""
    return {
        "expected": ("pass", "✓", gettext("What was asked for")),
        "amount-differs": ("fail", "≠", gettext("Another amount than asked for")),
        "ended": ("warning", "!", gettext("For a notice that was replaced or cancelled")),
        "unknown": ("untested", "?", gettext("For nothing we know")),
    }


def told_by_tax_office(line: ListedPayment) -> str:
    """Return whether the tax office has told of a payment; of a fee, whether it stands on its order."""
    if line.purpose == "fee":
        return (
            gettext("A fee of this office, on its order") if line.confirmed else gettext("A fee of this office")
        )
    return gettext("Told by the tax office") if line.confirmed else gettext("Not yet told by the tax office")
