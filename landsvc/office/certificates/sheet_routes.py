"""Print the sheets of certificates under /api/v1: a proof to look at, and the signed sheet that is kept."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

from flask import Response, render_template
from pydantic import Field

from landsvc.cadastre.drawings.parcel_file import ParcelFile, parcel_file
from landsvc.cadastre.rules import parse_ref
from landsvc.core import clock
from landsvc.core.api import Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.filestore import FileStore
from landsvc.core.printing import PDF, Printer, pdf_answers, pdf_response
from landsvc.core.signing import Signer
from landsvc.core.times import times_of
from landsvc.core.web import database, public_address, settings, vault
from landsvc.identity.actors import Actor
from landsvc.identity.fields import sees
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.office.certificates.sheet import present_certificate, sketch_words
from landsvc.registry.certificates import saying, schemas, service
from landsvc.registry.certificates.rules import Form
from landsvc.registry.certificates.saying import Said
from landsvc.registry.certificates.schemas import CertificatePath, PrintOut
from landsvc.registry.edge import ANYBODY, NUMBER_READERS, READERS, plain, private

SIGNERS = ("signer",)
"""Who signs a sheet: never who issued it."""
MISSING = {"http_404": "There is no such certificate or print."}
REASON = "Cấp Giấy chứng nhận"


class PrintPath(CertificatePath):
    """Which print of which certificate."""

    number: int = Field(ge=1, le=2**62)


def make_api(printer: Printer) -> Api:
    """Return the endpoints that print certificates."""
    api = Api(
        "certificate_sheets",
        tag="Certificates",
        description="Certificates of land (Giấy chứng nhận) of all generations, in two times; blanks; verification.",
        schemas=(schemas.PrintOut,),
    )

    @api.get(
        "/certificates/<serial>/sheet.pdf",
        responses=pdf_answers(
            "A proof of the sheet as it would be printed today, A4, two pages. It bears no signature; numbers of"
            " documents are whole for those only who may read them.",
            **ANYBODY,
            **MISSING,
            http_422="The right of the certificate has ended.",
        ),
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def proof(path: CertificatePath) -> Response:
        """Look at the sheet of a certificate before it is printed and signed."""
        actor = officer(*READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            line, said = saying.said_by(session, vault(), path.serial, actor=actor)
            form = _form(service.get_forms(session), line.form)
        return pdf_response(
            printer, sheet_html(said, form, proof=True, whole=sees(actor.roles, "identity-number")), _name(said)
        )

    @api.post(
        "/certificates/<serial>/prints",
        responses={
            201: plain(PrintOut),
            **problems(
                **ANYBODY,
                **MISSING,
                http_422="It was not issued here, is not in force, or you issued it: somebody else signs.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*SIGNERS)
    def sign(path: CertificatePath) -> Response:
        """Print the sheet of a certificate, sign it, and keep the file."""
        return private(PrintOut.of(print_and_sign(printer, path.serial, officer(*SIGNERS))), 201)

    @api.get(
        "/certificates/<serial>/prints/<int:number>.pdf",
        responses=pdf_answers("The signed sheet as it was printed.", **ANYBODY, **MISSING),
        security=OFFICER_READS,
    )
    @for_officers(*NUMBER_READERS)
    def printed(path: PrintPath) -> Response:
        """Read a signed sheet that was kept: it bears whole numbers."""
        actor = officer(*NUMBER_READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.get_print(session, path.serial, path.number, actor=actor)
        content = FileStore(settings()).read(found.file_sha256)
        headers = {
            "Content-Disposition": f'inline; filename="certificate-{found.id}.pdf"',
            "Cache-Control": "no-store",
        }
        return Response(content, headers=headers, content_type=PDF)

    return api


def print_and_sign(printer: Printer, serial: str, actor: Actor) -> service.Print:
    """Print a certificate, sign it with the office's key, keep the file and that it was printed.

    Raises `ElsewhereIssued`, `CertificateMissing`, `FourEyes`, `SigningKeyMissing`.
    """
    key = Signer(settings())
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        line, said = saying.said_by(session, vault(), serial, actor=actor)
        service.check_printable(line, actor=actor)
        form = _form(service.get_forms(session), line.form)
    name = key.name
    pdf = printer.pdf(sheet_html(said, form, proof=False, signer=actor.name))
    signed = key.sign(pdf, reason=f"{REASON} {said.serial}", place=said.authority)
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        # What was drawn outside a transaction is kept only while it still is what the register says.
        line, again = saying.said_by(session, vault(), serial, actor=actor)
        if again.content_sha256 != said.content_sha256:
            raise service.ChangedWhilePrinted(serial=said.serial)
        kept = FileStore(settings()).keep(signed)
        number = service.keep_print(
            session,
            line,
            content_sha256=said.content_sha256,
            file_sha256=sha256(signed).hexdigest(),
            size_bytes=kept.size_bytes,
            signer=name,
            actor=actor,
        )
        return service.get_print(session, serial, number, actor=actor)


def sheet_html(said: Said, form: Form, *, proof: bool, signer: str = "", whole: bool = True) -> str:
    """Return the page of a certificate's sheet, with a drawing of each parcel that has a map.

    `whole` tells whether numbers of documents are: else only their end is shown, for who may not read them.
    """
    sheet = present_certificate(
        said,
        [_drawn(plot.unit_id) for plot in said.plots if plot.mapped],
        form,
        address=verify_address(said),
        proof=proof,
        signer=signer,
        whole=whole,
    )
    return render_template("pages/office/certificates/sheet_pdf.html", sheet=sheet)


def verify_address(said: Said) -> str:
    """Return where the QR code leads: the code of the paper and the mark of what it says."""
    return f"{public_address()}/verify/{quote(said.verify_id)}?mark={said.mark}"


def _drawn(unit_id: int) -> ParcelFile:
    now = times_of(None, None, now=clock.now(), today=clock.today())
    return parcel_file(database(), parse_ref(f"unit-{unit_id}"), now, settings().srid, sketch_words())


def _form(forms: list[Form], code: str) -> Form:
    return next(form for form in forms if form.code == code)


def _name(said: Said) -> str:
    return f"certificate-{said.serial.replace(' ', '').replace('Đ', 'D')}"
