"""Let a rule say how to mend what it finds, with which figures it judges, and when a second person is asked."""

from __future__ import annotations

from alembic import op

revision = "0022_explain_rules"
down_revision = "0021_speed_replacing"

RULES = """
ALTER TABLE cadastre.rule
  ADD COLUMN mend_vi       text NOT NULL DEFAULT '',
  ADD COLUMN mend_en       text NOT NULL DEFAULT '',
  ADD COLUMN parameters    jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN second_person boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT ck_rule_parameters CHECK (jsonb_typeof(parameters) = 'object');
COMMENT ON COLUMN cadastre.rule.parameters IS 'Figures the check judges by, such as tolerances; units in the names';
COMMENT ON COLUMN cadastre.rule.second_person IS
  'Người thứ hai: whether a change with a warning under this rule is approved by somebody else';
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(RULES)


def downgrade() -> None:
    op.execute(
        "ALTER TABLE cadastre.rule DROP COLUMN mend_vi, DROP COLUMN mend_en, DROP COLUMN parameters,"
        " DROP COLUMN second_person"
    )
