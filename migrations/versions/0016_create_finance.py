"""Make the room `finance`: tax payments mirrored as the tax office states them; answers given once for each key."""

from __future__ import annotations

from alembic import op

revision = "0016_create_finance"
down_revision = "0015_create_registry"

ONCE = """
CREATE TABLE core.idempotency (
  owner        text NOT NULL,
  key          text NOT NULL,
  request_hash bytea NOT NULL,
  status       smallint,
  body         text,
  made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_idempotency PRIMARY KEY (owner, key),
  CONSTRAINT ck_idempotency_request_hash CHECK (octet_length(request_hash) = 32)
);
COMMENT ON TABLE core.idempotency IS 'What was answered to a write that came with an Idempotency-Key';
COMMENT ON COLUMN core.idempotency.owner IS 'Whose key it is, such as client:7';
COMMENT ON COLUMN core.idempotency.status IS 'Null only inside the transaction that does the work';
GRANT SELECT, INSERT, UPDATE (status, body) ON core.idempotency TO landsvc_tax;
GRANT INSERT ON core.outbox TO landsvc_tax;
-- Tokens are dropped client by client, so nothing looks for them by time.
DROP INDEX identity.ix_access_token_expires_at;
"""

PAYMENTS = """
CREATE SCHEMA finance;

CREATE TABLE finance.sub_item (
  code    text NOT NULL,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  CONSTRAINT pk_sub_item PRIMARY KEY (code),
  CONSTRAINT ck_sub_item_code CHECK (code ~ '^[0-9]{4}$')
);
COMMENT ON TABLE finance.sub_item IS 'Tiểu mục: what a payment to the budget is for; a name beside the code, no rule';
INSERT INTO finance.sub_item (code, name_vi, name_en) VALUES
  ('1006', 'Thuế thu nhập cá nhân từ chuyển nhượng bất động sản', 'Personal income tax on transfer of real estate'),
  ('1401', 'Tiền sử dụng đất', 'Land-use fee'),
  ('1601', 'Thuế sử dụng đất phi nông nghiệp: đất ở nông thôn', 'Non-agricultural land tax: rural residential'),
  ('1602', 'Thuế sử dụng đất phi nông nghiệp: đất ở đô thị', 'Non-agricultural land tax: urban residential'),
  ('1603', 'Thuế sử dụng đất phi nông nghiệp: đất sản xuất, kinh doanh', 'Non-agricultural land tax: business'),
  ('2801', 'Lệ phí trước bạ nhà đất', 'Registration fee for house and land'),
  ('2805', 'Phí, lệ phí địa chính', 'Cadastral fee'),
  ('3601', 'Tiền thuê đất', 'Land rent');

CREATE TABLE finance.tax_payment (
  id              bigint GENERATED ALWAYS AS IDENTITY,
  api_client_id   bigint NOT NULL,
  channel         text NOT NULL,
  reference_no    text NOT NULL,
  line_no         integer NOT NULL,
  unit_id         bigint NOT NULL,
  parcel_ref      text NOT NULL,
  sub_item        text NOT NULL,
  amount_vnd      bigint NOT NULL,
  paid_at         timestamptz NOT NULL,
  document_no     text,
  notice_no       text,
  obligation_id   text,
  treasury_code   text,
  tax_office_code text,
  payer_ref       text,
  received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_tax_payment PRIMARY KEY (id),
  CONSTRAINT uq_tax_payment_channel_reference_no_line_no UNIQUE (channel, reference_no, line_no),
  CONSTRAINT fk_tax_payment_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT fk_tax_payment_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit,
  CONSTRAINT ck_tax_payment_amount_vnd CHECK (amount_vnd > 0),
  CONSTRAINT ck_tax_payment_line_no CHECK (line_no > 0),
  CONSTRAINT ck_tax_payment_sub_item CHECK (sub_item ~ '^[0-9]{4}$')
);
CREATE INDEX ix_tax_payment_unit_id ON finance.tax_payment (unit_id, id);
CREATE INDEX ix_tax_payment_api_client_id ON finance.tax_payment (api_client_id);
COMMENT ON TABLE finance.tax_payment IS
  'Khoản nộp thuế: money paid to the budget, mirrored as the tax office states it; only ever added to';
COMMENT ON COLUMN finance.tax_payment.channel IS 'Hệ thống nộp tiền: the paying system that made the reference';
COMMENT ON COLUMN finance.tax_payment.reference_no IS
  'Số tham chiếu: unique in its channel, unchanged along the chain';
COMMENT ON COLUMN finance.tax_payment.line_no IS 'Which line of a document that pays several obligations';
COMMENT ON COLUMN finance.tax_payment.parcel_ref IS 'The parcel as the tax office named it';
COMMENT ON COLUMN finance.tax_payment.sub_item IS 'Tiểu mục';
COMMENT ON COLUMN finance.tax_payment.document_no IS 'Số chứng từ nộp tiền';
COMMENT ON COLUMN finance.tax_payment.notice_no IS 'Số thông báo nộp tiền';
COMMENT ON COLUMN finance.tax_payment.obligation_id IS 'Mã định danh khoản phải nộp';
COMMENT ON COLUMN finance.tax_payment.treasury_code IS 'Số hiệu kho bạc';
COMMENT ON COLUMN finance.tax_payment.tax_office_code IS 'Mã cơ quan thu';
COMMENT ON COLUMN finance.tax_payment.payer_ref IS 'Mã số thuế of the payer, for persons an identity number';
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.tax_payment
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

GRANTS = """
GRANT USAGE ON SCHEMA finance TO landsvc_tax, landsvc_editor;
GRANT SELECT ON finance.sub_item, finance.tax_payment TO landsvc_tax, landsvc_editor;
-- Number and moment of receipt are the database's to say.
GRANT INSERT (api_client_id, channel, reference_no, line_no, unit_id, parcel_ref, sub_item, amount_vnd, paid_at,
              document_no, notice_no, obligation_id, treasury_code, tax_office_code, payer_ref)
  ON finance.tax_payment TO landsvc_tax;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (ONCE, PAYMENTS, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.execute(
        """
        DROP SCHEMA finance CASCADE;
        DROP TABLE core.idempotency;
        REVOKE INSERT ON core.outbox FROM landsvc_tax;
        CREATE INDEX ix_access_token_expires_at ON identity.access_token (expires_at);
        """
    )
