"""On a phone with a slow network: report something and read the answer, object to a plan, open an account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE
from landsvc.core.secrets import Vault
from landsvc.core.sending.carrying import Carrier
from landsvc.core.sending.senders import senders_of
from landsvc.identity import people
from landsvc.identity.actors import Actor, Branch
from landsvc.registry.feedback import displays, service
from landsvc.sim.messages import MessagingService, Telephone
from landsvc.sim.national_id import NationalIdentity, Someone
from playwright.sync_api import Page, expect
from tests.browser.conftest import SLOW, touched
from tests.browser.test_application_journey import REF, fits
from tests.conftest import opened, serving, settings_for, signing_file
from tests.factories import hostile
from tests.factories import planning as plans

CODE, SECRET = re.compile(r"PA-\d{4}-\d{6}-\d{2}"), re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}")
WORDS = {
    "vi": {
        "where": "Ở đâu?",
        "what": "Ông/bà thấy gì?",
        "picture": "Ảnh, nếu có",
        "send": "Gửi",
        "arrived": "Đã nhận. Xin cảm ơn ông/bà.",
        "code": "Mã",
        "secret": "Mã tra cứu",
        "show": "Xem tình trạng",
        "object": "Góp ý",
        "opinion": "Ý kiến của ông/bà",
        "name": "Họ tên",
        "telephone": "Số điện thoại",
        "ask": "Gửi mã cho tôi",
        "sent": "Mã trong tin nhắn",
        "password": "Mật khẩu mới",
        "on": "Làm tiếp",
        "unknown": "Sổ đăng ký chưa biết tài khoản này của ai",
        "out": "Đăng xuất",
        "national": "Đăng nhập bằng VNeID",
    },
    "en": {
        "where": "Where?",
        "what": "What do you see?",
        "picture": "A picture, if you have one",
        "send": "Send",
        "arrived": "It has arrived. Thank you.",
        "code": "Code",
        "secret": "Secret",
        "show": "Show how it stands",
        "object": "Say what I think",
        "opinion": "Your opinion",
        "name": "Your name",
        "telephone": "Telephone number",
        "ask": "Send me the code",
        "sent": "Code from the message",
        "password": "New password",
        "on": "Go on",
        "unknown": "The register does not know yet whose account this is",
        "out": "Sign out",
        "national": "Sign in with VNeID",
    },
}
HEAD = (Branch("province", "Văn phòng", "Office", True),)


@pytest.fixture(scope="module")
def officers(town_dsn: str) -> list[Actor]:
    """Two who answer in every commune, and a planner; and a plan on display."""
    with opened(town_dsn) as database:
        with database.unit_of_work(IDENTITY_ROLE) as session:
            ids = [
                people.create_account(session, login, login, [role], password=None, branches=["province"])
                for login, role in (("hears", "processor"), ("releases", "processor"), ("shows", "planner"))
            ]
        roles = ("processor", "processor", "planner")
        found = [
            Actor(each, "x", "x", frozenset((role,)), branches=HEAD)
            for each, role in zip(ids, roles, strict=True)
        ]
        with psycopg.connect(town_dsn) as conn:
            plans.plan(conn, "QH-HEARD", status="consultation")
            today = conn.execute("SELECT cadastre.today()").fetchone()[0]
        with database.unit_of_work(EDITOR_ROLE, found[2]) as session:
            displays.display(
                session, "QH-HEARD", (today, today), displays.Said("12/TB", "UBND", "Thử"), actor=found[2]
            )
    return found


def answered(dsn: str, code: str, officers: list[Actor]) -> None:
    """Answer a report as two officers do."""
    with opened(dsn) as database:
        for actor, action, seen, words in (
            (officers[0], "accept", "received", ""),
            (officers[0], "answer", "accepted", "Đã đo lại, mốc đúng."),
        ):
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.move(session, code, action, seen, words=words, outcome=None, actor=actor)
        with database.unit_of_work(EDITOR_ROLE, officers[1]) as session:
            line = service.one(session, code, officers[1])
            answer, public = line.last("answer"), f"Mốc bị xê dịch {code}"
            assert answer is not None
            looked = service.digest_to_tick(public, line)
            given = service.Release(answer.id, public=public, photo=True, looked=looked)
            service.release(session, code, "drafted", given, actor=officers[1])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_somebody_reports_and_reads_the_answer(
    phone: Page, town_dsn: str, officers: list[Actor], language: str, tmp_path: Path
) -> None:
    words = WORDS[language]
    phone.context.new_cdp_session(phone).send("Network.emulateNetworkConditions", SLOW)
    picture = tmp_path / "anh.jpg"
    picture.write_bytes(hostile.with_place())
    phone.goto(f"/feedback?lang={language}&place={REF}")
    fits(phone)
    expect(phone.get_by_label(words["where"], exact=True)).to_have_value(REF)
    phone.get_by_label(words["what"], exact=True).fill("Mốc bị xê dịch về phía đông")
    phone.get_by_label(words["picture"], exact=True).set_input_files(picture)
    phone.get_by_role("button", name=words["send"], exact=True).press("Enter")
    expect(phone.get_by_role("status")).to_contain_text(words["arrived"])
    fits(phone)
    said = phone.get_by_role("status").inner_text()
    code, key = CODE.search(said)[0], SECRET.search(said)[0]
    answered(town_dsn, code, officers)
    phone.goto("/feedback/follow")
    phone.get_by_label(words["code"], exact=True).fill(code)
    phone.get_by_label(words["secret"], exact=True).fill(key)
    phone.get_by_role("button", name=words["show"], exact=True).click()
    expect(phone.get_by_text("Đã đo lại, mốc đúng.")).to_be_visible()
    fits(phone)
    phone.goto("/feedback/reports")
    expect(phone.get_by_text(f"Mốc bị xê dịch {code}")).to_be_visible()
    fits(phone)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_somebody_says_what_they_think_of_a_plan(phone: Page, officers: list[Actor], language: str) -> None:
    words = WORDS[language]
    phone.context.new_cdp_session(phone).send("Network.emulateNetworkConditions", SLOW)
    phone.goto(f"/plans/display?lang={language}")
    fits(phone)
    phone.get_by_role("link", name=words["object"], exact=True).first.click()
    fits(phone)
    phone.get_by_label(words["where"], exact=True).fill(REF)
    phone.get_by_label(words["opinion"], exact=True).fill("Đường cắt qua vườn của nhiều hộ")
    phone.get_by_role("button", name=words["send"], exact=True).click()
    expect(phone.get_by_role("status")).to_contain_text(words["arrived"])


@pytest.fixture(scope="module")
def door(town_dsn: str) -> Iterator[tuple[str, Telephone, dict[str, str]]]:
    """A server that sends short messages and knows the national identity, both simulated."""
    telephone = Telephone()
    messages = MessagingService(0, "sim", telephone)
    provider = NationalIdentity(0, "landsvc", "trial", [Someone("070185000999", "Lê Thị Mận")])
    environ = {
        "MESSAGING_URL": messages.address,
        "MESSAGING_TOKEN": "sim",
        "NATIONAL_ID_ISSUER": provider.issuer,
        "NATIONAL_ID_CLIENT_ID": "landsvc",
        "NATIONAL_ID_CLIENT_SECRET": "trial",
    }
    try:
        with serving(town_dsn, SIGNING_FILE=signing_file(), **environ) as address:
            yield address, telephone, environ
    finally:
        messages.close()
        provider.close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_somebody_opens_an_account_and_comes_back_with_the_national_identity(
    browser, browser_context_args, town_dsn: str, door, language: str
) -> None:
    address, telephone, environ = door
    words = WORDS[language]
    number = "0912 000 001" if language == "vi" else "0912 000 002"
    with touched(browser, browser_context_args | {"base_url": address}, 390, 844) as page:
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
        page.goto(f"/account/register?lang={language}")
        fits(page)
        page.get_by_label(words["name"], exact=True).fill("Trần Thị Bưởi")
        page.get_by_label(words["telephone"], exact=True).fill(number)
        page.get_by_role("button", name=words["ask"], exact=True).press("Enter")
        fits(page)
        settings = settings_for(town_dsn, **environ)
        with opened(town_dsn) as database:
            Carrier(database, Vault(settings), senders_of(settings)).round()
        told = list(telephone.messages.values())[-1]["text"]
        page.get_by_label(words["sent"], exact=True).fill(re.search(r"\d{6}", told)[0])
        page.get_by_label(words["password"], exact=True).fill("con trâu đi trước")
        page.get_by_role("button", name=words["on"], exact=True).click()
        expect(page.get_by_role("heading", name="Trần Thị Bưởi")).to_be_visible()
        expect(page.get_by_text(words["unknown"])).to_be_visible()
        fits(page)
        page.get_by_role("button", name=words["out"], exact=True).click()
        page.get_by_role("link", name=words["national"], exact=True).click()
        page.get_by_role("link", name="Lê Thị Mận").click()
        expect(page.get_by_role("heading", name="Lê Thị Mận")).to_be_visible()
        fits(page)
