"""Call a commune as it is called today where an older one had its code since ever."""

from __future__ import annotations

from alembic import op

revision = "0144_name_communes_of_today"
down_revision = "0143_show_the_level"

UP = """
CREATE OR REPLACE FUNCTION cadastre.outside_area(units bigint[])
 RETURNS TABLE(commune_code text, name text, unit_ids bigint[])
 LANGUAGE sql
 STABLE
AS $function$
  SELECT t.code, (SELECT a.name FROM cadastre.admin_unit a WHERE a.code = t.code AND a.level = 'commune'
                   ORDER BY lower(a.valid) DESC NULLS LAST LIMIT 1), t.ids
    FROM (SELECT s.code, array_agg(s.unit_id ORDER BY s.unit_id) AS ids
            FROM (SELECT u AS unit_id, cadastre.unit_commune(u) AS code FROM unnest(units) u) s
           GROUP BY s.code OFFSET 0) t
   WHERE NOT identity.covers(t.code) ORDER BY t.code
$function$;

CREATE OR REPLACE FUNCTION cadastre.require_area(commune text)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
  asked text := current_setting('landsvc.acting', true) || '/' || commune;
BEGIN
  -- Who acts is told by a setting of the transaction, and so is what was found of them: a commit asks a dozen times.
  IF asked = current_setting('landsvc.covered', true) THEN
    RETURN true;
  ELSIF identity.covers(commune) THEN
    PERFORM set_config('landsvc.covered', asked, true);
    RETURN true;
  END IF;
  -- A preview may show what it would do, and what forbids it; it is never committed.
  IF EXISTS (SELECT FROM cadastre.preview_run r WHERE r.xact = pg_current_xact_id_if_assigned()) THEN
    RETURN true;
  END IF;
  PERFORM cadastre.refuse('outside-the-offices-area', 'The land lies outside the area of the office',
    jsonb_build_object('commune', commune, 'branches', identity.acting_branches(), 'name', (
      SELECT a.name FROM cadastre.admin_unit a
       WHERE a.code = commune AND a.level = 'commune' ORDER BY lower(a.valid) DESC NULLS LAST LIMIT 1)));
  RETURN false;
END $function$;

CREATE OR REPLACE FUNCTION registry.feedback_public(before bigint, most integer)
 RETURNS TABLE(id bigint, code text, category_vi text, category_en text, commune text, on_day date,
  answered_on date, words text, answer text, photo text, lon double precision, lat double precision)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  SELECT f.id, f.code, c.name_vi, c.name_en,
         (SELECT a.name FROM cadastre.admin_unit a WHERE a.code = f.commune_code AND a.level = 'commune'
           ORDER BY lower(a.valid) DESC NULLS LAST LIMIT 1),
         (f.made_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, (e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
         f.public_words, e.words, CASE WHEN f.public_photo THEN f.photo END,
         -- A place to some ten metres: whose gate it was is nobody's business.
         round(ST_X(g.geom)::numeric, 4)::double precision, round(ST_Y(g.geom)::numeric, 4)::double precision
    FROM registry.feedback f JOIN registry.feedback_category c ON c.code = f.category
    JOIN LATERAL (SELECT x.words, x.at FROM registry.feedback_event x
                   WHERE x.feedback_id = f.id AND x.action = 'answer' ORDER BY x.id DESC LIMIT 1) e ON true
    CROSS JOIN LATERAL (SELECT ST_Transform(f.geom, 4326) AS geom) g
   WHERE f.public_words IS NOT NULL AND f.state = 'answered' AND ($1 IS NULL OR f.id < $1)
   ORDER BY f.id DESC LIMIT $2
$function$;
"""

DOWN = """
CREATE OR REPLACE FUNCTION cadastre.outside_area(units bigint[])
 RETURNS TABLE(commune_code text, name text, unit_ids bigint[])
 LANGUAGE sql
 STABLE
AS $function$
  SELECT t.code, (SELECT a.name FROM cadastre.admin_unit a WHERE a.code = t.code AND a.level = 'commune'
                   ORDER BY lower(a.valid) DESC LIMIT 1), t.ids
    FROM (SELECT s.code, array_agg(s.unit_id ORDER BY s.unit_id) AS ids
            FROM (SELECT u AS unit_id, cadastre.unit_commune(u) AS code FROM unnest(units) u) s
           GROUP BY s.code OFFSET 0) t
   WHERE NOT identity.covers(t.code) ORDER BY t.code
$function$;

CREATE OR REPLACE FUNCTION cadastre.require_area(commune text)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
  asked text := current_setting('landsvc.acting', true) || '/' || commune;
BEGIN
  -- Who acts is told by a setting of the transaction, and so is what was found of them: a commit asks a dozen times.
  IF asked = current_setting('landsvc.covered', true) THEN
    RETURN true;
  ELSIF identity.covers(commune) THEN
    PERFORM set_config('landsvc.covered', asked, true);
    RETURN true;
  END IF;
  -- A preview may show what it would do, and what forbids it; it is never committed.
  IF EXISTS (SELECT FROM cadastre.preview_run r WHERE r.xact = pg_current_xact_id_if_assigned()) THEN
    RETURN true;
  END IF;
  PERFORM cadastre.refuse('outside-the-offices-area', 'The land lies outside the area of the office',
    jsonb_build_object('commune', commune, 'branches', identity.acting_branches(), 'name', (
      SELECT a.name FROM cadastre.admin_unit a
       WHERE a.code = commune AND a.level = 'commune' ORDER BY lower(a.valid) DESC LIMIT 1)));
  RETURN false;
END $function$;

CREATE OR REPLACE FUNCTION registry.feedback_public(before bigint, most integer)
 RETURNS TABLE(id bigint, code text, category_vi text, category_en text, commune text, on_day date,
  answered_on date, words text, answer text, photo text, lon double precision, lat double precision)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  SELECT f.id, f.code, c.name_vi, c.name_en,
         (SELECT a.name FROM cadastre.admin_unit a WHERE a.code = f.commune_code AND a.level = 'commune'
           ORDER BY lower(a.valid) DESC LIMIT 1),
         (f.made_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, (e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
         f.public_words, e.words, CASE WHEN f.public_photo THEN f.photo END,
         -- A place to some ten metres: whose gate it was is nobody's business.
         round(ST_X(g.geom)::numeric, 4)::double precision, round(ST_Y(g.geom)::numeric, 4)::double precision
    FROM registry.feedback f JOIN registry.feedback_category c ON c.code = f.category
    JOIN LATERAL (SELECT x.words, x.at FROM registry.feedback_event x
                   WHERE x.feedback_id = f.id AND x.action = 'answer' ORDER BY x.id DESC LIMIT 1) e ON true
    CROSS JOIN LATERAL (SELECT ST_Transform(f.geom, 4326) AS geom) g
   WHERE f.public_words IS NOT NULL AND f.state = 'answered' AND ($1 IS NULL OR f.id < $1)
   ORDER BY f.id DESC LIMIT $2
$function$;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
