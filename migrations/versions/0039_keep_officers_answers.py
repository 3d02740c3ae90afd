"""Keep answers to officers' writes that came with an Idempotency-Key: each reads and keeps those of their own."""

from __future__ import annotations

from alembic import op

revision = "0039_keep_officers_answers"
down_revision = "0038_administer_people"

FORWARD = """
GRANT SELECT, INSERT, UPDATE (status, sealed) ON core.idempotency TO landsvc_editor;
ALTER TABLE core.idempotency ENABLE ROW LEVEL SECURITY;
CREATE POLICY machines ON core.idempotency FOR ALL TO landsvc_tax
  USING (owner LIKE 'client:%') WITH CHECK (owner LIKE 'client:%');
CREATE POLICY own_account ON core.idempotency FOR ALL TO landsvc_editor
  USING (owner = 'account:' || current_setting('landsvc.acting', true))
  WITH CHECK (owner = 'account:' || current_setting('landsvc.acting', true));
"""
BACKWARD = """
DROP POLICY own_account ON core.idempotency;
DROP POLICY machines ON core.idempotency;
ALTER TABLE core.idempotency DISABLE ROW LEVEL SECURITY;
REVOKE SELECT, INSERT, UPDATE (status, sealed) ON core.idempotency FROM landsvc_editor;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(FORWARD)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(BACKWARD)
    connection.execution_options(no_parameters=False)
