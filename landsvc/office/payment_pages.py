"""Show officers the payments somebody must look at, let them place what names no parcel, say who does the rest."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.core.web import vault
from landsvc.finance import service
from landsvc.finance.errors import UnknownPayment
from landsvc.finance.routes import PAYER_READERS
from landsvc.finance.unsettled import service as unsettled
from landsvc.finance.unsettled.entries import KINDS, Span
from landsvc.identity import web as identity
from landsvc.office.forms import Show, again, day_of, given, page, sent

READERS = ("processor", "checker", "leader", "auditor")
PLACERS = ("processor",)
HOME = "/office/payments"
DAYS, MOST_DAYS, PAGE = 90, 366, 50


def add_payments(blueprint: Blueprint, database: Database) -> None:
    """Add the lists of payments that are not settled, the page of one, and what is done there."""
    _add_lists(blueprint, database)
    _add_payment(blueprint, database)
    _add_forms(blueprint, database)


def _add_lists(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/payments")
    def unsettled_payments() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        span, kind = _span(), given("show", 10) or KINDS[0]
        if kind not in KINDS:
            raise InvalidInput(
                field="show", reason=gettext("It must be one of %(names)s.", names=", ".join(KINDS))
            )
        before = read_cursor(request.args.get("cursor"))
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            counts = unsettled.counts(session, span)
            lines, more = unsettled.payments_page(session, kind, span, before=before, page=PAGE, actor=actor)
            offices = unsettled.offices(session)
        filtered = {"since": span.since, "until": span.until} | ({"office": span.office} if span.office else {})
        return page(
            "payments",
            actor,
            kind=kind,
            kinds=kind_words(),
            counts=counts,
            lines=lines,
            span=span,
            today=clock.today(),
            offices=sorted({*offices, *([span.office] if span.office else [])}),
            address={each: f"{HOME}?{urlencode({'show': each, **filtered})}" for each in KINDS},
            following=write_cursor(lines[-1].key) if more else None,
            states=state_words(),
        )


def _add_payment(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/payments/<int:payment>")
    def unsettled_payment(payment: int) -> ResponseReturnValue:
        identity.officer(*READERS)
        return _shown(database, payment)({})


def _add_forms(blueprint: Blueprint, database: Database) -> None:
    @blueprint.post("/payments/<int:payment>/place")
    def place_payment(payment: int) -> ResponseReturnValue:
        actor = identity.officer(*PLACERS)
        try:
            parcel, reason = _needed("parcel", 200), _needed("reason", 500)
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.place_payment(session, database, vault(), _number(payment), parcel, reason, actor=actor)
        except LandsvcError as error:
            return again(error, _shown(database, payment))
        return redirect(f"{HOME}/{payment}?done=placed", 303)

    @blueprint.post("/payments/<int:payment>/payer")
    def read_payer(payment: int) -> ResponseReturnValue:
        # A form, not a link: each look leaves a trace, and none is made by going back or ahead in the browser.
        actor = identity.officer(*PAYER_READERS)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            number = service.payer_of(session, vault(), _number(payment), actor=actor)
        return _shown(database, payment, payer=number or gettext("The tax office did not say it."))({})


def _shown(database: Database, payment: int, payer: str | None = None) -> Show:
    actor = identity.officer(*READERS)
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        found = service.get_payment(session, vault(), _number(payment), actor=actor)
        lines = unsettled.lines_of(session, payment)
    return lambda problem: page(
        "payment",
        actor,
        payment=found,
        lines=lines,
        off_vnd=found.amount_vnd - sum(each.vnd for each in lines),
        states=state_words(),
        payer=payer,
        problem=problem,
        form=request.form,
        done=given("done", 10) == "placed",
        may_place=bool(actor.roles & set(PLACERS)) and found.unit_id is None,
        may_read_payer=bool(actor.roles & set(PAYER_READERS)) and payer is None,
    )


def kind_words() -> dict[str, tuple[str, str, str]]:
    """Return for each kind what it is called, what it means, and who does what."""
    theirs = gettext("The tax office settles it: it moves the money by its own document.")
    return {
        "unplaced": (
            gettext("For no parcel we know"),
            gettext("Nobody knows yet which parcel these are for."),
            gettext("A processor says which parcel it is for, and how that is known."),
        ),
        "unmatched": (
            gettext("On no notice"),
            gettext("All or some of these stands on no line of a notice: they name none, or one not here."),
            gettext("It goes on its line by itself when the notice comes. Else the tax office settles it."),
        ),
        "overpaid": (
            gettext("Paid too much"),
            gettext("With these a line got more than it asks; the amount is what is too much."),
            gettext("The tax office settles it: it moves the money by its own document, or pays it back."),
        ),
        "ended": (
            gettext("On a notice no more in force"),
            gettext("The notice these stand on is cancelled, or was replaced by one without such a line."),
            theirs,
        ),
        "late": (
            gettext("Paid late"),
            gettext("These came after the day their part was due; the amount is what came late."),
            gettext("Nothing to do here: what lateness costs is the tax office's to say, by a notice."),
        ),
    }


def state_words() -> dict[str | None, str]:
    """Return how a line stands, in words."""
    return {
        "ISSUED": gettext("nothing paid"),
        "PARTIAL": gettext("partly paid"),
        "PAID": gettext("paid"),
        "OVERPAID": gettext("overpaid"),
        "CANCELLED": gettext("cancelled"),
        "REPLACED": gettext("replaced"),
    }


def _span() -> Span:
    """Return which days of payment are asked for: the last ninety without any, at most a year."""
    until = day_of(given("until", 10), "until") or clock.today()
    since = day_of(given("since", 10), "since") or until - timedelta(days=DAYS - 1)
    if since > until:
        raise InvalidInput(field="since", reason=gettext("The first day comes after the last."))
    if (until - since).days >= MOST_DAYS:
        raise InvalidInput(field="since", reason=gettext("At most %(days)s days at a time.", days=MOST_DAYS))
    return Span(since, until, given("office", 64) or None)


def _needed(name: str, most: int) -> str:
    text = sent(name, most)
    if not text:
        raise InvalidInput(field=name, reason=gettext("It is required."))
    return text


def _number(payment: int) -> int:
    if not 0 < payment < 2**63:
        raise UnknownPayment(field="payment", number=payment)
    return payment
