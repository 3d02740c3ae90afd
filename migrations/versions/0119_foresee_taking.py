"""Say which planned uses are works that land is recovered for, so that a family can ask what would be taken."""

from __future__ import annotations

from alembic import op

revision = "0119_foresee_taking"
down_revision = "0118_bound_links"

UP = """
CREATE TABLE planning.taking_use (
  theme     text NOT NULL,
  use_code  text NOT NULL,
  source    text NOT NULL,
  certainty text NOT NULL,
  CONSTRAINT pk_taking_use PRIMARY KEY (theme, use_code),
  CONSTRAINT fk_taking_use_theme FOREIGN KEY (theme) REFERENCES planning.theme (code),
  CONSTRAINT fk_taking_use_use_code FOREIGN KEY (use_code) REFERENCES cadastre.land_use_type,
  CONSTRAINT ck_taking_use_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE planning.taking_use IS
  'Loại đất quy hoạch có thể thu hồi đất: planned uses (and those below them) that land is recovered for, by theme';
GRANT SELECT ON planning.taking_use TO landsvc_public, landsvc_editor, landsvc_import;
GRANT INSERT ON planning.taking_use TO landsvc_import;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TABLE planning.taking_use")
