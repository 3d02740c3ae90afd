"""The printed slip: every block from what was signed, the unknown said so, numbers only for who may read them."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from io import BytesIO

import pytest
from landsvc.core.signing import make_trial_key
from landsvc.finance.slips import service
from landsvc.finance.slips.queries import SlipLine
from landsvc.office.dossiers.slip_sheet import present_slip
from landsvc.office.dossiers.slip_words import BLOCKS
from tests.conftest import settings_for
from tests.factories import machines
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office
from tests.factories.rights import PAPER
from tests.factories.wire import words_of_pdf

SLIPS = "/api/v1/tax/slips"
NUMBER = "079075001234"


@pytest.fixture(scope="module")
def place(module_db, tmp_path_factory):
    lay(module_db, parcels=6)
    folder = str(tmp_path_factory.mktemp("data"))
    assert make_trial_key(settings_for(module_db, DATA=folder))
    with office(module_db, DATA=folder) as person:
        known = {}
        yield World(module_db, lambda login: known.setdefault(login, person(login)))


@pytest.fixture(scope="module")
def tax(place):
    """A machine of the tax office: asks, and returns the answer."""
    app = place.person("lan").client.application
    client = app.test_client()
    headers = machines.bearer(machines.token(app.extensions["landsvc"].database))

    def ask(path: str):
        return client.get(path, headers=headers)

    return ask


@pytest.fixture(scope="module")
def sent(place):
    """A sale whose slip was sent twice: code, numbers of both slips."""
    documents = [{"kind": "cccd", "number": NUMBER}]
    a = place.registry.party("Nguyễn Văn Ánh", bornYear=1975, documents=documents, address="Khu phố Phú Thịnh")
    b = place.registry.party("Trần Thị Ngọc Diễm")
    ref, right = place.held_by(a)
    code = place.submit("CN", [ref])
    place.go(code, "lan", "take")
    facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(b)]}]}
    place.go(code, "lan", "enter_facts", facts=facts)
    place.go(code, "lan", "send_slip")
    place.go(code, "lan", "slip_returned", reason="Thiếu giá", documentNo="12/CCT")
    contract = {
        "number": "0815/2026",
        "signedOn": "2026-02-02",
        "notary": "VPCC Đồng Xoài",
        "landVnd": 1_200_000_000,
    }
    facts["tax.case"] = [{"contract": contract, "noRelief": True}]
    place.go(code, "lan", "enter_facts", facts=facts)
    place.go(code, "lan", "send_slip")
    numbers = place.rows("SELECT slip_no FROM finance.slip WHERE dossier = %s ORDER BY version", code)
    return code, [number for (number,) in numbers]


def test_the_paper_says_every_block_what_it_replaces_and_what_is_not_known(tax, sent):
    code, (first, second) = sent
    answer = tax(f"{SLIPS}/{second}/pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    words, slip = words_of_pdf(answer.data), tax(f"{SLIPS}/{second}").json
    for said in (
        *("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Kính gửi", "Nơi nhận", f"Số: {slip['content']['number']}"),
        *(code, second, "Phiên bản 2", f"thay thế phiếu {first}", "Nguyễn Văn Ánh", NUMBER, "Trần Thị Ngọc Diễm"),
        *("Bên chuyển quyền", "Bên nhận quyền", "600,0 m²", "0815/2026", "1.200.000.000 đồng", "VPCC Đồng Xoài"),
        *BLOCKS.values(),
    ):
        assert said in words, said
    assert slip["sha256"] in words.replace(" ", "")
    relief, deductions = words.index(BLOCKS["relief"]), words.index(BLOCKS["deductions"])
    assert "Không có." in words[relief:deductions]
    assert "Chưa rõ." in words[deductions : words.index(BLOCKS["attachments"])]
    assert "ĐÃ ĐƯỢC THAY THẾ" not in words


def test_a_version_that_was_replaced_says_so_and_is_found_from_the_newer_one(tax, sent):
    _, (first, second) = sent
    words = words_of_pdf(tax(f"{SLIPS}/{second}/pdf?version=1").data)
    assert first in words
    assert "đã được thay thế bởi phiên bản 2" in words
    assert "1.200.000.000" not in words
    for path, status in (
        (f"{SLIPS}/{second}/pdf?version=3", 404),
        (f"{SLIPS}/{second}/pdf?version=0", 400),
        (f"{SLIPS}/PCTT-2026-999999/pdf", 404),
    ):
        assert tax(path).status_code == status, path


def test_the_paper_is_signed_by_the_office(tax, sent):
    from pyhanko.pdf_utils.reader import PdfFileReader

    (signature,) = PdfFileReader(BytesIO(tax(f"{SLIPS}/{sent[1][1]}/pdf").data)).embedded_signatures
    signature.compute_integrity_info()
    assert str(signature.coverage).endswith("ENTIRE_FILE")
    assert sent[1][1] in signature.sig_object["/Reason"]


def test_whoever_may_not_read_whole_numbers_gets_their_ends_and_each_reading_is_traced(place, sent):
    code, (_, second) = sent
    path = f"/office/dossiers/{code}/slips/{second}/2.pdf"

    def printed(login: str) -> str:
        answer = place.person(login).client.get(path)
        assert answer.status_code == 200, answer.text
        return words_of_pdf(answer.data)

    def traces() -> int:
        asked = "SELECT count(*) FROM identity.audit WHERE action = 'slip.read' AND object = %s"
        return place.rows(asked, f"slip:{second}")[0][0]

    before = traces()
    assert NUMBER in printed("lan")
    words = printed("mai")
    assert (NUMBER in words, NUMBER[-4:] in words, "chỉ in phần cuối" in words) == (False, True, True)
    assert traces() == before + 2
    assert path in place.person("lan").client.get(f"/office/dossiers/{code}/slip").text
    for wrong in (path.replace("/2.pdf", "/1.pdf"), path.replace(code, "H00.00-000000-0000")):
        assert place.person("lan").client.get(wrong).status_code == 404


def test_the_paper_prints_what_was_signed_and_not_what_the_register_says_today(place, tax, sent):
    told = tax(f"{SLIPS}/{sent[1][1]}").json["content"]["parties"]
    (code,) = [each["party"] for each in told if each["name"] == "Nguyễn Văn Ánh"]
    renamed = {"name": "Nguyễn Văn Đổi", "grounds": PAPER}
    place.registry.post(f"/parties/{code}/changes", renamed)
    assert place.registry.get(f"/parties/{code}")["name"] == "Nguyễn Văn Đổi"
    words = words_of_pdf(tax(f"{SLIPS}/{sent[1][1]}/pdf").data)
    assert ("Nguyễn Văn Ánh" in words, "Nguyễn Văn Đổi" in words) == (True, False)


def test_a_member_that_nobody_named_is_printed_under_its_own_name(place, sent):
    told = {
        "replaces": None,
        "slipNo": "PCTT-2026-000009",
        "number": "9/PCTT",
        "version": 1,
        "issuedBy": "Lan",
        "issuedAt": "2026-02-03T02:00:00Z",
        "notKnown": ["land.0.soilDepth", "parties.transferee"],
        "dossier": {"sender": "Chi nhánh", "dossier": "H1"},
        "land": [{"ref": "1-2-3", "soilDepth": None, "prices": [{"street": "Hùng Vương", "unitVnd": 5_000_000}]}],
        "weather": {"rainMm": 3},
    }
    body = json.dumps(told).encode()
    known = {each.name: None for each in fields(SlipLine)} | {
        "sha256": b"\0" * 32,
        "key_id": "k",
        "replaced": False,
    }
    line = SlipLine(**known)
    with place.person("lan").client.application.test_request_context():
        sheet = present_slip(service.Slip(line, body), whole=True)
    (land,) = next(block for block in sheet.blocks if block.title == BLOCKS["land"]).groups
    assert dict(land.lines)["soilDepth"] == ["chưa rõ"]
    assert dict(land.lines)["Giá đất theo bảng giá"] == ["đường: Hùng Vương; đơn giá mỗi m²: 5.000.000\xa0đồng"]
    assert [each.lines for each in sheet.blocks[-1].groups] == [[("weather", ["rainMm: 3"])]]
    assert sheet.lacking == [f"{BLOCKS['land']} – 1-2-3 – soilDepth", f"{BLOCKS['parties']} – Bên nhận quyền"]
    assert sheet.day == date(2026, 2, 3)
