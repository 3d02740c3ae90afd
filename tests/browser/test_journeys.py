"""Each procedure led by people in a browser from reception to the returned result, as its row of the table says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from landsvc.core import signing
from playwright.sync_api import expect
from tests.api.test_completion import SCENARIOS
from tests.browser.desk import CODE, PICTURES, Desk, seated
from tests.browser.office_page import OfficePage
from tests.conftest import serving, settings_for
from tests.factories import cadastre as land
from tests.factories.completion import World
from tests.factories.dossiers import lay, office
from tests.factories.papers import PDF
from tests.factories.wire import words_of_pdf

WAY = (
    ("take", {}),
    ("send_slip", {}),
    ("tax_exempt", {"documentNo": "15/TB"}),
    ("draft", {}),
)
EVERY_DAY = ("seizure",)
"""What `script/test` plays beside the journeys told at length; `--long` plays all."""


@pytest.fixture(scope="session")
def base_url() -> None:
    """Let the town, which nobody here needs, not be served."""


@pytest.fixture(scope="module")
def world(module_db: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An office over HTTP in this process, served by a server of its own beside it; it can sign."""
    lay(module_db, parcels=40)
    data = str(tmp_path_factory.mktemp("data"))
    assert signing.make_trial_key(settings_for(module_db, DATA=data))
    with office(module_db, DATA=data) as person, serving(module_db, DATA=data) as address:
        known: dict[str, Any] = {}
        world = World(module_db, lambda login: known.setdefault(login, person(login)))
        world.address = address
        yield world


@pytest.fixture
def desks(browser: Any, browser_context_args: dict, world: World) -> Iterator[dict[str, Desk]]:
    """Who receives (at another branch), who processes and who signs, each at a browser of their own."""
    with ExitStack() as stack:
        yield {
            login: stack.enter_context(
                seated(browser, browser_context_args, world.address, world.person(login).token)
            )
            for login in ("hoa", "lan", "tuan")
        }


def test_half_a_garden_is_sold(world, desks, tmp_path):
    """A split with transfer, from the counter to the printed certificate; nothing is there but the seller's right."""
    card = {"kind": "cccd", "number": "079185006677"}
    seller = world.registry.party("Lê Thị Bán", documents=[card])
    ref, x = world.parcel()
    world.held_by(seller, ref=ref)
    hoa, lan, tuan = desks.values()
    code = hoa.receive("CN", [ref], "Bùi Văn Mua")
    hand_in(hoa, tmp_path)
    receipt = words_of_pdf(hoa.fetched(hoa.page.get_by_role("link", name="Giấy tiếp nhận")))
    assert all(text in receipt for text in (code, "Bùi Văn Mua", ref)), receipt
    lan.open("/office/dossiers?view=all").well("list").page.get_by_role("link", name=code).click()
    lan.act("take")
    draft_split(lan, ref, x)
    lan.page.get_by_role("link", name=code).click()
    lan.act("link_draft").well("dossier")
    lan.page.get_by_role("link", name="Nội dung đăng ký", exact=True).click()
    buyer = registered(lan, "Bùi Văn Mua")
    right = world.registry.on(ref)[0]["right"]
    piece = lan.page.locator("[name=parcels]").nth(1).get_attribute("value")
    sold = {"right": right, "parcels": [piece], "mode": "sole", "holders": [{"party": buyer}]}
    lan.enter("right.transfer", sold).well("facts")
    expect(lan.page.locator("#change ~ ul").last).to_contain_text("Bùi Văn Mua")
    lan.page.get_by_role("link", name="Về hồ sơ").click()
    lan.act("send_slip").act("tax_exempt", documentNo="15/TB").act("draft")
    tuan.open("/office/dossiers").page.get_by_role("link", name=code).click()
    tuan.page.get_by_role("link", name="Nội dung đăng ký", exact=True).click()
    expect(tuan.page.locator("dl.facts")).to_contain_text(f"{buyer} Bùi Văn Mua")
    tuan.well("facts-read").dossier(code).act("sign")
    lan.dossier(code).act("record").act("make_ready").well("recorded")
    tuan.dossier(code)
    links = tuan.page.locator("a[href^='/office/certificates/']", has_text="AA")
    told = {
        links.nth(at).inner_text(): links.nth(at).locator("xpath=..").inner_text() for at in range(links.count())
    }
    issued = [serial for serial, words in told.items() if "đã cấp" in words]
    assert (len(told), len(issued)) == (3, 2)
    sheets = {serial: printed(tuan, serial) for serial in issued}
    for name in ("Bùi Văn Mua", "Lê Thị Bán"):
        ((serial, words),) = [(serial, words) for serial, words in sheets.items() if name in words]
        assert serial in words
        assert "300,0" in words
    hoa.dossier(code).act("return", receiver="Bùi Văn Mua")
    lan.dossier(code).page.get_by_role("link", name=str(piece)).click()
    expect(lan.page.locator("#panel-body")).to_contain_text("Bùi Văn Mua")
    lan.well("register")
    hoa.open(f"/office/parties/{seller}/readings").well("readings asked")
    hoa.write(hoa.page.get_by_label("Số trên giấy tờ xuất trình", exact=True), card["number"])
    hoa.press("button", "Xem danh sách")
    looked = hoa.page.get_by_role("list").filter(has_text="Cán bộ thụ lý · Chi nhánh Tây")
    expect(looked).to_contain_text(code)
    expect(looked).not_to_contain_text("Lan")
    hoa.well("readings")


def named(facts: dict[str, Any], pieces: list[str]) -> dict[str, Any]:
    """Return facts that call pieces of a draft by their planned numbers, as the form offers them."""
    known = {f"piece-{at}": ref for at, ref in enumerate(pieces, 1)}
    parcels = facts.get("parcels")
    return facts | {"parcels": [known.get(each, each) for each in parcels]} if parcels else facts


def test_a_mortgage_is_registered_by_keyboard_alone_in_less_than_ninety_seconds(world, desks, capsys):
    ref, _ = world.held_by(world.registry.party("Đinh Văn Vay"))
    bank = world.registry.party("Ngân hàng Đầu Tư", kind="organisation")
    _, lan, tuan = desks.values()
    page, began = lan.page, time.monotonic()
    lan.open("/office/dossiers/new").pick(page.get_by_label("Thủ tục"), "TC").press("button", "Chọn")
    lan.write(page.get_by_label("Thửa đất"), ref)
    lan.write(page.get_by_label("Người nộp hồ sơ", exact=True), "Đinh Văn Vay").press("button", "Tiếp nhận")
    expect(page.get_by_role("heading", level=1)).to_have_text(CODE)
    code = page.get_by_role("heading", level=1).inner_text()
    lan.press("button", "Nhận thụ lý").press("link", "Nội dung đăng ký").press("link", "Tìm hoặc đăng ký")
    lan.write(page.get_by_label("Họ tên đầy đủ"), "ngan hang dau tu").press("button", "Tìm")
    lan.press("link", "Đưa Ngân hàng Đầu Tư vào hồ sơ")
    form = page.locator("form", has=page.locator("input[value='encumbrance.begin']"))
    lan.pick(form.locator("[name=kind]"), "mortgage").pick(form.locator("[name=mode]"), "sole")
    lan.write(form.locator("[name='holders.0.party']"), bank)
    lan.reach(form.get_by_text("Điều kiện")).page.keyboard.press("Enter")
    lan.write(form.locator("[name='terms.amountVnd']"), "500.000.000").press("button", "Lưu")
    expect(page.get_by_text("Không có gì cản trở.")).to_be_visible()
    lan.press("link", "Về hồ sơ").press("button", "Trình ký")
    expect(page.locator(".timeline li").first).to_contain_text("Trình ký")
    tuan.open("/office/dossiers").press("link", code).press("button", "Ký")
    expect(tuan.page.locator(".timeline li").first).to_contain_text("Đã ký")
    lan.dossier(code).press("button", "Cập nhật hồ sơ địa chính")
    expect(page.locator(".timeline li").first).to_contain_text("Đã cập nhật")
    seconds = time.monotonic() - began
    with capsys.disabled():
        print(f"\nfrom reception to the registered mortgage by keyboard: {seconds:.1f} s")
    assert seconds < 90
    ((kind, holders, amount, _), _) = world.land([ref])[ref]
    assert (kind, holders, amount) == ("mortgage", [(bank, "")], 500_000_000)


def hand_in(desk: Desk, folder: Path) -> None:
    """Hand the scan of a deed in, and look at it."""
    scan = folder / "hop-dong.pdf"
    scan.write_bytes(PDF)
    desk.page.get_by_text("Thêm bản quét").click()
    desk.page.get_by_label("Giấy tờ", exact=True).select_option("deed-transfer")
    desk.page.get_by_label("Tệp").set_input_files(scan)
    desk.page.get_by_role("button", name="Thêm", exact=True).click()
    expect(desk.page.locator("#papers + ul a")).to_have_count(1)
    desk.well("received")


def draft_split(desk: Desk, ref: str, x: float) -> None:
    """Split a parcel of 20 x 30 m across the middle in the workspace, and leave it a draft."""
    desk.page.get_by_role("link", name=ref, exact=True).click()
    bench = OfficePage(desk.page, desk.address).ready().at_rest()
    expect(bench.tool("split")).to_be_enabled()
    bench.tool("split").click()
    bench.type_line((land.X0 + x - 1, land.Y0 + 15), (land.X0 + x + 21, land.Y0 + 15))
    expect(bench.pieces).to_have_count(2)
    bench.choose(ref)


def registered(desk: Desk, name: str) -> str:
    """Look for somebody whom nobody knows, register them, and come back to the form; return the code."""
    desk.page.get_by_role("link", name="Tìm hoặc đăng ký").click()
    desk.page.get_by_label("Họ tên đầy đủ, số giấy tờ hoặc mã").fill(name)
    desk.page.get_by_role("button", name="Tìm").click()
    expect(desk.page.get_by_role("status")).to_contain_text("Chưa có ai")
    desk.page.get_by_label("Năm sinh").fill("1980")
    desk.page.get_by_label("Số giấy tờ", exact=True).fill("079080001234")
    desk.well("party")
    desk.page.get_by_role("button", name="Đăng ký", exact=True).click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Nội dung đăng ký")
    desk.page.locator(".known-parties summary").click()
    found = desk.page.locator(".known-parties li", has_text=name).locator("code").inner_text()
    assert found.startswith("NSD-")
    return found


def printed(desk: Desk, serial: str) -> str:
    """Print and sign a certificate; return the words of the sheet, and keep it where pictures are kept."""
    desk.open(f"/office/certificates/{serial}")
    desk.page.get_by_role("button", name="In và ký").click()
    prints = desk.page.locator("#prints + ul a")
    expect(prints).to_have_count(1)
    sheet = desk.fetched(prints)
    desk.well("certificate")
    if PICTURES:
        (Path(PICTURES) / f"{serial.replace(' ', '-')}.pdf").write_bytes(sheet)
    return words_of_pdf(sheet)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in EVERY_DAY else pytest.mark.long) for name in SCENARIOS]
)
def test_a_procedure_is_led_from_the_counter_and_back(world, desks, name):
    procedure, make = SCENARIOS[name]
    given = make(world)
    hoa, lan, tuan = desks.values()
    code = hoa.receive(procedure, given.refs, "Người đến nộp", given.case)
    lan.dossier(code).act("take")
    if given.draft:
        lan.act("link_draft", draft=given.draft)
    lan.page.get_by_role("link", name="Nội dung đăng ký", exact=True).click()
    for effect, sets in given.facts.items():
        for each in sets:
            lan.enter(effect, named(each, list(given.after)))
    expect(lan.page.get_by_text("Không có gì cản trở.")).to_be_visible()
    lan.keep(name)
    lan.dossier(code)
    for action, fields in WAY[1:]:
        if lan.may(action):
            lan.act(action, **fields)
    tuan.dossier(code).act("sign")
    lan.dossier(code).act("record").act("make_ready")
    hoa.dossier(code).act("return", receiver="Người đến nộp")
    assert world.land(list(given.after)) == given.after
    given.then(world.person("lan").read(code)["events"][-3]["details"])
