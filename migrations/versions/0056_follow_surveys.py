"""Let rights follow the links of a new survey; where nobody can be sure they stay and wait for a person."""

from __future__ import annotations

from alembic import op

revision = "0056_follow_surveys"
down_revision = "0055_take_in_registers"

TABLE = """
CREATE TABLE registry.survey_wait (
  id                bigint GENERATED ALWAYS AS IDENTITY,
  record_id         bigint NOT NULL REFERENCES cadastre.record,
  unit_id           bigint NOT NULL REFERENCES cadastre.parcel_unit,
  reason            text NOT NULL,
  decided_record_id bigint REFERENCES cadastre.record,
  CONSTRAINT pk_survey_wait PRIMARY KEY (id),
  CONSTRAINT uq_survey_wait_record_id_unit_id UNIQUE (record_id, unit_id),
  CONSTRAINT ck_survey_wait_reason CHECK (
    reason IN ('unsure', 'part', 'different-holders', 'partly-registered', 'no-successor'))
);
CREATE INDEX ix_survey_wait_unit_id ON registry.survey_wait (unit_id);
CREATE INDEX ix_survey_wait_decided_record_id ON registry.survey_wait (decided_record_id)
  WHERE decided_record_id IS NOT NULL;
COMMENT ON TABLE registry.survey_wait IS
  'Quyền chờ đối soát sau đo đạc lại: rights of an old parcel that a person leads to new ones';

CREATE FUNCTION registry.wait_is_open(wait registry.survey_wait) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (SELECT FROM cadastre.record a WHERE a.annuls_id = wait.record_id)
     AND (wait.decided_record_id IS NULL
          OR EXISTS (SELECT FROM cadastre.record a WHERE a.annuls_id = wait.decided_record_id))
$$;
COMMENT ON FUNCTION registry.wait_is_open(registry.survey_wait) IS
  'Whether a person has still to decide: undone with its survey, open again when the decision is undone';
"""

FOLLOW = """
CREATE FUNCTION registry.survey_day(what bigint) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(lower(v.valid)), cadastre.today()) FROM cadastre.parcel_version v
   WHERE v.record_id = what AND upper_inf(v.recorded) AND upper_inf(v.valid)
$$;

CREATE FUNCTION registry.follow_survey(what bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  gone    bigint[];
  movable bigint[];
BEGIN
  gone := ARRAY(
    SELECT DISTINCT x.unit FROM (
        SELECT l.parent_id FROM cadastre.lineage l WHERE l.record_id = what AND upper_inf(l.recorded)
         UNION SELECT e.unit_id FROM cadastre.unit_end e WHERE e.record_id = what AND upper_inf(e.recorded)) x(unit)
     WHERE EXISTS (SELECT FROM registry.ba_unit_parcel p
                    WHERE p.unit_id = x.unit AND upper_inf(p.recorded) AND upper_inf(p.valid)));
  -- Land beside a whole may have gone elsewhere: what bore on it too is for a person to say.
  INSERT INTO registry.survey_wait (record_id, unit_id, reason)
  SELECT DISTINCT what, k.old_unit_id, 'part' FROM cadastre.resurvey_link k
   WHERE k.record_id = what AND k.kind = 'part' AND k.old_unit_id <> k.new_unit_id
     AND k.share_old >= (SELECT t.value FROM cadastre.resurvey_threshold t WHERE t.name = 'noise_share')
     AND EXISTS (SELECT FROM registry.ba_unit_parcel p
                  WHERE p.unit_id = k.old_unit_id AND upper_inf(p.recorded) AND upper_inf(p.valid));
  INSERT INTO registry.survey_wait AS w (record_id, unit_id, reason)
  SELECT what, g, CASE
      WHEN NOT EXISTS (SELECT FROM cadastre.lineage l WHERE l.parent_id = g AND l.record_id = what
                          AND upper_inf(l.recorded)) THEN 'no-successor'
      WHEN EXISTS (SELECT FROM cadastre.resurvey_link k
                    WHERE k.record_id = what AND k.old_unit_id = g AND k.kind <> 'part' AND k.state <> 'sure')
        THEN 'unsure'
      WHEN m.same IS NULL THEN 'partly-registered' ELSE 'different-holders' END
    FROM unnest(gone) g
    CROSS JOIN LATERAL (
      -- Of the parcels that became one, all are held under the same right, or nobody can tell for the whole.
      SELECT bool_and(s.alone OR coalesce(s.same, false)) AS sure,
             CASE WHEN bool_or(NOT s.alone AND s.same IS NULL) THEN NULL ELSE bool_and(s.alone OR s.same) END AS same
        FROM (SELECT cardinality(f.parents) = 1 AS alone, registry.same_right(f.parents) AS same
                FROM cadastre.lineage l
                CROSS JOIN LATERAL (
                  SELECT array_agg(o.parent_id ORDER BY o.parent_id) AS parents FROM cadastre.lineage o
                   WHERE o.child_id = l.child_id AND o.record_id = what AND upper_inf(o.recorded)) f
               WHERE l.parent_id = g AND l.record_id = what AND upper_inf(l.recorded)) s) m
   WHERE m.sure IS NOT TRUE OR EXISTS (SELECT FROM cadastre.resurvey_link k
           WHERE k.record_id = what AND k.old_unit_id = g AND k.kind <> 'part' AND k.state <> 'sure')
  ON CONFLICT (record_id, unit_id) DO UPDATE SET reason = excluded.reason;
  movable := ARRAY(SELECT g FROM unnest(gone) g WHERE NOT EXISTS (
    SELECT FROM registry.survey_wait w WHERE w.record_id = what AND w.unit_id = g AND w.reason <> 'part'));
  PERFORM registry.carry((
      SELECT jsonb_agg(jsonb_build_object('parent', l.parent_id, 'child', l.child_id)) FROM cadastre.lineage l
       WHERE l.parent_id = ANY (movable) AND l.record_id = what AND upper_inf(l.recorded)),
    movable, what, registry.survey_day(what));
END $$;
COMMENT ON FUNCTION registry.follow_survey(bigint) IS
  'Lead rights and mortgages from old parcels to new ones by the sure links of a survey, and let the others wait';

CREATE FUNCTION registry.follow_with_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM registry.follow_survey(NEW.id);
  RETURN NULL;
END $$;
-- The cadastre replaces maps and knows nothing of rights: at the end of its transaction all links are written.
CREATE CONSTRAINT TRIGGER t60_rights AFTER INSERT ON cadastre.record DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind = 'resurvey') EXECUTE FUNCTION registry.follow_with_record();

CREATE FUNCTION registry.lead_rights(wait bigint, targets bigint[], why bigint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  w   registry.survey_wait;
  day date;
BEGIN
  SELECT * INTO w FROM registry.survey_wait x WHERE x.id = wait FOR UPDATE;
  IF NOT FOUND OR NOT registry.wait_is_open(w) THEN
    PERFORM cadastre.refuse('survey-wait-closed', 'Nothing waits here', jsonb_build_object('wait', wait));
  END IF;
  day := registry.survey_day(w.record_id);
  PERFORM registry.defer_checks();
  IF w.reason = 'part' THEN
    INSERT INTO registry.ba_unit_parcel (ba_unit_id, unit_id, record_id, valid)
    SELECT DISTINCT p.ba_unit_id, t, why, daterange(day, NULL)
      FROM unnest(targets) t CROSS JOIN registry.ba_unit_parcel p
     WHERE upper_inf(p.recorded) AND upper_inf(p.valid) AND p.unit_id IN (
       SELECT w.unit_id UNION SELECT l.child_id FROM cadastre.lineage l
        WHERE l.parent_id = w.unit_id AND l.record_id = w.record_id AND upper_inf(l.recorded))
       AND NOT EXISTS (SELECT FROM registry.ba_unit_parcel o WHERE o.ba_unit_id = p.ba_unit_id AND o.unit_id = t
                          AND upper_inf(o.recorded) AND o.valid && daterange(day, NULL));
  ELSE
    PERFORM registry.carry(
      (SELECT jsonb_agg(jsonb_build_object('parent', w.unit_id, 'child', t)) FROM unnest(targets) t),
      ARRAY[w.unit_id], why, day);
  END IF;
  UPDATE registry.survey_wait x SET decided_record_id = why WHERE x.id = wait;
  RETURN cardinality(targets);
END $$;
COMMENT ON FUNCTION registry.lead_rights(bigint, bigint[], bigint) IS
  'Lead what waits to the parcels a person names; to none: the rights of land that is gone end';
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.wait_is_open(registry.survey_wait), registry.survey_day(bigint),
  registry.follow_survey(bigint), registry.follow_with_record(), registry.lead_rights(bigint, bigint[], bigint)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.wait_is_open(registry.survey_wait), registry.survey_day(bigint),
  registry.lead_rights(bigint, bigint[], bigint) TO landsvc_editor;
GRANT EXECUTE ON FUNCTION registry.wait_is_open(registry.survey_wait) TO landsvc_import;
GRANT SELECT, UPDATE (decided_record_id) ON registry.survey_wait TO landsvc_editor;
GRANT SELECT ON registry.survey_wait TO landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLE, FOLLOW, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(
        """
        DROP TRIGGER t60_rights ON cadastre.record;
        DROP FUNCTION registry.follow_with_record(), registry.follow_survey(bigint),
          registry.lead_rights(bigint, bigint[], bigint), registry.survey_day(bigint),
          registry.wait_is_open(registry.survey_wait);
        DROP TABLE registry.survey_wait;
        """
    )
