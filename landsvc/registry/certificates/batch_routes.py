"""Answer officers about printing certificates of a commune at once, and about printers, under /api/v1."""

from __future__ import annotations

from flask import Response

from landsvc.core.api import Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import database
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry.certificates import batch_schemas, batches, blanks
from landsvc.registry.certificates.batch_schemas import PrintBatchesOut, PrintBatchOut, PrintersOut
from landsvc.registry.edge import ANYBODY, BODY, plain, private

SIGNERS = ("signer",)
BATCH_READERS = ("processor", "checker", "signer", "archivist", "auditor")
PRINTER_KEEPERS = ("processor", "archivist")
LAST_BATCHES = 50


def make_api() -> Api:
    """Return the endpoints of batches and printers."""
    api = Api(
        "certificate_batches",
        tag="Certificates",
        description="Certificates of land (Giấy chứng nhận) of all generations, in two times; blanks; verification.",
        schemas=(PrintBatchesOut, PrintBatchOut, PrintersOut),
    )
    _add_batches(api)
    _add_printers(api)
    return api


def _add_batches(api: Api) -> None:
    @api.post(
        "/print-batches",
        responses={
            201: plain(PrintBatchOut),
            **problems(**ANYBODY, **BODY, http_409="No certificate of the commune waits to be printed."),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*SIGNERS)
    def ask(body: batch_schemas.PrintBatchIn) -> Response:
        """Have all certificates of a commune that wait printed and signed, one after the other, by the worker."""
        actor = officer(*SIGNERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = batches.get_batch(session, batches.ask_batch(session, body.commune, actor=actor))
        return private(shown(found), 201)

    @api.get(
        "/print-batches",
        responses={200: plain(PrintBatchesOut), **problems(**ANYBODY)},
        security=OFFICER_READS,
    )
    @for_officers(*BATCH_READERS)
    def last() -> Response:
        """List the last batches with how far they are."""
        with database().unit_of_work(EDITOR_ROLE, officer(*BATCH_READERS)) as session:
            found = batches.list_batches(session, LAST_BATCHES)
        lines = [
            batch_schemas.PrintBatchLineOut(
                number=each.id,
                commune=each.commune,
                asked_by=each.account_name,
                asked_at=each.asked_at,
                certificates=each.all_of,
                done=each.done,
                failed=each.failed,
            )
            for each in found
        ]
        return private(PrintBatchesOut(batches=lines))

    @api.get(
        "/print-batches/<int:number>",
        responses={200: plain(PrintBatchOut), **problems(**ANYBODY, http_404="There is no such batch.")},
        security=OFFICER_READS,
    )
    @for_officers(*BATCH_READERS)
    def one(path: batch_schemas.PrintBatchPath) -> Response:
        """Read how far a batch is: which certificates are printed, and what stood against others."""
        with database().unit_of_work(EDITOR_ROLE, officer(*BATCH_READERS)) as session:
            return private(shown(batches.get_batch(session, path.number)))


def _add_printers(api: Api) -> None:
    @api.get("/printers", responses={200: plain(PrintersOut), **problems(**ANYBODY)}, security=OFFICER_READS)
    @for_officers(*BATCH_READERS)
    def printers(query: batch_schemas.PrintersQuery) -> Response:
        """List the printers of a branch with how far what they print must be moved."""
        actor = officer(*BATCH_READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            branch = blanks.keeper(session, query.branch, actor=actor)
            return private(_printers(branch.code, batches.offsets(session, branch)))

    @api.post(
        "/printers",
        responses={
            201: plain(PrintersOut),
            **problems(**ANYBODY, **BODY, http_409="Another branch keeps this printer."),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*PRINTER_KEEPERS)
    def set_offset(body: batch_schemas.PrinterIn) -> Response:
        """Enter how far off a printer prints, measured on its test page."""
        actor = officer(*PRINTER_KEEPERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            branch = blanks.keeper(session, body.branch, actor=actor)
            batches.set_offset(session, branch, body.printer, body.right_mm, body.down_mm, actor=actor)
            return private(_printers(branch.code, batches.offsets(session, branch)), 201)


def shown(found: batches.Batch) -> PrintBatchOut:
    """Shape a batch."""
    head = batch_schemas.PrintBatchLineOut(
        number=found.head.id,
        commune=found.head.commune,
        asked_by=found.head.account_name,
        asked_at=found.head.asked_at,
        certificates=len(found.items),
        done=found.done,
        failed=found.failed,
    )
    return PrintBatchOut(
        batch=head,
        items=[
            batch_schemas.PrintBatchItemOut(
                serial=each.serial, print=each.print_id, problem=each.problem, done_at=each.done_at
            )
            for each in found.items
        ],
    )


def _printers(branch: str, found: list[batches.Offset]) -> PrintersOut:
    return PrintersOut(
        branch=branch,
        printers=[
            batch_schemas.PrinterOut(
                printer=each.printer,
                right_mm=each.right_mm,
                down_mm=each.down_mm,
                by=each.made_by,
                at=each.at,
            )
            for each in found
        ],
    )
