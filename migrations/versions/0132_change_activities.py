"""Let planners change what may be done on land: one proposes lines, another confirms them, and only then they count."""

from __future__ import annotations

from alembic import op

revision = "0132_change_activities"
down_revision = "0131_recover_rest"

TABLES = """
CREATE TABLE planning.activity_change (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  reason     text NOT NULL,
  from_day   date NOT NULL,
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  by_account bigint NOT NULL,
  state      text NOT NULL DEFAULT 'proposed',
  decided_at timestamptz,
  decided_by bigint,
  words      text NOT NULL DEFAULT '',
  CONSTRAINT pk_activity_change PRIMARY KEY (id),
  CONSTRAINT fk_activity_change_by_account FOREIGN KEY (by_account) REFERENCES identity.account,
  CONSTRAINT fk_activity_change_decided_by FOREIGN KEY (decided_by) REFERENCES identity.account,
  CONSTRAINT ck_activity_change_reason CHECK (length(reason) BETWEEN 5 AND 1000 AND length(words) <= 1000),
  CONSTRAINT ck_activity_change_state CHECK (state IN ('proposed', 'confirmed', 'rejected', 'withdrawn')),
  CONSTRAINT ck_activity_change_decided CHECK ((state = 'proposed') = (decided_at IS NULL)
    AND (decided_at IS NULL) = (decided_by IS NULL) AND (state <> 'rejected' OR words <> '')),
  CONSTRAINT ck_activity_change_four_eyes CHECK (CASE state WHEN 'withdrawn' THEN decided_by = by_account
    ELSE decided_by IS DISTINCT FROM by_account END)
);
COMMENT ON TABLE planning.activity_change IS
  'Đề nghị sửa bảng quyết định: lines a planner proposes; they count from the day another planner confirmed them';
CREATE INDEX ix_activity_change_state ON planning.activity_change (state, id);

CREATE TABLE planning.activity_change_line (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  change_id    bigint NOT NULL,
  activity     text NOT NULL,
  land         text NOT NULL,
  beside       text NOT NULL DEFAULT '',
  theme        text NOT NULL DEFAULT '',
  zone         text NOT NULL DEFAULT '',
  verdict      text NOT NULL,
  condition_vi text NOT NULL DEFAULT '',
  condition_en text NOT NULL DEFAULT '',
  missing_vi   text NOT NULL DEFAULT '',
  missing_en   text NOT NULL DEFAULT '',
  law          text NOT NULL DEFAULT '',
  certainty    text NOT NULL DEFAULT '?',
  lapse_years  smallint,
  before_id    bigint,
  CONSTRAINT pk_activity_change_line PRIMARY KEY (id),
  CONSTRAINT fk_activity_change_line_change_id FOREIGN KEY (change_id) REFERENCES planning.activity_change,
  CONSTRAINT fk_activity_change_line_activity FOREIGN KEY (activity) REFERENCES planning.activity,
  CONSTRAINT uq_activity_change_line_case UNIQUE (change_id, activity, land, beside, theme, zone),
  CONSTRAINT ck_activity_change_line_zone CHECK ((theme = '') = (zone = '') AND (beside = '' OR theme = '')
    AND length(zone) <= 40),
  CONSTRAINT ck_activity_change_line_verdict CHECK (
    verdict IN ('allowed', 'allowed-if', 'not-allowed', 'unknown', 'end') AND certainty IN ('S', 'K', '?')),
  CONSTRAINT ck_activity_change_line_lapse_years CHECK (lapse_years IS NULL
    OR lapse_years BETWEEN 1 AND 50 AND verdict = 'not-allowed' AND theme <> ''),
  CONSTRAINT ck_activity_change_line_says_why CHECK (
    CASE verdict WHEN 'end' THEN before_id IS NOT NULL
         WHEN 'unknown' THEN missing_vi <> '' AND missing_en <> '' AND condition_vi = '' AND condition_en = ''
         WHEN 'allowed' THEN law <> '' AND missing_vi = '' AND missing_en = ''
         ELSE law <> '' AND condition_vi <> '' AND condition_en <> ''
              AND (missing_vi <> '') = (lapse_years IS NOT NULL)
              AND (missing_en <> '') = (lapse_years IS NOT NULL) END),
  CONSTRAINT ck_activity_change_line_lengths CHECK (greatest(length(condition_vi), length(condition_en),
    length(missing_vi), length(missing_en), length(law)) <= 1000)
);
COMMENT ON TABLE planning.activity_change_line IS
  'Dòng đề nghị: a line to put in place of that of its case, or `end`: that line ends and nothing takes its place';
COMMENT ON COLUMN planning.activity_change_line.before_id IS
  'The line of the case that was in force when it was proposed; where that changed meanwhile, nobody confirms';
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON planning.activity_change_line
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t05_append_only BEFORE DELETE OR TRUNCATE ON planning.activity_change
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
GRANT SELECT ON planning.activity_change, planning.activity_change_line TO landsvc_editor;
"""

DOORS = """
CREATE FUNCTION planning.propose_activity_change(reason text, from_day date, lines jsonb) RETURNS bigint
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
  SELECT l.* INTO wrong FROM jsonb_to_recordset(lines) AS l(land text, beside text, theme text)
   WHERE l.land <> '*' AND NOT EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = l.land)
      OR l.beside <> '' AND NOT EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = l.beside)
      OR l.theme <> '' AND NOT EXISTS (SELECT FROM planning.theme t WHERE t.code = l.theme) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'No such land use or theme: %', wrong USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO planning.activity_change (reason, from_day, by_account)
  VALUES ($1, $2, current_setting('landsvc.acting')::bigint) RETURNING id INTO made;
  INSERT INTO planning.activity_change_line (change_id, activity, land, beside, theme, zone, verdict, condition_vi,
    condition_en, missing_vi, missing_en, law, certainty, lapse_years, before_id)
  SELECT made, l.activity, l.land, l.beside, l.theme, l.zone, l.verdict, l.condition_vi, l.condition_en, l.missing_vi,
         l.missing_en, l.law, l.certainty, l.lapse_years, (
           SELECT r.id FROM planning.activity_rule r
            WHERE (r.activity, r.land, r.beside, r.theme, r.zone) = (l.activity, l.land, l.beside, l.theme, l.zone)
              AND r.valid @> $2)
    FROM jsonb_to_recordset(lines) AS l(activity text, land text, beside text, theme text, zone text, verdict text,
         condition_vi text, condition_en text, missing_vi text, missing_en text, law text, certainty text,
         lapse_years smallint);
  RETURN made;
END $$;
COMMENT ON FUNCTION planning.propose_activity_change(text, date, jsonb) IS
  'Propose lines of the decision table from a day on (today or later); gives the number of the proposal';
REVOKE EXECUTE ON FUNCTION planning.propose_activity_change(text, date, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION planning.propose_activity_change(text, date, jsonb) TO landsvc_editor;

CREATE FUNCTION planning.decide_activity_change(what bigint, verdict text, words text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  c planning.activity_change;
  me bigint;
BEGIN
  IF NOT identity.acting_is('planner') THEN
    PERFORM cadastre.refuse('planner-changes-activities', 'Planners change what may be done on land', '{}');
  END IF;
  me := current_setting('landsvc.acting')::bigint;
  SELECT * INTO c FROM planning.activity_change x WHERE x.id = what FOR UPDATE;
  IF c.state IS DISTINCT FROM 'proposed' THEN
    PERFORM cadastre.refuse('activity-change-decided', 'Somebody decided it meanwhile',
                            jsonb_build_object('state', c.state));
  ELSIF verdict <> 'withdrawn' AND c.by_account = me THEN
    PERFORM cadastre.refuse('four-eyes-activities', 'Who proposed it does not decide it', '{}');
  ELSIF verdict = 'withdrawn' AND c.by_account <> me THEN
    PERFORM cadastre.refuse('activity-change-of-others', 'Who proposed it takes it back', '{}');
  END IF;
  -- What was answered until today stays, whenever it was proposed for.
  c.from_day := CASE verdict WHEN 'confirmed' THEN greatest(c.from_day, cadastre.today()) ELSE c.from_day END;
  IF verdict = 'confirmed' THEN
    PERFORM planning.put_activity_lines(c.id, c.from_day);
  END IF;
  UPDATE planning.activity_change x SET state = verdict, decided_at = clock_timestamp(), decided_by = me,
         from_day = c.from_day, words = $3 WHERE x.id = c.id;
END $$;
COMMENT ON FUNCTION planning.decide_activity_change(bigint, text, text) IS
  'Confirm (another planner), reject with words (another planner) or withdraw (who proposed it) proposed lines';
REVOKE EXECUTE ON FUNCTION planning.decide_activity_change(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION planning.decide_activity_change(bigint, text, text) TO landsvc_editor;

CREATE FUNCTION planning.put_activity_lines(what bigint, start date) RETURNS void
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
REVOKE EXECUTE ON FUNCTION planning.put_activity_lines(bigint, date) FROM PUBLIC;
"""

DOWN = """
DROP FUNCTION planning.put_activity_lines(bigint, date);
DROP FUNCTION planning.decide_activity_change(bigint, text, text);
DROP FUNCTION planning.propose_activity_change(text, date, jsonb);
DROP TABLE planning.activity_change_line, planning.activity_change;
"""


def upgrade() -> None:
    """Apply."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    run(TABLES)
    run(DOORS)


def downgrade() -> None:
    """Take back: proposals go, what was confirmed stays in the table."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
