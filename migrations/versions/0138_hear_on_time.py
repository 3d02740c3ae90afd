"""Ask whether a version in consultation has run out, find and page displays, and say who reads a contact."""

from __future__ import annotations

from alembic import op

revision = "0138_hear_on_time"
down_revision = "0137_zone_limits"

RULES = """
CREATE FUNCTION registry.version_consulted(plan bigint) RETURNS SETOF planning.plan_version
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- Beside a plan in force, the change that is to come: what ran out is asked about no more.
  SELECT * FROM planning.plan_version v
   WHERE v.plan_id = $1 AND upper_inf(v.recorded) AND v.status = 'consultation'
     AND (upper_inf(v.valid) OR upper(v.valid) > cadastre.today())
   ORDER BY lower(v.valid) LIMIT 1
$$;
COMMENT ON FUNCTION registry.version_consulted(bigint) IS
  'The version of a plan that is in consultation today or to come, the next one; none once it ran out';
REVOKE EXECUTE ON FUNCTION registry.version_consulted(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.version_consulted(bigint) TO landsvc_editor;

CREATE OR REPLACE FUNCTION registry.is_in_consultation(plan bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM registry.version_consulted($1))
$$;

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

DROP FUNCTION registry.plans_displayed();
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

COMMENT ON COLUMN registry.feedback.contact IS
  'How to reach whoever wrote, sealed; shown to officers of the place who may see contacts, not to planners';
"""

DOWN = """
COMMENT ON COLUMN registry.feedback.contact IS 'How to reach whoever wrote, sealed; shown to officers who answer';

DROP FUNCTION registry.plans_displayed(text, text, text, integer);
CREATE FUNCTION registry.plans_displayed() RETURNS TABLE (code text, name text, name_en text, level text,
  first_day date, last_day date, notice_no text, place text, open boolean, taken bigint, answered bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.code, v.name, v.name_en, v.level, d.first_day, d.last_day, d.notice_no, d.place,
         cadastre.today() BETWEEN d.first_day AND d.last_day AND registry.is_in_consultation(p.id),
         (SELECT count(*) FROM registry.feedback f WHERE f.plan_id = p.id),
         (SELECT count(*) FROM registry.feedback f WHERE f.plan_id = p.id AND f.state IN ('answered', 'rejected'))
    FROM planning.plan p
    JOIN LATERAL (SELECT * FROM registry.plan_display x WHERE x.plan_id = p.id ORDER BY x.id DESC LIMIT 1) d ON true
    JOIN LATERAL (SELECT * FROM planning.plan_version x WHERE x.plan_id = p.id AND upper_inf(x.recorded)
                   ORDER BY lower(x.valid) DESC LIMIT 1) v ON true
   ORDER BY d.last_day DESC, p.code LIMIT 200
$$;
COMMENT ON FUNCTION registry.plans_displayed() IS 'Plans that are or were on public display, the latest first';
REVOKE EXECUTE ON FUNCTION registry.plans_displayed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.plans_displayed() TO landsvc_tracker, landsvc_editor;

CREATE OR REPLACE FUNCTION registry.check_display() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT identity.acting_is('planner') THEN
    PERFORM cadastre.refuse('planner-needed', 'Planners show plans to the public', '{}');
  ELSIF NOT EXISTS (SELECT FROM planning.plan_version v WHERE v.plan_id = NEW.plan_id AND v.status = 'consultation'
                    AND upper_inf(v.recorded)) THEN
    PERFORM cadastre.refuse('plan-not-in-consultation', 'Only a plan in consultation is on display', '{}');
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION registry.is_in_consultation(plan bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM planning.plan_version v WHERE v.plan_id = $1 AND v.status = 'consultation'
                    AND upper_inf(v.recorded))
$$;
DROP FUNCTION registry.version_consulted(bigint);
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(RULES)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
