"""Let the counter enter what an applicant asks to be registered, as a bank does for each mortgage it releases."""

from __future__ import annotations

from alembic import op

revision = "0077_receive_releases"
down_revision = "0076_compare_streets_once"

UP = """
INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort) VALUES
  ('enter_facts', 'RECEIVED', 'RECEIVED', '{counter,processor}', 'province', true, 'keep', '', '', 'facts', 160);
"""
DOWN = "DELETE FROM registry.dossier_transition t WHERE t.action = 'enter_facts' AND t.from_state = 'RECEIVED'"


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    op.execute(DOWN)
