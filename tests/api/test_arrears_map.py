"""What is owed and late is drawn for officers: parcels for who reads payments, sums for leaders, nothing for others."""

from __future__ import annotations

import html
import json
import re
from itertools import count
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from landsvc.cli import cli
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.identity import people
from tests.factories import dossiers, machines

PAGE, FEW, MANY = "/maps/arrears", dossiers.THERE, dossiers.HERE
OFFICE = "7100001"
_numbers = count(1)


@pytest.fixture(scope="module")
def person(module_db):
    """An office in which six parcels of one commune, four of another are late with their land tax."""
    dossiers.lay(module_db, parcels=6)
    with dossiers.office(module_db) as made:
        database = made("lan").client.application.extensions[EXTENSION].database
        with database.unit_of_work(IDENTITY_ROLE) as session:
            for login in ("leader", "auditor"):
                people.create_account(session, login, login.title(), [login], password=None, branches=["west"])
        client, token = made("lan").client.application.test_client(), machines.token(database)
        for commune, parcels in ((MANY, 6), (FEW, 4)):
            for number in range(parcels):
                notice = yearly(
                    f"{commune}-12-{345 + number}", 1_000_000 * (number + 1), f"07901234{commune[-1]}{number}78"
                )
                headers = machines.bearer(token, **{"Idempotency-Key": notice["noticeNo"]})
                answer = client.post("/api/v1/tax/notices", json=notice, headers=headers)
                assert answer.status_code == 201, answer.json
        yield made


def yearly(parcel: str, amount_vnd: int, payer: str) -> dict[str, Any]:
    number = next(_numbers)
    line = {
        "lineNo": 1,
        "subItem": "1602",
        "amountVnd": amount_vnd,
        "obligationId": f"Y{number}",
        "dues": [{"on": "2026-05-31", "amountVnd": amount_vnd}],
    }
    notice = {"taxOfficeCode": OFFICE, "noticeNo": f"TB-{number}", "issuedOn": "2026-03-01", "lines": [line]}
    return notice | {"parcel": parcel, "period": "2026", "payerRef": payer}


def read(person, login: str, query: str = "") -> str:
    answer = person(login).client.get(f"{PAGE}?lang=en{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return html.unescape(answer.text).replace("\N{NO-BREAK SPACE}", " ")


def listed(page: str) -> dict[str, str]:
    return dict(re.findall(r"<li><strong>([^<]+)</strong> <span>([^<]+)</span></li>", page))


def drawn(page: str) -> list[dict[str, Any]]:
    plain = page.replace(r"\u00a0", " ").replace("\N{NO-BREAK SPACE}", " ")
    return [json.loads(each) for each in re.findall(r'"properties": (\{[^{}]*"owed"[^{}]*\})', plain)]


@pytest.mark.parametrize("login", ["lan", "auditor"])
def test_who_reads_payments_sees_each_parcel_of_a_commune(person, login):
    page = read(person, login, f"&commune={FEW}")
    found = listed(page)
    assert list(found) == [f"Parcel {number}, sheet 12" for number in (348, 347, 346, 345)]  # most owed first
    assert found["Parcel 347, sheet 12"].startswith("3,000,000 đồng, late since ")
    assert {each["owed"] for each in drawn(page)} == {f"{n},000,000 đồng" for n in range(1, 5)}
    assert "0790" not in page


@pytest.mark.parametrize("login", ["leader", "lan"])
def test_communes_show_sums_and_nothing_of_few(person, login):
    page = read(person, login)
    assert listed(page) == {
        "Phường Bình Phước": "21,000,000 đồng, parcels: 6",
        "Phường Đồng Xoài": "under 5",
    }
    assert {each["owed"] for each in drawn(page)} == {"21,000,000 đồng", "not told"}
    assert "10,000,000 đồng, parcels" not in page


def test_a_leader_who_names_a_commune_sees_no_parcel(person):
    page = read(person, "leader", f"&commune={FEW}")
    assert listed(page)["Phường Đồng Xoài"] == "under 5"
    assert "Parcel 3" not in page
    assert [each["owed"] for each in drawn(page)].count("not told") == 1


def test_many_parcels_of_one_payer_are_not_summed(person, module_db):
    with psycopg.connect(module_db) as conn:
        counted = "SELECT count(DISTINCT payer_index), count(*) FROM finance.arrears_on('2026-06-30')"
        assert conn.execute(counted).fetchone() == (10, 10)
    database = person("lan").client.application.extensions[EXTENSION].database
    client, token = person("lan").client.application.test_client(), machines.token(database)
    for number in (349, 350):  # six parcels now, but the fifth and sixth belong to who owes for the first
        notice = yearly(f"{FEW}-12-{number}", 5_000_000, f"07901234{FEW[-1]}078")
        headers = machines.bearer(token, **{"Idempotency-Key": notice["noticeNo"]})
        assert client.post("/api/v1/tax/notices", json=notice, headers=headers).status_code == 201
    assert listed(read(person, "leader"))["Phường Đồng Xoài"] == "under 5"


def test_what_a_dossier_owes_stands_at_its_first_parcel_once(person):
    before = listed(read(person, "auditor", f"&commune={MANY}"))
    parcels = [f"{MANY}-12-346", f"{MANY}-12-345"]
    taken = person("hoa").submit(parcels=parcels)
    assert taken.status_code == 201, taken.json
    dossier = taken.json["dossier"]
    notice = yearly("", 40_000_000, "079012340078") | {"dossier": dossier}
    del notice["parcel"], notice["period"]
    client = person("lan").client.application.test_client()
    token = machines.token(person("lan").client.application.extensions[EXTENSION].database)
    headers = machines.bearer(token, **{"Idempotency-Key": notice["noticeNo"]})
    answer = client.post("/api/v1/tax/notices", json=notice, headers=headers)
    assert answer.status_code == 201, answer.json
    after = listed(read(person, "auditor", f"&commune={MANY}"))
    assert {label for label in after if after[label] != before[label]} == {"Parcel 345, sheet 12"}
    assert after["Parcel 345, sheet 12"].startswith("41,000,000 đồng")


def test_others_are_refused_and_nobody_is_led_to_sign_in(person):
    assert person("mai").client.get(PAGE).status_code == 403
    assert person("hoa").client.get(f"{PAGE}?commune={FEW}").status_code == 403
    answer = person("lan").client.application.test_client().get(f"{PAGE}?commune={FEW}")
    assert answer.status_code == 303
    assert answer.location == f"/office/sign-in?next=%2Fmaps%2Farrears%3Fcommune%3D{FEW}"
    assert person("lan").client.get(f"{PAGE}?commune=1").status_code == 404


def test_each_reading_is_in_the_trail(person, module_db):
    read(person, "auditor", f"&commune={MANY}")
    with psycopg.connect(module_db) as conn:
        told = conn.execute(
            "SELECT object, details FROM identity.audit WHERE action = 'arrears.read' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert told == (f"commune:{MANY}", {"parcels": True})


def test_the_page_keeps_the_policy(person):
    answer = person("lan").client.get(f"{PAGE}?commune={MANY}")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    page = re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=", page)


def test_a_file_is_its_owners_alone(person, module_db, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDSVC_DATABASE_URL", module_db)
    out = tmp_path / "arrears.html"
    out.write_text("old")
    ran = CliRunner().invoke(cli, ["map", "arrears", "--commune", FEW, "-o", str(out), "--lang", "en"])
    assert ran.exit_code == 0, ran.output
    assert out.stat().st_mode & 0o777 == 0o600
    assert "For the office only" in out.read_text("utf-8")
    assert len(drawn(out.read_text("utf-8"))) >= 4
