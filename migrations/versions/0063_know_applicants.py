"""Know who applies: parties confirmed by a person, and notices on persons and certificates that stop a dossier."""

from __future__ import annotations

from alembic import op

revision = "0063_know_applicants"
down_revision = "0062_show_noded_neighbours"

APPLICANTS = """
ALTER TABLE registry.dossier_applicant
  ADD CONSTRAINT fk_dossier_applicant_party_id FOREIGN KEY (party_id) REFERENCES registry.party;
CREATE FUNCTION registry.guard_applicant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.dossier_id, NEW.seq, NEW.name, NEW.capacity, NEW.contact)
     IS DISTINCT FROM (OLD.dossier_id, OLD.seq, OLD.name, OLD.capacity, OLD.contact) THEN
    PERFORM cadastre.refuse('append-only', 'Who applies is said once; only which party that is may be said later');
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER t05_append_only ON registry.dossier_applicant;
CREATE TRIGGER t05_append_only BEFORE DELETE OR TRUNCATE ON registry.dossier_applicant
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t10_guard BEFORE UPDATE ON registry.dossier_applicant
  FOR EACH ROW EXECUTE FUNCTION registry.guard_applicant();
GRANT UPDATE (party_id) ON registry.dossier_applicant TO landsvc_editor;

INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort)
SELECT 'identify', s.code, s.code, '{counter,processor}', 'province', false, 'keep', '', '', 'applicant', 100 + s.sort
  FROM registry.dossier_state s
 WHERE s.code IN ('RECEIVED', 'VERIFYING', 'TAX_SENT', 'TAX_NOTICED', 'TAX_PAID', 'TAX_DEFERRED', 'TAX_EXEMPT',
                  'SIGNED');
"""

HOLDS = """
CREATE OR REPLACE FUNCTION registry.dossier_holds(what bigint)
RETURNS TABLE (unit_id bigint, kind text, issuer text, doc_no text) LANGUAGE sql STABLE AS $$
  -- Of land; of its certificates; of who applies and who holds it now, also while nobody has decided whether a notice
  -- names them; and of applicants who are no party yet, by their name.
  WITH mine AS (
    SELECT d.id, p.blocked_by FROM registry.dossier d
      JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
     WHERE d.id = what AND cardinality(p.blocked_by) > 0),
  land AS (SELECT l.unit_id FROM mine m JOIN registry.dossier_parcel l ON l.dossier_id = m.id),
  people AS (
    SELECT a.party_id FROM mine m JOIN registry.dossier_applicant a ON a.dossier_id = m.id
     WHERE a.party_id IS NOT NULL
     UNION
    SELECT h.party_id FROM registry.standing(ARRAY(SELECT l.unit_id FROM land l)) s
      JOIN registry.rrr_version v ON v.id = s.version_id JOIN registry.holding_party h ON h.holding_id = v.holding_id
     WHERE s.class = 'right'),
  named AS (
    SELECT x.block_id FROM registry.person_blocks(ARRAY(SELECT p.party_id FROM people p)) x
     UNION
    SELECT b.id FROM mine m
      JOIN registry.dossier_applicant a ON a.dossier_id = m.id AND a.party_id IS NULL AND a.capacity = 'applicant'
      JOIN registry.block b ON b.scope = 'person' AND b.person_folded = geo.vn_fold(a.name)
     UNION
    SELECT b.id FROM registry.standing(ARRAY(SELECT l.unit_id FROM land l)) r
      JOIN registry.certificate_version v ON v.rrr_id = r.rrr_id AND upper_inf(v.recorded) AND upper_inf(v.valid)
       AND v.state IN ('active', 'annotated')
      JOIN registry.certificate c ON c.id = v.certificate_id
      JOIN registry.block b ON b.scope = 'certificate' AND b.serial IN (c.serial, replace(c.serial, ' ', '')))
  SELECT h.unit_id, h.kind, h.issuer, h.doc_no
    FROM mine m, cadastre.parcel_hold h
   WHERE h.unit_id IN (SELECT l.unit_id FROM land l) AND h.scope IN ('parcel', 'part')
     AND h.held @> clock_timestamp() AND h.kind = ANY (m.blocked_by)
   UNION ALL
  SELECT NULL, b.kind, b.issuer, b.doc_no
    FROM mine m, registry.block b
    JOIN registry.block_span s ON s.block_id = b.id AND upper_inf(s.recorded) AND s.valid @> clock_timestamp()
   WHERE b.id IN (SELECT n.block_id FROM named n) AND b.kind = ANY (m.blocked_by)
$$;
"""

HOLDS_BEFORE = """
CREATE OR REPLACE FUNCTION registry.dossier_holds(what bigint)
RETURNS TABLE (unit_id bigint, kind text, issuer text, doc_no text) LANGUAGE sql STABLE AS $$
  SELECT h.unit_id, h.kind, h.issuer, h.doc_no
    FROM registry.dossier d
    JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
    JOIN registry.dossier_parcel m ON m.dossier_id = d.id
    JOIN cadastre.parcel_hold h ON h.unit_id = m.unit_id AND h.scope IN ('parcel', 'part')
     AND h.held @> clock_timestamp() AND h.kind = ANY (p.blocked_by)
   WHERE d.id = what ORDER BY h.id
$$;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (APPLICANTS, HOLDS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(HOLDS_BEFORE)
    connection.exec_driver_sql(
        """
        DELETE FROM registry.dossier_transition t WHERE t.action = 'identify';
        REVOKE UPDATE (party_id) ON registry.dossier_applicant FROM landsvc_editor;
        DROP TRIGGER t10_guard ON registry.dossier_applicant;
        DROP TRIGGER t05_append_only ON registry.dossier_applicant;
        CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.dossier_applicant
          FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
        DROP FUNCTION registry.guard_applicant();
        ALTER TABLE registry.dossier_applicant DROP CONSTRAINT fk_dossier_applicant_party_id;
        """
    )
