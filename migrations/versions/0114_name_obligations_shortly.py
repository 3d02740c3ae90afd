"""Give each obligation a payment code that fits into the text of a transfer, and know it where banks name it."""

from __future__ import annotations

from alembic import op

revision = "0114_name_obligations_shortly"
down_revision = "0113_tell_the_clock"

CODES = """
CREATE TABLE finance.payment_code (
  obligation_id text NOT NULL,
  code          text NOT NULL,
  CONSTRAINT pk_payment_code PRIMARY KEY (obligation_id),
  CONSTRAINT uq_payment_code_code UNIQUE (code),
  CONSTRAINT ck_payment_code_code CHECK (code ~ '^K[2-9A-HJKMNP-Z]{8}$')
);
COMMENT ON TABLE finance.payment_code IS
  'Mã nộp tiền: a short name of an obligation for the text of a transfer, given once and never changed';

-- Thirty-one signs, a prime, so that the last sign tells every one misread sign and every two in wrong order.
CREATE FUNCTION finance.payment_code_text(obligation text, step integer)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 'K' || string_agg(substr('23456789ABCDEFGHJKMNPQRSTUVWXYZ', v.digit + 1, 1), '' ORDER BY v.at)
         || substr('23456789ABCDEFGHJKMNPQRSTUVWXYZ', (sum(v.digit * v.at) % 31)::integer + 1, 1)
    FROM (SELECT i AS at, get_byte(sha256(convert_to($1 || '/' || $2, 'UTF8')), i) % 31 AS digit
            FROM generate_series(1, 7) AS i) v
$$;
COMMENT ON FUNCTION finance.payment_code_text(text, integer) IS
  'The payment code an obligation gets: K, seven signs of its digest, and the sum of each times its place, modulo 31';

-- Names a bank gives are ids of the tax office first, and our codes only where no obligation is called so.
CREATE FUNCTION finance.obligation_named(named text)
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE WHEN upper($1) ~ '^K[2-9A-HJKMNP-Z]{8}$'
                   AND NOT EXISTS (SELECT FROM finance.notice_line l WHERE l.obligation_id = $1)
              THEN coalesce((SELECT c.obligation_id FROM finance.payment_code c WHERE c.code = upper($1)), $1)
              ELSE $1 END
$$;
COMMENT ON FUNCTION finance.obligation_named(text) IS
  'The obligation that a transfer names by its id or its payment code; the name itself where nobody knows it';

CREATE FUNCTION finance.give_payment_code() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  step integer := 0;
  found text;
BEGIN
  IF EXISTS (SELECT FROM finance.payment_code c WHERE c.code = NEW.obligation_id) THEN
    PERFORM cadastre.refuse('obligation-is-payment-code', 'An obligation is called as the payment code of another',
                            jsonb_build_object('obligationId', NEW.obligation_id));
  END IF;
  WHILE NOT EXISTS (SELECT FROM finance.payment_code c WHERE c.obligation_id = NEW.obligation_id) LOOP
    found := finance.payment_code_text(NEW.obligation_id, step);
    IF NOT EXISTS (SELECT FROM finance.notice_line l WHERE l.obligation_id = found) THEN
      INSERT INTO finance.payment_code (obligation_id, code) VALUES (NEW.obligation_id, found) ON CONFLICT DO NOTHING;
    END IF;
    step := step + 1;
  END LOOP;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION finance.give_payment_code() IS 'Give an obligation its payment code when it is first noticed';

CREATE FUNCTION finance.name_listed_obligation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.obligation_id := finance.obligation_named(NEW.obligation_id);
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.name_listed_obligation() IS
  'Keep the line of a list under the id of its obligation, also where the bank lists the payment code';
"""

BACKFILL = """
DO $$
DECLARE
  each text;
  step integer;
  found text;
BEGIN
  FOR each IN SELECT DISTINCT l.obligation_id FROM finance.notice_line l WHERE l.obligation_id IS NOT NULL ORDER BY 1
  LOOP
    step := 0;
    WHILE NOT EXISTS (SELECT FROM finance.payment_code c WHERE c.obligation_id = each) LOOP
      found := finance.payment_code_text(each, step);
      IF NOT EXISTS (SELECT FROM finance.notice_line l WHERE l.obligation_id = found) THEN
        INSERT INTO finance.payment_code (obligation_id, code) VALUES (each, found) ON CONFLICT DO NOTHING;
      END IF;
      step := step + 1;
    END LOOP;
  END LOOP;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.payment_code
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t50_payment_code AFTER INSERT ON finance.notice_line
  FOR EACH ROW WHEN (NEW.obligation_id IS NOT NULL) EXECUTE FUNCTION finance.give_payment_code();
CREATE TRIGGER t00_obligation BEFORE INSERT ON finance.channel_statement_line
  FOR EACH ROW WHEN (upper(NEW.obligation_id) ~ '^K[2-9A-HJKMNP-Z]{8}$')
  EXECUTE FUNCTION finance.name_listed_obligation();
REVOKE EXECUTE ON FUNCTION finance.obligation_named(text), finance.give_payment_code(),
  finance.name_listed_obligation() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finance.obligation_named(text) TO landsvc_channel;
GRANT SELECT ON finance.payment_code TO landsvc_tax, landsvc_editor;
"""

STANDING = """
CREATE FUNCTION finance.due_next(due_on date[], due_vnd bigint[], paid bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT s.until - $3 FROM (
    SELECT d.day, sum(d.amount) OVER (ORDER BY d.day)::bigint AS until
      FROM unnest($1, $2) AS d(day, amount)) s
   WHERE s.until > $3 ORDER BY s.day LIMIT 1
$$;
COMMENT ON FUNCTION finance.due_next(date[], bigint[], bigint) IS
  'Đồng still to pay of the parts due first, after what was paid; null where nothing is left';
REVOKE EXECUTE ON FUNCTION finance.due_next(date[], bigint[], bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finance.due_next(date[], bigint[], bigint) TO landsvc_tax, landsvc_editor;
"""

JUDGED = """
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
                              ($4 IN (l.amount_vnd, l.amount_vnd - s.paid_vnd{next}) OR $4 = ANY (l.due_vnd)))
                         THEN 'expected'
                       ELSE 'amount-differs' END
             FROM finance.notice_line l
             JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
            WHERE l.obligation_id = $2) END
$$;
"""
NEXT = ", finance.due_next(l.due_on, l.due_vnd, s.paid_vnd::bigint)"

FOLLOWED = """
DROP FUNCTION registry.notices_followed(text, text);
CREATE FUNCTION registry.notices_followed(asked text, given text)
RETURNS TABLE (notice_no text, issued_on date, line_no integer, sub_item text, name_vi text, name_en text,
               amount_vnd bigint, paid_vnd bigint, due_on date[], due_vnd bigint[], state text, confirmed boolean,
               deferred_until date, obligation_id text, bank_bin text, account_no text, holder text, certainty text
               {column})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT n.notice_no, n.issued_on, l.line_no, l.sub_item, i.name_vi, i.name_en, l.amount_vnd, s.paid_vnd, l.due_on,
         l.due_vnd, s.state, s.confirmed, s.deferred_until, l.obligation_id, a.bank_bin, a.account_no, a.holder,
         a.certainty{value}
    FROM registry.dossier d
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
    JOIN finance.notice n ON n.dossier_code = d.code
    JOIN finance.notice_line l ON l.notice_id = n.id
    JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
    LEFT JOIN finance.sub_item i ON i.code = l.sub_item
    LEFT JOIN finance.collecting_account a ON a.tax_office_code = n.tax_office_code{join}
   WHERE d.code = $1
   ORDER BY n.id, l.line_no
$$;
COMMENT ON FUNCTION registry.notices_followed(text, text) IS
  'What is owed for a dossier, for whoever knows its code and the secret of its receipt; no payer';
REVOKE EXECUTE ON FUNCTION registry.notices_followed(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.notices_followed(text, text) TO landsvc_tracker;
"""
WITH_CODE = {
    "{column}": ", payment_code text",
    "{value}": ", c.code",
    "{join}": "\n    LEFT JOIN finance.payment_code c ON c.obligation_id = l.obligation_id",
}

DOWN = """
DROP FUNCTION finance.due_next(date[], bigint[], bigint);
DROP TRIGGER t00_obligation ON finance.channel_statement_line;
DROP TRIGGER t50_payment_code ON finance.notice_line;
DROP FUNCTION finance.name_listed_obligation();
DROP FUNCTION finance.give_payment_code();
DROP FUNCTION finance.obligation_named(text);
DROP TABLE finance.payment_code;
DROP FUNCTION finance.payment_code_text(text, integer);
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    followed = FOLLOWED
    for mark, text in WITH_CODE.items():
        followed = followed.replace(mark, text)
    for part in (CODES, BACKFILL, TRIGGERS, STANDING, JUDGED.replace("{next}", NEXT), followed):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    connection = op.get_bind().execution_options(no_parameters=True)
    followed = FOLLOWED
    for mark in WITH_CODE:
        followed = followed.replace(mark, "")
    for part in (followed, JUDGED.replace("{next}", ""), DOWN):
        connection.exec_driver_sql(part)
