"""The paper of an extract: signed, archived, with its data within; judged by poppler, which did not make it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest
from tests.conftest import application, settings_for
from tests.factories import town

REF = "25195-12-103"


@pytest.fixture(scope="module")
def client(module_db: str):
    with psycopg.connect(module_db) as conn:
        town.lay(conn)
    with application(settings_for(module_db, OFFICE_NAME="Văn phòng đăng ký đất đai thử")) as app:
        yield app.test_client()


@pytest.fixture(scope="module")
def papers(client) -> dict[str, bytes]:
    found = {}
    for language in ("vi", "en"):
        answer = client.get(f"/api/v1/parcels/{REF}/planning.pdf?lang={language}")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        found[language] = answer.data
    return found


@pytest.fixture(scope="module")
def extract(client):
    return client.get(f"/api/v1/parcels/{REF}/planning")


def poppler(tool: str, *options: str | Path) -> str:
    run = subprocess.run([tool, *options], capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


@pytest.mark.parametrize("language", ["vi", "en"])
def test_signature_covers_the_whole_paper(papers, language, tmp_path):
    file = tmp_path / "paper.pdf"
    file.write_bytes(papers[language])
    told = poppler("pdfsig", "-nocert", file)
    assert "Signature Validation: Signature is Valid." in told
    assert "Total document signed" in told
    assert "ETSI.CAdES.detached" in told


def test_one_byte_otherwise_breaks_the_signature(papers, tmp_path):
    pdf = papers["vi"]
    at = pdf.index(b"stream") + 40
    file = tmp_path / "altered.pdf"
    file.write_bytes(pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :])
    assert "Signature Validation: Digest Mismatch." in poppler("pdfsig", "-nocert", file)


def test_paper_carries_its_data_to_the_last_byte(papers, extract, tmp_path):
    for language, pdf in papers.items():
        file, out = tmp_path / f"{language}.pdf", tmp_path / f"{language}.json"
        file.write_bytes(pdf)
        assert f"1: {extract.json['extractId']}.json" in poppler("pdfdetach", "-list", file)
        poppler("pdfdetach", "-save", "1", "-o", out, file)
        assert out.read_bytes() == extract.data


def test_paper_is_kept_as_it_was_handed_out(client, papers, extract):
    number = extract.json["extractId"]
    for language, pdf in papers.items():
        assert client.get(f"/api/v1/parcels/{REF}/planning.pdf?lang={language}").data == pdf
        again = client.get(f"/api/v1/extracts/{number}/paper.pdf?lang={language}")
        assert again.data == pdf
        assert f"{number}-{language}.pdf" in again.headers["Content-Disposition"]


@pytest.mark.parametrize("statement", ["UPDATE {} SET signer = ''", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("table", ["planning.extract_file", "planning.issued_extract"])
def test_archive_is_only_added_to(module_db, papers, table, statement):
    column = "signer" if table.endswith("file") else "id"
    with (
        psycopg.connect(module_db) as conn,
        pytest.raises(psycopg.errors.CheckViolation, match="only ever added to"),
    ):
        conn.execute(statement.format(table).replace("signer", column))
