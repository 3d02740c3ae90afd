"""Splits by area and along a corridor in drafts: exact, previewed as committed, undone without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.drafts import area_errors, errors
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, X0, Y0, box, polygon
from tests.factories.drafts import Office, assert_sound, line, rules

ROAD = polygon((0, -8), (60, -8), (60, 0), (40, 0), (20, 0), (0, 0))
BACK = polygon((0, 30), (20, 30), (40, 30), (60, 30), (60, 53.7), (0, 47.3))
REF = "25195-12-345"
ROW = [f"25195-12-{number}" for number in (345, 346, 347)]


@pytest.fixture
def office(fresh_db: str) -> Iterator[Office]:
    """A row of three parcels above a road, and one large parcel behind them."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 152.3})
        make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet)
        make.parcel(conn, box(40, 0, 20, 30), number="347", series_id=sheet)
        make.parcel(conn, BACK, number="348", series_id=sheet, uses={"CLN": 1230})
        make.parcel(conn, ROAD, kind="object", uses={"DGT": 480})
    with opened(fresh_db) as database:
        yield Office(database)


def by_area(*areas: float, ref: str = REF, bearing: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "op": "split_by_area",
        "parcels": [ref],
        "areasM2": list(areas),
        "parallelTo": {"bearingDeg": bearing},
        **more,
    }


def corridor(*points: tuple[float, float], width: float = 4, side: str = "left", **more: Any) -> dict[str, Any]:
    drawn = line(*points)
    return {"op": "split_corridor", "line": drawn, "widthM": width, "side": side, "crs": f"EPSG:{SRID}", **more}


def same_but_for_time(outcome: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in outcome.items() if k not in {"computedAt", "state", "record", "transaction"}}


def committed(office: Office, *bodies: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a commit that is what its preview was, on a fabric that is sound after it."""
    draft = office.draft(*bodies)
    seen = office.preview(draft.code)
    assert seen["committable"], [each for each in seen["report"] if each["result"] == "fail"]
    answer = office.commit(draft.code)
    assert same_but_for_time(answer) == same_but_for_time(seen)
    assert_sound(office)
    return answer


# By area -------------------------------------------------------------------------------------------------------


def test_three_unequal_areas_are_registered_as_asked_for_and_measured_in_proportion(office):
    answer = committed(office, by_area(100.0, 200.5, 301.8))
    assert [each["legalAreaM2"] for each in answer["after"]] == [100.0, 200.5, 301.8]
    assert sum(each["measuredAreaM2"] for each in answer["after"]) == pytest.approx(600, abs=0.02)
    (told,) = answer["told"]
    assert (told["registeredM2"], told["measuredM2"], told["differenceM2"]) == (602.3, 600.0, 2.3)
    assert all(abs(each["deviationM2"]) <= 0.01 for each in told["pieces"])
    assert [each["ref"] for each in told["pieces"]] == [each["ref"] for each in answer["after"]]
    assert told["pieces"][0]["targetM2"] == pytest.approx(100 * 600 / 602.3, abs=1e-3)
    assert len(told["cuts"]) == 2
    assert all(abs(each["turnedDeg"]) < 0.1 and each["offMm"] <= 20 for each in told["cuts"])


def test_the_last_piece_can_bear_the_difference(office):
    (told,) = committed(office, by_area(100.0, 200.0, difference="last"))["told"]
    assert [each["registeredM2"] for each in told["pieces"]] == [100.0, 200.0, 302.3]
    assert [each["measuredM2"] for each in told["pieces"]] == pytest.approx([100, 200, 300], abs=0.01)
    assert told["rest"]


def test_measured_areas_share_the_registered_one(office):
    answer = committed(office, by_area(150, 150, 300, basis="measured"))
    assert sum(each["legalAreaM2"] for each in answer["after"]) == pytest.approx(602.3)
    assert [each["measuredAreaM2"] for each in answer["after"]] == pytest.approx([150, 150, 300], abs=0.01)


def test_cuts_are_parallel_to_an_edge_and_begin_there(office):
    edge = [[X0 + 20, Y0], [X0 + 20, Y0 + 30]]
    body = by_area(100.0, crs=f"EPSG:{SRID}") | {"parallelTo": {"edge": edge}}
    answer = committed(office, body)
    east = answer["after"][0]["geometry"]["coordinates"][0]
    assert min(x for x, _ in east) > X0 + 16
    assert max(x for x, _ in east) == X0 + 20


def test_a_piece_can_be_divided_again_and_undo_gives_the_start_back(office):
    draft = office.draft(by_area(300.0))
    first = office.preview(draft.code)
    office.add(draft.code, by_area(100.0, ref=first["after"][1]["ref"], bearing=90, basis="measured"))
    assert len(office.preview(draft.code)["after"]) == 3
    office.undo(draft.code)
    assert same_but_for_time(office.preview(draft.code)) == same_but_for_time(first)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (by_area(500.0, 200.0), area_errors.AreasExceedParcel),
        (by_area(602.3), area_errors.AreasDivideNothing),
        (by_area(100.0, difference="refuse"), area_errors.AreasDiffer),
        (by_area(602.1, 0.2), area_errors.PieceTooThin),
        (by_area(100.0, part=2), errors.PartUnknown),
        (
            by_area(100.0, crs=f"EPSG:{SRID}") | {"parallelTo": {"edge": [[X0 + 10, Y0 + 10], [X0 + 20, Y0]]}},
            area_errors.EdgeUnknown,
        ),
    ],
)
def test_what_cannot_be_divided_is_refused_and_not_kept(office, body, refusal):
    draft = office.draft()
    with pytest.raises(refusal):
        office.add(draft.code, body)
    assert office.get(draft.code).steps == ()


def test_every_piece_gets_the_minimum_or_what_binds_is_said(office):
    fit = {"op": "split_by_area", "parcels": [REF], "fit": "minimum", "pieces": 4}
    answer = committed(office, fit)
    assert len(answer["after"]) == 4
    assert {each["result"] for each in answer["report"] if each["rule"].startswith("SUB-FRONT")} == {"pass"}
    assert all(each["legalAreaM2"] >= 60 for each in answer["after"])
    assert {each["binds"] for each in answer["told"][0]["pieces"][:-1]} == {"frontage"}
    draft = office.draft()
    with pytest.raises(area_errors.NoMinimumKnown):
        office.add(draft.code, fit | {"parcels": ["25195-12-348"]})


def test_too_many_pieces_for_the_road_name_the_frontage(office):
    draft = office.draft()
    with pytest.raises(area_errors.MinimumBinds, match=r"4\.0 m along a road") as refused:
        office.add(draft.code, {"op": "split_by_area", "parcels": [REF], "fit": "minimum", "pieces": 6})
    assert refused.value.members["binds"] == "frontage"


# Corridor ------------------------------------------------------------------------------------------------------


def test_a_road_is_widened_over_a_row_and_each_loss_is_listed(office):
    answer = committed(office, corridor((-5, 0), (30, -0.4), (70, 0), parcels=ROW))
    assert len(answer["before"]) == 3
    assert len(answer["after"]) == 6
    (told,) = answer["told"]
    assert [each["parcel"] for each in told["parcels"]] == ROW
    assert told["lossM2"] == pytest.approx(225.6, abs=1)
    assert all(each["lossM2"] + each["leftM2"] == pytest.approx(600, abs=0.05) for each in told["parcels"])
    first = told["parcels"][0]
    assert first["lossRegisteredM2"] + first["leftRegisteredM2"] == pytest.approx(602.3)
    assert len(first["taken"]) == len(first["left"]) == 1
    assert told["notNamed"] == []
    small = [each for each in answer["report"] if each["rule"] == "SUB-MINAREA"]
    assert {(each["result"], each["cause"]) for each in small if each["inputs"].get("minimumM2")} == {
        ("untested", "public-need")
    }


def test_without_names_all_parcels_under_the_strip_are_cut_and_roads_left(office):
    body = corridor((-5, -2), (70, -2), width=3)
    answer = committed(office, body)
    assert {each["ref"] for each in answer["before"]} == set(ROW)
    assert answer["told"][0]["objects"] == 1


def test_a_parcel_wholly_inside_stays_as_it_is_and_is_listed_as_taken(office):
    draft = office.draft(corridor((-5, -1), (70, -1), width=40, parcels=[*ROW, "25195-12-348"]))
    seen = office.preview(draft.code)
    assert [each["ref"] for each in seen["before"]] == ["25195-12-348"]
    losses = {each["parcel"]: each for each in seen["told"][0]["parcels"]}
    assert losses[REF]["takenWhole"]
    assert losses[REF]["lossPct"] == 100
    assert not losses["25195-12-348"]["takenWhole"]


def test_parcels_under_the_strip_that_nobody_named_are_told(office):
    draft = office.draft(corridor((-5, 0), (70, 0), parcels=ROW[:2]))
    assert office.preview(draft.code)["told"][0]["notNamed"] == [ROW[2]]


def test_a_strip_that_misses_a_named_parcel_or_all_is_refused(office):
    draft = office.draft()
    with pytest.raises(area_errors.StripMisses, match="25195-12-348"):
        office.add(draft.code, corridor((-5, 0), (70, 0), parcels=[REF, "25195-12-348"]))
    with pytest.raises(area_errors.NothingInStrip):
        office.add(draft.code, corridor((-5, 200), (70, 200)))


def test_undo_of_a_corridor_gives_the_start_back(office):
    with psycopg.connect(office.database.dsn) as conn:
        before = conn.execute(
            "SELECT unit_id, version_id, ST_AsBinary(geom) FROM cadastre.parcel ORDER BY 1"
        ).fetchall()
    draft = office.draft(corridor((-5, 0), (70, 0), parcels=ROW))
    office.preview(draft.code)
    office.undo(draft.code)
    assert office.preview(draft.code)["after"] == []
    with psycopg.connect(office.database.dsn) as conn:
        again = conn.execute(
            "SELECT unit_id, version_id, ST_AsBinary(geom) FROM cadastre.parcel ORDER BY 1"
        ).fetchall()
    assert again == before


def test_a_corridor_commits_on_parcels_that_others_noded_meanwhile(office):
    draft = office.draft(corridor((-5, -2), (70, -1), parcels=ROW[:2]))
    committed(office, by_area(150.0, ref=ROW[2], bearing=90, basis="measured"))
    answer = office.commit(draft.code)
    assert len(answer["after"]) == 4
    assert_sound(office)


def test_a_strip_across_everything_leaves_one_fabric(office):
    committed(office, corridor((3, 11), (52, 19), width=6, side="both"))
