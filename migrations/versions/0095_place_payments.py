"""Keep payments that name no parcel we know, place them afterwards by entries, and tell what is in arrears on a day.

A notice may be about a parcel without a dossier (yearly land tax): it names parcel and period.
"""

from __future__ import annotations

from alembic import op

revision = "0095_place_payments"
down_revision = "0094_push_slips"

PLACES = """
ALTER TABLE finance.tax_payment ALTER COLUMN unit_id DROP NOT NULL, ALTER COLUMN parcel_ref DROP NOT NULL,
  ADD CONSTRAINT ck_tax_payment_unit_named CHECK (unit_id IS NULL OR parcel_ref IS NOT NULL);

CREATE TABLE finance.payment_place (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  payment_id bigint NOT NULL,
  unit_id    bigint NOT NULL,
  how        text NOT NULL,
  account_id bigint,
  reason     text,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_payment_place PRIMARY KEY (id),
  CONSTRAINT fk_payment_place_payment_id FOREIGN KEY (payment_id) REFERENCES finance.tax_payment,
  CONSTRAINT fk_payment_place_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit,
  CONSTRAINT fk_payment_place_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  CONSTRAINT ck_payment_place_how CHECK (how IN ('notice', 'office')),
  CONSTRAINT ck_payment_place_by CHECK ((how = 'office') = (account_id IS NOT NULL AND reason IS NOT NULL))
);
COMMENT ON TABLE finance.payment_place IS
  'Which parcel a payment is for that named none we know; the last entry counts, nothing is edited';
CREATE INDEX ix_payment_place_payment_id ON finance.payment_place (payment_id, id);
CREATE INDEX ix_payment_place_unit_id ON finance.payment_place (unit_id, payment_id);
CREATE INDEX ix_payment_place_account_id ON finance.payment_place (account_id);
CREATE INDEX ix_tax_payment_unplaced ON finance.tax_payment (id) WHERE unit_id IS NULL;
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.payment_place
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE FUNCTION finance.place_what_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM finance.tax_payment p WHERE p.id = NEW.payment_id AND p.unit_id IS NOT NULL) THEN
    RAISE EXCEPTION 'payment % named its parcel itself', NEW.payment_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_named_its_parcel';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_place_what_waits BEFORE INSERT ON finance.payment_place
  FOR EACH ROW EXECUTE FUNCTION finance.place_what_waits();

CREATE VIEW finance.payment_unplaced AS
SELECT p.* FROM finance.tax_payment p
 WHERE p.unit_id IS NULL AND NOT EXISTS (SELECT FROM finance.payment_place q WHERE q.payment_id = p.id);
COMMENT ON VIEW finance.payment_unplaced IS 'Payments of which nobody knows yet which parcel they are for';

CREATE FUNCTION finance.payments_of_unit(unit bigint) RETURNS SETOF finance.tax_payment LANGUAGE sql STABLE AS $$
  SELECT p.* FROM finance.tax_payment p WHERE p.unit_id = unit
   UNION ALL
  SELECT p.* FROM finance.payment_place q JOIN finance.tax_payment p ON p.id = q.payment_id
   WHERE q.unit_id = unit AND NOT EXISTS (
     SELECT FROM finance.payment_place n WHERE n.payment_id = q.payment_id AND n.id > q.id)
$$;
COMMENT ON FUNCTION finance.payments_of_unit(bigint) IS
  'What was paid for a parcel itself: as the tax office named it, or as it was placed last';
"""

NOTICES = """
ALTER TABLE finance.notice ADD COLUMN parcel_ref text, ADD COLUMN unit_id bigint, ADD COLUMN period text,
  ADD CONSTRAINT fk_notice_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit,
  ADD CONSTRAINT ck_notice_unit_named CHECK (unit_id IS NULL OR parcel_ref IS NOT NULL),
  ADD CONSTRAINT ck_notice_period CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$');
COMMENT ON COLUMN finance.notice.parcel_ref IS 'The parcel as the tax office named it, where the notice is about one';
COMMENT ON COLUMN finance.notice.period IS 'Kỳ thuế: a year, a quarter or a month';
CREATE INDEX ix_notice_unit_id ON finance.notice (unit_id) WHERE unit_id IS NOT NULL;

CREATE FUNCTION finance.arrears_on(day date) RETURNS TABLE (
  notice_id bigint, line_no integer, obligation_id text, dossier text, unit_id bigint, payer_index bytea,
  sub_item text, period text, due_on date, amount_vnd bigint, due_vnd bigint, paid_vnd bigint, owed_vnd bigint,
  days_late integer)
LANGUAGE sql STABLE AS $$
  SELECT n.id, l.line_no, l.obligation_id, n.dossier_code, n.unit_id, n.payer_index, l.sub_item, n.period,
         d.first_on, l.amount_vnd, d.due, s.paid_vnd, d.due - s.paid_vnd, day - d.first_on
    FROM finance.notice n
    JOIN finance.notice_line l ON l.notice_id = n.id
    JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
   CROSS JOIN LATERAL (
     SELECT sum(t.vnd) FILTER (WHERE t.on_day <= day)::bigint AS due,
            min(t.on_day) FILTER (WHERE t.sofar > s.paid_vnd) AS first_on
       FROM (SELECT u.on_day, u.vnd, sum(u.vnd) OVER (ORDER BY u.on_day, u.at) AS sofar
               FROM unnest(l.due_on, l.due_vnd) WITH ORDINALITY AS u(on_day, vnd, at)) t) d
   WHERE s.state IN ('ISSUED', 'PARTIAL') AND NOT s.confirmed
     AND coalesce(s.deferred_until < day, true) AND d.due > s.paid_vnd AND n.issued_on <= day
$$;
COMMENT ON FUNCTION finance.arrears_on(date) IS
  'Lines in force of which a part due up to a day is not paid (đồng), by what is known now: nothing that was replaced, '
  'cancelled, confirmed or deferred beyond that day';
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION finance.place_what_waits() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION finance.payments_of_unit(bigint), finance.arrears_on(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finance.payments_of_unit(bigint), finance.arrears_on(date) TO landsvc_tax, landsvc_editor;
GRANT SELECT ON finance.payment_place, finance.payment_unplaced TO landsvc_tax, landsvc_editor;
GRANT INSERT (payment_id, unit_id, how) ON finance.payment_place TO landsvc_tax;
GRANT INSERT (payment_id, unit_id, how, account_id, reason) ON finance.payment_place TO landsvc_editor;
GRANT INSERT (parcel_ref, unit_id, period) ON finance.notice TO landsvc_tax;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (PLACES, NOTICES, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back; a payment without a parcel keeps it from being done."""
    op.execute(
        """
        DROP FUNCTION finance.arrears_on(date);
        ALTER TABLE finance.notice DROP COLUMN parcel_ref, DROP COLUMN unit_id, DROP COLUMN period;
        DROP FUNCTION finance.payments_of_unit(bigint);
        DROP VIEW finance.payment_unplaced;
        DROP TABLE finance.payment_place;
        DROP FUNCTION finance.place_what_waits();
        DROP INDEX finance.ix_tax_payment_unplaced;
        ALTER TABLE finance.tax_payment DROP CONSTRAINT ck_tax_payment_unit_named,
          ALTER COLUMN unit_id SET NOT NULL, ALTER COLUMN parcel_ref SET NOT NULL;
        """
    )
