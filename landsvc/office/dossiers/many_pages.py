"""Receive many releases of one bank on a page, and print their combined receipt."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from landsvc.core import clock, i18n
from landsvc.core.api import Api, QueryModel, Text
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.printing import Printer, pdf_answers, pdf_response
from landsvc.core.problem import problem_body
from landsvc.core.web import database as web_database
from landsvc.core.web import public_address, settings, vault
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers, officer
from landsvc.office.dossiers import words
from landsvc.office.forms import again, clean, page, sent
from landsvc.office.procedure_pages import chosen, name_of
from landsvc.registry.dossiers import procedures, receiving
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.model import FORMS, Applicant, Application, Paper
from landsvc.registry.dossiers.receiving import MOST_ROWS, Asked
from landsvc.registry.dossiers.receiving_routes import receipts_path
from landsvc.registry.dossiers.routes import ANYBODY, RECEIVERS

PROCEDURE = "XC"
MOST_LETTERS = 20_000


class ReceiptsQuery(QueryModel):
    """Which dossiers."""

    dossiers: Annotated[Text, Field(min_length=1, max_length=5000)] = Field(
        description="Their codes, with commas between: 200 at most."
    )


def make_api(printer: Printer) -> Api:
    """Return the endpoint that prints the combined receipt."""
    api = Api(
        "dossier-receipts",
        tag="Dossiers",
        description="Procedures of registration and the dossiers (hồ sơ) that follow them.",
    )

    @api.get(
        "/dossier-receipts.pdf",
        responses=pdf_answers("The receipt, A4.", **ANYBODY, http_404="One of them does not exist."),
        security=OFFICER_READS,
    )
    @for_officers(*RECEIVERS)
    def print_receipts(query: ReceiptsQuery) -> Response:
        """Print one receipt for many dossiers, each with its appointment and the secret it is followed by. Traced."""
        codes = list(dict.fromkeys(filter(None, (each.strip() for each in query.dossiers.split(",")))))
        if len(codes) > MOST_ROWS:
            raise InvalidInput(field="dossiers", reason=gettext("At most %(most)s at once.", most=MOST_ROWS))
        actor = officer(*RECEIVERS)
        with web_database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = receiving.receipts(session, codes, actor=actor)
        branch = actor.branches[0] if actor.branches else None
        html = render_template(
            "pages/office/dossiers/receipts_pdf.html",
            office=settings().office_name or (chosen(branch.name_vi, branch.name_en) if branch else ""),
            lines=[(each, chosen(each.procedure_vi, each.procedure_en)) for each in found],
            applicants=", ".join(dict.fromkeys(each.applicant for each in found)),
            address=f"{public_address()}/dossiers",
            made_on=i18n.day(clock.now().astimezone(OFFICE_ZONE).date()),
            language=i18n.current_language(),
            moment=_moment,
        )
        return pdf_response(printer, html, "receipts")

    return api


def add_many(blueprint: Blueprint, database: Database, effects: Effects) -> None:
    """Add the page on which many releases are received."""

    @blueprint.get("/dossiers/many")
    def many() -> ResponseReturnValue:
        return _form(database, identity.officer(*RECEIVERS), None)

    @blueprint.post("/dossiers/many")
    def receive_many() -> ResponseReturnValue:
        actor = identity.officer(*RECEIVERS)
        try:
            rows, asked = _rows(), _asked()
        except LandsvcError as error:
            return again(error, lambda problem: _form(database, actor, problem))
        key = f"form-{sent('key', 60) or secrets.token_urlsafe(12)}"
        taken = receiving.receive_many(database, vault(), rows, asked, key=key, actor=actor, effects=effects)
        codes = [each.dossier for each in taken if each.dossier]
        left = [each.text for each in taken if each.error]
        return page(
            "dossiers/received",
            actor,
            lines=[
                (each, problem_body(each.error, instance=request.path) if each.error else None) for each in taken
            ],
            received=len(codes),
            receipts=receipts_path(codes) if codes else "",
            left="\n".join(left),
        )


def _form(database: Database, actor: Actor, problem: Mapping[str, Any] | None) -> str:
    with database.read_only(EDITOR_ROLE) as session:
        found = procedures.get_procedure(session, PROCEDURE, clock.today())
    return page(
        "dossiers/many",
        actor,
        heading=name_of(found.facts),
        papers=[
            (each.document, name_of(each), each.needed == "always", chosen(each.when_vi, each.when_en))
            for each in found.documents
        ],
        forms=words.forms(),
        filled=request.form,
        problem=problem,
        most=MOST_ROWS,
        key=secrets.token_urlsafe(12),
    )


def _rows() -> list[str]:
    """Return the first cell of each line that was typed or stands in the file; raise `InvalidInput`.

    A line whose first cell has no digit is a heading.
    """
    file = request.files.get("file")
    text = sent("rows", MOST_LETTERS)
    if file is not None and file.filename:
        # Spreadsheets write UTF-8 with a mark, or the code page of the machine: codes are the same in each.
        text += "\n" + clean(
            file.stream.read(MOST_LETTERS * 10).decode("utf-8-sig", "replace"), MOST_LETTERS * 10
        )
    cells = [_first(line) for line in text.splitlines()]
    rows = list(dict.fromkeys(cell for cell in cells if any(letter.isdigit() for letter in cell)))
    if not rows:
        raise InvalidInput(field="rows", reason=gettext("Name at least one mortgage or parcel."))
    if len(rows) > MOST_ROWS:
        raise InvalidInput(field="rows", reason=gettext("At most %(most)s at once.", most=MOST_ROWS))
    return rows


def _first(line: str) -> str:
    line = line[:1000]
    for mark in (";", "\t", ","):
        line = next(iter(next(csv.reader(io.StringIO(line), delimiter=mark), [])), "")
    return line.strip()[:300]


def _asked() -> Asked:
    """Return what all rows have in common; raise `InvalidInput` without an applicant."""
    name = sent("applicant")
    if not name:
        raise InvalidInput(field="applicant", reason=gettext("It is required."))
    people = [Applicant(name, "applicant", sent("contact") or None)]
    if sent("representative"):
        people.append(Applicant(sent("representative"), "representative"))
    papers = [
        Paper(field.removeprefix("paper-"), value)
        for field, value in request.form.items()
        if field.startswith("paper-") and value in FORMS
    ]
    application = Application(
        procedure=PROCEDURE,
        case="",
        units=(),
        applicants=tuple(people),
        papers=tuple(papers),
        return_by="post" if sent("returnBy") == "post" else "counter",
    )
    return Asked(application, sent("party", 24).upper() or None)


def _moment(at: Any) -> str:
    return f"{at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}" if at else "–"
