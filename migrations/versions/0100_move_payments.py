"""Let the tax office settle misdirected money: moves by its own documents, each kept once, as two entries."""

from __future__ import annotations

from alembic import op

revision = "0100_move_payments"
down_revision = "0099_show_land_for_taxes"

MOVES = """
CREATE TABLE finance.payment_move (
  id             bigint GENERATED ALWAYS AS IDENTITY,
  payment_id     bigint NOT NULL,
  api_client_id  bigint NOT NULL,
  reference_no   text NOT NULL,
  from_notice_id bigint,
  from_line_no   integer,
  to_notice_id   bigint NOT NULL,
  to_line_no     integer NOT NULL,
  amount_vnd     bigint NOT NULL,
  reason         text NOT NULL,
  received_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_payment_move PRIMARY KEY (id),
  CONSTRAINT uq_payment_move_payment_id_reference_no UNIQUE (payment_id, reference_no),
  CONSTRAINT fk_payment_move_payment_id FOREIGN KEY (payment_id) REFERENCES finance.tax_payment,
  CONSTRAINT fk_payment_move_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT fk_payment_move_from_line FOREIGN KEY (from_notice_id, from_line_no) REFERENCES finance.notice_line,
  CONSTRAINT fk_payment_move_to_line FOREIGN KEY (to_notice_id, to_line_no) REFERENCES finance.notice_line,
  CONSTRAINT ck_payment_move_amount CHECK (amount_vnd > 0),
  CONSTRAINT ck_payment_move_from CHECK ((from_notice_id IS NULL) = (from_line_no IS NULL)),
  CONSTRAINT ck_payment_move_elsewhere CHECK (
    (from_notice_id, from_line_no) IS DISTINCT FROM (to_notice_id, to_line_no))
);
CREATE INDEX ix_payment_move_api_client_id ON finance.payment_move (api_client_id);
CREATE INDEX ix_payment_move_from_notice_id ON finance.payment_move (from_notice_id, from_line_no);
CREATE INDEX ix_payment_move_to_notice_id ON finance.payment_move (to_notice_id, to_line_no);
COMMENT ON TABLE finance.payment_move IS
  'Điều chỉnh khoản nộp: money put on another line by a document of the tax office; only ever added to';
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.payment_move
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
GRANT SELECT ON finance.payment_move TO landsvc_tax, landsvc_editor;
GRANT INSERT (payment_id, api_client_id, reference_no, from_notice_id, from_line_no, to_notice_id, to_line_no,
  amount_vnd, reason) ON finance.payment_move TO landsvc_tax;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(MOVES)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TABLE finance.payment_move")
