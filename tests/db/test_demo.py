"""The demo province keeps every invariant, is the same for the same seed, and shows what a register meets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import shapely
from landsvc.core.db import IMPORT_ROLE, Database, driver_connection
from landsvc.demo import service
from landsvc.demo.errors import LandNotEmpty, OtherDemo, TooManyParcels
from landsvc.demo.service import DemoSummary
from tests.conftest import opened
from tests.factories import cadastre

PARCELS = 1_500
FINGERPRINT = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
  SELECT concat_ws('|', kind, issuing_code, sheet, number, code, use_label, legal_area_m2, address, valid_from,
                   encode(ST_AsBinary(geom), 'hex')) AS line FROM cadastre.parcel
   UNION ALL
  SELECT concat_ws('|', p.code, t.code, z.code, z.name, z.corridor_m, encode(ST_AsBinary(z.geom), 'hex'))
    FROM planning.zone z JOIN planning.plan p ON p.id = z.plan_id JOIN planning.theme t ON t.id = z.theme_id) f
"""


@dataclass(frozen=True)
class Demo:
    """A loaded demo: its database, what the load said, and a connection as owner."""

    database: Database
    summary: DemoSummary
    conn: psycopg.Connection[Any]

    def one(self, sql: str, *params: object) -> Any:
        row = self.conn.execute(sql, params).fetchone()
        assert row is not None
        return row[0]

    def rows(self, sql: str, *params: object) -> list[Any]:
        return self.conn.execute(sql, params).fetchall()


@pytest.fixture(scope="module")
def demo(make_clone: Callable[..., AbstractContextManager[str]]) -> Iterator[Demo]:
    with make_clone() as dsn, opened(dsn) as database:
        summary = service.load_demo(database, parcels=PARCELS, seed=3)
        with psycopg.connect(dsn, autocommit=True) as conn:
            yield Demo(database, summary, conn)


def test_demo_has_exactly_the_parcels_asked_for(demo: Demo) -> None:
    assert demo.one("SELECT count(*) FROM cadastre.parcel WHERE kind = 'parcel'") == PARCELS
    unmapped = demo.one("SELECT count(*) FROM cadastre.parcel WHERE kind = 'parcel' AND geom IS NULL")
    assert unmapped == demo.summary.unmapped > 0


def test_demo_is_found_again(demo: Demo) -> None:
    assert service.demo_present(demo.database)
    before = demo.one("SELECT count(*) FROM cadastre.parcel_version")
    again = service.load_demo(demo.database, parcels=PARCELS, seed=3)
    assert again == demo.summary
    assert demo.one("SELECT count(*) FROM cadastre.parcel_version") == before


def test_another_demo_is_refused_where_one_stands(demo: Demo) -> None:
    with pytest.raises(OtherDemo):
        service.load_demo(demo.database, parcels=PARCELS, seed=4)


def test_same_seed_gives_the_same_land(
    demo: Demo, make_clone: Callable[..., AbstractContextManager[str]]
) -> None:
    found = []
    for seed in (3, 4):
        with make_clone() as dsn, opened(dsn) as database, psycopg.connect(dsn) as conn:
            service.load_demo(database, parcels=PARCELS, seed=seed)
            row = conn.execute(FINGERPRINT).fetchone()
            assert row is not None
            found.append(row[0])
    same, other = found
    assert same == demo.one(FINGERPRINT) != other


def test_parcels_and_roads_share_every_corner(demo: Demo) -> None:
    """Only the admitted overlaps keep two neighbours from holding the same corners."""
    admitted = {unit for pair in demo.rows("SELECT unit_a, unit_b FROM cadastre.known_overlap") for unit in pair}
    for (commune,) in demo.rows("SELECT DISTINCT commune_code FROM cadastre.parcel"):
        rows = demo.rows(
            "SELECT unit_id, ST_AsBinary(geom) FROM cadastre.parcel WHERE commune_code = %s AND geom IS NOT NULL",
            commune,
        )
        edges = shapely.coverage_invalid_edges(shapely.from_wkb([row[1] for row in rows]))
        bad = {row[0] for row, edge in zip(rows, edges, strict=True) if not edge.is_empty}
        assert bad <= admitted


def test_mapped_extent_is_filled_without_gaps(demo: Demo) -> None:
    gap = demo.one(
        "SELECT sum(ST_Area(ST_Difference(e.geom, p.geom))) + sum(ST_Area(ST_Difference(p.geom, e.geom)))"
        " FROM cadastre.mapped_extent e JOIN (SELECT commune_code, ST_Union(geom) AS geom FROM cadastre.parcel"
        " GROUP BY commune_code) p USING (commune_code)"
    )
    assert gap == pytest.approx(0, abs=1e-6)


def test_legacy_overlaps_are_admitted_and_told(demo: Demo) -> None:
    known = demo.rows("SELECT ST_Area(geom) FROM cadastre.known_overlap ORDER BY 1")
    told = sorted(defect["overlapM2"] for defect in demo.summary.defects)
    assert told
    assert [round(row[0], 2) for row in known] == told


def test_every_mapped_parcel_lies_in_its_commune_and_has_a_code(demo: Demo) -> None:
    assert not demo.one(
        "SELECT count(*) FROM cadastre.parcel p JOIN cadastre.admin_unit u ON u.code = p.commune_code"
        " AND u.level = 'commune' AND upper_inf(u.valid) WHERE NOT ST_Contains(u.geom, p.geom)"
    )
    assert not demo.one(
        "SELECT count(*) FROM cadastre.parcel WHERE kind = 'parcel' AND (code IS NULL) <> (geom IS NULL)"
    )


def test_fabric_shows_what_a_register_meets(demo: Demo) -> None:
    facts = demo.conn.execute(
        "SELECT count(*) FILTER (WHERE ST_NumInteriorRings(geom) > 0) AS holes,"
        " count(*) FILTER (WHERE use_label LIKE '%+%') AS mixed,"
        " count(*) FILTER (WHERE kind = 'object' AND use_label = 'SON') AS rivers,"
        " count(*) FILTER (WHERE kind = 'object' AND use_label = 'DGT') AS roads,"
        " count(*) FILTER (WHERE legal_area_m2 <> round(computed_area_m2::numeric, 1)) AS differing,"
        " count(*) FILTER (WHERE issuing_code <> commune_code) AS from_old_communes,"
        " count(*) FILTER (WHERE jsonb_array_length(numbers) > 1) AS two_numbers FROM cadastre.parcel"
    ).fetchone()
    assert facts is not None
    assert all(facts), facts


def test_history_holds_in_both_times(demo: Demo) -> None:
    assert demo.summary.events > 0
    parent, happened = demo.conn.execute(
        "SELECT l.parent_id, r.doc_on FROM cadastre.lineage l JOIN cadastre.record r ON r.id = l.record_id"
        " WHERE l.kind = 'split' LIMIT 1"
    ).fetchone() or (None, None)
    then = "SELECT count(*) FROM cadastre.parcels_at(%s::date, 'infinity') WHERE unit_id = %s"
    assert demo.one(then, happened, parent) == 0
    assert demo.one(f"{then.replace('%s::date', '(%s::date - 1)')}", happened, parent) == 1
    assert demo.one("SELECT count(*) FROM cadastre.lineage WHERE kind = 'merge'") > 0


def test_plans_have_three_levels_and_one_change_in_consultation(demo: Demo) -> None:
    levels = {row[0] for row in demo.rows("SELECT DISTINCT level FROM planning.plan_version")}
    assert {"province", "district", "commune", "urban"} <= levels
    pending = demo.rows("SELECT p.code FROM planning.plan_version v JOIN planning.plan p ON p.id = v.plan_id"
                        " WHERE v.status = 'consultation'")  # fmt: skip
    assert len(pending) == 1
    assert demo.one("SELECT count(*) FROM planning.zone z JOIN planning.plan p ON p.id = z.plan_id WHERE p.code = %s",
                    pending[0][0])  # fmt: skip


def test_name_of_a_plan_leaves_its_state_to_the_page(demo: Demo) -> None:
    named = demo.rows("SELECT name FROM planning.plan_version WHERE name ~* 'lấy ý kiến|hiệu lực'")
    assert named == []


def test_some_themes_have_no_data_somewhere(demo: Demo) -> None:
    """Heritage is not surveyed in every commune, and some themes nowhere: both must read "without data"."""
    covered = demo.one(
        "SELECT count(*) FROM cadastre.parcel p WHERE p.kind = 'parcel' AND EXISTS ("
        " SELECT FROM planning.plan_coverage c JOIN planning.theme t ON t.id = c.theme_id"
        " WHERE t.code = 'heritage' AND ST_Covers(c.geom, p.geom))"
    )
    assert 0 < covered < PARCELS
    assert demo.one(
        "SELECT count(*) FROM planning.theme t"
        " WHERE NOT EXISTS (SELECT FROM planning.plan_coverage c WHERE c.theme_id = t.id)"
    )


def test_overlay_is_kept_for_every_mapped_parcel(demo: Demo) -> None:
    kept = demo.one("SELECT count(*) FROM planning.parcel_zoned")
    assert kept == demo.one("SELECT count(*) FROM cadastre.parcel WHERE kind = 'parcel' AND geom IS NOT NULL")


def test_demo_is_not_laid_among_other_land(database: Database) -> None:
    with database.unit_of_work(IMPORT_ROLE) as session:
        conn = driver_connection(session)
        cadastre.one(conn, "INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', %s) RETURNING id",
                     cadastre.record(conn))  # fmt: skip
    with pytest.raises(LandNotEmpty):
        service.load_demo(database, parcels=200)


def test_more_parcels_than_fit_are_refused_before_anything_is_written(database: Database) -> None:
    with pytest.raises(TooManyParcels, match="fit into"):
        service.load_demo(database, parcels=1_900_000)
    with database.read_only(IMPORT_ROLE) as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM cadastre.parcel_unit").scalar() == 0
