"""Drawings give back the lines and texts that were drawn, whichever program wrote them."""

from __future__ import annotations

import math
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.geo.formats import drawings, dxf, errors, read_drawing
from landsvc.geo.formats.dgn import vax_float
from tests.factories import old_text, sheet
from tests.factories.dgn import CHAIN, TEXT, Dgn, _vax

ARC = [(568_000.0, 1_275_000.0), (568_010.0, 1_275_010.0), (568_020.0, 1_275_000.0)]


def every_line(drawing) -> set[tuple]:
    return {tuple(map(tuple, shapely.get_coordinates(line).tolist())) for line in drawing.lines}


def test_dxf_and_dgn_of_a_sheet_say_the_same(tmp_path: Path) -> None:
    drawn = sheet.sheet()
    dxf, dgn = (read_drawing(getattr(drawn, form)(tmp_path / f"a.{form}")) for form in ("dxf", "dgn"))
    assert every_line(dxf) == every_line(dgn) == {tuple(line.points) for line in drawn.lines.values()}
    one, two = (sorted(drawing.texts, key=lambda text: (text.text.upper(), text.x)) for drawing in (dxf, dgn))
    assert [text.text.upper() for text in one] == [text.text.upper() for text in two]
    assert np.allclose([(text.x, text.y) for text in one], [(text.x, text.y) for text in two], rtol=0, atol=0.001)
    assert (dxf.encoding.encoding, dgn.encoding.encoding) == ("UTF-8", "TCVN3")


def test_gdal_reads_the_same_lines_and_texts_from_a_dgn(tmp_path: Path) -> None:
    path = sheet.sheet().dgn(tmp_path / "a.dgn")
    ours = read_drawing(path)
    with pyogrio.open_arrow(path, columns=["Type", "Level", "Text"], use_pyarrow=True) as (meta, reader):
        table = pa.Table.from_batches(list(reader))
    kinds = np.array(table["Type"].to_pylist())
    shapes = shapely.from_wkb(table[meta["geometry_name"] or "wkb_geometry"].to_pylist())
    levels = np.array(table["Level"].to_pylist())
    lines = shapes[kinds != TEXT]
    assert shapely.equals_exact(lines, ours.lines, 1e-9).all()
    assert list(map(str, levels[kinds != TEXT])) == ours.line_layer.tolist()
    texts = table["Text"].combine_chunks().view(pa.binary()).to_pylist()
    assert [raw for raw in texts if raw] == [text.raw for text in ours.texts]


def test_gdal_writes_what_we_read_in_three_dimensions_too(tmp_path: Path) -> None:
    path = tmp_path / "a.dgn"
    seed = Path(pyogrio.__file__).parent / "gdal_data" / "seed_3d.dgn"
    lines = [
        shapely.LineString([(10.5, -20.25, 3), (30, 40, 5)]),
        shapely.LineString([(0, 0, 0), (1, 2, 0), (3, 1, 0)]),
    ]
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.raw.write(
            path, shapely.to_wkb(lines), [], [], driver="DGN", geometry_type="LineString Z", crs=None,
            dataset_options={"3D": "YES", "SEED": str(seed)},
        )  # fmt: skip
    read = shapely.from_wkb(pyogrio.raw.read(path, columns=["Level"])[2])
    assert shapely.equals_exact(shapely.force_2d(read), read_drawing(path).lines, 1e-9).all()
    assert len(read) == 2


@pytest.mark.parametrize("form", ["dxf", "dgn"])
def test_an_arc_keeps_its_ends_and_stays_within_a_millimetre(tmp_path: Path, form: str) -> None:
    drawn = sheet.Drawn(lines={"arc": sheet.Line(ARC, arc=True)})
    drawing = read_drawing(getattr(drawn, form)(tmp_path / f"a.{form}"))
    (line,), (curved,) = drawing.lines, drawing.curved
    xy = shapely.get_coordinates(line)
    assert curved
    assert np.abs(xy[[0, -1]] - np.array([ARC[0], ARC[2]])).max() < 1e-6
    middles = (xy[1:] + xy[:-1]) / 2
    off = [np.abs(np.hypot(*(points - (568_010, 1_275_000)).T) - 10) for points in (xy, middles)]
    assert off[0].max() < 1e-6
    assert off[1].max() <= 0.001


def test_a_short_arc_of_a_dgn_is_no_chord(tmp_path: Path) -> None:
    """GDAL draws an arc of less than 5 degrees as its chord, here 7 cm off."""
    angles = np.radians([88, 90, 92])
    points = [(100 * math.cos(a), 100 * math.sin(a)) for a in angles]
    made = Dgn()
    made.arc(10, points)
    (line,) = read_drawing(made.save(tmp_path / "a.dgn")).lines
    assert line.distance(shapely.Point(0, 100)) <= 0.001


def test_a_circle_larger_than_the_world_is_damage(tmp_path: Path) -> None:
    document = ezdxf.new("R2000")
    document.modelspace().add_circle((0, 0), 1e30)
    document.saveas(tmp_path / "a.dxf")
    with pytest.raises(errors.UnreadableSource, match="axis"):
        read_drawing(tmp_path / "a.dxf")


def holding_itself(drawing: Any) -> None:
    block = drawing.blocks.new("R")
    block.add_blockref("R", (0, 0))
    drawing.modelspace().add_blockref("R", (0, 0))


def in_endless_rows(drawing: Any) -> None:
    drawing.blocks.new("B").add_line((0, 0), (1, 1))
    rows = {"row_count": 32000, "column_count": 32000, "row_spacing": 1, "column_spacing": 1}
    drawing.modelspace().add_blockref("B", (0, 0), dxfattribs=rows)


def without_end(drawing: Any) -> None:
    drawing.modelspace().add_spline([(0, 0), (100, 1e15), (100, 100), (0, 0)])


def very_wordy(drawing: Any) -> None:
    drawing.modelspace().add_text("1" * 200_000)


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (holding_itself, "holds itself"),
        (without_end, "corners"),
        (very_wordy, "letters"),
    ],
)
def test_a_small_dxf_that_says_more_than_memory_holds_is_refused(tmp_path: Path, monkeypatch, draw, says) -> None:
    monkeypatch.setattr(dxf, "MOST_CORNERS", 1000)
    drawing = ezdxf.new("R2010")
    draw(drawing)
    drawing.saveas(tmp_path / "a.dxf")
    with pytest.raises(errors.UnreadableSource, match=says):
        dxf.read_dxf(tmp_path / "a.dxf")


def in_one_another(drawing: Any) -> None:
    """Twenty blocks, each with two of the next one: a million lines at the end."""
    for depth in range(20):
        block = drawing.blocks.new(f"B{depth}")
        for _ in range(2):
            block.add_blockref(f"B{depth + 1}", (0, 0))
    drawing.blocks.new("B20").add_line((0, 0), (1, 1))
    drawing.modelspace().add_blockref("B0", (0, 0))


def many_lines(drawing: Any) -> None:
    for x in range(1500):
        drawing.modelspace().add_line((x, 0), (x, 1))


@pytest.mark.parametrize("form", ["asc", "bin"])
@pytest.mark.parametrize(
    ("draw", "count"), [(in_endless_rows, "1024000000"), (in_one_another, "1048576"), (many_lines, "1[56]..")]
)
def test_a_dxf_of_too_many_entities_is_refused_before_any_is_read(
    tmp_path: Path, monkeypatch, draw, count, form
) -> None:
    monkeypatch.setattr(dxf, "MOST_ENTITIES", 1000)
    monkeypatch.setattr(dxf, "_gather", None)
    if draw is many_lines:
        monkeypatch.setattr(dxf, "_opened", None)
    drawing = ezdxf.new("R2010")
    draw(drawing)
    drawing.saveas(tmp_path / "a.dxf", fmt=form)
    with pytest.raises(errors.TooManyEntities, match=rf"{count} entities.*at most 1000 are read") as caught:
        read_drawing(tmp_path / "a.dxf")
    assert "Purge" in caught.value.way_out()


@pytest.mark.parametrize("form", ["dxf", "dgn"])
def test_a_drawing_larger_than_is_read_is_refused_by_its_size(tmp_path: Path, monkeypatch, form: str) -> None:
    monkeypatch.setattr(drawings, "LARGEST_BYTES", 5_000)
    path = getattr(sheet.sheet(), form)(tmp_path / f"a.{form}")
    with pytest.raises(errors.DrawingTooLarge, match="0 MB"):
        read_drawing(path)


def test_a_dimension_counts_the_block_that_draws_it(tmp_path: Path, monkeypatch) -> None:
    drawing = ezdxf.new("R2010", setup=True)
    drawing.modelspace().add_linear_dim((0, 2), (0, 0), (5, 0)).render()
    drawing.saveas(tmp_path / "a.dxf")
    document = ezdxf.readfile(tmp_path / "a.dxf")
    (dimension,) = document.modelspace()
    assert dxf._Counting(document).total() == 1 + len(document.blocks.get(dimension.dxf.geometry))


@pytest.mark.parametrize("form", ["dxf", "dgn"])
def test_signs_beyond_ascii_are_no_text_of_an_unknown_encoding(tmp_path: Path, form: str) -> None:
    drawn = sheet.sheet()
    drawn.texts = {name: sheet.Text("240 m²", 568_000, 1_275_000) for name in ("a", "b")}
    path = getattr(drawn, form)(tmp_path / f"a.{form}", encoding="TCVN3")
    drawing = read_drawing(path)
    assert {text.text for text in drawing.texts} == {"240 m²"}
    assert (drawing.encoding.told, drawing.encoding.guessed) == (True, False)


@pytest.mark.parametrize("form", ["dxf", "dgn"])
def test_a_drawing_of_two_encodings_counts_the_texts_of_the_other(tmp_path: Path, form: str) -> None:
    said = ["Tờ bản đồ số 12", "Bản đồ địa chính", "Huyện Đồng Phú"]
    drawn = sheet.sheet()
    drawn.texts = {text: sheet.Text(text, 568_000, 1_275_000) for text in said}
    drawn.texts["other"] = sheet.Text(
        "#" * len(old_text.write("Hẻm đường Hùng Vương", "VNI")), 568_000, 1_275_000
    )
    path = getattr(drawn, form)(tmp_path / f"a.{form}", encoding="TCVN3")
    other = old_text.write("Hẻm đường Hùng Vương", "VNI")
    path.write_bytes(path.read_bytes().replace(b"#" * len(other), other))
    drawing = read_drawing(path)
    assert {text.text for text in drawing.texts} == {*said, "Hẻm đường Hùng Vương"}
    assert (drawing.encoding.encoding, drawing.encodings) == ("TCVN3", {"VNI": 1})


def test_members_of_a_chain_are_drawn_and_deleted_elements_are_not(tmp_path: Path) -> None:
    made = Dgn()
    made.chain(10, 2)
    made.line(10, [(0, 0), (1, 0)], in_chain=True)
    made.line(10, [(1, 0), (1, 1)], in_chain=True)
    made.line(10, [(5, 5), (6, 6)])
    last = bytearray(made.elements[-1])
    last[1] |= 0x80
    made.elements[-1] = bytes(last)
    assert made.elements[1][1] == CHAIN
    assert every_line(read_drawing(made.save(tmp_path / "a.dgn"))) == {((0, 0), (1, 0)), ((1, 0), (1, 1))}


@given(st.floats(1e-30, 1e30), st.sampled_from([1, -1]))
def test_numbers_of_the_vax_are_read_exactly(value: float, sign: int) -> None:
    assert vax_float(_vax(sign * value), 0) == sign * value
    assert vax_float(_vax(0.0), 0) == 0


def test_entities_of_a_dxf_are_read_where_they_lie(tmp_path: Path) -> None:
    document = ezdxf.new("R2010")
    block = document.blocks.new("NHAN")
    block.add_line((0, 0), (1, 0), dxfattribs={"layer": "A"})
    block.add_attdef("SO", (0, 0))
    space = document.modelspace()
    insert = space.add_blockref("NHAN", (10, 20))
    insert.add_attrib("SO", "345", (10, 20))
    space.add_circle((0, 0), 5)
    space.add_lwpolyline([(0, 0), (4, 0), (4, 4)], close=True)
    space.add_lwpolyline([(0, 0), (4, 0)], dxfattribs={"extrusion": (0, 0, -1)})
    space.add_ellipse((0, 0), (10, 0), 0.5)
    space.add_mtext("345\\P152.4", dxfattribs={"insert": (7, 7), "attachment_point": 5, "char_height": 1})
    space.add_helix(1, 1, 1)
    document.layout("Layout1").add_text("Tờ số 12")
    document.saveas(tmp_path / "a.dxf")
    drawing = read_drawing(tmp_path / "a.dxf")
    found = every_line(drawing)
    assert {((10, 20), (11, 20)), ((0, 0), (4, 0), (4, 4), (0, 0)), ((0, 0), (-4, 0))} <= found
    assert len(found) == 5
    assert sum(line.length for line, curved in zip(drawing.lines, drawing.curved, strict=True) if curved) == (
        pytest.approx(2 * math.pi * 5 + 48.442, abs=0.02)
    )
    assert {(text.text, text.on_map) for text in drawing.texts} == {
        ("345", True), ("345\n152.4", True), ("Tờ số 12", False),
    }  # fmt: skip
    (label,) = [text for text in drawing.texts if "\n" in text.text]
    assert (label.x, label.y) == (7, 7)
    assert drawing.skipped == {"HELIX": 1}


@pytest.mark.parametrize(
    ("codepage", "raw", "encoding"),
    [
        ("ANSI_1252", "Tờ bản đồ số 12", "TCVN3"),
        ("ANSI_1258", "Tờ bản đồ số 12", "TCVN3"),
    ],
)
def test_text_of_old_dxf_is_judged_by_its_bytes(tmp_path: Path, codepage: str, raw: str, encoding: str) -> None:
    document = ezdxf.new("R2000")
    document.header["$DWGCODEPAGE"] = codepage
    document.modelspace().add_text("QQQQ", height=1).set_placement((0, 0))
    document.modelspace().add_line((0, 0), (1, 1))
    document.saveas(tmp_path / "a.dxf")
    written = (tmp_path / "a.dxf").read_bytes().replace(b"ANSI_1252", codepage.encode())
    (tmp_path / "a.dxf").write_bytes(written.replace(b"QQQQ", sheet.tcvn3(raw)))
    drawing = read_drawing(tmp_path / "a.dxf")
    assert [text.text for text in drawing.texts] == [raw]
    assert drawing.encoding.encoding == encoding


def test_files_nobody_can_read_are_refused_with_the_way_out(tmp_path: Path) -> None:
    whole = sheet.sheet().dgn(tmp_path / "whole.dgn").read_bytes()
    bad = {
        "v8.dgn": (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(5000), errors.MicrostationV8),
        "cut.dgn": (whole[:-40], errors.TruncatedSource),
        "no_end.dgn": (whole[:-2], errors.TruncatedSource),
        "foreign.dgn": (b"hello" * 1000, errors.UnreadableSource),
        "office.dxf": (b"AC1027" + bytes(100), errors.DwgFile),
        "foreign.dxf": (b"hello\n" * 100, errors.UnreadableSource),
        "empty.dxf": (b"", errors.UnreadableSource),
        "half.dxf": (sheet.sheet().dxf(tmp_path / "whole.dxf").read_bytes()[:20_000], errors.TruncatedSource),
    }
    for name, (content, error) in bad.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(error) as caught:
            read_drawing(tmp_path / name)
        assert caught.value.remedy
    assert "DXF" in errors.MicrostationV8.remedy


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("noise")
    sheet.sheet().dgn(made / "a.dgn")
    small = sheet.sheet()
    small.lines = dict(list(small.lines.items())[:4]) | {"arc": sheet.Line(ARC, arc=True)}
    small.texts = dict(list(small.texts.items())[-3:])
    small.dxf(made / "a.dxf", version="R12")
    return made


@settings(max_examples=60)
@given(noise=st.binary(min_size=1, max_size=30), at=st.floats(0, 1))
def test_no_damage_of_a_dxf_gives_anything_but_a_clear_error(folder: Path, noise: bytes, at: float) -> None:
    data = bytearray((folder / "a.dxf").read_bytes())
    start = int(at * (len(data) - 31))
    data[start : start + len(noise)] = noise
    path = folder / "noise.dxf"
    path.write_bytes(bytes(data))
    # Noise at the very beginning may be the mark of a DWG file.
    with suppress(
        errors.TruncatedSource,
        errors.UnreadableSource,
        errors.EncodingNotTold,
        errors.TooManyEntities,
        errors.DwgFile,
    ):
        read_drawing(path)


@given(noise=st.binary(min_size=1, max_size=60), at=st.floats(0, 1), head=st.booleans())
def test_no_damage_gives_anything_but_a_clear_error(folder: Path, noise: bytes, at: float, head: bool) -> None:
    data = bytearray((folder / "a.dgn").read_bytes())
    start = int(at * (1600 if head else len(data) - 61))
    data[start : start + len(noise)] = noise
    path = folder / "noise.dgn"
    path.write_bytes(bytes(data))
    with suppress(
        errors.TruncatedSource, errors.UnreadableSource, errors.EncodingNotTold, errors.TooManyEntities
    ):
        read_drawing(path)


def test_the_writer_of_the_tests_writes_words_of_the_vax() -> None:
    assert _vax(1.0) == struct.pack("<4H", 0x4080, 0, 0, 0)
