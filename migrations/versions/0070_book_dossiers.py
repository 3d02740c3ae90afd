"""Let the book of dossiers find what came in on some days."""

from __future__ import annotations

from alembic import op

revision = "0070_book_dossiers"
down_revision = "0069_supply_data"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_dossier_registered_at ON registry.dossier (registered_at)")


def downgrade() -> None:
    op.execute("DROP INDEX registry.ix_dossier_registered_at")
