"""Let a completed dossier be taken back by whoever signs and did not process it: four eyes on the way back, too."""

from __future__ import annotations

from alembic import op

revision = "0078_sign_reversals"
down_revision = "0077_receive_releases"

UP = """
CREATE FUNCTION registry.guard_reversal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  acting text := nullif(current_setting('landsvc.acting', true), '');
  d      record;
BEGIN
  SELECT x.id, x.code INTO d FROM cadastre.record r
    JOIN registry.dossier x ON x.code = r.doc_no
    JOIN registry.dossier_event e ON e.dossier_id = x.id AND e.action = 'record' AND e.details ->> 'record' = r.code
   WHERE r.id = NEW.annuls_id;
  -- Whoever works on the server itself acts for nobody, as everywhere else.
  IF d.id IS NULL OR coalesce(acting, 'operator') = 'operator' THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (SELECT FROM identity.account_role a WHERE a.account_id::text = acting AND a.role_code = 'signer') THEN
    PERFORM cadastre.refuse('reversal-unsigned', 'A completed dossier is taken back by whoever signs',
                            jsonb_build_object('dossier', d.code));
  ELSIF EXISTS (
      SELECT FROM registry.dossier_event e
        JOIN registry.dossier_transition x ON x.action = e.action AND x.from_state = e.from_state
       WHERE e.dossier_id = d.id AND e.account_id::text = acting AND x.processes) THEN
    PERFORM cadastre.refuse('processor-never-signs', 'Whoever processed a dossier never signs it',
                            jsonb_build_object('dossier', d.code));
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION registry.guard_reversal() IS
  'Refuse that one who processed a dossier, or may not sign, takes its completion back';
CREATE TRIGGER t45_reversal AFTER INSERT ON cadastre.record FOR EACH ROW WHEN (NEW.annuls_id IS NOT NULL)
  EXECUTE FUNCTION registry.guard_reversal();
REVOKE EXECUTE ON FUNCTION registry.guard_reversal() FROM PUBLIC;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    op.execute("DROP TRIGGER t45_reversal ON cadastre.record")
    op.execute("DROP FUNCTION registry.guard_reversal()")
