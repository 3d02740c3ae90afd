"""Tell whoever holds the receipt of a dossier what banks reported that the tax office has not yet confirmed."""

from __future__ import annotations

from alembic import op

revision = "0096_follow_reports"
down_revision = "0095_place_payments"

UP = """
-- With its owner's rights: strangers read no table of money, and a code without its secret tells nothing.
CREATE FUNCTION registry.reports_followed(asked text, given text)
RETURNS TABLE (obligation_id text, name_vi text, name_en text, amount_vnd bigint, paid_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.obligation_id, c.name_vi, c.name_en, p.amount_vnd, p.paid_at
    FROM registry.dossier d
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
    JOIN LATERAL (SELECT DISTINCT l.obligation_id FROM finance.notice n
                    JOIN finance.notice_line l ON l.notice_id = n.id WHERE n.dossier_code = d.code) o ON true
    JOIN finance.channel_payment p ON p.obligation_id = o.obligation_id
    JOIN finance.channel c ON c.code = p.channel
   WHERE d.code = $1 AND NOT EXISTS (SELECT FROM finance.tax_payment t
           WHERE t.obligation_id = p.obligation_id AND t.reference_no = p.reference_no)
   ORDER BY p.paid_at, p.seq
$$;
COMMENT ON FUNCTION registry.reports_followed(text, text) IS
  'Money banks reported for a dossier that the tax office has not told of, for whoever holds its receipt; no payer';
REVOKE EXECUTE ON FUNCTION registry.reports_followed(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.reports_followed(text, text) TO landsvc_tracker;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP FUNCTION registry.reports_followed(text, text)")
