"""Hold the length of a display against a number of days; a shorter one says why."""

from __future__ import annotations

from alembic import op

revision = "0141_hold_displays"
down_revision = "0140_release_what_was_read"

UP = """
CREATE TABLE registry.display_length (
  level      text NOT NULL,
  valid      daterange NOT NULL,
  least_days smallint NOT NULL,
  source     text NOT NULL,
  certainty  text NOT NULL,
  CONSTRAINT pk_display_length PRIMARY KEY (level, valid),
  CONSTRAINT ck_display_length_level CHECK (level IN ('national', 'province', 'district', 'commune', 'urban')),
  CONSTRAINT ck_display_length_least_days CHECK (least_days BETWEEN 1 AND 366),
  CONSTRAINT ck_display_length_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_display_length_level_valid EXCLUDE USING gist (level WITH =, valid WITH &&)
);
COMMENT ON TABLE registry.display_length IS
  'Thời gian công bố lấy ý kiến: for how many days at least a plan of a level is on public display';
GRANT SELECT, INSERT ON registry.display_length TO landsvc_import;

ALTER TABLE registry.plan_display
  ADD COLUMN short_reason text NOT NULL DEFAULT '',
  ADD CONSTRAINT ck_plan_display_short_reason CHECK (length(short_reason) <= 300);
COMMENT ON COLUMN registry.plan_display.short_reason IS
  'Why it is shorter than the days of its level, for everybody to read';
GRANT INSERT (short_reason) ON registry.plan_display TO landsvc_editor;

CREATE OR REPLACE FUNCTION registry.check_display() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  shown integer := NEW.last_day - NEW.first_day + 1;
  least integer;
BEGIN
  IF NOT identity.acting_is('planner') THEN
    PERFORM cadastre.refuse('planner-needed', 'Planners show plans to the public', '{}');
  ELSIF NOT registry.is_in_consultation(NEW.plan_id) THEN
    PERFORM cadastre.refuse('plan-not-in-consultation', 'Only a plan in consultation is on display', '{}');
  END IF;
  SELECT l.least_days INTO least FROM registry.version_consulted(NEW.plan_id) v
    JOIN registry.display_length l ON l.level = v.level AND l.valid @> NEW.first_day;
  IF shown > 0 AND shown < least AND NEW.short_reason = '' THEN
    PERFORM cadastre.refuse('display-too-short', 'A plan is on display for longer, or it is said why not',
                            jsonb_build_object('days', shown, 'least', least));
  END IF;
  RETURN NEW;
END $$;

DROP FUNCTION registry.plans_displayed(text, text, text, integer);
CREATE FUNCTION registry.plans_displayed(asked text, word text, after text, most integer)
RETURNS TABLE (code text, name text, name_en text, level text, first_day date, last_day date, notice_no text,
  place text, open boolean, taken bigint, answered bigint, short_reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH last AS (
    SELECT DISTINCT ON (x.plan_id) x.*, p.code FROM registry.plan_display x JOIN planning.plan p ON p.id = x.plan_id
     ORDER BY x.plan_id, x.id DESC)
  SELECT d.code, v.name, v.name_en, v.level, d.first_day, d.last_day, d.notice_no, d.place,
         cadastre.today() BETWEEN d.first_day AND d.last_day AND registry.is_in_consultation(d.plan_id),
         (SELECT count(*) FROM registry.feedback f WHERE f.plan_id = d.plan_id),
         (SELECT count(*) FROM registry.feedback f
           WHERE f.plan_id = d.plan_id AND f.state IN ('answered', 'rejected')), d.short_reason
    FROM last d
    LEFT JOIN last a ON a.code = $3
    JOIN LATERAL (
      -- What is shown is called as it is asked about.
      SELECT x.* FROM planning.plan_version x WHERE x.plan_id = d.plan_id AND upper_inf(x.recorded)
       ORDER BY (x.id = (SELECT c.id FROM registry.version_consulted(d.plan_id) c)) DESC NULLS LAST,
                lower(x.valid) DESC LIMIT 1) v ON true
   WHERE ($1 IS NULL OR d.code = $1)
     AND ($2 IS NULL OR strpos(geo.vn_fold(d.code || ' ' || v.name || ' ' || coalesce(v.name_en, '')),
                               geo.vn_fold($2)) > 0)
     AND ($3 IS NULL OR d.last_day < a.last_day OR d.last_day = a.last_day AND d.code > a.code)
   ORDER BY d.last_day DESC, d.code LIMIT $4
$$;
COMMENT ON FUNCTION registry.plans_displayed(text, text, text, integer) IS
  'Plans that are or were on public display, the latest first: one of them, or those with a word, after another';
REVOKE EXECUTE ON FUNCTION registry.plans_displayed(text, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.plans_displayed(text, text, text, integer) TO landsvc_tracker, landsvc_editor;
"""

DOWN = """
DROP FUNCTION registry.plans_displayed(text, text, text, integer);
CREATE FUNCTION registry.plans_displayed(asked text, word text, after text, most integer)
RETURNS TABLE (code text, name text, name_en text, level text, first_day date, last_day date, notice_no text,
  place text, open boolean, taken bigint, answered bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH last AS (
    SELECT DISTINCT ON (x.plan_id) x.*, p.code FROM registry.plan_display x JOIN planning.plan p ON p.id = x.plan_id
     ORDER BY x.plan_id, x.id DESC)
  SELECT d.code, v.name, v.name_en, v.level, d.first_day, d.last_day, d.notice_no, d.place,
         cadastre.today() BETWEEN d.first_day AND d.last_day AND registry.is_in_consultation(d.plan_id),
         (SELECT count(*) FROM registry.feedback f WHERE f.plan_id = d.plan_id),
         (SELECT count(*) FROM registry.feedback f
           WHERE f.plan_id = d.plan_id AND f.state IN ('answered', 'rejected'))
    FROM last d
    LEFT JOIN last a ON a.code = $3
    JOIN LATERAL (
      -- What is shown is called as it is asked about.
      SELECT x.* FROM planning.plan_version x WHERE x.plan_id = d.plan_id AND upper_inf(x.recorded)
       ORDER BY (x.id = (SELECT c.id FROM registry.version_consulted(d.plan_id) c)) DESC NULLS LAST,
                lower(x.valid) DESC LIMIT 1) v ON true
   WHERE ($1 IS NULL OR d.code = $1)
     AND ($2 IS NULL OR strpos(geo.vn_fold(d.code || ' ' || v.name || ' ' || coalesce(v.name_en, '')),
                               geo.vn_fold($2)) > 0)
     AND ($3 IS NULL OR d.last_day < a.last_day OR d.last_day = a.last_day AND d.code > a.code)
   ORDER BY d.last_day DESC, d.code LIMIT $4
$$;
COMMENT ON FUNCTION registry.plans_displayed(text, text, text, integer) IS
  'Plans that are or were on public display, the latest first: one of them, or those with a word, after another';
REVOKE EXECUTE ON FUNCTION registry.plans_displayed(text, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.plans_displayed(text, text, text, integer) TO landsvc_tracker, landsvc_editor;

CREATE OR REPLACE FUNCTION registry.check_display() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT identity.acting_is('planner') THEN
    PERFORM cadastre.refuse('planner-needed', 'Planners show plans to the public', '{}');
  ELSIF NOT registry.is_in_consultation(NEW.plan_id) THEN
    PERFORM cadastre.refuse('plan-not-in-consultation', 'Only a plan in consultation is on display', '{}');
  END IF;
  RETURN NEW;
END $$;

REVOKE INSERT (short_reason) ON registry.plan_display FROM landsvc_editor;
ALTER TABLE registry.plan_display DROP COLUMN short_reason;
DROP TABLE registry.display_length;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back; why a display was short goes with it."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
