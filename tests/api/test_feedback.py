"""People report and object; officers answer with four eyes; nothing is public before it was released."""

from __future__ import annotations

import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import psycopg
import pytest
from landsvc.cadastre.errors import OutsideTheOfficesArea
from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE, rows_of
from landsvc.core.secret_keys import add_key
from landsvc.core.secrets import Vault
from landsvc.core.sending import letters
from landsvc.core.sending.letters import Letter
from landsvc.core.sql import statements
from landsvc.core.web import EXTENSION
from landsvc.identity import people
from landsvc.identity.actors import Actor
from landsvc.registry.applications import forgetting
from landsvc.registry.feedback import sealing
from landsvc.registry.feedback import service as feedback
from tests.conftest import SECRET_KEYS, as_role, settings_for
from tests.factories import hostile
from tests.factories import planning as plans
from tests.factories.cadastre import X0, Y0, box
from tests.factories.dossiers import HERE, PEOPLE, lay, office

CODE, SECRET = re.compile(r"\bPA-\d{4}-\d{6}-\d{2}\b"), re.compile(r"\b[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}\b")
WORDS = "Mốc ranh bị xê dịch, gọi ông Nguyễn Văn An 0912 345 678"
CLEAN = "Mốc ranh bị xê dịch."


class House:
    def __init__(self, dsn: str, person) -> None:
        self.dsn, self._person, self._known = dsn, person, {}
        self.app = person("lan").client.application
        self.home = self.app.test_client()
        self.home.set_cookie("lang", "en")
        database = self.app.extensions[EXTENSION].database
        with database.unit_of_work(IDENTITY_ROLE) as session:
            for login in ("plan1", "plan2"):
                people.create_account(session, login, login, ["planner"], password=None, branches=["west"])

    def person(self, login: str):
        if login not in self._known:
            self._known[login] = self._person(login).client
            self._known[login].set_cookie("lang", "en")
        return self._known[login]

    def rows(self, statement: str, *params: object) -> list[tuple]:
        with psycopg.connect(self.dsn) as conn:
            found = conn.execute(statement, params)
            return found.fetchall() if found.description else []

    def give(self, ok: int = 200, **given):
        form = self.home.get("/feedback", query_string={"plan": given.get("plan", "")}).text
        key = re.search(r'name="formKey" value="([^"]+)"', form)[1]
        body = {"formKey": key, "category": "boundary", "place": f"{HERE}-12-345", "words": WORDS, "contact": ""}
        answer = self.home.post("/feedback", data=body | given, content_type="multipart/form-data")
        assert answer.status_code == ok, answer.text
        return answer

    def given(self, **more) -> tuple[str, str]:
        page = self.give(**more).text
        return CODE.search(page)[0], SECRET.search(page)[0]

    def move(self, login: str, code: str, action: str, seen: str, ok: int = 303, **more):
        client = self.person(login)
        if action == "release" and "answer" not in more:
            more["answer"] = self.answer_seen(login, code)
        answer = client.post(f"/office/feedback/{code}", data={"action": action, "seen": seen, **more})
        assert answer.status_code == ok, answer.text
        return answer

    def answer_seen(self, login: str, code: str) -> str:
        """Return which answer the form of a release shows; empty where there is none."""
        found = re.search(
            r'name="answer" value="([0-9]+)"', self.person(login).get(f"/office/feedback/{code}").text
        )
        return found[1] if found else ""

    def follow(self, code: str, key: str) -> str:
        return self.home.post("/feedback/follow", data={"code": code.lower(), "key": key}).text

    def answered(self, public: str = "", **more) -> tuple[str, str]:
        code, key = self.given(**more)
        self.move("lan", code, "accept", "received")
        self.move("lan", code, "answer", "accepted", words="Đã đo lại, mốc đúng.")
        shown = {"publish": "yes", "public": public, "photo": "yes"} if public else {}
        self.move("binh", code, "release", "drafted", **shown)
        return code, key


@pytest.fixture(scope="module")
def house(module_db, tmp_path_factory):
    lay(module_db)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        yield House(module_db, person)


@pytest.fixture(autouse=True)
def no_limit(monkeypatch):
    monkeypatch.setattr("landsvc.core.throttle.Throttle.check", lambda self, address: None)


def test_a_report_is_answered_with_four_eyes_and_read_by_who_wrote_it(house):
    code, key = house.given(contact="an@thu.example")
    assert "received, nobody has looked" in house.follow(code, key)
    assert code in house.person("lan").get("/office/feedback").text
    assert code not in house.person("son").get("/office/feedback").text
    house.move("lan", code, "accept", "received")
    house.move("lan", code, "answer", "accepted", words="Đã đo lại.")
    assert "Đã đo lại." not in house.follow(code, key)
    refused = house.move("lan", code, "release", "drafted", ok=403)
    assert "Another officer" in refused.text
    assert "ông Nguyễn Văn An" in house.person("binh").get(f"/office/feedback/{code}").text
    house.move("binh", code, "return", "drafted", words="Nêu căn cứ.")
    house.move("lan", code, "answer", "accepted", words="Đã đo lại ngày 1/2, mốc đúng.")
    house.move("binh", code, "release", "drafted")
    page = house.follow(code, key)
    assert "Đã đo lại ngày 1/2" in page
    assert "Nêu căn cứ" not in page
    assert code not in house.home.get("/feedback/reports").text
    assert "an@thu.example" in house.person("lan").get(f"/office/feedback/{code}").text


def test_nothing_is_public_before_an_officer_released_a_wording_of_it(house):
    picture = (io.BytesIO(hostile.with_place()), "a.jpg")
    code, _ = house.answered(public=CLEAN, photo=picture)
    page = house.home.get("/feedback/reports").text
    assert CLEAN in page
    assert "Đã đo lại, mốc đúng." in page
    assert "Nguyễn Văn An" not in page
    shown = house.home.get(f"/feedback/reports/{code}/photo")
    assert (shown.status_code, shown.content_type) == (200, "image/jpeg")
    hidden, _ = house.answered(photo=(io.BytesIO(hostile.picture(size=(130, 80))), "b.jpg"))
    assert house.home.get(f"/feedback/reports/{hidden}/photo").status_code == 404
    assert house.home.get("/feedback/reports/PA-x/photo").status_code == 404
    for path in (f"/office/feedback/{code}", f"/office/feedback/{code}/photo", "/office/feedback"):
        assert house.home.get(path).status_code in {303, 401}


def test_it_is_reopened_once_and_what_was_public_is_so_no_more(house):
    code, key = house.answered(public=CLEAN + " Lần một.")
    assert "Lần một." in house.home.get("/feedback/reports").text
    body = {"code": code, "key": key, "words": "Chưa đúng chỗ"}
    assert house.home.post("/feedback/reopen", data=body | {"key": "0" * 12}).status_code == 404
    assert house.home.post("/feedback/reopen", data=body | {"words": "?"}).status_code == 400
    house.rows("UPDATE registry.feedback SET due_on = due_on - 100 WHERE code = %s", code)
    assert "taken up" in house.home.post("/feedback/reopen", data=body).text
    assert "late" not in house.follow(code, key)
    assert "Lần một." not in house.home.get("/feedback/reports").text
    assert house.home.post("/feedback/reopen", data=body).status_code == 409
    house.move("lan", code, "answer", "accepted", words="Đã đo lại lần hai.")
    house.move("binh", code, "release", "drafted")
    assert "Đã đo lại lần hai." in house.follow(code, key)
    assert house.home.post("/feedback/reopen", data=body).status_code == 409


def test_a_wording_is_looked_through_kept_and_never_changed_beside_a_release(house):
    code, _ = house.given()
    house.move("lan", code, "accept", "received")
    house.move("lan", code, "answer", "accepted", words="Đã đo lại.")
    empty = house.move("binh", code, "release", "drafted", ok=400, publish="yes", public=" ").text
    assert "There is no wording for everybody" in empty
    tells = house.move("binh", code, "release", "drafted", ok=422, publish="yes", public="Ông Trần Văn Bưởi báo")
    assert "This wording may tell who somebody is" in tells.text
    assert "Ông Trần Văn Bưởi báo</textarea>" in tells.text
    assert house.rows("SELECT state FROM registry.feedback WHERE code = %s", code) == [("drafted",)]
    house.move("binh", code, "release", "drafted", publish="yes", public="Bà Mốc Xanh báo", sure="yes", ok=409)
    tells = house.move("binh", code, "release", "drafted", ok=422, publish="yes", public="Bà Mốc Xanh báo").text
    ticked = {"sure": "yes", "looked": looked(tells)}
    house.move("binh", code, "release", "drafted", publish="yes", public="Bà Mốc Xanh báo", **ticked)
    assert "Bà Mốc Xanh báo" in house.home.get("/feedback/reports").text
    wordings = (
        "SELECT e.public_words FROM registry.feedback_event e JOIN registry.feedback f ON f.id = e.feedback_id"
    )
    assert house.rows(f"{wordings} WHERE f.code = %s AND e.action = 'release'", code) == [("Bà Mốc Xanh báo",)]
    with psycopg.connect(as_role(house.dsn, "landsvc_editor")) as conn:
        for column in ("public_words = 'x'", "public_photo = true"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(f"UPDATE registry.feedback SET {column}")


def test_what_an_officer_or_somebody_typed_stays_when_it_is_refused(house):
    code, key = house.given()
    house.move("lan", code, "accept", "received")
    house.rows("UPDATE registry.feedback SET state = 'received' WHERE code = %s", code)
    stale = house.move("lan", code, "answer", "accepted", ok=409, words="Một câu trả lời rất dài")
    assert "Somebody did something with it meanwhile" in stale.text
    house.rows("UPDATE registry.feedback SET state = 'accepted' WHERE code = %s", code)
    refused = house.move(
        "lan", code, "answer", "accepted", ok=422, words="Một câu trả lời rất dài", outcome="zzz"
    )
    assert "Một câu trả lời rất dài</textarea>" in refused.text
    house.move("lan", code, "answer", "accepted", words="Đã đo.")
    house.move("binh", code, "release", "drafted")
    again = house.home.post("/feedback/reopen", data={"code": code, "key": key, "words": "ngắn"})
    assert again.status_code == 400
    assert "ngắn</textarea>" in again.text


def looked(told: str) -> str:
    """Return which wording the tick of a refused release is about."""
    return re.search(r'name="looked" value="([0-9a-f]+)"', told)[1]


def test_a_tick_holds_for_the_wording_and_the_answer_that_were_looked_at(house):
    code, _ = house.given()
    house.move("lan", code, "accept", "received")
    house.move("lan", code, "answer", "accepted", words="Ông Trần Văn Bưởi đã đo lại.")
    shown = {"publish": "yes", "public": "Mốc bị xê dịch.\r\nĐã lâu."}
    tells = house.move("binh", code, "release", "drafted", ok=422, **shown).text
    assert "Ông Trần Văn Bưởi" in tells.split("form method")[0]
    ticked = {"sure": "yes", "looked": looked(tells)}
    other = house.move(
        "binh", code, "release", "drafted", ok=409, **ticked, publish="yes", public="Bà Lê Thị Mận báo"
    ).text
    assert "The wording changed since you looked" in other
    assert "Bà Lê Thị Mận báo</textarea>" in other
    assert looked(other) != ticked["looked"]
    house.move("binh", code, "release", "drafted", ok=422, **shown, looked=ticked["looked"])
    house.move("binh", code, "release", "drafted", **shown, **ticked)
    assert "Ông Trần Văn Bưởi đã đo lại." in house.home.get("/feedback/reports").text


def test_an_answer_nobody_looked_at_is_not_released(house):
    code, key = house.given()
    house.move("lan", code, "accept", "received")
    house.move("lan", code, "answer", "accepted", words="Đã đo lại lần đầu.")
    seen = house.answer_seen("binh", code)
    house.move("mai", code, "return", "drafted", words="Nêu căn cứ.")
    house.move("lan", code, "answer", "accepted", words="Đã đo lại lần sau.")
    stale = house.move("binh", code, "release", "drafted", ok=409, answer=seen, publish="yes", public="Chữ đã gõ")
    assert "Another answer stands here" in stale.text
    assert "Đã đo lại lần sau." in stale.text
    assert "Chữ đã gõ</textarea>" in stale.text
    for crafted in ("", "0", "x", "9" * 30):
        house.move("binh", code, "release", "drafted", ok=409, answer=crafted)
    assert "Đã đo lại" not in house.follow(code, key)
    house.move("binh", code, "release", "drafted")
    released = (
        "SELECT a.words FROM registry.feedback_event e JOIN registry.feedback_event a ON a.id = e.answer_id"
        " JOIN registry.feedback f ON f.id = e.feedback_id WHERE f.code = %s"
    )
    assert house.rows(released, code) == [("Đã đo lại lần sau.",)]


@pytest.mark.parametrize(
    ("action", "seen", "field"),
    [
        ("answer", "accepted", "words"),
        ("reject", "received", "words"),
        ("return", "drafted", "words"),
        ("release", "drafted", "public"),
    ],
)
def test_what_was_typed_stays_though_somebody_went_on_meanwhile(house, action, seen, field):
    code, _ = house.given()
    for doer, step, before, words in (
        ("lan", "accept", "received", ""),
        ("lan", "answer", "accepted", "Đã đo."),
        ("mai", "release", "drafted", ""),
    ):
        house.move(doer, code, step, before, words=words)
    typed = "Một câu dài\r\nđã gõ rất lâu"
    stale = house.move(
        "binh", code, action, seen, ok=409, answer="1", publish="yes", late="mưa lũ", **{field: typed}
    )
    assert "Somebody did something with it meanwhile" in stale.text
    assert "đã gõ rất lâu\nmưa lũ</textarea>" in stale.text
    assert "What you typed was not kept" in stale.text


def letters_about(house, code: str) -> list[tuple[str, Letter]]:
    """Return what was sent about a report, in order: channel and letter."""
    seal = Vault(settings_for(house.dsn, SECRET_KEYS=SECRET_KEYS))
    kept = house.rows(
        "SELECT id::text, channel, sealed FROM core.message WHERE key LIKE %s ORDER BY made_at",
        f"feedback:{code}:%%",
    )
    return [(channel, letters.opened(seal, message, bytes(sealed))) for message, channel, sealed in kept]


@pytest.fixture
def outward(house, monkeypatch):
    """Let messages go out by both ways."""
    parts = house.app.extensions[EXTENSION]
    ways = {"mail_server": "mail.example", "messaging_url": "http://messages.example"}
    monkeypatch.setitem(house.app.extensions, EXTENSION, replace(parts, settings=replace(parts.settings, **ways)))


@pytest.mark.parametrize(
    ("contact", "way", "to"),
    [("an@thu.example", "email", "an@thu.example"), ("0912 345 678", "sms", "+84912345678")],
)
def test_whoever_left_an_address_is_told_that_an_answer_came_and_not_which(house, outward, contact, way, to):
    assert "one message tells you that an answer came" in house.home.get("/feedback").text
    code, key = house.answered(contact=contact)
    ((channel, letter),) = letters_about(house, code)
    assert (channel, letter.to, letter.stop, letter.language) == (way, to, None, "en")
    assert f"/feedback/follow?code={code}" in letter.text
    assert "there is an answer" in letter.text.lower()
    for told in ("Đã đo lại", "Nguyễn Văn An", key, key.replace("-", "")):
        assert told not in letter.text + letter.subject
    house.home.post("/feedback/reopen", data={"code": code, "key": key, "words": "Chưa đúng chỗ"})
    assert len(letters_about(house, code)) == 1
    house.move("lan", code, "answer", "accepted", words="Đã đo lại lần hai.")
    house.move("binh", code, "release", "drafted")
    assert len(letters_about(house, code)) == 2


def test_a_reason_is_told_too_and_nothing_without_an_address_or_a_way(house, outward):
    code, _ = house.given(contact="an@thu.example")
    house.move("lan", code, "reject", "received", words="Trùng.")
    assert len(letters_about(house, code)) == 1
    for contact in ("", "hỏi nhà bên cạnh", "an@"):
        assert letters_about(house, house.answered(contact=contact)[0]) == []
    code, _ = house.given(contact="an@thu.example")
    house.move("lan", code, "accept", "received")
    assert letters_about(house, code) == []


def test_no_message_is_posted_where_none_can_go_out(house):
    assert "one message tells you" not in house.home.get("/feedback").text
    assert letters_about(house, house.answered(contact="an@thu.example")[0]) == []


def test_an_answer_that_is_late_says_why_to_whoever_wrote(house):
    code, key = house.given()
    house.move("lan", code, "accept", "received")
    form = house.person("lan").get(f"/office/feedback/{code}").text
    assert 'name="late"' not in form
    house.rows(
        "UPDATE registry.feedback SET due_on = %s WHERE code = %s", clock.today() - timedelta(days=3), code
    )
    assert 'name="late"' in house.person("lan").get(f"/office/feedback/{code}").text
    refused = house.move("lan", code, "answer", "accepted", ok=422, words="Đã đo lại kỹ.").text
    assert f"It was to be answered by {clock.today() - timedelta(days=3):%d/%m/%Y}." in refused
    assert "Đã đo lại kỹ.</textarea>" in refused
    house.move("lan", code, "answer", "accepted", words="Đã đo lại kỹ.", late="Chờ mực nước rút")
    assert "Chờ mực nước rút" not in house.follow(code, key)
    house.move("binh", code, "release", "drafted", publish="yes", public="Mốc bị xê dịch, chuyện trễ.")
    assert "Late because: Chờ mực nước rút" in house.follow(code, key)
    assert "Late because: Chờ mực nước rút" in house.person("binh").get(f"/office/feedback/{code}").text
    assert "Chờ mực nước rút" not in house.home.get("/feedback/reports").text


def test_spam_is_not_taken_up_and_the_reason_is_told(house):
    code, key = house.given()
    house.move("lan", code, "reject", "received", ok=422, words="")
    house.move("lan", code, "reject", "received", words="Quảng cáo.")
    page = house.follow(code, key)
    assert "not taken up" in page
    assert "Quảng cáo." in page
    house.move("lan", code, "accept", "received", ok=409)
    before = house.rows("SELECT count(*) FROM registry.feedback")
    assert house.give(303, website="http://spam.example").headers["Location"] == "/feedback/reports"
    assert house.rows("SELECT count(*) FROM registry.feedback") == before


def test_the_branch_of_the_place_answers_and_the_database_holds_it(house):
    code, _ = house.given()
    refused = house.move("son", code, "accept", "received", ok=404)
    assert "ông Nguyễn Văn An" not in refused.text
    ((account,),) = house.rows("SELECT id FROM identity.account WHERE login = 'son'")
    son = Actor(account, "son", "Son", frozenset({"processor"}))
    database = house.app.extensions[EXTENSION].database
    with pytest.raises(OutsideTheOfficesArea), database.unit_of_work(EDITOR_ROLE, son) as session:
        feedback.move(session, code, "accept", "received", words="", outcome=None, actor=son)
    house.move("hoa", code, "accept", "received", ok=403)
    with psycopg.connect(as_role(house.dsn, "landsvc_tracker"), autocommit=True) as conn:
        for table in ("feedback", "feedback_event", "plan_display"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM registry.{table}")
    for statement in (
        "UPDATE registry.feedback SET words = 'something else'",
        "DELETE FROM registry.feedback",
        "UPDATE registry.feedback_event SET words = 'x'",
    ):
        with psycopg.connect(house.dsn) as conn, pytest.raises(psycopg.Error):
            conn.execute(statement)


def test_planners_read_opinions_alone_and_no_contact(house):
    report, _ = house.given(contact="0912 333 444")
    planner = house.person("plan1")
    assert planner.get(f"/office/feedback/{report}").status_code == 404
    assert planner.get(f"/office/feedback/{report}/photo").status_code == 404
    assert report not in planner.get("/office/feedback?kind=report").text
    laid(house, "QH-P")
    shown(house, "QH-P", 0, 1)
    opinion, _ = house.given(plan="QH-P", category="plan", contact="0912 333 444")
    page = planner.get(f"/office/feedback/{opinion}")
    assert page.status_code == 200
    assert "0912 333 444" not in page.text
    assert "0912 333 444" in house.person("lan").get(f"/office/feedback/{opinion}").text


def test_a_body_too_large_is_refused_before_it_is_read(house):
    answer = house.home.post("/feedback", data=b"x", headers={"Content-Length": str(80 * 2**20)})
    assert answer.status_code in {400, 413}


def test_two_officers_at_once_do_one_thing(house):
    code, _ = house.given()
    house.person("binh")

    def take(login: str) -> int:
        client = house.person(login)
        return client.post(f"/office/feedback/{code}", data={"action": "accept", "seen": "received"}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, ("lan", "binh"))) == [303, 409]


def test_how_to_reach_somebody_is_for_those_who_answer_them(house):
    code, _ = house.given(contact="0912 555 666")
    seen = {login: "0912 555 666" in house.person(login).get(f"/office/feedback/{code}").text for login in PEOPLE}
    assert {login for login, does in seen.items() if does} == {"lan", "binh", "mai", "tuan", "both"}


def test_a_second_picture_of_the_same_form_is_taken_away_at_night(house):
    form = house.home.get("/feedback").text
    key = re.search(r'name="formKey" value="([^"]+)"', form)[1]
    body = {"formKey": key, "category": "map", "place": f"{HERE}-12-345", "words": "Sai tên đường"}
    for size in ((151, 80), (152, 80)):
        picture = (io.BytesIO(hostile.picture(size=size)), "a.jpg")
        sent = house.home.post("/feedback", data=body | {"photo": picture}, content_type="multipart/form-data")
        assert sent.status_code == 200
    parts = house.app.extensions[EXTENSION]
    assert forgetting.forget(parts.database, parts.settings, rest_s=0).files == 1
    assert len(house.rows("SELECT 1 FROM registry.feedback WHERE form_key = %s AND photo IS NOT NULL", key)) == 1


def test_a_form_sent_twice_is_one_report(house):
    form = house.home.get("/feedback").text
    key = re.search(r'name="formKey" value="([^"]+)"', form)[1]
    body = {"formKey": key, "category": "map", "place": f"{HERE}-12-345", "words": "Sai tên đường"}
    codes = {CODE.search(house.home.post("/feedback", data=body).text)[0] for _ in range(3)}
    assert len(codes) == 1
    other = house.home.post("/feedback", data=body | {"words": "Một việc khác hẳn"})
    assert (other.status_code, "This form was sent before" in other.text) == (409, True)


def test_a_crafted_form_is_refused_in_words(house):
    code, _ = house.given()
    house.move("lan", code, "reject", "drafted", ok=409, words="x")
    house.move("lan", code, "accept", "received")
    house.move("lan", code, "answer", "accepted", ok=422, words="x", outcome="zzz")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"place": ""}, 400),
        ({"place": "ở đầu làng"}, 400),
        ({"place": f"{HERE}-12-9999"}, 404),
        ({"place": "48.85, 102.35"}, 422),
        ({"words": "x"}, 400),
        ({"words": "x" * 3001}, 400),
        ({"category": "plan"}, 400),
        ({"category": "\0"}, 400),
        ({"formKey": "short"}, 400),
        ({"photo": (io.BytesIO(b"no picture"), "a.jpg")}, 400),
        ({"plan": "QH-none", "category": "plan"}, 422),
    ],
)
def test_what_cannot_be_taken_is_told_and_what_was_typed_stays(house, wrong, status):
    before = house.rows("SELECT count(*) FROM registry.feedback")
    page = house.give(status, **wrong).text
    assert "notice-problem" in page
    assert house.rows("SELECT count(*) FROM registry.feedback") == before


def test_a_place_is_a_parcel_a_plus_code_or_degrees(house):
    ((lon, lat),) = house.rows(
        "SELECT ST_X(g), ST_Y(g) FROM cadastre.parcel p, ST_Transform(ST_PointOnSurface(p.geom), 4326) g"
        " WHERE p.commune_code = %s LIMIT 1",
        HERE,
    )
    code, _ = house.given(place=f"{lat:.6f}, {lon:.6f}")
    assert house.rows("SELECT commune_code, unit_id FROM registry.feedback WHERE code = %s", code) == [
        (HERE, None)
    ]


def shown(house, code: str, first: int, last: int, ok: int = 303, login: str = "plan1", reason: str = "Thử"):
    today = clock.today()
    days = {"firstDay": today + timedelta(days=first), "lastDay": today + timedelta(days=last)}
    body = {"plan": code, "noticeNo": "12/TB-UBND", "place": "UBND phường", "reason": reason} | {
        k: d.isoformat() for k, d in days.items()
    }
    answer = house.person(login).post("/office/displays", data=body)
    assert answer.status_code == ok, answer.text
    return answer.text


def laid(house, code: str, status: str = "consultation") -> None:
    with psycopg.connect(house.dsn) as conn:
        plan = plans.plan(conn, code, status=status)
        plans.zone(conn, plan, box(0, 0, 100, 100), code="Z1", use_code=None)


def test_opinions_are_taken_while_a_plan_is_displayed_and_not_a_day_longer(house):
    laid(house, "QH-D")
    shown(house, "QH-D", 1, 30)
    page = house.home.get("/plans/display").text
    assert "QH-D" in page
    assert "/feedback?plan=QH-D" not in page
    house.give(422, plan="QH-D", category="plan")
    shown(house, "QH-D", 0, 0)
    assert "/feedback?plan=QH-D" in house.home.get("/plans/display").text
    code, _ = house.given(plan="QH-D", category="plan", words="Đường cắt vườn của nhiều hộ")
    shown(house, "QH-D", -30, -1)
    house.give(422, plan="QH-D", category="plan")
    assert code in house.person("plan1").get("/office/feedback?kind=objection&plan=QH-D").text


def test_no_opinion_is_taken_once_the_plan_left_consultation(house):
    laid(house, "QH-L")
    shown(house, "QH-L", 0, 9)
    code, _ = house.given(plan="QH-L", category="plan")
    display = "SELECT d.notice_no FROM registry.feedback f JOIN registry.plan_display d ON d.id = f.display_id"
    assert house.rows(f"{display} WHERE f.code = %s", code) == [("12/TB-UBND",)]
    house.rows(
        "UPDATE planning.plan_version v SET recorded = tstzrange(lower(v.recorded), clock_timestamp())"
        " FROM planning.plan p WHERE p.id = v.plan_id AND p.code = 'QH-L'"
    )
    with psycopg.connect(house.dsn) as conn:
        ((plan,),) = conn.execute("SELECT id FROM planning.plan WHERE code = 'QH-L'").fetchall()
        plans.plan_version(conn, plan, status="approved")
    assert "/feedback?plan=QH-L" not in house.home.get("/plans/display").text
    house.give(422, plan="QH-L", category="plan")


def versions(house, code: str, *beliefs: tuple[str, int, int | None]) -> None:
    """Lay a plan with versions: status, first day and the day it is over, in days from today."""
    day = clock.today()
    with psycopg.connect(house.dsn) as conn:
        plan = None
        for status, first, over in beliefs:
            until = day + timedelta(days=over) if over is not None else ""
            valid = f"[{day + timedelta(days=first)},{until})"
            if plan is None:
                plan = plans.plan(conn, code, status=status, valid=valid)
            else:
                plans.plan_version(conn, plan, status=status, valid=valid)


def test_a_version_in_consultation_whose_time_ran_out_lets_no_opinion_in(house):
    versions(house, "QH-V", ("consultation", -100, 1), ("approved", 1, None))
    shown(house, "QH-V", 0, 9)
    house.given(plan="QH-V", category="plan")
    house.rows(
        "UPDATE planning.plan_version v SET recorded = tstzrange(lower(v.recorded), clock_timestamp())"
        " FROM planning.plan p WHERE p.id = v.plan_id AND p.code = 'QH-V'"
    )
    with psycopg.connect(house.dsn) as conn:
        ((plan,),) = conn.execute("SELECT id FROM planning.plan WHERE code = 'QH-V'").fetchall()
        today = clock.today()
        plans.plan_version(conn, plan, status="consultation", valid=f"[{today - timedelta(days=99)},{today})")
        plans.plan_version(conn, plan, status="approved", valid=f"[{today},)")
    assert "/feedback?plan=QH-V" not in house.home.get("/plans/display").text
    house.give(422, plan="QH-V", category="plan")
    assert 'value="QH-V"' not in house.person("plan1").get("/office/displays").text
    shown(house, "QH-V", 0, 9, ok=422)


def test_a_plan_in_force_takes_opinions_on_the_change_that_is_to_come(house):
    versions(house, "QH-C", ("approved", -100, 30), ("consultation", 30, 60), ("consultation", 60, None))
    assert house.person("plan1").get("/office/displays").text.count('value="QH-C"') == 1
    shown(house, "QH-C", 0, 9)
    assert "/feedback?plan=QH-C" in house.home.get("/plans/display").text
    house.given(plan="QH-C", category="plan", words="Không nên đổi đất lúa")


def test_who_reads_a_contact_is_told_as_it_is(house):
    ((said,),) = house.rows(
        "SELECT col_description('registry.feedback'::regclass, a.attnum) FROM pg_attribute a"
        " WHERE a.attrelid = 'registry.feedback'::regclass AND a.attname = 'contact'"
    )
    assert "not to planners" in said


def test_two_planners_close_an_opinion_whatever_it_says(house):
    laid(house, "QH-T")
    shown(house, "QH-T", 0, 9)
    code, key = house.given(plan="QH-T", category="plan", words="Mua đất giá tốt tại đây")
    refused = house.move("plan1", code, "reject", "received", ok=422, words="Quảng cáo.")
    assert "another planner releases the answer" in refused.text
    house.move("plan1", code, "accept", "received")
    assert "Do not take it up" not in house.person("plan1").get(f"/office/feedback/{code}").text
    house.move("plan1", code, "reject", "accepted", ok=422, words="Quảng cáo.")
    house.move("plan1", code, "answer", "accepted", words="Không phải góp ý.", outcome="no-opinion")
    house.move("plan1", code, "release", "drafted", ok=403)
    house.move("plan2", code, "release", "drafted")
    assert "no opinion on the plan" in house.follow(code, key)


def test_the_export_holds_every_opinion_and_the_zones_of_the_whole_parcel(house, monkeypatch):
    monkeypatch.setattr("landsvc.registry.feedback.opinions.PAGE", 2)
    laid(house, "QH-W")
    with psycopg.connect(house.dsn) as conn:
        ((plan,),) = conn.execute("SELECT id FROM planning.plan WHERE code = 'QH-W'").fetchall()
        # A corner of the parcel of 20 by 30 metres, and beyond it; and what is in force there today.
        plans.zone(conn, plan, box(-50, -50, 55, 65), code="CORNER", use_code=None)
        force = plans.plan(conn, "QH-NOW")
        plans.zone(conn, force, box(-50, -50, 300, 300), code="ONT", use_code=None)
    shown(house, "QH-W", 0, 9)
    codes = [house.given(plan="QH-W", category="plan", words=f"Góp ý số {n}")[0] for n in range(5)]
    told = house.person("plan1").get("/office/displays/QH-W/opinions.json").json["opinions"]
    assert [each["code"] for each in told] == codes
    first = told[0]
    assert {each["code"]: each["sharePct"] for each in first["zones"]} == {"CORNER": 12.5, "Z1": 100.0}
    assert ("ONT", 100.0) in [(each["code"], each["sharePct"]) for each in first["inForce"]]
    assert first["notice"] == "12/TB-UBND"


def ended(house, code: str, table: str = "plan_version") -> int:
    """Believe versions, or zones, of a plan no more; return the plan's id."""
    house.rows(
        f"UPDATE planning.{table} v SET recorded = tstzrange(lower(v.recorded), clock_timestamp())"
        " FROM planning.plan p WHERE p.id = v.plan_id AND p.code = %s AND upper_inf(v.recorded)",
        code,
    )
    ((plan,),) = house.rows("SELECT id FROM planning.plan WHERE code = %s", code)
    return int(plan)


def zones_told(house, code: str) -> tuple[set[str], set[str]]:
    """Return the zones of the plan, and those in force, told with the one opinion on a plan."""
    (told,) = house.person("plan1").get(f"/office/displays/{code}/opinions.json").json["opinions"]
    return {each["code"] for each in told["zones"]}, {each["code"] for each in told["inForce"]}


def test_the_export_tells_the_plan_as_it_was_shown_and_what_is_in_force_now(house):
    laid(house, "QH-X")
    today = clock.today()
    with psycopg.connect(house.dsn) as conn:
        ((plan,),) = conn.execute("SELECT id FROM planning.plan WHERE code = 'QH-X'").fetchall()
        plans.zone(conn, plan, box(0, 0, 100, 100), code="SEEN", use_code=None)
        gone = {"valid": f"[{today - timedelta(days=9)},{today})", "use_code": None}
        plans.zone(conn, plan, box(0, 0, 100, 100), code="OVER", **gone)
        plans.zone(conn, plan, box(0, 0, 100, 100), code="OFF", use_code=None, status="cancelled")
    shown(house, "QH-X", 0, 9)
    house.given(plan="QH-X", category="plan")
    own, force = zones_told(house, "QH-X")
    assert own == {"Z1", "SEEN"}
    assert not {"SEEN", "OVER", "OFF"} & force
    plan = ended(house, "QH-X")
    with psycopg.connect(house.dsn) as conn:
        plans.plan_version(conn, plan, status="approved")
    own, force = zones_told(house, "QH-X")
    assert own == {"Z1", "SEEN"}
    assert force >= {"SEEN"}
    assert not {"OVER", "OFF"} & force
    ended(house, "QH-X", "zone")
    ended(house, "QH-X")
    with psycopg.connect(house.dsn) as conn:
        plans.plan_version(conn, plan, status="approved", valid=f"[2022-03-01,{today})")
        plans.zone(conn, plan, box(0, 0, 100, 100), code="LATER", use_code=None)
    own, force = zones_told(house, "QH-X")
    assert own == {"Z1", "SEEN"}
    assert not {"SEEN", "LATER"} & force


def test_the_export_of_a_change_tells_what_is_to_come_and_not_what_it_ends(house):
    versions(house, "QH-Y", ("approved", -100, 30), ("consultation", 30, None))
    turn = clock.today() + timedelta(days=30)
    with psycopg.connect(house.dsn) as conn:
        ((plan,),) = conn.execute("SELECT id FROM planning.plan WHERE code = 'QH-Y'").fetchall()
        place = box(0, 0, 100, 100)
        plans.zone(conn, plan, place, code="RICE", use_code=None, valid=f"[2022-03-01,{turn})")
        plans.zone(conn, plan, place, code="HOMES", use_code=None, valid=f"[{turn},)")
        plans.zone(conn, plan, place, code="STAYS", use_code=None)
    shown(house, "QH-Y", 0, 9)
    house.given(plan="QH-Y", category="plan")
    own, force = zones_told(house, "QH-Y")
    assert own == {"HOMES", "STAYS"}
    assert force >= {"RICE", "STAYS"}
    assert "HOMES" not in force


def test_the_sheet_for_the_council_tells_words_and_not_codes(house):
    laid(house, "QH-S")
    shown(house, "QH-S", 0, 9)
    first, _ = house.given(plan="QH-S", category="plan")
    house.given(plan="QH-S", category="plan", words="Chưa ai đọc")
    house.move("plan1", first, "accept", "received")
    house.move("plan1", first, "answer", "accepted", words="Giữ tuyến.", outcome="not-agreed")
    house.move("plan2", first, "release", "drafted")
    client = house.person("plan1")
    for language, told in (("vi", ("không đồng ý", "mới")), ("en", ("not agreed", "new"))):
        client.set_cookie("lang", language)
        sheet = client.get("/office/displays/QH-S/opinions.xlsx")
        with zipfile.ZipFile(io.BytesIO(sheet.data)) as book:
            texts = set(re.findall(r"<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode()))
        assert set(told) <= texts, language
        assert not {"not-agreed", "received", "answered" if language == "vi" else "received"} & texts
    (one,) = (
        each
        for each in client.get("/office/displays/QH-S/opinions.json").json["opinions"]
        if each["code"] == first
    )
    assert (one["state"], one["outcome"]) == ("answered", "not-agreed")


def walked(client, path: str, pattern: str) -> list[str]:
    """Return what a list tells over all its pages, in order."""
    found: list[str] = []
    pages = 0
    while path:
        pages += 1
        assert pages < 100
        told = client.get(path).text
        found += dict.fromkeys(re.findall(pattern, told))
        more = re.search(r'class="button quiet" href="([^"]+after=[^"]+)"', told)
        path = more[1].replace("&amp;", "&") if more else ""
    return found


def test_lists_go_on_to_their_end_and_a_plan_is_found_by_its_name(house, monkeypatch):
    wanted = [f"QH-N{n}" for n in range(5)]
    for code in wanted:
        laid(house, code)
        shown(house, code, 0, 9)
    for module in ("registry.feedback.displays", "office.display_pages", "portal.display_pages"):
        monkeypatch.setattr(f"landsvc.{module}.MOST_SHOWN", 2)
    for client, path in ((house.home, "/plans/display"), (house.person("plan1"), "/office/displays")):
        found = walked(client, path, r"<code>(QH-[^<]+)</code>")
        assert len(found) == len(set(found))
        assert set(wanted) <= set(found)
        assert walked(client, f"{path}?word=qh-n", r"<code>(QH-[^<]+)</code>") == wanted
        assert "No plan is called so." in client.get(f"{path}?word=chang+co").text
        assert client.get(f"{path}?after=QH-none").status_code == 200
    assert "/feedback?plan=QH-N4" in house.home.get("/plans/display?word=n4").text
    house.given(plan="QH-N4", category="plan")
    for module in ("registry.feedback.displays", "office.display_pages"):
        monkeypatch.setattr(f"landsvc.{module}.MOST_CHOICES", 3)
    assert "There are more" in house.person("plan1").get("/office/displays").text


def test_what_waits_is_listed_to_its_end(house, monkeypatch):
    wanted = {house.given(words=f"Đèn đường tắt {n}")[0] for n in range(5)}
    monkeypatch.setattr("landsvc.registry.feedback.service.MOST_LISTED", 2)
    found = walked(house.person("lan"), "/office/feedback?kind=report", r">(PA-[0-9-]+)</a>")
    assert len(found) == len(set(found))
    assert wanted <= set(found)


def test_what_a_planner_typed_of_a_display_stays_when_it_is_refused(house):
    laid(house, "QH-Z")
    laid(house, "QH-ZZ")
    body = {"plan": "QH-Z", "noticeNo": "77/TB-UBND", "place": "Nhà văn hoá", "firstDay": "2026-12-01"}
    page = house.person("plan1").post("/office/displays", data=body | {"lastDay": "2026-11-01"})
    assert page.status_code == 400
    for value in ("77/TB-UBND", "Nhà văn hoá", "2026-12-01", "2026-11-01"):
        assert f'value="{value}"' in page.text
    assert 'value="QH-Z" selected' in page.text


def picture(client, path: str) -> str:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml"), answer.text
    ElementTree.fromstring(answer.text)
    return answer.text


def test_a_plan_on_display_has_a_map_of_what_it_provides_and_of_nothing_else(house):
    versions(house, "QH/M 1", ("approved", -100, 30), ("consultation", 30, None))
    turn = clock.today() + timedelta(days=30)
    with psycopg.connect(house.dsn) as conn:
        ((plan,),) = conn.execute("SELECT id FROM planning.plan WHERE code = 'QH/M 1'").fetchall()
        conn.execute(
            "INSERT INTO cadastre.land_use_type (code, name_vi, name_en, color, sort) VALUES"
            " ('ZA', 'Đất A', 'Land A', '#aa0011', 901), ('ZB', 'Đất B', 'Land B', '#00bb22', 902)"
        )
        plans.zone(conn, plan, box(0, 0, 100, 200), code="A1", use_code="ZA", valid=f"[{turn},)")
        plans.zone(conn, plan, box(200, 0, 50, 50), code="A2", use_code="ZA", valid=f"[{turn},)")
        plans.zone(conn, plan, box(0, 0, 100, 200), code="B", use_code="ZB", valid=f"[2022-03-01,{turn})")
        plans.zone(conn, plan, box(0, 0, 100, 200), code="OFF", use_code="ZB", status="cancelled")
        lines = f"LINESTRING({X0} {Y0}, {X0 + 100} {Y0 + 100})"
        plans.zone(conn, plan, lines, code="<L&>", use_code=None, theme="road_line", valid=f"[{turn},)")
    for path in ("/plans/display/QH%2FM%201", "/plans/display/QH%2FM%201/map.svg", "/plans/display/%00"):
        assert house.home.get(path).status_code == 404
    shown(house, "QH/M 1", 0, 9)
    page = house.home.get("/plans/display/QH%2FM%201").text
    assert re.search(r"ZA</span> Land A · 2\.25 ha", page)
    assert "Land B" not in page
    assert "&lt;L&amp;&gt;" in page
    drawn = picture(house.home, "/plans/display/QH%2FM%201/map.svg")
    known = house.home.get("/plans/display/QH%2FM%201/map.svg").headers["ETag"]
    again = house.home.get("/plans/display/QH%2FM%201/map.svg", headers={"If-None-Match": known})
    assert (again.status_code, again.data) == (304, b"")
    assert drawn.count("#aa0011") == 2
    assert "#00bb22" not in drawn
    assert "Phường Bình Phước" in drawn
    assert "Map of the plan Quy hoạch thử" in drawn
    assert "/plans/display/QH/M%201" in house.home.get("/plans/display").text
    assert house.person("plan1").get("/office/displays/QH%2FM%201/opinions.json").json["opinions"] == []
    versions(house, "QH-M0", ("consultation", 0, None))
    shown(house, "QH-M0", 0, 9)
    assert "The register has no map of this plan yet." in house.home.get("/plans/display/QH-M0").text
    assert house.home.get("/plans/display/QH-M0/map.svg").status_code == 404


def test_a_display_that_is_over_keeps_the_map_that_was_shown(house):
    laid(house, "QH-M2")
    shown(house, "QH-M2", -9, -1)
    with psycopg.connect(house.dsn) as conn:
        # As if it had been recorded before the display and replaced after it.
        conn.execute("ALTER TABLE planning.zone DISABLE TRIGGER USER")
        ((plan,),) = conn.execute(
            "UPDATE planning.zone z SET recorded = tstzrange(now() - interval '20 days', clock_timestamp())"
            " FROM planning.plan p WHERE p.id = z.plan_id AND p.code = 'QH-M2' RETURNING p.id"
        ).fetchall()
        conn.execute("ALTER TABLE planning.zone ENABLE TRIGGER USER")
    with psycopg.connect(house.dsn) as conn:
        plans.zone(conn, plan, box(0, 0, 100, 100), code="ANEW", use_code=None)
    page = house.home.get("/plans/display/QH-M2").text
    assert "Z1</span>" in page
    assert "ANEW" not in page
    shown(house, "QH-M2", 0, 9)
    page = house.home.get("/plans/display/QH-M2").text
    assert "ANEW</span>" in page
    assert "Z1</span>" not in page


def test_reports_stand_on_a_map_by_their_number_as_long_as_they_are_public(house):
    first, key = house.answered(public=CLEAN)
    house.answered(public=CLEAN)
    told = len(re.findall(r"<strong>\d+\. ", house.home.get("/feedback/reports").text))
    drawn = picture(house.home, "/feedback/reports/map.svg")
    assert re.findall(r'text-anchor="middle" fill="#ffffff">(\d+)<', drawn) == [
        str(n) for n in range(told, 0, -1)
    ]
    house.home.post("/feedback/reopen", data={"code": first, "key": key, "words": "Chưa đúng chỗ"})
    assert f">{told}<" not in picture(house.home, "/feedback/reports/map.svg")
    assert house.home.get("/feedback/reports/map.svg?before=1").status_code == 404


def test_a_display_shorter_than_its_level_needs_says_why_for_everybody(house):
    laid(house, "QH-K")
    told = shown(house, "QH-K", 0, 28, ok=422, reason="")
    assert "It lasts 29 days; plans of this level are on display for 30 days at least." in told
    assert 'name="reason"' in told
    shown(house, "QH-K", 0, 29, reason="")
    assert "Shorter than usual" not in house.home.get("/plans/display?word=QH-K").text
    shown(house, "QH-K", 0, 9, reason="Điều chỉnh cục bộ theo Nghị quyết 5")
    for page in (
        house.home.get("/plans/display?word=QH-K"),
        house.person("plan1").get("/office/displays?word=QH-K"),
    ):
        assert "Shorter than usual: Điều chỉnh cục bộ theo Nghị quyết 5" in page.text
    house.rows("UPDATE registry.display_length SET least_days = 5 WHERE level = 'province'")
    shown(house, "QH-K", 0, 9, reason="")
    house.rows("UPDATE registry.display_length SET least_days = 30 WHERE level = 'province'")
    first = clock.today().replace(year=2024, month=1, day=1)
    days = {"firstDay": first.isoformat(), "lastDay": (first + timedelta(days=2)).isoformat()}
    body = {"plan": "QH-K", "noticeNo": "1", "place": "x"} | days
    assert house.person("plan1").post("/office/displays", data=body).status_code == 303


def test_a_plan_in_force_is_not_displayed_and_days_are_in_order(house):
    laid(house, "QH-F", status="approved")
    shown(house, "QH-F", 0, 5, ok=422)
    laid(house, "QH-G")
    shown(house, "QH-G", 5, 0, ok=400)
    shown(house, "QH-G", 0, 800, ok=400)
    shown(house, "QH-G", 0, 5, ok=403, login="lan")
    assert "QH-G" not in house.home.get("/plans/display").text


def test_opinions_are_answered_one_by_one_and_exported_without_contacts(house):
    laid(house, "QH-H")
    shown(house, "QH-H", 0, 10)
    inside, key = house.given(plan="QH-H", category="plan", words="=1+1 không đồng ý", contact="0912345678")
    waiting, _ = house.given(plan="QH-H", category="plan", words="Đồng ý, cảm ơn")
    house.move("lan", inside, "accept", "received", ok=403)
    house.move("plan1", inside, "accept", "received")
    house.move("plan1", inside, "answer", "accepted", words="Giữ tuyến.", ok=422)
    house.move("plan1", inside, "answer", "accepted", words="Giữ tuyến.", outcome="not-agreed")
    house.move("plan1", inside, "release", "drafted", ok=403)
    house.move("plan2", inside, "release", "drafted")
    assert "not agreed" in house.follow(inside, key)
    told = house.person("plan1").get("/office/displays/QH-H/opinions.json").json
    by_code = {each["code"]: each for each in told["opinions"]}
    assert set(by_code) == {inside, waiting}
    assert (by_code[inside]["outcome"], by_code[inside]["answer"]) == ("not-agreed", "Giữ tuyến.")
    assert [each["code"] for each in by_code[inside]["zones"]] == ["Z1"]
    assert by_code[waiting]["answer"] is None
    assert "0912345678" not in json.dumps(told)
    sheet = house.person("plan1").get("/office/displays/QH-H/opinions.xlsx")
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as book:
        assert "=1+1 không đồng ý" in book.read("xl/sharedStrings.xml").decode()
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    assert house.home.get("/office/displays/QH-H/opinions.json").status_code in {303, 401}


def test_a_commune_is_called_as_today_where_an_older_one_had_its_code_since_ever(house):
    code, _ = house.answered(public=CLEAN)
    with psycopg.connect(house.dsn) as conn:
        conn.execute(
            "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, folded)"
            " VALUES ('commune', %s, 'Phường Ngày Xưa', 'Ngày Xưa', 'phường', '(,2025-07-01)', '')",
            (HERE,),
        )
        told = [conn.execute("SELECT * FROM registry.feedback_public(NULL, 50)").fetchall()]
        units = "SELECT array_agg(unit_id) FROM cadastre.parcel WHERE commune_code = %s"
        ((these,),) = conn.execute(units, (HERE,)).fetchall()
        conn.execute(
            "SELECT set_config('landsvc.acting', (SELECT id::text FROM identity.account WHERE login = 'son'), true)"
        )
        told.append(conn.execute("SELECT * FROM cadastre.outside_area(%s)", (these,)).fetchall())
        with pytest.raises(psycopg.errors.CheckViolation) as refused, conn.transaction():
            conn.execute("SELECT cadastre.require_area(%s)", (HERE,))
        told.append(refused.value.diag.message_detail)
    database = house.app.extensions[EXTENSION].database
    with database.unit_of_work(EDITOR_ROLE) as session:
        for file, name in (("queries_slips.sql", "slip_land"), ("queries_certificates.sql", "certificate_land")):
            told.append(rows_of(session, statements("registry", file)[name], units=these))
    told.append(house.person("lan").get(f"/office/feedback/{code}").text)
    told.append(house.home.get("/feedback/reports").text)
    for each in told:
        assert "Phường Bình Phước" in str(each)
        assert "Ngày Xưa" not in str(each)


def test_contacts_are_sealed_and_brought_under_the_newest_key(house, tmp_path):
    code, _ = house.given(contact="0987 000 111")
    whole = "SELECT form_key, contact FROM registry.feedback WHERE code = %s"
    ((form_key, contact),) = house.rows(whole, code)
    assert b"0987" not in bytes(contact)
    file = tmp_path / "keys"
    file.write_text(SECRET_KEYS + "\n")
    own = settings_for(house.dsn, SECRET_KEYS="", SECRET_FILE=str(file))
    add_key(own)
    new = Vault(own)
    assert sealing.seal_stored(house.dsn, new) > 0
    assert sealing.seal_stored(house.dsn, new) == 0
    ((_, again),) = house.rows(whole, code)
    assert sealing.opened(new, bytes(again), form_key) == "0987 000 111"


def test_every_page_is_there_in_both_languages_and_empty(house):
    for path in ("/feedback", "/feedback/follow", "/feedback/reports", "/plans/display"):
        for language in ("vi", "en"):
            assert house.home.get(f"{path}?lang={language}").status_code == 200
    house.home.set_cookie("lang", "en")
    assert house.home.get("/feedback/reopen").status_code == 302
    assert house.person("plan1").get("/office/displays").status_code == 200
