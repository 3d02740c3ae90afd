"""Name the kinds of messages of the tax gateway: a shared code may say what it is here."""

from __future__ import annotations

from alembic import op

revision = "0103_name_messages"
down_revision = "0102_keep_fees"


def upgrade() -> None:
    """Apply."""
    op.execute(
        """
        ALTER TABLE finance.catalogue_entry ADD COLUMN maps_to text,
          DROP CONSTRAINT ck_catalogue_entry_catalogue,
          ADD CONSTRAINT ck_catalogue_entry_catalogue CHECK (catalogue IN
            ('sub-items', 'chapters', 'treasuries', 'search-purposes', 'message-codes'));
        COMMENT ON COLUMN finance.catalogue_entry.maps_to IS 'What of ours a code of theirs stands for'
        """
    )


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        DELETE FROM finance.catalogue_entry WHERE catalogue = 'message-codes';
        ALTER TABLE finance.catalogue_entry DROP COLUMN maps_to,
          DROP CONSTRAINT ck_catalogue_entry_catalogue,
          ADD CONSTRAINT ck_catalogue_entry_catalogue CHECK (catalogue IN
            ('sub-items', 'chapters', 'treasuries', 'search-purposes'))
        """
    )
