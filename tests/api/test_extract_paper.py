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


SAID = {
    "vi": (
        ("Trích lục thông tin quy hoạch", "Thông tin chỉ có giá trị tham khảo", "Tỷ lệ 1:500"),
        ("chưa có hiệu lực", "01/01/2030", "1234/QĐ-UBND", "Chắc chắn / chưa chắc chắn", "Luật Đất đai 2024"),
        ("Quy hoạch đô thị và nông thôn", "Khu vực bảo vệ di tích", "Văn phòng đăng ký đất đai thử"),
    ),
    "en": (
        (
            "Extract of planning information",
            "For reference only",
            "Scale 1:500",
            "not in force yet",
            "01/01/2030",
        ),
        ("1234/QĐ-UBND", "Certain / uncertain", "Land Law 2024, Article 166(5)"),
        ("Urban and rural construction zoning", "Heritage protection zone"),
    ),
}


def without_spaces(text: str) -> str:
    """Lines break where the paper has no more room: in a number of a decision too."""
    return "".join(text.casefold().split())


@pytest.mark.parametrize("language", ["vi", "en"])
def test_paper_says_what_affects_what_does_not_and_of_what_nothing_is_known(papers, extract, language, tmp_path):
    file = tmp_path / "paper.pdf"
    file.write_bytes(papers[language])
    words = " ".join(poppler("pdftotext", "-raw", file, "-").split())
    for said in (each for row in SAID[language] for each in row):
        assert without_spaces(said) in without_spaces(words), said
    pages = int(poppler("pdfinfo", file).split("Pages:")[1].split()[0])
    number = extract.json["extractId"]
    assert all(f"{number} · {page}/{pages}" in words for page in range(1, pages + 1))
    zones = [zone for theme in extract.json["themes"] for zone in theme.get("zones", [])]
    for zone in zones:
        area = f"{zone['areaM2']:.1f}"
        assert (area if language == "en" else area.replace(".", ",")) in words


def test_paper_of_an_interval_tells_its_days(client, tmp_path):
    file = tmp_path / "paper.pdf"
    file.write_bytes(client.get(f"/api/v1/parcels/{REF}/planning.pdf?lang=en&during=2021-01-01/2023-01-01").data)
    words = " ".join(poppler("pdftotext", "-raw", file, "-").split())
    assert "from day 01/01/2021 to day 28/02/2022" in words
    assert "from day 01/03/2022 to day 01/01/2023" in words


@pytest.mark.parametrize("statement", ["UPDATE {} SET signer = ''", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("table", ["planning.extract_file", "planning.issued_extract"])
def test_archive_is_only_added_to(module_db, papers, table, statement):
    column = "signer" if table.endswith("file") else "id"
    with (
        psycopg.connect(module_db) as conn,
        pytest.raises(psycopg.errors.CheckViolation, match="only ever added to"),
    ):
        conn.execute(statement.format(table).replace("signer", column))
