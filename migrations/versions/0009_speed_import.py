"""Make a bulk import cheaper: fewer checks row by row, and its projection made on all processors."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0009_speed_import"
down_revision = "0008_index_parcel_tiles"

RECORDED = ("parcel_unit", "survey", "parcel_version", "parcel_number")
"""Tables whose rows stand under a record."""

# Records are never deleted, changed or truncated, not even by the owner: that a record is there when a row comes is
# all a foreign key can say. One look for each statement says it too, and does not cost 4 us for each row.
RECORDS = """
CREATE FUNCTION cadastre.guard_record_known() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  unknown bigint;
BEGIN
  SELECT f.record_id INTO unknown FROM (SELECT DISTINCT x.record_id FROM fresh x) f
   WHERE NOT EXISTS (SELECT FROM cadastre.record r WHERE r.id = f.record_id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'There is no record %', unknown USING ERRCODE = '23503', SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_record_id_fkey';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION cadastre.guard_record_known() IS 'In place of a foreign key to cadastre.record, which only grows';
REVOKE EXECUTE ON FUNCTION cadastre.guard_record_known() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.guard_record_known() TO landsvc_editor, landsvc_import;
"""

# Only `project` and `project_record` write what is current. A unit is never deleted, and when a version goes or
# changes, its unit is projected anew; what an import makes current is compared with its versions, row by row.
PROJECTION = """
ALTER TABLE cadastre.parcel DROP CONSTRAINT parcel_unit_id_fkey, DROP CONSTRAINT parcel_version_id_fkey;
"""

STATISTICS = """
CREATE OR REPLACE FUNCTION cadastre.gather_statistics(fresh bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF fresh > 0.1 * (SELECT reltuples FROM pg_class WHERE oid = 'cadastre.parcel'::regclass) THEN
    -- What the proof needs, and what is cheap. The geometries of maps take most of the time: autovacuum sees to them.
    ANALYZE cadastre.parcel (unit_id, version_id, kind, code, commune_code, series_id, issuing_code, sheet, number,
      use_label, legal_area_m2, valid_from, geom);
  END IF;
END $$;
"""

PROJECT = """
CREATE OR REPLACE FUNCTION cadastre.project_record(why bigint) RETURNS bigint
LANGUAGE plpgsql SET min_parallel_index_scan_size = 0 SET min_parallel_table_scan_size = 0 AS $$
DECLARE
  made bigint := 0;
  done bigint;
  part record;
BEGIN
  PERFORM cadastre.gather_key_statistics((SELECT count(*) FROM cadastre.parcel_version v WHERE v.record_id = why));
  -- A part at a time: what is sorted, hashed and kept for the guard fits in memory, however many parcels come.
  FOR part IN
    SELECT min(x.id) AS low, max(x.id) AS high, min(x.unit_id) AS low_unit, max(x.unit_id) AS high_unit
      FROM (SELECT v.id, v.unit_id, (row_number() OVER (ORDER BY v.id) - 1) / 25000 AS number
              FROM cadastre.parcel_version v
             WHERE v.record_id = why AND upper_inf(v.recorded) AND upper_inf(v.valid)) x
     GROUP BY x.number ORDER BY x.number
  LOOP
    -- Several processors make a new table, one alone adds to an old one: the dear part is done apart.
    EXECUTE format($part$
      CREATE TEMP TABLE placed_part ON COMMIT DROP AS
      SELECT v.id AS version_id, ST_Transform(v.geom, 4326) AS geom4326 FROM cadastre.parcel_version v
       WHERE v.record_id = %s AND v.id BETWEEN %s AND %s AND upper_inf(v.recorded) AND upper_inf(v.valid)
    $part$, why, part.low, part.high);
    -- EXECUTE plans each part for itself: a plan for unknown bounds would join row by row.
    EXECUTE $insert$
    INSERT INTO cadastre.parcel
    SELECT v.unit_id, v.id, u.kind, c.code, v.commune_code, n.series_id, a.code, n.sheet, n.number,
           s.label, v.legal_area_m2, v.computed_area_m2, v.computed_srid, v.address, lower(v.valid), 1,
           coalesce(s.uses, '[]'), coalesce(m.numbers, '[]'),
           v.geom, e.geom4326, ST_Transform(e.geom4326, 3857)
      FROM cadastre.parcel_version v
      JOIN cadastre.parcel_unit u ON u.id = v.unit_id AND u.record_id = $1
       AND u.id BETWEEN $4 AND $5
      JOIN pg_temp.placed_part e ON e.version_id = v.id
      LEFT JOIN cadastre.parcel_code c ON c.unit_id = v.unit_id AND c.unit_id BETWEEN $4 AND $5
      LEFT JOIN (
        SELECT DISTINCT ON (k.unit_id) k.unit_id, k.series_id, k.sheet, k.number FROM cadastre.parcel_number k
         WHERE k.record_id = $1 AND k.on_map AND upper_inf(k.used)
           AND k.unit_id BETWEEN $4 AND $5 ORDER BY k.unit_id, k.id DESC) n
        ON n.unit_id = v.unit_id
      LEFT JOIN cadastre.map_series r ON r.id = n.series_id
      LEFT JOIN cadastre.admin_unit a ON a.id = r.admin_unit_id
      LEFT JOIN (
        SELECT p.version_id, string_agg(p.use_code, '+' ORDER BY p.seq) AS label,
               jsonb_agg(jsonb_build_object('code', p.use_code, 'name', t.name_vi, 'nameEn', t.name_en,
                 'areaM2', p.area_m2, 'origin', p.origin_code, 'termUntil', p.term_until) ORDER BY p.seq) AS uses
          FROM cadastre.parcel_use p JOIN cadastre.land_use_type t ON t.code = p.use_code
         WHERE p.version_id BETWEEN $2 AND $3 GROUP BY p.version_id) s ON s.version_id = v.id
      LEFT JOIN (
        SELECT k.unit_id, jsonb_agg(jsonb_build_object('series', q.code, 'sheet', k.sheet, 'number', k.number,
                            'onMap', k.on_map, 'asPrinted', k.as_printed) ORDER BY k.id) AS numbers
          FROM cadastre.parcel_number k JOIN cadastre.map_series q ON q.id = k.series_id
         WHERE k.record_id = $1 AND upper_inf(k.used)
           AND k.unit_id BETWEEN $4 AND $5 GROUP BY k.unit_id) m ON m.unit_id = v.unit_id
     WHERE v.record_id = $1 AND v.id BETWEEN $2 AND $3 AND upper_inf(v.recorded) AND upper_inf(v.valid)
     ORDER BY v.id
    $insert$ USING why, part.low, part.high, part.low_unit, part.high_unit;
    GET DIAGNOSTICS done = ROW_COUNT;
    made := made + done;
    DROP TABLE pg_temp.placed_part;
  END LOOP;
  PERFORM cadastre.gather_statistics(made);
  INSERT INTO geo.tile_touch (layer, area)
  SELECT 'parcels', ST_SetSRID(ST_Extent(p.geom3857)::geometry, 3857) FROM cadastre.parcel p
    JOIN cadastre.parcel_version v ON v.id = p.version_id AND v.record_id = why
   GROUP BY p.commune_code HAVING ST_Extent(p.geom3857) IS NOT NULL;
  INSERT INTO core.outbox (topic, key) VALUES ('fabric.loaded', why::text);
  RETURN made;
END $$;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (RECORDS, PROJECTION, STATISTICS, PROJECT):
        connection.exec_driver_sql(part)
    for table in RECORDED:
        connection.exec_driver_sql(f"ALTER TABLE cadastre.{table} DROP CONSTRAINT {table}_record_id_fkey")
        connection.exec_driver_sql(
            f"CREATE TRIGGER t06_record_known AFTER INSERT ON cadastre.{table} REFERENCING NEW TABLE AS fresh "
            "FOR EACH STATEMENT EXECUTE FUNCTION cadastre.guard_record_known()"
        )


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for table in RECORDED:
        connection.exec_driver_sql(f"DROP TRIGGER t06_record_known ON cadastre.{table}")
        connection.exec_driver_sql(
            f"ALTER TABLE cadastre.{table} ADD CONSTRAINT {table}_record_id_fkey "
            "FOREIGN KEY (record_id) REFERENCES cadastre.record"
        )
    connection.exec_driver_sql("DROP FUNCTION cadastre.guard_record_known()")
    connection.exec_driver_sql(
        "ALTER TABLE cadastre.parcel ADD CONSTRAINT parcel_unit_id_fkey FOREIGN KEY (unit_id) "
        "REFERENCES cadastre.parcel_unit, ADD CONSTRAINT parcel_version_id_fkey FOREIGN KEY (version_id) "
        "REFERENCES cadastre.parcel_version"
    )
    for name in ("gather_statistics", "project_record"):
        connection.exec_driver_sql(_as_before(name))
    connection.execution_options(no_parameters=False)


def _as_before(name: str) -> str:
    """Return the statement that gives a function its body of revision 0006."""
    path = Path(__file__).with_name("0006_tighten_bulk.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    before = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(before)
    found = re.search(rf"CREATE OR REPLACE FUNCTION cadastre\.{name}\(.*?\$\$.*?\$\$;", before.PROJECT, re.DOTALL)
    if found is None:
        raise LookupError(name)
    return found.group(0)
