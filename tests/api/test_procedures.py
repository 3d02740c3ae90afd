"""Procedures are data: each has papers, steps, a time limit and effects the engine knows, and a page."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest
from landsvc.core.db import EDITOR_ROLE
from landsvc.registry.dossiers import procedures
from landsvc.registry.dossiers.completion_errors import EffectNotAvailable
from landsvc.registry.dossiers.effects import NAMES, Effect, Effects, Known
from landsvc.registry.dossiers.reference import UnknownEffect, check_effects, ensure_procedures, load_procedures
from landsvc.registry.records import Record
from pydantic import BaseModel
from tests.conftest import application, opened, settings_for, sign_client_in
from tests.factories import cadastre as make

DAY = date(2026, 11, 23)
VARIATIONS = (
    "CD CN TK TA GP XV CT TL XT TC XC XN DG GA GT GK VC TQ CP DC BN TN CM TG GH TD SA TS DT HC LK SN CL TH DH"
    " DKLD NC KB GN XGN"
)
"""The dictionary of variation codes, and the states the product needs."""


@pytest.fixture(scope="module")
def loaded(module_db):
    """A database with the procedures, the commune of the tests, and a mountainous one."""
    with psycopg.connect(module_db) as conn:
        for code, name in (("25195", "Phường Bình Phước"), ("25222", "Xã Bù Gia Mập")):
            make.commune(conn, code, name=name)
        conn.execute(
            "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, folded)"
            " VALUES ('province', '75', 'Thành phố Đồng Nai', 'Đồng Nai', 'thành phố', '[2025-07-01,)', '')"
        )
        conn.execute(
            "UPDATE cadastre.admin_unit SET parent_code = '75' WHERE level = 'commune' AND code = '25222'"
        )
    with opened(module_db) as database:
        ensure_procedures(settings_for(module_db), database)
        ensure_procedures(settings_for(module_db), database)
    return module_db


@pytest.fixture(scope="module")
def client(loaded):
    with application(settings_for(loaded)) as app:
        found = app.test_client()
        sign_client_in(found, "counter")
        yield found


def test_every_variation_is_described_in_full(client):
    listed = client.get("/api/v1/procedures?on=2026-11-23").json["procedures"]
    assert {each["code"] for each in listed} >= set(VARIATIONS.split())
    for each in listed:
        told = client.get(f"/api/v1/procedures/{each['code']}?on=2026-11-23").json
        assert all(told[part] for part in ("effects", "documents", "limits")), each["code"]
        assert {step["state"] for step in told["steps"]} >= {"RECEIVED", "VERIFYING", "SIGNED", "READY"}
        assert bool(told["taxes"]) == ("TAX_SENT" in {step["state"] for step in told["steps"]}), each["code"]


@pytest.mark.parametrize(
    ("code", "case", "commune", "on", "days"),
    [
        ("CN", "", "25195", date(2025, 6, 1), 10),  # before 1 July 2025
        ("CN", "", "25195", DAY, 8),
        ("CN", "", "25222", DAY, 15),  # 5 by the province's own text, 10 for the mountains
        ("TN", "", "25195", DAY, 12),
        ("TC", "", "25222", DAY, 0),
        ("CL", "remeasured", "25195", DAY, 10),
    ],
)
def test_the_provinces_text_prevails_and_mountains_have_more_days(loaded, code, case, commune, on, days):
    with opened(loaded) as database, database.read_only(EDITOR_ROLE) as session:
        found = procedures.get_procedure(session, code, on)
        assert procedures.get_limit(session, found, case=case, commune=commune, on_day=on).total == days


def test_unknown_codes_cases_and_days_are_told(client, loaded):
    assert client.get("/api/v1/procedures/XYZ").json["code"] == "procedure-not-found"
    assert client.get("/api/v1/procedures/CN?on=1999-01-01").status_code == 404
    assert client.get("/api/v1/procedures?on=tomorrow").json["field"] == "on"
    with opened(loaded) as database, database.read_only(EDITOR_ROLE) as session:
        found = procedures.get_procedure(session, "CL", DAY)
        with pytest.raises(procedures.CaseNotFound, match="reissue"):
            procedures.get_limit(session, found, case="", commune="25195", on_day=DAY)


def test_what_the_province_wrote_stays_when_the_files_are_loaded_again(loaded):
    with psycopg.connect(loaded) as conn:
        conn.execute("UPDATE registry.calendar_day SET counts = true WHERE day = '2026-11-24'")
    with opened(loaded) as database:
        ensure_procedures(settings_for(loaded), database)
        with database.read_only(EDITOR_ROLE) as session:
            assert date(2026, 11, 24) in procedures.calendar_of(session, "province").holidays


def test_a_procedure_with_an_unknown_effect_is_refused():
    with pytest.raises(UnknownEffect, match=r"right\.vanish"):
        check_effects({"code": "CN", "effects": "right.begin right.vanish"})
    with pytest.raises(Exception, match="Reference data are missing"):
        load_procedures(None, Path("/nowhere"))  # type: ignore[arg-type]


def test_effects_run_in_the_order_of_the_data_and_nothing_runs_when_one_is_missing():
    effects, done = Effects(), []
    given = Effect(1, "HS-1", "CN", "", (7,), None, Record(1, "REC-1"))

    def note(session, effect, actor):
        done.append((effect.facts, effect.units, list(effect.done)))
        return {"land": [8]}

    effects.register("right.begin", Known(note))
    effects.register("right.end", Known(note, BaseModel))
    told, after = effects.carry_out(None, ("right.begin", "right.end"), given, None, {"right.end": ["a", "b"]})
    assert after.units == (8,)
    assert {name: len(each) for name, each in told.items()} == {"right.begin": 1, "right.end": 2}
    assert done == [
        (None, (7,), ["right.begin"]),
        ("a", (8,), ["right.begin", "right.end"]),
        ("b", (8,), ["right.begin", "right.end"]),
    ]
    with pytest.raises(ValueError, match=r"right\.end"):
        effects.register("right.end", Known(lambda *_: {}))
    assert effects.missing(("right.end", "certificate.issue")) == ("certificate.issue",)
    assert "certificate.issue" in NAMES


def test_an_effect_nobody_carries_out_stops_before_the_first():
    from types import SimpleNamespace

    effects, done = Effects(), []
    effects.register("right.begin", Known(lambda *_: done.append(1) or {}))
    with pytest.raises(EffectNotAvailable, match=r"certificate\.issue"):
        effects.carry_out(None, ("right.begin", "certificate.issue"), SimpleNamespace(code="HS-1"), None)
    assert done == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_officers_read_every_procedure_and_the_calendar(client, lang):
    page = client.get(f"/office/procedures?lang={lang}")
    assert (page.status_code, "1.012784" in page.text) == (200, True)
    for code in ("CN", "CL", "DKLD", "NC"):
        assert client.get(f"/office/procedures/{code}?lang={lang}").status_code == 200
    calendar = client.get(f"/office/calendar?lang={lang}")
    assert ("16:30" in calendar.text, "24/11/2026" in calendar.text) == (True, True)
    assert client.get("/office/procedures/none").status_code == 404
