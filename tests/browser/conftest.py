"""A town served by the real server, and pages that fail their test on any error of the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from landsvc.cadastre.reference import SQL, use_types
from landsvc.core.db import IDENTITY_ROLE, IMPORT_ROLE, driver_connection
from landsvc.finance.fees.reference import ensure_fees
from landsvc.finance.obligations.reference import ensure_figures
from landsvc.identity import people
from landsvc.planning.activities.service import ensure_activities
from landsvc.planning.taking.service import ensure_takings
from landsvc.registry.dossiers.reference import ensure_procedures
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from tests.browser.office_page import CHECKER, LOGIN, PASSWORD, OfficePage
from tests.conftest import opened, serving, settings_for, signing_file
from tests.factories import drafts, town

SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""Slow 3G, in milliseconds and bytes a second."""
AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
TELL_BREACHES = (
    "document.addEventListener('securitypolicyviolation', e =>"
    " console.error('CSP', e.violatedDirective, e.blockedURI, e.sourceFile, e.lineNumber))"
)


@pytest.fixture(scope="session")
def town_dsn(make_clone) -> Iterator[str]:
    """A database with the town; the tests only read."""
    with make_clone() as dsn:
        ours = settings_for(dsn)
        with opened(dsn) as database, database.unit_of_work(IMPORT_ROLE) as session:
            uses = json.dumps(use_types(ours.gis_data_dir))
            driver_connection(session).execute(SQL["reference_use_types"].text, {"rows": uses})
        with psycopg.connect(dsn) as conn:
            town.lay(conn)
        with opened(dsn) as database:
            ensure_figures(ours, database)
            ensure_procedures(ours, database)
            ensure_fees(ours, database)
            ensure_activities(ours, database)
            ensure_takings(ours, database)
        yield dsn


@pytest.fixture(scope="session")
def town_server(town_dsn: str) -> Iterator[str]:
    """The address of a server over the town."""
    with serving(town_dsn, SIGNING_FILE=signing_file()) as address:
        yield address


@pytest.fixture(scope="session")
def base_url(town_server: str) -> str:
    return town_server


@pytest.fixture(scope="session")
def office_server(make_clone) -> Iterator[str]:
    """The address of a server over the town, with rules in force, one who edits and one who approves.

    All tests of the workspace share it, so each edits parcels that no other one edits.
    """
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            town.lay(conn)
            drafts.rules(conn)
            conn.commit()
        with opened(dsn) as database, database.unit_of_work(IDENTITY_ROLE) as session:
            people.create_account(session, LOGIN, "Trần Văn Minh", ["processor"], password=PASSWORD)
            people.create_account(session, CHECKER, "Lê Thị Hoa", ["checker"], password=PASSWORD)
        with serving(dsn) as address:
            yield address


@pytest.fixture(scope="session")
def office_session(office_server: str) -> list[Any]:
    """The cookies of the officer who edits, from the first signing in on."""
    return []


@pytest.fixture
def office(page: Page, office_server: str, office_session: list[Any]) -> OfficePage:
    """The workspace, not opened yet."""
    return OfficePage(page, office_server, office_session)


@pytest.fixture
def browser_context_args(browser_context_args: dict) -> dict:
    # What a worker keeps is the matter of the offline journey; elsewhere each page comes from the server.
    size = {"width": 1280, "height": 800}
    return browser_context_args | {"locale": "vi-VN", "viewport": size, "service_workers": "block"}


@pytest.fixture
def expected_statuses() -> set[int]:
    """Statuses from 400 on that a test provokes on purpose: it adds them here; 0 for requests that get no answer."""
    return set()


@pytest.fixture
def context(context: BrowserContext, expected_statuses: set[int]) -> Iterator[BrowserContext]:
    """A context whose pages may not fail in silence."""
    context.add_init_script(TELL_BREACHES)
    faults: list[str] = []
    context.on("page", lambda page: watched(page, faults, expected_statuses))
    yield context
    assert not faults


def watched(page: Page, faults: list[str], expected: set[int]) -> None:
    """Add to `faults` whatever goes wrong in a page: errors, and statuses from 400 on that are not `expected`."""

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(f"console: {message.text}")

    page.on("console", said)
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on(
        "response",
        lambda answer: (
            faults.append(f"{answer.status} {answer.url}")
            if answer.status >= 400 and answer.status not in expected
            else None
        ),
    )
    # A request given up because a newer one replaced it is no fault.
    page.on(
        "requestfailed",
        lambda request: (
            faults.append(f"failed: {request.url} {request.failure}")
            if "ERR_ABORTED" not in str(request.failure) and 0 not in expected
            else None
        ),
    )


@pytest.fixture
def phone(browser, browser_context_args, base_url) -> Iterator[Page]:
    """A page 390 pixels wide, with touch, standing in the town and knowing it to 12 metres."""
    lon, lat = town.lonlat(28, 26)
    place = {
        "geolocation": {"longitude": lon, "latitude": lat, "accuracy": 12},
        "permissions": ["geolocation"],
    }
    with touched(browser, browser_context_args | place | {"base_url": base_url}, 390, 844) as page:
        yield page


@pytest.fixture
def slow_phone(phone: Page) -> Iterator[Page]:
    """The phone on a slow network."""
    session = phone.context.new_cdp_session(phone)
    session.send("Network.emulateNetworkConditions", SLOW)
    yield phone
    session.detach()


@contextmanager
def touched(browser: Browser, args: dict, width: int, height: int) -> Iterator[Page]:
    """Yield a page of a size, with touch; it may not fail in silence."""
    context = browser.new_context(**args | {"viewport": {"width": width, "height": height}, "has_touch": True})
    context.add_init_script(TELL_BREACHES)
    faults: list[str] = []
    context.on("page", lambda page: watched(page, faults, set()))
    yield context.new_page()
    context.close()
    assert not faults


def settled(page: Page, look: Callable[[], Any], before: Any) -> Any:
    """Return what a look at the map gives once it is no more as before and two looks agree."""
    last = before
    for _ in range(60):
        now = look()
        if np.array_equal(now, last) and not np.array_equal(now, before):
            return now
        last = now
        page.wait_for_timeout(50)
    raise AssertionError("the map does not change, or does not stop changing")


@cache
def _axe() -> str:
    return AXE.read_text()


def serious_faults(page: Page) -> list[str]:
    """Return what axe finds serious or critical on the page as it stands."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_axe() + ";0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {fault['help']}: {[node['html'][:200] for node in fault['nodes']]}"
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
