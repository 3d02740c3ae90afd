"""Notices over HTTP: of parcels, parts, certificates and persons; what they stop, and how they are lifted."""

from __future__ import annotations

import psycopg
import pytest
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, X0, Y0
from tests.factories.drafts import split
from tests.factories.rights import PAPER, Registry, lay_land

from conftest import application, settings_for, sign_client_in

NUMBER = "079085009999"
NOTICE = {"kind": "block", "issuerKind": "court", "issuer": "TAND khu vực 1", "docNo": "15/QĐ-BPKCTT"}


@pytest.fixture(scope="module")
def dsn(make_clone):
    with make_clone() as dsn:
        yield dsn


@pytest.fixture(scope="module")
def land(dsn):
    return lay_land(dsn, 9)


@pytest.fixture(scope="module")
def app(dsn, land):
    with application(settings_for(dsn)) as app:
        yield app


@pytest.fixture(scope="module")
def office(app):
    client = app.test_client()
    sign_client_in(client, "processor")
    return Registry(client)


def test_a_notice_on_a_parcel_stops_rights_and_splits_until_it_is_lifted(office, land):
    seller, buyer, bank = office.party(), office.party(), office.party()
    right = office.right([land[0]], {seller: None})["right"]
    loan = office.right([land[0]], {bank: None}, kind="mortgage")["right"]
    block = office.post("/blocks", NOTICE | {"scope": "parcel", "parcel": land[0]})["code"]
    tested = office.post("/hold-tests", {"parcels": [land[0], land[1]]}, 200)["findings"]
    assert [(each["result"], each["subject"], each["docNo"]) for each in tested] == [
        ("held", land[0], NOTICE["docNo"])
    ]
    assert office.right([land[0]], {buyer: None}, 409, replaces=[right])["code"] == "held-land"
    assert office.right([land[0]], {bank: None}, 409, kind="mortgage")["code"] == "held-land"
    report = office.commit(split(land[0], (0, 15), (20, 15)), ok=422)["report"]
    assert {each["rule"] for each in report if each["result"] == "fail"} == {"SUB-HOLD"}
    office.post(f"/rights/{loan}/end", {"grounds": PAPER})
    judgment = {"grounds": PAPER | {"kind": "judgment"}}
    won = office.right([land[0]], {buyer: None}, replaces=[right], **judgment)
    assert office.held(land[0]) == [("use", {buyer: None})]
    office.post(f"/blocks/{block}/lift", {"grounds": PAPER})
    assert office.post(f"/blocks/{block}/lift", {"grounds": PAPER}, 409)["code"] == "block-lifted"
    assert office.post("/hold-tests", {"parcels": [land[0]]}, 200)["findings"] == []
    found = office.get(f"/blocks/{block}")
    assert (found["parcel"], found["until"] > found["since"]) == (land[0], True)
    office.right([land[0]], {seller: None}, replaces=[won["right"]])


def test_a_notice_on_a_part_is_drawn_on_the_parcel(office, land):
    ring = [[X0 + 20 + x, Y0 + y] for x, y in ((0, 0), (5, 0), (5, 5), (0, 5), (0, 0))]
    part = {"type": "Polygon", "coordinates": [ring]}
    body = NOTICE | {"kind": "dispute", "scope": "part", "parcel": land[1], "crs": f"EPSG:{SRID}"}
    code = office.post("/blocks", body | {"part": part})["code"]
    assert office.get(f"/blocks/{code}")["part"]["type"] == "Polygon"
    assert office.right([land[1]], {office.party(): None}, 409)["code"] == "held-land"
    away = {"type": "Polygon", "coordinates": [[[x + 1000, y] for x, y in ring]]}
    for wrong in (away, {"type": "Point", "coordinates": [0, 0]}, {"type": "Polygon"}):
        answer = office.post("/blocks", body | {"part": wrong}, 400)
        assert (answer["code"], answer["field"]) == ("block-part", "part")
    nowhere = {"type": "Polygon", "coordinates": [[[1e9, 1e9], [2e9, 1e9], [2e9, 2e9], [1e9, 1e9]]]}
    answer = office.post("/blocks", body | {"part": nowhere, "crs": None}, 400)
    assert (answer["code"], answer["field"]) == ("block-part", "part")
    assert office.post("/blocks", body, 400)["code"] == "block-scope"


def test_a_notice_on_a_certificate_is_found_by_its_serial(office):
    office.post("/blocks", NOTICE | {"scope": "certificate", "serial": "ba123456"})
    (found,) = office.post("/hold-tests", {"serials": ["BA 123456", "BA 123457"]}, 200)["findings"]
    assert (found["result"], found["subject"]) == ("held", "BA 123456")
    assert office.post("/blocks", NOTICE | {"scope": "certificate", "serial": "12"}, 400)["field"] == "serial"


def test_a_notice_about_a_person_waits_for_somebody_to_compare(office, land, dsn):
    person = {"name": "Hoàng Văn Thái", "bornYear": 1970, "number": NUMBER}
    block = office.post("/blocks", NOTICE | {"scope": "person", "person": person})["code"]
    assert office.get(f"/blocks/{block}")["candidates"] == []
    (found,) = office.post("/hold-tests", {"persons": [{"name": "hoàng văn thái"}]}, 200)["findings"]
    assert (found["result"], found["block"]) == ("undecided", block)
    younger = office.party("Hoàng Văn Thái", bornYear=1990)
    namesake = office.party("Hoàng Văn Thái", bornYear=1970)
    named = office.party("Hoàng Thái", documents=[{"kind": "cccd", "number": NUMBER}])
    seen = office.get(f"/blocks/{block}")["candidates"]
    assert {each["party"]: each["byNumber"] for each in seen} == {namesake: False, named: True}
    office.right([land[2]], {younger: None})
    assert office.right([land[3]], {namesake: None}, 409)["code"] == "held-person-undecided"
    assert office.right([land[3]], {named: None}, 409)["block"] == block

    def decide(party: str, same: bool) -> None:
        office.post(
            f"/blocks/{block}/matches", {"party": party, "same": same, "grounds": {"reason": "Đối chiếu"}}
        )

    decide(namesake, False)
    office.right([land[3]], {namesake: None})
    decide(named, True)
    couple = office.party("Vợ chồng", kind="couple", members=[named, namesake])
    for holder in (named, couple):
        assert office.right([land[4]], {holder: None}, 409)["code"] == "held-person"
    tested = office.post("/hold-tests", {"parties": [named, namesake, younger]}, 200)["findings"]
    assert [(each["subject"], each["result"]) for each in tested] == [(named, "held")]
    office.post(f"/blocks/{block}/lift", {"grounds": PAPER})
    office.right([land[4]], {couple: None})
    with psycopg.connect(dsn) as conn:
        assert NUMBER not in str(conn.execute("SELECT b.* FROM registry.block b").fetchall())
        assert conn.execute("SELECT FROM identity.audit WHERE details::text ~ %s", [NUMBER]).fetchall() == []


def test_a_buyer_blocked_by_name_after_reception_cannot_complete_though_the_seller_is_clear(office, land):
    seller, buyer = office.party(), office.party("Người Mua Đất", bornYear=1980)
    right = office.right([land[5]], {seller: None})["right"]
    assert office.post("/hold-tests", {"parties": [seller, buyer]}, 200)["findings"] == []
    office.post("/blocks", NOTICE | {"scope": "person", "person": {"name": "Người Mua Đất"}})
    answer = office.right([land[5]], {buyer: None}, 409, replaces=[right])
    assert (answer["code"], "matches" in answer["remedy"]) == ("held-person-undecided", True)
    assert office.held(land[5]) == [("use", {seller: None})]


def test_undoing_the_record_of_a_notice_ends_its_hold_and_of_its_lifting_brings_it_back(office, land, dsn):
    body = NOTICE | {"scope": "parcel", "parcel": land[6]}
    entered = office.post("/blocks", body)

    def held() -> int:
        return len(office.post("/hold-tests", {"parcels": [land[6]]}, 200)["findings"])

    def stands() -> bool:
        with psycopg.connect(dsn) as conn:
            return bool(
                make.one(
                    conn,
                    "SELECT count(*) FROM cadastre.parcel_hold h JOIN cadastre.parcel p ON p.unit_id = h.unit_id"
                    " WHERE p.number = '7' AND h.held @> clock_timestamp()",
                )
            )

    def undo(record: str) -> None:
        with psycopg.connect(dsn) as conn:
            conn.execute(
                "INSERT INTO cadastre.record (kind, title, reason, annuls_id)"
                " SELECT 'annulment', 'Hủy', 'Nhầm', r.id FROM cadastre.record r WHERE r.code = %s",
                [record],
            )

    lifted = office.post(f"/blocks/{entered['code']}/lift", {"grounds": PAPER})
    assert (held(), stands()) == (0, False)
    undo(lifted["record"])
    assert (held(), stands()) == (1, True)
    undo(entered["record"])
    assert (held(), stands()) == (0, False)


def test_notices_are_listed_with_a_cursor(office):
    page = office.get("/blocks", state="all", limit="1")
    assert (page["numberReturned"], page["next"] is not None) == (1, True)
    assert all(each["until"] for each in office.get("/blocks", state="lifted")["blocks"])
