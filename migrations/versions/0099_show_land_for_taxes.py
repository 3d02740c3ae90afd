"""Show the tax office's machine the land it asks for: one parcel with its money, or what a taxpayer holds."""

from __future__ import annotations

from alembic import op

revision = "0099_show_land_for_taxes"
down_revision = "0098_share_catalogues"

# Payments are placed later, and notices name parcels and periods: the feed tells it.
FEED = """
CREATE OR REPLACE FUNCTION finance.notice_states(ids bigint[]) RETURNS TABLE (key text, commune text, state jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT n.tax_office_code || '/' || n.notice_no, CAST(NULL AS text), jsonb_build_object(
    'id', n.id, 'taxOfficeCode', n.tax_office_code, 'noticeNo', n.notice_no, 'issuedOn', n.issued_on,
    'dossier', n.dossier_code, 'slipNo', n.slip_no, 'ofTotal', n.of_total, 'parcel', n.unit_id::text,
    'parcelRef', n.parcel_ref, 'period', n.period,
    'supersedesNo', (SELECT o.notice_no FROM finance.notice o WHERE o.id = n.supersedes_id),
    'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('lineNo', l.line_no, 'obligationId', l.obligation_id,
                'subItem', l.sub_item, 'amountVnd', l.amount_vnd, 'dueOn', l.due_on, 'dueVnd', l.due_vnd,
                'paidVnd', s.paid_vnd, 'state', s.state) ORDER BY l.line_no), '[]')
                FROM finance.notice_line l
                JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
               WHERE l.notice_id = n.id),
    'acts', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', a.kind, 'referenceNo', a.reference_no, 'on',
               a.acted_on, 'until', a.until_on) ORDER BY a.id), '[]')
               FROM finance.notice_act a WHERE a.notice_id = n.id))
    FROM finance.notice n WHERE n.id = ANY (ids) $$;

CREATE OR REPLACE FUNCTION finance.payment_states(ids bigint[]) RETURNS TABLE (key text, commune text, state jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.channel || '/' || p.reference_no || '/' || p.line_no, CAST(NULL AS text), jsonb_build_object(
    'id', p.id, 'channel', p.channel, 'referenceNo', p.reference_no, 'lineNo', p.line_no,
    'parcel', coalesce(p.unit_id, (SELECT q.unit_id FROM finance.payment_place q
      WHERE q.payment_id = p.id ORDER BY q.id DESC LIMIT 1))::text,
    'parcelRef', p.parcel_ref, 'subItem', p.sub_item, 'amountVnd', p.amount_vnd,
    'paidAt', to_char(p.paid_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'noticeNo', p.notice_no, 'obligationId', p.obligation_id, 'taxOfficeCode', p.tax_office_code,
    'treasuryCode', p.treasury_code,
    'onLines', (SELECT coalesce(jsonb_agg(jsonb_build_object('notice', m.notice_id, 'lineNo', m.line_no,
                  'amountVnd', m.vnd) ORDER BY m.notice_id, m.line_no), '[]')
                  FROM (SELECT x.notice_id, x.line_no, sum(x.amount_vnd) AS vnd FROM finance.payment_match x
                         WHERE x.payment_id = p.id GROUP BY x.notice_id, x.line_no
                        HAVING sum(x.amount_vnd) <> 0) m))
    FROM finance.tax_payment p WHERE p.id = ANY (ids) $$;

CREATE OR REPLACE FUNCTION finance.tell_money() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'slip' THEN
      INSERT INTO core.outbox (topic, key) SELECT 'slip.told', s.id::text FROM fresh f
        CROSS JOIN LATERAL (VALUES (f.id), (f.replaces_id)) s(id) WHERE s.id IS NOT NULL;
    WHEN 'slip_answer' THEN
      INSERT INTO core.outbox (topic, key) SELECT 'slip.told', f.slip_id::text FROM fresh f;
    WHEN 'notice' THEN
      INSERT INTO core.outbox (topic, key) SELECT 'notice.told', n.id::text FROM fresh f
        CROSS JOIN LATERAL (VALUES (f.id), (f.supersedes_id)) n(id) WHERE n.id IS NOT NULL;
    WHEN 'tax_payment' THEN
      INSERT INTO core.outbox (topic, key) SELECT 'payment.told', f.id::text FROM fresh f;
    WHEN 'payment_place' THEN
      INSERT INTO core.outbox (topic, key) SELECT DISTINCT 'payment.told', f.payment_id::text FROM fresh f;
    WHEN 'payment_match' THEN
      INSERT INTO core.outbox (topic, key)
      SELECT DISTINCT t.topic, t.key FROM fresh f
       CROSS JOIN LATERAL (VALUES ('payment.told', f.payment_id::text), ('notice.told', f.notice_id::text))
             t(topic, key);
    ELSE
      INSERT INTO core.outbox (topic, key) SELECT DISTINCT 'notice.told', f.notice_id::text FROM fresh f;
  END CASE;
  RETURN NULL;
END $$;
CREATE TRIGGER t90_told AFTER INSERT ON finance.payment_place REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION finance.tell_money();
"""

SHOWING = """
CREATE FUNCTION registry.parcel_for_taxes(unit bigint, day date) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH paid AS (SELECT array_agg(p.id) AS ids FROM finance.payments_of_unit(unit) p),
  told AS (
    SELECT array_agg(n.id) AS ids FROM finance.notice n
     WHERE n.unit_id = unit
        OR n.dossier_code IN (SELECT d.code FROM registry.dossier_parcel p JOIN registry.dossier d
                                  ON d.id = p.dossier_id WHERE p.unit_id = unit)
        OR n.id IN (SELECT m.notice_id FROM paid, finance.payment_match m WHERE m.payment_id = ANY (paid.ids)))
  SELECT jsonb_build_object('key', s.key, 'parcel', s.state,
    'rights', (SELECT coalesce(jsonb_agg(r.state ORDER BY r.key), '[]')
                 FROM registry.right_states(ARRAY[unit]) r WHERE r.state IS NOT NULL),
    'notices', (SELECT coalesce(jsonb_agg(n.state ORDER BY n.state -> 'id'), '[]')
                  FROM told, finance.notice_states(told.ids) n),
    'payments', (SELECT coalesce(jsonb_agg(p.state ORDER BY p.state -> 'id'), '[]')
                   FROM paid, finance.payment_states(paid.ids) p),
    'owedVnd', (SELECT coalesce(sum(l.amount_vnd - l.paid_vnd), 0) FROM told, finance.notice_standing l
                 WHERE l.notice_id = ANY (told.ids) AND l.state IN ('ISSUED', 'PARTIAL') AND NOT l.confirmed),
    'overdueVnd', (SELECT coalesce(sum(a.owed_vnd), 0) FROM told, finance.arrears_on(day) a
                    WHERE a.notice_id = ANY (told.ids)))
    FROM finance.parcel_states(ARRAY[unit]) s WHERE s.state IS NOT NULL $$;
COMMENT ON FUNCTION registry.parcel_for_taxes(bigint, date) IS
  'What the tax office may see of a parcel: no name, no number of a person, no payer';

CREATE FUNCTION registry.land_of_taxpayer(indexes bytea[], most integer)
RETURNS TABLE (unit_id bigint, party text, through text, land jsonb, held jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH who AS (
    SELECT DISTINCT d.party_id AS id, d.party_id AS party_id FROM registry.party_document d
     WHERE d.number_index = ANY (indexes) AND upper_inf(d.recorded) AND upper_inf(d.valid)),
  holders AS (
    SELECT w.id AS holder_id, w.party_id FROM who w
     UNION
    SELECT m.party_id, w.party_id FROM who w JOIN registry.party_member m ON m.member_id = w.id
     WHERE upper_inf(m.recorded) AND upper_inf(m.valid)),
  lands AS (
    SELECT DISTINCT ON (b.unit_id) b.unit_id, h.party_id, h.holder_id
      FROM holders h
      JOIN registry.holding_party x ON x.party_id = h.holder_id
      JOIN registry.rrr_version v ON v.holding_id = x.holding_id AND upper_inf(v.recorded) AND upper_inf(v.valid)
      JOIN registry.rrr r ON r.id = v.rrr_id
      JOIN registry.rrr_kind k ON k.code = r.kind AND k.class = 'right'
      JOIN registry.ba_unit_parcel b ON b.ba_unit_id = r.ba_unit_id AND upper_inf(b.recorded) AND upper_inf(b.valid)
     ORDER BY b.unit_id, h.holder_id LIMIT most)
  SELECT l.unit_id, p.code, CASE WHEN l.holder_id <> l.party_id THEN h.code END, s.state,
         (SELECT coalesce(jsonb_agg(r.state ORDER BY r.key), '[]') FROM registry.right_states(ARRAY[l.unit_id]) r
           WHERE r.state IS NOT NULL AND r.state -> 'holders' @> jsonb_build_array(jsonb_build_object('party', h.code)))
    FROM lands l
    JOIN registry.party p ON p.id = l.party_id JOIN registry.party h ON h.id = l.holder_id
   CROSS JOIN LATERAL finance.parcel_states(ARRAY[l.unit_id]) s
   WHERE s.state IS NOT NULL ORDER BY l.unit_id $$;
COMMENT ON FUNCTION registry.land_of_taxpayer(bytea[], integer) IS
  'What somebody holds now, alone, with others, or as one of a couple, household or group; by digests of the number';

REVOKE EXECUTE ON FUNCTION registry.parcel_for_taxes(bigint, date), registry.land_of_taxpayer(bytea[], integer)
  FROM PUBLIC;
GRANT USAGE ON SCHEMA registry TO landsvc_tax;
GRANT EXECUTE ON FUNCTION registry.parcel_for_taxes(bigint, date), registry.land_of_taxpayer(bytea[], integer)
  TO landsvc_tax;
ALTER TABLE finance.catalogue_entry DROP CONSTRAINT ck_catalogue_entry_catalogue,
  ADD CONSTRAINT ck_catalogue_entry_catalogue
    CHECK (catalogue IN ('sub-items', 'chapters', 'treasuries', 'search-purposes'));
"""

BACK = """
DROP FUNCTION registry.parcel_for_taxes(bigint, date), registry.land_of_taxpayer(bytea[], integer);
REVOKE USAGE ON SCHEMA registry FROM landsvc_tax;
DELETE FROM finance.catalogue_entry WHERE catalogue = 'search-purposes';
ALTER TABLE finance.catalogue_entry DROP CONSTRAINT ck_catalogue_entry_catalogue,
  ADD CONSTRAINT ck_catalogue_entry_catalogue CHECK (catalogue IN ('sub-items', 'chapters', 'treasuries'));
DROP TRIGGER t90_told ON finance.payment_place;
CREATE OR REPLACE FUNCTION finance.notice_states(ids bigint[]) RETURNS TABLE (key text, commune text, state jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT n.tax_office_code || '/' || n.notice_no, CAST(NULL AS text), jsonb_build_object(
    'id', n.id, 'taxOfficeCode', n.tax_office_code, 'noticeNo', n.notice_no, 'issuedOn', n.issued_on,
    'dossier', n.dossier_code, 'slipNo', n.slip_no, 'ofTotal', n.of_total,
    'supersedesNo', (SELECT o.notice_no FROM finance.notice o WHERE o.id = n.supersedes_id),
    'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('lineNo', l.line_no, 'obligationId', l.obligation_id,
                'subItem', l.sub_item, 'amountVnd', l.amount_vnd, 'dueOn', l.due_on, 'dueVnd', l.due_vnd,
                'paidVnd', s.paid_vnd, 'state', s.state) ORDER BY l.line_no), '[]')
                FROM finance.notice_line l
                JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
               WHERE l.notice_id = n.id),
    'acts', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', a.kind, 'referenceNo', a.reference_no, 'on',
               a.acted_on, 'until', a.until_on) ORDER BY a.id), '[]')
               FROM finance.notice_act a WHERE a.notice_id = n.id))
    FROM finance.notice n WHERE n.id = ANY (ids) $$;

CREATE OR REPLACE FUNCTION finance.payment_states(ids bigint[]) RETURNS TABLE (key text, commune text, state jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.channel || '/' || p.reference_no || '/' || p.line_no, CAST(NULL AS text), jsonb_build_object(
    'id', p.id, 'channel', p.channel, 'referenceNo', p.reference_no, 'lineNo', p.line_no,
    'parcel', p.unit_id::text, 'parcelRef', p.parcel_ref, 'subItem', p.sub_item, 'amountVnd', p.amount_vnd,
    'paidAt', to_char(p.paid_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'noticeNo', p.notice_no, 'obligationId', p.obligation_id, 'taxOfficeCode', p.tax_office_code,
    'treasuryCode', p.treasury_code,
    'onLines', (SELECT coalesce(jsonb_agg(jsonb_build_object('notice', m.notice_id, 'lineNo', m.line_no,
                  'amountVnd', m.vnd) ORDER BY m.notice_id, m.line_no), '[]')
                  FROM (SELECT x.notice_id, x.line_no, sum(x.amount_vnd) AS vnd FROM finance.payment_match x
                         WHERE x.payment_id = p.id GROUP BY x.notice_id, x.line_no
                        HAVING sum(x.amount_vnd) <> 0) m))
    FROM finance.tax_payment p WHERE p.id = ANY (ids) $$;

CREATE OR REPLACE FUNCTION finance.tell_money() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'slip' THEN
      INSERT INTO core.outbox (topic, key) SELECT 'slip.told', s.id::text FROM fresh f
        CROSS JOIN LATERAL (VALUES (f.id), (f.replaces_id)) s(id) WHERE s.id IS NOT NULL;
    WHEN 'slip_answer' THEN
      INSERT INTO core.outbox (topic, key) SELECT 'slip.told', f.slip_id::text FROM fresh f;
    WHEN 'notice' THEN
      INSERT INTO core.outbox (topic, key) SELECT 'notice.told', n.id::text FROM fresh f
        CROSS JOIN LATERAL (VALUES (f.id), (f.supersedes_id)) n(id) WHERE n.id IS NOT NULL;
    WHEN 'tax_payment' THEN
      INSERT INTO core.outbox (topic, key) SELECT 'payment.told', f.id::text FROM fresh f;
    WHEN 'payment_match' THEN
      INSERT INTO core.outbox (topic, key)
      SELECT DISTINCT t.topic, t.key FROM fresh f
       CROSS JOIN LATERAL (VALUES ('payment.told', f.payment_id::text), ('notice.told', f.notice_id::text))
             t(topic, key);
    ELSE
      INSERT INTO core.outbox (topic, key) SELECT DISTINCT 'notice.told', f.notice_id::text FROM fresh f;
  END CASE;
  RETURN NULL;
END $$;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (FEED, SHOWING):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(BACK)
