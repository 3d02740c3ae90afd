"""She looked her garden up in town; at home there is no network, and the answer still opens and says how old it is."""

from __future__ import annotations

import re
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from landsvc.core.config import REPOSITORY
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from tests.browser.citizen_page import CitizenPage
from tests.browser.conftest import SLOW, TELL_BREACHES, serious_faults, watched
from tests.conftest import free_port, serving
from tests.factories import town

PARCEL = "25195-12-102"
SETTLED = """async () => {
  const found = await navigator.serviceWorker.getRegistration();
  return !found.installing && !found.waiting && found.active.state === "activated";
}"""
SAVED_AT = re.compile(r"lưu lúc \d\d:\d\d \d\d/\d\d/20\d\d")


@contextmanager
def carried(browser: Browser, address: str, expected: set[int]) -> Iterator[BrowserContext]:
    """Yield a phone on which pages may be kept; 0 in `expected` lets requests fail."""
    context = browser.new_context(base_url=address, locale="vi-VN", viewport={"width": 390, "height": 844})
    context.add_init_script(TELL_BREACHES)
    faults: list[str] = []
    context.on("page", lambda page: watched(page, faults, expected))
    yield context
    context.close()
    assert not faults


@pytest.fixture
def carried_phone(browser: Browser, base_url: str, expected_statuses: set[int]) -> Iterator[Page]:
    with carried(browser, base_url, expected_statuses) as context:
        yield context.new_page()


def kept_names(page: Page, store: str) -> list[str]:
    """Return the addresses that a store on the phone holds."""
    return page.evaluate(
        "async store => (await (await caches.open('landsvc-' + store)).keys())"
        ".map(each => each.url.replace(location.origin, ''))",
        store,
    )


def wait_kept(page: Page, store: str, address: str) -> None:
    until(page, lambda: address in kept_names(page, store), f"{address} is kept")


def until(page: Page, holds: Callable[[], object], what: str) -> None:
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not so: {what}")


def go_offline(page: Page, expected: set[int]) -> None:
    expected.add(0)
    page.context.set_offline(True)


@pytest.mark.parametrize(
    ("language", "saved", "newest"),
    [
        ("vi", SAVED_AT, "Đã có mạng. Mở bản mới nhất."),
        (
            "en",
            re.compile(r"kept at \d\d:\d\d \d\d/\d\d/20\d\d"),
            "There is a network again: open it as it is now.",
        ),
    ],
)
def test_the_first_answer_opens_again_without_a_network(
    carried_phone: Page, expected_statuses: set[int], language: str, saved: re.Pattern[str], newest: str
):
    page = carried_phone
    slow = page.context.new_cdp_session(page)
    slow.send("Network.emulateNetworkConditions", SLOW)
    citizen = CitizenPage(page).open(f"/?parcel={PARCEL}&lang={language}")
    title = citizen.title.inner_text()
    wait_kept(page, "pages", f"/?parcel={PARCEL}")
    until(page, lambda: len(kept_names(page, "tiles")) > 3, "tiles are kept")
    slow.detach()
    go_offline(page, expected_statuses)
    page.reload()
    expect(citizen.title).to_have_text(title)
    expect(page.locator("#kept")).to_have_text(saved)
    expect(page.locator("html[data-map=ready]")).to_be_attached()
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    stood = page.url.split("#map=")[1]
    page.goto("/")
    expect(page).to_have_url(re.compile(f"#map={re.escape(stood)}"))
    page.context.set_offline(False)
    page.get_by_role("link", name=newest, exact=True).click()
    expect(page.locator("#kept")).to_be_hidden()


def test_a_page_that_was_being_opened_while_the_worker_came_is_kept_too(
    browser: Browser, base_url: str, expected_statuses: set[int]
):
    """A worker that begins claims the pages that stand, and not the one that is on its way just then."""
    held: list[Route] = []
    with carried(browser, base_url, expected_statuses) as context:
        late, first = context.new_page(), context.new_page()
        late.route("**/?parcel=*", lambda route: held.append(route))
        late.evaluate("address => { location.href = address; }", f"{base_url}/?parcel={PARCEL}")
        until(first, lambda: held, "the page is on its way")
        first.goto("/saved")
        until(first, lambda: first.evaluate("navigator.serviceWorker.controller !== null"), "the worker came")
        held[0].continue_()
        expect(CitizenPage(late).title).to_contain_text("Thửa 102")
        wait_kept(late, "pages", f"/?parcel={PARCEL}")
        wait_kept(late, "answers", f"/answer?parcel={PARCEL}")


def test_what_was_tapped_is_found_again_by_place_by_name_and_in_the_list(
    carried_phone: Page, expected_statuses: set[int]
):
    page = carried_phone
    page.goto("/saved")
    wait_kept(page, "pages", "/saved")
    expect(page.get_by_text("Chưa lưu gì.")).to_be_visible()
    citizen = CitizenPage(page).open_at(103)
    citizen.tap_middle()
    expect(citizen.title).to_contain_text("Thửa 103")
    wait_kept(page, "answers", "/answer?parcel=25195-12-103")
    go_offline(page, expected_statuses)
    page.goto(f"/?parcel=25195-12-103&lang=vi#map={page.url.split('#map=')[1]}")
    expect(citizen.title).to_contain_text("Thửa 103")
    expect(citizen.answer.locator(".kept")).to_have_text(SAVED_AT)
    page.get_by_role("button", name="Đóng", exact=True).click()
    lon, lat = town.middle(103)
    told = page.evaluate("async at => (await fetch('/answer?' + at)).text()", f"lon={lon + 1e-6}&lat={lat}")
    assert "Thửa 103" in told
    page.goto("/calculator")
    expect(page.locator("#kept")).to_contain_text("chưa được lưu")
    page.get_by_role("link", name=re.compile("Thửa 103")).click()
    expect(citizen.title).to_contain_text("Thửa 103")


def test_who_shares_the_phone_clears_it(carried_phone: Page):
    page = carried_phone
    CitizenPage(page).open(f"/?parcel={PARCEL}&lang=en")
    wait_kept(page, "pages", f"/?parcel={PARCEL}")
    page.goto("/saved")
    expect(page.get_by_role("link", name=re.compile("Parcel 102"))).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_role("button", name="Clear everything kept", exact=True).click()
    expect(page.get_by_text("Cleared: nothing is kept on this device any more.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Parcel 102"))).to_have_count(0)
    assert kept_names(page, "pages") + kept_names(page, "answers") + kept_names(page, "tiles") == []


def test_nothing_of_somebody_signed_in_or_of_the_office_is_kept(
    carried_phone: Page, base_url: str, expected_statuses: set[int]
):
    page = carried_phone
    page.goto("/services")
    wait_kept(page, "pages", "/services")
    page.context.add_cookies([{"name": "landsvc_session", "value": "x" * 40, "url": base_url}])
    for path in (f"/?parcel={PARCEL}", f"/activities?parcel={PARCEL}", "/office/sign-in", "/dossiers"):
        page.goto(path)
    page.goto("/services?q=thua+ke")
    page.wait_for_timeout(300)
    assert sorted(kept_names(page, "pages")) == ["/", "/saved", "/services"]
    assert kept_names(page, "answers") == []
    go_offline(page, expected_statuses)
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        page.goto("/office/sign-in")


@pytest.mark.long
def test_a_new_build_takes_over_and_what_was_kept_still_opens(
    browser: Browser, town_dsn: str, tmp_path: Path, expected_statuses: set[int]
):
    web, port = tmp_path / "web", str(free_port())
    shutil.copytree(REPOSITORY / "web", web, ignore=shutil.ignore_patterns("node_modules"))
    (web / "node_modules").symlink_to(REPOSITORY / "web/node_modules")
    with carried(browser, f"http://127.0.0.1:{port}", expected_statuses) as context:
        page = context.new_page()
        with serving(town_dsn, PORT=port, WEB=str(web)):
            CitizenPage(page).open(f"/?parcel={PARCEL}")
            wait_kept(page, "pages", f"/?parcel={PARCEL}")
            first = page.evaluate("caches.keys()")
        rebuild(web)
        expected_statuses.add(0)
        with serving(town_dsn, PORT=port, WEB=str(web)):
            page.goto("/services")
            until(page, lambda: set(page.evaluate("caches.keys()")) - set(first), "the new build has its files")
            wait_kept(page, "pages", "/services")
            until(page, lambda: page.evaluate(SETTLED), "one worker is left")
            style = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--build').trim()")
            assert style == "2"
        # The server is gone now: the page of the old build has the style sheet it was shown with.
        page.goto(f"/?parcel={PARCEL}")
        expect(page.locator("#kept")).to_have_text(SAVED_AT)
        assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper')")
        page.goto("/services")
        assert (
            page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--build').trim()") == "2"
        )


@pytest.mark.long
def test_a_network_that_says_nothing_is_not_waited_for(
    browser: Browser, town_server: str, expected_statuses: set[int]
):
    with stalling(town_server) as (address, flowing), carried(browser, address, expected_statuses) as context:
        page = context.new_page()
        CitizenPage(page).open(f"/?parcel={PARCEL}")
        wait_kept(page, "pages", f"/?parcel={PARCEL}")
        flowing.clear()
        expected_statuses.add(0)
        page.goto(f"/?parcel={PARCEL}", wait_until="commit", timeout=20_000)
        expect(page.locator("#kept")).to_have_text(SAVED_AT)
        expect(page.locator("#panel-body .answer h2")).to_contain_text("Thửa 102")
        flowing.set()


@contextmanager
def stalling(server: str) -> Iterator[tuple[str, threading.Event]]:
    """Yield the address of a line to the server, and what stops the flow in it when it is cleared."""
    flowing = threading.Event()
    flowing.set()
    there = ("127.0.0.1", int(server.rsplit(":", 1)[1]))

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while part := source.recv(65536):
                flowing.wait()
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)

    class Line(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(there) as far:
                back = threading.Thread(target=carry, args=(far, self.request))
                back.start()
                carry(self.request, far)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as line:
        threading.Thread(target=line.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{line.server_address[1]}", flowing
        flowing.set()
        line.shutdown()


def rebuild(web: Path) -> None:
    """Build again after a change of the style sheet."""
    with (web / "src/css/base.css").open("a") as sheet:
        sheet.write(":root { --build: 2; }\n")
    subprocess.run([Path(sys.executable).parent / "node", "build.mjs"], cwd=web, check=True, capture_output=True)


def test_a_map_that_did_not_come_comes_with_the_network(carried_phone: Page, expected_statuses: set[int]):
    page = carried_phone
    page.goto("/services")
    wait_kept(page, "pages", "/")
    until(page, lambda: page.evaluate(SETTLED), "the worker has taken over")
    go_offline(page, expected_statuses)
    page.goto("/")
    expect(page.locator("#kept")).to_have_text(SAVED_AT)
    expect(page.get_by_role("combobox")).to_be_visible()
    expect(page.locator("html[data-map=ready]")).not_to_be_attached()
    page.context.set_offline(False)
    expect(page.locator("html[data-map=ready]")).to_be_attached(timeout=15000)
