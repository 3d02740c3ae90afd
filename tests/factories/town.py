"""Lay a small town for the browser: a block of parcels, a plan in force, one to come, a power line, a split."""

from __future__ import annotations

from landsvc.geo import crs
from tests.factories import cadastre as land
from tests.factories import planning as plans
from tests.factories.cadastre import Conn

WIDTH, DEPTH = 14.0, 26.0
COLUMNS, ROWS = 10, 4
FIRST_NUMBER = 101
USES: tuple[dict[str, float], ...] = ({"ODT": 364.0}, {"ODT": 124.0, "CLN": 240.0}, {"CLN": 364.0})


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place in metres from the origin of the test land."""
    return crs.transform_point(land.X0 + x, land.Y0 + y, land.SRID, crs.WGS84, "B")


def corner(number: int) -> tuple[float, float]:
    """Return the lower left corner of a parcel, in metres from the origin."""
    row, column = divmod(number - FIRST_NUMBER, COLUMNS)
    return column * WIDTH, row * (DEPTH + (10 if row > 1 else 0))


def middle(number: int) -> tuple[float, float]:
    """Return longitude and latitude of a parcel's middle."""
    x, y = corner(number)
    return lonlat(x + WIDTH / 2, y + DEPTH / 2)


def lay(conn: Conn) -> None:
    """Lay the town."""
    here = land.commune(conn, "25195", name="Phường Bình Phước", geom=land.box(-8000, -8000, 16000, 16000))
    land.commune(conn, "25432", name="Xã Tân Khai", geom=land.box(8000, -8000, 16000, 16000))
    conn.execute("UPDATE cadastre.admin_unit SET folded = geo.vn_fold(name)")
    sheet = land.series(conn, here)
    why = land.record(conn)
    for number in range(FIRST_NUMBER, FIRST_NUMBER + COLUMNS * ROWS):
        land.parcel(
            conn,
            land.box(*corner(number), WIDTH, DEPTH),
            number=str(number),
            series_id=sheet,
            why=why,
            uses=USES[number % len(USES)],
        )
    _plans(conn)
    conn.commit()  # what is closed must have been known before
    _split(conn, sheet)
    plans.refresh(conn)


def _plans(conn: Conn) -> None:
    plans.themes(conn)
    wide = land.box(-300, -300, 800, 800)
    now = plans.plan(conn, "QH-2030")
    for theme in ("land_use_plan", "power_corridor", "heritage"):
        plans.coverage(conn, now, wide, theme=theme)
    # The road takes the lowest 8 m of the first row; homes and trees share the rest.
    plans.zone(conn, now, land.box(-300, -20, 800, 28), code="DGT", name="Đường quy hoạch")
    plans.zone(conn, now, land.box(-300, 8, 360, 400), code="ODT", use_code="ODT")
    plans.zone(conn, now, land.box(60, 8, 440, 400), code="CLN", use_code="CLN")
    plans.zone(
        conn, now, land.box(30, -300, 9, 800), theme="power_corridor", code="HL110", use_code=None,
        name="Hành lang đường dây 110 kV",
    )  # fmt: skip
    later = plans.plan(conn, "QH-2040", status="consultation", valid="[2030-01-01,)")
    plans.coverage(conn, later, wide)
    plans.zone(
        conn, later, land.box(-20, -20, 90, 60), code="DGT", name="Quảng trường mới", valid="[2030-01-01,)"
    )


def _split(conn: Conn, sheet: int) -> None:
    """Parcel 140 is divided in two: 141 and 142."""
    parent = int(land.one(conn, "SELECT unit_id FROM cadastre.parcel WHERE number = '140'"))
    x, y = corner(140)
    pieces = [land.box(x, y, WIDTH, 12), land.box(x, y + 12, WIDTH, DEPTH - 12)]
    children = land.split(conn, parent, pieces)
    for child, number in zip(children, ("141", "142"), strict=True):
        conn.execute(
            "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, used, record_id)"
            " SELECT %s, %s, '12', %s, '[2026-01-01,)', record_id FROM cadastre.parcel_unit WHERE id = %s",
            (child, sheet, number, child),
        )
