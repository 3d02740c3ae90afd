"""Every operation but the split: what it writes, what it refuses, and that undoing it gives back the start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import shapely
from landsvc.cadastre import annulment
from landsvc.cadastre.drafts import errors, service
from landsvc.cadastre.drafts.checks import CHECKS
from landsvc.cadastre.drafts.ops import errors as faults
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import box, polygon
from tests.factories.drafts import (
    FRAME,
    Office,
    assert_sound,
    at,
    insert,
    line,
    merge,
    move,
    new_parcel,
    one,
    redraw,
    remove,
    rows,
    rules,
    set_uses,
    split,
)

FABRIC = {code: CHECKS[code] for code in ("FAB-OVERLAP", "FAB-AREA", "SUB-HOLD")}
LAND = """SELECT unit_id, number, sheet, ST_AsEWKB(geom), legal_area_m2, computed_area_m2, address, uses, numbers
  FROM cadastre.parcel ORDER BY unit_id"""
ROAD = polygon((0, -8), (60, -8), (60, 0), (40, 0), (20, 0), (0, 0))
BACK = polygon((0, 30), (20, 30), (40, 30), (60, 30), (60, 53.7), (0, 47.3))
A, B, C, D = (f"25195-12-{number}" for number in (345, 346, 347, 348))


@pytest.fixture(scope="module")
def land(make_clone) -> Iterator[Office]:
    """A row of three parcels above a road, one large parcel behind them; nothing east of them."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            sheet = make.series(conn, make.commune(conn))
            rules(conn)
            make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 152.3})
            make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet)
            make.parcel(conn, box(40, 0, 20, 30), number="347", series_id=sheet)
            make.parcel(conn, BACK, number="348", series_id=sheet)
            make.parcel(conn, ROAD, kind="object", uses={"DGT": 480})
        with opened(dsn) as database:
            yield Office(database)


@pytest.fixture
def office(land: Office) -> Iterator[Office]:
    """The land, as it was before the test once the test is over: whatever was committed is undone."""
    before = rows(land, LAND)
    first = one(land, "SELECT coalesce(max(id), 0) FROM cadastre.record")
    yield land
    undo_since(land, first)
    assert rows(land, LAND) == before
    assert_sound(land)


def undo_since(office: Office, first: int) -> None:
    """Undo every record after one that still stands, the newest first."""
    open_drafts = rows(office, "SELECT code FROM cadastre.draft WHERE state = 'open'")
    for (code,) in open_drafts:
        office.withdraw(code)
    records = rows(
        office,
        "SELECT r.code FROM cadastre.record r WHERE r.id > %s AND r.kind <> 'annulment'"
        " AND NOT EXISTS (SELECT FROM cadastre.record a WHERE a.annuls_id = r.id) ORDER BY r.id DESC",
        first,
    )
    for (code,) in records:
        annulment.undo_record(office.database, code, "test")


def done(office: Office, *bodies: dict[str, Any]) -> dict[str, Any]:
    """Preview and commit a draft, judged by the rules of the fabric; both say the same."""
    draft = office.draft(*bodies)
    with office.database.rehearsal("landsvc_editor") as session:
        seen = service.preview(session, draft.code, frame=FRAME, checks=FABRIC)
    result = office.commit(draft.code, checks=FABRIC)
    left = {"computedAt", "state", "record"}
    assert {k: v for k, v in result.items() if k not in left} == {k: v for k, v in seen.items() if k not in left}
    assert_sound(office)
    return result


def refused(office: Office, error: type[Exception], *bodies: dict[str, Any]) -> Any:
    """Return the error with which the last of some operations is refused."""
    draft = office.draft(*bodies[:-1])
    with pytest.raises(error) as found:
        office.add(draft.code, bodies[-1])
    assert len(office.get(draft.code).steps) == len(bodies) - 1
    return found.value


def shape(office: Office, number: str) -> Any:
    wkb = one(office, "SELECT ST_AsBinary(geom) FROM cadastre.parcel WHERE number = %s", number)
    return shapely.from_wkb(bytes(wkb))


# Merge -------------------------------------------------------------------------------------------------------------


def test_a_merge_makes_one_parcel_of_the_sums(office):
    answer = done(office, merge(A, B))
    (made,) = answer["after"]
    assert (made["legalAreaM2"], made["parents"]) == (1202.3, [A, B])
    assert made["uses"] == [{"code": "ODT", "areaM2": 1050.0}, {"code": "CLN", "areaM2": 152.3}]
    assert abs(answer["closure"][0]["residualM2"]) <= 1e-6
    assert {
        tuple(row) for row in rows(office, "SELECT DISTINCT kind FROM cadastre.lineage WHERE upper_inf(recorded)")
    } == {("merge",)}
    record = rows(office, "SELECT kind, title FROM cadastre.record WHERE code = %s", answer["record"])
    assert record == [("merge", "Hợp thửa đất")]


def test_a_merge_keeps_the_corners_that_belong_to_neighbours(office):
    done(office, merge(A, B))
    number = one(office, "SELECT max(number::int)::text FROM cadastre.parcel WHERE kind = 'parcel'")
    corners = {tuple(place) for place in shapely.get_coordinates(shape(office, number)).tolist()}
    assert {(make.X0 + 20, make.Y0), (make.X0 + 20, make.Y0 + 30)} <= corners


def test_an_enclave_is_united_with_what_lies_around_it(office):
    around = [(30 + x, 35 + y) for x, y in ((0, 0), (4, 0), (4, 4), (0, 4), (0, 0))]
    draft = office.draft(split(D, *around))
    pieces = [each["ref"] for each in office.preview(draft.code)["after"]]
    office.add(draft.code, merge(*pieces))
    answer = office.commit(draft.code, checks=FABRIC)
    assert len(answer["after"]) == 1
    assert shapely.geometry.shape(answer["after"][0]["geometry"]).interiors[:] == []


def test_parcels_that_do_not_touch_are_refused(office):
    error = refused(office, faults.ParcelsDoNotTouch, merge(A, C))
    assert error.members["groups"] == [[A], [C]]
    assert error.geometry["type"] == "LineString"
    refused(office, faults.ParcelsDoNotTouch, merge(A, A))


def test_parcels_of_which_only_some_have_uses_are_not_merged(office):
    # Of parcels just imported nobody told the uses yet; beside one whose uses were told the sum would not come out.
    with psycopg.connect(office.database.dsn) as conn:
        sheet = conn.execute("SELECT min(id) FROM cadastre.map_series").fetchone()[0]
        for at, number in enumerate(("901", "902")):
            make.parcel(conn, box(200 + 10 * at, 0, 10, 10), number=number, series_id=sheet, uses={})
    untold, other = "25195-12-901", "25195-12-902"
    set_one = set_uses(other, ("ODT", 100.0))
    error = refused(office, faults.UsesUnknown, set_one, merge(other, untold))
    assert error.facts["ref"] == untold
    answer = done(office, set_one, set_uses(untold, ("ODT", 100.0)), merge(other, untold))
    assert answer["after"][0]["uses"] == [{"code": "ODT", "areaM2": 200.0}]


def test_a_merge_and_a_split_make_one_record(office):
    draft = office.draft(split(A, (8, -3), (8, 33)))
    left, right = (each["ref"] for each in office.preview(draft.code)["after"])
    office.add(draft.code, merge(right, B))
    with pytest.raises(errors.ParcelUsedUp):
        office.add(draft.code, merge(right, C))
    answer = office.commit(draft.code, checks=FABRIC)
    assert sorted(len(each["parents"]) for each in answer["after"]) == [1, 2]
    assert rows(office, "SELECT kind, title FROM cadastre.record WHERE code = %s", answer["record"]) == [
        ("split", "Tách, hợp thửa đất")
    ]
    assert_sound(office)


# Corners -----------------------------------------------------------------------------------------------------------


def test_all_who_share_a_corner_follow_it(office):
    answer = done(office, move(((20, 30), (20.5, 29.5))))
    assert [each["ref"] for each in answer["changed"]] == [A, B, D]
    for each in answer["changed"]:
        assert each["before"]["legalAreaM2"] == each["after"]["legalAreaM2"]
        assert each["before"]["measuredAreaM2"] != each["after"]["measuredAreaM2"]
    (closure,) = answer["closure"]
    assert (closure["gainedM2"], closure["lostM2"]) == (0, 0)
    assert abs(closure["residualM2"]) <= 1e-6
    assert one(office, "SELECT count(*) FROM cadastre.lineage WHERE upper_inf(recorded)") == 0
    assert rows(office, "SELECT kind FROM cadastre.record WHERE code = %s", answer["record"]) == [("boundary",)]


def test_a_road_follows_the_corner_of_its_parcels(office):
    answer = done(office, move(((20, 0), (20.1, -0.4))))
    assert len(answer["changed"]) == 3
    assert sum(each["ref"] is None for each in answer["changed"]) == 1


def test_a_corner_of_the_outline_tells_what_it_gains(office):
    (closure,) = done(office, move(((60, 53.7), (61, 53.7))))["closure"]
    assert closure["gainedM2"] == pytest.approx(11.85 + 0.0, abs=8)
    assert abs(closure["residualM2"]) <= 1e-6


def test_several_corners_move_at_once(office):
    answer = done(office, move(((20, 0), (21, 0)), ((20, 30), (21, 30))))
    area = {each["ref"]: each["after"]["measuredAreaM2"] for each in answer["changed"]}
    assert (area[A], area[B]) == (pytest.approx(630), pytest.approx(570))


def test_a_corner_that_crosses_an_edge_is_refused(office):
    error = refused(office, faults.CornerCrossesEdge, move(((20, 30), (20, -3))))
    assert error.geometry is not None
    refused(office, faults.CornerCrossesEdge, move(((60, 53.7), (30, 10))))


def test_a_corner_that_lands_on_an_edge_is_shared_there(office):
    answer = done(office, move(((60, 30), (60, 20))))
    assert [each["ref"] for each in answer["changed"]] == [C, D]


def test_no_corner_twice_nowhere_or_to_its_own_place(office):
    refused(office, faults.CornerNotFound, move(((20, 15), (20, 16))))
    refused(office, faults.CornerTwice, move(((20, 30), (20, 31)), ((20, 30), (20, 32))))
    refused(office, faults.CornerNotMoved, move(((20, 30), (20, 30))))


def test_a_moved_boundary_of_a_piece_balances_with_its_neighbour(office):
    answer = done(office, split(A, (8, -3), (8, 33)), move(((20, 0), (19, 0)), ((20, 30), (19, 30))))
    assert len(answer["after"]) == 2
    assert B in [each["ref"] for each in answer["changed"]]
    assert all(abs(each["residualM2"]) <= 1e-6 for each in answer["closure"])


def test_a_point_is_put_into_the_edge_of_both_sides(office):
    answer = done(office, insert(A, (20, 15)))
    assert answer["changed"] == []
    assert {each["ref"] for each in answer["noded"]} == {A, B}
    refused(office, faults.CornerThere, insert(A, (20, 15)))
    refused(office, faults.PointNotOnEdge, insert(A, (19, 15)))


def test_a_point_is_taken_out_where_it_bends_nothing(office):
    done(office, insert(A, (20, 15)))
    answer = done(office, remove((20, 15)))
    assert [each["ref"] for each in answer["changed"]] == [A, B]
    assert all(abs(each["residualM2"]) <= 1e-6 for each in answer["closure"])


def test_a_corner_where_boundaries_meet_or_that_bends_one_stays(office):
    refused(office, faults.CornerIsJunction, remove((20, 30)))
    error = refused(office, faults.LineWouldMove, remove((60, 53.7)))
    assert float(error.facts["distance_m"]) > 1
    answer = done(office, remove((60, 53.7), toleranceM=1000))
    assert answer["closure"][0]["lostM2"] > 100


# Surveys, uses, numbers, ends ----------------------------------------------------------------------------------------


def test_a_new_survey_takes_the_corners_that_stand(office):
    answer = done(office, redraw(C, (40, 0.001), (62, 0), (62, 30), (60, 30), (40, 30), legalAreaM2=660.0))
    (changed,) = answer["changed"]
    assert (changed["ref"], changed["after"]["legalAreaM2"]) == (C, 660.0)
    assert changed["after"]["uses"] == [{"code": "ODT", "areaM2": 660.0}]
    assert answer["closure"][0]["gainedM2"] == pytest.approx(60)


def test_a_new_survey_tells_the_gap_it_leaves(office):
    answer = done(office, redraw(C, (40, 0), (60, 0), (58, 30), (40, 30)))
    assert answer["closure"][0]["lostM2"] == pytest.approx(30)


def test_a_new_survey_on_a_neighbour_is_refused_with_the_overlap(office):
    error = refused(office, faults.GeometryOverlaps, redraw(C, (39, 0), (60, 0), (60, 30), (39, 30)))
    assert shapely.geometry.shape(error.geometry).area == pytest.approx(30)
    refused(office, faults.GeometryBroken, redraw(C, (40, 0), (60, 30), (60, 0), (40, 30)))
    refused(office, faults.GeometryUnchanged, redraw(C, (40, 0), (60, 0), (60, 30), (40, 30)))


def test_a_new_parcel_fits_beside_what_stands(office):
    answer = done(office, new_parcel((60, 0), (75, 0), (75, 30), (60, 30), area=450.0))
    (made,) = answer["after"]
    assert (made["parents"], made["legalAreaM2"]) == ([], 450.0)
    refused(office, faults.GeometryOverlaps, new_parcel((59, 0), (76, 0), (76, 30), (59, 30), area=450.0))
    refused(office, faults.SeriesMissing, new_parcel((80, 0), (90, 0), (90, 9), area=1.0, commune="25196"))


def test_a_new_parcel_is_drawn_from_what_was_measured(office):
    steps = [
        {"kind": "point", "name": "1", "at": at(60, 40)},
        {"kind": "point", "name": "2", "at": at(75, 40)},
        {"kind": "distances", "name": "3", "from": ["2", "1"], "distancesM": [20, 25], "side": "right"},
        {"kind": "offset", "name": "4", "from": "1", "to": "2", "alongM": 0, "offsetM": -20},
    ]
    body = new_parcel(area=300.0, survey={"steps": steps, "boundary": ["1", "2", "3", "4"]})
    del body["points"]
    (made,) = done(office, body)["after"]
    assert made["measuredAreaM2"] == pytest.approx(300.0)
    assert shapely.geometry.shape(made["geometry"]).equals(shapely.box(*at(60, 40), *at(75, 60)))


def test_corners_that_settle_on_one_that_stands_are_one_corner(office):
    drawn = ((60.001, 30), (60.002, 30), (80, 30), (80, 0), (60, 0))
    answer = done(office, new_parcel(*drawn, area=600.0))
    corners = shapely.get_coordinates(shapely.geometry.shape(answer["after"][0]["geometry"])).tolist()
    assert [make.X0 + 60, make.Y0 + 30] in corners
    assert len(corners) == len(set(map(tuple, corners))) + 1


def test_a_new_parcel_is_divided_and_merged_in_the_same_draft(office):
    draft = office.draft(new_parcel((60, 0), (75, 0), (75, 30), (60, 30), area=450.0))
    made = office.preview(draft.code)["after"][0]["ref"]
    office.add(draft.code, split(made, (58, 12), (77, 12)))
    pieces = [each["ref"] for each in office.preview(draft.code)["after"]]
    office.add(draft.code, merge(C, pieces[0]))
    answer = office.commit(draft.code, checks=FABRIC)
    assert sorted(len(each["parents"]) for each in answer["after"]) == [0, 1]
    assert sum(each["gainedM2"] for each in answer["closure"]) == pytest.approx(450)
    assert all(abs(each["residualM2"]) <= 1e-6 for each in answer["closure"])
    assert_sound(office)


def test_uses_sum_to_the_registered_area(office):
    answer = done(office, set_uses(A, ("ODT", 300), ("CLN", 302.3)))
    (changed,) = answer["changed"]
    assert [use["areaM2"] for use in changed["after"]["uses"]] == [300, 302.3]
    refused(office, faults.UsesSum, set_uses(A, ("ODT", 300)))
    refused(office, faults.UnknownCode, set_uses(A, ("XYZ", 602.3)))


def test_a_line_inside_draws_the_limit_of_uses_and_follows_noding(office):
    body = set_uses(A, ("ODT", 450), ("CLN", 152.3), line=line((-3, 22.4), (23, 22.6)))
    done(office, body)
    sql = "SELECT sum(ST_Area(u.geom)), ST_Area(p.geom) FROM cadastre.parcel p JOIN cadastre.parcel_use u"
    drawn = rows(office, f"{sql} ON u.version_id = p.version_id WHERE p.number = '345' GROUP BY p.geom")[0]
    assert drawn[0] == pytest.approx(drawn[1], abs=1e-6)
    # A cut of the neighbour bends the common edge, and the limits drawn along it.
    done(office, split(B, (18, 11.1234), (43, 12.9876)))
    drawn = rows(office, f"{sql} ON u.version_id = p.version_id WHERE p.number = '345' GROUP BY p.geom")[0]
    assert drawn[0] == pytest.approx(drawn[1], abs=1e-6)
    refused(office, faults.LimitPieces, set_uses(C, ("ODT", 600.0), line=line((38, 10), (62, 10))))


def test_a_number_is_given_once(office):
    answer = done(office, {"op": "renumber", "parcels": [A], "sheet": "12", "number": "901"})
    assert answer["changed"][0]["after"]["ref"] == "25195-12-901"
    numbers = rows(
        office,
        "SELECT sheet, number, on_map, as_printed FROM cadastre.parcel_number WHERE upper_inf(used)"
        " AND unit_id = (SELECT unit_id FROM cadastre.parcel WHERE number = '901') ORDER BY id",
    )
    assert numbers == [("12", "345", False, True), ("12", "901", True, False)]
    refused(office, faults.NumberUsed, {"op": "renumber", "parcels": [B], "sheet": "12", "number": "345"})
    refused(office, faults.NumberUnchanged, {"op": "renumber", "parcels": [B], "sheet": "12", "number": "346"})
    body = {"op": "renumber", "parcels": [B], "sheet": "12", "number": "902"}
    office.draft(body)
    refused(office, faults.NumberUsed, body | {"parcels": [C]})


def test_a_parcel_ends_for_a_stated_reason(office):
    answer = done(office, {"op": "retire", "parcels": [C], "reason": "stateRecovery"})
    assert (answer["before"][0]["ref"], answer["after"], answer["closure"][0]["lostM2"]) == (C, [], 600.0)
    assert rows(office, "SELECT reason FROM cadastre.unit_end WHERE upper_inf(recorded)") == [("stateRecovery",)]


def test_a_part_that_is_recovered_leaves_the_rest_as_successor(office):
    draft = office.draft(split(A, (-3, 5), (23, 5)))
    strip = min(office.preview(draft.code)["after"], key=lambda each: each["measuredAreaM2"])["ref"]
    office.add(draft.code, {"op": "retire", "parcels": [strip], "reason": "stateRecovery"})
    answer = office.commit(draft.code, checks=FABRIC)
    assert [each["parents"] for each in answer["after"]] == [[A]]
    assert answer["closure"][0]["lostM2"] == pytest.approx(100)
    assert_sound(office)


def test_a_record_is_undone_inside_a_draft(office):
    before = rows(office, LAND)
    record = done(office, split(A, (8, -3), (11.3, 33)))["record"]
    answer = done(office, {"op": "reinstate", "record": record})
    assert (len(answer["before"]), [each["ref"] for each in answer["after"]]) == (2, [A])
    assert rows(office, LAND) == before
    assert rows(office, "SELECT kind FROM cadastre.record WHERE code = %s", answer["record"]) == [("annulment",)]
    refused(office, annulment.RecordAnnulled, {"op": "reinstate", "record": record})
    refused(office, annulment.RecordNotFound, {"op": "reinstate", "record": "REC-1"})


def test_a_record_that_others_rest_on_is_not_undone_and_stands_alone(office):
    first = done(office, split(A, (8, -3), (8, 33)))
    done(office, split(first["after"][0]["ref"], (4, -3), (4, 33)))
    error = refused(office, annulment.RecordSuperseded, {"op": "reinstate", "record": first["record"]})
    assert error.members["later"]
    refused(
        office,
        errors.OperationAlone,
        split(B, (28, -3), (28, 33)),
        {"op": "reinstate", "record": first["record"]},
    )


def test_a_held_parcel_does_not_change(office):
    with psycopg.connect(office.database.dsn) as conn:
        conn.execute(
            "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
            " SELECT 'seizure', 'parcel', unit_id, 'THA', '1', 1 FROM cadastre.parcel WHERE number = '346'"
        )
    draft = office.draft(move(((20, 30), (20.5, 29.5))))
    seen = office.preview(draft.code)
    assert not seen["committable"]
    assert any(each["rule"] == "SUB-HOLD" and each["result"] == "fail" for each in seen["report"])
    with psycopg.connect(office.database.dsn) as conn:
        conn.execute("UPDATE cadastre.parcel_hold SET held = tstzrange(lower(held), clock_timestamp())")
