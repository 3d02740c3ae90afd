"""Speak of the officers' workspace in the words of who uses it."""

from __future__ import annotations

from typing import Any

from landsvc.geo import crs
from playwright.sync_api import Locator, Page, expect
from tests.factories import cadastre as land
from tests.factories import town

WIDEST_M_PER_PX = 156543.03392804097
"""Metres a pixel stands for at zoom 0."""
CLOSE = 19
"""A zoom at which a parcel of the town fills the map."""


UNCOVERED = """() => {
  const [map, panel] = ["map", "panel"].map((id) => document.getElementById(id));
  const { x, y, width, height } = map.getBoundingClientRect();
  const covers = getComputedStyle(panel).position === "absolute" && document.body.matches(".has-answer, .has-drafts");
  const [above, below] = covers ? [64, Math.min(panel.offsetHeight, height * 0.6)] : [0, 0];
  return { x, y: y + above, width, height: height - above - below };
}"""
"""The map without what covers it, as `setPadding` in web/src/office/map.js has it."""

LOGIN, PASSWORD = "minh", "ba từ rất dài"
"""The officer who edits, and the password of all whom `office_server` knows."""
CHECKER = "hoa"


class OfficePage:
    """The workspace at `/office`."""

    def __init__(self, page: Page, address: str, session: list[Any] | None = None) -> None:
        """Take the page; `session` holds the cookies of the officer who edits once they have signed in."""
        self.page = page
        self.address = address
        self.session = [] if session is None else session
        self.origin: tuple[float, float] | None = None
        """What metres on the map are counted from (working system); the middle of the map without it."""
        self.panel = page.locator("#panel-body")
        self.title = self.panel.locator("h2")
        self.problem = self.panel.locator(".problem")
        self.findings = self.panel.locator(".report .finding")
        self.pieces = self.panel.locator(".areas .piece")

    def open(self, path: str, login: str, password: str) -> OfficePage:
        """Open a page of the office and sign in on the way, the officer who edits only once."""
        if login == LOGIN and self.session:
            self.page.context.add_cookies(self.session)
            self.page.goto(self.address + path)
            return self.ready()
        self.page.goto(self.address + path)
        self.page.get_by_label("Tên đăng nhập").fill(login)
        self.page.get_by_label("Mật khẩu").fill(password)
        self.page.get_by_role("button", name="Đăng nhập").click()
        self.ready()
        if login == LOGIN:
            self.session[:] = self.page.context.cookies()
        return self

    def ready(self) -> OfficePage:
        """Wait until the map stands."""
        expect(self.page.locator("html[data-map=ready]")).to_be_attached(timeout=15_000)
        return self

    def choose(self, ref: str) -> OfficePage:
        """Open the workspace with one parcel chosen, and wait until the map has moved there."""
        self.page.goto(f"{self.address}/office?parcel={ref}")
        self.ready()
        return self.at_rest()

    def at_rest(self) -> OfficePage:
        """Wait until the map shows a parcel closely and has stopped moving."""
        for _ in range(300):
            if self.zoom() >= CLOSE:
                return self
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the map stands at zoom {self.zoom()}")

    def zoom(self) -> float:
        """Return the zoom in the address; asked of the page, for the driver hears of a changed address late."""
        place = str(self.page.evaluate("location.hash"))
        return float(place.removeprefix("#map=").split("/")[0]) if place else 0.0

    def tool(self, name: str) -> Locator:
        """Return a button of the tool bar."""
        return self.page.locator(f"#toolbar [data-tool={name}]")

    def spot(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Return the pixel that lies so many metres from the origin."""
        box = self._uncovered()
        pixels = 2 ** self.zoom() / WIDEST_M_PER_PX
        if self.origin is not None:
            x, y = self._middle()
            east_m, north_m = east_m + self.origin[0] - x, north_m + self.origin[1] - y
        return box["x"] + box["width"] / 2 + east_m * pixels, box["y"] + box["height"] / 2 - north_m * pixels

    def _uncovered(self) -> dict[str, float]:
        """Return the part of the map in whose middle its place lies: on a phone the panel covers the lower part."""
        found: dict[str, float] = self.page.evaluate(UNCOVERED)
        return found

    def _middle(self) -> tuple[float, float]:
        """Return the middle of the map in the working system."""
        _, lat, lon = str(self.page.evaluate("location.hash")).removeprefix("#map=").split("/")
        return crs.transform_point(float(lon), float(lat), crs.WGS84, land.SRID, "B")

    def send(self, name: str) -> None:
        """Press the button that uses the form of a tool."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def tab_to(self, wanted: Locator, most: int = 80) -> None:
        """Press Tab until a control has the focus, as who has no mouse does."""
        for _ in range(most):
            if wanted.evaluate("(element) => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {wanted}")

    def draw(self, *points: tuple[float, float]) -> None:
        """Draw a line through points given in metres from the origin; the last is double-clicked."""
        expect(self.page.locator("#map.drawing")).to_be_attached()
        *first, last = [self.spot(*point) for point in points]
        for x, y in first:
            self.page.mouse.move(x, y)
            self.page.mouse.click(x, y)
        self.page.mouse.move(*last)
        self.page.mouse.dblclick(*last)

    def tap(self, *points: tuple[float, float], beside: tuple[float, float] = (0, 0)) -> None:
        """Tap places given in metres from the origin with a finger, or so many pixels beside them."""
        expect(self.page.locator("#map.drawing")).to_be_attached()
        for point in points:
            x, y = self.spot(*point)
            self.page.touchscreen.tap(x + beside[0], y + beside[1])

    def take(self, name: str) -> None:
        """Take a tool by touch, out of the menu where it lies there."""
        opener = self.page.locator(".tool-menu-opener")
        if opener.is_visible():
            opener.tap()
        self.tool(name).tap()

    def type_line(self, *points: tuple[float, float]) -> None:
        """Type a line of points (east, north) the way surveyors write them, X north first, and use it."""
        self.page.get_by_label("Hoặc nhập tọa độ").fill(
            "\n".join(f"{north:.3f} {east:.3f}" for east, north in points)
        )
        self.page.get_by_role("button", name="Tách theo các điểm này").click()

    def commit(self, doc_no: str) -> None:
        """Enter the draft into the register on a document."""
        self.page.get_by_label("Số văn bản").fill(doc_no)
        self.page.get_by_role("button", name="Ghi nhận biến động").click()


def signed_in(office: OfficePage, number: int) -> OfficePage:
    """Return the workspace at rest with a parcel of the town chosen, and metres counted from its middle."""
    x, y = town.corner(number)
    office.origin = land.X0 + x + town.WIDTH / 2, land.Y0 + y + town.DEPTH / 2
    office.open(f"/office?parcel=25195-12-{number}", LOGIN, PASSWORD)
    expect(office.title).to_have_text(f"Thửa {number}, tờ 12")
    expect(office.tool("split")).to_be_enabled()
    return office.at_rest()
