"""Let administrators add minimum plots and plan forms of rules with days; what holds or held is never edited."""

from __future__ import annotations

from alembic import op

revision = "0042_date_rules"
down_revision = "0041_claim_for_previews"

ACTING = """
CREATE FUNCTION identity.acting_is(wanted text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  who text := coalesce(current_setting('landsvc.acting', true), '');
BEGIN
  RETURN who = 'operator' OR who ~ '^[0-9]{1,18}$' AND EXISTS (
    SELECT FROM identity.account a JOIN identity.account_role r ON r.account_id = a.id
     WHERE a.id::text = who AND a.disabled_at IS NULL AND r.role_code = wanted);
END $$;
COMMENT ON FUNCTION identity.acting_is(text) IS
  'Whether whoever acts in this transaction (landsvc.acting) has a role; who works on the server has all';
REVOKE EXECUTE ON FUNCTION identity.acting_is(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.acting_is(text) TO landsvc_editor;
"""

# Who added a row stands in the audit trail: the public reads this table, and nothing about people.
MINIMUMS = """
ALTER TABLE cadastre.minimum_plot ADD COLUMN entered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD CONSTRAINT ck_minimum_plot_valid CHECK (NOT isempty(valid));
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cadastre.minimum_plot
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
REVOKE UPDATE ON cadastre.minimum_plot FROM landsvc_import;
GRANT INSERT ON cadastre.minimum_plot TO landsvc_editor;
ALTER TABLE cadastre.minimum_plot ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON cadastre.minimum_plot FOR SELECT USING (true);
CREATE POLICY administrators_add ON cadastre.minimum_plot FOR INSERT TO landsvc_editor
  WITH CHECK (identity.acting_is('admin'));
"""

RULES = """
CREATE FUNCTION cadastre.guard_rule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  today date := cadastre.today();
BEGIN
  -- A form may be planned from tomorrow on, one that waits taken back, and the end of one that holds moved there.
  IF TG_OP = 'INSERT' AND coalesce(lower(NEW.valid) <= today, true)
     OR TG_OP = 'DELETE' AND coalesce(lower(OLD.valid) <= today, true)
     OR TG_OP = 'UPDATE' AND (lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)
                              OR upper(OLD.valid) <= today OR upper(NEW.valid) <= today) THEN
    PERFORM cadastre.refuse('rule-in-force', 'A form of a rule that holds or held is never edited',
                            jsonb_build_object('rule', coalesce(OLD.code, NEW.code)));
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
COMMENT ON FUNCTION cadastre.guard_rule() IS 'Let officers change only what is to come of a rule';
CREATE TRIGGER t05_guard BEFORE INSERT OR UPDATE OR DELETE ON cadastre.rule
  FOR EACH ROW WHEN (current_user = 'landsvc_editor') EXECUTE FUNCTION cadastre.guard_rule();
REVOKE EXECUTE ON FUNCTION cadastre.guard_rule() FROM PUBLIC;
GRANT INSERT, DELETE, UPDATE (valid) ON cadastre.rule TO landsvc_editor;
ALTER TABLE cadastre.rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON cadastre.rule FOR SELECT USING (true);
CREATE POLICY administrators_change ON cadastre.rule FOR ALL TO landsvc_editor
  USING (identity.acting_is('admin')) WITH CHECK (identity.acting_is('admin'));
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (ACTING, MINIMUMS, RULES):
        connection.exec_driver_sql(part)
    connection.execution_options(no_parameters=False)


def downgrade() -> None:
    op.execute(
        """
        DROP POLICY read_everywhere ON cadastre.rule;
        DROP POLICY administrators_change ON cadastre.rule;
        ALTER TABLE cadastre.rule DISABLE ROW LEVEL SECURITY;
        REVOKE INSERT, DELETE, UPDATE (valid) ON cadastre.rule FROM landsvc_editor;
        DROP TRIGGER t05_guard ON cadastre.rule;
        DROP FUNCTION cadastre.guard_rule();
        DROP POLICY read_everywhere ON cadastre.minimum_plot;
        DROP POLICY administrators_add ON cadastre.minimum_plot;
        ALTER TABLE cadastre.minimum_plot DISABLE ROW LEVEL SECURITY;
        REVOKE INSERT ON cadastre.minimum_plot FROM landsvc_editor;
        GRANT UPDATE ON cadastre.minimum_plot TO landsvc_import;
        DROP TRIGGER t01_append_only ON cadastre.minimum_plot;
        ALTER TABLE cadastre.minimum_plot DROP CONSTRAINT ck_minimum_plot_valid, DROP COLUMN entered_at;
        DROP FUNCTION identity.acting_is(text);
        """
    )
