"""Make what triggers do at each edit cheaper: lock keys of a place without whole outlines, no projection in vain.

The land of communes is kept in small pieces; who tries something is not asked for keys; codes and numbers of a unit
that has no projection yet are not projected; plans of the projection are made once for all values.
"""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0029_lighten_triggers"
down_revision = "0028_approve_drafts"

TABLE = f"""
CREATE TABLE cadastre.admin_part (
  id      bigint GENERATED ALWAYS AS IDENTITY,
  unit_id bigint NOT NULL,
  code    text NOT NULL,
  geom    geometry(POLYGON, {WORKING_SRID}) NOT NULL,
  CONSTRAINT pk_admin_part PRIMARY KEY (id),
  CONSTRAINT fk_admin_part_unit_id FOREIGN KEY (unit_id)
    REFERENCES cadastre.admin_unit (id) ON DELETE CASCADE
);
CREATE INDEX ix_admin_part_geom ON cadastre.admin_part USING gist (geom);
CREATE INDEX ix_admin_part_unit_id ON cadastre.admin_part (unit_id);
COMMENT ON TABLE cadastre.admin_part IS
  'The land of today''s communes in pieces of at most 128 corners, kept by trigger: '
  'what lies near is found without whole outlines';
GRANT SELECT ON cadastre.admin_part TO landsvc_editor, landsvc_import;
"""

TRIGGER = """
CREATE FUNCTION cadastre.divide_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM cadastre.admin_part a WHERE a.unit_id = NEW.id;
  IF NEW.level = 'commune' AND upper_inf(NEW.valid) AND NEW.geom IS NOT NULL THEN
    INSERT INTO cadastre.admin_part (unit_id, code, geom) SELECT NEW.id, NEW.code, ST_Subdivide(NEW.geom, 128);
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION cadastre.divide_unit() FROM PUBLIC;
CREATE TRIGGER t30_divide AFTER INSERT OR UPDATE OF level, code, valid, geom ON cadastre.admin_unit
  FOR EACH ROW EXECUTE FUNCTION cadastre.divide_unit();
INSERT INTO cadastre.admin_part (unit_id, code, geom)
SELECT u.id, u.code, ST_Subdivide(u.geom, 128) FROM cadastre.admin_unit u
 WHERE u.level = 'commune' AND upper_inf(u.valid) AND u.geom IS NOT NULL;
"""

# What lies in one piece lies in the commune; only a place across two pieces is held against whole outlines.
NEAR = """
CREATE OR REPLACE FUNCTION cadastre.communes_near(g geometry) RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT p.commune_code FROM cadastre.parcel p
   WHERE p.geom && ST_Expand(g, 1) AND ST_DWithin(p.geom, g, 1)
   UNION
  SELECT a.code FROM cadastre.admin_part a
   WHERE a.geom && ST_Expand(g, 1) AND ST_DWithin(a.geom, g, 1)
   UNION
  SELECT '*' WHERE CASE
    WHEN EXISTS (SELECT FROM cadastre.admin_part a WHERE a.geom && g AND ST_Covers(a.geom, g)) THEN false
    ELSE NOT EXISTS (
      SELECT FROM cadastre.admin_unit u
       WHERE u.level = 'commune' AND upper_inf(u.valid) AND u.geom && g AND ST_Covers(u.geom, g)) END
$$;
"""
WHOLE = """
CREATE OR REPLACE FUNCTION cadastre.communes_near(g geometry) RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT p.commune_code FROM cadastre.parcel p
   WHERE p.geom && ST_Expand(g, 1) AND ST_DWithin(p.geom, g, 1)
   UNION
  SELECT u.code FROM cadastre.admin_unit u
   WHERE u.level = 'commune' AND upper_inf(u.valid) AND u.geom && ST_Expand(g, 1) AND ST_DWithin(u.geom, g, 1)
   UNION
  SELECT '*' WHERE NOT EXISTS (
    SELECT FROM cadastre.admin_unit u
     WHERE u.level = 'commune' AND upper_inf(u.valid) AND u.geom && g AND ST_Covers(u.geom, g))
$$;
"""

PROVE = """
CREATE OR REPLACE FUNCTION cadastre.require_locks(place geometry, commune text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  missing text[];
BEGIN{preview}
  SELECT array_agg(c) INTO missing
    FROM (SELECT commune AS c UNION SELECT near FROM ST_Dump(place) part, cadastre.communes_near(part.geom) near) k
   WHERE NOT EXISTS (SELECT FROM cadastre.fabric_lock l
                      WHERE l.commune_code = c AND l.xact = pg_current_xact_id_if_assigned()){also};
  IF missing IS NOT NULL THEN
    PERFORM cadastre.refuse('fabric-not-locked', 'This write does not hold the fabric locks it needs',
                            jsonb_build_object('communes', missing));
  END IF;
END $$;
"""
FACTS = """
CREATE OR REPLACE FUNCTION cadastre.project_facts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
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
ALTER FUNCTION cadastre.project(bigint) SET plan_cache_mode = force_generic_plan;
"""
FACTS_BEFORE = """
CREATE OR REPLACE FUNCTION cadastre.project_facts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Uses, numbers and codes change no geometry: the fabric's own triggers need not run again.
  UPDATE cadastre.parcel p
     SET code = r.code, series_id = r.series_id, issuing_code = r.issuing_code, sheet = r.sheet,
         number = r.number, use_label = r.use_label, uses = r.uses, numbers = r.numbers
    FROM cadastre.parcel_row(CASE WHEN TG_TABLE_NAME = 'parcel_use'
           THEN (SELECT v.unit_id FROM cadastre.parcel_version v
                  WHERE v.id = (to_jsonb(NEW) ->> 'version_id')::bigint)
           ELSE (to_jsonb(NEW) ->> 'unit_id')::bigint END) r
   WHERE p.unit_id = r.unit_id;
  RETURN NULL;
END $$;
ALTER FUNCTION cadastre.project(bigint) RESET plan_cache_mode;
"""
IS_PREVIEW = "EXISTS (SELECT FROM cadastre.preview_run r WHERE r.xact = pg_current_xact_id_if_assigned())"


def upgrade() -> None:
    """Apply."""
    op.execute(TABLE)
    op.execute(TRIGGER)
    op.execute(NEAR)
    # A preview needs no key, so it need not look for which.
    op.execute(PROVE.format(preview=f"\n  IF {IS_PREVIEW} THEN RETURN; END IF;", also=""))
    op.execute(FACTS)


def downgrade() -> None:
    """Take back."""
    op.execute(FACTS_BEFORE)
    op.execute(PROVE.format(preview="", also=f"\n     AND NOT {IS_PREVIEW}"))
    op.execute(WHOLE)
    op.execute("DROP TRIGGER t30_divide ON cadastre.admin_unit; DROP FUNCTION cadastre.divide_unit()")
    op.execute("DROP TABLE cadastre.admin_part")
