"""Let a dossier be refused or withdrawn once its taxes are under way or settled: a notice may come as late as that."""

from __future__ import annotations

from alembic import op

revision = "0064_refuse_after_taxes"
down_revision = "0063_know_applicants"

UP = """
-- What waits for a signature or is signed is sent back first: it is refused by whoever processes it, as before.
INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort)
SELECT 'refuse', s.code, 'REFUSED', '{processor}', 'branch', true, 'none', '',
       CASE s.code WHEN 'TAX_SENT' THEN 'tax' WHEN 'TAX_NOTICED' THEN 'payment' ELSE '' END, 'reason', 120 + s.sort
  FROM registry.dossier_state s
 WHERE s.code IN ('TAX_SENT', 'TAX_NOTICED', 'TAX_PAID', 'TAX_DEFERRED', 'TAX_EXEMPT');
INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort)
SELECT 'withdraw', s.code, 'WITHDRAWN', '{counter,processor}', 'province', false, 'none', '', '', 'reason',
       140 + s.sort
  FROM registry.dossier_state s WHERE s.code IN ('TAX_PAID', 'TAX_DEFERRED', 'TAX_EXEMPT');
"""

DOWN = """
DELETE FROM registry.dossier_transition t
 WHERE t.action = 'refuse' AND t.from_state LIKE 'TAX_%'
    OR t.action = 'withdraw' AND t.from_state IN ('TAX_PAID', 'TAX_DEFERRED', 'TAX_EXEMPT');
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
