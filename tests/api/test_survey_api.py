"""Surveys over HTTP: points from measurements and from a pasted table, for whoever is signed in."""

from __future__ import annotations

import psycopg
import pytest
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import box

WORK = "/api/v1/survey/constructions"
PASTE = "/api/v1/survey/points"


@pytest.fixture(scope="module")
def client(module_db: str):
    with psycopg.connect(module_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet)
    with application(settings_for(module_db)) as app:
        yield app.test_client()


@pytest.fixture
def lan(client):
    sign_client_in(client, "surveyor")
    return client


def corner(dsn: str, at: int) -> list[float]:
    ring = "ST_ExteriorRing(ST_GeometryN(p.geom, 1))"
    with psycopg.connect(dsn) as conn:
        sql = f"SELECT ST_X(g), ST_Y(g) FROM cadastre.parcel p, ST_PointN({ring}, %s) g"
        return list(conn.execute(sql, [at]).fetchone())


def test_a_corner_pointed_at_is_taken_exactly_and_measured_from(lan, module_db):
    first, second = corner(module_db, 1), corner(module_db, 2)
    body = {
        "steps": [
            {"kind": "corner", "name": "A", "near": [first[0] + 0.2, first[1] - 0.1]},
            {"kind": "corner", "name": "B", "near": second},
            {"kind": "offset", "name": "P", "from": "A", "to": "B", "alongM": 5, "offsetM": 2.5},
            {"kind": "distances", "name": "Q", "from": ["A", "B"], "distancesM": [25, 25], "side": "left"},
        ],
        "boundary": ["A", "P", "Q"],
    }
    answer = lan.post(WORK, json=body)
    assert answer.status_code == 200, answer.json
    points = {point["name"]: point for point in answer.json["points"]}
    assert points["A"]["position"] == first
    assert points["A"]["working"] == first
    assert answer.json["found"][3]["residualsM"] == [0.0, 0.0]
    assert answer.json["outline"]["geometry"]["type"] == "Polygon"
    assert answer.json["outline"]["areaM2"] > 0
    lon, lat = points["P"]["lonLat"]
    assert 105 < lon < 108
    assert 10 < lat < 13


@pytest.mark.parametrize(
    ("steps", "status", "code"),
    [
        ([{"kind": "corner", "name": "A", "near": [0, 0]}], 422, "no-corner-there"),
        ([{"kind": "offset", "name": "P", "from": "A", "to": "B", "alongM": 1}], 422, "survey-point-unknown"),
        ([{"kind": "point", "name": "P", "at": [1]}], 400, "invalid-input"),
        ([{"kind": "guess", "name": "P"}], 400, "invalid-input"),
        ([], 400, "invalid-input"),
    ],
)
def test_a_step_that_cannot_be_carried_out_is_named(lan, steps, status, code):
    answer = lan.post(WORK, json={"steps": steps})
    assert answer.status_code == status, answer.json
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == code


def test_degrees_are_no_system_for_distances(lan):
    answer = lan.post(WORK, json={"steps": [{"kind": "point", "name": "P", "at": [1, 2]}], "crs": "EPSG:4326"})
    assert (answer.status_code, answer.json["code"]) == (400, "not-a-plane")


def test_a_pasted_table_is_understood_and_its_order_told(lan):
    text = "X (m)\tY (m)\n1275706,940\t568850,120\n1275700,000\t568871,000\n1275690,5\t568860,25"
    answer = lan.post(PASTE, json={"text": text})
    assert answer.status_code == 200, answer.json
    assert answer.json["crs"] == "EPSG:9212"
    assert answer.json["northFirst"]
    assert answer.json["headed"]
    assert [point["working"] for point in answer.json["points"]] == [
        [568850.12, 1275706.94],
        [568871.0, 1275700.0],
        [568860.25, 1275690.5],
    ]
    assert answer.json["outline"]["areaM2"] == pytest.approx(136.48, abs=0.01)


def test_a_text_without_points_is_refused_with_the_way_out(lan):
    answer = lan.post(PASTE, json={"text": "hello"})
    assert (answer.status_code, answer.json["code"]) == (400, "no-points-pasted")


def test_a_stranger_gets_nothing(module_db):
    with application(settings_for(module_db)) as app:
        assert app.test_client().post(PASTE, json={"text": "1"}).status_code == 401
