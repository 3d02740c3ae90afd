"""Lay plans, zones and coverage through SQL, as the import role may.

Coordinates as in `factories.cadastre`: WKT in the working system, metres. Ids are returned. Nothing is
refreshed by itself: `refresh` computes the kept overlay, as an import or the worker would.
"""

from __future__ import annotations

from typing import Any

from tests.factories.cadastre import SRID, Conn, one

THEMES = (
    ("land_use_plan", "Quy hoạch sử dụng đất", "Land-use plan", "polygon", "zones"),
    ("zoning", "Quy hoạch đô thị và nông thôn", "Urban and rural construction zoning", "polygon", "zones"),
    ("power_corridor", "Hành lang an toàn lưới điện", "Power line safety corridor", "polygon", "restrictions"),
    ("road_line", "Chỉ giới đường đỏ", "Street red line", "line", "restrictions"),
    ("survey_mark", "Mốc đo đạc, mốc giới", "Survey and boundary mark", "point", "restrictions"),
    ("heritage", "Khu vực bảo vệ di tích", "Heritage protection zone", "polygon", "restrictions"),
)


def themes(conn: Conn) -> None:
    """Make the themes the tests name."""
    for sort, row in enumerate(THEMES, 1):
        conn.execute(
            "INSERT INTO planning.theme (code, name_vi, name_en, kind, layer, sort) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (code) DO NOTHING",
            (*row, sort),
        )


def theme_id(conn: Conn, code: str) -> int:
    """Return the id of a theme, made if it is not there."""
    themes(conn)
    return int(one(conn, "SELECT id FROM planning.theme WHERE code = %s", code))


def plan(
    conn: Conn,
    code: str = "QH-2030",
    *,
    status: str = "approved",
    valid: str = "[2022-03-01,)",
    level: str = "province",
    scale: int | None = 5000,
    accuracy: float | None = 1.5,
    name_en: str | None = None,
    link: str | None = None,
    decided_on: str = "2022-03-01",
) -> int:
    """Make a plan with one version; return the plan's id."""
    made = int(one(conn, "INSERT INTO planning.plan (code) VALUES (%s) RETURNING id", code))
    told = {"level": level, "scale": scale, "accuracy": accuracy, "name_en": name_en, "link": link}
    plan_version(conn, made, status=status, valid=valid, decided_on=decided_on, **told)
    return made


def plan_version(
    conn: Conn,
    plan_id: int,
    *,
    status: str = "approved",
    valid: str = "[2022-03-01,)",
    level: str = "province",
    scale: int | None = 5000,
    accuracy: float | None = 1.5,
    name_en: str | None = None,
    link: str | None = None,
    decided_on: str = "2022-03-01",
) -> int:
    """Record one belief about a plan."""
    return int(
        one(
            conn,
            "INSERT INTO planning.plan_version (plan_id, level, name, name_en, decision, decided_on, authority, status,"
            " source_scale, accuracy_m, valid, link) VALUES (%s, %s, 'Quy hoạch thử', %s, '1234/QĐ-UBND', %s,"
            " 'UBND tỉnh', %s, %s, %s, %s, %s) RETURNING id",
            plan_id,
            level,
            name_en,
            decided_on,
            status,
            scale,
            accuracy,
            valid,
            link,
        )
    )


def zone(
    conn: Conn,
    plan_id: int,
    geom: str,
    *,
    theme: str = "land_use_plan",
    code: str = "DGT",
    use_code: str | None = "DGT",
    accuracy: float | None = 1.5,
    valid: str = "[2022-03-01,)",
    **facts: Any,
) -> int:
    """Make a zone; return its id. `facts` are further columns (status, corridor_m, name, ...)."""
    columns = {"legal_source": None, **facts}
    names = "".join(f", {name}" for name in columns)
    places = ", %s" * len(columns)
    return int(
        one(
            conn,
            "INSERT INTO planning.zone (plan_id, theme_id, code, use_code, source_scale, accuracy_m, valid, geom"
            f"{names})"
            f" VALUES (%s, %s, %s, %s, 5000, %s, %s, ST_GeomFromText(%s, %s){places}) RETURNING id",
            plan_id,
            theme_id(conn, theme),
            code,
            use_code,
            accuracy,
            valid,
            geom,
            SRID,
            *columns.values(),
        )
    )


def coverage(conn: Conn, plan_id: int, geom: str, *, theme: str = "land_use_plan") -> int:
    """Say where a plan speaks about a theme."""
    return int(
        one(
            conn,
            "INSERT INTO planning.plan_coverage (plan_id, theme_id, geom) VALUES (%s, %s, ST_GeomFromText(%s, %s))"
            " RETURNING id",
            plan_id,
            theme_id(conn, theme),
            geom,
            SRID,
        )
    )


def end_zone(conn: Conn, zone_id: int) -> None:
    """Stop believing a zone."""
    conn.execute("UPDATE planning.zone SET recorded = recorded WHERE id = %s", (zone_id,))


def refresh(conn: Conn, *units: int) -> int:
    """Compute the kept overlay of these parcels, or of all."""
    return int(
        one(
            conn,
            "SELECT planning.refresh_parcels(coalesce(%s, (SELECT array_agg(unit_id) FROM cadastre.parcel)))",
            list(units) or None,
        )
    )
