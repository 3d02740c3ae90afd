"""Make room for sealed numbers of payers and sealed answers; the start seals what is there, this only allows it."""

from __future__ import annotations

from alembic import op

revision = "0024_seal_payers"
down_revision = "0023_bend_named_edges"

UP = """
CREATE TABLE core.secret_key (
  version integer NOT NULL,
  proof   bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_secret_key PRIMARY KEY (version),
  CONSTRAINT ck_secret_key_proof CHECK (octet_length(proof) = 32)
);
COMMENT ON TABLE core.secret_key IS
  'By what a key is known again that sealed something here; the key itself is elsewhere';

ALTER TABLE core.idempotency ADD COLUMN sealed bytea;
ALTER TABLE core.idempotency ALTER COLUMN request_hash DROP NOT NULL;
COMMENT ON COLUMN core.idempotency.sealed IS
  'Digest of the request, and the answer, sealed: it may hold an identity number';
COMMENT ON COLUMN core.idempotency.request_hash IS 'Of before answers were sealed';
COMMENT ON COLUMN core.idempotency.body IS 'Of before answers were sealed';
GRANT UPDATE (sealed) ON core.idempotency TO landsvc_tax;

ALTER TABLE finance.tax_payment ADD COLUMN payer_sealed bytea, ADD COLUMN payer_index bytea,
  ADD CONSTRAINT ck_tax_payment_payer_once CHECK (payer_ref IS NULL OR payer_sealed IS NULL),
  ADD CONSTRAINT ck_tax_payment_payer_indexed CHECK ((payer_sealed IS NULL) = (payer_index IS NULL));
CREATE INDEX ix_tax_payment_payer_index ON finance.tax_payment (payer_index, id) WHERE payer_index IS NOT NULL;
COMMENT ON COLUMN finance.tax_payment.payer_ref IS
  'In the clear, of before numbers were sealed; sealed at the next start';
COMMENT ON COLUMN finance.tax_payment.payer_sealed IS
  'Mã số thuế of the payer, for persons an identity number: sealed';
COMMENT ON COLUMN finance.tax_payment.payer_index IS 'Keyed digest of that number, to search by its exact value';
GRANT INSERT (payer_sealed, payer_index) ON finance.tax_payment TO landsvc_tax;
"""

# SQL has no key: what is sealed cannot be brought back here, and is not thrown away.
DOWN = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM finance.tax_payment WHERE payer_sealed IS NOT NULL)
     OR EXISTS (SELECT FROM core.idempotency WHERE sealed IS NOT NULL) THEN
    RAISE EXCEPTION 'numbers of payers are sealed and would be lost: restore a backup of before instead';
  END IF;
END $$;
ALTER TABLE finance.tax_payment DROP COLUMN payer_sealed, DROP COLUMN payer_index;
COMMENT ON COLUMN finance.tax_payment.payer_ref IS 'Mã số thuế of the payer, for persons an identity number';
ALTER TABLE core.idempotency DROP COLUMN sealed;
ALTER TABLE core.idempotency ALTER COLUMN request_hash SET NOT NULL;
COMMENT ON COLUMN core.idempotency.request_hash IS NULL;
COMMENT ON COLUMN core.idempotency.body IS NULL;
DROP TABLE core.secret_key;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
