"""The layers and the number of a drawn sheet are found or stated, whatever its text is written in."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.sheet_no import SheetInDoubt, UnknownSheet
from landsvc.geo.formats import errors
from tests.factories import sheet as draw
from tests.factories.sheet import Drawn, Text, at

ROAD, NUMBER, AREA, USE, LENGTH = 23, 31, 32, 33, 34
MORE = {ROAD: "GIAO_THONG", NUMBER: "SO", AREA: "DT", USE: "LOAI", LENGTH: "CANH"}


@pytest.fixture(autouse=True)
def _more_layers(monkeypatch) -> None:
    monkeypatch.setattr(draw, "LAYERS", draw.LAYERS | MORE)


def sheet_of(drawn: Drawn, path: Path, **options):
    """Return the plan and the rows by parcel number."""
    written = getattr(drawn, path.suffix[1:])(path)
    plan = make_plan(Options(path=written, commune="25195", srid=9212, **options), working=9212, variant="B")
    rows = plan.sheet.source.table.to_pylist()
    return plan, {row["parcel_no"]: row for row in rows}


def labelled(rows: dict) -> set:
    """Whether each of the forty parcels has area and use."""
    return {number for number, row in rows.items() if number and row["use_code"] and row["legal_area_m2"]}


ALL = set(map(str, range(1, 41)))


@pytest.mark.parametrize("form", ["dxf", "dgn"])
def test_a_road_edge_on_a_layer_of_its_own_closes_the_parcels_beside_it(tmp_path, form) -> None:
    drawn = draw.sheet()
    drawn.lines["west 0"].level = ROAD
    drawn.lines["road"].level = ROAD
    plan, rows = sheet_of(drawn, tmp_path / f"dc12.{form}")
    names = {"dxf": ["GIAO_THONG", "RANH_THUA"], "dgn": ["10", "23"]}[form]
    assert plan.sheet.choices["boundaries"] == names
    assert labelled(rows) == ALL
    assert plan.sheet.source.drawn == ()


def test_houses_and_the_frame_are_no_boundaries(tmp_path) -> None:
    plan, _ = sheet_of(draw.sheet(), tmp_path / "dc12.dgn")
    assert (plan.sheet.choices["boundaries"], plan.sheet.choices["labels"]) == (["10"], ["13"])
    assert plan.info.layer == "10, 13"


@pytest.mark.parametrize("form", ["dxf", "dgn"])
def test_number_area_and_code_may_lie_on_three_layers_beside_lengths_of_edges(tmp_path, form) -> None:
    drawn = draw.sheet()
    for number in range(21, 41):
        drawn.texts[f"{number} use"], drawn.texts[f"{number} area"] = Text("", 0, 0), Text("", 0, 0)
        x, y = draw.middle(number)
        drawn.texts[f"{number}"] = Text(str(number), x, y + 1, NUMBER)
        drawn.texts[f"{number} area"] = Text("240.0", x, y - 1, AREA)
        drawn.texts[f"{number} use"] = Text("ODT", x - 3, y, USE)
    for number in range(1, 21):
        drawn.texts[f"{number}"].level = NUMBER
        drawn.texts[f"{number} area"].level = AREA
        drawn.texts[f"{number} use"].level = USE
    for number in range(1, 41):
        x, y = draw.corner(number)
        for index, (dx, dy, size) in enumerate([(6, 1, "12.0"), (6, 19, "12.0"), (1, 12, "20.0")]):
            drawn.texts[f"{number} edge {index}"] = Text(size, *at(x + dx, y + dy), LENGTH)
    plan, rows = sheet_of(drawn, tmp_path / f"dc12.{form}")
    assert len(plan.sheet.choices["labels"]) == 3
    assert labelled(rows) == ALL
    assert {row["legal_area_m2"] for number, row in rows.items() if number} == {"240.0"}


def test_stated_layers_are_taken_and_what_they_leave_out_is_guessed(tmp_path) -> None:
    drawn = draw.sheet()
    plan, _ = sheet_of(drawn, tmp_path / "dc12.dxf", layer="ranh_thua,NHAN_THUA")
    assert not plan.sheet.choices["boundariesGuessed"]
    assert not plan.sheet.choices["labelsGuessed"]
    plan, rows = sheet_of(drawn, tmp_path / "dc12.dxf", layer="RANH_THUA")
    assert plan.sheet.choices["labels"] == ["NHAN_THUA"]
    assert labelled(rows) == ALL
    plan, _ = sheet_of(drawn, tmp_path / "dc12.dxf", layer="NHA")
    assert plan.sheet.choices["polygons"] == 1
    with pytest.raises(errors.UnknownLayer, match=r"DUONG.*RANH_THUA"):
        sheet_of(drawn, tmp_path / "dc12.dxf", layer="DUONG")


def test_a_drawing_without_labels_asks_for_the_layer(tmp_path) -> None:
    drawn = draw.sheet()
    drawn.texts = {"sheet": drawn.texts["sheet"]}
    with pytest.raises(errors.SeveralLayers, match="RANH_THUA"):
        sheet_of(drawn, tmp_path / "dc12.dxf")
    plan, _ = sheet_of(drawn, tmp_path / "dc12.dxf", layer="RANH_THUA")
    assert [item.rule for item in plan.sheet.source.drawn] == ["IMP-LABEL-MISSING"] * 42


def test_a_drawing_without_lines_is_empty(tmp_path) -> None:
    drawn = draw.sheet()
    drawn.lines.clear()
    with pytest.raises(errors.NoFeatures):
        sheet_of(drawn, tmp_path / "dc12.dxf")


# ---- which sheet ----


def test_the_sheet_is_stated_or_in_the_frame_or_in_the_name(tmp_path) -> None:
    drawn = draw.sheet()
    assert sheet_of(drawn, tmp_path / "ban do.dxf")[1]["7"]["sheet_no"] == "12"
    assert sheet_of(drawn, tmp_path / "ban do.dxf", sheet="77")[1]["7"]["sheet_no"] == "77"
    with pytest.raises(SheetInDoubt, match=r"sheet 13.*12"):
        sheet_of(drawn, tmp_path / "dc13.dxf")
    assert sheet_of(drawn, tmp_path / "dc13.dxf", sheet="13")[1]["7"]["sheet_no"] == "13"
    del drawn.texts["sheet"]
    assert sheet_of(drawn, tmp_path / "dc13.dxf")[1]["7"]["sheet_no"] == "13"
    with pytest.raises(UnknownSheet):
        sheet_of(drawn, tmp_path / "ban do.dxf")


# ---- encodings ----

VNI = {"ờ": "ôø", "ả": "aû", "đ": "ñ", "ồ": "oà", "ố": "oá"}
TITLE = "Tờ bản đồ số: 12"


def eight_bit(encoding: str) -> bytes:
    match encoding:
        case "TCVN3":
            return draw.tcvn3(TITLE)
        case "VNI":
            return "".join(VNI.get(letter, letter) for letter in TITLE).encode("latin-1")
    # Windows-1258 writes some marks after their letter.
    split = "".join(_windows(letter) for letter in TITLE)
    return split.encode("cp1258")


def _windows(letter: str) -> str:
    try:
        letter.encode("cp1258")
    except UnicodeEncodeError:
        *base, mark = unicodedata.normalize("NFD", letter)
        return unicodedata.normalize("NFC", "".join(base)) + mark
    return letter


@pytest.mark.parametrize("encoding", ["TCVN3", "VNI", "windows-1258"])
@pytest.mark.parametrize("form", ["dxf", "dgn"])
@pytest.mark.parametrize("stated", [False, True])
def test_text_in_old_encodings_is_read(tmp_path, form, encoding, stated) -> None:
    drawn = draw.sheet()
    for name in ("title", "sheet"):
        drawn.texts[name].text = "Q" * len(eight_bit(encoding))
    path = getattr(drawn, form)(tmp_path / f"map.{form}")
    path.write_bytes(path.read_bytes().replace(b"Q" * len(eight_bit(encoding)), eight_bit(encoding)))
    options = Options(path=path, commune="25195", srid=9212, encoding=encoding if stated else None)
    plan = make_plan(options, working=9212, variant="B")
    assert plan.sheet.choices["sheet"] == "12"
    assert (plan.info.encoding, plan.info.encoding_guessed) == (encoding, not stated)


@pytest.mark.parametrize(
    ("version", "text", "encoding"),
    [
        ("R2010", TITLE, "UTF-8"),
        ("R2010", unicodedata.normalize("NFD", TITLE), "UTF-8 (decomposed)"),
        ("R2010", draw.tcvn3(TITLE).decode("latin-1"), "TCVN3"),
        ("R2000", TITLE, "UTF-8"),
        ("R12", TITLE, "UTF-8"),
    ],
)
def test_text_of_new_and_old_dxf_is_read(tmp_path, version, text, encoding) -> None:
    drawn = draw.sheet()
    drawn.texts["sheet"].text = text
    if encoding == "TCVN3":
        # One short text alone may read as Vietnamese either way.
        drawn.texts["title"].text = draw.tcvn3("Bản đồ địa chính xã Tân Phú, huyện Đồng Phú").decode("latin-1")
    options = Options(path=drawn.dxf(tmp_path / "map.dxf", version=version), srid=9212, layer="RANH_THUA")
    plan = make_plan(options, working=9212, variant="B")
    assert (plan.sheet.choices["sheet"], plan.info.encoding) == ("12", encoding)


def test_the_plan_says_what_was_chosen(tmp_path) -> None:
    plan, _ = sheet_of(draw.sheet(), tmp_path / "dc12.dgn")
    said = "\n".join(plan.lines())
    assert "boundaries on 10 (guessed)" in said
    assert "labels on 13 (guessed)" in said
    assert "sheet 12 (from the frame text); gaps up to 0.05 m are closed" in said
