"""Citizens open accounts, are known by the national identity or a counter, and see what is theirs and nobody else's."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from joserfc import jwt
from landsvc.core.config import Settings
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.errors import InvalidSetting
from landsvc.core.secret_keys import add_key
from landsvc.core.secrets import Vault
from landsvc.core.sending.carrying import Carrier
from landsvc.core.sending.senders import senders_of
from landsvc.core.web import EXTENSION
from landsvc.identity import people
from landsvc.identity.citizens import sealing
from landsvc.identity.citizens import service as citizens
from landsvc.sim.messages import MessagingService, Telephone
from landsvc.sim.national_id import NationalIdentity, Someone
from tests.conftest import SECRET_KEYS, settings_for
from tests.factories import hostile
from tests.factories.completion import World
from tests.factories.dossiers import lay, office
from tests.factories.mail import mail_server
from tests.factories.rights import PAPER as GROUNDS
from tests.factories.wire import words_of_pdf

SEN, TU, NOBODY = "070185000111", "070185000222", "070185000333"
WHOLE = NationalIdentity._id_token
PASSWORD, OTHER = "con trâu đi trước", "cái cày theo sau"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class House:
    """An office, a register with two people's land, and browsers of strangers."""

    def __init__(self, world: World, mail, phone: Telephone, provider: NationalIdentity) -> None:
        self.world, self.mail, self.phone, self.provider = world, mail, phone, provider
        self.app = world.person("lan").client.application
        parts = self.app.extensions[EXTENSION]
        self.database, self.vault, self.settings = parts.database, parts.vault, parts.settings
        given = {"documents": [{"kind": "cccd", "number": SEN}]}
        self.sen = world.registry.party("Nguyễn Thị Sen", **given)
        self.tu = world.registry.party("Trần Văn Tư", documents=[{"kind": "cccd", "number": TU}])
        self.field = world.held_by(self.sen)[0]
        self.garden = world.held_by(self.tu)[0]
        self.names = 0

    def browser(self, language: str = "en"):
        client = self.app.test_client()
        client.set_cookie("lang", language)
        return client

    def rows(self, statement: str, *params: object) -> list[tuple]:
        with psycopg.connect(self.world.dsn) as conn:
            found = conn.execute(statement, params)
            return found.fetchall() if found.description else []

    def contact(self) -> str:
        self.names += 1
        return f"sen{self.names}@example.org"

    def send(self) -> list:
        before = len(self.mail.got), len(self.phone.messages)
        Carrier(self.database, self.vault, senders_of(self.settings)).round()
        mails = [(to, told.get_content()) for to, _, told in self.mail.got[before[0] :]]
        rings = [(each["to"], each["text"]) for each in list(self.phone.messages.values())[before[1] :]]
        return mails + rings

    def ask(self, browser, contact: str, name: str = "Nguyễn Thị Sen", what: str = "register", **more: str):
        body = {"contact": contact, "name": name, **more}
        return browser.post(f"/account/{what}", data=body)

    def code(self) -> tuple[str, str]:
        ((to, text),) = self.send()
        return to, re.search(r"\b\d{6}\b", text)[0]

    def opened(self, browser, contact: str, **given: str) -> str:
        """Open an account; return the number of the code it took."""
        asked = self.ask(browser, contact, **given)
        assert asked.status_code == 303, asked.text
        proof = re.search(r"proof=([0-9a-f-]{36})", asked.headers["Location"])[1]
        done = browser.post("/account/code", data={"proof": proof, "code": self.code()[1], "password": PASSWORD})
        assert (done.status_code, done.headers["Location"]) == (303, "/account"), done.text
        return proof

    def national(self, browser, number: str, wanted: str = "/account", ok: str | None = None):
        """Sign in with the national identity, as a browser is led."""
        begun = browser.get("/account/sign-in/national-id", query_string={"next": wanted})
        assert begun.status_code == 303, begun.text
        chosen = requests.get(begun.headers["Location"], timeout=5)
        link = re.search(rf'href="(/choose[^"]*who={number})"', chosen.text)[1].replace("&amp;", "&")
        sent_back = requests.get(self.provider.issuer + link, allow_redirects=False, timeout=5)
        parts = urlsplit(sent_back.headers["Location"])
        done = browser.get(f"{parts.path}?{parts.query}")
        if ok is None:
            assert (done.status_code, done.headers.get("Location")) == (303, wanted), done.text
        return done

    def token(self, browser) -> str:
        return CSRF.search(browser.get("/account").text)[1]


@pytest.fixture(scope="module")
def house(module_db, tmp_path_factory):
    lay(module_db, parcels=12)
    phone = Telephone()
    service = MessagingService(0, "sim", phone)
    people_known = [Someone(SEN, "Nguyễn Thị Sen"), Someone(TU, "Trần Văn Tư"), Someone(NOBODY, "Lê Văn Lạ")]
    provider = NationalIdentity(0, "landsvc", "a secret: of two", people_known)
    try:
        with mail_server() as mail:
            given = {
                "MAIL_SERVER": f"127.0.0.1:{mail.port}",
                "MAIL_SECURITY": "none",
                "MAIL_FROM": "land@example.org",
                "MESSAGING_URL": service.address,
                "MESSAGING_TOKEN": "sim",
                "NATIONAL_ID_ISSUER": provider.issuer,
                "NATIONAL_ID_CLIENT_ID": "landsvc",
                "NATIONAL_ID_CLIENT_SECRET": "a secret: of two",
                "NATIONAL_ID_ACR": "2",
                "DATA": str(tmp_path_factory.mktemp("data")),
            }
            with office(module_db, **given) as person:
                known = {}
                world = World(module_db, lambda login: known.setdefault(login, person(login)))
                yield House(world, mail, phone, provider)
    finally:
        service.close()
        provider.close()


@pytest.fixture(autouse=True)
def fresh(house):
    house.rows("TRUNCATE identity.attempt")
    yield
    house.rows("UPDATE registry.online_service SET level = 1")
    house.rows("UPDATE identity.contact_proof SET made_at = made_at - interval '2 hours'")


def test_an_account_is_opened_by_a_code_sent_to_an_address_and_signs_in_again(house):
    browser, contact = house.browser(), house.contact()
    house.opened(browser, contact)
    page = browser.get("/account")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Nguyễn Thị Sen" in page.text
    assert contact in page.text
    assert "not known" in page.text
    out = browser.post("/account/sign-out", data={"csrf": house.token(browser)})
    assert out.status_code == 303
    assert browser.get("/account").headers["Location"] == "/account/sign-in?next=%2Faccount"
    wrong = browser.post("/account/sign-in", data={"login": contact, "password": OTHER})
    assert wrong.status_code == 401
    assert "administrator" not in wrong.text
    again = browser.post(
        "/account/sign-in", data={"login": contact.upper(), "password": PASSWORD, "next": "/alerts"}
    )
    assert (again.status_code, again.headers["Location"]) == (303, "/alerts")


def test_a_telephone_number_is_the_same_however_it_is_typed(house):
    browser = house.browser("vi")
    house.opened(browser, "0912 000 111")
    again = house.browser("vi").post("/account/sign-in", data={"login": "+84912000111", "password": PASSWORD})
    assert again.status_code == 303


def test_asking_again_looks_the_same_and_renews_the_password_of_whoever_gets_the_code(house):
    first, contact = house.browser(), house.contact()
    house.opened(first, contact)
    stranger = house.browser()
    known, unknown = house.ask(stranger, contact), house.ask(stranger, house.contact())
    hide = re.compile(r"[0-9a-f-]{36}")
    assert [hide.sub("", each.headers["Location"]) for each in (known, unknown)] == [
        "/account/code?proof=&next=%2Faccount"
    ] * 2
    told = dict(house.send())
    assert "renew the password" in told[contact]
    proof, code = hide.search(known.headers["Location"])[0], re.search(r"\b\d{6}\b", told[contact])[0]
    done = stranger.post("/account/code", data={"proof": proof, "code": code, "password": OTHER})
    assert done.status_code == 303
    assert first.get("/account").status_code == 303, "the old session goes on"
    assert stranger.get("/account").status_code == 200
    assert house.rows(
        "SELECT count(*) FROM identity.citizen WHERE contact_index = ANY (%s)",
        house.vault.indexes(contact, sealing.CONTACT),
    ) == [(1,)]


def test_a_password_of_nobody_is_not_renewed_and_nothing_is_sent(house):
    browser = house.browser()
    asked = house.ask(browser, house.contact(), what="password")
    assert asked.status_code == 303
    assert house.send() == []
    proof = re.search(r"[0-9a-f-]{36}", asked.headers["Location"])[0]
    tried = browser.post("/account/code", data={"proof": proof, "code": "000000", "password": PASSWORD})
    assert tried.status_code == 422


def test_a_code_is_good_once_for_five_tries_and_half_an_hour(house):
    browser = house.browser()
    asked = house.ask(browser, house.contact())
    proof, (_, code) = re.search(r"[0-9a-f-]{36}", asked.headers["Location"])[0], house.code()
    wrong = f"{(int(code) + 1) % 10**6:06}"

    def tried(code: str, password: str = PASSWORD):
        return browser.post(
            "/account/code", data={"proof": proof, "code": code, "password": password}
        ).status_code

    assert tried(code, "short") == 400
    assert [tried(wrong) for _ in range(4)] == [422] * 4
    assert tried(code) == 303
    assert tried(code) == 422
    other = re.search(r"[0-9a-f-]{36}", house.ask(browser, house.contact()).headers["Location"])[0]
    late = house.code()[1]
    house.rows("UPDATE identity.contact_proof SET made_at = made_at - interval '31 minutes' WHERE id = %s", other)
    answer = browser.post("/account/code", data={"proof": other, "code": late, "password": PASSWORD})
    assert (answer.status_code, "This code is not right" in answer.text) == (422, True)
    for spoilt in ("", "x", "00000000-0000-0000-0000-000000000000"):
        assert (
            browser.post("/account/code", data={"proof": spoilt, "code": "1", "password": PASSWORD}).status_code
            == 422
        )


def test_the_same_code_sent_twice_at_once_opens_one_account(house):
    contact = house.contact()
    asked = house.ask(house.browser(), contact)
    proof, (_, code) = re.search(r"[0-9a-f-]{36}", asked.headers["Location"])[0], house.code()

    def open_it(_):
        return (
            house.browser()
            .post("/account/code", data={"proof": proof, "code": code, "password": PASSWORD})
            .status_code
        )

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(open_it, range(3))) == [303, 422, 422]


def test_codes_are_few_an_hour_and_machines_get_none(house):
    browser, contact = house.browser(), house.contact()
    assert [house.ask(browser, contact).status_code for _ in range(4)] == [303, 303, 303, 429]
    house.send()
    assert house.ask(browser, house.contact(), website="http://spam.example").status_code == 200
    assert house.send() == []
    bad = [
        house.ask(browser, each).status_code
        for each in ("", "an@", "0123456789", "an@example", "a" * 300 + "@example.org")
    ]
    assert bad == [400] * 5
    assert house.ask(browser, house.contact(), name="").status_code == 400


def test_codes_of_the_day_before_are_forgotten_with_whom_they_were_for(house):
    house.ask(house.browser(), house.contact())
    house.send()
    house.rows("UPDATE identity.contact_proof SET made_at = made_at - interval '25 hours'")
    assert citizens.forget_codes(house.database) > 0
    assert house.rows("SELECT count(*) FROM identity.contact_proof") == [(0,)]


def test_a_draft_of_an_account_is_lodged_with_its_secret_where_nobody_must_sign_in(house):
    sen = house.browser()
    house.national(sen, SEN)
    page = begin(sen, parcel=house.field).text
    code = re.search(r"\bDN-\d{4}-\d{6}-\d{2}\b", page)[0]
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    lodged = house.browser().post(f"/applications/{code}/lodge", data={"key": key})
    assert (lodged.status_code, "Original certificate" in lodged.text) == (422, True)


def test_what_a_citizen_says_is_sealed_and_lists_of_accounts_show_nobody(house):
    contact = house.contact()
    house.opened(house.browser(), contact)
    whole = "SELECT string_agg(t::text, ' ') FROM identity.{} t"
    for table in ("citizen", "contact_proof", "account", "audit", "session"):
        told = house.rows(whole.format(table))[0][0]
        assert not [each for each in ("Sen", contact) if each in told], table
    with house.database.read_only(IDENTITY_ROLE) as session:
        found, _ = people.find_accounts(session, people.AccountSearch(), after=0, page=1000)
        assert not [each.login for each in found if each.login.startswith("cd-")]
        mine, _ = people.find_accounts(session, people.AccountSearch(role="citizen"), after=0, page=1000)
        assert {each.name for each in mine} == {"Công dân"}


def test_officers_and_citizens_do_not_sign_in_at_each_others_door(house):
    officer = house.world.person("binh").client
    assert officer.get("/account").headers["Location"].startswith("/account/sign-in")
    with house.database.unit_of_work(IDENTITY_ROLE) as session:
        people.set_password(session, "binh", PASSWORD)
    assert (
        house.browser().post("/account/sign-in", data={"login": "binh", "password": PASSWORD}).status_code == 401
    )
    browser = house.browser()
    house.opened(browser, house.contact())
    assert browser.get("/office/parties").status_code in {303, 403}
    assert browser.get(f"/api/v1/parties/{house.sen}").status_code == 403
    with psycopg.connect(house.world.dsn) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(
            "INSERT INTO identity.citizen (account_id, sealed)"
            " SELECT id, 'x' FROM identity.account WHERE login = 'binh'"
        )


def test_somebody_changes_the_name_they_gave_or_gives_one(house):
    browser = house.browser()
    house.opened(browser, house.contact())
    made = house.browser()
    with house.database.unit_of_work(IDENTITY_ROLE) as session:
        people.create_account(session, "thao", "Thảo", ["citizen"], password=PASSWORD, branches=[])
    assert made.post("/account/sign-in", data={"login": "thao", "password": PASSWORD}).status_code == 303
    for each in (browser, made):
        csrf = house.token(each)
        assert each.post("/account/name", data={"csrf": csrf, "name": " "}).status_code == 400
        for name in ("Lê Thị Thảo", "Lê Thị Thảo An"):
            assert each.post("/account/name", data={"csrf": csrf, "name": name}).status_code == 303
            assert name in each.get("/account").text


def test_changes_need_the_token_and_lead_nowhere_else(house):
    browser = house.browser()
    house.opened(browser, house.contact())
    for path in ("name", "sign-out", "close"):
        assert browser.post(f"/account/{path}", data={"name": "X", "sure": "yes"}).status_code == 403
        assert browser.get(f"/account/{path}").headers["Location"] == "/account"
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (
        browser.post("/account/sign-in", data={"login": "a@b.vn", "password": "x"}, headers=foreign).status_code
        == 403
    )
    for wanted in ("https://evil.example/", "//evil.example", "/account\\evil", "/office", "/accountx\n"):
        led = browser.get("/account/sign-in", query_string={"next": wanted})
        assert led.headers["Location"] == "/account", wanted


def test_the_national_identity_shows_ones_own_land_and_nobody_elses(house):
    sen = house.browser()
    house.national(sen, SEN)
    page = sen.get("/account").text
    assert "Nguyễn Thị Sen" in page
    assert house.field in page
    assert house.garden not in page
    assert "3: national identity" in page
    assert "known by the national identity" in page
    stranger = house.browser()
    house.national(stranger, NOBODY)
    page = stranger.get("/account").text
    assert "Lê Văn Lạ" in page
    assert "not known" in page
    assert house.field not in page
    again = house.browser()
    house.national(again, SEN)
    whose = (
        "SELECT count(DISTINCT account_id) FROM registry.account_party l JOIN registry.party p ON p.id = l.party_id"
        " WHERE p.code = %s"
    )
    assert house.rows(whose, house.sen) == [(1,)]
    assert SEN not in "".join(
        each[0] or "" for each in house.rows("SELECT string_agg(t::text, ' ') FROM identity.audit t")
    )


def test_what_one_held_is_shown_no_more_when_it_is_sold(house):
    ref, right = house.world.held_by(house.tu, paper=False)
    tu = house.browser()
    house.national(tu, TU)
    assert ref in tu.get("/account").text
    house.world.registry.post(f"/rights/{right}/end", {"grounds": GROUNDS, "since": "2026-02-01"})
    assert ref not in tu.get("/account").text


def test_two_entries_for_one_number_are_for_an_officer_to_look_into(house):
    number = "070185000333"
    for name, kind in (("Lê Văn Lạ", "cccd"), ("Lê Văn La", "tax")):
        party = house.world.registry.party(name)
        house.rows(
            "INSERT INTO registry.party_document (party_id, kind, number_sealed, number_index, valid, record_id)"
            " SELECT p.id, %s, 'x', %s, daterange('2020-01-01', NULL), (SELECT max(id) FROM cadastre.record)"
            " FROM registry.party p WHERE p.code = %s",
            kind,
            house.vault.index(number, "identity-number"),
            party,
        )
    browser = house.browser()
    house.national(browser, number)
    assert "not known" in browser.get("/account").text


def test_a_provider_that_is_not_sure_enough_or_tells_no_number_lets_nobody_in(house, monkeypatch):
    for claim, value in (("acr", "1"), ("personal_id", "12345"), ("personal_id", None), ("name", " ")):

        def spoilt(self, found, claim=claim, value=value):
            claims = jwt.decode(WHOLE(self, found), self._key).claims | {claim: value}
            return jwt.encode({"alg": "RS256", "kid": "sim"}, claims, self._key)

        with monkeypatch.context() as patch:
            patch.setattr(NationalIdentity, "_id_token", spoilt)
            browser = house.browser()
            done = house.national(browser, SEN, ok="no")
        assert done.status_code == 403
        assert "landsvc_session" not in done.headers.get("Set-Cookie", "")
        assert browser.get("/account").status_code == 303


def test_a_counter_says_whose_account_it_is_by_the_card_and_not_otherwise(house):
    browser, contact = house.browser(), house.contact()
    house.opened(browser, contact)
    hoa = house.world.person("hoa").client
    page = hoa.get(f"/office/parties/{house.sen}/account").text
    csrf = CSRF.search(page)[1]

    def known(number: str, contact: str):
        return hoa.post(
            f"/office/parties/{house.sen}/account", data={"csrf": csrf, "number": number, "contact": contact}
        )

    assert known(TU, contact).status_code == 422
    assert known(SEN, house.contact()).status_code == 422
    assert "not known" in browser.get("/account").text
    assert known(SEN, contact).status_code == 200
    page = browser.get("/account").text
    assert house.field in page
    assert "your card was seen at a counter" in page
    readings = browser.get("/account/readings").text
    assert "The whole number" not in readings
    assert "Who looked at my data" in readings


def test_who_looked_is_told_to_the_person_alone(house):
    house.world.person("lan").client.get(f"/api/v1/parties/{house.sen}")
    sen, nobody = house.browser(), house.browser()
    house.national(sen, SEN)
    page = sen.get("/account/readings").text
    assert "Your entry in the register was opened" in page
    assert "lan" not in re.sub("<[^>]+>", "", page).split()
    paper = sen.get("/account/readings.pdf")
    assert "Nguyễn Thị Sen" in words_of_pdf(paper.data)
    house.opened(nobody, house.contact())
    assert nobody.get("/account/readings").status_code == 422
    assert house.browser().get("/account/readings").status_code == 303


def begin(browser, code: str = "CN", **more):
    asked = browser.get(f"/services/{code}/apply")
    assert asked.status_code == 200, asked.status_code
    form_key = re.search(r'name="formKey" value="([^"]+)"', asked.text)[1]
    return browser.post(f"/services/{code}/apply", data={"formKey": form_key, **more})


def test_an_application_is_filled_in_from_the_register_and_stands_in_the_account(house):
    sen = house.browser()
    house.national(sen, SEN)
    page = begin(sen, parcel=[house.field, house.garden]).text
    assert 'value="Nguyễn Thị Sen"' in page
    assert house.field in page
    assert house.garden not in page
    code = re.search(r"\bDN-\d{4}-\d{6}-\d{2}\b", page)[0]
    mine = sen.get("/account").text
    assert code in mine
    stranger = house.browser()
    house.national(stranger, TU)
    assert code not in stranger.get("/account").text


def test_services_of_level_2_and_3_ask_for_their_sign_in_and_are_lodged_by_the_same_person(house):
    house.rows("UPDATE registry.online_service SET level = 3 WHERE procedure = 'CN'")
    assert "Level 3" in house.browser().get("/services/CN").text
    stranger = house.browser()
    asked = stranger.get("/services/CN/apply")
    assert asked.headers["Location"] == "/account/sign-in?next=%2Fservices%2FCN%2Fapply"
    weak = house.browser()
    house.opened(weak, house.contact())
    assert weak.get("/services/CN/apply").status_code == 403
    assert weak.post("/services/CN/apply", data={"formKey": "k" * 30}).status_code == 403
    sen = house.browser()
    house.national(sen, SEN, wanted="/services/CN/apply")
    page = begin(sen, parcel=house.field).text
    code = re.search(r"\bDN-\d{4}-\d{6}-\d{2}\b", page)[0]
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    said = {
        "key": key,
        "applicant": "Nguyễn Thị Sen",
        "contact": "0912000112",
        "parcels": house.field,
        "wish": "Bán",
        "returnBy": "counter",
    }
    assert stranger.post(f"/applications/{code}/details", data=said).status_code == 200
    for document in ("certificate", "deed-transfer"):
        data = {"key": key, "document": document, "file": (io.BytesIO(hostile.with_place()), "a.jpg")}
        sen.post(f"/applications/{code}/papers", data=data, content_type="multipart/form-data")
    assert stranger.post(f"/applications/{code}/lodge", data={"key": key}).status_code == 403
    assert weak.post(f"/applications/{code}/lodge", data={"key": key}).status_code == 403
    done = sen.post(f"/applications/{code}/lodge", data={"key": key})
    dossier = re.search(r"\bHS-\d{4}-\d{6}-\d{2}\b", done.text)[0]
    mine = sen.get("/account").text
    assert dossier in mine
    assert code not in mine
    trail = "SELECT details ->> 'level' FROM identity.audit WHERE action = 'application.lodged' AND object = %s"
    assert house.rows(trail, f"dossier:{dossier}") == [("3",)]


def test_an_application_begun_by_nobody_is_not_lodged_once_its_service_asks_for_more(house):
    page = begin(house.browser()).text
    code = re.search(r"\bDN-\d{4}-\d{6}-\d{2}\b", page)[0]
    house.rows("UPDATE registry.online_service SET level = 2 WHERE procedure = 'CN'")
    assert house.world.person("hoa").submit(parcels=[house.field]).status_code == 201
    with psycopg.connect(house.world.dsn) as conn, pytest.raises(psycopg.Error) as refused:
        conn.execute(
            "UPDATE registry.application SET lodged_at = now(), dossier_id = (SELECT max(d.id) FROM registry.dossier d"
            " WHERE NOT EXISTS (SELECT FROM registry.application a WHERE a.dossier_id = d.id)) WHERE code = %s",
            (code,),
        )
    assert "sign-in-too-weak" in (refused.value.diag.constraint_name or "")


def test_a_parcel_of_ones_own_is_followed_without_a_receipt(house):
    sen = house.browser()
    house.national(sen, SEN)
    body = {"about": "parcel", "channel": "page", "address": "", "around": "100"}
    assert sen.post("/alerts", data=body | {"parcel": house.field}).status_code == 303
    assert sen.post("/alerts", data=body | {"parcel": house.garden}).status_code == 422
    assert house.browser().post("/alerts", data=body | {"parcel": house.field}).status_code == 422


def test_an_account_is_closed_by_its_owner_and_forgets_who_it_was(house):
    browser, contact = house.browser(), house.contact()
    house.opened(browser, contact)
    csrf = house.token(browser)
    assert browser.post("/account/close", data={"csrf": csrf}).status_code == 400
    closed = browser.post("/account/close", data={"csrf": csrf, "sure": "yes"})
    assert closed.status_code == 303
    assert "Your account is closed" in browser.get(closed.headers["Location"]).text
    assert browser.get("/account").status_code == 303
    assert browser.post("/account/sign-in", data={"login": contact, "password": PASSWORD}).status_code == 401
    found = house.rows(
        "SELECT count(*) FROM identity.citizen WHERE contact_index = ANY (%s)",
        house.vault.indexes(contact, sealing.CONTACT),
    )
    assert found == [(0,)]
    house.opened(house.browser(), contact)


def test_names_and_contacts_are_brought_under_the_newest_key(house, tmp_path):
    browser, contact = house.browser(), house.contact()
    house.opened(browser, contact)
    file = tmp_path / "keys"
    file.write_text(SECRET_KEYS + "\n")
    own = settings_for(house.world.dsn, SECRET_KEYS="", SECRET_FILE=str(file))
    add_key(own)
    new = Vault(own)
    whose = "SELECT account_id, sealed FROM identity.citizen WHERE contact_index = ANY (%s)"
    ((account_id, old),) = house.rows(whose, new.indexes(contact, sealing.CONTACT))
    assert sealing.seal_stored(house.world.dsn, new) > 0
    assert sealing.seal_stored(house.world.dsn, new) == 0
    ((same, sealed),) = house.rows(whose, [new.index(contact, sealing.CONTACT)])
    assert same == account_id
    assert bytes(sealed) != bytes(old)
    assert sealing.opened(new, bytes(sealed), account_id) == sealing.Own("Nguyễn Thị Sen", contact)


def test_settings_of_the_national_identity_are_checked():
    with pytest.raises(InvalidSetting):
        Settings.from_env(
            {"LANDSVC_NATIONAL_ID_ISSUER": "http://id.example.org", "LANDSVC_NATIONAL_ID_CLIENT_ID": "x"}
        )
    with pytest.raises(InvalidSetting):
        Settings.from_env({"LANDSVC_NATIONAL_ID_ISSUER": "https://id.example.org"})
