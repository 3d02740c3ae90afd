"""Take an application before its paper when one is taken out, as sending one does: two windows are no deadlock."""

from __future__ import annotations

from alembic import op

revision = "0135_lock_in_order"
down_revision = "0134_sweep_files"

UP = """
CREATE OR REPLACE FUNCTION registry.drop_application_paper(asked text, given text, paper bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT FROM registry.application a WHERE a.code = $1 AND a.secret = $2 FOR UPDATE;
  WITH gone AS (
    DELETE FROM registry.application_paper p USING registry.application a
     WHERE a.id = p.application_id AND a.code = $1 AND a.secret = $2 AND p.id = $3
    RETURNING p.application_id)
  UPDATE registry.application a SET changed_at = clock_timestamp() FROM gone WHERE a.id = gone.application_id
  RETURNING true
$$;
"""

DOWN = """
CREATE OR REPLACE FUNCTION registry.drop_application_paper(asked text, given text, paper bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH gone AS (
    DELETE FROM registry.application_paper p USING registry.application a
     WHERE a.id = p.application_id AND a.code = $1 AND a.secret = $2 AND p.id = $3
    RETURNING p.application_id)
  UPDATE registry.application a SET changed_at = clock_timestamp() FROM gone WHERE a.id = gone.application_id
  RETURNING true
$$;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
