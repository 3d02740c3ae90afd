"""Let officers enter what a dossier shall do, send a signed one back, and link another draft after the taxes."""

from __future__ import annotations

from alembic import op

revision = "0051_enter_facts"
down_revision = "0050_prove_in_one_go"

TRANSITIONS = """
INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort)
SELECT 'enter_facts', s.code, s.code, '{processor}', 'branch', true, 'keep', '', '', 'facts', 54 + s.sort
  FROM registry.dossier_state s
 WHERE s.code IN ('VERIFYING', 'TAX_SENT', 'TAX_NOTICED', 'TAX_PAID', 'TAX_DEFERRED', 'TAX_EXEMPT');
INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort)
SELECT 'link_draft', s.code, s.code, '{processor,surveyor}', 'branch', true, 'keep', '', '', 'draft', 70 + s.sort
  FROM registry.dossier_state s WHERE s.code IN ('TAX_PAID', 'TAX_DEFERRED', 'TAX_EXEMPT');
-- Something may stand against a signed dossier by the time it is recorded: it must have a way back.
INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort) VALUES
  ('send_back', 'SIGNED', NULL, '{processor,checker,signer}', 'branch', false, 'processor', '', '', 'reason', 90);
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(TRANSITIONS)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(
        """
        DELETE FROM registry.dossier_transition t WHERE t.action = 'enter_facts'
            OR t.action = 'link_draft' AND t.from_state <> 'VERIFYING'
            OR t.action = 'send_back' AND t.from_state = 'SIGNED';
        """
    )
