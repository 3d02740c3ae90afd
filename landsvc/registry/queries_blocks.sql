-- Statements of disputes, seizures, block notices and recoveries.

-- name: block_code
-- The next code of a notice: a number is sealed for the notice it belongs to.
SELECT registry.next_code('NC-', 'registry.block_no');

-- name: add_block
-- Store what a notice says and since when it holds; the part (WKB, a system) on the working plane.
-- params: code, kind, scope, unit_id, part, srid, serial, person_name, person_born_year, number_sealed, number_index, issuer_kind, issuer, doc_no, doc_on, record_id
WITH made AS (
  INSERT INTO registry.block (code, kind, scope, unit_id, geom, serial, person_name, person_born_year, number_sealed,
    number_index, issuer_kind, issuer, doc_no, doc_on, record_id)
  VALUES (CAST(:code AS text), CAST(:kind AS text), CAST(:scope AS text), CAST(:unit_id AS bigint),
    ST_Transform(ST_GeomFromWKB(CAST(:part AS bytea), CAST(:srid AS integer)), geo.srid()), CAST(:serial AS text),
    CAST(:person_name AS text), CAST(:person_born_year AS integer), CAST(:number_sealed AS bytea),
    CAST(:number_index AS bytea), CAST(:issuer_kind AS text), CAST(:issuer AS text), CAST(:doc_no AS text),
    CAST(:doc_on AS date), CAST(:record_id AS bigint)) RETURNING id)
SELECT m.id FROM made m;

-- name: part_inside
-- Whether a part (WKB, a system) has land in common with a current parcel.
-- params: unit_id, part, srid          index: pk_parcel
SELECT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = CAST(:unit_id AS bigint)
   AND ST_Relate(p.geom, ST_Transform(ST_GeomFromWKB(CAST(:part AS bytea), CAST(:srid AS integer)), geo.srid()), '2********'));

-- name: add_block_span
-- Say from when a notice holds, and until when where that is known.
-- params: block_id, record_id, since, until
INSERT INTO registry.block_span (block_id, record_id, valid)
VALUES (CAST(:block_id AS bigint), CAST(:record_id AS bigint),
        tstzrange(CAST(:since AS timestamptz), CAST(:until AS timestamptz)));

-- name: close_block_span
-- Stop believing how long a notice holds; gives since when it did, nothing where it is lifted already.
-- params: block_id, record_id          index: ex_block_span_two_times
UPDATE registry.block_span SET closed_record_id = CAST(:record_id AS bigint), recorded = recorded
 WHERE block_id = CAST(:block_id AS bigint) AND upper_inf(recorded) AND upper_inf(valid)
RETURNING lower(valid);

-- How long a notice holds is fetched by notice: `OFFSET 0` keeps the planner from walking through all of them.
-- part: block_told
SELECT b.id, b.code, b.kind, b.scope, b.unit_id, coalesce(n.ref, n.code), ST_AsGeoJSON(ST_Transform(b.geom, 4326), 7),
       b.serial, b.person_name, b.person_born_year, b.number_sealed, b.issuer_kind, b.issuer, b.doc_no, b.doc_on,
       lower(s.valid), upper(s.valid), r.code, l.code
  FROM registry.block b
  CROSS JOIN LATERAL (SELECT x.* FROM registry.block_span x
                       WHERE x.block_id = b.id AND x.recorded @> CAST(:known_at AS timestamptz) OFFSET 0) s
  JOIN cadastre.record r ON r.id = b.record_id
  LEFT JOIN cadastre.record l ON l.id = s.record_id AND NOT upper_inf(s.valid)
  LEFT JOIN cadastre.unit_name n ON n.unit_id = b.unit_id

-- name: block_told
-- A notice by its code, as known at an instant.
-- params: code, known_at          index: uq_block_code, ex_block_span_two_times
{block_told}
 WHERE b.code = CAST(:code AS text);

-- name: blocks_told
-- Notices, newest first: those in force, those lifted, or all.
-- params: open, before, page, known_at          index: pk_block
{block_told}
 WHERE b.id < CAST(:before AS bigint) AND (CAST(:open AS boolean) IS NULL OR upper_inf(s.valid) = CAST(:open AS boolean))
 ORDER BY b.id DESC LIMIT CAST(:page AS integer) + 1;

-- name: blocks_about
-- Notices ever about units, certificates or parties, each with what a person decided of the party (null: nobody did).
-- params: units, serials, parties          index: ix_block_unit_id, ix_block_serial
SELECT b.id, NULL FROM registry.block b
 WHERE b.unit_id = ANY (CAST(:units AS bigint[]))
    OR b.serial = ANY (ARRAY(SELECT unnest(ARRAY[s, replace(s, ' ', '')]) FROM unnest(CAST(:serials AS text[])) s))
 UNION ALL
SELECT n.block_id, bool_or(m.same)
  FROM (SELECT d.party_id, b.id AS block_id FROM registry.party_document d
          JOIN registry.block b ON b.number_index = d.number_index WHERE d.party_id = ANY (CAST(:parties AS bigint[]))
         UNION
        SELECT v.party_id, b.id FROM registry.party_version v
          JOIN registry.block b ON b.scope = 'person' AND b.person_folded = v.folded
           AND (b.person_born_year IS NULL OR v.born_year IS NULL OR b.person_born_year = v.born_year)
         WHERE v.party_id = ANY (CAST(:parties AS bigint[]))
         UNION
        SELECT k.party_id, k.block_id FROM registry.block_match k
         WHERE k.party_id = ANY (CAST(:parties AS bigint[]))) n
  LEFT JOIN registry.block_match m ON m.block_id = n.block_id AND m.party_id = n.party_id AND upper_inf(m.recorded)
   AND upper_inf(m.valid)
 GROUP BY n.block_id;

-- name: blocks_known
-- Notices by id as known at an instant, the newest first.
-- params: ids, known_at          index: pk_block
{block_told}
 WHERE b.id = ANY (CAST(:ids AS bigint[])) ORDER BY b.id DESC;

-- name: block_beliefs
-- Everything known up to an instant of how long notices hold, with the record that said it.
-- params: ids, known_at          index: ex_block_span_two_times
SELECT s.block_id, lower(s.valid), upper(s.valid), lower(s.recorded),
       CASE WHEN upper(s.recorded) <= CAST(:known_at AS timestamptz) THEN upper(s.recorded) END,
       r.code, r.title, r.doc_no, r.doc_on, r.authority,
       CASE WHEN upper(s.recorded) <= CAST(:known_at AS timestamptz) THEN c.code END
  FROM registry.block_span s
  JOIN cadastre.record r ON r.id = s.record_id
  LEFT JOIN cadastre.record c ON c.id = s.closed_record_id
 WHERE s.block_id = ANY (CAST(:ids AS bigint[])) AND lower(s.recorded) <= CAST(:known_at AS timestamptz)
 ORDER BY s.block_id DESC, lower(s.recorded), s.id;

-- name: blocks_in_force
-- Notices in force on units or certificates.
-- params: units, serials, known_at          index: ix_block_unit_id, ix_block_serial
{block_told}
 WHERE (b.unit_id = ANY (CAST(:units AS bigint[])) OR b.serial = ANY (CAST(:serials AS text[])))
   AND s.valid @> clock_timestamp() ORDER BY b.id;

-- name: blocks_of_persons
-- Notices in force that name parties, as somebody decided, or that may name them.
-- params: parties
SELECT x.party_id, b.code, b.kind, b.issuer, b.doc_no, x.same, x.by_number
  FROM registry.person_blocks(CAST(:parties AS bigint[])) x JOIN registry.block b ON b.id = x.block_id
 ORDER BY x.party_id, b.id;

-- name: blocks_of_strangers
-- Notices in force that may name somebody who is no party yet, by name and year of birth or by the digests of a number.
-- params: name, born_year, indexes          index: ix_block_person_folded, ix_block_number_index
SELECT b.code, b.kind, b.issuer, b.doc_no, b.number_index = ANY (CAST(:indexes AS bytea[]))
  FROM registry.block b
  JOIN registry.block_span s ON s.block_id = b.id AND upper_inf(s.recorded) AND s.valid @> clock_timestamp()
 WHERE b.scope = 'person' AND (b.number_index = ANY (CAST(:indexes AS bytea[]))
    OR b.person_folded = geo.vn_fold(CAST(:name AS text)) AND (CAST(:born_year AS integer) IS NULL
       OR b.person_born_year IS NULL OR b.person_born_year = CAST(:born_year AS integer)))
 ORDER BY b.id;

-- name: candidates
-- Parties a notice names or may name: by number or by name and year of birth, with what somebody decided.
-- params: block_id          index: ix_party_document_number_index, ix_party_version_folded
SELECT t.party_id, bool_or(t.by_number), m.same
  FROM (SELECT d.party_id, true AS by_number FROM registry.block b
          JOIN registry.party_document d ON d.number_index = b.number_index AND upper_inf(d.recorded)
         WHERE b.id = CAST(:block_id AS bigint)
         UNION ALL
        SELECT v.party_id, false FROM registry.block b
          JOIN registry.party_version v ON v.folded = b.person_folded AND upper_inf(v.recorded)
           AND (b.person_born_year IS NULL OR v.born_year IS NULL OR b.person_born_year = v.born_year)
         WHERE b.id = CAST(:block_id AS bigint)
         UNION ALL
        SELECT k.party_id, false FROM registry.block_match k
         WHERE k.block_id = CAST(:block_id AS bigint) AND upper_inf(k.recorded)) t
  LEFT JOIN registry.block_match m ON m.block_id = CAST(:block_id AS bigint) AND m.party_id = t.party_id
   AND upper_inf(m.recorded)
 GROUP BY t.party_id, m.same ORDER BY t.party_id;

-- name: end_match
-- Stop believing from a day on what was decided of a party and a notice.
-- params: block_id, party_id, record_id, since          index: ix_block_match_party_id
SELECT registry.end_facts('registry.block_match', array_agg(m.id), CAST(:record_id AS bigint), CAST(:since AS date))
  FROM registry.block_match m WHERE m.block_id = CAST(:block_id AS bigint) AND m.party_id = CAST(:party_id AS bigint)
   AND upper_inf(m.recorded) AND m.valid && daterange(CAST(:since AS date), NULL);

-- name: add_match
-- Keep that a party is whom a notice names, or is not.
-- params: block_id, party_id, same, record_id, since
INSERT INTO registry.block_match (block_id, party_id, record_id, valid, same)
VALUES (CAST(:block_id AS bigint), CAST(:party_id AS bigint), CAST(:record_id AS bigint),
        daterange(CAST(:since AS date), NULL), CAST(:same AS boolean));

-- name: block_numbers_to_seal
-- Numbers of persons under an older key than the newest (two bytes).
-- params: newest, page
SELECT b.id, b.code, b.number_sealed FROM registry.block b
 WHERE substring(b.number_sealed FROM 2 FOR 2) <> CAST(:newest AS bytea) ORDER BY b.id LIMIT CAST(:page AS integer);

-- name: let_block_numbers_change
-- Let numbers be sealed under another key; what they are does not change. For the owner.
ALTER TABLE registry.block DISABLE TRIGGER t05_append_only;

-- name: let_block_numbers_be
-- Keep what was written again.
ALTER TABLE registry.block ENABLE TRIGGER t05_append_only;

-- name: seal_block_number
-- Keep a number under another key.
-- params: id, number_sealed, number_index          index: pk_block
UPDATE registry.block SET number_sealed = CAST(:number_sealed AS bytea), number_index = CAST(:number_index AS bytea)
 WHERE id = CAST(:id AS bigint);
