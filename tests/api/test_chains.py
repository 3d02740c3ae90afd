"""Chains of dossiers completed in order, acts on many at once, and the one box that finds them."""

from __future__ import annotations

import io
import re
from typing import Any

import docx
import psycopg
import pytest
from tests.db.test_dossier_guards import refused, signed
from tests.factories.dossiers import HERE, application_of, lay, office
from tests.factories.wire import words_of_pdf


@pytest.fixture(scope="module")
def laid(module_db):
    lay(module_db)
    return module_db


@pytest.fixture(scope="module")
def person(laid):
    with office(laid) as made:
        known: dict[str, Any] = {}
        yield lambda login: known.setdefault(login, made(login))


def wait(person, code: str, earlier: str) -> Any:
    return person("lan").client.post(f"/api/v1/dossiers/{code}/links", json={"waitsFor": earlier})


def test_a_chain_is_completed_in_order_also_against_the_minute_of_registration(person, laid):
    name = signed(person, "DT", "form-18 certificate change-evidence", 345)
    split = signed(person, "TN", "form-21 form-22 certificate", 345)
    release = signed(person, "XC", "form-release certificate", 345)
    mortgage = signed(person, "TC", "form-mortgage certificate deed-mortgage", 346)
    # Registered before the release, the split would come first: linked, it waits for it.
    for code, earlier in ((split, release), (name, split), (mortgage, name)):
        assert wait(person, code, earlier).status_code == 201
        assert wait(person, code, earlier).status_code == 201
    shown = person("lan").read(name)["chain"]
    assert [each["dossier"] for each in shown] == [release, split, name, mortgage]
    assert shown[1]["waitsFor"] == [release]
    assert wait(person, release, mortgage).json["code"] == "chain-closed"
    assert wait(person, release, release).json["code"] == "chain-closed"
    for code in (split, name, mortgage):
        assert refused(laid, code, "record", "RECORDED", by="lan") == "earlier-dossier-first"
    assert refused(laid, release, "record", "RECORDED", by="lan") == ""
    page = person("lan").client.get(f"/office/dossiers/{name}?lang=vi").text
    assert page.index(f">{release}<") < page.index(f">{split}<")

    # One that was refused holds the others until somebody takes the link off.
    assert person("lan").move(split, "send_back", reason="x").status_code == 200
    assert person("lan").move(split, "refuse", reason="x").status_code == 200
    assert refused(laid, name, "record", "RECORDED", by="lan") == "earlier-dossier-first"
    assert wait(person, mortgage, split).json["code"] == "chain-ended"
    gone = person("lan").client.delete(f"/api/v1/dossiers/{name}/links/{split}")
    assert (gone.status_code, len(gone.json["chain"])) == (200, 2)
    assert person("lan").client.delete(f"/api/v1/dossiers/{name}/links/{split}").json["code"] == "not-linked"
    assert refused(laid, name, "record", "RECORDED", by="lan") == ""
    with psycopg.connect(laid) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE registry.dossier_link SET ended_at = NULL WHERE ended_at IS NOT NULL")


RELEASE = {"procedure": "XC", "documents": [{"document": name} for name in ("form-release", "certificate")]}


def test_one_act_on_many_does_each_by_itself_and_tells_what_became_of_it(person):
    hoa, lan = person("hoa"), person("lan")
    codes = [hoa.submit(parcels=[f"{HERE}-12-{n}"], **RELEASE).json["dossier"] for n in (346, 347, 348)]
    person("binh").move(codes[1], "take")
    body = {
        "dossiers": [
            {"dossier": code, "revision": 2, "moves": [{"action": "take"}, {"action": "draft"}]}
            for code in (*codes, "HS-2026-999999-00")
        ]
    }
    found = lan.client.post("/api/v1/dossier-batches", json=body).json
    assert (found["done"], found["refused"]) == (2, 2)
    assert [each["state"] for each in found["results"]] == ["DRAFTED", None, "DRAFTED", None]
    assert [(each["problem"] or {}).get("code") for each in found["results"]] == [
        None, "stale-dossier", None, "dossier-not-found",
    ]  # fmt: skip
    assert lan.client.post("/api/v1/dossier-batches", json=body).json["done"] == 2  # once, however often
    assert lan.read(codes[0])["revision"] == 4

    page = person("tuan").client.get("/office/dossiers?view=same-day&lang=vi").text
    picks = re.findall(r'name="pick" value="([^"]+)"', page)
    assert f"{codes[0]}:4" in picks
    signs = person("tuan").client.post("/office/dossiers/at-once", data={"act": "sign", "pick": picks})
    assert (signs.status_code, signs.text.count("Đã thực hiện: Đã ký")) == (200, 2)
    assert person("tuan").client.post("/office/dossiers/at-once", data={"act": "sign"}).status_code == 400
    assert (
        person("tuan").client.post("/office/dossiers/at-once", data={"act": "x", "pick": picks}).status_code
        == 400
    )


def test_the_head_of_a_unit_gives_out_what_came_in(person):
    codes = [person("hoa").submit(parcels=[f"{HERE}-12-347"]).json["dossier"] for _ in range(2)]
    given = person("mai").client.post(
        "/office/dossiers/at-once?lang=vi",
        data={"act": "hand-over", "to": "binh", "pick": [f"{code}:2" for code in codes]},
    )
    assert given.text.count("Đã thực hiện") == 2
    assert [person("binh").read(code)["holder"] for code in codes] == ["Binh", "Binh"]
    lists = {who: person(who).client.get("/office/dossiers").text for who in ("binh", "lan")}
    assert [(code in lists["binh"], code in lists["lan"]) for code in codes] == [(True, False)] * 2
    assert person("mai").move(codes[0], "hand_over", to="hoa").status_code == 400


def test_one_box_finds_by_code_parcel_and_person_and_the_person_is_traced(person, laid):
    made = person("hoa").submit(**application_of(applicants=[{"name": "Đặng Thị Ngọc"}])).json["dossier"]
    tuan = person("tuan").client
    assert made in tuan.get("/office/dossiers?q=dang thi ng").text
    assert made not in tuan.get("/office/dossiers?q=tran van").text
    assert made in tuan.get(f"/office/dossiers?q={HERE}-12-345").text
    assert tuan.get("/office/dossiers?q=079012345678").status_code == 200
    assert tuan.get("/office/dossiers?q=ng").status_code == 400
    with psycopg.connect(laid) as conn:
        traced = conn.execute(
            "SELECT details FROM identity.audit WHERE action = 'dossier.person-search' ORDER BY id"
        ).fetchall()
    assert [each["by"] for (each,) in traced] == ["name", "name", "number"]
    assert "dang" not in str(traced)


def test_the_head_of_a_unit_reads_who_holds_what_and_prints_the_week(person):
    made = person("hoa").submit(parcels=[f"{HERE}-12-348"]).json["dossier"]
    assert person("lan").move(made, "take").status_code == 200
    mai = person("mai").client
    page = mai.get("/office/unit?lang=vi").text
    assert all(text in page for text in ('<th scope="row">Lan</th>', made, "Mười hồ sơ lâu nhất"))
    assert "Nguyễn" not in page
    brief = mai.get("/api/v1/unit-brief.pdf?lang=vi")
    assert all(text in words_of_pdf(brief.data) for text in (made, "Lan", "CHI NHÁNH TÂY"))
    word = docx.Document(io.BytesIO(mai.get("/api/v1/unit-brief.docx?lang=en").data))
    assert [len(table.columns) for table in word.tables] == [6, 6]
    assert made in [row.cells[0].text for row in word.tables[1].rows]
    assert person("lan").client.get("/office/unit").status_code == 403
