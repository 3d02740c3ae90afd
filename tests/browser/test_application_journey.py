"""On a phone with a slow network: apply from home with pictures of the papers, and follow what was lodged."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults
from tests.factories import hostile

REF = "25195-12-103"
WORDS = {
    "vi": {
        "apply": "Nộp hồ sơ trực tuyến",
        "begin": "Bắt đầu",
        "name": "Họ và tên người nộp đơn",
        "telephone": "Số điện thoại",
        "parcel": "Thửa đất: mã thửa, hoặc mã xã, số tờ, số thửa; mỗi thửa một dòng",
        "keep": "Lưu lại",
        "file": "Ảnh hoặc tệp PDF: ",
        "papers": ("Bản gốc giấy chứng nhận đã cấp", "Hợp đồng chuyển nhượng (công chứng, chứng thực)"),
        "send": "Gửi giấy tờ này",
        "ready": "Đã đủ.",
        "lodge": "Nộp hồ sơ",
        "lodged": "Đã nộp hồ sơ.",
        "show": "Xem tình trạng",
        "state": "Đã nộp, chờ tiếp nhận.",
    },
    "en": {
        "apply": "Apply online",
        "begin": "Begin",
        "name": "Name of the applicant",
        "telephone": "Telephone number",
        "parcel": "Parcel: its code, or commune, map sheet and number; one on each line",
        "keep": "Keep this",
        "file": "Picture or PDF: ",
        "papers": ("Original certificate", "Contract of sale (notarised or certified)"),
        "send": "Send this paper",
        "ready": "Nothing is lacking.",
        "lodge": "Lodge the application",
        "lodged": "Your application is lodged.",
        "show": "Show how it stands",
        "state": "Submitted.",
    },
}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_somebody_applies_from_home(slow_phone: Page, language: str, tmp_path: Path) -> None:
    words = WORDS[language]
    phone = slow_phone
    paper = tmp_path / "anh.jpg"
    paper.write_bytes(hostile.with_place())
    phone.goto(f"/services/CN?lang={language}")
    phone.get_by_role("link", name=words["apply"], exact=True).click()
    fits(phone)
    phone.get_by_role("button", name=words["begin"], exact=True).press("Enter")
    fits(phone)
    phone.get_by_label(words["name"], exact=True).fill("Trần Thị Bưởi")
    phone.get_by_label(words["telephone"], exact=True).fill("0987 654 321")
    phone.get_by_label(words["parcel"], exact=True).fill(REF)
    phone.get_by_role("button", name=words["keep"], exact=True).click()
    for name in words["papers"]:
        sent(phone, words, name, paper)
        expect(phone.get_by_role("listitem").filter(has_text=name).get_by_text("✓ anh.jpg")).to_be_visible()
    expect(phone.get_by_text(words["ready"])).to_be_visible()
    phone.get_by_role("button", name=words["lodge"], exact=True).click()
    expect(phone.get_by_role("status")).to_contain_text(words["lodged"])
    fits(phone)
    phone.get_by_role("button", name=words["show"], exact=True).click()
    expect(phone.get_by_text(words["state"])).to_be_visible()
    fits(phone)


def sent(page: Page, words: dict, name: str, paper: Path) -> None:
    item = page.get_by_role("listitem").filter(has_text=name).first
    item.get_by_label(words["file"] + name, exact=True).set_input_files(paper)
    item.get_by_role("button", name=words["send"], exact=True).click()


def fits(page: Page) -> None:
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
