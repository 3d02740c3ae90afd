"""Say of fees that channels took how they stand against the orders of the office, as it is said of taxes."""

from __future__ import annotations

from alembic import op

revision = "0104_judge_fees"
down_revision = "0103_name_messages"

UP = """
-- With its owner's rights: who asks how money stands need not read the ledger of fees.
CREATE OR REPLACE FUNCTION finance.channel_standing(purpose text, obligation text, order_code text, amount bigint)
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE WHEN $1 = 'fee' THEN coalesce((
           SELECT CASE WHEN $4 IN (f.charged_vnd - f.waived_vnd, f.balance_vnd) THEN 'expected'
                       WHEN f.charged_vnd <= f.waived_vnd THEN 'ended' ELSE 'amount-differs' END
             FROM finance.fee_standing f WHERE f.code = $3), 'unknown')
         ELSE (
           SELECT CASE WHEN count(*) = 0 THEN 'unknown'
                       WHEN count(*) FILTER (WHERE s.state NOT IN ('REPLACED', 'CANCELLED')) = 0 THEN 'ended'
                       WHEN bool_or(s.state NOT IN ('REPLACED', 'CANCELLED') AND
                              ($4 IN (l.amount_vnd, l.amount_vnd - s.paid_vnd) OR $4 = ANY (l.due_vnd)))
                         THEN 'expected'
                       ELSE 'amount-differs' END
             FROM finance.notice_line l
             JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
            WHERE l.obligation_id = $2) END
$$;
REVOKE EXECUTE ON FUNCTION finance.channel_standing(text, text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finance.channel_standing(text, text, text, bigint) TO landsvc_editor, landsvc_tax;

-- A fee that was put on its order stands as it did when it came: the order counts it now.
CREATE OR REPLACE VIEW finance.channel_payment_standing AS
SELECT p.id, p.standing AS standing_then,
       CASE WHEN e.id IS NOT NULL THEN p.standing
            ELSE finance.channel_standing(p.purpose, p.obligation_id, p.order_code, p.amount_vnd) END AS standing,
       e.id IS NOT NULL OR EXISTS (SELECT FROM finance.tax_payment t
         WHERE t.obligation_id = p.obligation_id AND t.reference_no = p.reference_no) AS confirmed
  FROM finance.channel_payment p
  LEFT JOIN finance.fee_entry e ON e.channel_payment_id = p.id;
"""

DOWN = """
CREATE OR REPLACE VIEW finance.channel_payment_standing AS
SELECT p.id, p.standing AS standing_then,
       finance.channel_standing(p.purpose, p.obligation_id, p.order_code, p.amount_vnd) AS standing,
       EXISTS (SELECT FROM finance.tax_payment t
                WHERE t.obligation_id = p.obligation_id AND t.reference_no = p.reference_no) AS confirmed
  FROM finance.channel_payment p;
CREATE OR REPLACE FUNCTION finance.channel_standing(purpose text, obligation text, order_code text, amount bigint)
RETURNS text LANGUAGE sql STABLE SECURITY INVOKER AS $$
  SELECT CASE WHEN count(*) = 0 THEN 'unknown'
              WHEN count(*) FILTER (WHERE s.state NOT IN ('REPLACED', 'CANCELLED')) = 0 THEN 'ended'
              WHEN bool_or(s.state NOT IN ('REPLACED', 'CANCELLED') AND ($4 IN (l.amount_vnd, l.amount_vnd - s.paid_vnd)
                OR $4 = ANY (l.due_vnd))) THEN 'expected'
              ELSE 'amount-differs' END
    FROM finance.notice_line l
    JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
   WHERE $1 = 'tax' AND l.obligation_id = $2
$$;
GRANT EXECUTE ON FUNCTION finance.channel_standing(text, text, text, bigint) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION finance.channel_standing(text, text, text, bigint) FROM landsvc_editor, landsvc_tax;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
