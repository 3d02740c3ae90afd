-- Statements that take in registers of older systems, and of what waits for a person to match it.

-- name: legacy_begin
-- One register at a time: the tables its rows pass through are shared.
SELECT pg_advisory_xact_lock(hashtextextended('registry.legacy', 0));

-- name: legacy_count
-- Tell the planner how much is on its way.
SELECT registry.count_legacy();

-- name: legacy_origins
-- The codes of origins of use.
SELECT o.code FROM cadastre.land_origin o;

-- name: legacy_record
-- The record of an import; gives its id and code.
-- params: title, reason, made_by
INSERT INTO cadastre.record (kind, title, reason, made_by)
VALUES ('import', CAST(:title AS text), CAST(:reason AS text), CAST(:made_by AS text)) RETURNING id, code;

-- name: legacy_prove_together
-- Prove the land of all rights of this record together, at the end.
-- params: record_id
SELECT registry.prove_together(CAST(:record_id AS bigint));

-- name: legacy_groups
-- Put the lines of each right together: the first says on what terms, a fault of one is a fault of all.
INSERT INTO registry.legacy_group (key, row_no, digest, reason, serial, book_no, issued_on, since, origin, form, term_until,
  purpose)
SELECT f.key, f.row_no, a.digest, a.fault, f.serial, f.book_no, f.issued_on, f.since, f.origin, f.form, f.term_until,
       f.purpose
  FROM (SELECT DISTINCT ON (l.key) l.* FROM registry.legacy_line l ORDER BY l.key, l.row_no) f
  JOIN (SELECT l.key, sha256(string_agg(l.digest, CAST('' AS bytea) ORDER BY l.digest)) AS digest, min(l.fault) AS fault
          FROM registry.legacy_line l GROUP BY l.key) a ON a.key = f.key;

-- name: legacy_before
-- Mark what an earlier import of the same source took in, or a person put aside: `known` and `aside` as it was then,
-- `changed` where the register says something else now. What was undone since, and what waits, is tried again.
-- params: source          index: uq_legacy_right_source_key
UPDATE registry.legacy_group g SET before = CASE
    WHEN r.state = 'taken' AND NOT EXISTS (SELECT FROM registry.rrr t JOIN cadastre.record a ON a.annuls_id = t.record_id
                                            WHERE t.id = r.rrr_id)
      THEN CASE WHEN r.digest = g.digest THEN 'known' ELSE 'changed' END
    WHEN r.state = 'aside' AND r.digest = g.digest THEN 'aside' ELSE 'again' END
  FROM registry.legacy_right r WHERE r.source = CAST(:source AS text) AND r.key = g.key;

-- name: legacy_places
-- The parcels that rights name which are to be taken in.
INSERT INTO registry.legacy_place (key, code, commune, sheet, number, old_sheet, old_number, area_m2)
SELECT l.key, l.code, l.commune, l.sheet, l.number, l.old_sheet, l.old_number, max(l.area_m2)
  FROM registry.legacy_line l JOIN registry.legacy_group g ON g.key = l.key
 WHERE g.before IN ('new', 'again') AND g.reason IS NULL
 GROUP BY l.key, l.code, l.commune, l.sheet, l.number, l.old_sheet, l.old_number;

-- name: legacy_by_code
-- Find parcels by their code.
-- index: pk_parcel_code
UPDATE registry.legacy_place p SET unit_id = k.unit_id, hits = 1, how = 'code',
       standing = EXISTS (SELECT FROM cadastre.parcel c WHERE c.unit_id = k.unit_id)
  FROM cadastre.parcel_code k WHERE k.code = p.code;

-- name: legacy_by_number
-- Find parcels by sheet and number in every series of the commune, or by the numbers before these; a current parcel
-- comes before those that ended, and several current ones are told.
-- params: old          index: ix_parcel_number_number_sheet
UPDATE registry.legacy_place p SET unit_id = f.unit_id, hits = f.hits, standing = f.standing,
       how = CASE WHEN CAST(:old AS boolean) THEN 'old number' ELSE 'number' END
  FROM (SELECT n.id, (array_agg(n.unit_id ORDER BY n.standing DESC, n.unit_id))[1] AS unit_id,
               coalesce(nullif(count(*) FILTER (WHERE n.standing), 0), count(*)) AS hits, bool_or(n.standing) AS standing
          FROM (SELECT DISTINCT q.id, k.unit_id, c.unit_id IS NOT NULL AS standing
                  FROM registry.legacy_place q
                  JOIN cadastre.admin_unit u ON u.code = q.commune AND u.level = 'commune'
                  JOIN cadastre.map_series s ON s.admin_unit_id = u.id
                  JOIN cadastre.parcel_number k ON k.series_id = s.id AND k.annulled_record_id IS NULL
                   AND k.sheet = CASE WHEN CAST(:old AS boolean) THEN q.old_sheet ELSE q.sheet END
                   AND k.number = CASE WHEN CAST(:old AS boolean) THEN q.old_number ELSE q.number END
                  LEFT JOIN cadastre.parcel c ON c.unit_id = k.unit_id
                 WHERE q.unit_id IS NULL) n GROUP BY n.id) f
 WHERE f.id = p.id;

-- name: legacy_holders
-- Who holds what, each once.
INSERT INTO registry.legacy_holder (key, person, seq, num, den)
SELECT d.key, d.person, row_number() OVER (PARTITION BY d.key ORDER BY d.row_no), d.num, d.den
  FROM (SELECT l.key, l.person, l.num, l.den, min(l.row_no) AS row_no
          FROM registry.legacy_line l JOIN registry.legacy_group g ON g.key = l.key
         WHERE g.before IN ('new', 'again') AND g.reason IS NULL GROUP BY l.key, l.person, l.num, l.den) d;

-- name: legacy_mortgages
-- The mortgages told with rights, each once.
INSERT INTO registry.legacy_mortgage (key, person, mortgaged_at, amount_vnd, mortgage_no)
SELECT DISTINCT l.key, l.mortgagee, l.mortgaged_at, l.amount_vnd, l.mortgage_no
  FROM registry.legacy_line l JOIN registry.legacy_group g ON g.key = l.key
 WHERE g.before IN ('new', 'again') AND g.reason IS NULL AND l.mortgagee IS NOT NULL;

-- name: legacy_known_persons
-- Find persons by the digests of their numbers; whether the name is the same too is kept.
-- index: ix_party_document_number_index
UPDATE registry.legacy_person p SET party_id = f.party_id, code = f.code, same_name = f.same_name
  FROM (SELECT DISTINCT ON (q.person) q.person, d.party_id, y.code, v.folded = geo.vn_fold(q.name) AS same_name
          FROM registry.legacy_person q CROSS JOIN unnest(q.indexes) i
          JOIN registry.party_document d ON d.number_index = i AND d.kind = q.doc_kind AND upper_inf(d.recorded)
           AND upper_inf(d.valid)
          JOIN registry.party y ON y.id = d.party_id
          JOIN registry.party_version v ON v.party_id = d.party_id AND upper_inf(v.recorded) AND upper_inf(v.valid)
         ORDER BY q.person, d.id) f
 WHERE f.person = p.person;

-- name: legacy_reasons
-- Say why a right cannot be taken in by itself: parcels first, then who holds it and in which shares.
UPDATE registry.legacy_group g SET reason = b.reason
  FROM (SELECT w.key, coalesce(p.reason, h.reason) AS reason
          FROM registry.legacy_group w
          LEFT JOIN (SELECT q.key, CASE WHEN bool_or(q.unit_id IS NULL) THEN 'parcel-unknown'
                            WHEN bool_or(q.hits > 1) THEN 'parcel-ambiguous'
                            WHEN bool_or(NOT q.standing) THEN 'parcel-retired' END AS reason
                       FROM registry.legacy_place q GROUP BY q.key) p ON p.key = w.key
          LEFT JOIN (SELECT o.key, CASE WHEN bool_or(NOT y.same_name) THEN 'holder-of-another-name'
                            WHEN count(*) > count(DISTINCT coalesce('p' || y.party_id, CAST(o.person AS text)))
                              THEN 'holder-twice'
                            WHEN count(o.num) = 0 THEN NULL
                            WHEN count(o.num) < count(*) THEN 'shares-incomplete'
                            WHEN count(*) = 1 OR NOT registry.shares_are_one(array_agg(o.num), array_agg(o.den))
                              THEN 'shares-not-one' END AS reason
                       FROM registry.legacy_holder o JOIN registry.legacy_person y ON y.person = o.person
                      GROUP BY o.key) h ON h.key = w.key
         WHERE w.reason IS NULL AND w.before IN ('new', 'again')) b
 WHERE b.key = g.key AND b.reason IS NOT NULL;

-- name: legacy_twice
-- Of a parcel that bears a right of use already, or bore one after the day from which the register tells this one, or
-- that two rights of the register name, a person decides.
-- params: today          index: ix_ba_unit_parcel_unit_id
UPDATE registry.legacy_group g SET reason = 'right-twice'
  FROM (SELECT p.key, count(*) OVER (PARTITION BY p.unit_id) > 1 OR EXISTS (
                 SELECT FROM registry.ba_unit_parcel b JOIN registry.rrr r ON r.ba_unit_id = b.ba_unit_id
                    AND r.kind IN ('use', 'management')
                   JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded)
                  WHERE b.unit_id = p.unit_id AND upper_inf(b.recorded)
                    AND NOT isempty(b.valid * v.valid * daterange(p.since, NULL))) AS twice
          FROM (SELECT DISTINCT q.key, q.unit_id, coalesce(w.since, CAST(:today AS date)) AS since
                  FROM registry.legacy_place q
                  JOIN registry.legacy_group w ON w.key = q.key AND w.reason IS NULL) p) t
 WHERE t.key = g.key AND t.twice AND g.reason IS NULL AND g.before IN ('new', 'again');

-- name: legacy_early
-- A piece is land of its own from the day it was cut: what the register tells from an earlier day waits for a person.
-- params: today          index: ix_lineage_child_id
UPDATE registry.legacy_group g SET reason = 'right-before-land'
  FROM (SELECT w.key, least(w.since, CAST(min(m.mortgaged_at) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)) AS since
          FROM registry.legacy_group w LEFT JOIN registry.legacy_mortgage m ON m.key = w.key
         WHERE w.reason IS NULL AND w.before IN ('new', 'again') GROUP BY w.key) d
  JOIN registry.legacy_place q ON q.key = d.key
  JOIN cadastre.lineage l ON l.child_id = q.unit_id AND l.kind IN ('split', 'merge') AND upper_inf(l.recorded)
 WHERE d.key = g.key AND coalesce(d.since, CAST(:today AS date)) < (
   SELECT min(lower(v.valid)) FROM cadastre.parcel_version v WHERE v.unit_id = q.unit_id AND upper_inf(v.recorded));

-- name: legacy_used_persons
-- Mark who is of a right that is taken in or waits for its parcel, and name those who are not registered yet.
UPDATE registry.legacy_person p SET used = true, fresh = p.party_id IS NULL,
       party_id = coalesce(p.party_id, nextval('registry.party_id_seq')),
       code = coalesce(p.code, 'NSD-' || lpad(CAST(nextval('registry.party_no') AS text), 8, '0'))
 WHERE EXISTS (SELECT FROM registry.legacy_holder h WHERE h.person = p.person)
    OR EXISTS (SELECT FROM registry.legacy_mortgage m WHERE m.person = p.person);

-- name: legacy_add_parties
-- Register who is new.
-- params: record_id
INSERT INTO registry.party (id, code, kind, record_id) OVERRIDING SYSTEM VALUE
SELECT p.party_id, p.code, p.kind, CAST(:record_id AS bigint) FROM registry.legacy_person p WHERE p.fresh;

-- name: legacy_add_names
-- Say what is known of them.
-- params: record_id, today
INSERT INTO registry.party_version (party_id, record_id, valid, name, born_on, born_year, sex, address)
SELECT p.party_id, CAST(:record_id AS bigint), daterange(CAST(:today AS date), NULL), p.name, p.born_on, p.born_year,
       p.sex, p.address FROM registry.legacy_person p WHERE p.fresh;

-- name: legacy_numbers
-- The sealed numbers of who is new, in pages.
-- params: after, page          index: ix_legacy_person_party_id
SELECT p.party_id, p.code, p.doc_kind, p.person, p.sealed FROM registry.legacy_person p
 WHERE p.fresh AND p.sealed IS NOT NULL AND p.party_id > CAST(:after AS bigint) ORDER BY p.party_id
 LIMIT CAST(:page AS integer);

-- name: legacy_take
-- Choose the rights that are taken in, with the ids of what is written for each.
UPDATE registry.legacy_group g SET mode = h.mode, holding_id = nextval('registry.holding_id_seq'),
       ba_unit_id = nextval('registry.ba_unit_id_seq'), rrr_id = nextval('registry.rrr_id_seq')
  FROM (SELECT o.key, CASE WHEN count(*) = 1 THEN 'sole' WHEN count(o.num) > 0 THEN 'shares' ELSE 'joint' END AS mode
          FROM registry.legacy_holder o GROUP BY o.key) h
 WHERE h.key = g.key AND g.reason IS NULL AND g.before IN ('new', 'again');

-- name: legacy_take_mortgages
-- The ids of what is written for their mortgages.
UPDATE registry.legacy_mortgage m SET holding_id = nextval('registry.holding_id_seq'), rrr_id = nextval('registry.rrr_id_seq')
  FROM registry.legacy_group g WHERE g.key = m.key AND g.rrr_id IS NOT NULL;

-- name: legacy_add_holdings
-- Say how rights and mortgages are held.
INSERT INTO registry.holding (id, mode) OVERRIDING SYSTEM VALUE
SELECT g.holding_id, g.mode FROM registry.legacy_group g WHERE g.rrr_id IS NOT NULL
 UNION ALL SELECT m.holding_id, 'sole' FROM registry.legacy_mortgage m WHERE m.rrr_id IS NOT NULL;

-- name: legacy_add_holders
-- Say who holds, with exact shares.
INSERT INTO registry.holding_party (holding_id, party_id, seq, num, den)
SELECT g.holding_id, p.party_id, h.seq, h.num, h.den
  FROM registry.legacy_group g JOIN registry.legacy_holder h ON h.key = g.key
  JOIN registry.legacy_person p ON p.person = h.person WHERE g.rrr_id IS NOT NULL
 UNION ALL
SELECT m.holding_id, p.party_id, 1, NULL, NULL
  FROM registry.legacy_mortgage m JOIN registry.legacy_person p ON p.person = m.person WHERE m.rrr_id IS NOT NULL;

-- name: legacy_add_wholes
-- Make the units of rights.
-- params: record_id
INSERT INTO registry.ba_unit (id, record_id) OVERRIDING SYSTEM VALUE
SELECT g.ba_unit_id, CAST(:record_id AS bigint) FROM registry.legacy_group g WHERE g.rrr_id IS NOT NULL;

-- name: legacy_add_rights
-- Store rights and mortgages; an older register's minute ranks the mortgages.
-- params: record_id
INSERT INTO registry.rrr (id, kind, ba_unit_id, record_id, registered_at) OVERRIDING SYSTEM VALUE
SELECT g.rrr_id, 'use', g.ba_unit_id, CAST(:record_id AS bigint), coalesce(CAST(g.since AS timestamptz), now())
  FROM registry.legacy_group g WHERE g.rrr_id IS NOT NULL
 UNION ALL
SELECT m.rrr_id, 'mortgage', g.ba_unit_id, CAST(:record_id AS bigint), coalesce(m.mortgaged_at, now())
  FROM registry.legacy_mortgage m JOIN registry.legacy_group g ON g.key = m.key WHERE m.rrr_id IS NOT NULL;

-- name: legacy_add_land
-- Say on which parcels they bear, from the day the right began, or the first mortgage on it where that is told as older.
-- params: record_id, today
INSERT INTO registry.ba_unit_parcel (ba_unit_id, unit_id, record_id, valid)
SELECT DISTINCT g.ba_unit_id, p.unit_id, CAST(:record_id AS bigint),
       daterange(least(coalesce(g.since, CAST(:today AS date)), m.since), NULL)
  FROM registry.legacy_group g JOIN registry.legacy_place p ON p.key = g.key
  LEFT JOIN (SELECT x.key, min(CAST(x.mortgaged_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)) AS since
               FROM registry.legacy_mortgage x GROUP BY x.key) m ON m.key = g.key
 WHERE g.rrr_id IS NOT NULL;

-- name: legacy_add_terms
-- Say on what terms they stand.
-- params: record_id, today
INSERT INTO registry.rrr_version (rrr_id, record_id, valid, holding_id, origin_code, form, term_until, purpose, amount_vnd)
SELECT g.rrr_id, CAST(:record_id AS bigint), daterange(coalesce(g.since, CAST(:today AS date)), NULL), g.holding_id, g.origin,
       g.form, g.term_until, g.purpose, NULL FROM registry.legacy_group g WHERE g.rrr_id IS NOT NULL
 UNION ALL
SELECT m.rrr_id, CAST(:record_id AS bigint),
       daterange(coalesce(CAST(m.mortgaged_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date), CAST(:today AS date)), NULL),
       m.holding_id, NULL, NULL, NULL, m.mortgage_no, m.amount_vnd
  FROM registry.legacy_mortgage m WHERE m.rrr_id IS NOT NULL;

-- name: legacy_keep
-- Keep what was read of each right: what was taken in by its right, what waits with all that was read.
-- params: source, record_id          index: uq_legacy_right_source_key
INSERT INTO registry.legacy_right AS k (source, key, digest, state, reason, row_no, serial, book_no, issued_on, rrr_id, facts,
  record_id)
SELECT CAST(:source AS text), g.key, g.digest, CASE WHEN g.rrr_id IS NULL THEN 'waiting' ELSE 'taken' END, g.reason, g.row_no,
       g.serial, g.book_no, g.issued_on, g.rrr_id,
       CASE WHEN g.rrr_id IS NULL THEN jsonb_build_object(
         'since', g.since, 'origin', g.origin, 'form', g.form, 'termUntil', g.term_until, 'purpose', g.purpose,
         'places', coalesce((SELECT jsonb_agg(jsonb_build_object('code', p.code, 'commune', p.commune, 'sheet', p.sheet,
             'number', p.number, 'oldSheet', p.old_sheet, 'oldNumber', p.old_number, 'areaM2', p.area_m2,
             'unit', CASE WHEN p.hits = 1 THEN p.unit_id END) ORDER BY p.id)
           FROM registry.legacy_place p WHERE p.key = g.key), '[]'),
         'holders', coalesce((SELECT jsonb_agg(jsonb_build_object('party', y.code, 'name', y.name, 'num', h.num, 'den', h.den)
             ORDER BY h.seq)
           FROM registry.legacy_holder h JOIN registry.legacy_person y ON y.person = h.person WHERE h.key = g.key), '[]'),
         'mortgages', coalesce((SELECT jsonb_agg(jsonb_build_object('party', y.code, 'name', y.name, 'at', m.mortgaged_at,
             'amountVnd', m.amount_vnd, 'number', m.mortgage_no))
           FROM registry.legacy_mortgage m JOIN registry.legacy_person y ON y.person = m.person WHERE m.key = g.key), '[]'))
       END, CAST(:record_id AS bigint)
  FROM registry.legacy_group g WHERE g.before IN ('new', 'again')
ON CONFLICT (source, key) DO UPDATE SET digest = excluded.digest, state = excluded.state, reason = excluded.reason,
  row_no = excluded.row_no, serial = excluded.serial, book_no = excluded.book_no, issued_on = excluded.issued_on,
  rrr_id = excluded.rrr_id, facts = excluded.facts, record_id = excluded.record_id, decided_record_id = NULL,
  serial_reason = NULL;

-- name: legacy_find_serials
-- Take the serial number of each right that stands and has no certificate, with why it cannot be entered; also of those
-- that earlier imports left. One that an undone import entered may be entered once more, if the paper is the same.
-- params: source          index: uq_legacy_right_source_key
INSERT INTO registry.legacy_serial (id, rrr_id, row_no, serial, book_no, issued_on, form, certificate_id, reason)
SELECT n.id, n.rrr_id, n.row_no, n.serial, n.book_no, n.issued_on, f.code, c.id, CASE
         WHEN n.serial !~ '^[A-ZĐ]{1,2} [0-9]{6}([0-9]{2})?$' THEN 'serial-malformed'
         WHEN n.issued_on IS NULL THEN 'serial-without-day'
         WHEN f.code IS NULL THEN 'serial-of-no-form'
         WHEN c.id IS NOT NULL AND (c.origin <> 'entered' OR c.form <> f.code OR c.issued_on <> n.issued_on
             OR c.book_no IS DISTINCT FROM n.book_no OR EXISTS (
               SELECT FROM registry.certificate_version v WHERE v.certificate_id = c.id AND upper_inf(v.recorded)))
           THEN 'serial-known'
         WHEN count(*) OVER (PARTITION BY n.serial) > 1 THEN 'serial-twice' END
  FROM (SELECT r.id, r.rrr_id, r.row_no, r.book_no, r.issued_on,
               regexp_replace(r.serial, '^([A-ZĐ]{1,2}) ?([0-9]+)$', '\1 \2') AS serial
          FROM registry.legacy_right r
         WHERE r.source = CAST(:source AS text) AND r.state = 'taken' AND r.serial IS NOT NULL
           AND EXISTS (SELECT FROM registry.rrr_version s
                        WHERE s.rrr_id = r.rrr_id AND upper_inf(s.recorded) AND upper_inf(s.valid))
           AND NOT EXISTS (SELECT FROM registry.certificate_version v
                            WHERE v.rrr_id = r.rrr_id AND upper_inf(v.recorded))) n
  LEFT JOIN registry.certificate_form f ON n.serial ~ f.serial_pattern
   AND n.issued_on BETWEEN coalesce(f.issued_from, '-infinity') AND coalesce(f.issued_until, 'infinity')
  LEFT JOIN registry.certificate c ON c.serial = n.serial;

-- name: legacy_tell_serials
-- Keep with each right why its certificate is not entered.
-- index: pk_legacy_right
UPDATE registry.legacy_right w SET serial = s.serial, serial_reason = s.reason FROM registry.legacy_serial s
 WHERE s.id = w.id AND (s.serial, s.reason) IS DISTINCT FROM (w.serial, w.serial_reason);

-- name: legacy_add_certificates
-- Enter the papers that are not known yet. A register does not say who issued them.
-- params: source, record_id
INSERT INTO registry.certificate (serial, form, book_no, issued_on, authority, origin, made_by, record_id)
SELECT s.serial, s.form, s.book_no, s.issued_on, 'Chưa rõ (nhập từ sổ ' || CAST(:source AS text) || ')', 'entered', 'operator',
       CAST(:record_id AS bigint)
  FROM registry.legacy_serial s WHERE s.reason IS NULL AND s.certificate_id IS NULL;

-- name: legacy_say_certificates
-- Say of which right each is: in force from the day it was issued.
-- params: record_id          index: uq_certificate_serial
INSERT INTO registry.certificate_version (certificate_id, record_id, valid, state, rrr_id)
SELECT c.id, CAST(:record_id AS bigint), daterange(s.issued_on, NULL), 'active', s.rrr_id
  FROM registry.legacy_serial s JOIN registry.certificate c ON c.serial = s.serial WHERE s.reason IS NULL;

-- name: legacy_serials
-- Of serial numbers that were not entered: how many for which reason, and the first rows of each.
-- params: most
SELECT s.reason, count(*), (array_agg(s.row_no ORDER BY s.row_no))[1:CAST(:most AS integer)]
  FROM registry.legacy_serial s WHERE s.reason IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: legacy_counts
-- What became of the rights of a register, and of how many rows.
SELECT CASE WHEN g.before IN ('known', 'changed', 'aside') THEN g.before WHEN g.reason IS NULL THEN 'taken' ELSE g.reason END,
       count(*), sum((SELECT count(*) FROM registry.legacy_line l WHERE l.key = g.key))
  FROM registry.legacy_group g GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: legacy_matched
-- How the parcels of rights that were taken in were found.
SELECT p.how, count(*) FROM registry.legacy_place p JOIN registry.legacy_group g ON g.key = p.key
 WHERE g.rrr_id IS NOT NULL GROUP BY 1 ORDER BY 1;

-- name: legacy_totals
-- How many persons, mortgages and certificates came, and of how many parcels the area is another one by a tenth.
SELECT (SELECT count(*) FROM registry.legacy_person p WHERE p.fresh), (SELECT count(*) FROM registry.legacy_person p WHERE p.used),
       (SELECT count(*) FROM registry.legacy_mortgage m WHERE m.rrr_id IS NOT NULL),
       (SELECT count(*) FROM registry.legacy_serial s WHERE s.reason IS NULL),
       (SELECT count(*) FROM registry.legacy_place p JOIN registry.legacy_group g ON g.key = p.key AND g.rrr_id IS NOT NULL
          JOIN cadastre.parcel c ON c.unit_id = p.unit_id WHERE abs(c.legal_area_m2 - p.area_m2) > 0.1 * c.legal_area_m2);

-- name: legacy_unmatched
-- The rows that were not taken in, with the reason, in pages.
-- params: after, page          index: pk_legacy_line
SELECT l.row_no, coalesce(g.reason, g.before), g.key, l.code, l.commune, l.sheet, l.number, l.old_sheet, l.old_number
  FROM registry.legacy_line l JOIN registry.legacy_group g ON g.key = l.key
 WHERE (g.before = 'changed' OR g.before IN ('new', 'again') AND g.reason IS NOT NULL)
   AND l.row_no > CAST(:after AS integer) ORDER BY l.row_no LIMIT CAST(:page AS integer);

-- name: legacy_clear
-- Empty the tables rows pass through.
WITH a AS (DELETE FROM registry.legacy_line), b AS (DELETE FROM registry.legacy_person),
     c AS (DELETE FROM registry.legacy_group), d AS (DELETE FROM registry.legacy_place),
     e AS (DELETE FROM registry.legacy_holder), f AS (DELETE FROM registry.legacy_serial)
DELETE FROM registry.legacy_mortgage;

-- name: legacy_settle
-- Tell the planner what came, and give back the room of rows that passed through. For the owner, after the commit.
VACUUM (ANALYZE) registry.party, registry.party_version, registry.party_document, registry.holding, registry.holding_party,
  registry.ba_unit, registry.ba_unit_parcel, registry.rrr, registry.rrr_version, registry.legacy_right, registry.legacy_line,
  registry.legacy_person, registry.legacy_group, registry.legacy_place, registry.legacy_holder, registry.legacy_mortgage,
  registry.legacy_serial, registry.certificate, registry.certificate_version;

-- part: waiting_right
SELECT w.id, w.source, w.key, w.state, w.reason, w.row_no, w.serial, w.serial_reason, w.book_no, w.issued_on, w.facts, r.code, t.code, d.code,
       d.reason, d.made_by
  FROM registry.legacy_right w JOIN cadastre.record r ON r.id = w.record_id
  LEFT JOIN registry.rrr t ON t.id = w.rrr_id LEFT JOIN cadastre.record d ON d.id = w.decided_record_id

-- name: waiting_rights
-- Rights that wait for a person, or were put aside, by reason, in pages.
-- params: state, reason, after, page          index: ix_legacy_right_waiting
{waiting_right}
 WHERE w.state = CAST(:state AS text) AND (CAST(:reason AS text) IS NULL OR w.reason = CAST(:reason AS text))
   AND w.id > CAST(:after AS bigint)
 ORDER BY w.id LIMIT CAST(:page AS integer) + 1;

-- name: waiting_right
-- One of them, or what became of it.
-- params: id          index: pk_legacy_right
{waiting_right}
 WHERE w.id = CAST(:id AS bigint);

-- name: waiting_counts
-- How many wait for which reason.
-- index: ix_legacy_right_waiting
SELECT w.reason, count(*) FROM registry.legacy_right w WHERE w.state = 'waiting' GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: waiting_candidates
-- Parcels a register may mean: the same number on the same sheet of any commune, or of any sheet of the commune with
-- about the area, or what came of one that ended; current ones, the nearest in area first.
-- params: commune, sheet, number, area_m2, unit_id          index: ix_parcel_number_number_sheet
SELECT c.unit_id, coalesce(n.ref, n.code), n.code, c.legal_area_m2, c.commune_code, string_agg(DISTINCT f.why, ', ')
  FROM (SELECT k.unit_id, 'number' AS why FROM cadastre.parcel_number k
         WHERE k.number = CAST(:number AS text) AND k.sheet = CAST(:sheet AS text) AND k.annulled_record_id IS NULL
         UNION ALL
        SELECT p.unit_id, 'area' FROM cadastre.parcel_number k JOIN cadastre.parcel p ON p.unit_id = k.unit_id
         WHERE k.number = CAST(:number AS text) AND k.annulled_record_id IS NULL AND p.commune_code = CAST(:commune AS text)
           AND abs(p.legal_area_m2 - CAST(:area_m2 AS numeric)) <= 0.02 * p.legal_area_m2
         UNION ALL
        SELECT e.child_id, 'successor' FROM cadastre.lineage e
         WHERE e.parent_id = CAST(:unit_id AS bigint) AND upper_inf(e.recorded)) f
  JOIN cadastre.parcel c ON c.unit_id = f.unit_id AND c.kind = 'parcel'
  JOIN cadastre.unit_name n ON n.unit_id = c.unit_id
 GROUP BY c.unit_id, n.ref, n.code, c.legal_area_m2, c.commune_code
 ORDER BY (c.commune_code = CAST(:commune AS text)) DESC, abs(c.legal_area_m2 - CAST(:area_m2 AS numeric)) NULLS LAST, c.unit_id
 LIMIT 20;

-- name: waiting_by_holders
-- Current parcels that somebody of some names holds, in a commune: an old register may tell another number of them.
-- params: commune, names          index: ix_party_version_folded
SELECT DISTINCT c.unit_id, coalesce(n.ref, n.code), n.code, c.legal_area_m2, c.commune_code, 'name'
  FROM registry.party_version y
  JOIN registry.holding_party h ON h.party_id = y.party_id
  JOIN registry.rrr_version v ON v.holding_id = h.holding_id AND upper_inf(v.recorded) AND upper_inf(v.valid)
  JOIN registry.rrr r ON r.id = v.rrr_id
  JOIN registry.ba_unit_parcel b ON b.ba_unit_id = r.ba_unit_id AND upper_inf(b.recorded) AND upper_inf(b.valid)
  JOIN cadastre.parcel c ON c.unit_id = b.unit_id AND c.commune_code = CAST(:commune AS text)
  JOIN cadastre.unit_name n ON n.unit_id = c.unit_id
 WHERE y.folded = ANY (SELECT geo.vn_fold(x) FROM unnest(CAST(:names AS text[])) x) AND upper_inf(y.recorded)
 ORDER BY c.unit_id LIMIT 10;

-- name: waiting_close
-- Say what became of a right that waits: taken in by its right, or put aside; gives nothing where it does not wait.
-- params: id, state, right_code, record_id, serial_reason          index: pk_legacy_right
UPDATE registry.legacy_right w SET state = CAST(:state AS text), decided_record_id = CAST(:record_id AS bigint),
       rrr_id = (SELECT r.id FROM registry.rrr r WHERE r.code = CAST(:right_code AS text)),
       serial_reason = CAST(:serial_reason AS text)
 WHERE w.id = CAST(:id AS bigint) AND w.state = 'waiting' RETURNING w.id;
