"""Minimum plots and forms of rules: added with days and a decision by administrators, never edited in force."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import psycopg
import pytest
from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE
from psycopg.conninfo import make_conninfo
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.drafts import rules

HEAD = "use_code,commune_kind,commune_code,min_area_m2,min_frontage_m,precedence,valid_from,valid_to,legal_basis"
ODT = {
    "useCode": "ODT",
    "communeKind": "phường",
    "minAreaM2": "45,5",
    "minFrontageM": "4.5",
    "validFrom": "2026-01-01",
    "legalBasis": "QĐ 12/2026/QĐ-UBND",
}


@pytest.fixture(scope="module")
def app(module_db):
    with psycopg.connect(module_db) as conn:
        make.commune(conn, "25195")
        rules(conn)
    with application(settings_for(module_db)) as app:
        yield app


@pytest.fixture
def admin(app):
    client = app.test_client()
    sign_client_in(client, "admin")
    return client


def day(ahead: int) -> str:
    return (clock.today() + timedelta(ahead)).isoformat()


def counting(client) -> list[tuple[str, float, str]]:
    found = client.get("/api/v1/minimum-plots").json["minimums"]
    return [(each["use"], each["minAreaM2"], each["validFrom"]) for each in found if each["counts"]]


def told(client, action: str) -> list[dict]:
    return client.get("/api/v1/trail", query_string={"action": action}).json["entries"]


def test_a_row_of_a_later_day_takes_the_place_of_one_and_both_stay(admin):
    assert counting(admin) == [("ODT", 60.0, "2024-08-01")]
    added = admin.post("/api/v1/minimum-plots", json=ODT)
    assert (added.status_code, added.json["minimums"][0]["minAreaM2"]) == (201, 45.5)
    assert counting(admin) == [("ODT", 45.5, "2026-01-01")]
    assert admin.post("/api/v1/minimum-plots", json=ODT).json["code"] == "minimum-there"
    admin.post("/api/v1/minimum-plots", json=ODT | {"validFrom": "2025-01-01", "minAreaM2": "70"})
    admin.post("/api/v1/minimum-plots", json=ODT | {"validFrom": day(5), "minAreaM2": "30"})
    assert counting(admin) == [("ODT", 45.5, "2026-01-01")]
    assert {each["details"]["area_m2"] for each in told(admin, "minimum-plot.added")} == {"45.5", "70.0", "30.0"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"minAreaM2": "0"}, "min_area_m2"),
        ({"minAreaM2": "45.55"}, "min_area_m2"),
        ({"minAreaM2": "NaN"}, "min_area_m2"),
        ({"minFrontageM": "-1"}, "min_frontage_m"),
        ({"useCode": "XXX"}, "use_code"),
        ({"communeKind": "làng"}, "commune_kind"),
        ({"communeCode": "25195"}, "commune_code"),
        ({"communeCode": "99999", "communeKind": None}, "commune_code"),
        ({"validFrom": "0001-01-01"}, "valid_from"),
        ({"validTo": "2025-01-01"}, "valid_to"),
        ({"legalBasis": " "}, "legal_basis"),
        ({"precedence": "²"}, "precedence"),
    ],
)
def test_what_cannot_be_a_minimum_is_refused_by_its_column(admin, wrong, field):
    refused = admin.post("/api/v1/minimum-plots", json=ODT | {"validFrom": "2026-02-01"} | wrong)
    assert (refused.status_code, refused.json["field"]) == (400, field)
    assert refused.json["code"] == "unfit-minimum"


def test_a_table_is_added_whole_or_not_at_all_and_twice_adds_nothing(admin):
    good = f'\ufeff{HEAD}\nCLN,xã,,"100,5",5,1,2026-03-01,,QĐ 13\nODT,,25195,500,,2,2026-03-01,2030-12-31,QĐ 13\n'
    seen = admin.post("/api/v1/minimum-plots/table", json={"csv": good, "dryRun": True}).json
    assert seen == {"added": 2, "known": 0}
    before = counting(admin)
    bad = f"{good}CLN,xã,,-3,,1,2026-03-01,,QĐ 13\n"
    refused = admin.post("/api/v1/minimum-plots/table", json={"csv": bad})
    assert (refused.status_code, refused.json["field"]) == (400, "min_area_m2")
    assert "Dòng 4" in refused.json["detail"]
    for wrong in ("", "a,b\n1,2", f"{HEAD}\nCLN,xã", f"{HEAD}\n{'x' * 9}"):
        assert admin.post("/api/v1/minimum-plots/table", json={"csv": wrong}).json["code"] == "unfit-minimum"
    assert counting(admin) == before
    assert admin.post("/api/v1/minimum-plots/table", json={"csv": good}).json == {"added": 2, "known": 0}
    assert admin.post("/api/v1/minimum-plots/table", json={"csv": good}).json == {"added": 0, "known": 2}
    semicolons = good.replace('"100,5"', "100.5").replace(",", ";")
    assert admin.post("/api/v1/minimum-plots/table", json={"csv": semicolons}).json["known"] == 2


FORM = {
    "parameters": {"widthM": 0.8},
    "severity": {"preview": "warning", "submit": "critical", "commit": "critical"},
    "secondPerson": True,
    "law": "QĐ 14",
}


def test_a_form_of_a_rule_holds_from_a_day_to_come_and_may_be_taken_back_until_then(admin):
    path = "/api/v1/rules/FAB-SLIVER"
    planned = admin.post(f"{path}/forms", json=FORM | {"fromDay": day(3)})
    assert planned.status_code == 201
    assert (planned.json["parameters"], planned.json["law"]) == ({"widthM": 0.8}, "QĐ 14")
    assert planned.json["earlier"][0]["validTo"] == day(2)
    between = admin.post(f"{path}/forms", json=FORM | {"fromDay": day(1), "parameters": {"widthM": 1}}).json
    assert [each["validFrom"] for each in (between, *between["earlier"])] == [day(3), day(1), "2024-08-01"]
    assert between["earlier"][0]["validTo"] == day(2)
    assert admin.post(f"{path}/forms", json=FORM | {"fromDay": day(3)}).json["code"] == "rule-form-planned"
    assert admin.delete(f"{path}/forms/{day(1)}").json["earlier"][0]["validTo"] == day(2)
    back = admin.delete(f"{path}/forms/{day(3)}").json
    assert (back["validTo"], back["earlier"], back["parameters"]) == (None, [], {"widthM": 0.5})
    assert admin.delete(f"{path}/forms/{day(3)}").json["code"] == "no-rule-form-planned"
    changed = told(admin, "rule.planned")[-1]["details"]
    assert changed["parameters"] == {"from": {"widthM": 0.5}, "to": {"widthM": 0.8}}
    assert changed["commit"] == {"from": "warning", "to": "critical"}


@pytest.mark.parametrize(
    ("code", "change", "problem"),
    [
        ("FAB-SLIVER", {"fromDay": day(0)}, "rule-in-force"),
        ("FAB-SLIVER", {"fromDay": "2020-01-01"}, "rule-in-force"),
        ("NONE-SUCH", {}, "rule-not-found"),
        ("FAB-SLIVER", {"parameters": {}}, "unfit-figure"),
        ("FAB-SLIVER", {"parameters": {"widthM": True}}, "unfit-figure"),
        ("FAB-SLIVER", {"parameters": {"widthM": 0}}, "unfit-figure"),
        ("FAB-SLIVER", {"parameters": {"widthM": 1, "x": 1}}, "unfit-figure"),
        ("OFF-SECOND", {"parameters": {"operations": ["fly"]}}, "unfit-figure"),
        ("SUB-CONFIRM", {"parameters": {"days": 1.5}}, "unfit-figure"),
        ("FAB-OVERLAP", {"parameters": {}, "severity": FORM["severity"]}, "rule-kept"),
    ],
)
def test_what_a_rule_cannot_be_is_refused(admin, code, change, problem):
    refused = admin.post(f"/api/v1/rules/{code}/forms", json=FORM | {"fromDay": day(9)} | change)
    assert refused.json["code"] == problem


def test_the_database_itself_keeps_what_is_in_force_and_who_may_add(app, module_db, admin):
    officer = app.test_client()
    actor = sign_client_in(officer, "processor")
    chief = sign_client_in(admin, "admin")
    row = (
        "INSERT INTO cadastre.minimum_plot (use_code, min_area_m2, valid, legal_basis)"
        " VALUES ('ODT', 1, '[2026-01-01,)', 'x')"
    )
    refused = {
        actor.acts_as: (row, "DELETE FROM cadastre.rule WHERE code = 'FAB-GAP' RETURNING 1"),
        chief.acts_as: (
            "UPDATE cadastre.rule SET valid = daterange(lower(valid), cadastre.today())",
            "UPDATE cadastre.rule SET valid = daterange(cadastre.today() + 5, NULL)",
            "DELETE FROM cadastre.rule",
            "UPDATE cadastre.rule SET law = 'none'",
            "UPDATE cadastre.minimum_plot SET min_area_m2 = 1",
            "DELETE FROM cadastre.minimum_plot",
        ),
    }
    for who, statements in refused.items():
        dsn = make_conninfo(module_db, user=EDITOR_ROLE, options=f"-c landsvc.acting={who}")
        for statement in statements:
            with psycopg.connect(dsn) as conn:
                try:
                    assert conn.execute(statement).fetchall() == [], statement
                except (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation):
                    continue
    with psycopg.connect(module_db) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE cadastre.minimum_plot SET min_area_m2 = 1")


def test_the_pages_show_and_take_the_same(admin):
    first = admin.get("/office/admin/minimums")
    assert first.status_code == 200
    typed = {"use_code": "CLN", "min_area_m2": "300", "valid_from": "2026-05-01", "legal_basis": "QĐ 20"}
    wrong = admin.post("/office/admin/minimums", data=typed | {"min_area_m2": "none"})
    assert (wrong.status_code, 'value="none"' in wrong.text) == (400, True)
    assert admin.post("/office/admin/minimums", data=typed).status_code == 303
    table = f"{HEAD}\nDGT,xã,,2000,,2,2026-05-01,,QĐ 21\n".encode()
    looked = admin.post("/office/admin/minimums/table", data={"file": (BytesIO(table), "a.csv")})
    assert "QĐ 21" in looked.text
    assert "QĐ 21" not in admin.get("/office/admin/minimums").text
    entered = admin.post("/office/admin/minimums/table", data={"csv": table.decode(), "enter": "true"})
    assert (entered.status_code, "QĐ 21" in admin.get("/office/admin/minimums").text) == (303, True)
    assert "FAB-NEAR" in admin.get("/office/admin/rules").text
    page = "/office/admin/rules/FAB-NEAR"
    chosen = {"fromDay": day(4), "figure-withinM": "0,05", "preview": "info", "submit": "info", "commit": "info"}
    assert admin.post(page, data=chosen | {"commit": "?"}).status_code == 400
    assert admin.post(page, data=chosen).status_code == 303
    assert "0.05" in admin.get(page).text
    assert admin.post(f"{page}/take-back", data={"fromDay": day(4)}).status_code == 303
    assert admin.post(f"{page}/take-back", data={"fromDay": date.min.isoformat()}).status_code == 400
