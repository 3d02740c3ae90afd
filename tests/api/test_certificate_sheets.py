"""The sheet of a certificate: printed, signed by somebody else, kept, and verified by its QR code and its file."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from landsvc.core import signing
from landsvc.registry.dossiers.keeping import papers_beside
from tests.factories import cadastre as make
from tests.factories.cadastre import box, polygon
from tests.factories.drafts import rules
from tests.factories.rights import PAPER, Registry
from tests.factories.wire import words_of_pdf

from conftest import application, settings_for, sign_client_in

REF = "25195-12-7"


@pytest.fixture(scope="module")
def settings(module_db, tmp_path_factory):
    settings = settings_for(
        module_db, DATA=str(tmp_path_factory.mktemp("data")), OFFICE_NAME="Chi nhánh Bình Phước"
    )
    assert signing.make_trial_key(settings)
    return settings


@pytest.fixture(scope="module")
def app(settings):
    with psycopg.connect(settings.database_url) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        shape = polygon((0, 0), (2.5, 31.2), (21.4, 33.75), (24.1, 12.3), (26.05, -1.4))
        make.parcel(conn, shape, number="7", series_id=sheet)
        make.parcel(conn, box(-30, 0, 25, 30), number="8", series_id=sheet)
        make.parcel(conn, box(30, 0, 25, 30), number="9", series_id=sheet)
        make.parcel(conn, box(60, 0, 25, 30), number="10", series_id=sheet)
    with application(settings) as app:
        yield app


@pytest.fixture(scope="module")
def office(app):
    client = app.test_client()
    sign_client_in(client, "processor")
    registry = Registry(client)
    registry.post(
        "/blanks",
        {"kind": "received", "first": "AA 00001201", "last": "AA 00001300", "docNo": "PN-1", "day": "2026-01-02"},
    )
    return registry


@pytest.fixture(scope="module")
def serial(office):
    holders = {
        office.party(
            name,
            bornYear=year,
            sex=sex,
            documents=[{"kind": "cccd", "number": number}],
            address="Khu phố Phú Thịnh",
        ): None
        for name, year, sex, number in (
            ("Nguyễn Văn Ánh", 1975, "male", "079075001234"),
            ("Trần Thị Ngọc Diễm", 1979, "female", "079179004321"),
        )
    }
    right = office.right([REF], holders, terms={"form": "common", "termUntil": "2063-10-15"})["right"]
    bank = office.party("Ngân hàng Nông nghiệp", kind="organisation")
    office.right([REF], {bank: None}, kind="mortgage", terms={"amountVnd": 1_250_000_000})
    body = {"right": right, "bookNo": "CS 01234", "grounds": PAPER, "since": "2026-02-01"}
    return office.post("/certificates", body)["serial"]


@pytest.fixture(scope="module")
def signer(app):
    client = app.test_client()
    sign_client_in(client, "signer")
    return Registry(client)


@pytest.fixture(scope="module")
def printed(signer, serial):
    return signer.post(f"/certificates/{serial}/prints", {})


def file_of(office, serial: str, number: int) -> bytes:
    answer = office.client.get(f"/api/v1/certificates/{serial}/prints/{number}.pdf")
    assert answer.status_code == 200, answer.text
    return answer.data


def test_the_sheet_names_holders_land_limits_corners_and_neighbours(office, serial):
    answer = office.client.get(f"/api/v1/certificates/{serial}/sheet.pdf")
    assert answer.status_code == 200, answer.text
    text = words_of_pdf(answer.data)
    for said in (
        *("Ông Nguyễn Văn Ánh", "079075001234", "Bà Trần Thị Ngọc Diễm", "Thửa đất số 7, tờ bản đồ số 12"),
        *("15/10/2063", "Sử dụng chung", "Thế chấp: Ngân hàng Nông nghiệp", "1.250.000.000", "CS 01234", serial),
        *("Chi nhánh Bình Phước", "BẢN XEM TRƯỚC", "Tỷ lệ 1:", "1275033,750", "31,30"),
    ):
        assert said in text, said


def test_what_holders_own_on_the_land_stands_on_the_sheet_and_what_others_own_does_not(office):
    ref = "25195-12-10"
    who, other = office.party("Lý Văn Chủ"), office.party("Tô Thị Khác")
    right = office.right([ref], {who: None})["right"]
    serial = office.post("/certificates", {"right": right, "grounds": PAPER, "since": "2026-02-01"})["serial"]

    def sheet(number: str = serial) -> str:
        return words_of_pdf(office.client.get(f"/api/v1/certificates/{number}/sheet.pdf").data)

    assert "-/-" in sheet()
    house = {"purpose": "Nhà ở riêng lẻ, 2 tầng, diện tích sàn 186,4 m²", "form": "private"}
    office.right([ref], {who: None}, kind="asset", terms=house)
    theirs = office.right([ref], {other: None}, kind="asset", terms={"purpose": "Nhà xưởng"})["right"]
    words = sheet()
    for said in ("Tên tài sản", "Nhà ở riêng lẻ, 2 tầng, diện tích sàn 186,4 m²", "Sở hữu riêng"):
        assert said in words
    assert "Nhà xưởng" not in words
    body = {"right": theirs, "grounds": PAPER, "since": "2026-02-01"}
    own = sheet(office.post("/certificates", body)["serial"])
    assert ("Tô Thị Khác" in own, "Nhà xưởng" in own, "Nhà ở riêng lẻ" in own) == (True, True, False)


def test_the_signed_sheet_is_kept_and_its_signature_covers_it(office, settings, serial, printed):
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    pdf = file_of(office, serial, printed["number"])
    assert sha256(pdf).hexdigest() == printed["fileSha256"]
    taken = papers_beside(settings.data_dir, settings.database_url)
    assert printed["fileSha256"] in {each.sha256 for each in taken}
    assert "BẢN XEM TRƯỚC" not in words_of_pdf(pdf)
    _, certificate, _ = pkcs12.load_key_and_certificates(signing.file_of(settings).read_bytes(), None)
    ours = list(load_certs_from_pemder_data(certificate.public_bytes(Encoding.DER)))
    trusted = ValidationContext(trust_roots=ours, allow_fetching=False)
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    status = validate_pdf_signature(signature, trusted)
    assert (status.intact, status.valid, status.trusted, status.coverage.name) == (
        True,
        True,
        True,
        "ENTIRE_FILE",
    )


def test_a_changed_byte_or_another_mark_is_told_from_the_sheet_we_signed(office, app, serial, printed):
    pdf = file_of(office, serial, printed["number"])
    with psycopg.connect(app.extensions["landsvc"].settings.database_url) as conn:
        query = "SELECT verify_id FROM registry.certificate WHERE serial = %s"
        code = conn.execute(query, [serial]).fetchone()[0]
    anybody = app.test_client()

    def verdict(**query: str) -> str:
        return anybody.get(f"/api/v1/verify/{code}", query_string=query).json["verdict"]

    altered = pdf[:900] + bytes([pdf[900] ^ 1]) + pdf[901:]
    assert verdict(mark=printed["mark"][:16], file=sha256(pdf).hexdigest()) == "valid"
    assert verdict(file=sha256(altered).hexdigest()) == "altered"
    assert verdict(mark=printed["mark"][:15] + ("0" if printed["mark"][15] != "0" else "1")) == "altered"


def test_who_issued_a_certificate_does_not_sign_it(app, office, serial):
    client = app.test_client()
    sign_client_in(client, "processor", "signer")
    both = Registry(client)
    right = both.right(["25195-12-8"], {both.party(): None})["right"]
    own = both.post("/certificates", {"right": right, "grounds": PAPER, "since": "2026-02-01"})["serial"]
    assert both.post(f"/certificates/{own}/prints", {}, 422)["code"] == "certificate-four-eyes"
    assert office.post(f"/certificates/{serial}/prints", {}, 403)["code"] == "role-needed"


def test_without_a_key_nothing_is_signed_and_nothing_kept(signer, settings, serial):
    key, aside = signing.file_of(settings), signing.file_of(settings).with_suffix(".away")
    key.rename(aside)
    try:
        assert signer.post(f"/certificates/{serial}/prints", {}, 503)["code"] == "signing-key-missing"
    finally:
        aside.rename(key)


def test_the_page_of_a_code_says_whether_paper_and_file_are_true(office, app, serial, printed):
    with psycopg.connect(app.extensions["landsvc"].settings.database_url) as conn:
        query = "SELECT verify_id FROM registry.certificate WHERE serial = %s"
        code = conn.execute(query, [serial]).fetchone()[0]
    anybody, pdf = app.test_client(), file_of(office, serial, printed["number"])

    def page(file: bytes | None = None) -> str:
        address = f"/verify/{code}?mark={printed['mark'][:16]}&lang=en"
        answer = (
            anybody.get(address)
            if file is None
            else anybody.post(address, data={"file": (BytesIO(file), "a.pdf")})
        )
        assert answer.status_code == 200, answer.text
        assert "Nguyễn" not in answer.text
        return answer.text

    assert "still says what the register says" in page()
    assert "to the last byte" in page(pdf)
    assert "do not rely on it" in page(pdf + b"\n")
    assert anybody.get(f"/verify/{code}?mark=12").status_code == 400
    assert anybody.get("/verify/0").status_code == 404
    assert anybody.post(f"/verify/{code}").status_code == 400


def test_the_certificates_of_a_commune_are_printed_by_the_worker_one_after_the_other(
    app, office, signer, settings
):
    from landsvc.core.web import EXTENSION
    from landsvc.worker import Work

    right = office.right(["25195-12-9"], {office.party(): None})["right"]
    serial = office.post("/certificates", {"right": right, "grounds": PAPER, "since": "2026-02-01"})["serial"]
    batch = signer.post("/print-batches", {"commune": "25195"})["batch"]
    assert (batch["certificates"] >= 1, batch["done"]) == (True, 0)
    assert signer.post("/print-batches", {"commune": "25195"}, 409)["code"] == "nothing-to-print"
    work = Work(app.extensions[EXTENSION].database, settings)
    try:
        while work.print_certificates():
            pass
    finally:
        work.close()
    found = signer.get(f"/print-batches/{batch['number']}")
    assert (found["batch"]["done"], found["batch"]["failed"]) == (batch["certificates"], 0)
    assert serial in [each["serial"] for each in found["items"] if each["print"]]
    assert signer.get("/print-batches")["batches"][0]["number"] == batch["number"]
    office.post("/print-batches", {"commune": "25195"}, 403)


def test_an_annotation_is_printed_at_its_lines_moved_by_what_the_printer_is_off(office, serial):
    import pypdfium2

    entry = {"said": "Xóa thế chấp theo hồ sơ số 12.", "grounds": PAPER}
    office.post(f"/certificates/{serial}/entries", entry)
    office.post(f"/certificates/{serial}/entries", entry)
    number = office.get(f"/certificates/{serial}")["entries"][1]["number"]
    office.post("/printers", {"printer": "Canon 1", "rightMm": 2.5, "downMm": -1.0})

    def place(path: str) -> tuple[float, float]:
        answer = office.client.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.text
        page = pypdfium2.PdfDocument(answer.data)[0]
        left, _, _, top = page.get_textpage().get_charbox(0)
        return left / 72 * 25.4, (page.get_height() - top) / 72 * 25.4

    plain = place(f"certificates/{serial}/entries/{number}.pdf")
    moved = place(f"certificates/{serial}/entries/{number}.pdf?printer=Canon%201")
    assert plain[0] == pytest.approx(15, abs=0.6)
    assert 218 < plain[1] < 224  # the second line, of 6 mm each from 212 mm
    assert (moved[0] - plain[0], moved[1] - plain[1]) == pytest.approx((2.5, -1.0), abs=0.05)
    test_page = office.client.get("/api/v1/certificate-forms/qr-2025/test-page.pdf?printer=Canon%201")
    assert "2.5 mm" in words_of_pdf(test_page.data)
    assert office.client.get(f"/api/v1/certificates/{serial}/entries/{number}.pdf?printer=x").status_code == 400
