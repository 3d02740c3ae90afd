"""Control points place a plan, tell by how much they disagree, name the bad one, and refuse what places nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.geo.raster.errors import BadControlPoints, PoorFit
from landsvc.geo.raster.fitting import Fit, bent_grid, fit, require_good
from landsvc.geo.raster.points import ControlPoint, read_points

SIZE = (2000, 1500)
SPOTS = [(100, 100), (1900, 120), (1850, 1400), (80, 1380), (1000, 700), (500, 1100), (1400, 300), (700, 250)]
EAST, NORTH = 568_000.0, 1_275_000.0


def placed(spots, *, pixel=0.5, turn=0.2, shrink=1.0, bend=0.0) -> list[ControlPoint]:
    """Points as a plan would have them that is turned, shrunk along its lines, and bent."""
    found = []
    for number, (column, line) in enumerate(spots, 1):
        u, v = column * pixel * shrink, -line * pixel
        v += bend * (column - 1000) ** 2
        x = EAST + u * math.cos(turn) - v * math.sin(turn)
        y = NORTH + u * math.sin(turn) + v * math.cos(turn)
        found.append(ControlPoint(f"M{number}", column, line, x, y))
    return found


def moved(points, number, east=0.0, north=0.0) -> list[ControlPoint]:
    changed = list(points)
    point = changed[number]
    changed[number] = ControlPoint(point.name, point.pixel, point.line, point.x + east, point.y + north)
    return changed


@given(
    turn=st.floats(-math.pi, math.pi),
    pixel=st.floats(0.01, 20),
    method=st.sampled_from(["helmert", "affine", "polynomial"]),
)
def test_true_points_leave_no_residual_however_the_plan_is_turned(turn, pixel, method):
    points = placed(SPOTS, pixel=pixel, turn=turn)
    found = fit(points, method, SIZE)
    assert found.rms_m < 1e-6 * pixel * 2000
    assert found.pixel_m == pytest.approx(pixel, rel=1e-6)
    for point in points:
        assert found.place(point.pixel, point.line) == pytest.approx((point.x, point.y), abs=1e-5)
    a, b, c, d, e, f = found.affine
    assert (a * 30 + b * 70 + c, d * 30 + e * 70 + f) == pytest.approx(
        tuple(found.place(30, 70)), abs=1e-4 * pixel
    )


def test_paper_that_shrank_one_way_is_taken_up_by_affine_and_not_by_helmert():
    points = placed(SPOTS, shrink=0.99)
    assert fit(points, "affine", SIZE).rms_m < 1e-6
    assert fit(points, "helmert", SIZE).rms_m > 0.5


def test_bent_paper_is_taken_up_by_a_polynomial_and_drawn_anew_by_it():
    points = placed(SPOTS, bend=1e-5)
    assert fit(points, "affine", SIZE).rms_m > 0.5
    found = fit(points, "polynomial", SIZE)
    assert found.rms_m < 1e-6
    pixels, places = bent_grid(found, SIZE)
    assert places[112] == pytest.approx(tuple(found.place(*pixels[112])), abs=1e-6)


def test_residuals_are_metres_on_the_ground():
    noisy = moved(placed(SPOTS), 4, east=0.8)
    found = fit(noisy, "affine", SIZE)
    told = found.as_json()
    assert sum(row["residualEastM"] for row in told["points"]) == pytest.approx(0, abs=1e-3)
    assert told["points"][4]["leftOutM"] == pytest.approx(0.8, abs=1e-3)
    assert told["points"][4]["residualM"] < 0.8
    assert told["rmsPixels"] == pytest.approx(told["rmsM"] / 0.5, abs=0.01)
    assert any("M5" in line and "0.800" in line for line in found.lines())


@pytest.mark.parametrize("bad", range(len(SPOTS)))
@pytest.mark.parametrize("count", [4, 5, 8])
def test_the_one_bad_point_is_named(bad, count):
    if bad >= count:
        bad %= count
    points = moved(placed(SPOTS[:count]), bad, east=30, north=-20)
    with pytest.raises(PoorFit) as told:
        require_good(fit(points, None, SIZE), None)
    assert f"Point M{bad + 1} lies" in told.value.message()
    assert "36.06 m" in told.value.message()
    assert told.value.members["placed"]["points"]
    assert told.value.table


def test_three_points_are_placed_so_that_a_residual_is_left_and_none_of_them_is_accused():
    points = moved(placed(SPOTS[:3]), 1, east=40)
    found = fit(points, None, SIZE)
    assert found.method == "helmert"
    assert found.redundant
    with pytest.raises(PoorFit, match="add a fourth"):
        require_good(found, None)


def test_an_exact_fit_says_that_it_proves_nothing():
    found = fit(placed(SPOTS[:3]), "affine", SIZE)
    assert not found.redundant
    assert "prove nothing" in found.lines()[-1]


def test_the_limit_is_three_pixels_unless_said_otherwise():
    found: Fit = fit(moved(placed(SPOTS), 0, east=5), "affine", SIZE)
    assert 0.5 < found.rms_m < 1.5
    require_good(found, None)
    require_good(found, 1.5)
    with pytest.raises(PoorFit):
        require_good(found, 0.5)


@pytest.mark.parametrize(
    ("points", "method", "says"),
    [
        (placed(SPOTS[:2]), None, "at least 3"),
        (placed(SPOTS[:5]), "polynomial", "at least 6"),
        (placed([(0, 0), (500, 0), (1000, 0), (2000, 0)]), None, "on one line"),
        (placed([(0, 0), (500, 400), (1000, 800), (1500, 1201)]), None, "on one line"),
        ([*placed(SPOTS[:3]), placed(SPOTS[:1])[0]], None, "are the same pixel"),
        (placed([*SPOTS[:3], (2500, 3)]), None, "2000 x 1500"),
        (placed([*SPOTS[:3], (-1, 3)]), None, "pixel -1"),
        ([ControlPoint(p.name, p.pixel, p.line, p.y, p.x) for p in placed(SPOTS)], None, "mirrored"),
        (
            [ControlPoint(p.name, p.line, p.pixel, p.x, p.y) for p in placed(SPOTS[:1] + SPOTS[4:])],
            None,
            "mirrored",
        ),
    ],
)
def test_points_that_place_nothing_are_refused_with_the_reason(points, method, says):
    with pytest.raises(BadControlPoints) as told:
        fit(points, method, SIZE)
    assert says in told.value.message()
    assert told.value.way_out()


def test_two_points_on_one_place_are_refused():
    points = placed(SPOTS[:4])
    points[3] = ControlPoint("M4", 1000, 700, points[0].x, points[0].y)
    with pytest.raises(BadControlPoints, match="M1 and M4 are the same place"):
        fit(points, None, SIZE)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("pixel,line,north,east\n10,20,1275000.5,568000.25\n", False),
        ("Name;Pixel;Line;X;Y\nM1;10;20;1275000,5;568000,25\n", False),
        ("\ufeffđiểm\tcột\tdòng\tbắc\tđông\nM1\t10,0\t20\t1 275 000,5\t568000,25\n", False),
        ("#CRS: x\nmapX,mapY,sourceX,sourceY,enable\n568000.25,1275000.5,10,-20,1\n1,1,1,-1,0\n", False),
        ("pixel,line,lon,lat\n10,20,568000.25,1275000.5\n", True),
    ],
)
def test_tables_are_read_in_the_ways_people_write_them(tmp_path, text, degrees):
    path = tmp_path / "points.csv"
    path.write_text(text, "utf-8")
    found = read_points([str(path)])
    assert found.degrees is degrees
    (point,) = found.points
    assert (point.pixel, point.line, point.x, point.y) == (10, 20, 568000.25, 1275000.5)


def test_points_are_taken_one_by_one_too():
    found = read_points(["10,20,1275000.5,568000.25", "11;21;1;2"])
    assert [(point.name, point.x, point.y) for point in found.points] == [
        ("1", 568000.25, 1275000.5),
        ("2", 2, 1),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pixel,line,north,east\n10,20,abc,5\n", "Point 1, column north: 'abc' is not a number"),
        ("pixel,line,north,east\n10,20,nan,5\n", "is not a number"),
        ("pixel,line,north,east\n10,20\n", "Point 1, column east: '' is not a number"),
        ("pixel,line,north\n10,20,5\n", "no column east"),
        ("pixel,line,x,y,north\n10,20,5,6,7\n", "two columns for north"),
        ("pixel,line,north,east\n", "holds no point"),
        ("", "holds no point"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(tmp_path, text, says):
    path = tmp_path / "points.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(BadControlPoints) as told:
        read_points([str(path)])
    assert says in told.value.message()


def test_a_table_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(BadControlPoints, match="cannot be read"):
        read_points([str(tmp_path / "none.csv")])
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadControlPoints, match="cannot be read"):
        read_points([str(tmp_path / "bytes.csv")])


def test_metres_and_degrees_are_not_mixed(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("pixel,line,lon,lat\n1,2,106.8,11.5\n", "utf-8")
    with pytest.raises(BadControlPoints, match="metres and some in degrees"):
        read_points([str(path), "1,2,3,4"])


def test_no_fit_is_not_a_number():
    rng = np.random.default_rng(5)
    for _ in range(50):
        spots = [tuple(spot) for spot in rng.uniform(0, 1500, (6, 2)).tolist()]
        found = fit(placed(spots, turn=float(rng.uniform(-3, 3))), "affine", SIZE)
        assert all(math.isfinite(value) for value in found.affine)
