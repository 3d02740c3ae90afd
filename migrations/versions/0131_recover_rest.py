"""Keep as data what the law says beside a taking: to recover what is left on request, how long annual plans limit."""

from __future__ import annotations

from alembic import op

revision = "0131_recover_rest"
down_revision = "0130_lapse_and_beside"

UP = """
CREATE TABLE planning.taking_rule (
  code      text NOT NULL,
  years     smallint,
  says_vi   text NOT NULL,
  says_en   text NOT NULL,
  source    text NOT NULL,
  certainty text NOT NULL,
  valid     daterange NOT NULL,
  CONSTRAINT pk_taking_rule PRIMARY KEY (code, valid),
  CONSTRAINT ex_taking_rule_code_valid EXCLUDE USING gist (code WITH =, valid WITH &&),
  CONSTRAINT ck_taking_rule_valid CHECK (NOT isempty(valid)),
  CONSTRAINT ck_taking_rule_years CHECK (years BETWEEN 1 AND 50),
  CONSTRAINT ck_taking_rule_says CHECK (says_vi <> '' AND says_en <> '' AND source <> ''),
  CONSTRAINT ck_taking_rule_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE planning.taking_rule IS
  'Quy định kèm theo khi thu hồi đất: what the law says beside a taking, while it holds; years where it counts them';
GRANT SELECT ON planning.taking_rule TO landsvc_public, landsvc_editor, landsvc_import;
GRANT INSERT ON planning.taking_rule TO landsvc_import;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TABLE planning.taking_rule")
