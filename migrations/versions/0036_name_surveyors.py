"""Keep who measured a survey; let the public read how and when land was measured, not by whom nor the coordinates."""

from __future__ import annotations

from alembic import op

revision = "0036_name_surveyors"
down_revision = "0035_redraw_communes"

FORWARD = """
ALTER TABLE cadastre.survey ADD COLUMN surveyed_by text;
COMMENT ON COLUMN cadastre.survey.surveyed_by IS 'Who measured: a person or a firm (đơn vị đo đạc); for officers only';
GRANT SELECT (id, srid, method, surveyed_on, accuracy_m) ON cadastre.survey TO landsvc_public;
"""
BACKWARD = """
REVOKE SELECT (id, srid, method, surveyed_on, accuracy_m) ON cadastre.survey FROM landsvc_public;
ALTER TABLE cadastre.survey DROP COLUMN surveyed_by;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(FORWARD)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(BACKWARD)
    connection.execution_options(no_parameters=False)
