"""Lay a table of land prices through SQL, as an import would: streets are lines in metres from the test origin.

One street of 10 m along y = 0 (from x = 0 to 200, code D1), one of 10 m along x = 0 (D2), an alley of 4 m from D1
northwards at x = 100 (H1). Position 1 fronts a street (bands 0-50, 50-100, beyond), 2 and 3 lie at alleys or near.
"""

from __future__ import annotations

from typing import Any

from tests.factories.cadastre import SRID, X0, Y0, Conn, one

YEAR = "[2026-01-01,)"
RULES = (
    ("other", 1, 1, "frontage", 0, None, 0, None, 100),
    ("other", 2, 2, "alley", 3, None, 0, 100, 60),
    ("other", 3, 3, "distance", 0, None, 0, 100, 40),
    ("other", 4, 4, "rest", 0, None, 0, None, 30),
    ("farm", 1, 1, "distance", 0, None, 0, 200, 100),
    ("farm", 2, 2, "rest", 0, None, 0, None, 70),
)
BANDS = (
    ("other", 1, 1, 0, 50, 100),
    ("other", 1, 2, 50, 100, 70),
    ("other", 1, 3, 100, None, 50),
)
PRICES = (("D1", None, "ODT", 10_000_000), ("D2", None, "ODT", 20_000_000), (None, "KV1", "NNP", 100_000))


def farm_uses(conn: Conn) -> None:
    """Say that perennial crops are farmland, as the code lists do."""
    conn.execute(
        "INSERT INTO cadastre.land_use_type (code, name_vi, name_en, color, sort) VALUES"
        " ('NNP', 'Đất nông nghiệp', 'Agricultural land', '#ffff64', 0) ON CONFLICT DO NOTHING"
    )
    conn.execute("UPDATE cadastre.land_use_type SET parent_code = 'NNP' WHERE code = 'CLN'")


def table(conn: Conn, code: str = "BGD-2026", *, valid: str = YEAR, **changes: Any) -> int:
    """Make a table with its rules, bands, streets and prices; return its id."""
    given = {"tolerance_m": 0.5, "min_frontage_m": 1, "clear_frontage_m": 3, "reach_m": 300} | changes
    made = one(
        conn,
        "INSERT INTO finance.price_table (code, title_vi, title_en, decision_no, decided_on, authority, valid,"
        " certainty, tolerance_m, min_frontage_m, clear_frontage_m, reach_m, unpriced)"
        " VALUES (%s, 'Bảng giá', 'Prices', '01/2025/QĐ', '2025-12-20', 'UBND tỉnh', %s, '?', %s, %s, %s, %s, '{DGT}')"
        " RETURNING id",
        code,
        valid,
        *given.values(),
    )
    for rule in RULES:
        conn.execute(
            "INSERT INTO finance.price_rule VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", (made, *rule)
        )
    for band in BANDS:
        conn.execute("INSERT INTO finance.price_band VALUES (%s, %s, %s, %s, %s, %s, %s)", (made, *band))
    street(conn, made, "D1", [(0, 0), (200, 0)])
    street(conn, made, "D2", [(0, 0), (0, 200)])
    street(conn, made, "H1", [(100, 5), (100, 200)], width=4, leads_to="D1")
    conn.execute(
        "INSERT INTO finance.price_zone (table_id, code, title, communes) VALUES (%s, 'KV1', 'Khu vực 1', '{25195}')",
        (made,),
    )
    for segment, zone, use, price in PRICES:
        row(conn, made, segment, zone, use, price)
    return int(made)


def street(
    conn: Conn,
    table_id: int,
    code: str,
    points: list[tuple[float, float]],
    *,
    width: float = 10,
    leads_to: str | None = None,
) -> None:
    """Add a street, or an alley that leads to one, with the strips of its bands."""
    line = ",".join(f"{X0 + x} {Y0 + y}" for x, y in points)
    conn.execute(
        "INSERT INTO finance.price_segment (table_id, code, kind, street, width_m, leads_to, geom, front)"
        " SELECT %(t)s, %(c)s, CASE WHEN %(l)s::text IS NULL THEN 'street' ELSE 'alley' END, 'Đường ' || %(c)s, %(w)s,"
        " (SELECT id FROM finance.price_segment WHERE table_id = %(t)s AND code = %(l)s), g,"
        " ST_Buffer(g, %(w)s / 2 + 0.5)"
        " FROM ST_GeomFromText(%(g)s, %(s)s) g",
        {"t": table_id, "c": code, "l": leads_to, "w": float(width), "g": f"LINESTRING({line})", "s": SRID},
    )
    conn.execute(
        "INSERT INTO finance.price_strip SELECT s.id, b.land_group, b.position, b.band,"
        " ST_Buffer(s.geom, s.width_m / 2 + b.to_m) FROM finance.price_segment s JOIN finance.price_band b"
        " ON b.table_id = s.table_id AND b.to_m IS NOT NULL"
        " WHERE s.table_id = %s AND s.code = %s AND s.kind = 'street'",
        (table_id, code),
    )


def row(
    conn: Conn,
    table_id: int,
    segment: str | None,
    zone: str | None,
    use: str,
    price: int,
    place: int = 1,
    band: int = 1,
) -> None:
    """Add a price, and let its street know how dear it is."""
    conn.execute(
        "INSERT INTO finance.land_price (table_id, segment_id, zone_id, land_code, position, band, unit_price_vnd)"
        " SELECT %(t)s, (SELECT id FROM finance.price_segment WHERE table_id = %(t)s AND code = %(s)s),"
        " (SELECT id FROM finance.price_zone WHERE table_id = %(t)s AND code = %(z)s), %(u)s, %(n)s, %(b)s, %(p)s",
        {"t": table_id, "s": segment, "z": zone, "u": use, "p": price, "n": place, "b": band},
    )
    conn.execute(
        "UPDATE finance.price_segment SET dearness = greatest(dearness, %s) WHERE table_id = %s AND code = %s",
        (price, table_id, segment),
    )


def factor(
    conn: Conn, table_id: int, kind: str, value: str, *, use: str | None = None, valid: str = YEAR
) -> None:
    """Add a coefficient."""
    conn.execute(
        "INSERT INTO finance.price_factor (table_id, kind, land_code, factor, valid, legal_basis)"
        " VALUES (%s, %s, %s, %s, %s, 'Nghị quyết thử')",
        (table_id, kind, use, value, valid),
    )
