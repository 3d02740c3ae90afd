"""Let a person decide what an unsure link of two maps is, by a record that can be undone."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0025_decide_links"
down_revision = "0024_seal_payers"

TABLES = """
CREATE TABLE cadastre.link_decision (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  link_id          bigint NOT NULL REFERENCES cadastre.resurvey_link,
  verdict          text NOT NULL,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  undone_record_id bigint REFERENCES cadastre.record,
  CONSTRAINT pk_link_decision PRIMARY KEY (id),
  CONSTRAINT ck_link_decision_verdict CHECK (verdict IN ('same', 'successor', 'different'))
);
CREATE INDEX ix_link_decision_record_id ON cadastre.link_decision (record_id);
CREATE UNIQUE INDEX uq_link_decision_in_force ON cadastre.link_decision (link_id) WHERE undone_record_id IS NULL;
COMMENT ON TABLE cadastre.link_decision IS
  'Kết luận đối soát: what a person said an unsure link of two maps is; kept also when it is undone';
COMMENT ON COLUMN cadastre.link_decision.undone_record_id IS 'The annulment that took it back';
GRANT SELECT ON cadastre.link_decision TO landsvc_editor, landsvc_import;
REVOKE UPDATE (state) ON cadastre.resurvey_link FROM landsvc_editor;
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE ON cadastre.link_decision
  FOR EACH ROW EXECUTE FUNCTION cadastre.guard_append_only('{undone_record_id}');
CREATE TRIGGER t05_no_truncate BEFORE TRUNCATE ON cadastre.link_decision EXECUTE FUNCTION cadastre.guard_truncate();
"""

DECIDE = """
CREATE FUNCTION cadastre.decide_link(link bigint, said text, why bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  l  cadastre.resurvey_link;
  at timestamptz := cadastre.recorded_now();
BEGIN
  SELECT * INTO l FROM cadastre.resurvey_link r WHERE r.id = link;
  -- Who decides on links of one parcel does so one after the other.
  PERFORM FROM cadastre.parcel_unit u WHERE u.id IN (l.old_unit_id, l.new_unit_id) ORDER BY u.id FOR NO KEY UPDATE;
  SELECT * INTO l FROM cadastre.resurvey_link r WHERE r.id = link FOR NO KEY UPDATE;
  IF l.state <> 'unsure' OR l.kind = 'part'
     OR EXISTS (SELECT FROM cadastre.record a WHERE a.annuls_id = l.record_id) THEN
    PERFORM cadastre.refuse('link-closed', 'This link waits for no decision', jsonb_build_object('link', link));
  END IF;
  -- One that is the same parcel went there wholly and came from nowhere else.
  IF said <> 'different' AND EXISTS (
    SELECT FROM cadastre.resurvey_link o
      LEFT JOIN cadastre.link_decision d ON d.link_id = o.id AND d.undone_record_id IS NULL
     WHERE o.record_id = l.record_id AND o.id <> l.id AND o.state IN ('sure', 'confirmed') AND o.kind <> 'part'
       AND (o.old_unit_id = l.old_unit_id OR o.new_unit_id = l.new_unit_id)
       AND (said = 'same' OR d.verdict = 'same')) THEN
    PERFORM cadastre.refuse('link-contradicts', 'Another link of these parcels says otherwise',
                            jsonb_build_object('link', link));
  END IF;
  IF said = 'different' THEN
    UPDATE cadastre.lineage e SET recorded = tstzrange(lower(e.recorded), at)
     WHERE e.parent_id = l.old_unit_id AND e.child_id = l.new_unit_id AND upper_inf(e.recorded);
    -- I4: what is retired has successors or a stated end.
    INSERT INTO cadastre.unit_end (unit_id, reason, record_id, recorded)
    SELECT l.old_unit_id, 'notInResurvey', why, tstzrange(at, NULL)
     WHERE NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = l.old_unit_id)
       AND NOT EXISTS (SELECT FROM cadastre.lineage e WHERE e.parent_id = l.old_unit_id AND upper_inf(e.recorded))
       AND NOT EXISTS (SELECT FROM cadastre.unit_end e WHERE e.unit_id = l.old_unit_id AND upper_inf(e.recorded));
  ELSE
    -- A unit that was measured again is older than its heirs may be: its descent cannot be written (decision 0004).
    IF NOT EXISTS (SELECT FROM cadastre.lineage e
                    WHERE e.parent_id = l.old_unit_id AND e.child_id = l.new_unit_id AND upper_inf(e.recorded)) THEN
      IF l.old_unit_id > l.new_unit_id OR EXISTS (
        SELECT FROM cadastre.parcel_unit u WHERE u.id = l.new_unit_id AND u.record_id <> l.record_id) THEN
        PERFORM cadastre.refuse('link-to-older', 'The other parcel was there before: nothing descends from it',
                                jsonb_build_object('link', link));
      END IF;
      UPDATE cadastre.unit_end e SET recorded = tstzrange(lower(e.recorded), at)
       WHERE e.unit_id = l.old_unit_id AND upper_inf(e.recorded);
      INSERT INTO cadastre.lineage (parent_id, child_id, kind, record_id, recorded)
      VALUES (l.old_unit_id, l.new_unit_id, 'resurvey', why, tstzrange(at, NULL));
    END IF;
  END IF;
  INSERT INTO cadastre.link_decision (link_id, verdict, record_id) VALUES (link, said, why);
  UPDATE cadastre.resurvey_link r SET state = CASE said WHEN 'different' THEN 'rejected' ELSE 'confirmed' END
   WHERE r.id = link;
END $$;
COMMENT ON FUNCTION cadastre.decide_link(bigint, text, bigint) IS
  'Say what an unsure link of two maps is, under a record: its state, and who descends from whom';

CREATE FUNCTION cadastre.undo_link_decisions(what bigint, why bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  at timestamptz := cadastre.recorded_now();
  d  record;
BEGIN
  -- The annulment has closed what the decision brought; here what it closed is believed again, and still under the
  -- record of the survey, so that undoing the survey takes it along.
  FOR d IN SELECT x.id, x.verdict, l.id AS link, l.old_unit_id, l.new_unit_id, l.record_id
             FROM cadastre.link_decision x JOIN cadastre.resurvey_link l ON l.id = x.link_id
            WHERE x.record_id = what AND x.undone_record_id IS NULL ORDER BY x.id
  LOOP
    IF NOT EXISTS (SELECT FROM cadastre.record a WHERE a.id = why AND a.annuls_id = what) THEN
      PERFORM cadastre.refuse('annulment-record', 'An annulment names the record it undoes, and undoes no annulment');
    END IF;
    IF d.verdict = 'different' THEN
      INSERT INTO cadastre.lineage (parent_id, child_id, kind, record_id, recorded)
      SELECT d.old_unit_id, d.new_unit_id, 'resurvey', d.record_id, tstzrange(at, NULL)
       WHERE EXISTS (SELECT FROM cadastre.lineage e WHERE e.parent_id = d.old_unit_id AND e.child_id = d.new_unit_id
                        AND e.record_id = d.record_id)
         AND NOT EXISTS (SELECT FROM cadastre.lineage e WHERE e.parent_id = d.old_unit_id
                            AND e.child_id = d.new_unit_id AND upper_inf(e.recorded));
      UPDATE cadastre.unit_end e SET recorded = tstzrange(lower(e.recorded), at)
       WHERE e.unit_id = d.old_unit_id AND upper_inf(e.recorded)
         AND EXISTS (SELECT FROM cadastre.lineage x WHERE x.parent_id = d.old_unit_id AND upper_inf(x.recorded));
    ELSE
      INSERT INTO cadastre.unit_end (unit_id, reason, record_id, recorded)
      SELECT d.old_unit_id, 'notInResurvey', d.record_id, tstzrange(at, NULL)
       WHERE NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = d.old_unit_id)
         AND NOT EXISTS (SELECT FROM cadastre.lineage e WHERE e.parent_id = d.old_unit_id AND upper_inf(e.recorded))
         AND NOT EXISTS (SELECT FROM cadastre.unit_end e WHERE e.unit_id = d.old_unit_id AND upper_inf(e.recorded));
    END IF;
    UPDATE cadastre.link_decision x SET undone_record_id = why WHERE x.id = d.id;
    UPDATE cadastre.resurvey_link r SET state = 'unsure' WHERE r.id = d.link;
  END LOOP;
END $$;
COMMENT ON FUNCTION cadastre.undo_link_decisions(bigint, bigint) IS
  'Take back what was decided of links under a record, under its annulment';
REVOKE EXECUTE ON FUNCTION cadastre.decide_link(bigint, text, bigint),
  cadastre.undo_link_decisions(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.decide_link(bigint, text, bigint) TO landsvc_editor;
GRANT EXECUTE ON FUNCTION cadastre.undo_link_decisions(bigint, bigint) TO landsvc_editor, landsvc_import;
"""

CONFLICTS = """
   UNION
  -- What a person decided of the links of a survey stands on it.
  SELECT l.old_unit_id, d.record_id FROM cadastre.resurvey_link l
    JOIN cadastre.link_decision d ON d.link_id = l.id AND d.undone_record_id IS NULL
   WHERE l.record_id = what
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(TABLES)
    connection.exec_driver_sql(DECIDE)
    before = _conflicts()
    connection.exec_driver_sql(before.removesuffix("$$;").rstrip() + CONFLICTS + "$$;")


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(_conflicts())
    connection.exec_driver_sql(
        """
        DROP FUNCTION cadastre.undo_link_decisions(bigint, bigint), cadastre.decide_link(bigint, text, bigint);
        DROP TABLE cadastre.link_decision;
        GRANT UPDATE (state) ON cadastre.resurvey_link TO landsvc_editor;
        """
    )
    connection.execution_options(no_parameters=False)


def _conflicts() -> str:
    """Return the statement that gives `annul_conflicts` its body of revision 0013."""
    path = Path(__file__).with_name("0013_annul_records.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    before = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(before)
    found = re.search(r"CREATE (FUNCTION cadastre\.annul_conflicts\(.*?\$\$.*?\$\$;)", before.ANNUL, re.DOTALL)
    if found is None:
        raise LookupError("annul_conflicts")
    return f"CREATE OR REPLACE {found.group(1)}"
