"""Let a machine's old secret hold beside its new one until a set time."""

from __future__ import annotations

from alembic import op

revision = "0091_change_client_secrets"
down_revision = "0090_hear_channels"


def upgrade() -> None:
    """Apply."""
    op.execute(
        """
        ALTER TABLE identity.api_client
          ADD COLUMN previous_hash bytea,
          ADD COLUMN previous_until timestamptz,
          ADD CONSTRAINT ck_api_client_previous CHECK (octet_length(previous_hash) = 32
            AND previous_until IS NOT NULL AND previous_hash <> secret_hash
            OR previous_hash IS NULL AND previous_until IS NULL);
        COMMENT ON COLUMN identity.api_client.previous_hash IS
          'SHA-256 of the secret before, good beside the new one until previous_until';
        GRANT UPDATE (previous_hash, previous_until) ON identity.api_client TO landsvc_identity;
        """
    )


def downgrade() -> None:
    """Take back; only the newest secret of a machine holds then."""
    op.execute("ALTER TABLE identity.api_client DROP COLUMN previous_hash, DROP COLUMN previous_until")
