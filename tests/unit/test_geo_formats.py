"""Files of every kind an office has: read whole, or refused with one clear sentence."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import shapely
from landsvc.core.errors import InvalidInput
from landsvc.geo import crs
from landsvc.geo.formats import errors, inspect, read_batches
from landsvc.geo.formats.curves import arc_points, linearise
from pyogrio.raw import write
from tests.factories.office_files import FAMIS, MapInfo, famis, mif, sheet
from tests.factories.old_text import write as write_old

COUNT = 50
NAMES = ["Đất ở tại đô thị", "Phường Bình Phước", None, "ấp Tân Hòa", "tờ 12"]
ROWS = np.arange(COUNT)
BOXES = shapely.box(568_000.0 + ROWS * 10, 1_275_000.0, 568_010.0 + ROWS * 10, 1_275_010.0)
DRIVERS = {
    "a.gpkg": "GPKG",
    "a.shp": "ESRI Shapefile",
    "a.geojson": "GeoJSON",
    "a.fgb": "FlatGeobuf",
    "a.gml": "GML",
    "a.tab": "MapInfo File",
    "a.mif": "MapInfo File",
    "a.gdb": "OpenFileGDB",
    "a.csv": "CSV",
}

NO_NULLS = {"a.csv", "a.tab", "a.mif"}


def save(path: Path, shapes=BOXES, srid: int | None = 9212, **options) -> Path:
    """Write boxes with a name and a number through GDAL, as another program would."""
    driver = DRIVERS[f"a{path.suffix}"]
    if driver == "CSV":
        options["GEOMETRY"] = "AS_WKT"
    names = np.array([NAMES[row % len(NAMES)] for row in range(len(shapes))], dtype=object)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        write(
            path,
            geometry=shapely.to_wkb(shapes),
            field_data=[names, np.arange(len(shapes), dtype=np.int32)],
            fields=["name", "num"],
            geometry_type=options.pop("geometry_type", "Polygon"),
            driver=driver,
            crs=None if srid is None else f"EPSG:{srid}",
            **options,
        )
    return path


def read(path: Path, **options):
    info = inspect(path, **options)
    return info, list(read_batches(path, info, batch=20))


@pytest.mark.parametrize("name", DRIVERS)
def test_every_format_gives_its_geometry_and_fields(tmp_path: Path, name: str) -> None:
    info, batches = read(save(tmp_path / name))
    shapes = np.concatenate([batch.geometry for batch in batches])
    names = [value for batch in batches for value in batch.columns["name"]]
    assert info.driver == DRIVERS[name]
    assert info.count == len(shapes) == COUNT
    assert info.crs_srid == (None if name == "a.csv" else 9212)
    assert [batch.row0 for batch in batches] == list(range(0, COUNT, 20))[: len(batches)]
    # FlatGeobuf stores in the order of its index, MapInfo on a grid of its own of about a centimetre.
    assert sorted(map(str, names)) == sorted(
        str(NAMES[row % 5] or ("" if name in NO_NULLS else None)) for row in ROWS
    )
    assert shapely.area(shapes).sum() == pytest.approx(100 * COUNT, rel=2e-3)
    assert not shapely.union_all(shapes).difference(shapely.union_all(BOXES)).area > 20


def test_columns_can_be_chosen_and_unknown_ones_are_named(tmp_path: Path) -> None:
    path = save(tmp_path / "a.gpkg")
    info = inspect(path)
    assert list(next(iter(read_batches(path, info, columns=["num"]))).columns) == ["num"]
    with pytest.raises(errors.UnknownField, match=r"parcel.*name, num"):
        next(iter(read_batches(path, info, columns=["parcel"])))


def test_drawing_layers_are_layers_and_closed_lines_areas(tmp_path: Path) -> None:
    path = tmp_path / "sheet.dxf"
    rings = shapely.get_exterior_ring(BOXES)
    layers = np.array(["RANH_THUA", "GIAO_THONG"] * (COUNT // 2), dtype=object)
    with pytest.warns(UserWarning, match="crs"):
        write(
            path, shapely.to_wkb(rings), [layers], ["Layer"], geometry_type="LineString", driver="DXF", crs=None
        )
    with pytest.raises(errors.SeveralLayers, match="GIAO_THONG, RANH_THUA"):
        inspect(path)
    info, batches = read(path, layer="RANH_THUA")
    shapes = np.concatenate([batch.geometry for batch in batches])
    assert (info.crs_srid, len(shapes)) == (None, COUNT // 2)
    assert shapely.area(shapes).sum() == pytest.approx(100 * COUNT / 2)
    assert sum(len(batch.notes.lines_closed) for batch in batches) == COUNT // 2


def test_one_of_several_layers_must_be_named(tmp_path: Path) -> None:
    path = save(tmp_path / "a.gpkg", layer="parcels")
    save(path, layer="zones", append=True)
    with pytest.raises(errors.SeveralLayers, match="parcels, zones"):
        inspect(path)
    assert inspect(path, layer="Zones").layer == "zones"
    with pytest.raises(errors.UnknownLayer, match=r"roads.*parcels, zones"):
        inspect(path, layer="roads")


def test_csv_takes_wkt_or_coordinates_and_keeps_leading_zeros(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("x,y,code\n568850.12,1275706.94,00123\n568851,1275707,00124\n", encoding="utf-8")
    info, (batch,) = read(path)
    assert shapely.get_coordinates(batch.geometry[0]).tolist() == [[568850.12, 1275706.94]]
    assert batch.columns["code"] == ["00123", "00124"]
    assert info.crs_srid is None


# ---- what is wrong with a file ----


def test_missing_empty_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.SourceNotFound):
        inspect(tmp_path / "nowhere.shp")
    for name, content in (("empty.gpkg", b""), ("note.txt", b"hello"), ("a.zip", b"PK\x03\x04ffff")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(errors.UnreadableSource) as caught:
            inspect(tmp_path / name)
        assert "GeoPackage" in caught.value.way_out()


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.fgb", "a.gml"])
def test_truncated_files_are_refused(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / name)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises((errors.TruncatedSource, errors.UnreadableSource)):
        read(path)


LEADERS = {
    "vrt": '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{path}</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>",
    "pipeline": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector convert {path} streamed"}}',
    "service": "<OGRWFSDataSource><URL>http://127.0.0.1:9/</URL></OGRWFSDataSource>",
}


@pytest.mark.parametrize("kind", LEADERS)
@pytest.mark.parametrize("name", ["b.geojson", "b.gml", "b.gpkg", "b.zip"])
def test_a_file_that_leads_to_other_files_or_addresses_is_not_read(tmp_path, kind, name):
    text = LEADERS[kind].format(path=save(tmp_path / "a.gpkg"))
    if name == "b.zip":
        with ZipFile(tmp_path / name, "w") as packed:
            packed.writestr("b.geojson", text)
    else:
        (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInput) as told:
        inspect(tmp_path / name)
    assert isinstance(told.value, (errors.UnreadableSource, errors.TruncatedSource))


def test_a_truncated_table_beside_a_shapefile_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.shp")
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-300])
    with pytest.raises(errors.TruncatedSource, match=r"announces 50 rows"):
        inspect(path)


def test_a_shapefile_without_its_index_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.shp")
    path.with_suffix(".shx").unlink()
    with pytest.raises(InvalidInput):
        inspect(path)


def test_microstation_v8_is_named_and_a_way_out_given(tmp_path: Path) -> None:
    path = tmp_path / "sheet.dgn"
    path.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600))
    with pytest.raises(errors.MicrostationV8) as caught:
        inspect(path)
    assert "V7" in caught.value.way_out()


def test_a_table_without_geometry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("code,name\n1,a\n", encoding="utf-8")
    with pytest.raises(errors.NoGeometry):
        inspect(path)


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.UnknownEncoding, match="klingon"):
        inspect(save(tmp_path / "a.gpkg"), encoding="klingon")


# ---- text ----


def dbf(path: Path, raw: list[bytes], declared: str | None = None) -> Path:
    """Write a Shapefile whose text is exactly these bytes."""
    save(path, BOXES[: len(raw)])
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if declared:
        path.with_suffix(".cpg").write_text(declared)
    width = 40
    fields = b"NAME".ljust(11, b"\0") + b"C" + bytes(4) + bytes([width, 0]) + bytes(14)
    header = struct.pack("<BBBBIHH20x", 3, 126, 1, 1, len(raw), 65, width + 1) + fields + b"\r"
    rows = b"".join(b" " + value.ljust(width) for value in raw)
    path.with_suffix(".dbf").write_bytes(header + rows + b"\x1a")
    return path


TEXTS = ["đất ở tại đô thị", "phường bình phước", "ấp tân hòa"]
WRITTEN = {
    "UTF-8": [text.encode() for text in TEXTS],
    "TCVN3": [text.encode("latin-1") for text in ("®Êt ë t¹i ®« thÞ", "ph\xadêng b×nh ph\xadíc", "Êp t©n hßa")],
    "VNI": [text.encode("latin-1") for text in ("ñaát ôû taïi ñoâ thò", "phöôøng bình phöôùc", "aáp taân hoøa")],
    "windows-1258": [
        text.encode("cp1258")
        for text in (
            "đâ\u0301t ơ\u0309 ta\u0323i đô thi\u0323",
            "phươ\u0300ng bi\u0300nh phươ\u0301c",
            "â\u0301p tân ho\u0300a",
        )
    ],
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("declared", [None, "1258", "UTF-8", "ISO-8859-1"])
def test_shapefile_text_is_read_whatever_the_file_says_of_it(
    tmp_path: Path, name: str, declared: str | None
) -> None:
    info, (batch,) = read(dbf(tmp_path / "a.shp", WRITTEN[name], declared))
    assert batch.columns["NAME"] == TEXTS
    assert info.encoding == name
    assert info.encoding_guessed == (not (name == declared == "UTF-8"))


def test_mixed_text_is_read_value_by_value_and_counted(tmp_path: Path) -> None:
    raw = WRITTEN["TCVN3"] + WRITTEN["UTF-8"][:1]
    info, (batch,) = read(dbf(tmp_path / "a.shp", raw))
    assert batch.columns["NAME"] == [*TEXTS, TEXTS[0]]
    assert info.encoding_mixed
    assert sum(batch.notes.encodings.values()) == 1


def test_accents_behind_thousands_of_plain_rows_are_seen(tmp_path: Path) -> None:
    lot, names = sheet()[0], ["Tan Phu"] * 5000 + [TEXTS[0]]
    path = famis(tmp_path / "a.shp", [replace(lot, address=name, holder="") for name in names], "TCVN3")
    info = inspect(path)
    assert (info.encoding, info.encoding_guessed) == ("TCVN3", True)
    *_, last = read_batches(path, info, columns=["DIACHI"])
    assert last.columns["DIACHI"][-1] == TEXTS[0]


def test_a_value_written_otherwise_behind_the_sample_is_read_and_counted(tmp_path: Path) -> None:
    rows = [f"Tổ {row}, ấp Tân Hòa" for row in range(2500)]
    raw = [write_old(text, "TCVN3") for text in rows] + [write_old("Hẻm 41, đường Hùng Vương", "VNI")]
    path = tmp_path / "a.csv"
    path.write_bytes(b"x,y,name\n" + b"\n".join(b'568850,1275706,"' + value + b'"' for value in raw) + b"\n")
    info = inspect(path)
    assert (info.encoding, info.encoding_mixed) == ("TCVN3", False)
    (batch,) = read_batches(path, info)
    assert batch.columns["name"][-1] == "Hẻm 41, đường Hùng Vương"
    assert batch.notes.encodings == {"VNI": 1}


@pytest.mark.parametrize("declared", [None, "UTF-8"])
def test_text_that_reads_in_nothing_is_refused_with_its_readings(tmp_path: Path, declared: str | None) -> None:
    path = dbf(tmp_path / "a.shp", ["Café Müller".encode("cp1252")], declared)
    with pytest.raises(errors.EncodingNotTold, match="windows-1252: Café Müller") as caught:
        inspect(path)
    assert "--encoding" in caught.value.way_out()
    assert inspect(path, encoding="1252").encoding == "windows-1252"


def test_fields_of_a_mapinfo_table_may_have_names_with_accents(tmp_path: Path) -> None:
    columns = [
        replace(column, name=write_old("Địa_chỉ", "TCVN3").decode("latin-1"))
        if column.fact == "address"
        else column
        for column in FAMIS
    ]
    path = mif(tmp_path / "a.mif", sheet(), "TCVN3", MapInfo(columns=columns))
    info, (first, *_) = read(path)
    assert [item.name for item in info.fields][5] == "Địa_chỉ"
    assert first.columns["Địa_chỉ"][0] == sheet()[0].address


def test_a_stated_encoding_wins(tmp_path: Path) -> None:
    info, (batch,) = read(dbf(tmp_path / "a.shp", [b"\xca"]), encoding="TCVN3")
    assert (info.encoding, info.encoding_guessed) == ("TCVN3", False)
    assert batch.columns["NAME"] == ["ấ"]


def test_csv_in_an_old_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = b"\n".join(b"568850,1275706," + raw for raw in WRITTEN["TCVN3"])
    path.write_bytes(b"x,y,name\n" + rows + b"\n")
    info, (batch,) = read(path)
    assert info.encoding == "TCVN3"
    assert batch.columns["name"] == TEXTS


# ---- geometry ----

GML = """<?xml version="1.0" encoding="utf-8"?>
<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml/3.2" gml:id="a">
<ogr:featureMember><ogr:p gml:id="p.0"><ogr:geom><gml:Polygon gml:id="g0" srsName="urn:ogc:def:crs:EPSG::9212">
<gml:exterior><gml:Ring><gml:curveMember><gml:Curve><gml:segments>
<gml:LineStringSegment><gml:posList>500000 1200000 500010 1200000</gml:posList></gml:LineStringSegment>
<gml:Arc><gml:posList>500010 1200000 500015 1200005 500010 1200010</gml:posList></gml:Arc>
<gml:LineStringSegment><gml:posList>500010 1200010 500000 1200010 500000 1200000</gml:posList></gml:LineStringSegment>
</gml:segments></gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:Polygon></ogr:geom></ogr:p>
</ogr:featureMember></ogr:FeatureCollection>
"""


def test_arcs_become_chords_within_a_millimetre_and_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "arc.gml"
    path.write_text(GML, encoding="utf-8")
    _, (batch,) = read(path)
    shape = batch.geometry[0]
    exact = 100 + np.pi * 25 / 2
    arc_length = np.pi * 5
    assert batch.notes.linearised == (0,)
    assert 0 < exact - shape.area <= 0.001 * arc_length
    points = shapely.get_coordinates(shape)
    arc = points[points[:, 0] > 500_010]
    assert np.abs(np.hypot(arc[:, 0] - 500_010, arc[:, 1] - 1_200_005) - 5).max() < 1e-9


def test_an_arc_gives_the_same_points_in_both_directions() -> None:
    start, middle, end = np.array([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0]]) * 7 + 500_000
    forth = np.vstack([start, arc_points(start, middle, end, 0.001)])
    back = np.vstack([end, arc_points(end, middle, start, 0.001)])
    assert np.array_equal(forth, back[::-1])


def test_circles_straight_arcs_and_curves_in_collections_are_read() -> None:
    def circular(*points: tuple[float, float]) -> bytes:
        return struct.pack("<BII", 1, 8, len(points)) + np.array(points, dtype="<f8").tobytes()

    disc = struct.pack("<BII", 1, 10, 1) + circular((0, 0), (10, 0), (0, 0))
    assert linearise(disc, 0.001).area == pytest.approx(np.pi * 25, abs=0.04)
    assert linearise(struct.pack("<BII", 1, 12, 1) + disc, 0.001).geom_type == "MultiPolygon"
    assert shapely.get_num_points(linearise(circular((0, 0), (5, 0), (10, 0)), 0.001)) == 2
    assert linearise(struct.pack("<BII", 1, 7, 1) + disc, 0.001).geom_type == "GeometryCollection"
    with_z = struct.pack("<BII", 1, 1008, 3) + np.array([[0, 0, 1], [1, 1, 1], [2, 0, 1]], "<f8").tobytes()
    assert not linearise(with_z, 0.01).has_z


def test_heights_are_dropped_and_reported(tmp_path: Path) -> None:
    _, (batch,) = read(save(tmp_path / "a.gpkg", shapely.force_3d(BOXES[:3], 4.0), geometry_type="Polygon Z"))
    assert batch.notes.z_dropped == (0, 1, 2)
    assert not shapely.has_z(batch.geometry).any()


def test_an_open_ring_is_closed_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "open.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":1},"geometry":'
        '{"type":"Polygon","coordinates":[[[106.8,11.5],[106.9,11.5],[106.9,11.6],[106.8,11.6]]]}}]}'
    )
    _, (batch,) = read(path)
    assert batch.geometry[0].is_valid
    assert batch.notes.rings_closed == (0,)


def test_a_row_without_geometry_is_none(tmp_path: Path) -> None:
    path = tmp_path / "none.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":1},"geometry":null},'
        '{"type":"Feature","properties":{"n":2},"geometry":{"type":"Point","coordinates":[106.8,11.5]}}]}'
    )
    _, (batch,) = read(path)
    assert batch.geometry[0] is None
    assert batch.columns["n"] == [1, 2]


def test_feet_are_not_metres_when_arcs_are_cut(tmp_path: Path) -> None:
    """One millimetre is a third of that number in a file in feet."""
    path = tmp_path / "arc.gml"
    path.write_text(GML.replace("9212", "2249"), encoding="utf-8")
    assert inspect(path).crs_srid == 2249
    _, (feet,) = read(path)
    assert [item.name for item in tmp_path.iterdir()] == ["arc.gml"]
    path.write_text(GML, encoding="utf-8")
    _, (metres,) = read(path)
    assert shapely.get_num_coordinates(feet.geometry[0]) < shapely.get_num_coordinates(metres.geometry[0])


def test_reading_leaves_coordinates_to_our_own_transformation(tmp_path: Path) -> None:
    """GDAL knows two shifts for this file; what comes out is what was written, to the last bit."""
    shapes = crs.transform(BOXES, 9212, crs.VN2000_GEOGRAPHIC, "B")
    path = save(tmp_path / "a.gpkg", shapes, srid=4756)
    _, batches = read(path)
    found = np.concatenate([batch.geometry for batch in batches])
    assert np.array_equal(shapely.get_coordinates(found), shapely.get_coordinates(shapes))


def test_a_folder_of_shapefiles_lists_its_layers(tmp_path: Path) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    save(folder / "one.shp")
    for part in folder.glob("one.*"):
        shutil.copy(part, folder / f"two{part.suffix}")
    with pytest.raises(errors.SeveralLayers, match=r"one|two"):
        inspect(folder)
    assert inspect(folder, layer="two").count == COUNT


def test_a_process_that_inherits_the_formats_switched_off_is_not_warned_of_them():
    # This process has the list in its environment already, as each that the service starts.
    done = subprocess.run(
        [sys.executable, "-c", "import landsvc, pyogrio"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
