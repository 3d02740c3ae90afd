"""Parties over HTTP: two times, sealed numbers found by their exact value, and a trace of each reading."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.core.web import EXTENSION
from landsvc.registry.parties.sealing import seal_stored

from conftest import application, settings_for, sign_client_in

PAPER = {"docNo": "01/PYC", "docOn": "2026-01-05", "authority": "Chi nhánh"}
NUMBER = "079085001234"


@pytest.fixture(scope="module")
def app(module_db):
    with application(settings_for(module_db)) as app:
        yield app


@pytest.fixture
def officer(app):
    client = app.test_client()
    sign_client_in(client, "processor")
    return client


def registered(client, name: str, **more) -> str:
    body = {"kind": "individual", "name": name, "since": "2026-01-05", "grounds": PAPER} | more
    answer = client.post("/api/v1/parties", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json["code"]


def test_a_number_is_sealed_found_exactly_and_belongs_to_one(app, officer, module_db):
    documents = [{"kind": "cccd", "number": "0790 8500 1234", "issuedOn": "2022-03-01"}]
    code = registered(officer, "Nguyễn Văn An", bornOn="1985-02-03", documents=documents)
    shown = officer.get(f"/api/v1/parties/{code}").json
    assert (shown["name"], shown["bornYear"], shown["documents"][0]["number"]) == (
        "Nguyễn Văn An",
        1985,
        "••••••••1234",
    )
    with psycopg.connect(module_db) as conn:
        stored = str(conn.execute("SELECT d.* FROM registry.party_document d").fetchall())
        trail = str(conn.execute("SELECT details, object FROM identity.audit").fetchall())
    assert NUMBER not in stored + trail
    assert "Nguyễn Văn An" not in trail
    found = officer.post("/api/v1/party-searches", json={"number": NUMBER}).json["parties"]
    assert [each["party"] for each in found] == [code]
    assert officer.post("/api/v1/party-searches", json={"number": NUMBER[:-1]}).json["parties"] == []
    found = officer.post("/api/v1/party-searches", json={"name": "nguyen van AN", "bornYear": 1985}).json
    assert [each["party"] for each in found["parties"]] == [code]
    assert officer.post("/api/v1/party-searches", json={"name": "Nguyễn Văn"}).json["parties"] == []
    document = shown["documents"][0]["document"]
    assert officer.get(f"/api/v1/parties/{code}/documents/{document}").json["number"] == NUMBER
    again = {"kind": "individual", "name": "Người Khác", "documents": documents, "grounds": PAPER}
    answer = officer.post("/api/v1/parties", json=again)
    assert (answer.status_code, answer.json["code"], answer.json["party"]) == (409, "document-known", code)
    vault = app.extensions[EXTENSION].vault
    assert seal_stored(module_db, vault) == 0


def test_what_is_known_of_a_party_answers_in_two_times(officer):
    code = registered(officer, "Lê Thị Hòa")
    before = officer.get(f"/api/v1/parties/{code}").json["knownFrom"]
    change = {
        "name": "Lê Thị Hoà",
        "address": "Đồng Xoài",
        "since": "2026-03-01",
        "grounds": {"reason": "Đính chính"},
    }
    assert officer.post(f"/api/v1/parties/{code}/changes", json=change).status_code == 201

    def name(**times: str) -> str | int:
        answer = officer.get(f"/api/v1/parties/{code}", query_string=times)
        return answer.json.get("name", answer.status_code)

    assert name() == name(validAt="2026-03-01") == "Lê Thị Hoà"
    assert name(validAt="2026-02-28") == name(knownAt=before) == "Lê Thị Hòa"
    assert name(validAt="2026-03-02", knownAt=before) == "Lê Thị Hòa"
    assert name(validAt="2026-01-04") == 404
    tomorrow = officer.post(f"/api/v1/parties/{code}/changes", json=change | {"since": "2199-01-01"})
    assert (tomorrow.status_code, tomorrow.json["field"]) == (400, "since")


def test_members_fit_the_kind_of_party(officer):
    wife, husband = registered(officer, "Trần Thị Mai"), registered(officer, "Phạm Văn Bình")
    couple = {"kind": "couple", "name": "Ông Bình và bà Mai"}
    code = registered(officer, **couple, members=[wife, husband])
    assert {each["name"] for each in officer.get(f"/api/v1/parties/{code}").json["members"]} == {
        "Trần Thị Mai",
        "Phạm Văn Bình",
    }
    body = couple | {"grounds": PAPER}
    for members, status, slug in [
        ([wife], 422, "party-members-not-fit"),
        ([wife, code], 422, "party-members-not-fit"),
        ([wife, "NSD-99999999"], 400, "party-unknown"),
    ]:
        answer = officer.post("/api/v1/parties", json=body | {"members": members})
        assert (answer.status_code, answer.json["code"]) == (status, slug)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "person"}, "kind"),
        ({"documents": [{"kind": "cccd", "number": "123"}]}, "documents.0.number"),
        ({"bornOn": "1985-01-01", "bornYear": 1986}, ""),
        ({"grounds": {}}, "grounds.docNo"),
        ({"since": "2999-01-01"}, "since"),
    ],
)
def test_bad_input_names_the_field(officer, wrong, field):
    answer = officer.post("/api/v1/parties", json={"kind": "individual", "name": "X", "grounds": PAPER} | wrong)
    assert (answer.status_code, answer.json["field"]) == (400, field)


def test_a_person_may_be_told_who_read_what_is_known_of_them(app, officer):
    code = registered(officer, "Vũ Thị Lan")
    officer.get(f"/api/v1/parties/{code}")
    officer.post("/api/v1/party-searches", json={"name": "Vũ Thị Lan"})
    auditor = app.test_client()
    sign_client_in(auditor, "auditor")
    told = auditor.get(f"/api/v1/parties/{code}/readings").json["readings"]
    assert [(each["action"], each["login"]) for each in told] == [
        ("party.searched", "processor"),
        ("party.read", "processor"),
        ("party.added", "processor"),
    ]
    assert auditor.get(f"/api/v1/parties/{code}/readings").json["readings"][0]["action"] == "trail.read"
    assert auditor.get(f"/api/v1/parties/{code}/readings?limit=1").json["next"]


def test_undoing_the_record_takes_a_change_back_and_remembers_it(officer, module_db):
    code = registered(officer, "Đỗ Văn Tám")
    change = {"name": "Đỗ Văn Bảy", "since": "2026-02-01", "grounds": {"reason": "Nhầm"}}
    record = officer.post(f"/api/v1/parties/{code}/changes", json=change).json["record"]
    between = officer.get(f"/api/v1/parties/{code}").json["knownFrom"]
    with psycopg.connect(module_db) as conn:
        conn.execute("SELECT set_config('landsvc.acting', 'operator', true)")
        conn.execute(
            "INSERT INTO cadastre.record (kind, title, reason, annuls_id)"
            " SELECT 'annulment', 'Hủy', 'Nhầm', r.id FROM cadastre.record r WHERE r.code = %s",
            [record],
        )
    assert officer.get(f"/api/v1/parties/{code}").json["name"] == "Đỗ Văn Tám"
    assert officer.get(f"/api/v1/parties/{code}", query_string={"knownAt": between}).json["name"] == "Đỗ Văn Bảy"
