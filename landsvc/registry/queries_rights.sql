-- Statements of rights, restrictions and responsibilities.

-- name: defer_checks
-- Let what is written be checked when the transaction ends: a right is said in several statements.
SELECT registry.defer_checks();

-- name: add_holding
-- Say how some hold together; gives its id.
-- params: mode
INSERT INTO registry.holding (mode) VALUES (CAST(:mode AS text)) RETURNING id;

-- name: add_holders
-- Say who is of a holding, with exact shares.
-- params: holding_id, parties, nums, dens
INSERT INTO registry.holding_party (holding_id, party_id, seq, num, den)
SELECT CAST(:holding_id AS bigint), h.party, h.seq, h.num, h.den
  FROM unnest(CAST(:parties AS bigint[]), CAST(:nums AS bigint[]), CAST(:dens AS bigint[]))
       WITH ORDINALITY AS h(party, num, den, seq);

-- name: unit_of_rights
-- The unit of rights that has exactly some parcels now, the oldest where several have.
-- params: units          index: ix_ba_unit_parcel_unit_id
SELECT t.ba_unit_id FROM (
  SELECT p.ba_unit_id, array_agg(p.unit_id ORDER BY p.unit_id) AS units FROM registry.ba_unit_parcel p
   WHERE p.ba_unit_id IN (SELECT q.ba_unit_id FROM registry.ba_unit_parcel q
                           WHERE q.unit_id = ANY (CAST(:units AS bigint[])) AND upper_inf(q.recorded) AND upper_inf(q.valid))
     AND upper_inf(p.recorded) AND upper_inf(p.valid) GROUP BY p.ba_unit_id) t
 WHERE t.units = (SELECT array_agg(DISTINCT u ORDER BY u) FROM unnest(CAST(:units AS bigint[])) u)
 ORDER BY t.ba_unit_id LIMIT 1;

-- name: add_unit_of_rights
-- Make a unit of rights of some parcels from a day on; gives its id.
-- params: units, record_id, since
WITH made AS (INSERT INTO registry.ba_unit (record_id) VALUES (CAST(:record_id AS bigint)) RETURNING id),
land AS (
  INSERT INTO registry.ba_unit_parcel (ba_unit_id, unit_id, record_id, valid)
  SELECT m.id, u, CAST(:record_id AS bigint), daterange(CAST(:since AS date), NULL)
    FROM made m, (SELECT DISTINCT unnest(CAST(:units AS bigint[])) AS u) x)
SELECT m.id FROM made m;

-- name: reach_back
-- Let parcels belong to a unit of rights from an earlier day on.
-- params: ba_unit_id, units, record_id, since          index: ix_ba_unit_parcel_unit_id
SELECT registry.reach_back(CAST(:ba_unit_id AS bigint), CAST(:units AS bigint[]), CAST(:record_id AS bigint),
                           CAST(:since AS date));

-- name: add_right
-- Store the identity of a right, restriction or responsibility; gives its id and code.
-- params: kind, ba_unit_id, served_ba_unit_id, record_id, registered_at
INSERT INTO registry.rrr (kind, ba_unit_id, served_ba_unit_id, record_id, registered_at)
VALUES (CAST(:kind AS text), CAST(:ba_unit_id AS bigint), CAST(:served_ba_unit_id AS bigint), CAST(:record_id AS bigint),
        coalesce(CAST(:registered_at AS timestamptz), clock_timestamp()))
RETURNING id, code;

-- name: add_right_version
-- Say from a day on how a right stands.
-- params: rrr_id, record_id, since, holding_id, origin_code, form, term_until, purpose, amount_vnd
INSERT INTO registry.rrr_version (rrr_id, record_id, valid, holding_id, origin_code, form, term_until, purpose, amount_vnd)
VALUES (CAST(:rrr_id AS bigint), CAST(:record_id AS bigint), daterange(CAST(:since AS date), NULL),
        CAST(:holding_id AS bigint), CAST(:origin_code AS text), CAST(:form AS text), CAST(:term_until AS date),
        CAST(:purpose AS text), CAST(:amount_vnd AS bigint));

-- name: end_right
-- Stop believing from a day on that rights stand; before it they held as they did.
-- params: rrr_ids, record_id, since          index: ex_rrr_version_two_times
SELECT registry.end_facts('registry.rrr_version', array_agg(v.id), CAST(:record_id AS bigint), CAST(:since AS date))
  FROM registry.rrr_version v
 WHERE v.rrr_id = ANY (CAST(:rrr_ids AS bigint[])) AND upper_inf(v.recorded)
   AND v.valid && daterange(CAST(:since AS date), NULL);

-- name: release_land
-- Take parcels out of a unit of rights from a day on.
-- params: ba_unit_id, units, record_id, since          index: ix_ba_unit_parcel_unit_id
SELECT registry.end_facts('registry.ba_unit_parcel', array_agg(p.id), CAST(:record_id AS bigint), CAST(:since AS date))
  FROM registry.ba_unit_parcel p
 WHERE p.ba_unit_id = CAST(:ba_unit_id AS bigint) AND p.unit_id = ANY (CAST(:units AS bigint[]))
   AND upper_inf(p.recorded) AND p.valid && daterange(CAST(:since AS date), NULL);

-- name: right_standing
-- A right by its code while it stands: what it is, its unit of rights and the parcels of this, and what else bears on it.
-- params: code          index: uq_rrr_code
SELECT r.id, r.code, r.kind, k.class, r.ba_unit_id, v.id, v.origin_code, v.form, v.term_until, v.purpose, v.amount_vnd,
       v.holding_id, ARRAY(SELECT p.unit_id FROM registry.ba_unit_parcel p WHERE p.ba_unit_id = r.ba_unit_id
                   AND upper_inf(p.recorded) AND upper_inf(p.valid) ORDER BY p.unit_id),
       ARRAY(SELECT o.code FROM registry.rrr o JOIN registry.rrr_kind c ON c.code = o.kind AND c.class <> 'right'
               JOIN registry.rrr_version w ON w.rrr_id = o.id AND upper_inf(w.recorded) AND upper_inf(w.valid)
              WHERE (o.ba_unit_id = r.ba_unit_id OR o.served_ba_unit_id = r.ba_unit_id) AND o.id <> r.id ORDER BY o.id)
  FROM registry.rrr r JOIN registry.rrr_kind k ON k.code = r.kind
  LEFT JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
 WHERE r.code = CAST(:code AS text);

-- Versions are fetched by their right: `OFFSET 0` keeps the planner from walking through all that hold on a day, which it
-- takes for one row where a register was recorded in one instant.
-- part: right_told
SELECT r.id, r.code, r.kind, k.class, k.name_vi, k.name_en, r.registered_at, v.id, h.id, h.mode, v.origin_code, o.name_vi,
       v.form, v.term_until, v.purpose, v.amount_vnd, lower(v.valid), upper(v.valid), lower(v.recorded), c.code,
       ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM registry.ba_unit_parcel q
               JOIN cadastre.unit_name n ON n.unit_id = q.unit_id
              WHERE q.ba_unit_id = r.ba_unit_id AND q.valid @> CAST(:valid_at AS date)
                AND q.recorded @> CAST(:known_at AS timestamptz) ORDER BY q.unit_id) AS parcels,
       ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM registry.ba_unit_parcel q
               JOIN cadastre.unit_name n ON n.unit_id = q.unit_id
              WHERE q.ba_unit_id = r.served_ba_unit_id AND q.valid @> CAST(:valid_at AS date)
                AND q.recorded @> CAST(:known_at AS timestamptz) ORDER BY q.unit_id) AS served,
       CASE WHEN r.kind = 'mortgage' THEN (
         SELECT count(*) FROM registry.rrr e
          CROSS JOIN LATERAL (SELECT FROM registry.rrr_version x
                               WHERE x.rrr_id = e.id AND x.valid @> CAST(:valid_at AS date)
                                 AND x.recorded @> CAST(:known_at AS timestamptz) OFFSET 0) w
          WHERE e.kind = 'mortgage' AND e.ba_unit_id IN (
            SELECT y.ba_unit_id FROM registry.ba_unit_parcel x JOIN registry.ba_unit_parcel y ON y.unit_id = x.unit_id
               AND y.valid @> CAST(:valid_at AS date) AND y.recorded @> CAST(:known_at AS timestamptz)
             WHERE x.ba_unit_id = r.ba_unit_id AND x.valid @> CAST(:valid_at AS date)
               AND x.recorded @> CAST(:known_at AS timestamptz))
            AND (date_trunc('minute', e.registered_at), e.id) <= (date_trunc('minute', r.registered_at), r.id)) END AS rank
  FROM registry.rrr r
  JOIN registry.rrr_kind k ON k.code = r.kind
  CROSS JOIN LATERAL (SELECT w.* FROM registry.rrr_version w
                        WHERE w.rrr_id = r.id AND w.valid @> CAST(:valid_at AS date)
                          AND w.recorded @> CAST(:known_at AS timestamptz) OFFSET 0) v
  JOIN registry.holding h ON h.id = v.holding_id
  JOIN cadastre.record c ON c.id = v.record_id
  LEFT JOIN cadastre.land_origin o ON o.code = v.origin_code

-- name: right_told
-- A right as it was known at an instant to stand on a day.
-- params: code, valid_at, known_at          index: uq_rrr_code, ex_rrr_version_two_times
{right_told}
 WHERE r.code = CAST(:code AS text);

-- name: rights_of_unit
-- What bore on a parcel on a day, as known at an instant, or served it; rights first, mortgages by rank.
-- params: unit_id, valid_at, known_at          index: ix_ba_unit_parcel_unit_id, ix_rrr_ba_unit_id
{right_told}
 WHERE r.id IN (
   SELECT e.id FROM registry.ba_unit_parcel p JOIN registry.rrr e ON e.ba_unit_id = p.ba_unit_id
    WHERE p.unit_id = CAST(:unit_id AS bigint) AND p.valid @> CAST(:valid_at AS date)
      AND p.recorded @> CAST(:known_at AS timestamptz)
    UNION
   SELECT e.id FROM registry.ba_unit_parcel p JOIN registry.rrr e ON e.served_ba_unit_id = p.ba_unit_id
    WHERE p.unit_id = CAST(:unit_id AS bigint) AND p.valid @> CAST(:valid_at AS date)
      AND p.recorded @> CAST(:known_at AS timestamptz))
 ORDER BY k.class = 'right' DESC, k.code, date_trunc('minute', r.registered_at), r.id;

-- name: rights_of_party
-- The codes of what a party holds now, alone or with others, also through a couple, household or group.
-- params: party_id          index: ix_holding_party_party_id, ix_party_member_member_id
SELECT DISTINCT r.code FROM (
    SELECT CAST(:party_id AS bigint) AS id
     UNION SELECT m.party_id FROM registry.party_member m
            WHERE m.member_id = CAST(:party_id AS bigint) AND upper_inf(m.recorded) AND upper_inf(m.valid)) w
  JOIN registry.holding_party h ON h.party_id = w.id
  JOIN registry.rrr_version v ON v.holding_id = h.holding_id AND upper_inf(v.recorded) AND upper_inf(v.valid)
  JOIN registry.rrr r ON r.id = v.rrr_id ORDER BY r.code;

-- name: holders
-- Who is of some holdings, with shares.
-- params: holdings          index: pk_holding_party
SELECT p.holding_id, p.party_id, p.num, p.den FROM registry.holding_party p
 WHERE p.holding_id = ANY (CAST(:holdings AS bigint[])) ORDER BY p.holding_id, p.seq;

-- name: same_right
-- Whether units are held under one and the same right; null where nothing is registered on one of them.
-- params: units
SELECT registry.same_right(CAST(:units AS bigint[]));

-- name: land_for_rules
-- What rules of drafts ask of units: how many rights stand on each, the first whose term is over on a day, how many
-- certificates there are or were, how many of them are in force.
-- params: units, on_day          index: ix_ba_unit_parcel_unit_id, ix_certificate_version_rrr_id
SELECT u.id, count(DISTINCT s.rrr_id), min(v.term_until) FILTER (WHERE v.term_until < CAST(:on_day AS date)),
       count(DISTINCT w.certificate_id), count(DISTINCT w.certificate_id) FILTER (
         WHERE w.state IN ('active', 'annotated') AND upper_inf(w.valid))
  FROM unnest(CAST(:units AS bigint[])) u(id)
  LEFT JOIN registry.standing(CAST(:units AS bigint[])) s ON s.unit_id = u.id AND s.class = 'right'
  LEFT JOIN registry.rrr_version v ON v.id = s.version_id
  LEFT JOIN registry.certificate_version w ON w.rrr_id = s.rrr_id AND upper_inf(w.recorded)
 GROUP BY u.id ORDER BY u.id;

-- name: notices_on_units
-- Notices in force on who holds units, or on their certificates: kind, issuer, document, and whether a person decided so.
-- params: units          index: ix_ba_unit_parcel_unit_id
SELECT b.kind, b.scope, b.issuer, b.doc_no, n.decided
  FROM registry.notices_on(CAST(:units AS bigint[]), '{}') n JOIN registry.block b ON b.id = n.block_id ORDER BY b.id;

-- name: carry_rights
-- Carry what bears on units that end to those that come of them; gives on how many something bore.
-- params: links, gone, record_id, since
SELECT registry.carry(CAST(:links AS jsonb), CAST(:gone AS bigint[]), CAST(:record_id AS bigint), CAST(:since AS date));

-- name: origins
-- The code list of origins of use.
-- index: pk_land_origin
SELECT o.code, o.name_vi, o.name_en FROM cadastre.land_origin o ORDER BY o.code;
