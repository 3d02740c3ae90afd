"""Keep the figures obligations are worked out by: rates, thresholds, caps, reasons for exemption, terms of payment."""

from __future__ import annotations

from alembic import op

revision = "0081_know_figures"
down_revision = "0080_find_assets_by_land"

TABLES = """
CREATE TABLE finance.parameter (
  code      text NOT NULL,
  valid     daterange NOT NULL,
  value     numeric(20, 6) NOT NULL,
  unit      text NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  law       text NOT NULL,
  certainty text NOT NULL,
  CONSTRAINT pk_parameter PRIMARY KEY (code, valid),
  CONSTRAINT ck_parameter_unit CHECK (unit IN ('share', 'vnd', 'day', 'times', 'flag')),
  CONSTRAINT ck_parameter_value CHECK (value >= 0),
  CONSTRAINT ck_parameter_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_parameter_code_valid EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE finance.parameter IS
  'Tham số nghĩa vụ tài chính: rates, thresholds and caps of the law, with the days they hold';
CREATE TABLE finance.exemption (
  code      text NOT NULL,
  valid     daterange NOT NULL,
  kinds     text[] NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  law       text NOT NULL,
  certainty text NOT NULL,
  sort      smallint NOT NULL,
  CONSTRAINT pk_exemption PRIMARY KEY (code, valid),
  CONSTRAINT ck_exemption_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_exemption_code_valid EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE finance.exemption IS 'Lý do miễn: why nothing is owed, and of which kinds of obligations';
CREATE TABLE finance.payment_term (
  kind        text NOT NULL,
  payer       text NOT NULL,
  valid       daterange NOT NULL,
  notice_days smallint,
  instalments text NOT NULL,
  law         text NOT NULL,
  certainty   text NOT NULL,
  CONSTRAINT pk_payment_term PRIMARY KEY (kind, payer, valid),
  CONSTRAINT ck_payment_term_payer CHECK (payer IN ('person', 'organisation')),
  CONSTRAINT ck_payment_term_instalments CHECK (instalments ~ '^[0-9]{1,3}@[0-9]{1,4}( [0-9]{1,3}@[0-9]{1,4})*$'),
  CONSTRAINT ck_payment_term_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_payment_term_kind_payer_valid EXCLUDE USING gist (kind WITH =, payer WITH =, valid WITH &&)
);
COMMENT ON TABLE finance.payment_term IS
  'Thời hạn ra thông báo và nộp tiền: working days to the notice, then percent@calendar days from it';
GRANT USAGE ON SCHEMA finance TO landsvc_public, landsvc_import;
GRANT SELECT ON finance.parameter, finance.exemption, finance.payment_term
  TO landsvc_public, landsvc_editor, landsvc_import;
GRANT INSERT ON finance.parameter, finance.exemption, finance.payment_term TO landsvc_import;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(TABLES)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        DROP TABLE finance.payment_term, finance.exemption, finance.parameter;
        REVOKE USAGE ON SCHEMA finance FROM landsvc_public, landsvc_import;
        """
    )
