"""What happens around a draft: somebody else is quicker, the connection goes, the drawing is printed in time."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import serious_faults
from tests.browser.office_page import CHECKER, LOGIN, PASSWORD, OfficePage, signed_in
from tests.factories import cadastre as land
from tests.factories import drafts, town

MOST_SECONDS = 90
"""From opening a parcel to its printed split drawing, by keyboard (issue 4)."""
ASK = """async ([path, body]) => {
  const token = JSON.parse(document.getElementById("config").textContent).csrf;
  const headers = {"Content-Type": "application/json", "X-CSRF-Token": token};
  const answer = await fetch("/api/v1" + path, {method: "POST", headers, body: JSON.stringify(body)});
  return answer.json();
}"""


def across(number: int, share: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return two points (metres from the origin of the town) that cut a parcel at a share of its depth."""
    x, y = town.corner(number)
    return (x - 2, y + share * town.DEPTH), (x + town.WIDTH + 2, y + share * town.DEPTH)


def typed(*points: tuple[float, float]) -> str:
    """Return points as surveyors type them, X north first."""
    return "\n".join(f"{land.Y0 + y:.3f} {land.X0 + x:.3f}" for x, y in points)


def committed_elsewhere(page: Page, number: int) -> None:
    """Split a parcel in another draft, beside the page."""

    def ask(path: str, body: dict[str, Any]) -> Any:
        return page.evaluate(ASK, [path, body])

    draft = ask("/drafts", {})["draft"]
    ask(f"/drafts/{draft}/operations", drafts.split(f"25195-12-{number}", *across(number, 0.6)))
    assert ask(f"/drafts/{draft}/commit", {"reason": "Thử"})["state"] == "committed"


def test_a_draft_that_somebody_overtook_says_who_and_shows_the_way_out(
    office: OfficePage, expected_statuses: set[int]
):
    expected_statuses |= {409, 410}
    signed_in(office, 133)
    office.page.keyboard.press("s")
    office.page.get_by_label("Hoặc nhập tọa độ").fill(typed(*across(133, 0.5)))
    office.send("Tách theo các điểm này")
    expect(office.pieces).to_have_count(2)
    committed_elsewhere(office.page, 133)
    office.page.get_by_role("checkbox", name="25195-12-").first.check()
    office.page.get_by_label("Số văn bản").fill("1")
    office.page.get_by_role("button", name="Ghi nhận biến động").click()
    expect(office.problem).to_contain_text("25195-12-133")
    with office.page.expect_response("**/preview?*") as asked:
        office.page.reload()
    assert asked.value.json()["geometry"]["type"] == "Polygon"  # drawn as the fault
    expect(office.title).to_have_text("Bản nháp này không còn thực hiện được")
    heirs = office.panel.locator("a[data-parcel]")
    expect(heirs).to_have_count(2)
    assert serious_faults(office.page) == []
    now = heirs.first.inner_text()
    office.page.get_by_role("button", name="Bỏ bản nháp này").click()
    expect(office.title).to_have_text("Bàn làm việc")
    office.choose(now)
    expect(office.title).to_contain_text(now.split("-")[-1])


def handed_in(office: OfficePage, title: str) -> None:
    """Hand the draft on the screen in, and look at it as the checker."""
    office.page.get_by_label("Số văn bản").fill("12/TTr")
    office.page.get_by_role("button", name="Trình duyệt").click()
    expect(office.title).to_have_text("Bàn làm việc")
    office.page.context.clear_cookies()
    office.open("/office", CHECKER, PASSWORD)
    office.page.get_by_role("button", name=title).click()
    expect(office.pieces).to_have_count(2)


def test_a_second_person_gives_a_draft_back_and_then_approves_it(office: OfficePage):
    signed_in(office, 137)
    office.page.keyboard.press("s")
    office.page.get_by_label("Hoặc nhập tọa độ").fill(typed(*across(137, 0.5)))
    office.send("Tách theo các điểm này")
    expect(office.pieces).to_have_count(2)
    handed_in(office, "25195-12-137")
    office.page.get_by_label("Lý do trả lại").fill("Thiếu chữ ký giáp ranh")
    office.send("Trả lại")
    expect(office.title).to_have_text("Bàn làm việc")
    office.page.context.clear_cookies()
    office.open("/office", LOGIN, PASSWORD)
    office.page.get_by_role("button", name="Tách thửa 25195-12-137").click()
    expect(office.panel).to_contain_text("Lê Thị Hoa trả lại: Thiếu chữ ký giáp ranh")
    handed_in(office, "25195-12-137")
    assert serious_faults(office.page) == []
    office.send("Duyệt và ghi vào sổ đăng ký")
    expect(office.title).to_have_text("Đã ghi vào sổ đăng ký")


def test_what_was_typed_survives_a_lost_connection(office: OfficePage):
    signed_in(office, 134)
    office.page.keyboard.press("s")
    line = typed(*across(134, 0.5))
    office.page.get_by_label("Hoặc nhập tọa độ").fill(line)
    kept: list[Route] = []

    def lose_once(route: Route) -> None:
        """Let the operation reach the service, and lose its answer."""
        if not kept:
            kept.append(route)
            route.fetch()
            route.abort("aborted")
        else:
            route.continue_()

    office.page.route("**/operations", lose_once)
    office.send("Tách theo các điểm này")
    expect(office.problem).to_contain_text("không trả lời")
    expect(office.page.get_by_label("Hoặc nhập tọa độ")).to_have_value(line)
    office.problem.get_by_role("button", name="Thử lại").click()
    expect(office.pieces).to_have_count(2)
    expect(office.panel.locator(".operations li")).to_have_count(1)


def test_an_everyday_split_is_printed_within_the_time_by_keyboard(office: OfficePage):
    signed_in(office, 135)
    begun = time.monotonic()
    keyboard = office.page.keyboard
    keyboard.press("/")
    keyboard.type("25195-12-136")
    keyboard.press("Enter")
    expect(office.title).to_have_text("Thửa 136, tờ 12")
    expect(office.tool("split")).to_be_enabled()
    keyboard.press("s")
    for line in typed(*across(136, 0.5)).splitlines():
        keyboard.type(line)
        keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(office.pieces).to_have_count(2)
    with office.page.context.expect_page() as opened:
        keyboard.press("p")
    assert "/drawing.pdf" in opened.value.url
    printed = office.page.request.get(opened.value.url)
    assert printed.body().startswith(b"%PDF")
    took = time.monotonic() - begun
    print(f"\nfrom opening a parcel to its printed split drawing: {took:.1f} s")
    assert took < MOST_SECONDS


def test_the_sheet_of_keys_and_the_history_of_a_parcel(office: OfficePage):
    signed_in(office, 141)
    office.page.keyboard.press("?")
    expect(office.page.get_by_role("dialog")).to_contain_text("Tách theo đường vẽ")
    assert serious_faults(office.page) == []
    office.page.keyboard.press("Escape")
    expect(office.title).to_have_text("Thửa 141, tờ 12")
    office.page.keyboard.press("h")
    slider = office.page.get_by_role("slider")
    expect(slider).to_be_focused()
    expect(office.panel.locator(".history-state")).to_contain_text("Trạng thái 1 trên 1")
    assert serious_faults(office.page) == []
    office.page.get_by_role("button", name="Về thửa đất").click()
    expect(office.title).to_have_text("Thửa 141, tờ 12")
