"""Keep the public half of every key that signed a slip: what it signed is proven after the key has changed."""

from __future__ import annotations

from alembic import op

revision = "0105_publish_keys"
down_revision = "0104_judge_fees"

KEYS = """
CREATE TABLE finance.signing_key (
  kid   text NOT NULL,
  key   jsonb NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_signing_key PRIMARY KEY (kid),
  CONSTRAINT ck_signing_key_names_itself CHECK (key ->> 'kid' = kid),
  CONSTRAINT ck_signing_key_public CHECK (NOT key ? 'd')
);
COMMENT ON TABLE finance.signing_key IS
  'Khóa công khai: the public half of each key that signed a slip, since its first; only ever added to';
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.signing_key
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
GRANT SELECT ON finance.signing_key TO landsvc_public, landsvc_tax, landsvc_editor;
GRANT INSERT (kid, key) ON finance.signing_key TO landsvc_editor;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(KEYS)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TABLE finance.signing_key")
