"""Keep what may be done on land as a decision table: by use, by zone, with law or the fact that is missing."""

from __future__ import annotations

from alembic import op

revision = "0117_decide_activities"
down_revision = "0116_issue_extracts"

UP = """
CREATE TABLE planning.activity (
  code    text NOT NULL,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  sort    smallint NOT NULL,
  CONSTRAINT pk_activity PRIMARY KEY (code),
  CONSTRAINT ck_activity_code CHECK (code ~ '^[a-z][a-z_]{1,39}$')
);
COMMENT ON TABLE planning.activity IS 'Việc muốn làm trên đất: what people ask whether they may do it';

CREATE TABLE planning.activity_rule (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  activity     text NOT NULL,
  land         text NOT NULL,
  theme        text NOT NULL,
  zone         text NOT NULL,
  verdict      text NOT NULL,
  condition_vi text NOT NULL,
  condition_en text NOT NULL,
  missing_vi   text NOT NULL,
  missing_en   text NOT NULL,
  law          text NOT NULL,
  certainty    text NOT NULL,
  valid        daterange NOT NULL,
  CONSTRAINT pk_activity_rule PRIMARY KEY (id),
  CONSTRAINT fk_activity_rule_activity FOREIGN KEY (activity) REFERENCES planning.activity,
  CONSTRAINT ck_activity_rule_verdict CHECK (verdict IN ('allowed', 'allowed-if', 'not-allowed', 'unknown')),
  CONSTRAINT ck_activity_rule_zone CHECK ((theme = '') = (zone = '')),
  CONSTRAINT ck_activity_rule_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ck_activity_rule_says_why CHECK (
    CASE verdict WHEN 'unknown' THEN missing_vi <> '' AND missing_en <> '' AND condition_vi = '' AND condition_en = ''
         WHEN 'allowed' THEN law <> '' AND missing_vi = '' AND missing_en = ''
         ELSE law <> '' AND condition_vi <> '' AND condition_en <> '' AND missing_vi = '' AND missing_en = '' END),
  CONSTRAINT ex_activity_rule_case_valid EXCLUDE USING gist
    (activity WITH =, land WITH =, theme WITH =, zone WITH =, valid WITH &&)
);
COMMENT ON TABLE planning.activity_rule IS
  'Bảng quyết định: what may be done on land of a use (* any), in a zone of a theme where one is named; a case has one'
  ' answer on a day';
GRANT SELECT ON planning.activity, planning.activity_rule TO landsvc_public, landsvc_editor, landsvc_import;
GRANT INSERT, UPDATE (name_vi, name_en, sort) ON planning.activity TO landsvc_import;
GRANT INSERT (activity, land, theme, zone, verdict, condition_vi, condition_en, missing_vi, missing_en, law, certainty,
  valid) ON planning.activity_rule TO landsvc_import;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TABLE planning.activity_rule, planning.activity")
