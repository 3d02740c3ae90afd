"""Keep the accounts that money owed is paid into, and tell a dossier's notices to whoever holds its receipt."""

from __future__ import annotations

from alembic import op

revision = "0088_tell_notices"
down_revision = "0087_hear_tax_office"

UP = """
CREATE TABLE finance.collecting_account (
  tax_office_code text NOT NULL,
  bank_bin        text NOT NULL,
  account_no      text NOT NULL,
  holder          text NOT NULL,
  certainty       text NOT NULL,
  CONSTRAINT pk_collecting_account PRIMARY KEY (tax_office_code),
  CONSTRAINT ck_collecting_account_bank_bin CHECK (bank_bin ~ '^[0-9]{6}$'),
  CONSTRAINT ck_collecting_account_account_no CHECK (account_no ~ '^[0-9A-Z]{1,19}$'),
  CONSTRAINT ck_collecting_account_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE finance.collecting_account IS
  'Tài khoản thu ngân sách: the account at the treasury for the notices of a tax office; a setting of the province';
GRANT SELECT ON finance.collecting_account TO landsvc_editor, landsvc_import;
GRANT INSERT ON finance.collecting_account TO landsvc_import;

-- With its owner's rights: strangers read no table of money, and a code without its secret tells nothing.
CREATE FUNCTION registry.notices_followed(asked text, given text)
RETURNS TABLE (notice_no text, issued_on date, line_no integer, sub_item text, name_vi text, name_en text,
               amount_vnd bigint, paid_vnd bigint, due_on date[], due_vnd bigint[], state text, confirmed boolean,
               deferred_until date, obligation_id text, bank_bin text, account_no text, holder text, certainty text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT n.notice_no, n.issued_on, l.line_no, l.sub_item, i.name_vi, i.name_en, l.amount_vnd, s.paid_vnd, l.due_on,
         l.due_vnd, s.state, s.confirmed, s.deferred_until, l.obligation_id, a.bank_bin, a.account_no, a.holder,
         a.certainty
    FROM registry.dossier d
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
    JOIN finance.notice n ON n.dossier_code = d.code
    JOIN finance.notice_line l ON l.notice_id = n.id
    JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
    LEFT JOIN finance.sub_item i ON i.code = l.sub_item
    LEFT JOIN finance.collecting_account a ON a.tax_office_code = n.tax_office_code
   WHERE d.code = $1
   ORDER BY n.id, l.line_no
$$;
COMMENT ON FUNCTION registry.notices_followed(text, text) IS
  'What is owed for a dossier, for whoever knows its code and the secret of its receipt; no payer';
REVOKE EXECUTE ON FUNCTION registry.notices_followed(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.notices_followed(text, text) TO landsvc_tracker;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        DROP FUNCTION registry.notices_followed(text, text);
        DROP TABLE finance.collecting_account;
        """
    )
