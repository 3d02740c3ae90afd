"""Name the tax offices, the communes each serves, and on each slip the office it goes to."""

from __future__ import annotations

from alembic import op

revision = "0110_name_tax_offices"
down_revision = "0109_take_payment_files"

OFFICES = """
CREATE TABLE finance.tax_office (
  code      text NOT NULL,
  valid     daterange NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  treasury  text,
  source    text NOT NULL,
  certainty text NOT NULL,
  CONSTRAINT pk_tax_office PRIMARY KEY (code),
  CONSTRAINT ck_tax_office_code CHECK (code ~ '^[0-9]{4,7}$'),
  CONSTRAINT ck_tax_office_valid CHECK (NOT isempty(valid) AND lower(valid) IS NOT NULL),
  CONSTRAINT ck_tax_office_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE finance.tax_office IS 'Cơ quan thuế quản lý khoản thu: code, names, treasury, days';
CREATE TABLE finance.tax_office_commune (
  commune_code    text NOT NULL,
  tax_office_code text NOT NULL REFERENCES finance.tax_office,
  valid           daterange NOT NULL,
  CONSTRAINT pk_tax_office_commune PRIMARY KEY (commune_code, tax_office_code, valid),
  CONSTRAINT ck_tax_office_commune_code CHECK (commune_code ~ '^([0-9]{5}|[*])$'),
  CONSTRAINT ck_tax_office_commune_valid CHECK (NOT isempty(valid) AND lower(valid) IS NOT NULL),
  CONSTRAINT ex_tax_office_commune_once EXCLUDE USING gist (commune_code WITH =, valid WITH &&)
);
CREATE INDEX ix_tax_office_commune_tax_office_code ON finance.tax_office_commune (tax_office_code);
COMMENT ON TABLE finance.tax_office_commune IS
  'Which tax office serves a commune on a day; * stands for every commune that no row names';
ALTER TABLE finance.slip ADD COLUMN tax_office_code text;
COMMENT ON COLUMN finance.slip.tax_office_code IS 'The tax office it goes to; null before 0110 and where nobody knows';

CREATE FUNCTION finance.tax_office_of(commune text, on_day date) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT c.tax_office_code FROM finance.tax_office_commune c
    JOIN finance.tax_office o ON o.code = c.tax_office_code AND o.valid @> on_day
   WHERE c.commune_code IN (commune, '*') AND c.valid @> on_day
   ORDER BY c.commune_code = '*' LIMIT 1
$$;
COMMENT ON FUNCTION finance.tax_office_of(text, date) IS
  'Cơ quan thuế của một xã: the office that serves a commune on a day';
GRANT INSERT (tax_office_code) ON finance.slip TO landsvc_editor;
GRANT SELECT, INSERT ON finance.tax_office, finance.tax_office_commune TO landsvc_import;
GRANT SELECT ON finance.tax_office, finance.tax_office_commune TO landsvc_tax, landsvc_editor;
"""

BACK = """
DROP FUNCTION finance.tax_office_of(text, date);
ALTER TABLE finance.slip DROP COLUMN tax_office_code;
DROP TABLE finance.tax_office_commune;
DROP TABLE finance.tax_office;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(OFFICES)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(BACK)
