"""Pages and printed papers of dossiers: reception, tasks, a dossier, its files, in both languages, without a script."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from tests.factories.dossiers import HERE, lay, office
from tests.factories.papers import PDF, PNG
from tests.factories.wire import words_of_pdf


@pytest.fixture(scope="module")
def person(module_db, tmp_path_factory):
    lay(module_db)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        yield lambda login: known.setdefault(login, person(login))


FILLED = {
    "procedure": "CN",
    "case": "",
    "parcels": f"{HERE}-12-345",
    "applicant": "Nguyễn Văn An",
    "contact": "0912 345 678",
    "paper-form-18": "original",
    "paper-certificate": "original",
    "paper-deed-transfer": "copy",
    "then": "receive",
}


def received(person, key: str, **changes: str) -> str:
    answer = person("hoa").client.post("/office/dossiers/new", data=FILLED | {"key": key} | changes)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_an_application_is_taken_in_by_the_form_once_however_often_it_is_sent(person):
    page = person("hoa").client.get("/office/dossiers/new?procedure=CN")
    assert all(text in page.text for text in ("Chuyển nhượng", "Hợp đồng chuyển nhượng", "Khi nộp thay"))
    first = received(person, "once-1")
    assert received(person, "once-1") == first
    shown = person("lan").client.get(first)
    assert all(text in shown.text for text in ("Nguyễn Văn An", "0912 345 678", "trong hạn", "Nhận thụ lý"))
    assert "Ký" not in re.findall(r"<summary>(.*?)</summary>", shown.text)


def test_what_is_wrong_with_a_form_is_told_above_it_with_what_was_typed(person):
    hoa = person("hoa").client
    missing = hoa.post("/office/dossiers/new", data=FILLED | {"key": "x-1", "paper-certificate": ""})
    assert (missing.status_code, "Thiếu giấy tờ" in missing.text) == (422, True)
    assert "Nguyễn Văn An" in missing.text
    for changes in ({"parcels": ""}, {"parcels": "nowhere-1-1"}, {"applicant": ""}, {"procedure": "NONE"}):
        assert hoa.post("/office/dossiers/new", data=FILLED | {"key": "x-2"} | changes).status_code in {400, 404}
    assert person("mai").client.get("/office/dossiers/new").status_code == 403


@pytest.mark.parametrize("lang", ["en", "vi"])  # the last one is remembered
def test_tasks_are_those_of_the_reader_and_a_search_leads_to_a_dossier(person, lang):
    home = received(person, f"tasks-{lang}")
    code = home.rsplit("/", 1)[1]
    lists = {who: person(who).client.get(f"/office/dossiers?lang={lang}").text for who in ("lan", "tuan")}
    assert (code in lists["lan"], code in lists["tuan"]) == (True, False)
    assert code in person("tuan").client.get(f"/office/dossiers?view=all&lang={lang}").text
    assert person("tuan").client.get(f"/office/dossiers?q={code.lower()}").headers["Location"] == home
    assert code in person("tuan").client.get(f"/office/dossiers?q={HERE}-12-345").text
    assert person("tuan").client.get("/office/dossiers?q=25195-12-999").status_code == 404


def test_a_dossier_goes_on_by_its_page_and_tells_what_stands_against_it(person):
    home = received(person, "moves")
    lan = person("lan").client

    def move(**fields: str) -> Any:
        return lan.post(f"{home}/move", data={"seen": "2"} | fields)

    assert move(action="take").status_code == 303
    stale = move(action="refuse", reason="x", seen="2")
    assert (stale.status_code, "Người khác vừa thay đổi hồ sơ" in stale.text) == (409, True)
    assert move(action="pause", pause="posting", seen="3").status_code == 303
    page = lan.get(home).text
    assert "Đang tạm dừng thời hạn: Niêm yết tại xã" in page
    assert move(action="apologise", reason="Thiếu người", appointmentOn="2020-02-30", seen="4").status_code == 400
    assert move(action="resume", pause="posting", seen="4").status_code == 303


def text_of(answer: Any) -> str:
    assert (answer.status_code, answer.content_type) == (200, "application/pdf"), answer.text
    return words_of_pdf(answer.data)


def test_every_printed_paper_says_what_was_done(person):
    code = received(person, "papers").rsplit("/", 1)[1]
    lan, at = person("lan"), f"/api/v1/dossiers/{code}/papers"
    receipt = text_of(lan.client.get(f"{at}/receipt.pdf"))
    assert all(text in receipt for text in (code, "Nguyễn Văn An", "1.013831", "Hợp đồng chuyển nhượng"))
    assert lan.client.get(f"{at}/refusal.pdf").json["code"] == "paper-not-there"
    assert lan.client.get(f"{at}/secret.pdf").status_code == 400
    for action, body in (
        ("take", {}),
        ("apologise", {"reason": "Thiếu người", "appointmentOn": "2027-03-01"}),
        ("request_supplement", {"items": ["Chữ ký của vợ"], "papers": ["exemption"]}),
        ("refuse", {"reason": "Đất đang tranh chấp"}),
    ):
        assert lan.move(code, action, **body).status_code == 200
    told = {
        name: text_of(lan.client.get(f"{at}/{name}.pdf"))
        for name in ("apology", "supplement", "refusal", "control")
    }
    assert "01/03/2027" in told["apology"]
    assert all(text in told["supplement"] for text in ("Chữ ký của vợ", "Giấy tờ chứng minh được miễn"))
    assert "Đất đang tranh chấp" in told["refusal"]
    assert all(text in told["control"] for text in ("Nhận thụ lý", "Lan", "Người nộp bổ sung hồ sơ"))


def test_scans_are_added_and_viewed_in_a_page_of_ours(person):
    home = received(person, "scans")
    lan = person("lan").client
    for content, name, tag in ((PDF, "a.exe", "iframe"), (PNG, "b.pdf", "img")):
        sent = lan.post(f"{home}/documents", data={"document": "exemption", "file": (io.BytesIO(content), name)})
        assert sent.status_code == 303, sent.text
        link = re.findall(rf"{home}/documents/\d+", lan.get(home).text)[-1]
        page = lan.get(link)
        assert f'<{tag} class="viewed"' in page.text
        assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
        assert lan.get(f"{link}/file").data == content
    refused = lan.post(f"{home}/documents", data={"document": "exemption", "file": (io.BytesIO(b"MZ"), "a.pdf")})
    assert (refused.status_code, "Không thể lưu tệp này" in refused.text) == (400, True)
    assert lan.post(f"{home}/documents", data={"document": "exemption"}).status_code == 400
    assert lan.get(f"{home}/documents/999").status_code == 404
