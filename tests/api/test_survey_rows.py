"""What a parcel was measured from is stored with its record, and told in its history and its technical file."""

from __future__ import annotations

import math
from typing import Any

import psycopg
import pytest
import shapely
from landsvc.core import clock
from landsvc.geo.crs import transform, transform_point
from tests.conftest import application, as_role, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, box
from tests.factories.drafts import at, new_parcel, redraw, rules, split
from tests.factories.wire import words_of_pdf

REF, ZONE = "25195-12-345", 9210
PAPER = {"docNo": "15/QĐ-VPĐK"}
BY = {"on": "2026-11-02", "by": "Công ty Đo đạc Bình Phước", "accuracyM": 0.05}


@pytest.fixture
def land(fresh_db: str) -> str:
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 600})
        make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet, uses={"ODT": 600})
    return fresh_db


@pytest.fixture
def lan(land):
    with application(settings_for(land)) as app:
        client = app.test_client()
        sign_client_in(client, "surveyor")
        yield client


def entered(client, *bodies: dict[str, Any]) -> Any:
    code = client.post("/api/v1/drafts", json={}).json["draft"]
    for body in bodies:
        answer = client.post(f"/api/v1/drafts/{code}/operations", json=body)
        assert answer.status_code == 201, answer.json
    seen = client.get(f"/api/v1/drafts/{code}/preview").json
    done = client.post(f"/api/v1/drafts/{code}/commit", json=PAPER)
    assert done.status_code == 200, done.json
    assert (done.json["after"], done.json["changed"]) == (seen["after"], seen["changed"])
    return done.json


def stored(dsn: str) -> list[Any]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(
            "SELECT s.srid, s.method, s.surveyed_on, s.surveyed_by, s.accuracy_m, ST_AsBinary(s.geom), r.code,"
            " (SELECT count(*) FROM cadastre.parcel p JOIN cadastre.parcel_version v ON v.id = p.version_id"
            "   WHERE v.survey_id = s.id) FROM cadastre.survey s JOIN cadastre.record r ON r.id = s.record_id"
        ).fetchall()


def in_zone(*points: tuple[float, float]) -> list[list[float]]:
    return [list(transform_point(*at(*point), SRID, ZONE, "B")) for point in points]


def steps_to(*corners: tuple[float, float]) -> dict[str, Any]:
    """Return a survey of corners: three from a station, the last by two distances."""
    base = [
        {"kind": "point", "name": name, "at": at(*place)} for name, place in (("S", (0, -40)), ("B", (0, 60)))
    ]
    first, second, third, last = (complex(*corner) for corner in corners)
    station = complex(0, -40)
    shots = []
    for name, corner in zip("123", (first, second, third), strict=True):
        way = corner - station
        turn = math.degrees(math.atan2(way.real, way.imag))
        shots.append({"name": name, "readingDeg": turn, "distanceM": abs(way)})
    return {
        "steps": [
            *base,
            {"kind": "station", "at": "S", "backsight": "B", "shots": shots},
            {
                "kind": "distances",
                "name": "4",
                "from": ["1", "3"],
                "distancesM": [abs(last - first), abs(last - third)],
                "side": "left",
            },
        ],
        "boundary": ["1", "2", "3", "4"],
    }


def test_a_measured_parcel_keeps_what_it_was_measured_from(lan, land):
    survey = steps_to((40, 0), (55, 0), (55, 30), (40, 30))
    body = new_parcel(area=450.0, survey=survey, surveyed=BY)
    del body["points"]
    done = entered(lan, body)
    ((srid, method, on, by, accuracy, geom, record, parcels),) = stored(land)
    assert (srid, method, on.isoformat(), by, accuracy) == (SRID, "total_station", *BY.values())
    assert (record, parcels) == (done["record"], 1)
    assert shapely.from_wkb(bytes(geom)).equals_exact(shapely.from_wkt(box(40, 0, 15, 30)), 0.001, normalize=True)
    ref = done["after"][0]["ref"]
    (belief,) = lan.get(f"/api/v1/parcels/{ref}/history").json["versions"]
    assert belief["survey"] == {
        "method": "total_station", "surveyedOn": "2026-11-02", "accuracyM": 0.05, "crs": f"EPSG:{SRID}",
    }  # fmt: skip
    printed = lan.get(f"/api/v1/parcels/{ref}/technical-file.pdf")
    assert printed.status_code == 200, printed.json
    paper = words_of_pdf(printed.data)
    for words in ("toàn đạc", "02/11/2026", "Công ty Đo đạc Bình Phước"):
        assert words.replace(" ", "") in paper.replace(" ", "")


def test_a_survey_in_another_zone_is_kept_there_and_measured_there(lan, land):
    corners = in_zone((0, 0), (20, 0), (20, 30), (0, 31))
    body = redraw(REF, surveyed={"method": "gnss"}) | {"points": corners, "crs": f"EPSG:{ZONE}"}
    done = entered(lan, body)
    ((srid, method, *_, geom, _, parcels),) = stored(land)
    assert (srid, method, parcels) == (ZONE, "gnss", 1)
    outline = shapely.from_wkb(bytes(geom))
    assert outline == shapely.Polygon(corners)  # to the last digit that was sent
    (changed,) = done["changed"]
    assert changed["after"]["measuredSrid"] == ZONE
    with psycopg.connect(land) as conn:
        (drawn,) = conn.execute("SELECT ST_AsBinary(geom) FROM cadastre.parcel WHERE number = '345'").fetchone()
    there = transform(shapely.from_wkb(bytes(drawn)), SRID, ZONE, "B").area
    assert changed["after"]["measuredAreaM2"] == pytest.approx(there, abs=1e-4)
    assert changed["after"]["measuredAreaM2"] != pytest.approx(610, abs=0.01)


def test_pieces_of_what_was_measured_share_one_survey_and_undoing_brings_the_old_one_back(lan, land):
    first = entered(lan, redraw(REF, (0, 0), (20, 0), (20, 30), (0, 31)))
    body = redraw(REF, (0, 0), (20, 0), (20, 30), (0, 30.5))
    done = entered(lan, body, split(REF, (8, -3), (8, 33)))
    pieces = [row for row in stored(land) if row[6] == done["record"]]
    assert [(row[1], row[7]) for row in pieces] == [("coordinates", 2)]
    undo = entered(lan, {"op": "reinstate", "record": done["record"]})
    assert undo["after"][0]["ref"] == REF
    assert [row[7] for row in stored(land) if row[6] == first["record"]] == [1]


def test_who_measured_and_the_coordinates_stay_in_the_office(land):
    with psycopg.connect(as_role(land, "landsvc_public")) as conn:
        conn.execute("SELECT id, srid, method, surveyed_on, accuracy_m FROM cadastre.survey")
        for column in ("surveyed_by", "geom"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT {column} FROM cadastre.survey")
            conn.rollback()


@pytest.mark.parametrize(
    ("surveyed", "field"),
    [
        ({"on": (clock.today().replace(year=clock.today().year + 1)).isoformat()}, "surveyed.on"),
        ({"on": 20261102}, "surveyed.on"),
        ({"method": "guess"}, "surveyed.method"),
        ({"accuracyM": 0}, "surveyed.accuracyM"),
        ({"by": "x" * 201}, "surveyed.by"),
        ({"who": "x"}, "surveyed.who"),
    ],
)
def test_what_nobody_can_have_measured_is_refused(lan, surveyed, field):
    code = lan.post("/api/v1/drafts", json={}).json["draft"]
    body = redraw(REF, (0, 0), (20, 0), (20, 30), (0, 31), surveyed=surveyed)
    answer = lan.post(f"/api/v1/drafts/{code}/operations", json=body)
    assert (answer.status_code, answer.json["field"]) == (400, field)
