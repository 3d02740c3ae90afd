"""Make the room `registry`: transactions, each naming its record, the old parcels and the new ones."""

from __future__ import annotations

from alembic import op

revision = "0015_create_registry"
down_revision = "0014_create_drafts"

TABLES = """
CREATE SCHEMA registry;

CREATE TABLE registry.transaction_kind (
  code    text NOT NULL,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  CONSTRAINT pk_transaction_kind PRIMARY KEY (code),
  CONSTRAINT ck_transaction_kind_shape CHECK (code ~ '^[A-Z]{2,4}$')
);
COMMENT ON TABLE registry.transaction_kind IS 'Loại biến động (Luật Đất đai Điều 133), codes of the national systems';
INSERT INTO registry.transaction_kind (code, name_vi, name_en) VALUES
  ('TN', 'Tách, hợp thửa đất', 'Split or merge of parcels'),
  ('HUY', 'Hủy biến động đã ghi', 'Annulment of a transaction');

CREATE SEQUENCE registry.transaction_no;
CREATE TABLE registry.transaction (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  code         text NOT NULL DEFAULT 'GD-' || to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY') || '-'
                             || lpad(nextval('registry.transaction_no')::text, 6, '0'),
  kind         text NOT NULL REFERENCES registry.transaction_kind,
  record_id    bigint NOT NULL REFERENCES cadastre.record,
  undoes_id    bigint REFERENCES registry.transaction,
  officer_id   bigint NOT NULL,
  officer_name text NOT NULL,
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_transaction PRIMARY KEY (id),
  CONSTRAINT uq_transaction_code UNIQUE (code),
  CONSTRAINT uq_transaction_record_id UNIQUE (record_id),
  CONSTRAINT uq_transaction_undoes_id UNIQUE (undoes_id),
  CONSTRAINT ck_transaction_undoes CHECK ((undoes_id IS NOT NULL) = (kind = 'HUY'))
);
COMMENT ON TABLE registry.transaction IS 'Giao dịch biến động: one change of the register, with its record and officer';

CREATE TABLE registry.transaction_parcel (
  transaction_id bigint NOT NULL REFERENCES registry.transaction,
  unit_id        bigint NOT NULL REFERENCES cadastre.parcel_unit,
  side           text NOT NULL,
  CONSTRAINT pk_transaction_parcel PRIMARY KEY (transaction_id, side, unit_id),
  CONSTRAINT ck_transaction_parcel_side CHECK (side IN ('old', 'new'))
);
CREATE INDEX ix_transaction_parcel_unit_id ON registry.transaction_parcel (unit_id);
COMMENT ON TABLE registry.transaction_parcel IS 'Thửa trước và sau biến động';

CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.transaction
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.transaction_parcel
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

GRANTS = """
GRANT USAGE ON SCHEMA registry TO landsvc_editor;
GRANT SELECT ON ALL TABLES IN SCHEMA registry TO landsvc_editor;
GRANT INSERT (kind, record_id, undoes_id, officer_id, officer_name) ON registry.transaction TO landsvc_editor;
GRANT INSERT ON registry.transaction_parcel TO landsvc_editor;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO landsvc_editor;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLES, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.execute("DROP SCHEMA registry CASCADE")
