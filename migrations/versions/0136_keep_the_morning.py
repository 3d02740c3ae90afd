"""Keep what the decision table said before it changed, of one day too; a line that ends later is replaced by nobody."""

from __future__ import annotations

from alembic import op

revision = "0136_keep_the_morning"
down_revision = "0135_lock_in_order"

# Of lines that are there nobody noted since when the table says so: they are known always.
RECORDED = """
ALTER TABLE planning.activity_rule
  ADD COLUMN recorded tstzrange NOT NULL DEFAULT tstzrange(NULL, NULL),
  DROP CONSTRAINT ex_activity_rule_case_valid;
ALTER TABLE planning.activity_rule
  ALTER COLUMN recorded SET DEFAULT tstzrange(clock_timestamp(), NULL),
  ADD CONSTRAINT ck_activity_rule_recorded CHECK (NOT isempty(recorded)),
  ADD CONSTRAINT ex_activity_rule_case_valid EXCLUDE USING gist (activity WITH =, land WITH =, beside WITH =,
    theme WITH =, zone WITH =, valid WITH &&, recorded WITH &&);
COMMENT ON COLUMN planning.activity_rule.recorded IS
  'From when to when the table said so: a line that is replaced on its own first day stays as what was answered'
  ' that morning';
"""

PROPOSE = """
CREATE OR REPLACE FUNCTION planning.propose_activity_change(reason text, from_day date, lines jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  made bigint;
  wrong record;
BEGIN
  IF NOT identity.acting_is('planner') THEN
    PERFORM cadastre.refuse('planner-changes-activities', 'Planners change what may be done on land', '{}');
  ELSIF from_day < cadastre.today() THEN
    PERFORM cadastre.refuse('activity-day-past', 'What was answered before stays', jsonb_build_object('day', from_day));
  END IF;
  SELECT l.* INTO wrong FROM jsonb_to_recordset(lines) AS l(land text, beside text, theme text, zone text)
   WHERE l.land <> '*' AND NOT EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = l.land)
      OR l.beside <> '' AND NOT EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = l.beside)
      OR l.theme <> '' AND NOT EXISTS (SELECT FROM planning.theme t WHERE t.code = l.theme)
      OR l.zone NOT IN ('', '*') AND NOT EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = l.zone)
         AND NOT EXISTS (SELECT FROM planning.zone z JOIN planning.theme t ON t.id = z.theme_id
                          WHERE t.code = l.theme AND coalesce(z.use_code, z.code) = l.zone)
         AND NOT EXISTS (SELECT FROM planning.activity_rule r WHERE (r.theme, r.zone) = (l.theme, l.zone)) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'No such land use, theme or zone: %', wrong USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO planning.activity_change (reason, from_day, by_account)
  VALUES ($1, $2, current_setting('landsvc.acting')::bigint) RETURNING id INTO made;
  INSERT INTO planning.activity_change_line (change_id, activity, land, beside, theme, zone, verdict, condition_vi,
    condition_en, missing_vi, missing_en, law, certainty, lapse_years, before_id)
  SELECT made, l.activity, l.land, l.beside, l.theme, l.zone, l.verdict, l.condition_vi, l.condition_en, l.missing_vi,
         l.missing_en, l.law, l.certainty, l.lapse_years, (
           SELECT r.id FROM planning.activity_rule r
            WHERE (r.activity, r.land, r.beside, r.theme, r.zone) = (l.activity, l.land, l.beside, l.theme, l.zone)
              AND r.valid @> $2 AND upper_inf(r.recorded))
    FROM jsonb_to_recordset(lines) AS l(activity text, land text, beside text, theme text, zone text, verdict text,
         condition_vi text, condition_en text, missing_vi text, missing_en text, law text, certainty text,
         lapse_years smallint);
  RETURN made;
END $$;
"""

# Cases in one order, so that two proposals with the same cases wait for each other and never both. The lock is taken
# before the line is looked at: of an end and a replacement confirmed at once the later finds the line ended.
PUT = """
CREATE OR REPLACE FUNCTION planning.put_activity_lines(what bigint, start date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  l planning.activity_change_line;
  r planning.activity_rule;
  at CONSTANT timestamptz := clock_timestamp();
BEGIN
  FOR l IN SELECT * FROM planning.activity_change_line x WHERE x.change_id = what
            ORDER BY x.activity, x.land, x.beside, x.theme, x.zone LOOP
    SELECT * INTO r FROM planning.activity_rule k
     WHERE (k.activity, k.land, k.beside, k.theme, k.zone) = (l.activity, l.land, l.beside, l.theme, l.zone)
       AND upper_inf(k.recorded) AND (upper_inf(k.valid) OR upper(k.valid) > start)
     ORDER BY k.valid DESC LIMIT 1 FOR UPDATE;
    IF r.id IS DISTINCT FROM l.before_id OR lower(r.valid) > start OR NOT upper_inf(r.valid) THEN
      PERFORM cadastre.refuse('activity-line-moved', 'The line of this case changed meanwhile', jsonb_build_object(
        'activity', l.activity, 'land', l.land));
    ELSIF r.id IS NOT NULL THEN
      UPDATE planning.activity_rule k SET recorded = tstzrange(lower(k.recorded), at) WHERE k.id = r.id;
      IF lower_inf(r.valid) OR lower(r.valid) < start THEN
        INSERT INTO planning.activity_rule (activity, land, beside, theme, zone, verdict, condition_vi, condition_en,
          missing_vi, missing_en, law, certainty, lapse_years, valid, recorded)
        VALUES (r.activity, r.land, r.beside, r.theme, r.zone, r.verdict, r.condition_vi, r.condition_en, r.missing_vi,
                r.missing_en, r.law, r.certainty, r.lapse_years, daterange(lower(r.valid), start), tstzrange(at, NULL));
      END IF;
    END IF;
    IF l.verdict <> 'end' THEN
      INSERT INTO planning.activity_rule (activity, land, beside, theme, zone, verdict, condition_vi, condition_en,
        missing_vi, missing_en, law, certainty, lapse_years, valid, recorded)
      VALUES (l.activity, l.land, l.beside, l.theme, l.zone, l.verdict, l.condition_vi, l.condition_en, l.missing_vi,
              l.missing_en, l.law, l.certainty, l.lapse_years, daterange(start, NULL), tstzrange(at, NULL));
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION planning.put_activity_lines(bigint, date) IS
  'Put the lines of a proposal in force from a day on: a line that held until then ends, and what was said before stays'
  ' as it was known; where a line ends already, nobody replaces it before that day';
"""

PUT_BEFORE = """
CREATE OR REPLACE FUNCTION planning.put_activity_lines(what bigint, start date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  l planning.activity_change_line;
  r planning.activity_rule;
BEGIN
  FOR l IN SELECT * FROM planning.activity_change_line x WHERE x.change_id = what ORDER BY x.id LOOP
    SELECT * INTO r FROM planning.activity_rule k
     WHERE (k.activity, k.land, k.beside, k.theme, k.zone) = (l.activity, l.land, l.beside, l.theme, l.zone)
       AND (upper_inf(k.valid) OR upper(k.valid) > start) ORDER BY k.valid DESC LIMIT 1;
    IF r.id IS DISTINCT FROM l.before_id OR lower(r.valid) > start THEN
      PERFORM cadastre.refuse('activity-line-moved', 'The line of this case changed meanwhile', jsonb_build_object(
        'activity', l.activity, 'land', l.land));
    ELSIF lower(r.valid) = start THEN
      DELETE FROM planning.activity_rule k WHERE k.id = r.id;
    ELSIF r.id IS NOT NULL THEN
      UPDATE planning.activity_rule k SET valid = daterange(lower(k.valid), start) WHERE k.id = r.id;
    END IF;
    IF l.verdict <> 'end' THEN
      INSERT INTO planning.activity_rule (activity, land, beside, theme, zone, verdict, condition_vi, condition_en,
        missing_vi, missing_en, law, certainty, lapse_years, valid)
      VALUES (l.activity, l.land, l.beside, l.theme, l.zone, l.verdict, l.condition_vi, l.condition_en, l.missing_vi,
              l.missing_en, l.law, l.certainty, l.lapse_years, daterange(start, NULL));
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION planning.put_activity_lines(bigint, date) IS
  'Put the lines of a proposal in force from a day on; a line that held until then ends, one of that very day goes';
"""

PROPOSE_BEFORE = (
    PROPOSE.replace(
        """
      OR l.zone NOT IN ('', '*') AND NOT EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = l.zone)
         AND NOT EXISTS (SELECT FROM planning.zone z JOIN planning.theme t ON t.id = z.theme_id
                          WHERE t.code = l.theme AND coalesce(z.use_code, z.code) = l.zone)
         AND NOT EXISTS (SELECT FROM planning.activity_rule r WHERE (r.theme, r.zone) = (l.theme, l.zone)) LIMIT 1;
""",
        " LIMIT 1;\n",
    )
    .replace(" AS l(land text, beside text, theme text, zone text)", " AS l(land text, beside text, theme text)")
    .replace("No such land use, theme or zone", "No such land use or theme")
    .replace(" AND upper_inf(r.recorded))", ")")
)

# What was said before a change and is kept only as a record has no place in a table of days alone.
UNRECORDED = """
DELETE FROM planning.activity_rule WHERE NOT upper_inf(recorded);
ALTER TABLE planning.activity_rule DROP CONSTRAINT ex_activity_rule_case_valid;
ALTER TABLE planning.activity_rule
  DROP COLUMN recorded,
  ADD CONSTRAINT ex_activity_rule_case_valid EXCLUDE USING gist
    (activity WITH =, land WITH =, beside WITH =, theme WITH =, zone WITH =, valid WITH &&);
"""


def upgrade() -> None:
    """Apply."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    for statement in (RECORDED, PROPOSE, PUT):
        run(statement)


def downgrade() -> None:
    """Take back: what the table said before it was changed is known no more."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    for statement in (PUT_BEFORE, PROPOSE_BEFORE, UNRECORDED):
        run(statement)
