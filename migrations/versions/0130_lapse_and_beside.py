"""Let a line of the decision table lapse some years after its plan, and hold only beside another use of the parcel."""

from __future__ import annotations

from alembic import op

revision = "0130_lapse_and_beside"
down_revision = "0129_house_addresses"

# What follows two years of a plan without recovery: LĐĐ 31/2024/QH15 Điều 76 khoản 7.
UP = """
ALTER TABLE planning.activity_rule
  ADD COLUMN beside text NOT NULL DEFAULT '',
  ADD COLUMN lapse_years smallint,
  DROP CONSTRAINT ck_activity_rule_says_why,
  DROP CONSTRAINT ex_activity_rule_case_valid;
UPDATE planning.activity_rule SET lapse_years = 2,
       missing_vi = 'đã có quyết định thu hồi đất trong 2 năm kể từ khi kế hoạch được duyệt hay chưa;'
                    ' nếu chưa thì hết hạn chế',
       missing_en = 'whether a recovery decision was made within two years of the plan; if none was, the limit is over'
 WHERE verdict = 'not-allowed' AND theme = 'annual_plan' AND law LIKE '%Điều 76%';
ALTER TABLE planning.activity_rule
  ADD CONSTRAINT ck_activity_rule_beside CHECK (beside = '' OR theme = ''),
  ADD CONSTRAINT ck_activity_rule_lapse_years CHECK (lapse_years IS NULL
    OR lapse_years BETWEEN 1 AND 50 AND verdict = 'not-allowed' AND theme <> ''),
  ADD CONSTRAINT ck_activity_rule_valid CHECK (NOT isempty(valid)),
  ADD CONSTRAINT ck_activity_rule_says_why CHECK (
    CASE verdict WHEN 'unknown' THEN missing_vi <> '' AND missing_en <> '' AND condition_vi = '' AND condition_en = ''
         WHEN 'allowed' THEN law <> '' AND missing_vi = '' AND missing_en = ''
         ELSE law <> '' AND condition_vi <> '' AND condition_en <> ''
              AND (missing_vi <> '') = (lapse_years IS NOT NULL)
              AND (missing_en <> '') = (lapse_years IS NOT NULL) END),
  ADD CONSTRAINT ex_activity_rule_case_valid EXCLUDE USING gist
    (activity WITH =, land WITH =, beside WITH =, theme WITH =, zone WITH =, valid WITH &&);
COMMENT ON COLUMN planning.activity_rule.beside IS
  'A land use or group that the parcel must have beside the use of the line, as a garden beside a house; empty: none';
COMMENT ON COLUMN planning.activity_rule.lapse_years IS
  'For how many years from the decision of the plan the line holds; then what is missing is asked';
GRANT INSERT (beside, lapse_years) ON planning.activity_rule TO landsvc_import;
"""

DOWN = """
DELETE FROM planning.activity_rule WHERE beside <> '';
ALTER TABLE planning.activity_rule
  DROP CONSTRAINT ck_activity_rule_valid,
  DROP CONSTRAINT ck_activity_rule_says_why,
  DROP CONSTRAINT ck_activity_rule_lapse_years;
UPDATE planning.activity_rule SET lapse_years = NULL, missing_vi = '', missing_en = '' WHERE lapse_years IS NOT NULL;
ALTER TABLE planning.activity_rule
  DROP COLUMN beside,
  DROP COLUMN lapse_years,
  ADD CONSTRAINT ck_activity_rule_says_why CHECK (
    CASE verdict WHEN 'unknown' THEN missing_vi <> '' AND missing_en <> '' AND condition_vi = '' AND condition_en = ''
         WHEN 'allowed' THEN law <> '' AND missing_vi = '' AND missing_en = ''
         ELSE law <> '' AND condition_vi <> '' AND condition_en <> '' AND missing_vi = '' AND missing_en = '' END),
  ADD CONSTRAINT ex_activity_rule_case_valid EXCLUDE USING gist
    (activity WITH =, land WITH =, theme WITH =, zone WITH =, valid WITH &&);
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back: lines that hold beside another use cannot be told apart before, and go."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
