"""Annul a record as a whole: versions know what they repeat, numbers keep what was believed of them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0013_annul_records"
down_revision = "0012_register_rasters"

REPLACED = {
    "node_neighbour": "0003_guard_cadastre",
    "check_retired": "0003_guard_cadastre",
    "cards_at": "0005_show_parcels",
}
"""Functions that get another body, and the revision whose body the way back gives them."""

TABLES = """
ALTER TABLE cadastre.record ADD COLUMN annuls_id bigint CONSTRAINT fk_record_annuls_id REFERENCES cadastre.record,
  ADD CONSTRAINT uq_record_annuls_id UNIQUE (annuls_id),
  ADD CONSTRAINT ck_record_annuls CHECK (annuls_id IS NULL OR kind = 'annulment');
COMMENT ON COLUMN cadastre.record.annuls_id IS 'The record this annulment undoes: once, and as a whole';
GRANT SELECT (annuls_id) ON cadastre.record TO landsvc_public;

ALTER TABLE cadastre.parcel_version ADD COLUMN repeats_id bigint;
COMMENT ON COLUMN cadastre.parcel_version.repeats_id IS
  'The version whose legal facts this one says again: noded beside a neighbour, or reinstated';
CREATE INDEX ix_parcel_version_closed_record_id ON cadastre.parcel_version (closed_record_id)
  WHERE closed_record_id IS NOT NULL;

ALTER TABLE cadastre.parcel_number ADD COLUMN changed_record_id bigint, ADD COLUMN changed_at timestamptz,
  ADD COLUMN annulled_record_id bigint, DROP CONSTRAINT uq_parcel_number_series_id_sheet_number,
  -- A number is used once for ever. One that a record gave and an annulment took back was never used at all.
  ADD CONSTRAINT uq_parcel_number_series_id_sheet_number
    UNIQUE NULLS NOT DISTINCT (series_id, sheet, number, annulled_record_id);
COMMENT ON COLUMN cadastre.parcel_number.changed_record_id IS 'The record that last changed its use; none: as given';
COMMENT ON COLUMN cadastre.parcel_number.annulled_record_id IS 'The annulment that took it back; its use is empty';

CREATE TABLE cadastre.parcel_number_past (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  number_id        bigint NOT NULL REFERENCES cadastre.parcel_number,
  used             daterange NOT NULL,
  on_map           boolean NOT NULL,
  as_printed       boolean NOT NULL,
  recorded         tstzrange NOT NULL,
  closed_record_id bigint NOT NULL,
  CONSTRAINT pk_parcel_number_past PRIMARY KEY (id)
);
CREATE INDEX ix_parcel_number_past_number_id ON cadastre.parcel_number_past (number_id);
CREATE INDEX ix_parcel_number_past_closed_record_id ON cadastre.parcel_number_past (closed_record_id);
COMMENT ON TABLE cadastre.parcel_number_past IS 'What was believed of a number before a record changed it';
GRANT SELECT ON cadastre.parcel_number_past TO landsvc_public, landsvc_editor, landsvc_import;

ALTER TABLE cadastre.mapped_extent ADD COLUMN closed_record_id bigint,
  ADD COLUMN recorded tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL);
UPDATE cadastre.mapped_extent e SET recorded = tstzrange(r.made_at, NULL)
  FROM cadastre.record r WHERE r.id = e.record_id;
"""

# What stands already: a technical version repeats the one before it, and who ended a number also closed its unit.
BACKFILL = """
ALTER TABLE cadastre.parcel_version DISABLE TRIGGER USER;
WITH RECURSIVE chain(id, unit_id, recorded, valid, root) AS (
  SELECT v.id, v.unit_id, v.recorded, v.valid, v.id FROM cadastre.parcel_version v
   WHERE NOT v.technical AND EXISTS (
     SELECT FROM cadastre.parcel_version t WHERE t.unit_id = v.unit_id AND t.technical)
   UNION ALL
  SELECT t.id, t.unit_id, t.recorded, t.valid, c.root FROM chain c JOIN cadastre.parcel_version t
    ON t.unit_id = c.unit_id AND t.technical AND t.valid = c.valid AND lower(t.recorded) = upper(c.recorded))
UPDATE cadastre.parcel_version v SET repeats_id = c.root FROM chain c WHERE c.id = v.id AND v.technical;
ALTER TABLE cadastre.parcel_version ENABLE TRIGGER USER;

ALTER TABLE cadastre.parcel_number DISABLE TRIGGER USER;
UPDATE cadastre.parcel_number k SET changed_record_id = x.why, changed_at = x.at
  FROM (SELECT DISTINCT ON (v.unit_id) v.unit_id, v.closed_record_id AS why, upper(v.recorded) AS at
          FROM cadastre.parcel_version v JOIN cadastre.parcel_version t
            ON t.record_id = v.closed_record_id AND t.unit_id = v.unit_id AND NOT upper_inf(t.valid)
         ORDER BY v.unit_id, upper(v.recorded) DESC) x
 WHERE x.unit_id = k.unit_id AND NOT upper_inf(k.used);
INSERT INTO cadastre.parcel_number_past (number_id, used, on_map, as_printed, recorded, closed_record_id)
SELECT k.id, daterange(lower(k.used), NULL), k.on_map, k.as_printed, tstzrange(r.made_at, k.changed_at),
       k.changed_record_id
  FROM cadastre.parcel_number k JOIN cadastre.record r ON r.id = k.record_id
 WHERE k.changed_at > r.made_at;
ALTER TABLE cadastre.parcel_number ENABLE TRIGGER USER;
"""

NUMBERS = """
CREATE FUNCTION cadastre.keep_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  at    timestamptz := cadastre.recorded_now();
  since timestamptz;
BEGIN
  NEW.changed_at := OLD.changed_at;
  IF (NEW.used, NEW.on_map, NEW.as_printed, NEW.annulled_record_id)
     IS NOT DISTINCT FROM (OLD.used, OLD.on_map, OLD.as_printed, OLD.annulled_record_id) THEN
    NEW.changed_record_id := OLD.changed_record_id;
    RETURN NEW;
  END IF;
  IF OLD.changed_at IS NOT NULL AND OLD.changed_at = at THEN
    RETURN NEW;  -- what this very transaction said before was never believed by anybody
  END IF;
  IF NEW.changed_record_id IS NOT DISTINCT FROM OLD.changed_record_id THEN
    -- Whoever changes the parcel in the same breath has named its record there.
    NEW.changed_record_id := (
      SELECT v.closed_record_id FROM cadastre.parcel_version v
       WHERE v.unit_id = NEW.unit_id AND upper(v.recorded) = at ORDER BY v.id DESC LIMIT 1);
  END IF;
  IF NOT EXISTS (SELECT FROM cadastre.record r WHERE r.id = NEW.changed_record_id) THEN
    PERFORM cadastre.refuse('number-without-record', 'A change of a number names its record in changed_record_id',
                            jsonb_build_object('unit', NEW.unit_id, 'sheet', NEW.sheet, 'number', NEW.number));
  END IF;
  NEW.changed_at := at;
  since := coalesce(OLD.changed_at, (SELECT r.made_at FROM cadastre.record r WHERE r.id = OLD.record_id));
  IF since < at THEN
    INSERT INTO cadastre.parcel_number_past (number_id, used, on_map, as_printed, recorded, closed_record_id)
    VALUES (OLD.id, OLD.used, OLD.on_map, OLD.as_printed, tstzrange(since, at), NEW.changed_record_id);
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION cadastre.keep_number() IS 'Keep what was believed of a number before its use changes';

DROP TRIGGER t05_append_only ON cadastre.parcel_number;
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE ON cadastre.parcel_number FOR EACH ROW
  EXECUTE FUNCTION cadastre.guard_append_only(
    '{used,on_map,as_printed,changed_record_id,changed_at,annulled_record_id}');
CREATE TRIGGER t10_keep BEFORE UPDATE ON cadastre.parcel_number
  FOR EACH ROW EXECUTE FUNCTION cadastre.keep_number();
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE ON cadastre.parcel_number_past
  FOR EACH ROW EXECUTE FUNCTION cadastre.guard_append_only('{}');
CREATE TRIGGER t05_no_truncate BEFORE TRUNCATE ON cadastre.parcel_number_past
  EXECUTE FUNCTION cadastre.guard_truncate();
GRANT UPDATE (changed_record_id) ON cadastre.parcel_number TO landsvc_editor;
GRANT UPDATE (used, on_map, as_printed, changed_record_id, annulled_record_id) ON cadastre.parcel_number
  TO landsvc_import;

CREATE FUNCTION cadastre.numbers_at(unit bigint, valid_at date, known_at timestamptz)
RETURNS TABLE (id bigint, series_id bigint, sheet text, number text, on_map boolean, as_printed boolean)
LANGUAGE sql STABLE AS $$
  SELECT k.id, k.series_id, k.sheet, k.number, b.on_map, b.as_printed
    FROM cadastre.parcel_number k JOIN cadastre.record r ON r.id = k.record_id
   CROSS JOIN LATERAL (
     SELECT k.used, k.on_map, k.as_printed, tstzrange(coalesce(k.changed_at, r.made_at), NULL) AS recorded
      UNION ALL
     SELECT p.used, p.on_map, p.as_printed, p.recorded FROM cadastre.parcel_number_past p WHERE p.number_id = k.id) b
   WHERE k.unit_id = unit AND b.recorded @> known_at AND b.used @> valid_at
$$;
COMMENT ON FUNCTION cadastre.numbers_at(bigint, date, timestamptz) IS
  'Numbers of a unit as they held on a date, as they were known at an instant';

CREATE OR REPLACE FUNCTION cadastre.cards_at(valid_at date, known_at timestamptz)
RETURNS TABLE (unit_id bigint, version_id bigint, ref text, code text, facts text, geom geometry)
LANGUAGE sql STABLE AS $$
  -- The twin of parcel_card for a day and an instant; slower, since nothing is kept ready for the past.
  SELECT v.unit_id, v.id, r.ref, k.code,
         '"ref":' || coalesce(to_json(r.ref)::text, 'null')
           || ',"code":' || coalesce('"' || k.code || '"', 'null')
           || ',"commune":{"code":"' || v.commune_code || '","name":' || coalesce((
                SELECT to_json(a.name)::text FROM cadastre.admin_unit a
                 WHERE a.code = v.commune_code AND a.level = 'commune' AND a.valid @> $1), 'null')
           || ',"old":[]},"numbers":' || coalesce((
                SELECT jsonb_agg(jsonb_build_object('series', s.code, 'sheet', b.sheet, 'number', b.number,
                                 'onMap', b.on_map, 'asPrinted', b.as_printed) ORDER BY b.id)::text
                  FROM cadastre.numbers_at(v.unit_id, $1, $2) b JOIN cadastre.map_series s ON s.id = b.series_id), '[]')
           || ',"legalAreaM2":' || coalesce(v.legal_area_m2::text, 'null')
           || ',"computedAreaM2":' || coalesce(round(v.computed_area_m2::numeric, 2)::text, 'null')
           || ',"computedSrid":' || coalesce(v.computed_srid::text, 'null')
           || ',"uses":' || coalesce((
                SELECT jsonb_agg(jsonb_build_object('code', u.use_code, 'name', t.name_vi, 'nameEn', t.name_en,
                         'areaM2', u.area_m2, 'origin', u.origin_code, 'termUntil', u.term_until)
                         ORDER BY u.seq)::text
                  FROM cadastre.parcel_use u JOIN cadastre.land_use_type t ON t.code = u.use_code
                 WHERE u.version_id = v.id), '[]')
           || ',"validFrom":"' || lower(v.valid) || '","version":' || (
                SELECT count(*) FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND NOT w.technical
                   AND lower(w.recorded) <= $2 AND w.id <= v.id),
         v.geom
    FROM cadastre.parcels_at($1, $2) v
    LEFT JOIN cadastre.parcel_code k ON k.unit_id = v.unit_id
    LEFT JOIN LATERAL (
      SELECT coalesce((
        SELECT a.code || '-' || b.sheet || '-' || b.number FROM cadastre.numbers_at(v.unit_id, $1, $2) b
          JOIN cadastre.map_series s ON s.id = b.series_id JOIN cadastre.admin_unit a ON a.id = s.admin_unit_id
         WHERE b.on_map ORDER BY b.id DESC LIMIT 1), k.code) AS ref
      ) r ON true
$$;
"""

NODING = """
CREATE OR REPLACE FUNCTION cadastre.node_neighbour(unit bigint, points geometry, why bigint) RETURNS double precision
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v     cadastre.parcel_version;
  noded geometry;
  fresh bigint;
BEGIN
  SELECT w.* INTO v FROM cadastre.parcel_version w
   WHERE w.unit_id = unit AND upper_inf(w.recorded) AND upper_inf(w.valid);
  IF v.geom IS NULL THEN
    RETURN 0;
  ELSIF NOT geo.is_on_grid(points) THEN
    PERFORM cadastre.refuse('node-off-grid', 'A node must lie on the 1 mm grid');
  END IF;
  noded := cadastre.node_geometry(v.geom, points);
  IF ST_NPoints(noded) = ST_NPoints(v.geom) THEN
    RETURN 0;
  END IF;
  IF lower(v.recorded) = cadastre.recorded_now() THEN
    PERFORM cadastre.refuse('node-own-version', 'What this transaction writes must already be noded',
                            jsonb_build_object('unit', unit));
  END IF;
  UPDATE cadastre.parcel_version SET recorded = recorded, closed_record_id = why WHERE id = v.id;
  INSERT INTO cadastre.parcel_version (unit_id, record_id, survey_id, technical, valid, commune_code, geom,
    legal_area_m2, computed_area_m2, computed_srid, address, repeats_id)
  VALUES (unit, why, v.survey_id, true, v.valid, v.commune_code, noded, v.legal_area_m2, v.computed_area_m2,
          v.computed_srid, v.address, coalesce(v.repeats_id, v.id)) RETURNING id INTO fresh;
  INSERT INTO cadastre.parcel_use SELECT fresh, seq, use_code, area_m2, origin_code, shared, term_until, geom
    FROM cadastre.parcel_use WHERE version_id = v.id;
  RETURN ST_Area(noded) - ST_Area(v.geom);
END $$;

CREATE FUNCTION cadastre.guard_repeats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM cadastre.refuse('repeated-version', 'Only noding and annulments say again what was said');
  RETURN NULL;
END $$;
CREATE TRIGGER t11_repeats BEFORE INSERT ON cadastre.parcel_version FOR EACH ROW
  WHEN (NEW.repeats_id IS NOT NULL AND current_user IN ('landsvc_editor', 'landsvc_public'))
  EXECUTE FUNCTION cadastre.guard_repeats();
"""

RETIRED = """
CREATE FUNCTION cadastre.was_annulled(unit bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- Nothing is believed of it for any day, and it was an annulment that ended the last belief.
  SELECT (SELECT r.kind = 'annulment' FROM cadastre.parcel_version v JOIN cadastre.record r ON r.id = v.closed_record_id
           WHERE v.unit_id = unit ORDER BY upper(v.recorded) DESC LIMIT 1)
     AND NOT EXISTS (SELECT FROM cadastre.parcel_version v WHERE v.unit_id = unit AND upper_inf(v.recorded))
$$;
COMMENT ON FUNCTION cadastre.was_annulled(bigint) IS 'Whether the record that made a unit was annulled';

CREATE OR REPLACE FUNCTION cadastre.check_retired() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = OLD.unit_id) THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (SELECT FROM cadastre.lineage l WHERE l.parent_id = OLD.unit_id AND upper_inf(l.recorded))
     AND NOT EXISTS (SELECT FROM cadastre.unit_end e WHERE e.unit_id = OLD.unit_id AND upper_inf(e.recorded))
     AND NOT coalesce(cadastre.was_annulled(OLD.unit_id), false) THEN
    PERFORM cadastre.refuse('retired-without-successor', 'A retired parcel needs successors or a stated end',
                            jsonb_build_object('unit', OLD.unit_id));
  END IF;
  PERFORM cadastre.end_overlaps(OLD.unit_id, NULL);
  RETURN NULL;
END $$;

-- A bulk change proves this once for all it retired.
DROP TRIGGER t20_retired ON cadastre.parcel;
CREATE CONSTRAINT TRIGGER t20_retired AFTER DELETE ON cadastre.parcel DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (current_user <> 'landsvc_import') EXECUTE FUNCTION cadastre.check_retired();

CREATE FUNCTION cadastre.guard_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT upper_inf(OLD.recorded) THEN
    PERFORM cadastre.refuse('append-only', format('%s keeps what was written', TG_TABLE_NAME));
  END IF;
  NEW.recorded := tstzrange(lower(OLD.recorded), greatest(cadastre.recorded_now(), lower(OLD.recorded)));
  RETURN NEW;
END $$;
CREATE TRIGGER t07_ended BEFORE UPDATE ON cadastre.lineage FOR EACH ROW EXECUTE FUNCTION cadastre.guard_ended();
CREATE TRIGGER t07_ended BEFORE UPDATE ON cadastre.unit_end FOR EACH ROW EXECUTE FUNCTION cadastre.guard_ended();
"""

BULK = """
GRANT UPDATE (recorded, closed_record_id) ON cadastre.parcel_version, cadastre.mapped_extent TO landsvc_import;
GRANT UPDATE (recorded) ON cadastre.lineage, cadastre.unit_end, cadastre.known_overlap TO landsvc_import;
GRANT DELETE ON cadastre.parcel TO landsvc_import;

CREATE FUNCTION cadastre.guard_bulk_closing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  announced bigint := cadastre.announced_record();
  at        timestamptz := cadastre.recorded_now();
  bad       bigint;
BEGIN
  SELECT a.unit_id INTO bad FROM after a JOIN before b ON b.id = a.id
   WHERE NOT upper_inf(b.recorded) OR a.closed_record_id IS DISTINCT FROM announced
      OR a.recorded <> tstzrange(lower(b.recorded), at) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('bulk-other-record', 'A bulk change closes versions now and under its own record',
                            jsonb_build_object('announced', announced, 'unit', bad));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER t06_closed AFTER UPDATE ON cadastre.parcel_version REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT WHEN (current_user = 'landsvc_import') EXECUTE FUNCTION cadastre.guard_bulk_closing();

CREATE FUNCTION cadastre.guard_bulk_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  announced bigint := cadastre.announced_record();
  bad       bigint;
BEGIN
  SELECT g.unit_id INTO bad FROM gone g JOIN cadastre.parcel_version v ON v.id = g.version_id
   WHERE v.closed_record_id IS DISTINCT FROM announced LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('bulk-other-record', 'A bulk change takes away only what it closed',
                            jsonb_build_object('announced', announced, 'unit', bad));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER t06_gone AFTER DELETE ON cadastre.parcel REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT WHEN (current_user = 'landsvc_import') EXECUTE FUNCTION cadastre.guard_bulk_gone();

CREATE FUNCTION cadastre.prove_bulk_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET work_mem = '256MB' AS $$
DECLARE
  why bigint := NEW.record_id;
  bad record;
BEGIN
  -- What a bulk import of new parcels leaves alone, a replacement or an annulment changes: units that were there.
  IF NOT EXISTS (SELECT FROM cadastre.parcel_version v WHERE v.closed_record_id = why) THEN
    RETURN NULL;
  END IF;
  -- A hold being written right now holds this row: wait for it, then see it.
  PERFORM FROM cadastre.parcel_unit u
    WHERE u.id IN (SELECT v.unit_id FROM cadastre.parcel_version v WHERE v.closed_record_id = why) FOR SHARE;
  SELECT h.unit_id, h.kind, h.issuer, h.doc_no INTO bad FROM cadastre.parcel_hold h
   WHERE h.scope IN ('parcel', 'part') AND h.held @> clock_timestamp() AND EXISTS (
     SELECT FROM cadastre.parcel_version v WHERE v.unit_id = h.unit_id AND v.closed_record_id = why
        -- Noding replaces a version by a technical one of the same facts; a hold allows that.
        AND NOT EXISTS (SELECT FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND w.record_id = why
                           AND w.technical AND w.valid = v.valid)) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('parcel-held', 'The parcel is held', jsonb_build_object(
      'unit', bad.unit_id, 'kind', bad.kind, 'issuer', bad.issuer, 'docNo', bad.doc_no));
  END IF;
  SELECT t.unit_id INTO bad
    FROM (SELECT DISTINCT v.unit_id FROM cadastre.parcel_version v WHERE v.closed_record_id = why) t
    LEFT JOIN cadastre.parcel_version c ON c.unit_id = t.unit_id AND upper_inf(c.recorded) AND upper_inf(c.valid)
    LEFT JOIN cadastre.parcel p ON p.unit_id = t.unit_id
   WHERE p.version_id IS DISTINCT FROM c.id LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('bulk-unprojected', 'The current fabric is not what the bulk change left believed',
                            jsonb_build_object('unit', bad.unit_id));
  END IF;
  SELECT t.unit_id INTO bad
    FROM (SELECT DISTINCT v.unit_id FROM cadastre.parcel_version v WHERE v.closed_record_id = why) t
   WHERE NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = t.unit_id)
     AND NOT EXISTS (SELECT FROM cadastre.lineage l WHERE l.parent_id = t.unit_id AND upper_inf(l.recorded))
     AND NOT EXISTS (SELECT FROM cadastre.unit_end e WHERE e.unit_id = t.unit_id AND upper_inf(e.recorded))
     AND NOT coalesce(cadastre.was_annulled(t.unit_id), false) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('retired-without-successor', 'A retired parcel needs successors or a stated end',
                            jsonb_build_object('unit', bad.unit_id));
  END IF;
  SELECT DISTINCT v.commune_code AS code INTO bad FROM cadastre.parcel_version v
   WHERE v.closed_record_id = why AND NOT EXISTS (SELECT FROM cadastre.fabric_lock l
     WHERE l.commune_code = v.commune_code AND l.xact = pg_current_xact_id()) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('fabric-not-locked', 'This write does not hold the fabric locks it needs',
                            jsonb_build_object('communes', jsonb_build_array(bad.code)));
  END IF;
  SELECT v.unit_id INTO bad FROM cadastre.parcel_version v
   WHERE v.record_id = why AND v.repeats_id IS NOT NULL AND NOT EXISTS (
     SELECT FROM cadastre.parcel_version m WHERE m.id = v.repeats_id AND m.unit_id = v.unit_id) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('repeated-version', 'A version repeats one of its own unit',
                            jsonb_build_object('unit', bad.unit_id));
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t91_prove_changes AFTER INSERT ON cadastre.bulk_load DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION cadastre.prove_bulk_changes();
"""

ANNUL = """
CREATE FUNCTION cadastre.annul_conflicts(what bigint) RETURNS TABLE (unit_id bigint, record_id bigint)
LANGUAGE sql STABLE AS $$
  -- What a record touched and a later one changed; noding does not count, nor what was annulled since.
  WITH mine AS MATERIALIZED (
    SELECT m.id, m.unit_id FROM cadastre.parcel_version m WHERE m.record_id = what AND m.repeats_id IS NULL),
  said AS MATERIALIZED (
    SELECT m.id, m.unit_id, bool_or(upper_inf(v.recorded)) AS stands,
           (array_agg(v.closed_record_id ORDER BY upper(v.recorded) DESC))[1] AS closer
      FROM mine m JOIN cadastre.parcel_version v ON v.unit_id = m.unit_id AND coalesce(v.repeats_id, v.id) = m.id
     GROUP BY m.id, m.unit_id)
  SELECT s.unit_id, s.closer FROM said s WHERE NOT s.stands
   UNION
  SELECT o.unit_id, coalesce(root.record_id, o.record_id)
    FROM cadastre.parcel_version v
    JOIN cadastre.parcel_version o ON o.unit_id = v.unit_id AND upper_inf(o.recorded) AND o.valid && v.valid
    LEFT JOIN cadastre.parcel_version root ON root.id = o.repeats_id
   WHERE v.closed_record_id = what AND coalesce(o.repeats_id, o.id) NOT IN (SELECT m.id FROM mine m)
     AND NOT EXISTS (SELECT FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND w.record_id = what
                        AND w.technical AND w.repeats_id = coalesce(v.repeats_id, v.id))
   UNION
  SELECT k.unit_id, k.changed_record_id FROM cadastre.parcel_number k
    JOIN cadastre.record r ON r.id = k.changed_record_id
   WHERE k.record_id = what AND k.changed_record_id <> what AND r.kind <> 'annulment'
   UNION
  SELECT k.unit_id, k.record_id FROM cadastre.parcel_number k
    JOIN mine m ON m.unit_id = k.unit_id JOIN cadastre.parcel_unit u ON u.id = k.unit_id AND u.record_id = what
   WHERE k.record_id <> what AND k.annulled_record_id IS NULL
$$;
COMMENT ON FUNCTION cadastre.annul_conflicts(bigint) IS
  'Units that a record touched and a later record changed, with that record: it would have to be undone first';

CREATE FUNCTION cadastre.annul_corners(place geometry, since timestamptz)
RETURNS TABLE (unit_id bigint, points geometry)
LANGUAGE sql STABLE AS $$
  -- Corners on the edges of a polygon that it lacks, of current parcels believed since an instant only: older ones
  -- were beside it before, and what was not noded then (an admitted overlap) is not noded now.
  SELECT p.unit_id, ST_Collect(c.geom)
    FROM cadastre.parcel p
    JOIN cadastre.parcel_version w ON w.id = p.version_id AND lower(w.recorded) >= since
   CROSS JOIN LATERAL ST_DumpPoints(ST_RemoveRepeatedPoints(ST_Boundary(p.geom))) c
   WHERE p.geom && ST_Expand(place, 0.001) AND c.geom && ST_Expand(place, 0.001)
     AND ST_DWithin(c.geom, ST_Boundary(place), 0.00072)
     AND NOT EXISTS (SELECT FROM ST_DumpPoints(place) q WHERE q.geom = c.geom)
   GROUP BY p.unit_id
$$;

CREATE FUNCTION cadastre.annul(what bigint, why bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  bulk    boolean := current_user = 'landsvc_import';
  at      timestamptz;
  then_at timestamptz;
  facts   jsonb;
  near    record;
BEGIN
  IF NOT EXISTS (SELECT FROM cadastre.record r WHERE r.id = why AND r.annuls_id = what AND r.kind = 'annulment')
     OR EXISTS (SELECT FROM cadastre.record r WHERE r.id = what AND r.kind = 'annulment') THEN
    PERFORM cadastre.refuse('annulment-record', 'An annulment names the record it undoes, and undoes no annulment');
  END IF;
  SELECT jsonb_build_object('units', array_agg(DISTINCT c.unit_id), 'records', array_agg(DISTINCT c.record_id))
    INTO facts FROM cadastre.annul_conflicts(what) c HAVING count(*) > 0;
  IF FOUND THEN
    PERFORM cadastre.refuse('record-superseded', 'A later record changed what this one touched', facts);
  END IF;
  at := cadastre.recorded_now();
  then_at := (SELECT max(upper(v.recorded)) FROM cadastre.parcel_version v WHERE v.closed_record_id = what);

  -- A neighbour that was noded and says the same to the last corner gets its edge back.
  CREATE TEMP TABLE annul_noded ON COMMIT DROP AS
  SELECT DISTINCT ON (x.id) x.id AS shut, v.id AS back, v.unit_id
    FROM cadastre.parcel_version w
    JOIN cadastre.parcel_version v ON v.unit_id = w.unit_id AND v.closed_record_id = what AND v.valid = w.valid
     AND coalesce(v.repeats_id, v.id) = w.repeats_id
    JOIN cadastre.parcel_version x ON x.unit_id = w.unit_id AND upper_inf(x.recorded) AND x.valid = w.valid
     AND coalesce(x.repeats_id, x.id) = w.repeats_id AND x.geom::bytea = w.geom::bytea
   WHERE w.record_id = what AND w.technical AND w.repeats_id IS NOT NULL;
  CREATE TEMP TABLE annul_shut ON COMMIT DROP AS
  SELECT v.id, v.unit_id FROM cadastre.parcel_version m
    JOIN cadastre.parcel_version v ON v.unit_id = m.unit_id AND coalesce(v.repeats_id, v.id) = m.id
   WHERE m.record_id = what AND m.repeats_id IS NULL AND upper_inf(v.recorded)
   UNION ALL
  SELECT n.shut, n.unit_id FROM pg_temp.annul_noded n;
  CREATE TEMP TABLE annul_back ON COMMIT DROP AS
  SELECT nextval(pg_get_serial_sequence('cadastre.parcel_version', 'id')) AS id, v.id AS source, v.unit_id,
         EXISTS (SELECT FROM pg_temp.annul_noded n WHERE n.back = v.id) AS technical, v.geom
    FROM cadastre.parcel_version v
   WHERE v.closed_record_id = what AND (v.id IN (SELECT n.back FROM pg_temp.annul_noded n) OR NOT EXISTS (
     SELECT FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND w.record_id = what AND w.technical
        AND w.valid = v.valid AND w.repeats_id = coalesce(v.repeats_id, v.id)));
  ANALYZE pg_temp.annul_shut;
  ANALYZE pg_temp.annul_back;

  UPDATE cadastre.parcel_version v SET recorded = tstzrange(lower(v.recorded), at), closed_record_id = why
    FROM pg_temp.annul_shut s WHERE v.id = s.id;
  IF bulk THEN
    INSERT INTO geo.tile_touch (layer, area)
    SELECT 'parcels', ST_SetSRID(ST_Extent(p.geom3857)::geometry, 3857)
      FROM cadastre.parcel p JOIN pg_temp.annul_shut s ON s.id = p.version_id
     GROUP BY p.commune_code HAVING ST_Extent(p.geom3857) IS NOT NULL;
    DELETE FROM cadastre.parcel p USING pg_temp.annul_shut s WHERE p.unit_id = s.unit_id AND p.version_id = s.id;
  END IF;

  -- What stays may have got corners on these edges meanwhile: they are taken over, 0.71 mm at most.
  UPDATE pg_temp.annul_back b SET geom = cadastre.node_geometry(b.geom, c.points)
    FROM (SELECT k.id, ST_Collect(n.points) AS points
            FROM pg_temp.annul_back k, cadastre.annul_corners(k.geom, then_at) n
           WHERE k.geom IS NOT NULL GROUP BY k.id) c
   WHERE c.id = b.id;
  INSERT INTO cadastre.parcel_version (id, unit_id, record_id, survey_id, technical, valid, recorded, commune_code,
    geom, legal_area_m2, computed_area_m2, computed_srid, address, repeats_id)
  OVERRIDING SYSTEM VALUE
  SELECT b.id, b.unit_id, why, v.survey_id, b.technical, v.valid, tstzrange(at, NULL), v.commune_code, b.geom,
         v.legal_area_m2, v.computed_area_m2, v.computed_srid, v.address, coalesce(v.repeats_id, v.id)
    FROM pg_temp.annul_back b JOIN cadastre.parcel_version v ON v.id = b.source;
  INSERT INTO cadastre.parcel_use
  SELECT b.id, u.seq, u.use_code, u.area_m2, u.origin_code, u.shared, u.term_until, u.geom
    FROM pg_temp.annul_back b JOIN cadastre.parcel_use u ON u.version_id = b.source;

  UPDATE cadastre.lineage l SET recorded = tstzrange(lower(l.recorded), at)
   WHERE l.record_id = what AND upper_inf(l.recorded);
  UPDATE cadastre.unit_end e SET recorded = tstzrange(lower(e.recorded), at)
   WHERE e.record_id = what AND upper_inf(e.recorded);
  UPDATE cadastre.mapped_extent e SET recorded = tstzrange(lower(e.recorded), at), closed_record_id = why
   WHERE e.record_id = what AND upper_inf(e.recorded);
  INSERT INTO cadastre.mapped_extent (commune_code, record_id, geom, recorded)
  SELECT e.commune_code, why, e.geom, tstzrange(at, NULL) FROM cadastre.mapped_extent e WHERE e.closed_record_id = what;

  -- First what the record changed, then what it gave.
  UPDATE cadastre.parcel_number k
     SET used = p.used, on_map = p.on_map, as_printed = p.as_printed, changed_record_id = why
    FROM cadastre.parcel_number_past p
   WHERE p.closed_record_id = what AND p.number_id = k.id AND k.record_id <> what AND (
     k.changed_record_id = what OR EXISTS (
       SELECT FROM cadastre.parcel_number_past q WHERE q.number_id = k.id AND lower(q.recorded) = upper(p.recorded)
          AND (q.used, q.on_map, q.as_printed) = (k.used, k.on_map, k.as_printed)));
  UPDATE cadastre.parcel_number k SET used = 'empty', changed_record_id = why, annulled_record_id = why
   WHERE k.record_id = what AND k.annulled_record_id IS NULL;

  IF bulk THEN
    INSERT INTO cadastre.parcel SELECT r.* FROM (
      SELECT DISTINCT b.unit_id FROM pg_temp.annul_back b JOIN cadastre.parcel_version v ON v.id = b.source
       WHERE upper_inf(v.valid)) t, LATERAL cadastre.parcel_row(t.unit_id) r;
    INSERT INTO geo.tile_touch (layer, area)
    SELECT 'parcels', ST_SetSRID(ST_Extent(p.geom3857)::geometry, 3857)
      FROM cadastre.parcel p JOIN pg_temp.annul_back b ON b.id = p.version_id
     GROUP BY p.commune_code HAVING ST_Extent(p.geom3857) IS NOT NULL;
    INSERT INTO core.outbox (topic, key) VALUES ('fabric.loaded', why::text);
  END IF;
  PERFORM cadastre.annul_overlaps(what, why, then_at);
  FOR near IN
    SELECT n.unit_id, ST_Collect(n.points) AS points FROM (
      SELECT p.unit_id, c.geom AS points
        FROM pg_temp.annul_back b
        JOIN cadastre.parcel p ON p.geom && ST_Expand(b.geom, 0.001)
         AND p.version_id NOT IN (SELECT k.id FROM pg_temp.annul_back k)
        JOIN cadastre.parcel_version w ON w.id = p.version_id AND lower(w.recorded) >= then_at
       CROSS JOIN LATERAL ST_DumpPoints(ST_RemoveRepeatedPoints(ST_Boundary(b.geom))) c
       WHERE c.geom && ST_Expand(p.geom, 0.001) AND ST_DWithin(c.geom, ST_Boundary(p.geom), 0.00072)
         AND NOT EXISTS (SELECT FROM ST_DumpPoints(p.geom) q WHERE q.geom = c.geom)) n
     GROUP BY n.unit_id
  LOOP
    PERFORM cadastre.node_neighbour(near.unit_id, near.points, why);
  END LOOP;
  facts := jsonb_build_object(
    'closed', (SELECT count(*) FROM pg_temp.annul_shut),
    'reinstated', (SELECT count(*) FROM pg_temp.annul_back b WHERE NOT b.technical),
    'unnoded', (SELECT count(*) FROM pg_temp.annul_noded),
    'units', (SELECT count(DISTINCT s.unit_id) FROM pg_temp.annul_shut s
               WHERE NOT EXISTS (SELECT FROM pg_temp.annul_back b WHERE b.unit_id = s.unit_id)));
  DROP TABLE pg_temp.annul_noded, pg_temp.annul_shut, pg_temp.annul_back;
  RETURN facts;
END $$;
COMMENT ON FUNCTION cadastre.annul(bigint, bigint) IS
  'Undo all a record did, under an annulment: believed now is what was believed before it; nothing is erased';

CREATE FUNCTION cadastre.annul_overlaps(what bigint, why bigint, then_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- Admitted overlaps the record brought end; those it ended come back as far as the land overlaps again.
  UPDATE cadastre.known_overlap k SET recorded = tstzrange(lower(k.recorded), cadastre.recorded_now())
   WHERE upper_inf(k.recorded) AND (k.record_id = what OR k.unit_a IN (SELECT s.unit_id FROM pg_temp.annul_shut s)
      OR k.unit_b IN (SELECT s.unit_id FROM pg_temp.annul_shut s))
     AND (k.record_id = what OR NOT EXISTS (
       SELECT FROM cadastre.parcel p JOIN cadastre.parcel o ON o.unit_id = k.unit_b
          AND ST_Relate(o.geom, p.geom, '2********')
        WHERE p.unit_id = k.unit_a));
  INSERT INTO cadastre.known_overlap (unit_a, unit_b, geom, record_id, recorded)
  SELECT DISTINCT ON (k.unit_a, k.unit_b) k.unit_a, k.unit_b,
         ST_CollectionExtract(ST_Intersection(p.geom, o.geom), 3), why, tstzrange(cadastre.recorded_now(), NULL)
    FROM cadastre.known_overlap k
    JOIN cadastre.parcel p ON p.unit_id = k.unit_a
    JOIN cadastre.parcel o ON o.unit_id = k.unit_b AND ST_Relate(o.geom, p.geom, '2********')
   WHERE upper(k.recorded) = then_at
     AND (k.unit_a IN (SELECT b.unit_id FROM pg_temp.annul_back b)
       OR k.unit_b IN (SELECT b.unit_id FROM pg_temp.annul_back b))
     AND ST_Area(ST_Difference(ST_Intersection(p.geom, o.geom), k.geom)) <= 1e-6
     AND NOT EXISTS (SELECT FROM cadastre.known_overlap e
                      WHERE e.unit_a = k.unit_a AND e.unit_b = k.unit_b AND upper_inf(e.recorded))
   ORDER BY k.unit_a, k.unit_b, k.id DESC;
END $$;

CREATE FUNCTION cadastre.annul_as_officer(what bigint, why bigint) RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- An officer may not write what came from elsewhere back; this may, and every row trigger looks on.
  SELECT cadastre.annul(what, why)
$$;
COMMENT ON FUNCTION cadastre.annul_as_officer(bigint, bigint) IS 'Undo a record of few parcels, proved row by row';

REVOKE EXECUTE ON FUNCTION cadastre.keep_number(), cadastre.numbers_at(bigint, date, timestamptz),
  cadastre.guard_repeats(), cadastre.was_annulled(bigint), cadastre.guard_ended(), cadastre.guard_bulk_closing(),
  cadastre.guard_bulk_gone(), cadastre.prove_bulk_changes(), cadastre.annul_conflicts(bigint),
  cadastre.annul_corners(geometry, timestamptz), cadastre.annul(bigint, bigint),
  cadastre.annul_as_officer(bigint, bigint), cadastre.annul_overlaps(bigint, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.keep_number(), cadastre.guard_repeats(), cadastre.was_annulled(bigint),
  cadastre.guard_ended(), cadastre.guard_bulk_closing(), cadastre.guard_bulk_gone(),
  cadastre.annul_conflicts(bigint) TO landsvc_editor, landsvc_import;
GRANT EXECUTE ON FUNCTION cadastre.annul_as_officer(bigint, bigint) TO landsvc_editor;
GRANT EXECUTE ON FUNCTION cadastre.annul(bigint, bigint), cadastre.annul_corners(geometry, timestamptz),
  cadastre.annul_overlaps(bigint, bigint, timestamptz) TO landsvc_import;
GRANT EXECUTE ON FUNCTION cadastre.numbers_at(bigint, date, timestamptz)
  TO landsvc_public, landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLES, BACKFILL, NUMBERS, NODING, RETIRED, BULK, ANNUL):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(
        """
        DROP TRIGGER t91_prove_changes ON cadastre.bulk_load;
        DROP TRIGGER t06_gone ON cadastre.parcel;
        DROP TRIGGER t06_closed ON cadastre.parcel_version;
        DROP TRIGGER t11_repeats ON cadastre.parcel_version;
        DROP TRIGGER t07_ended ON cadastre.lineage;
        DROP TRIGGER t07_ended ON cadastre.unit_end;
        DROP TRIGGER t10_keep ON cadastre.parcel_number;
        DROP TRIGGER t05_append_only ON cadastre.parcel_number;
        DROP TRIGGER t20_retired ON cadastre.parcel;
        DROP FUNCTION cadastre.annul_as_officer(bigint, bigint), cadastre.annul(bigint, bigint),
          cadastre.annul_overlaps(bigint, bigint, timestamptz), cadastre.annul_corners(geometry, timestamptz),
          cadastre.annul_conflicts(bigint), cadastre.prove_bulk_changes(), cadastre.guard_bulk_gone(),
          cadastre.guard_bulk_closing(), cadastre.guard_ended(), cadastre.guard_repeats(), cadastre.keep_number();
        REVOKE DELETE ON cadastre.parcel FROM landsvc_import;
        REVOKE UPDATE (recorded, closed_record_id) ON cadastre.parcel_version, cadastre.mapped_extent
          FROM landsvc_import;
        REVOKE UPDATE (recorded) ON cadastre.lineage, cadastre.unit_end, cadastre.known_overlap FROM landsvc_import;
        REVOKE UPDATE (used, on_map, as_printed, changed_record_id, annulled_record_id)
          ON cadastre.parcel_number FROM landsvc_import;
        """
    )
    for name, source in REPLACED.items():
        connection.exec_driver_sql(_as_before(name, source))
    connection.exec_driver_sql(
        """
        DROP FUNCTION cadastre.numbers_at(bigint, date, timestamptz), cadastre.was_annulled(bigint);
        CREATE CONSTRAINT TRIGGER t20_retired AFTER DELETE ON cadastre.parcel DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION cadastre.check_retired();
        DELETE FROM cadastre.mapped_extent WHERE NOT upper_inf(recorded);
        ALTER TABLE cadastre.mapped_extent DROP COLUMN closed_record_id, DROP COLUMN recorded;
        DROP TABLE cadastre.parcel_number_past;
        -- A number that was taken back and given again is, without the annulment, a number given once.
        DELETE FROM cadastre.parcel_number k WHERE k.annulled_record_id IS NOT NULL AND EXISTS (
          SELECT FROM cadastre.parcel_number o WHERE o.id > k.id
             AND (o.series_id, o.sheet, o.number) = (k.series_id, k.sheet, k.number));
        ALTER TABLE cadastre.parcel_number DROP CONSTRAINT uq_parcel_number_series_id_sheet_number,
          DROP COLUMN changed_record_id, DROP COLUMN changed_at, DROP COLUMN annulled_record_id,
          ADD CONSTRAINT uq_parcel_number_series_id_sheet_number UNIQUE (series_id, sheet, number);
        CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE ON cadastre.parcel_number FOR EACH ROW
          EXECUTE FUNCTION cadastre.guard_append_only('{used,on_map,as_printed}');
        DROP INDEX cadastre.ix_parcel_version_closed_record_id;
        ALTER TABLE cadastre.parcel_version DROP COLUMN repeats_id;
        ALTER TABLE cadastre.record DROP COLUMN annuls_id;
        """
    )
    connection.execution_options(no_parameters=False)


def _as_before(name: str, source: str) -> str:
    """Return the statement that gives a function its body of an earlier revision."""
    path = Path(__file__).with_name(f"{source}.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    before = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(before)
    text = "\n".join(value for value in vars(before).values() if isinstance(value, str))
    found = re.search(rf"CREATE FUNCTION cadastre\.{name}\(.*?\$\$.*?\$\$;", text, re.DOTALL)
    if found is None:
        raise LookupError(name)
    return found.group(0).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
