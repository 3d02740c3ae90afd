"""Take the payments of a day as one file: what it said of itself, what became of its rows, only ever added to."""

from __future__ import annotations

from alembic import op

revision = "0109_take_payment_files"
down_revision = "0108_move_to_notices_in_force"

FILES = """
CREATE TABLE finance.payment_file (
  id              bigint GENERATED ALWAYS AS IDENTITY,
  api_client_id   bigint NOT NULL,
  tax_office_code text NOT NULL,
  on_day          date NOT NULL,
  version         smallint NOT NULL,
  row_count       integer NOT NULL,
  sum_vnd         bigint NOT NULL,
  sha256          bytea NOT NULL,
  received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_payment_file PRIMARY KEY (id),
  CONSTRAINT uq_payment_file_tax_office_code_on_day_version UNIQUE (tax_office_code, on_day, version),
  CONSTRAINT fk_payment_file_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT ck_payment_file_version CHECK (version > 0),
  CONSTRAINT ck_payment_file_count CHECK (row_count >= 0 AND sum_vnd >= 0 AND (row_count = 0) = (sum_vnd = 0)),
  CONSTRAINT ck_payment_file_sha256 CHECK (octet_length(sha256) = 32)
);
CREATE INDEX ix_payment_file_api_client_id ON finance.payment_file (api_client_id);
COMMENT ON TABLE finance.payment_file IS
  'Tệp chứng từ trong ngày: payments of a day as one file of the tax office; only ever added to';
COMMENT ON COLUMN finance.payment_file.sha256 IS 'Digest of what its rows say, whatever they were written in';

CREATE TABLE finance.payment_file_row (
  file_id    bigint NOT NULL,
  row_no     integer NOT NULL,
  payment_id bigint NOT NULL,
  amount_vnd bigint NOT NULL,
  differs    text[] NOT NULL DEFAULT '{}',
  CONSTRAINT pk_payment_file_row PRIMARY KEY (file_id, row_no),
  CONSTRAINT fk_payment_file_row_file_id FOREIGN KEY (file_id) REFERENCES finance.payment_file,
  CONSTRAINT fk_payment_file_row_payment_id FOREIGN KEY (payment_id) REFERENCES finance.tax_payment,
  CONSTRAINT ck_payment_file_row_row_no CHECK (row_no > 0),
  CONSTRAINT ck_payment_file_row_amount_vnd CHECK (amount_vnd > 0)
);
CREATE UNIQUE INDEX uq_payment_file_row_payment_id ON finance.payment_file_row (payment_id) WHERE differs = '{}';
CREATE INDEX ix_payment_file_row_different ON finance.payment_file_row (file_id, row_no) WHERE differs <> '{}';
CREATE INDEX ix_payment_file_row_payment_id ON finance.payment_file_row (payment_id);
COMMENT ON TABLE finance.payment_file_row IS
  'Dòng của tệp: a row that was taken, or (differs) was not as its payment is known otherwise';
COMMENT ON COLUMN finance.payment_file_row.amount_vnd IS 'As the row states it';
COMMENT ON COLUMN finance.payment_file_row.differs IS 'What the row says otherwise; empty: it was taken';

CREATE TABLE finance.payment_file_report (
  file_id           bigint NOT NULL,
  new_count         integer NOT NULL,
  new_sum_vnd       bigint NOT NULL,
  known_count       integer NOT NULL,
  known_sum_vnd     bigint NOT NULL,
  different_count   integer NOT NULL,
  different_sum_vnd bigint NOT NULL,
  CONSTRAINT pk_payment_file_report PRIMARY KEY (file_id),
  CONSTRAINT fk_payment_file_report_file_id FOREIGN KEY (file_id) REFERENCES finance.payment_file,
  CONSTRAINT ck_payment_file_report_count CHECK (
    least(new_count, known_count, different_count, new_sum_vnd, known_sum_vnd, different_sum_vnd) >= 0)
);
COMMENT ON TABLE finance.payment_file_report IS
  'Kết quả nhận tệp: rows that were new, known and different; written once, with the file';
"""

WHOLE = """
-- A report says what the rows of its file say, and comes to what the file told; after it no row is added.
CREATE FUNCTION finance.check_file_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM finance.payment_file f
     CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE w.differs = '{}') AS new_count,
              coalesce(sum(w.amount_vnd) FILTER (WHERE w.differs = '{}'), 0) AS new_vnd,
              count(*) FILTER (WHERE w.differs <> '{}') AS different_count,
              coalesce(sum(w.amount_vnd) FILTER (WHERE w.differs <> '{}'), 0) AS different_vnd
         FROM finance.payment_file_row w WHERE w.file_id = f.id) s
     WHERE f.id = NEW.file_id
       AND (s.new_count, s.new_vnd, s.different_count, s.different_vnd)
           = (NEW.new_count, NEW.new_sum_vnd, NEW.different_count, NEW.different_sum_vnd)
       AND f.row_count = NEW.new_count + NEW.known_count + NEW.different_count
       AND f.sum_vnd = NEW.new_sum_vnd + NEW.known_sum_vnd + NEW.different_sum_vnd) THEN
    PERFORM cadastre.refuse('payment-file-not-whole', 'A report says what the rows of its file say', '{}');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_whole BEFORE INSERT ON finance.payment_file_report
  FOR EACH ROW EXECUTE FUNCTION finance.check_file_report();

CREATE FUNCTION finance.check_file_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT a.file_id FROM added a) n
              JOIN finance.payment_file_report r ON r.file_id = n.file_id) THEN
    PERFORM cadastre.refuse('payment-file-not-whole', 'No row is added to a file that was taken', '{}');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER t10_open AFTER INSERT ON finance.payment_file_row REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION finance.check_file_open();

CREATE FUNCTION finance.check_file_reported() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM finance.payment_file_report r WHERE r.file_id = NEW.id) THEN
    PERFORM cadastre.refuse('payment-file-not-whole', 'A file is kept with its report', '{}');
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t20_reported AFTER INSERT ON finance.payment_file DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION finance.check_file_reported();
COMMENT ON FUNCTION finance.check_file_report() IS 'A report says what the rows of its file say, and comes to its sum';
COMMENT ON FUNCTION finance.check_file_open() IS 'Add no row to a file whose report is written';
COMMENT ON FUNCTION finance.check_file_reported() IS 'Keep no file without its report';
REVOKE EXECUTE ON FUNCTION finance.check_file_report(), finance.check_file_open(), finance.check_file_reported()
  FROM PUBLIC;
"""

APPEND_ONLY = "".join(
    f"CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.{table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();\n"
    for table in ("payment_file", "payment_file_row", "payment_file_report")
)

GRANTS = """
GRANT SELECT ON finance.payment_file, finance.payment_file_row, finance.payment_file_report
  TO landsvc_tax, landsvc_editor;
GRANT INSERT (api_client_id, tax_office_code, on_day, version, row_count, sum_vnd, sha256) ON finance.payment_file
  TO landsvc_tax;
GRANT INSERT ON finance.payment_file_row, finance.payment_file_report TO landsvc_tax;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (FILES, WHOLE, APPEND_ONLY, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        DROP TABLE finance.payment_file_report, finance.payment_file_row, finance.payment_file;
        DROP FUNCTION finance.check_file_report();
        DROP FUNCTION finance.check_file_open();
        DROP FUNCTION finance.check_file_reported();
        """
    )
