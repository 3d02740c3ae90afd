"""Keep rights, restrictions and responsibilities in two times, held alone, jointly or by shares that sum to one."""

from __future__ import annotations

from alembic import op

revision = "0044_keep_rights"
down_revision = "0043_keep_parties"

KINDS = """
CREATE TABLE registry.rrr_kind (
  code    text NOT NULL,
  class   text NOT NULL,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  CONSTRAINT pk_rrr_kind PRIMARY KEY (code),
  CONSTRAINT ck_rrr_kind_class CHECK (class IN ('right', 'restriction', 'responsibility'))
);
COMMENT ON TABLE registry.rrr_kind IS 'Loại quyền, hạn chế, nghĩa vụ (LA_RRR)';
INSERT INTO registry.rrr_kind (code, class, name_vi, name_en) VALUES
  ('use', 'right', 'Quyền sử dụng đất', 'Right to use land'),
  ('management', 'right', 'Quyền quản lý đất được giao', 'Right to manage land'),
  ('lease', 'right', 'Quyền thuê, thuê lại', 'Lease or sublease'),
  ('asset', 'right', 'Quyền sở hữu tài sản gắn liền với đất', 'Ownership of assets on land'),
  ('mortgage', 'restriction', 'Thế chấp', 'Mortgage'),
  ('easement', 'restriction', 'Quyền đối với thửa đất liền kề', 'Easement'),
  ('limit', 'restriction', 'Hạn chế quyền', 'Limit of a right'),
  ('duty', 'responsibility', 'Nghĩa vụ', 'Responsibility');

INSERT INTO registry.transaction_kind (code, name_vi, name_en) VALUES
  ('DKLD', 'Đăng ký lần đầu', 'First registration'), ('CD', 'Chuyển đổi', 'Exchange of farmland'),
  ('CN', 'Chuyển nhượng', 'Transfer'), ('TK', 'Thừa kế', 'Inheritance'), ('TA', 'Tặng cho', 'Gift'),
  ('GP', 'Góp vốn', 'Capital contribution'), ('XV', 'Xóa góp vốn', 'End of contribution'),
  ('CT', 'Cho thuê, cho thuê lại', 'Lease, sublease'), ('XT', 'Xóa cho thuê, cho thuê lại', 'End of lease'),
  ('TC', 'Thế chấp, thay đổi nội dung thế chấp', 'Mortgage, change of mortgage'),
  ('XC', 'Xóa thế chấp', 'Release of mortgage'), ('VC', 'Hợp nhất, phân chia tài sản vợ chồng', 'Marital property'),
  ('TQ', 'Hợp nhất, phân chia quyền của hộ gia đình, nhóm người', 'Household or group join or split'),
  ('GA', 'Theo quyết định của tòa án, thi hành án', 'By court decision or enforcement'),
  ('GT', 'Giải quyết tranh chấp', 'By dispute settlement'), ('GH', 'Gia hạn', 'Term extension'),
  ('TG', 'Chuyển hình thức sử dụng', 'Change of tenure form'), ('TH', 'Thu hồi đất', 'State recovery'),
  ('DT', 'Thay đổi thông tin chủ', 'Party data change'), ('HC', 'Thay đổi hạn chế quyền', 'Restriction change'),
  ('LK', 'Quyền đối với thửa liền kề', 'Easement'), ('SN', 'Đính chính', 'Correction'),
  ('NC', 'Ngăn chặn', 'Block'), ('KB', 'Kê biên', 'Seizure')
ON CONFLICT DO NOTHING;
"""

HOLDINGS = """
CREATE TABLE registry.holding (
  id      bigint GENERATED ALWAYS AS IDENTITY,
  mode    text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT cadastre.recorded_now(),
  CONSTRAINT pk_holding PRIMARY KEY (id),
  CONSTRAINT ck_holding_mode CHECK (mode IN ('sole', 'joint', 'shares'))
);
COMMENT ON TABLE registry.holding IS
  'Who holds together: one, several jointly (sở hữu chung hợp nhất, no fractions), or by shares (theo phần)';

CREATE TABLE registry.holding_party (
  holding_id bigint NOT NULL REFERENCES registry.holding,
  party_id   bigint NOT NULL REFERENCES registry.party,
  seq        integer NOT NULL,
  num        bigint,
  den        bigint,
  CONSTRAINT pk_holding_party PRIMARY KEY (holding_id, party_id),
  CONSTRAINT ck_holding_party_share CHECK ((num IS NULL) = (den IS NULL) AND num > 0 AND num < den
    AND den <= 1000000000000 AND gcd(num, den) = 1)
);
CREATE INDEX ix_holding_party_party_id ON registry.holding_party (party_id);
COMMENT ON TABLE registry.holding_party IS 'Người cùng sử dụng đất: with an exact fraction where held by shares';

CREATE FUNCTION registry.guard_holding_party() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM registry.holding h
                  WHERE h.id = NEW.holding_id AND h.made_at = cadastre.recorded_now()) THEN
    PERFORM cadastre.refuse('append-only', 'Who holds together is said once: another holding is made instead');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_guard BEFORE INSERT ON registry.holding_party
  FOR EACH ROW EXECUTE FUNCTION registry.guard_holding_party();

CREATE FUNCTION registry.check_holding() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wanted bigint := CASE WHEN TG_TABLE_NAME = 'holding' THEN (to_jsonb(NEW) ->> 'id')
                        ELSE (to_jsonb(NEW) ->> 'holding_id') END::bigint;
  how    text := (SELECT h.mode FROM registry.holding h WHERE h.id = wanted);
  num    numeric := 0;
  den    numeric := 1;
  common numeric;
  held   integer := 0;
  shared integer := 0;
  p      record;
BEGIN
  -- Exact at any size: numerator and denominator grow as numbers without limit.
  FOR p IN SELECT x.num, x.den FROM registry.holding_party x WHERE x.holding_id = wanted LOOP
    held := held + 1;
    IF p.num IS NOT NULL THEN
      shared := shared + 1;
      num := num * p.den + p.num * den;
      den := den * p.den;
      common := gcd(num, den);
      num := div(num, common);
      den := div(den, common);
    END IF;
  END LOOP;
  IF how = 'shares' AND shared = held AND held > 1 AND num <> den THEN
    PERFORM cadastre.refuse('shares-not-one', 'The shares of a right do not sum to one',
                            jsonb_build_object('sum', num || '/' || den));
  ELSIF NOT (how = 'sole' AND held = 1 AND shared = 0 OR how = 'joint' AND held > 1 AND shared = 0
             OR how = 'shares' AND held > 1 AND shared = held) THEN
    PERFORM cadastre.refuse('holding-not-fit', 'The holders do not fit the way they hold',
                            jsonb_build_object('mode', how, 'holders', held, 'shares', shared));
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t20_holding AFTER INSERT ON registry.holding DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_holding();
CREATE CONSTRAINT TRIGGER t20_holding AFTER INSERT ON registry.holding_party DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_holding();
"""

RIGHTS = """
CREATE SEQUENCE registry.ba_unit_no;
CREATE TABLE registry.ba_unit (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  code      text NOT NULL DEFAULT 'DV-' || lpad(nextval('registry.ba_unit_no')::text, 8, '0'),
  record_id bigint NOT NULL REFERENCES cadastre.record,
  CONSTRAINT pk_ba_unit PRIMARY KEY (id),
  CONSTRAINT uq_ba_unit_code UNIQUE (code)
);
COMMENT ON TABLE registry.ba_unit IS 'Đơn vị đăng ký (LA_BAUnit): what one right bears on, one parcel or several';

CREATE TABLE registry.ba_unit_parcel (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  ba_unit_id       bigint NOT NULL REFERENCES registry.ba_unit,
  unit_id          bigint NOT NULL REFERENCES cadastre.parcel_unit,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  repeats_id       bigint,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  CONSTRAINT pk_ba_unit_parcel PRIMARY KEY (id),
  CONSTRAINT ex_ba_unit_parcel_once EXCLUDE USING gist
    (ba_unit_id WITH =, unit_id WITH =, valid WITH &&, recorded WITH &&)
);
CREATE INDEX ix_ba_unit_parcel_unit_id ON registry.ba_unit_parcel (unit_id);
COMMENT ON TABLE registry.ba_unit_parcel IS 'Thửa đất của đơn vị đăng ký: also parcels without a map';

CREATE SEQUENCE registry.rrr_no;
CREATE TABLE registry.rrr (
  id                bigint GENERATED ALWAYS AS IDENTITY,
  code              text NOT NULL DEFAULT 'QSD-' || lpad(nextval('registry.rrr_no')::text, 8, '0'),
  kind              text NOT NULL REFERENCES registry.rrr_kind,
  ba_unit_id        bigint NOT NULL REFERENCES registry.ba_unit,
  served_ba_unit_id bigint REFERENCES registry.ba_unit,
  record_id         bigint NOT NULL REFERENCES cadastre.record,
  registered_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_rrr PRIMARY KEY (id),
  CONSTRAINT uq_rrr_code UNIQUE (code),
  CONSTRAINT ck_rrr_served CHECK ((kind = 'easement') = (served_ba_unit_id IS NOT NULL)
    AND served_ba_unit_id <> ba_unit_id)
);
CREATE INDEX ix_rrr_ba_unit_id ON registry.rrr (ba_unit_id);
CREATE INDEX ix_rrr_served_ba_unit_id ON registry.rrr (served_ba_unit_id) WHERE served_ba_unit_id IS NOT NULL;
COMMENT ON TABLE registry.rrr IS 'Quyền, hạn chế, nghĩa vụ (LA_RRR): the identity, never deleted';
COMMENT ON COLUMN registry.rrr.served_ba_unit_id IS 'The land an easement serves';
COMMENT ON COLUMN registry.rrr.registered_at IS 'Its minute decides the rank of mortgages';

CREATE TABLE registry.rrr_version (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  rrr_id           bigint NOT NULL REFERENCES registry.rrr,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  repeats_id       bigint,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  holding_id       bigint NOT NULL REFERENCES registry.holding,
  origin_code      text REFERENCES cadastre.land_origin,
  form             text,
  term_until       date,
  purpose          text,
  amount_vnd       bigint,
  CONSTRAINT pk_rrr_version PRIMARY KEY (id),
  CONSTRAINT ex_rrr_version_two_times EXCLUDE USING gist (rrr_id WITH =, valid WITH &&, recorded WITH &&),
  CONSTRAINT ck_rrr_version_form CHECK (form IN ('private', 'common')),
  CONSTRAINT ck_rrr_version_amount CHECK (amount_vnd > 0)
);
CREATE INDEX ix_rrr_version_holding_id ON registry.rrr_version (holding_id);
COMMENT ON TABLE registry.rrr_version IS 'Phiên bản quyền: one belief about a right in valid and recorded time';
COMMENT ON COLUMN registry.rrr_version.form IS 'Hình thức sử dụng: riêng or chung';
COMMENT ON COLUMN registry.rrr_version.term_until IS 'Thời hạn; none means lâu dài, or as long as what it secures';
COMMENT ON COLUMN registry.rrr_version.amount_vnd IS 'What a mortgage secures, in đồng, where it is told';

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ba_unit_parcel', 'rrr_version'] LOOP
    EXECUTE format('CREATE INDEX %I ON registry.%I (record_id)', 'ix_' || name || '_record_id', name);
    EXECUTE format('CREATE INDEX %I ON registry.%I (closed_record_id) WHERE closed_record_id IS NOT NULL',
                   'ix_' || name || '_closed_record_id', name);
    EXECUTE format('CREATE INDEX %I ON registry.%I (repeats_id) WHERE repeats_id IS NOT NULL',
                   'ix_' || name || '_repeats_id', name);
    EXECUTE format('ALTER TABLE registry.%I ADD CONSTRAINT %I CHECK (NOT isempty(valid) AND NOT isempty(recorded)
      AND lower(valid) IS NOT NULL AND lower(recorded) IS NOT NULL)', name, 'ck_' || name || '_times');
    EXECUTE format('ALTER TABLE registry.%I ADD CONSTRAINT %I CHECK (
      lower(valid) <= (lower(recorded) AT TIME ZONE ''Asia/Ho_Chi_Minh'')::date
      AND (upper_inf(valid) OR upper(valid) <= (lower(recorded) AT TIME ZONE ''Asia/Ho_Chi_Minh'')::date))',
      name, 'ck_' || name || '_not_future');
    EXECUTE format('CREATE TRIGGER t10_guard BEFORE INSERT OR UPDATE OR DELETE ON registry.%I
      FOR EACH ROW EXECUTE FUNCTION registry.guard_fact()', name);
    EXECUTE format('CREATE TRIGGER t05_no_truncate BEFORE TRUNCATE ON registry.%I
      EXECUTE FUNCTION cadastre.guard_truncate()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['ba_unit', 'rrr', 'holding', 'holding_party'] LOOP
    EXECUTE format('CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.%I
      FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()', name);
  END LOOP;
END $$;
"""

CHECKS = """
CREATE FUNCTION registry.check_ba_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wanted bigint := CASE WHEN TG_TABLE_NAME = 'ba_unit_parcel' THEN (to_jsonb(NEW) ->> 'ba_unit_id')::bigint
    ELSE (SELECT r.ba_unit_id FROM registry.rrr r WHERE r.id = (to_jsonb(NEW) ->> 'rrr_id')::bigint) END;
  bad    record;
BEGIN
  SELECT r.code INTO bad FROM registry.rrr r
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE wanted IN (r.ba_unit_id, r.served_ba_unit_id) AND NOT EXISTS (
     SELECT FROM registry.ba_unit_parcel p
      WHERE p.ba_unit_id = wanted AND upper_inf(p.recorded) AND upper_inf(p.valid)) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('right-without-land', 'A right that stands bears on land',
                            jsonb_build_object('right', bad.code));
  END IF;
  SELECT p.unit_id, jsonb_agg(r.code ORDER BY r.id) AS rights INTO bad
    FROM registry.ba_unit_parcel w
    JOIN registry.ba_unit_parcel p ON p.unit_id = w.unit_id AND upper_inf(p.recorded) AND upper_inf(p.valid)
    JOIN registry.rrr r ON r.ba_unit_id = p.ba_unit_id AND r.kind IN ('use', 'management')
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE w.ba_unit_id = wanted AND upper_inf(w.recorded) AND upper_inf(w.valid)
   GROUP BY p.unit_id HAVING count(*) > 1 AND NOT bool_or(EXISTS (
     SELECT FROM cadastre.record k WHERE k.id = v.record_id AND k.kind = 'import')) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('right-twice', 'One parcel is used under one right only',
                            jsonb_build_object('unit', bad.unit_id, 'rights', bad.rights));
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t20_land AFTER INSERT OR UPDATE ON registry.ba_unit_parcel DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_ba_unit();
CREATE CONSTRAINT TRIGGER t20_land AFTER INSERT ON registry.rrr_version DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_ba_unit();

CREATE FUNCTION registry.check_party_use() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM registry.party_version v
                  WHERE v.party_id = NEW.party_id AND upper_inf(v.recorded) AND upper_inf(v.valid))
     AND (EXISTS (SELECT FROM registry.holding_party h JOIN registry.rrr_version v ON v.holding_id = h.holding_id
                   WHERE h.party_id = NEW.party_id AND upper_inf(v.recorded))
       OR EXISTS (SELECT FROM registry.party_member m WHERE m.member_id = NEW.party_id AND upper_inf(m.recorded))) THEN
    PERFORM cadastre.refuse('party-in-use', 'A party that something names stays', jsonb_build_object(
      'party', (SELECT p.code FROM registry.party p WHERE p.id = NEW.party_id)));
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t20_used AFTER UPDATE ON registry.party_version DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_party_use();

CREATE OR REPLACE FUNCTION registry.defer_checks() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SET CONSTRAINTS registry.t20_holding, registry.t20_land, registry.t20_used DEFERRED;
END $$;

CREATE FUNCTION registry.refuse_orphans() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  later bigint[] := (
    SELECT array_agg(DISTINCT b.record_id) FROM registry.ba_unit_parcel b
      JOIN cadastre.parcel_unit u ON u.id = b.unit_id AND u.record_id = NEW.annuls_id
     WHERE upper_inf(b.recorded) AND b.unit_id IN (
       SELECT v.unit_id FROM cadastre.parcel_version v WHERE v.record_id = NEW.annuls_id));
BEGIN
  IF later IS NOT NULL THEN
    PERFORM registry.refuse_superseded(NEW.annuls_id, later);
  END IF;
  RETURN NULL;
END $$;
-- After t50_registry: land that an annulment takes away must bear nothing that others registered.
CREATE TRIGGER t51_orphans AFTER INSERT ON cadastre.record FOR EACH ROW WHEN (NEW.annuls_id IS NOT NULL)
  EXECUTE FUNCTION registry.refuse_orphans();
"""

CARRY = """
CREATE FUNCTION registry.signature(version bigint) RETURNS text LANGUAGE sql STABLE AS $$
  -- What makes two rights one and the same: what it is, how it is held and by whom. Purpose, term and form of payment
  -- may differ between parcels that merge (Luật Đất đai Điều 220, NQ 254/2025 Điều 11).
  SELECT r.kind || '|' || h.mode || '|' || (
           SELECT string_agg(p.party_id || ':' || coalesce(p.num || '/' || p.den, ''), ',' ORDER BY p.party_id)
             FROM registry.holding_party p WHERE p.holding_id = h.id)
    FROM registry.rrr_version v JOIN registry.rrr r ON r.id = v.rrr_id JOIN registry.holding h ON h.id = v.holding_id
   WHERE v.id = version
$$;

CREATE FUNCTION registry.standing(units bigint[])
RETURNS TABLE (unit_id bigint, ba_unit_id bigint, rrr_id bigint, version_id bigint, kind text, class text)
LANGUAGE sql STABLE AS $$
  SELECT p.unit_id, p.ba_unit_id, r.id, v.id, r.kind, k.class
    FROM registry.ba_unit_parcel p
    JOIN registry.rrr r ON r.ba_unit_id = p.ba_unit_id
    JOIN registry.rrr_kind k ON k.code = r.kind
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE p.unit_id = ANY (units) AND upper_inf(p.recorded) AND upper_inf(p.valid)
$$;
COMMENT ON FUNCTION registry.standing(bigint[]) IS 'What bears on units now: believed now and valid on';

CREATE FUNCTION registry.same_right(units bigint[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  -- Null where nothing is registered on one of them: then nobody can tell.
  SELECT CASE WHEN count(t.held) < count(*) OR count(*) = 0 THEN NULL ELSE count(DISTINCT t.held) = 1 END
    FROM (SELECT u, (SELECT string_agg(registry.signature(s.version_id), ';' ORDER BY registry.signature(s.version_id))
                       FROM registry.standing(ARRAY[u]) s WHERE s.class = 'right') AS held
            FROM unnest(units) u) t
$$;
COMMENT ON FUNCTION registry.same_right(bigint[]) IS
  'Whether units are held under one and the same right; null where that cannot be told';

CREATE FUNCTION registry.carry(links jsonb, gone bigint[], why bigint, since date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  held registry.ba_unit_parcel[] := ARRAY(
    SELECT p FROM registry.ba_unit_parcel p
     WHERE p.unit_id = ANY (gone) AND upper_inf(p.recorded) AND upper_inf(p.valid) ORDER BY p.id);
  kin  bigint[];
BEGIN
  IF cardinality(held) = 0 THEN
    RETURN 0;
  END IF;
  PERFORM registry.defer_checks();  -- the commit of a draft has asked for all proofs at once
  PERFORM registry.end_facts('registry.ba_unit_parcel', ARRAY(SELECT h.id FROM unnest(held) h), why, since);
  INSERT INTO registry.ba_unit_parcel (ba_unit_id, unit_id, record_id, valid)
  SELECT DISTINCT h.ba_unit_id, l.child, why, daterange(since, NULL)
    FROM unnest(held) h JOIN jsonb_to_recordset(links) l(parent bigint, child bigint) ON l.parent = h.unit_id;
  kin := ARRAY(SELECT DISTINCT l.child FROM jsonb_to_recordset(links) l(parent bigint, child bigint));
  PERFORM registry.unite(kin, why, since);
  -- Land that ended without a successor takes along what bore on it alone.
  PERFORM registry.end_facts('registry.rrr_version', ARRAY(
    SELECT v.id FROM registry.rrr r
      JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
     WHERE EXISTS (SELECT FROM unnest(held) h WHERE h.ba_unit_id IN (r.ba_unit_id, r.served_ba_unit_id)
        AND NOT EXISTS (SELECT FROM registry.ba_unit_parcel p WHERE p.ba_unit_id = h.ba_unit_id
                           AND upper_inf(p.recorded) AND upper_inf(p.valid)))), why, since);
  RETURN cardinality(held);
END $$;
COMMENT ON FUNCTION registry.carry(jsonb, bigint[], bigint, date) IS
  'Carry what bears on units that end to those that come of them, under the record that ends them';

CREATE FUNCTION registry.unite(units bigint[], why bigint, since date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  twice record;
  other record;
BEGIN
  -- Of two rights that are one and the same, that on the larger unit stays, else the older one.
  FOR twice IN
    SELECT s.unit_id, registry.signature(s.version_id) AS held,
           array_agg(s.version_id ORDER BY n.land DESC, s.rrr_id) AS versions,
           array_agg(s.ba_unit_id ORDER BY n.land DESC, s.rrr_id) AS wholes
      FROM registry.standing(units) s
     CROSS JOIN LATERAL (SELECT count(*) AS land FROM registry.ba_unit_parcel p
        WHERE p.ba_unit_id = s.ba_unit_id AND upper_inf(p.recorded) AND upper_inf(p.valid)) n
     WHERE s.class = 'right' GROUP BY 1, 2 HAVING count(*) > 1
  LOOP
    FOR other IN
      SELECT x.version, x.whole, (SELECT count(*) FROM registry.ba_unit_parcel p WHERE p.ba_unit_id = x.whole
                AND upper_inf(p.recorded) AND upper_inf(p.valid)) AS land,
             EXISTS (SELECT FROM registry.rrr r JOIN registry.rrr_kind k ON k.code = r.kind AND k.class <> 'right'
                       JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
                      WHERE x.whole IN (r.ba_unit_id, r.served_ba_unit_id)) AS burdened
        FROM unnest(twice.versions[2:], twice.wholes[2:]) x(version, whole)
    LOOP
      IF other.land = 1 THEN
        PERFORM registry.end_facts('registry.rrr_version', ARRAY[other.version], why, since);
      END IF;
      IF NOT other.burdened THEN
        DELETE FROM registry.ba_unit_parcel p WHERE p.ba_unit_id = other.whole AND p.unit_id = twice.unit_id
           AND lower(p.recorded) = cadastre.recorded_now() AND upper_inf(p.valid);
      ELSIF other.land > 1 THEN
        PERFORM cadastre.refuse('rights-not-one', 'Two rights with other land and burdens cannot become one',
                                jsonb_build_object('unit', twice.unit_id));
      END IF;
    END LOOP;
  END LOOP;
END $$;
"""

POLICIES = """
CREATE FUNCTION registry.require_ba_area(whole bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM cadastre.require_unit_area(p.unit_id) FROM registry.ba_unit_parcel p
    WHERE p.ba_unit_id = whole AND upper_inf(p.recorded) AND upper_inf(p.valid);
  RETURN true;
END $$;
COMMENT ON FUNCTION registry.require_ba_area(bigint) IS
  'As cadastre.require_area, for all the land of a unit of rights';

DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('ba_unit_parcel', 'cadastre.require_unit_area(unit_id)'),
    ('rrr', 'registry.require_ba_area(ba_unit_id)'),
    ('rrr_version', 'registry.require_ba_area((SELECT r.ba_unit_id FROM registry.rrr r WHERE r.id = rrr_id))'))
    x(name, condition)
  LOOP
    EXECUTE format('ALTER TABLE registry.%I ENABLE ROW LEVEL SECURITY', t.name);
    EXECUTE format('CREATE POLICY read_everywhere ON registry.%I FOR SELECT USING (true)', t.name);
    EXECUTE format('CREATE POLICY add_in_the_area ON registry.%I FOR INSERT TO landsvc_editor WITH CHECK (%s)',
                   t.name, t.condition);
    EXECUTE format('CREATE POLICY change_in_the_area ON registry.%I FOR UPDATE TO landsvc_editor USING (true)
                    WITH CHECK (%s)', t.name, t.condition);
    EXECUTE format('CREATE POLICY take_back_in_the_area ON registry.%I FOR DELETE TO landsvc_editor USING (%s)',
                   t.name, t.condition);
  END LOOP;
END $$;
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.guard_holding_party(), registry.check_holding(), registry.check_ba_unit(),
  registry.check_party_use(), registry.refuse_orphans(), registry.signature(bigint), registry.standing(bigint[]),
  registry.same_right(bigint[]), registry.carry(jsonb, bigint[], bigint, date), registry.unite(bigint[], bigint, date),
  registry.require_ba_area(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.guard_holding_party(), registry.signature(bigint), registry.standing(bigint[]),
  registry.same_right(bigint[]), registry.carry(jsonb, bigint[], bigint, date), registry.unite(bigint[], bigint, date),
  registry.require_ba_area(bigint) TO landsvc_editor;
GRANT SELECT ON registry.rrr_kind, registry.holding, registry.holding_party, registry.ba_unit, registry.rrr,
  registry.ba_unit_parcel, registry.rrr_version TO landsvc_editor, landsvc_import;
GRANT INSERT (mode) ON registry.holding TO landsvc_editor;
GRANT INSERT ON registry.holding_party, registry.ba_unit, registry.rrr TO landsvc_editor;
GRANT INSERT, UPDATE (recorded, closed_record_id) ON registry.ba_unit_parcel, registry.rrr_version
  TO landsvc_editor, landsvc_import;
GRANT DELETE ON registry.ba_unit_parcel, registry.rrr_version TO landsvc_editor;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (KINDS, HOLDINGS, RIGHTS, CHECKS, CARRY, POLICIES, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(
        """
        CREATE OR REPLACE FUNCTION registry.defer_checks() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  NULL;  -- nothing is checked at the end of a transaction yet
END $$;
        DROP TRIGGER t51_orphans ON cadastre.record;
        DROP TRIGGER t20_used ON registry.party_version;
        DROP TABLE registry.rrr_version, registry.rrr, registry.ba_unit_parcel, registry.ba_unit,
          registry.holding_party, registry.holding, registry.rrr_kind;
        DROP SEQUENCE registry.rrr_no, registry.ba_unit_no;
        DROP FUNCTION registry.refuse_orphans(), registry.check_party_use(), registry.check_ba_unit(),
          registry.check_holding(), registry.guard_holding_party(), registry.require_ba_area(bigint),
          registry.carry(jsonb, bigint[], bigint, date), registry.unite(bigint[], bigint, date),
          registry.same_right(bigint[]), registry.standing(bigint[]), registry.signature(bigint);
        DELETE FROM registry.transaction_kind k WHERE k.code NOT IN ('TN', 'CL', 'HUY', 'TD', 'SN', 'SA', 'TH')
           AND NOT EXISTS (SELECT FROM registry.transaction t WHERE t.kind = k.code);
        """
    )
