"""Say by which rules the taxes of a procedure are estimated, and ask what its slip tells in each with taxes."""

from __future__ import annotations

from alembic import op

revision = "0112_estimate_by_procedure"
down_revision = "0111_follow_fees"

KINDS = """
CREATE TABLE registry.estimate_kind (
  procedure text NOT NULL,
  kind      text NOT NULL,
  law       text NOT NULL,
  certainty text NOT NULL,
  CONSTRAINT pk_estimate_kind PRIMARY KEY (procedure),
  CONSTRAINT ck_estimate_kind_kind CHECK (kind IN ('transfer', 'gift')),
  CONSTRAINT ck_estimate_kind_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE registry.estimate_kind IS
  'Cách ước tính thuế: by the rules of which kind of case the taxes of a procedure are estimated';
GRANT SELECT ON registry.estimate_kind TO landsvc_editor, landsvc_import;
GRANT INSERT, UPDATE, DELETE ON registry.estimate_kind TO landsvc_import;
"""

ASKED = """
UPDATE registry.procedure SET effects = effects || '{tax.case}'::text[]
 WHERE taxes <> '{}' AND NOT effects @> '{tax.case}';
"""

BEFORE = """
UPDATE registry.procedure SET effects = array_remove(effects, 'tax.case');
DROP TABLE registry.estimate_kind;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(KINDS)
    op.execute(ASKED)


def downgrade() -> None:
    """Take back."""
    op.execute(BEFORE)
