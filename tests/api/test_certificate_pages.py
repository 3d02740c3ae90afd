"""Office pages of certificates: found by serial number and traced, with history; blanks booked by a form."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.core import signing
from landsvc.registry.certificates.errors import FourEyes
from tests.factories.rights import PAPER, Registry, lay_land
from tests.factories.wire import words_of_pdf

from conftest import application, settings_for, sign_client_in


@pytest.fixture(scope="module")
def settings(module_db, tmp_path_factory):
    settings = settings_for(module_db, DATA=str(tmp_path_factory.mktemp("data")))
    signing.make_trial_key(settings)
    return settings


@pytest.fixture(scope="module")
def app(settings):
    lay_land(settings.database_url, 3)
    with application(settings) as app:
        yield app


def signed_in(app, *roles: str) -> Registry:
    client = app.test_client()
    client.actor = sign_client_in(client, *roles)
    return Registry(client)


def form(registry: Registry, path: str, **fields: str):
    token = registry.client.environ_base["HTTP_X_CSRF_TOKEN"]
    return registry.client.post(path, data={"csrf": token, **fields})


def test_blanks_are_booked_by_a_form_that_keeps_what_was_typed(app):
    office = signed_in(app, "archivist")
    rows = {
        "kind": "received",
        "first": "AA 00000001",
        "last": "AA 00000009",
        "doc_no": "PN-1",
        "day": "2026-01-02",
    }
    assert form(office, "/office/blanks", **rows).status_code == 303
    again = form(office, "/office/blanks", **rows)
    assert again.status_code == 409
    assert 'value="AA 00000009"' in again.text
    january = office.client.get("/office/blanks?month=2026-01&lang=en").text
    assert "PN-1" in january
    assert "AA 00000009" in january
    assert office.client.get("/office/blanks?month=13").status_code == 400


def test_a_certificate_is_found_by_its_number_shown_with_its_history_and_the_reading_is_kept(app, settings):
    office, signer = signed_in(app, "processor"), signed_in(app, "signer")
    right = office.right(["25195-12-1"], {office.party("Đỗ Thị Mơ"): None})["right"]
    serial = office.post("/certificates", {"right": right, "grounds": PAPER, "since": "2026-02-01"})["serial"]
    office.post(f"/certificates/{serial}/entries", {"said": "Thế chấp tại ngân hàng", "grounds": PAPER})
    found = office.client.get("/office/certificates?serial=aa00000001&lang=en")
    assert found.status_code == 302
    page = office.client.get(found.location).text
    for said in (serial, "in force, annotated", "Thế chấp tại ngân hàng", "25195-12-1", "Look at the proof"):
        assert said in page
    assert "Print and sign" not in page
    printed = form(signer, f"/office/certificates/{serial}/prints")
    assert printed.status_code == 303, printed.text
    assert "no legal force" in signer.client.get(f"/office/certificates/{serial}").text
    unknown = office.client.get("/office/certificates/AA 99999999")
    assert (unknown.status_code, 'value="AA 99999999"' in unknown.text) == (404, True)
    assert serial in office.client.get("/office/inspector?parcel=25195-12-1").text
    with psycopg.connect(settings.database_url) as conn:
        query = "SELECT count(*) FROM identity.audit WHERE action = 'certificate.read' AND object = %s"
        assert conn.execute(query, [f"certificate:{serial}"]).fetchone()[0] >= 3


def test_the_books_tell_users_certificates_and_changes_on_paper_and_as_tables(app):
    office = signed_in(app, "processor")
    right = office.right(["25195-12-2"], {office.party("=Phạm Văn Sáng"): None})["right"]

    def other() -> str:
        return office.right(["25195-12-3"], {office.party(): None})["right"]

    body = {"right": right, "bookNo": "CS 00077", "grounds": PAPER, "since": "2026-02-03"}
    serial = office.post("/certificates", body)["serial"]

    def table(book: str, **query: str) -> str:
        answer = office.client.get(f"/api/v1/books/{book}.csv", query_string={"lang": "en", **query})
        assert answer.status_code == 200, answer.text
        return answer.text

    issued = table("certificates", since="2026-02-01")
    assert f"CS 00077,{serial}" in issued
    # Who gives no number gets the next one of the branch; a number is given once.
    assert "1,CS 00001,AA 00000001" in issued
    assert office.post("/certificates", body | {"right": other()}, 409)["code"] == "book-number-taken"
    rows = table("parcels", commune="25195", sheet="12")
    assert "\n2,'=Phạm Văn Sáng,600.0,ODT" in rows.replace("\r", "")  # no cell is taken for a formula
    land = table("land", parcel="25195-12-2")
    assert serial in land
    assert "QSD-" in land
    changes = table("changes", commune="25195", since="2026-02-01")
    assert f"25195-12-2,25195-12-2,{serial}" in changes
    assert "Phạm" not in changes
    assert office.client.get("/office/books").status_code == 200
    printed = office.client.get("/api/v1/books/parcels.pdf?commune=25195&sheet=12")
    assert "Phạm Văn Sáng" in words_of_pdf(printed.data)
    assert (
        office.client.get("/api/v1/books/changes.csv?commune=25195&since=2026-02-02&until=2026-02-01").status_code
        == 400
    )


def test_a_commune_is_printed_from_a_page_that_tells_how_far_it_is_and_what_stands_against_each(app, settings):
    office, signer = signed_in(app, "processor"), signed_in(app, "signer")
    (held,) = office.on("25195-12-3")
    office.post("/certificates", {"right": held["right"], "grounds": PAPER, "since": "2026-02-03"})
    empty = signer.client.get("/office/print-batches?lang=en").text
    assert "No batch was asked for yet." in empty
    assert '<option value="25195"' in empty
    assert "Who signs certificates starts a batch" in office.client.get("/office/print-batches?lang=en").text
    refused = form(signer, "/office/print-batches?lang=en", commune="x")
    assert (refused.status_code, "five digits" in refused.text) == (400, True)
    asked = form(signer, "/office/print-batches", commune="25195")
    assert asked.status_code == 303, asked.text
    waits = signer.client.get(f"{asked.location}?lang=en").text
    assert "0 of 2 certificates done" in waits
    assert "Look again" in waits
    with psycopg.connect(settings.database_url) as conn:
        conn.execute(
            "UPDATE registry.print_batch_item SET done_at = now(),"
            " problem = CASE seq WHEN 1 THEN 'certificate-four-eyes' END,"
            " print_id = CASE seq WHEN 2 THEN (SELECT max(id) FROM registry.certificate_print) END"
        )
    over = office.client.get(f"{asked.location}?lang=en").text
    for said in (
        "2 of 2 certificates done",
        "1 not printed",
        "ask for the commune again",
        "printed and signed (PDF)",
    ):
        assert said in over
    assert FourEyes.title in over
    assert "2 of 2" in office.client.get("/office/print-batches?lang=en").text
    assert office.client.get("/office/print-batches/99").status_code == 404


def test_printers_and_their_offsets_are_entered_and_annotations_printed_by_the_one_chosen(app):
    office = signed_in(app, "archivist", "processor")
    assert "No printer was entered yet" in office.client.get("/office/printers?lang=en").text
    assert "nothing is moved" in office.client.get("/office/certificates/AA 00000001?lang=en").text
    fields = {"printer": "Canon 2", "right_mm": "1,5", "down_mm": "40"}
    refused = form(office, "/office/printers?lang=en", **fields)
    assert (refused.status_code, 'value="Canon 2"' in refused.text) == (400, True)
    assert form(office, "/office/printers", **fields | {"down_mm": "-0.8"}).status_code == 303
    shown = office.client.get("/office/printers?lang=en").text
    for said in ("1.5 mm to the right, -0.8 mm down", "<option>Canon 2</option>", "test-page.pdf"):
        assert said in shown
    page = office.client.get("/office/certificates/AA 00000001?lang=en").text
    assert "/entries/" in page
    assert "<option>Canon 2</option>" in page
