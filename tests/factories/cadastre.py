"""Lay parcels through SQL, as an officer's role would, holding the fabric locks.

Every function takes an open psycopg connection inside a transaction and returns ids. Coordinates are working
metres (SRID 9212) on the 1 mm grid; `box(x, y, w, h)` gives a rectangle as WKT.
"""

from __future__ import annotations

from typing import Any

import psycopg

SRID = 9212
X0, Y0 = 568_000.0, 1_275_000.0
"""Origin of the test land, in the middle of the former Bình Phước."""

Conn = psycopg.Connection[Any]


def box(x: float, y: float, w: float, h: float) -> str:
    """Return a rectangle `w` x `h` metres whose lower left corner lies (x, y) metres from the origin."""
    a, b, c, d = (round(v, 3) for v in (X0 + x, Y0 + y, X0 + x + w, Y0 + y + h))
    return f"POLYGON(({a} {b},{c} {b},{c} {d},{a} {d},{a} {b}))"


def polygon(*points: tuple[float, float]) -> str:
    """Return a polygon through the points, given in metres from the origin; closed here."""
    ring = ",".join(f"{round(X0 + x, 3)} {round(Y0 + y, 3)}" for x, y in (*points, points[0]))
    return f"POLYGON(({ring}))"


def one(conn: Conn, sql: str, *params: Any) -> Any:
    """Return the first column of the first row."""
    row = conn.execute(sql, params).fetchone()
    assert row is not None, sql
    return row[0]


def land_use_types(conn: Conn) -> None:
    """Make the few land-use types the tests name."""
    conn.execute(
        "INSERT INTO cadastre.land_use_type (code, name_vi, name_en, color, sort) VALUES"
        " ('ODT', 'Đất ở tại đô thị', 'Urban residential', '#ffa0ff', 1),"
        " ('CLN', 'Đất trồng cây lâu năm', 'Perennial crops', '#ffd2a0', 2),"
        " ('DGT', 'Đất công trình giao thông', 'Transport', '#ffaa32', 3) ON CONFLICT DO NOTHING"
    )


def commune(conn: Conn, code: str = "25195", *, name: str = "Phường Bình Phước", geom: str | None = None) -> int:
    """Make a commune valid since July 2025 with land (a square of 10 km unless given); return its id."""
    land_use_types(conn)
    return int(
        one(
            conn,
            "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, geom, folded)"
            " VALUES ('commune', %s, %s, %s, 'phường', '[2025-07-01,)', ST_Multi(ST_GeomFromText(%s, %s)), '')"
            " RETURNING id",
            code,
            name,
            name.removeprefix("Phường ").removeprefix("Xã "),
            geom or box(-5000, -5000, 10_000, 10_000),
            SRID,
        )
    )


def series(conn: Conn, unit_id: int, *, year: int = 2012, kind: str = "cadastral") -> int:
    """Make a map series of a commune; return its id."""
    return int(
        one(
            conn,
            "INSERT INTO cadastre.map_series (code, admin_unit_id, kind, year, srid)"
            " SELECT u.code || '-' || %s || '-' || %s::int, u.id, %s, %s, %s FROM cadastre.admin_unit u"
            " WHERE u.id = %s RETURNING id",
            kind,
            year,
            kind,
            year,
            SRID,
            unit_id,
        )
    )


def record(
    conn: Conn, *, kind: str = "decision", doc_no: str | None = "12/QĐ-UBND", reason: str | None = None
) -> int:
    """Make the document a change stands on; return its id."""
    return int(
        one(
            conn,
            "INSERT INTO cadastre.record (kind, title, doc_no, reason) VALUES (%s, 'Test', %s, %s) RETURNING id",
            kind,
            doc_no,
            reason,
        )
    )


def lock(conn: Conn, place: str | None, *communes: str) -> None:
    """Take the fabric locks around a place and in communes."""
    conn.execute(
        "SELECT cadastre.lock_fabric(ST_GeomFromText(%s, %s), %s)", (place, SRID, list(communes) or ["25195"])
    )


def version(
    conn: Conn,
    unit: int,
    why: int,
    geom: str | None,
    *,
    commune_code: str = "25195",
    uses: dict[str, float] | None = None,
    valid: str = "[2019-05-01,)",
    area: float | None = None,
) -> int:
    """Record one belief about a unit; its legal area is the rounded measured area unless given."""
    legal = area if area is not None else sum(uses.values()) if uses else None
    made = one(
        conn,
        "INSERT INTO cadastre.parcel_version (unit_id, record_id, valid, commune_code, geom, legal_area_m2,"
        " computed_area_m2, computed_srid) SELECT %s, %s, %s::daterange, %s, g,"
        " coalesce(%s::numeric, round(ST_Area(g)::numeric, 1)), ST_Area(g), %s"
        " FROM (SELECT ST_GeomFromText(%s, %s) AS g) x RETURNING id",
        unit,
        why,
        valid,
        commune_code,
        legal,
        SRID,
        geom,
        SRID,
    )
    chosen = [("ODT", None)] if uses is None else list(uses.items())
    for seq, (code, use_area) in enumerate(chosen, 1):
        conn.execute(
            "INSERT INTO cadastre.parcel_use (version_id, seq, use_code, area_m2)"
            " SELECT %s, %s, %s, coalesce(%s::numeric, v.legal_area_m2) FROM cadastre.parcel_version v"
            " WHERE v.id = %s AND coalesce(%s::numeric, v.legal_area_m2) IS NOT NULL",
            (made, seq, code, use_area, made, use_area),
        )
    return int(made)


def parcel(
    conn: Conn,
    geom: str | None,
    *,
    number: str | None = None,
    sheet: str = "12",
    series_id: int | None = None,
    why: int | None = None,
    kind: str = "parcel",
    commune_code: str = "25195",
    code: str | None = None,
    **facts: Any,
) -> int:
    """Make a current unit (locks taken here); return its id."""
    lock(conn, geom, commune_code)
    why = why or record(conn)
    unit = int(
        one(conn, "INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES (%s, %s) RETURNING id", kind, why)
    )
    version(conn, unit, why, geom, commune_code=commune_code, **facts)
    if number is not None:
        conn.execute(
            "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, as_printed, used, record_id)"
            " VALUES (%s, %s, %s, %s, true, '[2012-01-01,)', %s)",
            (unit, series_id, sheet, number, why),
        )
    if code is not None:
        conn.execute(
            "INSERT INTO cadastre.parcel_code (code, unit_id, x, y, srid, lon, lat, datum_shift, algorithm,"
            " tolerance_m) VALUES (%s, %s, 0, 0, %s, 0, 0, 'B', 'given', 0)",
            (code, unit, SRID),
        )
    return unit


def close(conn: Conn, unit: int, why: int) -> None:
    """Stop believing the current version of a unit."""
    conn.execute(
        "UPDATE cadastre.parcel_version SET closed_record_id = %s, recorded = recorded"
        " WHERE unit_id = %s AND upper_inf(recorded) AND upper_inf(valid)",
        (why, unit),
    )


def split(
    conn: Conn,
    parent: int,
    pieces: list[str],
    *,
    valid_from: str = "2026-01-01",
    why: int | None = None,
    **facts: Any,
) -> list[int]:
    """Retire a parcel in favour of `pieces`, valid from a day; return the children."""
    row = conn.execute(
        "SELECT ST_AsText(geom, 3), lower(valid), commune_code FROM cadastre.parcel_version"
        " WHERE unit_id = %s AND upper_inf(recorded) AND upper_inf(valid)",
        (parent,),
    ).fetchone()
    assert row is not None
    geom, since, commune_code = row
    lock(conn, geom, commune_code)
    why = why or record(conn)
    close(conn, parent, why)
    version(conn, parent, why, geom, commune_code=commune_code, valid=f"[{since},{valid_from})")
    children = []
    for piece in pieces:
        unit = int(
            one(
                conn, "INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', %s) RETURNING id", why
            )
        )
        conn.execute(
            "INSERT INTO cadastre.lineage (parent_id, child_id, kind, record_id) VALUES (%s, %s, 'split', %s)",
            (parent, unit, why),
        )
        version(conn, unit, why, piece, commune_code=commune_code, valid=f"[{valid_from},)", **facts)
        children.append(unit)
    return children
