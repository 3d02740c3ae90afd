"""Answer officers about blanks of certificates (phôi Giấy chứng nhận) under /api/v1."""

from __future__ import annotations

from datetime import date

from flask import Response

from landsvc.core import clock
from landsvc.core.api import Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import database
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry.certificates import blanks, schemas
from landsvc.registry.certificates.schemas import BlankDone, BlanksOut
from landsvc.registry.edge import ANYBODY, BODY, plain, private

BLANK_KEEPERS = ("processor", "archivist")
"""Who books blanks of their branch."""
BLANK_READERS = ("processor", "checker", "signer", "archivist", "leader", "auditor")
LAST_ENTRIES = 200


def make_api() -> Api:
    """Return the endpoints of blanks."""
    api = Api(
        "blanks",
        tag="Certificates",
        description="Certificates of land (Giấy chứng nhận) of all generations, in two times; blanks; verification.",
        schemas=(BlanksOut, BlankDone),
    )

    @api.get("/blanks", responses={200: plain(BlanksOut), **problems(**ANYBODY)}, security=OFFICER_READS)
    @for_officers(*BLANK_READERS)
    def of_month(query: schemas.BlanksQuery) -> Response:
        """Read the balance of a branch's blanks in a month, and its last entries."""
        actor = officer(*BLANK_READERS)
        month = month_of(query.month)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            branch = blanks.keeper(session, query.branch, actor=actor)
            found = blanks.balance(session, branch, month)
            entries = blanks.entries(session, branch, month, page=LAST_ENTRIES)
        return private(
            BlanksOut(
                branch=branch.code,
                month=f"{month:%Y-%m}",
                entries=[schemas.BlankEntryOut.of(each) for each in entries],
                **{
                    name: getattr(found, name)
                    for name in (
                        *("opening", "received", "used", "spoiled", "lost", "destroyed", "closing"),
                        "spoiled_kept",
                    )
                },
            )
        )

    @api.post(
        "/blanks",
        responses={
            201: plain(BlankDone),
            **problems(
                **ANYBODY,
                **BODY,
                http_409="A blank of these was booked so before, or another branch keeps them.",
                http_422="The branch has not these blanks.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*BLANK_KEEPERS)
    def book(body: schemas.BlankIn) -> Response:
        """Book blanks as received, spoiled, lost or destroyed; issuing a certificate books one as used."""
        actor = officer(*BLANK_KEEPERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            branch = blanks.keeper(session, body.branch, actor=actor)
            number, count = blanks.book_row(
                session,
                branch,
                body.kind,
                body.first,
                body.last,
                on_day=body.day,
                doc_no=body.doc_no,
                note=body.note,
                actor=actor,
            )
        return private(BlankDone(number=number, count=count), 201)

    return api


def month_of(text: str | None) -> date:
    """Return the first day of a month such as `2026-11`; this month without one."""
    return date.fromisoformat(f"{text}-01") if text else clock.today().replace(day=1)
