"""Keep the code lists that the tax office and we share, each entry with the days it holds."""

from __future__ import annotations

from alembic import op

revision = "0098_share_catalogues"
down_revision = "0097_reconcile_days"


def upgrade() -> None:
    """Apply."""
    op.execute(
        """
        CREATE TABLE finance.catalogue_entry (
          catalogue  text NOT NULL,
          code       text NOT NULL,
          valid_from date NOT NULL,
          valid_to   date,
          name_vi    text NOT NULL,
          name_en    text NOT NULL,
          source     text NOT NULL,
          certainty  text NOT NULL,
          sort       smallint NOT NULL,
          CONSTRAINT pk_catalogue_entry PRIMARY KEY (catalogue, code, valid_from),
          CONSTRAINT ck_catalogue_entry_catalogue CHECK (catalogue IN ('sub-items', 'chapters', 'treasuries')),
          CONSTRAINT ck_catalogue_entry_code CHECK (code ~ '^[0-9A-Za-z-]{1,20}$'),
          CONSTRAINT ck_catalogue_entry_valid_to CHECK (valid_to >= valid_from),
          CONSTRAINT ck_catalogue_entry_certainty CHECK (certainty IN ('S', 'K', '?')),
          CONSTRAINT ex_catalogue_entry_once EXCLUDE USING gist
            (catalogue WITH =, (code || '') WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
        );
        COMMENT ON TABLE finance.catalogue_entry IS
          'Danh mục dùng chung: code lists shared with the tax office; the last day is in the validity';
        GRANT SELECT, INSERT ON finance.catalogue_entry TO landsvc_import;
        GRANT SELECT ON finance.catalogue_entry TO landsvc_tax, landsvc_editor;
        """
    )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TABLE finance.catalogue_entry")
