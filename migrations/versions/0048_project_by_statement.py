"""Keep the projection by statement, not by row: what a statement wrote is shown, locked, drawn and told of at once.

A split of one parcel beside two neighbours writes eight versions in seven statements. Each version asked for itself
what is current, which locks it needs, which tiles it touches; most of the time went into planning and starting queries.
What is proved is the same: every version written is projected at the end of the statement that wrote it.
"""

from __future__ import annotations

from alembic import op

revision = "0048_project_by_statement"
down_revision = "0047_let_dossiers_open"

DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
TUNED = f"{DEFINER} SET plan_cache_mode = force_generic_plan"
OFFICERS = "FOR EACH {what} WHEN (current_user <> 'landsvc_import') EXECUTE FUNCTION cadastre.{function}()"

PROJECT = f"""
CREATE OR REPLACE FUNCTION cadastre.project_version() RETURNS trigger
{TUNED} AS $$
DECLARE
  units   bigint[];
  gone    bigint[];
  added   bigint[];
  altered bigint[];
BEGIN
  IF TG_OP = 'DELETE' THEN
    units := ARRAY(SELECT DISTINCT o.unit_id FROM was o);
  ELSE
    units := ARRAY(SELECT DISTINCT n.unit_id FROM fresh n);
  END IF;
  -- A unit whose row shows its version, and how many there are, is shown already: nothing else of a version changes.
  SELECT array_agg(u.id) FILTER (WHERE v.id IS NULL),
         array_agg(u.id ORDER BY u.id) FILTER (WHERE v.id IS NOT NULL AND p.unit_id IS NULL),
         array_agg(u.id ORDER BY u.id) FILTER (WHERE v.id IS NOT NULL AND p.unit_id IS NOT NULL)
    INTO gone, added, altered
    FROM unnest(units) u(id)
    LEFT JOIN cadastre.parcel_version v ON v.unit_id = u.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
    LEFT JOIN cadastre.parcel p ON p.unit_id = u.id
   WHERE CASE WHEN v.id IS NULL THEN p.unit_id IS NOT NULL ELSE
           p.version_id IS DISTINCT FROM v.id OR p.version_no <> (
             SELECT count(*) FROM cadastre.parcel_version w WHERE w.unit_id = u.id AND NOT w.technical) END;
  IF gone IS NOT NULL THEN
    DELETE FROM cadastre.parcel p WHERE p.unit_id = ANY (gone);
  END IF;
  IF altered IS NOT NULL THEN
    WITH told AS MATERIALIZED (SELECT r.* FROM unnest(altered) u(id), LATERAL cadastre.parcel_row(u.id) r)
    UPDATE cadastre.parcel p SET
      version_id = r.version_id, code = r.code, commune_code = r.commune_code, series_id = r.series_id,
      issuing_code = r.issuing_code, sheet = r.sheet, number = r.number, use_label = r.use_label,
      legal_area_m2 = r.legal_area_m2, computed_area_m2 = r.computed_area_m2, computed_srid = r.computed_srid,
      address = r.address, valid_from = r.valid_from, version_no = r.version_no, uses = r.uses, numbers = r.numbers,
      geom = r.geom, geom4326 = r.geom4326, geom3857 = r.geom3857
      FROM told r WHERE p.unit_id = r.unit_id;
  END IF;
  IF added IS NOT NULL THEN
    INSERT INTO cadastre.parcel SELECT r.* FROM unnest(added) u(id), LATERAL cadastre.parcel_row(u.id) r;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION cadastre.project_facts() RETURNS trigger
{TUNED} AS $$
DECLARE
  units bigint[];
BEGIN
  -- What is not shown yet is shown whole by its version.
  IF TG_TABLE_NAME = 'parcel_use' THEN
    units := ARRAY(SELECT DISTINCT p.unit_id FROM fresh f JOIN cadastre.parcel_version v ON v.id = f.version_id
                     JOIN cadastre.parcel p ON p.unit_id = v.unit_id AND p.version_id = v.id);
  ELSE
    units := ARRAY(SELECT DISTINCT p.unit_id FROM fresh f JOIN cadastre.parcel p ON p.unit_id = f.unit_id);
  END IF;
  IF units = '{{}}' THEN
    RETURN NULL;
  END IF;
  -- Uses, numbers and codes change no geometry: the fabric's own triggers need not run again.
  WITH told AS MATERIALIZED (
    SELECT r.unit_id, r.code, r.series_id, r.issuing_code, r.sheet, r.number, r.use_label, r.uses, r.numbers
      FROM unnest(units) u(id), LATERAL cadastre.parcel_row(u.id) r)
  UPDATE cadastre.parcel p
     SET code = r.code, series_id = r.series_id, issuing_code = r.issuing_code, sheet = r.sheet,
         number = r.number, use_label = r.use_label, uses = r.uses, numbers = r.numbers
    FROM told r
   WHERE p.unit_id = r.unit_id;
  RETURN NULL;
END $$;
"""

CHANGED = f"""
CREATE FUNCTION cadastre.require_locks(places geometry[], communes text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  parts   geometry[];
  missing text[];
BEGIN
  IF EXISTS (SELECT FROM cadastre.preview_run r WHERE r.xact = pg_current_xact_id_if_assigned()) THEN RETURN; END IF;
  -- In two steps: a thousand parts are foreseen of each dump, and tables are made ready for as many.
  parts := ARRAY(SELECT part.geom FROM unnest(places) place, ST_Dump(place) part);
  SELECT array_agg(c) INTO missing
    FROM (SELECT unnest(communes) AS c UNION
          SELECT near FROM unnest(parts) part(geom), cadastre.communes_near(part.geom) near) k
   WHERE NOT EXISTS (SELECT FROM cadastre.fabric_lock l
                      WHERE l.commune_code = c AND l.xact = pg_current_xact_id_if_assigned());
  IF missing IS NOT NULL THEN
    PERFORM cadastre.refuse('fabric-not-locked', 'This write does not hold the fabric locks it needs',
                            jsonb_build_object('communes', missing));
  END IF;
END $$;
COMMENT ON FUNCTION cadastre.require_locks(geometry[], text[]) IS
  'Refuse unless this transaction holds the locks of communes and of whatever lies within a metre of places';
REVOKE EXECUTE ON FUNCTION cadastre.require_locks(geometry[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.require_locks(geometry[], text[]) TO landsvc_editor, landsvc_import;
DROP FUNCTION cadastre.require_locks(geometry, text);

CREATE OR REPLACE FUNCTION cadastre.fabric_changed() RETURNS trigger
{DEFINER} AS $$
DECLARE
  units    bigint[];
  places   geometry[];
  maps     geometry[];
  communes text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(n.unit_id ORDER BY n.unit_id), array_agg(n.geom), array_agg(ST_Envelope(n.geom3857)),
           array_agg(DISTINCT n.commune_code) INTO units, places, maps, communes FROM fresh n;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(o.unit_id ORDER BY o.unit_id), array_agg(o.geom), array_agg(ST_Envelope(o.geom3857)),
           array_agg(DISTINCT o.commune_code) INTO units, places, maps, communes FROM was o;
  ELSE
    -- Another version, or land moved; facts alone change no land.
    SELECT array_agg(n.unit_id ORDER BY n.unit_id), array_agg(o.geom) || array_agg(n.geom),
           array_agg(ST_Envelope(ST_Collect(o.geom3857, n.geom3857))),
           array_agg(DISTINCT o.commune_code) || array_agg(DISTINCT n.commune_code)
      INTO units, places, maps, communes
      FROM was o JOIN fresh n ON n.unit_id = o.unit_id
     WHERE n.version_id <> o.version_id OR n.commune_code <> o.commune_code
        OR n.geom::bytea IS DISTINCT FROM o.geom::bytea;
  END IF;
  IF units IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM cadastre.require_locks(places, communes);
  INSERT INTO geo.tile_touch (layer, area) SELECT 'parcels', m.area FROM unnest(maps) m(area) WHERE m.area IS NOT NULL;
  INSERT INTO core.outbox (topic, key) SELECT 'parcel.changed', u.id::text FROM unnest(units) u(id);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION cadastre.draw_parcels() RETURNS trigger
{DEFINER} AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    -- Only what looks different is drawn anew.
    WITH redrawn AS MATERIALIZED (
      SELECT f.* FROM fresh f JOIN gone g ON g.unit_id = f.unit_id
       WHERE (g.kind, g.use_label, g.issuing_code, g.sheet, g.number, g.code, g.legal_area_m2, g.geom3857::bytea)
             IS DISTINCT FROM
             (f.kind, f.use_label, f.issuing_code, f.sheet, f.number, f.code, f.legal_area_m2, f.geom3857::bytea)),
    wiped AS (DELETE FROM cadastre.parcel_drawn d USING redrawn r
               WHERE d.unit_id = r.unit_id AND (r.kind <> 'parcel' OR r.geom3857 IS NULL))
    INSERT INTO cadastre.parcel_drawn
    SELECT p.unit_id, p.use_label, p.issuing_code, p.sheet, p.number, p.code,
           (CAST(p.legal_area_m2 * 10 AS bigint) / CAST(10 AS double precision))::real, p.geom3857
      FROM redrawn p WHERE p.kind = 'parcel' AND p.geom3857 IS NOT NULL
    ON CONFLICT (unit_id) DO UPDATE SET
      use_label = EXCLUDED.use_label, issuing_code = EXCLUDED.issuing_code, sheet = EXCLUDED.sheet,
      number = EXCLUDED.number, code = EXCLUDED.code, area_m2 = EXCLUDED.area_m2, geom3857 = EXCLUDED.geom3857;
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' THEN
    DELETE FROM cadastre.parcel_drawn d USING gone g WHERE d.unit_id = g.unit_id;
  ELSE
    INSERT INTO cadastre.parcel_drawn
    SELECT p.unit_id, p.use_label, p.issuing_code, p.sheet, p.number, p.code,
           (CAST(p.legal_area_m2 * 10 AS bigint) / CAST(10 AS double precision))::real, p.geom3857
      FROM fresh p WHERE p.kind = 'parcel' AND p.geom3857 IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
"""

TRIGGERS = f"""
DROP TRIGGER t20_project ON cadastre.parcel_version;
CREATE TRIGGER t20_project_new AFTER INSERT ON cadastre.parcel_version REFERENCING NEW TABLE AS fresh
  {OFFICERS.format(what="STATEMENT", function="project_version")};
CREATE TRIGGER t20_project_changed AFTER UPDATE ON cadastre.parcel_version REFERENCING NEW TABLE AS fresh
  {OFFICERS.format(what="STATEMENT", function="project_version")};
CREATE TRIGGER t20_project_gone AFTER DELETE ON cadastre.parcel_version REFERENCING OLD TABLE AS was
  {OFFICERS.format(what="STATEMENT", function="project_version")};
DROP TRIGGER t20_project ON cadastre.parcel_code;
CREATE TRIGGER t20_project AFTER INSERT ON cadastre.parcel_code REFERENCING NEW TABLE AS fresh
  {OFFICERS.format(what="STATEMENT", function="project_facts")};
DROP TRIGGER t20_project ON cadastre.parcel_use;
CREATE TRIGGER t20_project AFTER INSERT ON cadastre.parcel_use REFERENCING NEW TABLE AS fresh
  {OFFICERS.format(what="STATEMENT", function="project_facts")};
DROP TRIGGER t20_project ON cadastre.parcel_number;
CREATE TRIGGER t20_project_new AFTER INSERT ON cadastre.parcel_number REFERENCING NEW TABLE AS fresh
  {OFFICERS.format(what="STATEMENT", function="project_facts")};
CREATE TRIGGER t20_project_changed AFTER UPDATE ON cadastre.parcel_number REFERENCING NEW TABLE AS fresh
  {OFFICERS.format(what="STATEMENT", function="project_facts")};
DROP TRIGGER t10_changed ON cadastre.parcel;
CREATE TRIGGER t10_changed_new AFTER INSERT ON cadastre.parcel REFERENCING NEW TABLE AS fresh
  {OFFICERS.format(what="STATEMENT", function="fabric_changed")};
CREATE TRIGGER t10_changed AFTER UPDATE ON cadastre.parcel REFERENCING OLD TABLE AS was NEW TABLE AS fresh
  {OFFICERS.format(what="STATEMENT", function="fabric_changed")};
CREATE TRIGGER t10_changed_gone AFTER DELETE ON cadastre.parcel REFERENCING OLD TABLE AS was
  {OFFICERS.format(what="STATEMENT", function="fabric_changed")};
DROP FUNCTION cadastre.project(bigint);
"""
BULK = """
DROP TRIGGER t05_bulk ON cadastre.{table};
CREATE TRIGGER t05_bulk BEFORE INSERT OR UPDATE OR DELETE ON cadastre.{table}
  FOR EACH STATEMENT {when}EXECUTE FUNCTION cadastre.guard_bulk();
"""
TRIGGERS_BEFORE = f"""
DROP TRIGGER t20_project_new ON cadastre.parcel_version;
DROP TRIGGER t20_project_changed ON cadastre.parcel_version;
DROP TRIGGER t20_project_gone ON cadastre.parcel_version;
CREATE TRIGGER t20_project AFTER INSERT OR UPDATE OR DELETE ON cadastre.parcel_version
  {OFFICERS.format(what="ROW", function="project_version")};
DROP TRIGGER t20_project ON cadastre.parcel_code;
CREATE TRIGGER t20_project AFTER INSERT ON cadastre.parcel_code
  {OFFICERS.format(what="ROW", function="project_facts")};
DROP TRIGGER t20_project ON cadastre.parcel_use;
CREATE TRIGGER t20_project AFTER INSERT ON cadastre.parcel_use
  {OFFICERS.format(what="ROW", function="project_facts")};
DROP TRIGGER t20_project_new ON cadastre.parcel_number;
DROP TRIGGER t20_project_changed ON cadastre.parcel_number;
CREATE TRIGGER t20_project AFTER INSERT OR UPDATE ON cadastre.parcel_number
  {OFFICERS.format(what="ROW", function="project_facts")};
DROP TRIGGER t10_changed_new ON cadastre.parcel;
DROP TRIGGER t10_changed ON cadastre.parcel;
DROP TRIGGER t10_changed_gone ON cadastre.parcel;
CREATE TRIGGER t10_changed AFTER INSERT OR DELETE OR UPDATE OF geom, commune_code ON cadastre.parcel
  {OFFICERS.format(what="ROW", function="fabric_changed")};
"""
FUNCTIONS_BEFORE = f"""
CREATE OR REPLACE FUNCTION cadastre.project(unit bigint) RETURNS void
{TUNED} AS $$
BEGIN
  DELETE FROM cadastre.parcel p WHERE p.unit_id = unit AND NOT EXISTS (
    SELECT FROM cadastre.parcel_version v
     WHERE v.unit_id = unit AND upper_inf(v.recorded) AND upper_inf(v.valid));
  INSERT INTO cadastre.parcel SELECT * FROM cadastre.parcel_row(unit)
  ON CONFLICT (unit_id) DO UPDATE SET
    version_id = EXCLUDED.version_id, code = EXCLUDED.code, commune_code = EXCLUDED.commune_code,
    series_id = EXCLUDED.series_id, issuing_code = EXCLUDED.issuing_code, sheet = EXCLUDED.sheet,
    number = EXCLUDED.number, use_label = EXCLUDED.use_label, legal_area_m2 = EXCLUDED.legal_area_m2,
    computed_area_m2 = EXCLUDED.computed_area_m2, computed_srid = EXCLUDED.computed_srid,
    address = EXCLUDED.address, valid_from = EXCLUDED.valid_from, version_no = EXCLUDED.version_no,
    uses = EXCLUDED.uses, numbers = EXCLUDED.numbers,
    geom = EXCLUDED.geom, geom4326 = EXCLUDED.geom4326, geom3857 = EXCLUDED.geom3857;
END $$;
CREATE OR REPLACE FUNCTION cadastre.project_version() RETURNS trigger
{DEFINER} AS $$
BEGIN
  PERFORM cadastre.project(CASE WHEN TG_OP = 'DELETE' THEN OLD.unit_id ELSE NEW.unit_id END);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION cadastre.project_facts() RETURNS trigger
{TUNED} AS $$
DECLARE
  unit bigint := CASE WHEN TG_TABLE_NAME = 'parcel_use'
                   THEN (SELECT v.unit_id FROM cadastre.parcel_version v
                          WHERE v.id = (to_jsonb(NEW) ->> 'version_id')::bigint)
                   ELSE (to_jsonb(NEW) ->> 'unit_id')::bigint END;
BEGIN
  -- What is not shown yet is shown whole by its version.
  IF NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = unit) THEN
    RETURN NULL;
  END IF;
  -- Uses, numbers and codes change no geometry: the fabric's own triggers need not run again.
  UPDATE cadastre.parcel p
     SET code = r.code, series_id = r.series_id, issuing_code = r.issuing_code, sheet = r.sheet,
         number = r.number, use_label = r.use_label, uses = r.uses, numbers = r.numbers
    FROM cadastre.parcel_row(unit) r
   WHERE p.unit_id = r.unit_id;
  RETURN NULL;
END $$;
DROP FUNCTION cadastre.require_locks(geometry[], text[]);
CREATE OR REPLACE FUNCTION cadastre.require_locks(place geometry, commune text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  missing text[];
BEGIN
  IF EXISTS (SELECT FROM cadastre.preview_run r WHERE r.xact = pg_current_xact_id_if_assigned()) THEN RETURN; END IF;
  SELECT array_agg(c) INTO missing
    FROM (SELECT commune AS c UNION SELECT near FROM ST_Dump(place) part, cadastre.communes_near(part.geom) near) k
   WHERE NOT EXISTS (SELECT FROM cadastre.fabric_lock l
                      WHERE l.commune_code = c AND l.xact = pg_current_xact_id_if_assigned());
  IF missing IS NOT NULL THEN
    PERFORM cadastre.refuse('fabric-not-locked', 'This write does not hold the fabric locks it needs',
                            jsonb_build_object('communes', missing));
  END IF;
END $$;
CREATE OR REPLACE FUNCTION cadastre.fabric_changed() RETURNS trigger
{DEFINER} AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM cadastre.require_locks(OLD.geom, OLD.commune_code);
    INSERT INTO geo.tile_touch (layer, area) SELECT 'parcels', ST_Envelope(OLD.geom3857)
     WHERE OLD.geom3857 IS NOT NULL;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM cadastre.require_locks(NEW.geom, NEW.commune_code);
    INSERT INTO geo.tile_touch (layer, area) SELECT 'parcels', ST_Envelope(NEW.geom3857)
     WHERE NEW.geom3857 IS NOT NULL;
  END IF;
  INSERT INTO core.outbox (topic, key) VALUES
    ('parcel.changed', (CASE WHEN TG_OP = 'DELETE' THEN OLD.unit_id ELSE NEW.unit_id END)::text);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION cadastre.draw_parcels() RETURNS trigger
{DEFINER} AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM cadastre.parcel_drawn d USING gone g WHERE d.unit_id = g.unit_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO cadastre.parcel_drawn
SELECT p.unit_id, p.use_label, p.issuing_code, p.sheet, p.number, p.code,
       (CAST(p.legal_area_m2 * 10 AS bigint) / CAST(10 AS double precision))::real, p.geom3857
  FROM fresh p WHERE p.kind = 'parcel' AND p.geom3857 IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION cadastre.project(bigint), cadastre.require_locks(geometry, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.require_locks(geometry, text) TO landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (PROJECT, CHANGED, TRIGGERS):
        connection.exec_driver_sql(part)
    for table in ("parcel", "parcel_version"):
        # Only the import role is asked, so nobody else need start the function.
        when = "WHEN (current_user = 'landsvc_import') "
        connection.exec_driver_sql(BULK.format(table=table, when=when))


def downgrade() -> None:
    """Take back."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for table in ("parcel", "parcel_version"):
        connection.exec_driver_sql(BULK.format(table=table, when=""))
    for part in (FUNCTIONS_BEFORE, TRIGGERS_BEFORE):
        connection.exec_driver_sql(part)
