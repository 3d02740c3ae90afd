"""Certificates over HTTP: issued on blanks once, in two times, one in force for a right, verified without a name."""

from __future__ import annotations

import psycopg
import pytest
from tests.factories.rights import PAPER, Registry, lay_land

from conftest import application, settings_for, sign_client_in


@pytest.fixture(scope="module")
def dsn(make_clone):
    with make_clone() as dsn:
        yield dsn


@pytest.fixture(scope="module")
def land(dsn):
    return lay_land(dsn, 14)


@pytest.fixture(scope="module")
def app(dsn, land, tmp_path_factory):
    with application(settings_for(dsn, DATA=str(tmp_path_factory.mktemp("data")))) as app:
        yield app


@pytest.fixture(scope="module")
def office(app):
    client = app.test_client()
    sign_client_in(client, "processor")
    registry = Registry(client)
    registry.post("/blanks", {"kind": "received", "first": "AA 1", "docNo": "x"}, 400)
    registry.post(
        "/blanks",
        {"kind": "received", "first": "AA 00000001", "last": "AA 00000040", "docNo": "PN-1", "day": "2026-01-02"},
    )
    return registry


@pytest.fixture(scope="module")
def people(office):
    return [office.party() for _ in range(3)]


def issue(office, right: str, ok: int = 201, **more: object):
    return office.post("/certificates", {"right": right, "grounds": PAPER, "since": "2026-02-01"} | more, ok)


def states(office, serial: str, **times: str) -> tuple[str, bool]:
    found = office.get(f"/certificates/{serial}", **times)["certificate"]
    return found["state"], found["inForce"]


def proof_of(dsn: str, serial: str) -> str:
    with psycopg.connect(dsn) as conn:
        return conn.execute("SELECT verify_id FROM registry.certificate WHERE serial = %s", [serial]).fetchone()[
            0
        ]


def test_a_right_has_one_certificate_in_force_or_one_for_each_holder(office, people, land):
    a, b, c = people
    right = office.right([land[0]], {a: None, b: None})["right"]
    first = issue(office, right)["serial"]
    assert issue(office, right, 409)["code"] == "certificate-twice"
    assert issue(office, right, 409, party=a)["code"] == "certificate-twice"
    second = issue(office, right, replaces=first, party=a)["serial"]
    assert issue(office, right, 409, party=a)["code"] == "certificate-twice"
    third = issue(office, right, party=b)["serial"]
    assert issue(office, right, 422, party=c)["code"] == "certificate-without-right"
    assert [states(office, each) for each in (first, second, third)] == [
        ("replaced", False),
        ("active", True),
        ("active", True),
    ]
    shown = office.get(f"/parcels/{land[0]}/certificates")["certificates"]
    assert [(each["serial"], each["party"]) for each in shown] == [(third, b), (second, a), (first, None)]


def test_a_certificate_answers_in_two_times_and_an_undone_issue_leaves_its_blank_used(office, people, land):
    right = office.right([land[1]], {people[0]: None})["right"]
    made = issue(office, right)
    serial, known = made["serial"], office.get(f"/certificates/{made['serial']}")["certificate"]["knownFrom"]
    lost = office.post(
        f"/certificates/{serial}/states", {"state": "lost", "grounds": PAPER, "since": "2026-03-01"}
    )
    assert states(office, serial) == ("lost", False)
    assert states(office, serial, validAt="2026-02-28") == ("active", True)
    assert states(office, serial, validAt="2026-03-01", knownAt=known) == ("active", True)
    office.get(f"/certificates/{serial}", 404, validAt="2026-01-31")
    gone = {"state": "withdrawn", "grounds": PAPER}
    assert office.post(f"/certificates/{serial}/states", gone, 422)["code"] == "certificate-move"
    office.post(f"/transactions/{lost['transaction']}/undo", {"reason": "Tìm thấy"})
    assert states(office, serial) == ("active", True)
    office.post(f"/transactions/{made['transaction']}/undo", {"reason": "Nhầm"})
    assert office.get(f"/certificates/{serial}", 404)["code"] == "certificate-not-found"
    assert issue(office, right, 409, serial=serial)["code"] == "blank-taken"
    assert issue(office, right)["serial"] != serial


def test_certificates_of_all_generations_are_entered_with_their_own_serial_format(office, people, land):
    right = office.right([land[2]], {people[0]: None}, since="1995-01-01")["right"]
    body = {"right": right, "authority": "UBND huyện", "grounds": PAPER}
    for serial, day, ok in [
        ("AB 123456", "2026-01-01", 400),
        ("AA 00000099", "2012-01-01", 400),
        ("A123456", "2012-01-01", 400),
        ("12 345", "2001-01-01", 400),
        ("a  123456", "2001-05-02", 201),
    ]:
        answer = office.post("/entered-certificates", body | {"serial": serial, "issuedOn": day}, ok)
    assert answer["serial"] == "A 123456"
    assert office.get("/certificates/A123456")["certificate"]["form"] == "before-2009"
    again = {"serial": "A 123456", "issuedOn": "2001-05-02"}
    assert office.post("/entered-certificates", body | again, 409)["code"] in {
        "certificate-known",
        "certificate-twice",
    }
    replaced = issue(office, right, replaces="A 123456")["serial"]
    shown = office.get("/certificates/A 123456")["certificate"]
    assert (shown["state"], shown["replacedBy"]) == ("replaced", [replaced])


def test_annotations_take_the_next_free_line_until_the_paper_is_full(office, people, land):
    a, b, _ = people
    right = office.right([land[3]], {a: None})["right"]
    serial = issue(office, right)["serial"]
    entry = {"said": "Thế chấp tại ngân hàng theo hợp đồng số 12/HĐTC.", "grounds": PAPER, "since": "2026-02-02"}
    first = office.post(f"/certificates/{serial}/entries", entry)
    second = office.post(f"/certificates/{serial}/entries", entry | {"said": "Xóa thế chấp. " * 12})
    assert (first["lineFrom"], first["lines"], second["lineFrom"], second["lines"]) == (1, 1, 2, 3)
    office.post(f"/transactions/{second['transaction']}/undo", {"reason": "Nhầm"})
    sold = office.right([land[3]], {b: None}, replaces=[right], since="2026-03-01")["right"]
    third = office.post(f"/certificates/{serial}/entries", entry | {"right": sold, "since": "2026-03-01"})
    assert third["lineFrom"] == 5  # ink stays where an undone entry was written
    shown = office.get(f"/certificates/{serial}")
    assert [each["lineFrom"] for each in shown["entries"]] == [1, 5]
    assert (shown["certificate"]["right"], shown["certificate"]["state"], shown["freeLines"]) == (
        sold,
        "annotated",
        4,
    )
    long = entry | {"said": "Dòng\n" * 5}
    assert office.post(f"/certificates/{serial}/entries", long, 409)["code"] == "certificate-full"


def test_anybody_learns_whether_a_certificate_is_true_and_nobody_whose_it_is(office, app, dsn, people, land):
    right = office.right([land[4]], {people[0]: None})["right"]
    serial = issue(office, right)["serial"]
    code, anybody = proof_of(dsn, serial), app.test_client()

    def verdict(**query: str) -> tuple[str, list[str]]:
        answer = anybody.get(f"/api/v1/verify/{code}", query_string=query)
        assert answer.status_code == 200, answer.text
        assert "Người" not in answer.text
        assert serial not in answer.text
        return answer.json["verdict"], answer.json["reasons"]

    assert verdict() == ("valid", [])
    assert verdict(mark="0123456789ab") == ("altered", ["mark-unknown"])
    office.post(
        f"/rights/{right}/changes", {"terms": {"purpose": "ODT"}, "grounds": PAPER, "since": "2026-02-05"}
    )
    assert verdict() == ("changed", ["register-changed"])
    office.post(
        f"/certificates/{serial}/entries", {"said": "Đổi mục đích", "grounds": PAPER, "since": "2026-02-06"}
    )
    assert verdict() == ("valid", ["annotated"])
    office.post(f"/certificates/{serial}/states", {"state": "withdrawn", "grounds": PAPER})
    assert verdict() == ("superseded", ["withdrawn"])
    assert anybody.get("/api/v1/verify/none").json["code"] == "verify-not-found"


def test_a_blank_comes_in_leaves_and_is_destroyed_once_and_the_month_balances(office, people, land):
    rows = {"kind": "received", "first": "AB 00000001", "last": "AB 00000010", "docNo": "PN-2"}
    before = office.get("/blanks")
    assert office.post("/blanks", rows)["count"] == 10
    for kind, first, last, ok, slug in [
        ("received", "AB 00000010", "AB 00000012", 409, "blank-taken"),
        ("destroyed", "AB 00000001", None, 422, "blank-not-here"),
        ("spoiled", "AB 00000001", "AB 00000002", 201, None),
        ("spoiled", "AB 00000002", None, 409, "blank-taken"),
        ("lost", "AB 00000003", None, 201, None),
        ("lost", "AB 00000011", None, 422, "blank-not-here"),
        ("destroyed", "AB 00000001", None, 201, None),
        ("destroyed", "AB 00000001", None, 409, "blank-taken"),
        ("spoiled", "AB 00000009", "AC 00000009", 400, "blanks-apart"),
    ]:
        body = {"kind": kind, "first": first, "docNo": "BB-1"} | ({"last": last} if last else {})
        answer = office.post("/blanks", body, ok)
        assert answer.get("code") == slug, (kind, first)
    right = office.right([land[5]], {people[0]: None})["right"]
    assert issue(office, right, 422, serial="AB 00000050")["code"] == "blank-not-here"
    assert issue(office, right, serial="AB 00000004", since=None)["serial"] == "AB 00000004"
    after = office.get("/blanks")
    moved = {name: after[name] - before[name] for name in ("received", "used", "spoiled", "lost", "destroyed")}
    assert moved == {"received": 10, "used": 1, "spoiled": 2, "lost": 1, "destroyed": 1}
    assert (
        after["closing"]
        == after["opening"] + after["received"] - after["used"] - after["spoiled"] - after["lost"]
    )
    assert after["closing"] - before["closing"] == 6


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry.blank_entry SET last_no = last_no",
        "DELETE FROM registry.blank_entry",
        "UPDATE registry.certificate SET authority = 'x'",
        "DELETE FROM registry.certificate_print",
        "UPDATE registry.certificate_version SET state = 'active'",
    ],
)
def test_the_database_lets_nobody_edit_what_was_booked_or_issued(dsn, office, land, people, statement):
    with psycopg.connect(dsn) as conn, pytest.raises(psycopg.Error) as caught:
        conn.execute(statement)
    assert caught.value.diag.constraint_name == "append-only"


def test_the_database_refuses_a_certificate_without_a_blank(dsn, office, people, land):
    with psycopg.connect(dsn) as conn, pytest.raises(psycopg.errors.CheckViolation) as caught:
        conn.execute(
            "INSERT INTO registry.certificate (serial, form, issued_on, authority, origin, made_by, record_id)"
            " SELECT 'ZZ 00000001', 'qr-2025', '2026-01-01', 'x', 'issued', 'x', min(id) FROM cadastre.record"
        )
    assert caught.value.diag.constraint_name == "certificate-without-blank"
