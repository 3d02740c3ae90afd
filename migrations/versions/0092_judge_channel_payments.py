"""Say of money that channels took how it stands against what the tax office asks for, when it comes and now."""

from __future__ import annotations

from alembic import op

revision = "0092_judge_channel_payments"
down_revision = "0091_change_client_secrets"

UP = """
CREATE FUNCTION finance.channel_standing(purpose text, obligation text, order_code text, amount bigint) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN count(*) = 0 THEN 'unknown'
              WHEN count(*) FILTER (WHERE s.state NOT IN ('REPLACED', 'CANCELLED')) = 0 THEN 'ended'
              WHEN bool_or(s.state NOT IN ('REPLACED', 'CANCELLED') AND ($4 IN (l.amount_vnd, l.amount_vnd - s.paid_vnd)
                OR $4 = ANY (l.due_vnd))) THEN 'expected'
              ELSE 'amount-differs' END
    FROM finance.notice_line l
    JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
   WHERE $1 = 'tax' AND l.obligation_id = $2
$$;
COMMENT ON FUNCTION finance.channel_standing(text, text, text, bigint) IS
  'Whether money is what is asked for: expected (all of it, what is open, or a part), amount-differs, ended, unknown';

ALTER TABLE finance.channel_payment ADD COLUMN standing text NOT NULL DEFAULT 'unknown'
  CONSTRAINT ck_channel_payment_standing CHECK (standing IN ('expected', 'amount-differs', 'ended', 'unknown'));
COMMENT ON COLUMN finance.channel_payment.standing IS 'How it stood against what is owed when it came';

CREATE OR REPLACE FUNCTION finance.number_channel_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock('finance.channel_payment'::regclass::oid::bigint);
  NEW.seq := (SELECT coalesce(max(p.seq), 0) + 1 FROM finance.channel_payment p);
  NEW.standing := finance.channel_standing(NEW.purpose, NEW.obligation_id, NEW.order_code, NEW.amount_vnd);
  RETURN NEW;
END $$;

CREATE VIEW finance.channel_payment_standing AS
SELECT p.id, p.standing AS standing_then,
       finance.channel_standing(p.purpose, p.obligation_id, p.order_code, p.amount_vnd) AS standing,
       EXISTS (SELECT FROM finance.tax_payment t
                WHERE t.obligation_id = p.obligation_id AND t.reference_no = p.reference_no) AS confirmed
  FROM finance.channel_payment p;
COMMENT ON VIEW finance.channel_payment_standing IS
  'How money that channels took stands: then and now, and whether the tax office has told of the same payment';
GRANT SELECT ON finance.channel_payment_standing TO landsvc_editor, landsvc_tax;
"""

DOWN = """
DROP VIEW finance.channel_payment_standing;
CREATE OR REPLACE FUNCTION finance.number_channel_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock('finance.channel_payment'::regclass::oid::bigint);
  NEW.seq := (SELECT coalesce(max(p.seq), 0) + 1 FROM finance.channel_payment p);
  RETURN NEW;
END $$;
ALTER TABLE finance.channel_payment DROP COLUMN standing;
DROP FUNCTION finance.channel_standing(text, text, text, bigint);
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
