"""Tell the tax office what changed: a feed without gaps, in the order of commits, filled after the commits."""

from __future__ import annotations

from alembic import op

revision = "0093_tell_changes"
down_revision = "0092_judge_channel_payments"

TABLES = """
CREATE TABLE finance.change (
  seq     bigint NOT NULL,
  kind    text NOT NULL,
  key     text NOT NULL,
  op      text NOT NULL,
  commune text,
  state   jsonb,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_change PRIMARY KEY (seq),
  CONSTRAINT uq_change_kind_key_seq UNIQUE (kind, key, seq),
  CONSTRAINT ck_change_kind CHECK (kind IN ('parcel', 'right', 'slip', 'notice', 'payment')),
  CONSTRAINT ck_change_op CHECK (CASE op WHEN 'put' THEN state IS NOT NULL WHEN 'remove' THEN state IS NULL
                                 ELSE false END)
);
CREATE INDEX ix_change_commune ON finance.change (commune, seq) WHERE commune IS NOT NULL;
COMMENT ON TABLE finance.change IS
  'Biến động cho cơ quan thuế: what the tax office follows, each entry the whole new state of its key; only added to';
COMMENT ON COLUMN finance.change.seq IS 'In the order of commits without a gap, so that whoever reads on misses none';
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.change
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE TABLE finance.change_walk (
  kind     text NOT NULL,
  after_id bigint NOT NULL DEFAULT 0,
  done_at  timestamptz,
  CONSTRAINT pk_change_walk PRIMARY KEY (kind)
);
COMMENT ON TABLE finance.change_walk IS
  'How far what was there before the feed is told: once through each kind, then events alone fill it';
INSERT INTO finance.change_walk (kind) VALUES ('parcel'), ('right'), ('slip'), ('notice'), ('payment');
"""

STATES = """
CREATE FUNCTION finance.parcel_states(units bigint[]) RETURNS TABLE (key text, commune text, state jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT u.id::text, v.commune_code, CASE WHEN v.id IS NOT NULL THEN jsonb_build_object(
    'code', n.code, 'ref', n.ref, 'commune', v.commune_code, 'areaM2', v.legal_area_m2, 'address', v.address,
    'since', (SELECT min(lower(w.valid)) FROM cadastre.parcel_version w
               WHERE w.unit_id = u.id AND upper_inf(w.recorded)),
    'uses', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', x.use_code, 'areaM2', x.area_m2, 'origin',
                      x.origin_code, 'shared', x.shared, 'termUntil', x.term_until) ORDER BY x.seq), '[]')
               FROM cadastre.parcel_use x WHERE x.version_id = v.id),
    'retiredOn', upper(v.valid),
    'retiredFor', (SELECT e.reason FROM cadastre.unit_end e
                    WHERE e.unit_id = u.id AND upper_inf(e.recorded) AND NOT upper_inf(v.valid)),
    'successors', (SELECT coalesce(jsonb_agg(l.child_id::text ORDER BY l.child_id), '[]') FROM cadastre.lineage l
                    WHERE l.parent_id = u.id AND upper_inf(l.recorded) AND NOT upper_inf(v.valid))) END
    FROM cadastre.parcel_unit u
    JOIN cadastre.unit_name n ON n.unit_id = u.id
    LEFT JOIN LATERAL (SELECT w.id, w.commune_code, w.legal_area_m2, w.address, w.valid
                         FROM cadastre.parcel_version w WHERE w.unit_id = u.id AND upper_inf(w.recorded)
                        ORDER BY lower(w.valid) DESC LIMIT 1) v ON true
   WHERE u.id = ANY (units) AND u.kind = 'parcel' $$;
COMMENT ON FUNCTION finance.parcel_states(bigint[]) IS
  'What taxes ask of parcels as it is believed now, whatever the day: no state where nothing is believed of one';

CREATE FUNCTION finance.slip_states(ids bigint[]) RETURNS TABLE (key text, commune text, state jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.slip_no, CAST(NULL AS text), jsonb_build_object(
    'slipNo', s.slip_no, 'seq', s.id, 'dossier', s.dossier, 'version', s.version, 'replaces', o.slip_no,
    'issuedAt', to_char(s.issued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'sha256', encode(s.sha256, 'hex'), 'reasons', coalesce(b.reasons, '{}'),
    'state', CASE WHEN EXISTS (SELECT FROM finance.slip x WHERE x.replaces_id = s.id) THEN 'replaced'
                  WHEN b.slip_id IS NOT NULL THEN 'returned' WHEN r.slip_id IS NOT NULL THEN 'received'
                  ELSE 'issued' END)
    FROM finance.slip s
    LEFT JOIN finance.slip o ON o.id = s.replaces_id
    LEFT JOIN finance.slip_answer r ON r.slip_id = s.id AND r.kind = 'received'
    LEFT JOIN finance.slip_answer b ON b.slip_id = s.id AND b.kind = 'returned'
   WHERE s.id = ANY (ids) $$;

CREATE FUNCTION finance.notice_states(ids bigint[]) RETURNS TABLE (key text, commune text, state jsonb)
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

CREATE FUNCTION finance.payment_states(ids bigint[]) RETURNS TABLE (key text, commune text, state jsonb)
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

CREATE FUNCTION registry.right_states(units bigint[]) RETURNS TABLE (key text, commune text, state jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.code || '/' || b.unit_id, c.commune_code, CASE WHEN v.id IS NOT NULL THEN jsonb_build_object(
    'right', r.code, 'parcel', b.unit_id::text, 'kind', r.kind, 'since', lower(v.valid), 'origin', v.origin_code,
    'form', v.form, 'termUntil', v.term_until, 'mode', h.mode,
    'holders', (SELECT coalesce(jsonb_agg(jsonb_build_object('party', y.code, 'num', x.num, 'den', x.den)
                                          ORDER BY x.seq), '[]')
                  FROM registry.holding_party x JOIN registry.party y ON y.id = x.party_id
                 WHERE x.holding_id = v.holding_id)) END
    FROM (SELECT q.unit_id, q.ba_unit_id, bool_or(upper_inf(q.recorded) AND upper_inf(q.valid)) AS stands
            FROM registry.ba_unit_parcel q WHERE q.unit_id = ANY (units) GROUP BY q.unit_id, q.ba_unit_id) b
    JOIN registry.rrr r ON r.ba_unit_id = b.ba_unit_id
    JOIN registry.rrr_kind k ON k.code = r.kind AND k.class = 'right'
    LEFT JOIN registry.rrr_version v ON v.rrr_id = r.id AND b.stands AND upper_inf(v.recorded) AND upper_inf(v.valid)
    LEFT JOIN registry.holding h ON h.id = v.holding_id
    LEFT JOIN LATERAL (SELECT w.commune_code FROM cadastre.parcel_version w
                        WHERE w.unit_id = b.unit_id AND upper_inf(w.recorded)
                        ORDER BY lower(w.valid) DESC LIMIT 1) c ON true $$;
COMMENT ON FUNCTION registry.right_states(bigint[]) IS
  'Who holds parcels now, by codes that name nobody: no state for a right that no longer stands';
"""

TELLING = """
CREATE FUNCTION finance.hold_changes() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT pg_advisory_xact_lock('finance.change'::regclass::oid::bigint) $$;
COMMENT ON FUNCTION finance.hold_changes() IS
  'One teller at a time until its commit: states are read after it, numbers come without a gap';

CREATE FUNCTION finance.add_changes(what text, keys text[], communes text[], states jsonb[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  told bigint;
BEGIN
  INSERT INTO finance.change (seq, kind, key, op, commune, state)
  SELECT coalesce((SELECT max(c.seq) FROM finance.change c), 0) + row_number() OVER (ORDER BY n.at), what, n.key,
         CASE WHEN n.state IS NULL THEN 'remove' ELSE 'put' END, coalesce(n.commune, l.commune), n.state
    FROM unnest(keys, communes, states) WITH ORDINALITY AS n(key, commune, state, at)
    LEFT JOIN LATERAL (SELECT c.op, c.state, c.commune FROM finance.change c
                        WHERE c.kind = what AND c.key = n.key ORDER BY c.seq DESC LIMIT 1) l ON true
   WHERE CASE WHEN n.state IS NULL THEN l.op = 'put'
              ELSE (l.state, l.commune) IS DISTINCT FROM (n.state, n.commune) END;
  GET DIAGNOSTICS told = ROW_COUNT;
  RETURN told;
END $$;

CREATE FUNCTION finance.tell_changes(what text, ids bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  keys text[];
  communes text[];
  states jsonb[];
BEGIN
  -- Read after the lock is held: whoever told before is seen, so that no older state comes after a newer one.
  PERFORM finance.hold_changes();
  CASE what
    WHEN 'parcel' THEN
      SELECT array_agg(s.key ORDER BY s.key), array_agg(s.commune ORDER BY s.key), array_agg(s.state ORDER BY s.key)
        INTO keys, communes, states FROM finance.parcel_states(ids || ARRAY(
          SELECT l.parent_id FROM cadastre.lineage l WHERE l.child_id = ANY (ids))) s;
    WHEN 'slip' THEN
      SELECT array_agg(s.key ORDER BY s.key), array_agg(s.commune ORDER BY s.key), array_agg(s.state ORDER BY s.key)
        INTO keys, communes, states FROM finance.slip_states(ids) s;
    WHEN 'notice' THEN
      SELECT array_agg(s.key ORDER BY s.key), array_agg(s.commune ORDER BY s.key), array_agg(s.state ORDER BY s.key)
        INTO keys, communes, states FROM finance.notice_states(ids) s;
    WHEN 'payment' THEN
      SELECT array_agg(s.key ORDER BY s.key), array_agg(s.commune ORDER BY s.key), array_agg(s.state ORDER BY s.key)
        INTO keys, communes, states FROM finance.payment_states(ids) s;
  END CASE;
  RETURN CASE WHEN keys IS NULL THEN 0 ELSE finance.add_changes(what, keys, communes, states) END;
END $$;
COMMENT ON FUNCTION finance.tell_changes(text, bigint[]) IS
  'Tell how some stand now, those of whom it was not told so before; parcels with those they came from';

CREATE FUNCTION finance.walk_changes(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  walk finance.change_walk;
  ids bigint[];
BEGIN
  PERFORM finance.hold_changes();
  SELECT w.* INTO walk FROM finance.change_walk w WHERE w.done_at IS NULL AND w.kind <> 'right' ORDER BY w.kind LIMIT 1;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  CASE walk.kind
    WHEN 'parcel' THEN ids := ARRAY(SELECT u.id FROM cadastre.parcel_unit u WHERE u.id > walk.after_id
                                     ORDER BY u.id LIMIT most);
    WHEN 'slip' THEN ids := ARRAY(SELECT s.id FROM finance.slip s WHERE s.id > walk.after_id
                                   ORDER BY s.id LIMIT most);
    WHEN 'notice' THEN ids := ARRAY(SELECT n.id FROM finance.notice n WHERE n.id > walk.after_id
                                     ORDER BY n.id LIMIT most);
    WHEN 'payment' THEN ids := ARRAY(SELECT p.id FROM finance.tax_payment p WHERE p.id > walk.after_id
                                      ORDER BY p.id LIMIT most);
  END CASE;
  PERFORM finance.tell_changes(walk.kind, ids);
  UPDATE finance.change_walk w
     SET after_id = coalesce(ids[cardinality(ids)], w.after_id),
         done_at = CASE WHEN cardinality(ids) < most THEN clock_timestamp() END
   WHERE w.kind = walk.kind;
  RETURN greatest(cardinality(ids), 1);
END $$;
COMMENT ON FUNCTION finance.walk_changes(integer) IS
  'Tell some of what was there before the feed, but rights; 0 when all of it is told';

CREATE FUNCTION registry.tell_right_changes(units bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  keys text[];
  communes text[];
  states jsonb[];
BEGIN
  PERFORM finance.hold_changes();
  SELECT array_agg(s.key ORDER BY s.key), array_agg(s.commune ORDER BY s.key), array_agg(s.state ORDER BY s.key)
    INTO keys, communes, states FROM registry.right_states(units) s;
  RETURN CASE WHEN keys IS NULL THEN 0 ELSE finance.add_changes('right', keys, communes, states) END;
END $$;
COMMENT ON FUNCTION registry.tell_right_changes(bigint[]) IS 'Tell who holds parcels now, where it was not told so';

CREATE FUNCTION registry.walk_right_changes(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  walk finance.change_walk;
  ids bigint[];
BEGIN
  PERFORM finance.hold_changes();
  SELECT w.* INTO walk FROM finance.change_walk w WHERE w.done_at IS NULL AND w.kind = 'right';
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  ids := ARRAY(SELECT u.id FROM cadastre.parcel_unit u WHERE u.id > walk.after_id ORDER BY u.id LIMIT most);
  PERFORM registry.tell_right_changes(ids);
  UPDATE finance.change_walk w
     SET after_id = coalesce(ids[cardinality(ids)], w.after_id),
         done_at = CASE WHEN cardinality(ids) < most THEN clock_timestamp() END
   WHERE w.kind = 'right';
  RETURN greatest(cardinality(ids), 1);
END $$;
COMMENT ON FUNCTION registry.walk_right_changes(integer) IS
  'Tell who held some of the land before the feed; 0 when all of it is told';
"""

HEARING = (
    """
-- Of parcels `parcel.changed` tells, and `fabric.loaded` of whole imports; a new number or code alone is told here.
CREATE FUNCTION cadastre.tell_renamed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO core.outbox (topic, key)
  SELECT 'parcel.renamed', n.unit_id::text FROM was o JOIN fresh n ON n.unit_id = o.unit_id
   WHERE n.version_id = o.version_id
     AND (n.code, n.issuing_code, n.sheet, n.number) IS DISTINCT FROM (o.code, o.issuing_code, o.sheet, o.number);
  RETURN NULL;
END $$;
CREATE TRIGGER t90_renamed AFTER UPDATE ON cadastre.parcel REFERENCING OLD TABLE AS was NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION cadastre.tell_renamed();

CREATE FUNCTION registry.tell_rights() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'rrr_version' THEN
    INSERT INTO core.outbox (topic, key)
    SELECT DISTINCT 'right.changed', b.unit_id::text FROM fresh f JOIN registry.rrr r ON r.id = f.rrr_id
      JOIN registry.rrr_kind k ON k.code = r.kind AND k.class = 'right'
      JOIN registry.ba_unit_parcel b ON b.ba_unit_id = r.ba_unit_id;
  ELSE
    INSERT INTO core.outbox (topic, key) SELECT DISTINCT 'right.changed', f.unit_id::text FROM fresh f;
  END IF;
  RETURN NULL;
END $$;
"""
    + "".join(
        f"CREATE TRIGGER t90_told_{event.lower()} AFTER {event} ON registry.{table} REFERENCING NEW TABLE AS fresh\n"
        "  FOR EACH STATEMENT EXECUTE FUNCTION registry.tell_rights();\n"
        for table in ("rrr_version", "ba_unit_parcel")
        for event in ("INSERT", "UPDATE")
    )
    + """
CREATE FUNCTION finance.tell_money() RETURNS trigger
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
    + "".join(
        f"CREATE TRIGGER t90_told AFTER INSERT ON finance.{table} REFERENCING NEW TABLE AS fresh\n"
        "  FOR EACH STATEMENT EXECUTE FUNCTION finance.tell_money();\n"
        for table in (
            "slip",
            "slip_answer",
            "notice",
            "notice_line",
            "notice_act",
            "tax_payment",
            "payment_match",
        )
    )
    + """
-- Money may be placed later: the only columns of a payment that ever change.
CREATE TRIGGER t90_told_update AFTER UPDATE ON finance.tax_payment REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION finance.tell_money();
"""
)

GRANTS = """
REVOKE EXECUTE ON FUNCTION finance.hold_changes(), finance.add_changes(text, text[], text[], jsonb[]),
  finance.tell_changes(text, bigint[]), finance.walk_changes(integer), finance.parcel_states(bigint[]),
  finance.slip_states(bigint[]), finance.notice_states(bigint[]), finance.payment_states(bigint[]),
  registry.right_states(bigint[]), registry.tell_right_changes(bigint[]), registry.walk_right_changes(integer),
  cadastre.tell_renamed(), registry.tell_rights(), finance.tell_money() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finance.tell_changes(text, bigint[]), finance.walk_changes(integer),
  registry.tell_right_changes(bigint[]), registry.walk_right_changes(integer) TO landsvc_import;
GRANT SELECT ON finance.change, finance.change_walk TO landsvc_tax, landsvc_import;
"""

BACK = (
    """
DROP TRIGGER t90_renamed ON cadastre.parcel;
DROP TRIGGER t90_told_insert ON registry.rrr_version;
DROP TRIGGER t90_told_update ON registry.rrr_version;
DROP TRIGGER t90_told_insert ON registry.ba_unit_parcel;
DROP TRIGGER t90_told_update ON registry.ba_unit_parcel;
DROP TRIGGER t90_told_update ON finance.tax_payment;
"""
    + "".join(
        f"DROP TRIGGER t90_told ON finance.{table};\n"
        for table in (
            "slip",
            "slip_answer",
            "notice",
            "notice_line",
            "notice_act",
            "tax_payment",
            "payment_match",
        )
    )
    + """
DROP FUNCTION registry.walk_right_changes(integer), registry.tell_right_changes(bigint[]);
DROP FUNCTION cadastre.tell_renamed(), registry.tell_rights(), finance.tell_money(), finance.walk_changes(integer),
  finance.tell_changes(text, bigint[]), finance.add_changes(text, text[], text[], jsonb[]), finance.hold_changes(),
  finance.parcel_states(bigint[]), finance.slip_states(bigint[]), finance.notice_states(bigint[]),
  finance.payment_states(bigint[]), registry.right_states(bigint[]);
DROP TABLE finance.change, finance.change_walk;
DELETE FROM core.outbox_failure WHERE consumer IN ('feed', 'feed.rights');
DELETE FROM core.outbox_cursor WHERE consumer IN ('feed', 'feed.rights');
"""
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLES, STATES, TELLING, HEARING, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(BACK)
