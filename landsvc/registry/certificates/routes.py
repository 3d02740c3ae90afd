"""Answer officers about certificates under /api/v1, and anybody whether one is true."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response
from sqlalchemy.orm import Session

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.rules import parse_ref
from landsvc.cadastre.schemas import ParcelPath
from landsvc.core.api import Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.errors import LandsvcError
from landsvc.core.web import database, settings
from landsvc.identity.actors import Actor
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry import edge
from landsvc.registry import service as registry
from landsvc.registry.certificates import schemas, service
from landsvc.registry.certificates.proving import verified
from landsvc.registry.certificates.schemas import (
    CertificateDone,
    CertificateLineOut,
    CertificateOut,
    CertificatePath,
)
from landsvc.registry.edge import ANYBODY, BODY, READERS, WRITERS, GroundsBody, plain, private
from landsvc.registry.records import Record, add_record, day_of

MISSING = {"http_404": "There is no such certificate or parcel."}
SEVERAL = {
    "http_300": "Several parcels have this number; `candidates` lists them.",
    "http_410": "The parcel is retired; `successors` names what came of it.",
}
REFUSED = {
    "http_409": "The right has a certificate, the serial number is known, or no line is free.",
    "http_422": "A rule refuses this: no blank, no such right, a certificate that is not in force.",
}
OFFICE = "Văn phòng đăng ký đất đai"
FIRST, RENEWED, CORRECTED, NOTED, WITHDRAWN = "DKLD", "CL", "SN", "HC", "TGS"
CLOSED = {"replaced": RENEWED, "lost": RENEWED, "withdrawn": WITHDRAWN}
TITLES = {
    "issue": "Cấp Giấy chứng nhận",
    "enter": "Nhập Giấy chứng nhận đã cấp",
    "annotation": "Xác nhận thay đổi trên Giấy chứng nhận",
    "correction": "Đính chính Giấy chứng nhận",
    "replaced": "Thu hồi Giấy chứng nhận do cấp đổi, chuyển quyền",
    "lost": "Hủy Giấy chứng nhận do bị mất",
    "withdrawn": "Thu hồi Giấy chứng nhận cấp không đúng quy định",
}


def make_api() -> Api:
    """Return the endpoints of certificates."""
    api = Api(
        "certificates",
        tag="Certificates",
        description="Certificates of land (Giấy chứng nhận) of all generations, in two times; blanks; verification.",
        schemas=(
            *(schemas.CertificateOut, schemas.CertificatesOut, schemas.CertificateDone, schemas.FormsOut),
            schemas.VerifyOut,
        ),
    )
    _add_reads(api)
    _add_new(api)
    _add_changes(api)
    _add_verify(api)
    return api


def _add_reads(api: Api) -> None:
    @api.get(
        "/certificates/<serial>",
        responses={200: plain(CertificateOut), **problems(**ANYBODY, **MISSING)},
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def certificate(path: CertificatePath, query: schemas.CertificateQuery) -> Response:
        """Read a certificate with its annotations, its history and its prints."""
        actor, times = officer(*READERS), edge.times(query)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            return private(CertificateOut.of(service.get_certificate(session, path.serial, times, actor=actor)))

    @api.get(
        "/parcels/<ref>/certificates",
        responses={200: plain(schemas.CertificatesOut), **problems(**ANYBODY, **MISSING, **SEVERAL)},
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def of_parcel(path: ParcelPath, query: schemas.CertificateQuery) -> Response:
        """Read the certificates of a parcel, those in force first."""
        actor, times, ref = officer(*READERS), edge.times(query), parse_ref(path.ref)
        unit_id = cadastre.find_unit(database(), ref, times if times.past else None).unit_id
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.certificates_on(session, unit_id, times, actor=actor)
        shown = [CertificateLineOut.of(each) for each in found]
        return private(schemas.CertificatesOut(ref=str(ref), certificates=shown))

    @api.get(
        "/certificate-forms",
        responses={200: plain(schemas.FormsOut), **problems(**ANYBODY)},
        security=OFFICER_READS,
    )
    @for_officers()
    def forms() -> Response:
        """List the generations of certificates with their serial formats and the lines they have for annotations."""
        with database().read_only(EDITOR_ROLE) as session:
            found = service.get_forms(session)
        shown = [
            schemas.FormOut(
                code=each.code,
                name=each.name_vi,
                name_en=each.name_en,
                serial_pattern=each.serial_pattern,
                issued_from=each.issued_from,
                issued_until=each.issued_until,
                entry_lines=each.entry_lines,
                uses_blank=each.uses_blank,
            )
            for each in found
        ]
        return private(schemas.FormsOut(forms=shown))


def _add_new(api: Api) -> None:
    answers = {201: plain(CertificateDone), **problems(**ANYBODY, **BODY, **MISSING, **REFUSED)}

    @api.post("/certificates", responses=answers, security=OFFICER_WRITES)
    @for_officers(*WRITERS)
    def issue(body: schemas.CertificateIn) -> Response:
        """Issue a certificate on a blank of the branch; printing and signing it is another step."""
        actor, since = officer(*WRITERS), day_of(body.since, "since")
        given = service.CertificateGiven(
            right=body.right,
            authority=body.authority or settings().office_name or OFFICE,
            serial=body.serial,
            party=body.party,
            unit=unit_of(body.parcel),
            book_no=body.book_no,
            replaces=body.replaces,
        )
        kind = body.variation or (RENEWED if body.replaces else FIRST)
        return _done(
            actor,
            body.grounds,
            "issue",
            kind,
            lambda session, record: (
                service.issue(session, given, since=since, record=record, actor=actor),
                None,
            ),
        )

    @api.post("/entered-certificates", responses=answers, security=OFFICER_WRITES)
    @for_officers(*WRITERS)
    def enter(body: schemas.CertificateEntered) -> Response:
        """Enter a certificate from a paper that was issued before, of any generation."""
        actor = officer(*WRITERS)
        given = service.CertificateGiven(
            right=body.right,
            authority=body.authority,
            serial=body.serial,
            party=body.party,
            unit=unit_of(body.parcel),
            book_no=body.book_no,
            issued_on=day_of(body.issued_on, "issuedOn"),
        )
        return _done(
            actor,
            body.grounds,
            "enter",
            FIRST,
            lambda session, record: (service.enter(session, given, record=record, actor=actor), None),
        )


def unit_of(ref: str | None) -> int | None:
    """Return the current unit of a reference; raise as the public look-up does."""
    if ref is None:
        return None
    try:
        return cadastre.find_unit(database(), parse_ref(ref), None).unit_id
    except LandsvcError as error:
        error.field = "parcel"
        raise


def _add_changes(api: Api) -> None:
    answers = {201: plain(CertificateDone), **problems(**ANYBODY, **BODY, **MISSING, **REFUSED)}

    @api.post("/certificates/<serial>/entries", responses=answers, security=OFFICER_WRITES)
    @for_officers(*WRITERS)
    def annotate(path: CertificatePath, body: schemas.EntryIn) -> Response:
        """Annotate or correct a certificate at its next free line."""
        actor, since = officer(*WRITERS), day_of(body.since, "since")

        def write(session: Session, record: Record) -> tuple[str, service.Noted]:
            noted = service.annotate(
                session,
                path.serial,
                body.said.strip(),
                since=since,
                record=record,
                actor=actor,
                right=body.right,
                kind=body.kind,
            )
            return noted.serial, noted

        kind = body.variation or (CORRECTED if body.kind == service.CORRECTION else NOTED)
        return _done(actor, body.grounds, body.kind, kind, write)

    @api.post("/certificates/<serial>/states", responses=answers, security=OFFICER_WRITES)
    @for_officers(*WRITERS)
    def close(path: CertificatePath, body: schemas.StateIn) -> Response:
        """Take a certificate out of force: replaced, lost or withdrawn."""
        actor, since = officer(*WRITERS), day_of(body.since, "since")
        return _done(
            actor,
            body.grounds,
            body.state,
            body.variation or CLOSED[body.state],
            lambda session, record: (
                service.close(session, path.serial, body.state, since=since, record=record, actor=actor).serial,
                None,
            ),
        )


def _add_verify(api: Api) -> None:
    @api.get(
        "/verify/<id>",
        responses={
            200: plain(schemas.VerifyOut),
            **problems(http_404="No paper of this register bears this code."),
        },
    )
    def verify(path: schemas.VerifyPath, query: schemas.VerifyQuery) -> Response:
        """Verify a paper by the code in its QR: ours, unaltered, still true. It names no person."""
        return private(verified(path.id, query.mark, query.file))


Write = Callable[[Session, Record], tuple[str, service.Noted | None]]


def _done(actor: Actor, grounds: GroundsBody, title: str, variation: str, write: Write) -> Response:
    """Carry out a change under a record and register it as a transaction, in one unit of work."""
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        record = add_record(session, TITLES[title], grounds.to_domain(), actor=actor, kind=grounds.kind)
        serial, noted = write(session, record)
        units = service.get_line(session, serial).units
        code = registry.register_change(session, variation, sorted(units), record=record, actor=actor)
    return private(
        CertificateDone(
            serial=serial,
            transaction=code,
            record=record.code,
            line_from=noted.line_from if noted else None,
            lines=noted.lines if noted else None,
        ),
        201,
    )
