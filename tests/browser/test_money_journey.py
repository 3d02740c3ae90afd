"""A sale's taxes from the slip to the confirmation, with the simulated tax office and bank as programs of their own.

The officer sends the slip on the page; the tax office answers; the citizen scans the codes on the page of the receipt,
as a camera sees them, and pays at the bank; the dossier moves on. Nothing but HTTP goes between the programs.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from landsvc.core import migrate
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.secrets import Vault
from landsvc.finance.channels import keys
from landsvc.identity import people
from PIL import Image
from playwright.sync_api import Browser, Locator, expect
from tests.browser.conftest import serious_faults
from tests.browser.desk import seated
from tests.conftest import data_folder, opened, settings_for, signing_file
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay
from tests.factories.killed_office import FarPerson
from tests.factories.ports import free_port
from tests.factories.service import LANDSVC, Service, wait_until
from tests.factories.wire import words_of_pdf

PATIENCE_S = 30.0
SECRET = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}")


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """`landsvc up` over a few parcels, with channels, accounts to pay into, and a key of the office."""
    folder = data_folder()
    found = Service(folder)
    found.environ["LANDSVC_SIGNING_FILE"] = signing_file()
    try:
        found.cluster.start(keep=False)
        migrate.migrate(found.cluster.dsn())
        lay(found.cluster.dsn(), parcels=3)
        found.start()
        yield found
    finally:
        found.kill_all()
        shutil.rmtree(folder)
        found.forget()


class Reached:
    """How `FarPerson` finds the service."""

    def __init__(self, service: Service) -> None:
        self.dsn, self.address = service.cluster.dsn(), service.address


@contextmanager
def program(log: Path, *arguments: str, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of ours beside the test; end it afterwards."""
    with log.open("wb") as told:
        child = subprocess.Popen([*LANDSVC, *arguments], env={**os.environ, **environ}, stdout=told, stderr=told)
        try:
            yield child
        finally:
            child.terminate()
            child.wait(20)


@contextmanager
def counterparts(service: Service, scratch: Path) -> Iterator[str]:
    """Let tax office and bank play; yield where the bank's counter is."""
    with opened(service.cluster.dsn()) as database, database.unit_of_work(IDENTITY_ROLE) as session:
        vault = Vault(settings_for(service.cluster.dsn()))
        shared = keys.add_secret(session, vault, "BANK1", "journey")
        secret = people.create_client(session, "sim-tax", "Tax office", ("tax:read", "tax:write"))
    desk, counter = free_port(), free_port()
    tax = ("sim", "tax", service.address, "--client", "sim-tax", "--rounds", "1000", "--pause", "0.2", "--returns", "0",
           "--confirms", "--listen", str(desk), "--books", str(scratch / "tax.jsonl"))  # fmt: skip
    bank = ("sim", "bank", service.address, "--channel", "BANK1", "--kid", "journey", "--listen", str(counter),
            "--books", str(scratch / "bank.jsonl"), "--tax", f"http://127.0.0.1:{desk}")  # fmt: skip
    with (
        program(scratch / "tax.log", *tax, LANDSVC_SIM_SECRET=secret),
        program(scratch / "bank.log", *bank, LANDSVC_SIM_SECRET=b64encode(shared).decode()),
    ):
        yield f"http://127.0.0.1:{counter}/"


def scanned(code: Locator) -> str:
    """Return what a camera reads off a code on a page."""
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))
    return found.text


def test_from_the_slip_to_the_confirmation_by_the_codes_on_the_page(
    browser: Browser, browser_context_args: dict[str, Any], service: Service, tmp_path: Path
):
    reached = Reached(service)
    staff: dict[str, FarPerson] = {}
    world = World(reached.dsn, lambda login: staff.setdefault(login, FarPerson(reached, login)))
    seller, buyer = world.registry.party(), world.registry.party()
    ref, right = world.held_by(seller)
    code = world.submit("CN", [ref])
    receipt = world.person("hoa").client.get(f"/api/v1/dossiers/{code}/papers/receipt.pdf")
    (secret,) = set(SECRET.findall(words_of_pdf(receipt.data)))
    world.go(code, "lan", "take")
    facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(buyer)]}]}
    world.go(code, "lan", "enter_facts", facts=facts)
    followed = f"{service.address}/dossiers/{code}?key={secret}"

    with counterparts(service, tmp_path) as counter:
        lan = world.person("lan")
        with seated(browser, browser_context_args, service.address, lan.token) as officer:
            officer.dossier(code).act("send_slip")
            wait_until(lambda: lan.read(code)["state"] == "TAX_NOTICED", PATIENCE_S, service.told)

            citizen = browser.new_context(
                **{**browser_context_args, "viewport": {"width": 390, "height": 844}}
            ).new_page()
            citizen.goto(followed)
            codes = citizen.locator("p[role=img]")
            expect(codes).to_have_count(2)
            assert serious_faults(citizen) == []
            assert citizen.evaluate("document.documentElement.scrollWidth") <= 390
            for text in [scanned(each) for each in codes.all()]:
                citizen.goto(counter)
                citizen.get_by_label("Nội dung mã VietQR").fill(text)
                citizen.get_by_role("button", name="Thanh toán").click()
                expect(citizen.get_by_role("status")).to_contain_text("Đã thu")
            wait_until(lambda: lan.read(code)["state"] == "TAX_PAID", PATIENCE_S, service.told)

            citizen.goto(followed)
            expect(citizen.locator("p[role=img]")).to_have_count(0)
            citizen.context.close()
            officer.dossier(code)
            assert officer.may("draft"), "the officer goes on with the registration"
    told = world.rows(
        "SELECT s.state, s.confirmed FROM finance.notice_standing s JOIN finance.notice n ON n.id = s.notice_id"
        " WHERE n.dossier_code = %s",
        code,
    )
    assert told == [("PAID", True)] * 2
    banked = world.rows("SELECT count(*), sum(amount_vnd) FROM finance.channel_payment")
    assert banked == world.rows("SELECT count(*), sum(amount_vnd) FROM finance.tax_payment")
