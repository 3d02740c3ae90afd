"""Nobody sees a field that the table of `identity.fields` keeps from them: every address, asked as everybody.

The register is full of people whose names, numbers and amounts occur nowhere else (`tests.factories.canaries`).
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.core import log
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.sending.carrying import Carrier
from landsvc.core.sending.senders import senders_of
from landsvc.core.web import EXTENSION
from landsvc.identity.actors import SERVICE
from landsvc.identity.fields import BY_CODE, FIELDS, MASKED, NO, OFFICE, OWN, WHO, YES
from landsvc.registry.readings import service as readings
from landsvc.registry.readings.words import reasons
from tests.factories import machines
from tests.factories.canaries import (
    BUYER,
    CANARIES,
    LENDER,
    OWNER,
    WIFE,
    Laid,
    laid,
    seen,
    stored,
    texts_seen,
    tile_values,
)
from tests.factories.wire import words_of_pdf

from conftest import sign_client_in

QUICK = ("nobody", "citizen", "counter", "processor", "leader")
"""Who walks in every run: a stranger, one without a role, who sees ends of numbers, who sees all, who sees no names."""
NOT_WALKED = {"/office/sign-out"}
PART = re.compile(r"<(?:(\w+)(?:\([^>]*\))?:)?(\w+)>")
PEOPLES = re.compile(r"(dossiers|applications|feedback)/<[^/]*code>")
"""What bears a code that people were given: asked for each of them."""
ASKED = {"/api/v1/lookup": "parcel", "/answer": "parcel", "/office/inspector": "parcel", "/office/parcels": "q"}
ENDINGS = {"ending": ("csv", "xlsx", "pdf"), "name": ("receipt", "control"), "layer": ("parcels", "units")}


@pytest.fixture(scope="module")
def at(module_db, tmp_path_factory) -> Iterator[Laid]:
    with laid(module_db, str(tmp_path_factory.mktemp("data"))) as at:
        yield at


def client_of(at: Laid, who: str):
    """Return a test client for a stranger, a role, or a machine with a scope."""
    client = at.app.test_client()
    if ":" in who:
        token = machines.token(at.app.extensions[EXTENSION].database, who.replace(":", "-"), who)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    elif who != "nobody":
        sign_client_in(client, who)
    return client


def addresses(at: Laid, turns: int = 1) -> list[tuple[str, str]]:
    """Return (rule, address) of everything that is read, its parts filled with what the register holds."""
    known = at.named | ENDINGS | {part: [at.named["tile"][place]] for place, part in enumerate("zxy")}
    found = {}
    for rule in sorted(rule.rule for rule in at.app.url_map.iter_rules() if "GET" in rule.methods):
        for turn in range(len(at.named["code"]) if PEOPLES.search(rule) else turns):

            def value(part: re.Match[str], turn: int = turn, rule: str = rule) -> str:
                if part[2] == "code" and "transactions" in rule:
                    return at.named["transaction"][turn]
                if part[2] == "code" and "feedback" in rule:
                    return at.named["report"][turn % 2]
                if part[2] == "code" and rule.startswith("/verify"):
                    return at.named["id"][turn]
                values = known.get(part[2]) or (["1"] if part[1] == "int" else ["none-such"])
                return values[turn % len(values)]

            address = PART.sub(value, rule)
            if rule in ASKED:
                address += f"?{ASKED[rule]}={at.named['ref'][turn % 2]}"
            found[address] = rule
    return [(rule, address) for address, rule in found.items() if rule not in NOT_WALKED]


def walk(at: Laid, who: str, turns: int = 1) -> dict[str, set[str]]:
    """Return the fields somebody saw, each with the rules of the addresses that answered them."""
    client, found = client_of(at, who), defaultdict(set)
    for rule, address in addresses(at, turns):
        with client.get(address) as answer:
            assert answer.status_code < 500 or answer.status_code == 503, (address, answer.text)
            for code in seen(answer.data, answer.content_type or ""):
                found[code].add(rule)
    return dict(found)


def check(at: Laid, who: str, turns: int = 1) -> None:
    found = walk(at, who, turns)
    row = {code: field.seen_by(who) for code, field in BY_CODE.items()}
    leaked = {code: sorted(rules) for code, rules in found.items() if row[code] in {NO, OWN, MASKED}}
    assert leaked == {}
    if who in OFFICE:  # else the walk looked at nothing, or the table promises what nobody is shown
        assert set(found) == {code for code, level in row.items() if level == YES}


@pytest.mark.parametrize("who", QUICK)
def test_who_walks_through_every_address_sees_what_the_table_says(at, who):
    check(at, who)


@pytest.mark.long
@pytest.mark.parametrize("who", ["nobody", "citizen", *OFFICE, "tax:read", "tax:write", "tax:persons"])
def test_everybody_who_walks_through_every_address_twice_sees_what_the_table_says(at, who):
    check(at, who, turns=2)


OWNERS_OWN = {
    *(OWNER, WIFE, LENDER, BUYER),
    *CANARIES["share"],
    *CANARIES["birth"],
    *CANARIES["contact"],
    CANARIES["address"][0],
    *(CANARIES["mortgage-amount"] + CANARIES["obligation"] + CANARIES["payment"] + CANARIES["price-paid"]),
}
"""What stands in the owner's own right, dossiers and payments, those who hold, lend or buy with them among it."""


@pytest.mark.parametrize(("who", "own"), [("owner", OWNERS_OWN), ("stranger", set())])
def test_a_citizen_who_is_signed_in_sees_their_own_and_nothing_of_others(at, who, own):
    found: dict[str, set[str]] = defaultdict(set)
    for rule, address in addresses(at, turns=2):
        if rule in {"/account/sign-out", "/account/close"}:
            continue
        with at.citizens[who].get(address) as answer:
            assert answer.status_code < 500 or answer.status_code == 503, (address, answer.text)
            for text in texts_seen(answer.data, answer.content_type or ""):
                found[text].add(rule)
    assert {text: rules for text, rules in found.items() if text not in own} == {}
    assert (OWNER in found) == (who == "owner")


def test_what_was_laid_for_others_is_there_to_be_found(at, module_db):
    """Else the walks would prove nothing about it."""
    lan = at.world.person("lan").client
    reply, opinion = at.named["code"][-1], at.named["report"][-1]
    assert {"name", "share"} <= seen(lan.get(f"/office/dossiers/{reply}/reply").data, "text/html")
    assert "contact" in seen(lan.get(f"/office/feedback/{opinion}").data, "text/html")
    (waiting,) = stored(module_db, "SELECT facts::text FROM registry.legacy_right WHERE facts IS NOT NULL")
    assert {BUYER, LENDER} <= texts_seen(waiting.encode())
    assert len(stored(module_db, "SELECT 1 FROM identity.citizen")) == 2


def test_what_a_stranger_sends_anywhere_brings_no_field_and_no_line_of_the_log_either(at):
    client, lines = client_of(at, "nobody"), io.StringIO()
    with redirect_stderr(lines):
        for rule in at.app.url_map.iter_rules():
            for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
                address = PART.sub(lambda part: at.named.get(part[2], ["1"])[0], rule.rule)
                body = {"parcel": at.named["ref"][0], "parcels": at.named["ref"], "code": at.named["code"][0]}
                with client.open(address, method=method, json=body) as answer:
                    assert not seen(answer.data, answer.content_type or ""), (method, address)
    assert lines.getvalue().count('"event": "request"') > 100
    assert not seen(lines.getvalue().encode())


WRONG = ("0000-0000-0000", "", "x" * 5000, "\x00' OR 1=1 --", "Zuyễn")


def test_wrong_secrets_and_broken_forms_bring_no_field_either(at):
    client, lines = client_of(at, "nobody"), io.StringIO()
    codes = {
        part: at.named[name][0] for part, name in (("code", "code"), ("number", "notice"), ("serial", "serial"))
    }
    with redirect_stderr(lines):
        for rule in at.app.url_map.iter_rules():
            if "POST" not in rule.methods or rule.rule.startswith("/api/"):
                continue
            for turn, wrong in enumerate(WRONG):
                known = at.named | {"code": [at.named["code"][turn % 4], *at.named["report"]]}
                address = PART.sub(lambda part, known=known: (known.get(part[2]) or ["1"])[0], rule.rule)
                form = codes | {"key": wrong, "secret": wrong, "password": wrong, "page": wrong, "contact": wrong}
                with client.post(address, data=form) as answer:
                    assert answer.status_code < 500 or answer.status_code == 503, (address, answer.text)
                    assert not seen(answer.data, answer.content_type or ""), (address, wrong)
    assert not seen(lines.getvalue().encode())


def test_what_people_brought_from_home_and_officers_entered_stands_in_no_line_of_the_log(at):
    lines = at.log.getvalue()
    for address in ("/services/CN/apply", "/feedback", "/account/register", "/alerts"):
        assert f'"path": "{address}"' in lines
    assert not seen(lines.encode())


def test_a_report_is_shown_to_no_officer_of_another_branch_and_to_nobody_with_a_wrong_secret(at):
    code = at.named["report"][0]
    own, other = (at.world.person(login).client for login in ("lan", "son"))
    assert {"name", "identity-number", "contact"} <= seen(own.get(f"/office/feedback/{code}").data, "text/html")
    for address in ("/office/feedback", f"/office/feedback/{code}", f"/office/feedback/{code}/photo"):
        assert not seen(other.get(address).data, "text/html"), address
    wrong = client_of(at, "nobody").post("/feedback/follow", data={"code": code, "key": "0000-0000-0000"})
    assert not seen(wrong.data, "text/html")


def test_events_trail_and_feed_hold_no_field(at, module_db):
    for statement in (
        "SELECT topic || ' ' || key || ' ' || payload::text FROM core.outbox",
        "SELECT action || ' ' || coalesce(object, '') || ' ' || details::text FROM identity.audit",
        "SELECT row_to_json(c)::text FROM finance.change c",
    ):
        rows = stored(module_db, statement)
        assert [row for row in rows if seen(row.encode())] == []
    assert len(stored(module_db, "SELECT payload FROM core.outbox WHERE topic = 'payment.received'")) == 2


def test_mail_that_cannot_be_sent_names_nobody_in_the_log(at):
    parts, lines = at.app.extensions[EXTENSION], io.StringIO()
    structlog.reset_defaults()
    with redirect_stderr(lines):
        log.configure()
        Carrier(parts.database, parts.vault, senders_of(parts.settings)).round()
    structlog.reset_defaults()
    tried = stored(at.world.dsn, "SELECT outcome || ' ' || coalesce(reason, '') FROM core.message_attempt")
    assert tried
    assert not seen(" ".join([lines.getvalue(), *tried]).encode())


def test_a_row_the_database_refuses_stands_in_no_log(at, module_db, cluster):
    """PostgreSQL tells the whole row, SQLAlchemy every parameter: neither may reach a log."""
    lines = io.StringIO()
    database = at.app.extensions[EXTENSION].database
    structlog.reset_defaults()
    with redirect_stderr(lines):
        log.configure()
        logger = structlog.get_logger("refused")
        try:
            with database.unit_of_work(EDITOR_ROLE, machines_actor(at)) as session:
                session.connection().exec_driver_sql(
                    "INSERT INTO registry.dossier_applicant (dossier_id, seq, name, capacity, contact)"
                    " SELECT d.id, 99, %(name)s, NULL, %(contact)s FROM registry.dossier d",
                    {"name": CANARIES["name"][0], "contact": CANARIES["contact"][0]},
                )
        except Exception:
            logger.exception("unhandled")
    structlog.reset_defaults()
    assert "null value in column" in lines.getvalue()
    assert "not logged" in lines.getvalue()
    assert not seen(lines.getvalue().encode())
    kept = cluster.log.read_bytes()
    assert b"null value in column" in kept
    assert not seen(kept)


def machines_actor(at: Laid):
    """Return an officer."""
    return sign_client_in(at.app.test_client(), "processor")


def disguises(text: str) -> st.SearchStrategy[bytes]:
    """Return ways to write a text that a person, or a program, still reads."""
    composed = st.sampled_from(["NFC", "NFD"]).map(lambda form: unicodedata.normalize(form, text))
    spaced = composed.map(lambda plain: "-".join(plain))
    folded = composed.map(lambda plain: "".join(c for c in unicodedata.normalize("NFD", plain) if c.isascii()))
    written = st.one_of(composed, spaced, composed.map(str.upper))
    if "Đ" not in text and "đ" not in text:
        written = st.one_of(written, folded)
    return st.one_of(
        written.map(str.encode),
        composed.map(lambda plain: json.dumps({"x": plain}).encode()),
        st.tuples(composed, st.binary(max_size=7), st.sampled_from([b64encode, urlsafe_b64encode])).map(
            lambda told: told[2](told[1] + told[0].encode() + b"more")
        ),
        composed.map(lambda plain: plain.encode().hex().encode()),
    )


@given(st.data())
def test_a_field_is_found_however_it_is_written(data):
    code = data.draw(st.sampled_from(sorted(CANARIES)))
    text = data.draw(st.sampled_from(CANARIES[code]))
    if len(text) < 9 and code == "payment":
        return
    around = data.draw(st.binary(max_size=20)).replace(b"%", b"")
    assert code in seen(b" " + data.draw(disguises(text)) + b" "), around


def test_the_document_says_what_the_table_says():
    text = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text("utf-8")
    for field in FIELDS:
        cells = [f"`{field.code}` {field.name}", *map(field.seen_by, WHO)]
        assert f"| {' | '.join(cells)} |" in text
    assert f"| field | {' | '.join(WHO)} |" in text


CARD, OTHER_CARD = CANARIES["identity-number"][0], CANARIES["identity-number"][2]


@pytest.fixture(scope="module")
def looked_at(at) -> Laid:
    """The office after a processor, the tax office and a signer looked at what is known of the owner."""
    lan, tax = at.world.person("lan").client, client_of(at, "tax:read")
    code, serial = at.named["code"][0], at.named["serial"][0]
    for client, path in (
        (lan, f"dossiers/{code}"),
        (lan, f"certificates/{serial}/sheet.pdf"),
        (lan, f"parties/{at.named['party'][0]}/documents/1"),
        (lan, f"parcels/{at.named['ref'][0]}/payments"),
        (tax, "tax/slips?after=0&limit=10"),
    ):
        assert client.get(f"/api/v1/{path}").status_code == 200, path
    return at


def ask_counter(at: Laid, party: str, number: str, language: str = "en", who: str = "hoa", **more: str):
    client = at.world.person(who).client
    csrf = client.environ_base["HTTP_X_CSRF_TOKEN"]
    fields = {"csrf": csrf, "number": number, **more}
    return client.post(f"/office/parties/{party}/readings?lang={language}", data=fields)


def test_a_person_is_told_who_looked_by_role_and_office_and_why_and_never_which_officer(looked_at):
    owner, code = looked_at.named["party"][0], looked_at.named["code"][0]
    shown = ask_counter(looked_at, owner, CARD)
    assert shown.status_code == 200
    rows, told = [], shown
    while True:
        rows += re.findall(r"<li>(<strong>.*?</span>)</li>", told.text, re.DOTALL)
        further = re.search(r'<option value="(\d+)" selected>', told.text)
        if further is None:
            break
        told = ask_counter(looked_at, owner, CARD, before=further[1])
    whats = {
        (re.search(r"<strong>(.*?)</strong>", row)[1], (re.findall(r"<code>(.*?)</code>", row) or ["–"])[0])
        for row in rows
    }
    assert ("A dossier of yours, or of your land, was opened", code) in whats
    assert ("The whole number of your identity document was read", "–") in whats
    assert ("The sheet of your certificate was prepared", looked_at.named["serial"][0]) in whats
    assert ("Payments for your land were read", looked_at.named["ref"][0]) in whats
    assert ("The slip was sent to the tax office", looked_at.named["slip"][0]) in whats
    assert any("tax-read" in row and "The slip for the tax office was read" in row for row in rows)
    assert any("West" in row for row in rows)
    assert not re.search(r"\b(Lan|Hoa|Tuan)\b", " ".join(rows)), "an officer is a person too"
    paper = ask_counter(looked_at, owner, CARD, "vi", **{"as": "paper"})
    assert paper.content_type == "application/pdf"
    words = words_of_pdf(paper.data)
    assert [
        text for text in (OWNER, code, "AI ĐÃ XEM DỮ LIỆU CỦA TÔI", "91/2025/QH15") if text not in words
    ] == [], words
    assert CARD not in words


READERS = ("counter", "processor", "tax:read")
UNTIED = ("/office/feedback",)
"""What strangers typed is tied to nobody: that it was opened is traced, and told to no person it may name."""


def told_of(at: Laid, party: str) -> int:
    """Return how many lines a person is told of who looked; that they asked is a line too, and not counted."""
    database = at.app.extensions[EXTENSION].database
    told = readings.told_to_account(database, party, "", "test", actor=SERVICE, page=5000)
    asked = reasons()["readings.told"]
    return sum(each.why != asked for each in told.lines)


@pytest.fixture(scope="module")
def readable(at) -> dict[str, tuple[Any, list[str]]]:
    """Return of each reader a client, and the addresses that show the owner's name."""
    found = {}
    for who in READERS:
        client, shown = client_of(at, who), []
        for _, address in addresses(at):
            with client.get(address) as answer:
                if OWNER in texts_seen(answer.data, answer.content_type or ""):
                    shown.append(address)
        found[who] = client, [each for each in shown if not each.startswith(UNTIED)]
    assert len(found["processor"][1]) > 15
    return found


@settings(max_examples=30)
@given(data=st.data())
def test_every_reading_is_told_to_the_person_and_to_nobody_else(at, readable, data):
    """Whoever sees a name leaves a line that its bearer is told, each time."""
    owner, stranger = at.named["party"][0], at.named["stranger"][0]
    client, shown = readable[data.draw(st.sampled_from([who for who in READERS if readable[who][1]]))]
    address = data.draw(st.sampled_from(shown))
    before = told_of(at, owner), told_of(at, stranger)
    with client.get(address) as answer:
        assert OWNER in texts_seen(answer.data, answer.content_type or ""), address
    assert told_of(at, owner) > before[0], address
    assert told_of(at, stranger) == before[1], address


def test_who_shows_no_card_of_the_person_is_told_nothing_and_that_is_traced(looked_at, module_db):
    owner, nobody = looked_at.named["party"][0], "NSD-00999999"
    refused = "SELECT count(*) FROM identity.audit WHERE action = 'readings.refused'"
    before = int(stored(module_db, refused)[0])
    answers = [
        ask_counter(looked_at, *each) for each in ((owner, "079000000000"), (owner, OTHER_CARD), (nobody, CARD))
    ]
    assert [each.status_code for each in answers] == [422, 422, 422]
    assert not any(OWNER in each.text or BUYER in each.text or "<li><strong>" in each.text for each in answers)
    assert int(stored(module_db, refused)[0]) == before + 3
    assert ask_counter(looked_at, owner, CARD, who="lan").status_code == 403, "a processor tells nobody"


def test_what_was_looked_at_of_others_is_not_told(looked_at):
    """The buyer has no land yet: the seller's certificates and numbers are none of theirs."""
    (buyer,) = stored(
        looked_at.world.dsn,
        "SELECT p.code FROM registry.party p JOIN registry.party_version v ON v.party_id = p.id"
        f" WHERE v.name = '{BUYER}'",
    )
    shown = ask_counter(looked_at, buyer, OTHER_CARD)
    assert shown.status_code == 200
    assert looked_at.named["serial"][0] not in shown.text
    assert "whole number" not in shown.text


def test_citizens_are_told_who_sees_what_in_their_language(at):
    client = client_of(at, "nobody")
    vietnamese, english = (client.get(f"/privacy?lang={language}").text for language in ("vi", "en"))
    for field in FIELDS:
        assert f'id="{field.code}"' in vietnamese
        assert field.name in english
        assert field.name not in vietnamese
    assert "Ai đã xem dữ liệu của tôi?" in vietnamese
    assert "Hidden but for the end: counter officers" in re.sub(r"\s+", " ", english)


def test_who_has_the_receipt_sees_what_they_owe_and_nothing_else_of_people(at):
    client, key = client_of(at, "nobody"), at.named["secret"][0]
    found = set()
    for page in ("dossiers", "pay"):
        answer = client.get(f"/{page}/{at.named['code'][0]}?key={key}")
        assert answer.status_code == 200
        found |= seen(answer.data, answer.content_type)
    own = {code for code, field in BY_CODE.items() if field.seen_by("receipt") == OWN}
    assert (own, found <= own, "obligation" in found) == ({"obligation", "payment"}, True, True)


def test_a_tile_is_read_value_by_value(at, module_db):
    """The tiles of parcels are full, and a field in a tile would be found, also where it is a number."""
    z, x, y = at.named["tile"]
    with client_of(at, "nobody").get(f"/tiles/parcels/{z}/{x}/{y}.mvt") as tile:
        assert tile.status_code == 200
        assert "345" in set(tile_values(tile.data))
        kind = tile.content_type
    with psycopg.connect(module_db) as conn:
        (told,) = conn.execute(
            "SELECT ST_AsMVT(t) FROM (SELECT ST_AsMVTGeom(ST_Point(1, 1), ST_MakeBox2D(ST_Point(0, 0), ST_Point(9, 9)))"
            " AS geom, %s::bigint AS a, %s::text AS b, %s::float8 AS c) t",
            [735191713, OWNER, 7319417931.0],
        ).fetchone()
    assert seen(told, kind) >= {"mortgage-amount", "name", "price-paid"}


QUESTIONS = ("nobody", "citizen", "leader", "tax:write")
Questions = tuple[dict[str, Any], list[tuple[str, list[str]]]]


def ask_anything(at: Laid, questions: Questions, data: Any) -> None:
    """Ask an endpoint of the OpenAPI document with parameters that hit what is there, as somebody who sees no names."""
    clients, operations = questions
    path, names = data.draw(st.sampled_from(operations))
    values = ["1", "50", "vi", "true", "2026-01-10", "2026-11-20T00:00:00+07:00", "106.9,11.5,107,11.6", "Zuy", "0791",
              *(value for each in at.named.values() for value in each[:2])]  # fmt: skip
    one = st.sampled_from(values)
    address = re.sub(r"{(\w+)}", lambda part: (at.named.get(part[1]) or [data.draw(one)])[0], path)
    asked = {name: data.draw(one) for name in names if data.draw(st.booleans())}
    who = data.draw(st.sampled_from(QUESTIONS))
    with clients[who].get(address, query_string=asked) as answer:
        leaked = {
            code for code in seen(answer.data, answer.content_type or "") if BY_CODE[code].seen_by(who) != YES
        }
        assert leaked == set(), (who, address, asked)


@pytest.fixture(scope="module")
def questions(at) -> Questions:
    clients = {who: client_of(at, who) for who in QUESTIONS}
    paths = clients["nobody"].get("/api/v1/openapi.json").json["paths"]
    operations = [
        (path, [each["name"] for each in told["get"].get("parameters", []) if each["in"] == "query"])
        for path, told in paths.items()
        if "get" in told
    ]
    assert len(operations) > 60
    return clients, operations


@settings(max_examples=80)
@given(data=st.data())
def test_whatever_is_asked_no_field_is_answered(at, questions, data):
    ask_anything(at, questions, data)


@pytest.mark.long
@settings(max_examples=4000)
@given(data=st.data())
def test_whatever_is_asked_thousands_of_times_no_field_is_answered(at, questions, data):
    ask_anything(at, questions, data)


@pytest.mark.parametrize("asked", ["name", "number", "certificate"])
def test_who_sees_no_names_does_not_learn_by_searching_whose_a_dossier_is(at, asked):
    text = {"name": OWNER, "number": CARD, "certificate": at.named["serial"][0]}[asked]
    for who in ("planner", "leader", "admin"):
        answer = client_of(at, who).get("/office/dossiers", query_string={"q": text})
        assert (answer.status_code, at.named["code"][0] in answer.text) == (403, False)
    shown = client_of(at, "auditor").get("/office/dossiers", query_string={"q": text})
    assert shown.status_code == 200
