"""Keep how far off each printer prints, and print the certificates of a commune one after the other in the worker."""

from __future__ import annotations

from alembic import op

revision = "0059_print_certificates"
down_revision = "0058_keep_certificates"

UP = """
CREATE TABLE registry.printer_offset (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  branch_id bigint NOT NULL REFERENCES identity.branch,
  printer   text NOT NULL,
  right_mm  numeric(4, 1) NOT NULL,
  down_mm   numeric(4, 1) NOT NULL,
  made_by   text NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_printer_offset PRIMARY KEY (id),
  CONSTRAINT ck_printer_offset_printer CHECK (printer <> '' AND printer = btrim(printer)),
  CONSTRAINT ck_printer_offset_mm CHECK (right_mm BETWEEN -30 AND 30 AND down_mm BETWEEN -30 AND 30)
);
CREATE INDEX ix_printer_offset_branch_id_printer ON registry.printer_offset (branch_id, printer);
COMMENT ON TABLE registry.printer_offset IS
  'Độ lệch của máy in: how far what a printer prints must be moved, the last row counts';

CREATE TABLE registry.print_batch (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  commune_code text NOT NULL,
  account_id   bigint NOT NULL,
  login        text NOT NULL,
  account_name text NOT NULL,
  asked_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_print_batch PRIMARY KEY (id),
  CONSTRAINT ck_print_batch_commune CHECK (commune_code ~ '^[0-9]{5}$')
);
COMMENT ON TABLE registry.print_batch IS
  'Đợt in Giấy chứng nhận của một xã: who asked for it, and signs';

CREATE TABLE registry.print_batch_item (
  batch_id bigint NOT NULL REFERENCES registry.print_batch,
  seq      integer NOT NULL,
  serial   text NOT NULL,
  print_id bigint REFERENCES registry.certificate_print,
  problem  text,
  done_at  timestamptz,
  CONSTRAINT pk_print_batch_item PRIMARY KEY (batch_id, seq),
  CONSTRAINT ck_print_batch_item_done CHECK (num_nonnulls(print_id, problem) = (done_at IS NOT NULL)::integer)
);
CREATE INDEX ix_print_batch_item_waits ON registry.print_batch_item (batch_id, seq) WHERE done_at IS NULL;
COMMENT ON TABLE registry.print_batch_item IS 'Giấy chứng nhận của một đợt in: printed, or why it was not';

-- The notice of changes to a commune asks by days.
CREATE INDEX ix_transaction_at ON registry.transaction (at);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['printer_offset', 'print_batch'] LOOP
    EXECUTE format('CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.%I
      FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()', name);
  END LOOP;
END $$;

ALTER TABLE registry.printer_offset ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON registry.printer_offset FOR SELECT USING (true);
CREATE POLICY add_at_the_branch ON registry.printer_offset FOR INSERT TO landsvc_editor
  WITH CHECK (identity.works_at(branch_id));
ALTER TABLE registry.print_batch ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON registry.print_batch FOR SELECT USING (true);
CREATE POLICY add_in_the_area ON registry.print_batch FOR INSERT TO landsvc_editor
  WITH CHECK (cadastre.require_area(commune_code));
GRANT SELECT, INSERT ON registry.printer_offset, registry.print_batch, registry.print_batch_item TO landsvc_editor;
GRANT UPDATE (print_id, problem, done_at) ON registry.print_batch_item TO landsvc_editor;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO landsvc_editor;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    op.execute("DROP TABLE registry.print_batch_item, registry.print_batch, registry.printer_offset")
    op.execute("DROP INDEX registry.ix_transaction_at")
