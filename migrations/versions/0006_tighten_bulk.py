"""Bind a bulk import to the record it announced, prove it on all processors, and lock in one order."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0006_tighten_bulk"
down_revision = "0005_show_parcels"

REPLACED = ("lock_fabric", "parcel_row", "gather_statistics", "project_record", "bulk_overlaps", "prove_bulk")
"""Functions of 0003 that get another body; the way back gives them their old one."""

LOCKS = """
CREATE OR REPLACE FUNCTION cadastre.lock_fabric(place geometry, communes text[] DEFAULT '{}') RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wanted text[] := communes;
  near   text[];
  key    text;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    PERFORM cadastre.refuse('fabric-isolation', 'The fabric is written under READ COMMITTED only');
  END IF;
  near := cadastre.keys_of(place);
  LOOP
    wanted := ARRAY(SELECT DISTINCT c FROM unnest(wanted || near) c WHERE c IS NOT NULL ORDER BY c);
    BEGIN
      -- Ascending order, so that two writers never wait for each other in a circle.
      FOREACH key IN ARRAY wanted LOOP
        INSERT INTO cadastre.fabric_lock VALUES (key) ON CONFLICT DO NOTHING;
        UPDATE cadastre.fabric_lock SET xact = pg_current_xact_id() WHERE commune_code = key;
      END LOOP;
      -- A neighbour of one more commune may have come while we waited: look again.
      near := cadastre.keys_of(place);
      IF near <@ wanted THEN
        RETURN nullif(wanted, '{}');
      END IF;
      -- Its key may come before those we hold, and whoever holds it may wait for ours. So the second pass takes
      -- nothing on top: leaving this block undoes its row locks, and all keys are taken anew, in order.
      RAISE EXCEPTION USING ERRCODE = 'LF001', MESSAGE = 'more keys';
    EXCEPTION WHEN SQLSTATE 'LF001' THEN
      NULL;
    END;
  END LOOP;
END $$;
"""

KEYS = """
CREATE FUNCTION cadastre.keys_of(place geometry) RETURNS text[]
LANGUAGE sql VOLATILE AS $$
  -- Volatile, so that each call sees what was committed since the one before.
  SELECT coalesce(array_agg(DISTINCT near), '{}') FROM ST_Dump(place) part, cadastre.communes_near(part.geom) near
$$;
COMMENT ON FUNCTION cadastre.keys_of(geometry) IS 'Lock keys of all parts of a place, as they are right now';
REVOKE EXECUTE ON FUNCTION cadastre.keys_of(geometry) FROM PUBLIC;
"""

GUARD = """
CREATE FUNCTION cadastre.announced_record() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT b.record_id FROM cadastre.bulk_load b WHERE b.xact = pg_current_xact_id_if_assigned()
$$;
COMMENT ON FUNCTION cadastre.announced_record() IS 'The record whose bulk import this transaction is';

CREATE FUNCTION cadastre.guard_bulk_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  announced bigint := cadastre.announced_record();
  other     bigint;
BEGIN
  -- The proof at commit looks at what stands under the announced record: nothing may stand under another.
  SELECT f.record_id INTO other FROM fresh f WHERE f.record_id IS DISTINCT FROM announced LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('bulk-other-record', 'A bulk import writes under the record it announced, and no other',
                            jsonb_build_object('announced', announced, 'written', other));
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION cadastre.guard_bulk_projection() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  announced bigint := cadastre.announced_record();
  bad       bigint;
BEGIN
  -- What is current must be what a version says, and that version one which the proof looks at.
  SELECT f.unit_id INTO bad FROM fresh f
    LEFT JOIN cadastre.parcel_version v ON v.id = f.version_id AND v.unit_id = f.unit_id
      AND v.record_id = announced AND v.commune_code = f.commune_code
      AND v.geom::bytea IS NOT DISTINCT FROM f.geom::bytea
   WHERE v.id IS NULL LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('bulk-other-record', 'A bulk import makes current what it wrote, and nothing else',
                            jsonb_build_object('announced', announced, 'unit', bad));
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER t06_record AFTER INSERT ON cadastre.parcel_version REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT WHEN (current_user = 'landsvc_import') EXECUTE FUNCTION cadastre.guard_bulk_record();
CREATE TRIGGER t06_record AFTER INSERT ON cadastre.known_overlap REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT WHEN (current_user = 'landsvc_import') EXECUTE FUNCTION cadastre.guard_bulk_record();
CREATE TRIGGER t06_record AFTER INSERT ON cadastre.parcel REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT WHEN (current_user = 'landsvc_import') EXECUTE FUNCTION cadastre.guard_bulk_projection();

-- The number of the transaction is the database's to say: an announcement for a later one would be proved too early.
REVOKE INSERT ON cadastre.bulk_load FROM landsvc_import;
GRANT INSERT (record_id) ON cadastre.bulk_load TO landsvc_import;
REVOKE EXECUTE ON FUNCTION cadastre.announced_record(), cadastre.guard_bulk_record(),
  cadastre.guard_bulk_projection() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.announced_record(), cadastre.guard_bulk_record(),
  cadastre.guard_bulk_projection() TO landsvc_editor, landsvc_import;
"""

PROJECT = """
CREATE OR REPLACE FUNCTION cadastre.parcel_row(unit bigint) RETURNS SETOF cadastre.parcel LANGUAGE sql STABLE AS $$
  SELECT v.unit_id, v.id, u.kind, c.code, v.commune_code, n.series_id, n.issuing_code, n.sheet, n.number,
         s.label, v.legal_area_m2, v.computed_area_m2, v.computed_srid, v.address, lower(v.valid),
         (SELECT count(*) FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND NOT w.technical)::int,
         coalesce(s.uses, '[]'), coalesce(m.numbers, '[]'),
         v.geom, e.geom4326, ST_Transform(e.geom4326, 3857)
    FROM cadastre.parcel_version v
    JOIN cadastre.parcel_unit u ON u.id = v.unit_id
    CROSS JOIN LATERAL (SELECT ST_Transform(v.geom, 4326) AS geom4326 OFFSET 0) e
    LEFT JOIN cadastre.parcel_code c ON c.unit_id = v.unit_id
    LEFT JOIN LATERAL (
      SELECT k.series_id, a.code AS issuing_code, k.sheet, k.number
        FROM cadastre.parcel_number k JOIN cadastre.map_series r ON r.id = k.series_id
        JOIN cadastre.admin_unit a ON a.id = r.admin_unit_id
       WHERE k.unit_id = v.unit_id AND k.on_map AND upper_inf(k.used)
       ORDER BY k.id DESC LIMIT 1) n ON true
    LEFT JOIN LATERAL (
      SELECT string_agg(p.use_code, '+' ORDER BY p.seq) AS label,
             jsonb_agg(jsonb_build_object('code', p.use_code, 'name', t.name_vi, 'nameEn', t.name_en,
               'areaM2', p.area_m2, 'origin', p.origin_code, 'termUntil', p.term_until) ORDER BY p.seq) AS uses
        FROM cadastre.parcel_use p JOIN cadastre.land_use_type t ON t.code = p.use_code
       WHERE p.version_id = v.id) s ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('series', r.code, 'sheet', k.sheet, 'number', k.number,
                                          'onMap', k.on_map, 'asPrinted', k.as_printed) ORDER BY k.id) AS numbers
        FROM cadastre.parcel_number k JOIN cadastre.map_series r ON r.id = k.series_id
       WHERE k.unit_id = v.unit_id AND upper_inf(k.used)) m ON true
   WHERE v.unit_id = unit AND upper_inf(v.recorded) AND upper_inf(v.valid)
$$;

CREATE FUNCTION cadastre.gather_key_statistics(fresh bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Rows of an open transaction have no statistics: a large load would be joined row by row with itself.
  -- Geometries are left out: joins do not need them, and they cost most.
  IF fresh > 0.1 * (SELECT reltuples FROM pg_class WHERE oid = 'cadastre.parcel'::regclass) THEN
    ANALYZE cadastre.parcel_unit, cadastre.parcel_use, cadastre.parcel_number, cadastre.parcel_code,
      cadastre.parcel_version (id, unit_id, record_id, commune_code, valid, recorded);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION cadastre.gather_statistics(fresh bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF fresh > 0.1 * (SELECT reltuples FROM pg_class WHERE oid = 'cadastre.parcel'::regclass) THEN
    -- Not its JSON, which takes a third of the time and is never asked by value.
    ANALYZE cadastre.parcel (unit_id, version_id, kind, code, commune_code, series_id, issuing_code, sheet, number,
      use_label, legal_area_m2, valid_from, geom, geom4326, geom3857);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION cadastre.project_record(why bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
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
      CROSS JOIN LATERAL (SELECT ST_Transform(v.geom, 4326) AS geom4326 OFFSET 0) e
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
  END LOOP;
  PERFORM cadastre.gather_statistics(made);
  INSERT INTO geo.tile_touch (layer, area)
  SELECT 'parcels', ST_SetSRID(ST_Extent(p.geom3857)::geometry, 3857) FROM cadastre.parcel p
    JOIN cadastre.parcel_version v ON v.id = p.version_id AND v.record_id = why
   GROUP BY p.commune_code HAVING ST_Extent(p.geom3857) IS NOT NULL;
  INSERT INTO core.outbox (topic, key) VALUES ('fabric.loaded', why::text);
  RETURN made;
END $$;

REVOKE EXECUTE ON FUNCTION cadastre.gather_key_statistics(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.gather_key_statistics(bigint) TO landsvc_editor, landsvc_import;
"""

PROVE = """
CREATE OR REPLACE FUNCTION cadastre.bulk_overlaps(why bigint)
RETURNS TABLE (unit_a bigint, unit_b bigint, geom geometry) LANGUAGE sql STABLE PARALLEL SAFE AS $$
  -- Overlaps between what a record brought and everything current, that are not admitted. Empty means I2 holds.
  -- A network of streets has ten thousand corners and as many neighbours: each is tried against the piece it
  -- meets, then against what lies within 1 m of it, where nothing was cut.
  WITH big AS MATERIALIZED (
    SELECT p.unit_id, p.version_id IN (SELECT q.id FROM cadastre.parcel_version q WHERE q.record_id = why) AS fresh,
           ST_Force2D(p.geom) AS geom
      FROM cadastre.parcel p WHERE pg_column_size(p.geom) > 8000
       AND p.geom && (SELECT ST_SetSRID(ST_Extent(m.geom)::geometry, geo.srid()) FROM cadastre.parcel_version v
                        JOIN cadastre.parcel m ON m.version_id = v.id
                       WHERE v.record_id = why)),
  piece AS MATERIALIZED (SELECT b.unit_id, b.fresh, ST_Subdivide(b.geom, 128) AS geom FROM big b),
  tried AS MATERIALIZED (
    SELECT DISTINCT b.unit_id AS a, o.unit_id AS b
      FROM piece b JOIN cadastre.parcel o ON o.geom && b.geom AND o.unit_id <> b.unit_id
     WHERE pg_column_size(o.geom) <= 8000
       AND (b.fresh OR EXISTS (SELECT FROM cadastre.parcel_version q WHERE q.id = o.version_id AND q.record_id = why))
       AND ST_Relate(o.geom, b.geom, '2********')),
  pair AS (
    -- Nearly all the work, and no CTE in it: those are read by one process alone.
    SELECT p.unit_id AS a, o.unit_id AS b
      FROM cadastre.parcel_version v
      JOIN cadastre.parcel p ON p.version_id = v.id
      JOIN cadastre.parcel o ON o.geom && p.geom AND o.unit_id <> p.unit_id
     WHERE v.record_id = why AND pg_column_size(p.geom) <= 8000 AND pg_column_size(o.geom) <= 8000
       -- Two parcels of this record meet twice; once is enough. (EXISTS would keep it on one processor.)
       AND (o.unit_id > p.unit_id OR o.version_id NOT IN (
             SELECT q.id FROM cadastre.parcel_version q WHERE q.record_id = why))
       AND ST_Relate(o.geom, p.geom, '2********')
     UNION
    SELECT t.a, t.b FROM tried t JOIN big b ON b.unit_id = t.a JOIN cadastre.parcel o ON o.unit_id = t.b
     WHERE ST_Relate(o.geom, ST_ClipByBox2D(b.geom, ST_Expand(o.geom, 1)::box2d), '2********')
     UNION
    SELECT b.unit_id, c.unit_id FROM big b JOIN big c ON c.geom && b.geom AND c.unit_id > b.unit_id
     WHERE (b.fresh OR c.fresh) AND ST_Relate(c.geom, b.geom, '2********')),
  found AS (
    SELECT DISTINCT ON (least(x.a, x.b), greatest(x.a, x.b))
           least(x.a, x.b) AS unit_a, greatest(x.a, x.b) AS unit_b,
           ST_CollectionExtract(ST_Intersection(p.geom, o.geom), 3) AS common
      FROM pair x
      JOIN cadastre.parcel p ON p.unit_id = least(x.a, x.b)
      JOIN cadastre.parcel o ON o.unit_id = greatest(x.a, x.b))
  SELECT f.unit_a, f.unit_b, f.common
    FROM found f
    LEFT JOIN cadastre.known_overlap k
      ON k.unit_a = f.unit_a AND k.unit_b = f.unit_b AND upper_inf(k.recorded)
   WHERE k.id IS NULL OR ST_Area(ST_Difference(f.common, k.geom)) > 1e-6
$$;

-- The memory is that of the ids of one record, so that "not of this record" is one look into a table of hashes.
CREATE OR REPLACE FUNCTION cadastre.prove_bulk() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET work_mem = '256MB' AS $$
DECLARE
  bad record;
BEGIN
  -- PERFORM, since a query whose row is wanted INTO something never runs on several processors.
  PERFORM FROM cadastre.bulk_overlaps(NEW.record_id);
  IF FOUND THEN
    SELECT * INTO bad FROM cadastre.bulk_overlaps(NEW.record_id) LIMIT 1;
    PERFORM cadastre.refuse('fab-overlap', 'Current parcels would overlap', jsonb_build_object(
      'unit', bad.unit_a, 'other', bad.unit_b, 'geometry', ST_AsGeoJSON(bad.geom, 3)::jsonb));
  END IF;
  SELECT v.unit_id, v.legal_area_m2, sum(p.area_m2) AS total INTO bad
    FROM cadastre.parcel_version v JOIN cadastre.parcel_use p ON p.version_id = v.id
   WHERE v.record_id = NEW.record_id GROUP BY v.id HAVING sum(p.area_m2) IS DISTINCT FROM v.legal_area_m2 LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('uses-sum', 'The areas of the uses do not sum to the registered area',
      jsonb_build_object('unit', bad.unit_id, 'usesM2', bad.total, 'legalAreaM2', bad.legal_area_m2));
  END IF;
  SELECT DISTINCT v.commune_code AS code INTO bad FROM cadastre.parcel_version v
   WHERE v.record_id = NEW.record_id AND NOT EXISTS (SELECT FROM cadastre.fabric_lock l
     WHERE l.commune_code = v.commune_code AND l.xact = pg_current_xact_id()) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('fabric-not-locked', 'This write does not hold the fabric locks it needs',
                            jsonb_build_object('communes', jsonb_build_array(bad.code)));
  END IF;
  SELECT v.unit_id INTO bad FROM cadastre.parcel_version v
    LEFT JOIN cadastre.parcel p ON p.unit_id = v.unit_id AND p.version_id = v.id
   WHERE v.record_id = NEW.record_id AND upper_inf(v.recorded) AND upper_inf(v.valid) AND p.unit_id IS NULL
      OR v.record_id = NEW.record_id AND NOT (lower(v.recorded) BETWEEN now() AND clock_timestamp()) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('bulk-unprojected', 'The import is not in the current fabric or not recorded now',
                            jsonb_build_object('unit', bad.unit_id));
  END IF;
  RETURN NULL;
END $$;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (KEYS, LOCKS, GUARD, PROJECT, PROVE):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(
        """
        DROP TRIGGER t06_record ON cadastre.parcel_version;
        DROP TRIGGER t06_record ON cadastre.known_overlap;
        DROP TRIGGER t06_record ON cadastre.parcel;
        DROP FUNCTION cadastre.guard_bulk_record(), cadastre.guard_bulk_projection(), cadastre.announced_record();
        REVOKE INSERT (record_id) ON cadastre.bulk_load FROM landsvc_import;
        GRANT INSERT ON cadastre.bulk_load TO landsvc_import;
        """
    )
    for statement in _as_before():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(
        "DROP FUNCTION cadastre.gather_key_statistics(bigint), cadastre.keys_of(geometry);"
    )
    # The option stays with the connection, and the next step back is written for the other way of sending.
    connection.execution_options(no_parameters=False)


def _as_before() -> list[str]:
    """Return the statements that give the functions their body of revision 0003."""
    path = Path(__file__).with_name("0003_guard_cadastre.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    guard = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(guard)
    text = "\n".join((guard.LOCKS, guard.VERSIONS, guard.BULK))
    found = [
        re.search(rf"CREATE (FUNCTION cadastre\.{name}\(.*?\$\$.*?\$\$;)", text, re.DOTALL) for name in REPLACED
    ]
    return [f"CREATE OR REPLACE {match.group(1)}" for match in found if match]
