-- Statements about records: what stands under one, and how one is undone.

-- name: record_list
-- Records, newest first: what each did, and the annulment that undid it.
-- params: kind, before, most          index: pk_record
SELECT r.id, r.code, r.kind, r.title, r.doc_no, r.reason, r.made_by, r.made_at, a.code AS annulled_by, o.code AS annuls
  FROM cadastre.record r
  LEFT JOIN cadastre.record a ON a.annuls_id = r.id
  LEFT JOIN cadastre.record o ON o.id = r.annuls_id
 WHERE r.id < CAST(:before AS bigint) AND r.kind = coalesce(CAST(:kind AS text), r.kind)
 ORDER BY r.id DESC LIMIT CAST(:most AS integer);

-- name: record_found
-- One record by its code.
-- params: code          index: uq_record_code
SELECT r.id, r.code, r.kind, r.title, r.doc_no, r.reason, r.made_by, r.made_at, a.code AS annulled_by, o.code AS annuls
  FROM cadastre.record r
  LEFT JOIN cadastre.record a ON a.annuls_id = r.id
  LEFT JOIN cadastre.record o ON o.id = r.annuls_id
 WHERE r.code = CAST(:code AS text);

-- name: record_effects
-- How much stands under a record: versions it made and closed, those that only noded a neighbour, parcels, links.
-- params: record_id          index: ix_parcel_version_record_id, ix_parcel_version_closed_record_id
SELECT (SELECT count(*) FROM cadastre.parcel_version v WHERE v.record_id = CAST(:record_id AS bigint) AND NOT v.technical) AS versions,
       (SELECT count(*) FROM cadastre.parcel_version v WHERE v.closed_record_id = CAST(:record_id AS bigint)) AS closed,
       (SELECT count(*) FROM cadastre.parcel_version v WHERE v.record_id = CAST(:record_id AS bigint) AND v.technical) AS noded,
       (SELECT count(DISTINCT v.unit_id) FROM cadastre.parcel_version v JOIN cadastre.parcel_unit u ON u.id = v.unit_id
         WHERE v.record_id = CAST(:record_id AS bigint) AND u.record_id = v.record_id) AS new_units,
       (SELECT count(DISTINCT v.unit_id) FROM cadastre.parcel_version v
         WHERE v.closed_record_id = CAST(:record_id AS bigint)
           AND NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = v.unit_id)) AS gone_units,
       (SELECT count(*) FROM cadastre.lineage l WHERE l.record_id = CAST(:record_id AS bigint)) AS lineage,
       (SELECT count(*) FROM cadastre.quarantine q WHERE q.record_id = CAST(:record_id AS bigint)) AS quarantined;

-- name: annul_lock
-- Take the keys of the fabric for all that a record touched: around each parcel where they are few, and around
-- neighbours whose corners may go with it; else of every commune with land in their box.
-- params: record_id, few          index: ix_parcel_version_record_id, ix_parcel_version_closed_record_id
WITH touched AS MATERIALIZED (
  SELECT t.commune_code, t.geom FROM cadastre.touched_by(CAST(:record_id AS bigint)) t),
beside AS (
  SELECT p.geom FROM touched t JOIN cadastre.parcel p ON p.geom && ST_Expand(t.geom, 0.002)
    JOIN cadastre.parcel_version v ON v.id = p.version_id
   WHERE CAST(:few AS boolean) AND (v.repeats_id IS NOT NULL OR lower(v.recorded) >= (
     SELECT r.made_at FROM cadastre.record r WHERE r.id = CAST(:record_id AS bigint)))),
box AS MATERIALIZED (
  SELECT ST_Expand(ST_SetSRID(ST_Extent(t.geom)::geometry, geo.srid()), 1) AS geom FROM touched t GROUP BY t.commune_code),
wide AS (
  SELECT p.commune_code AS code FROM box b JOIN cadastre.parcel p ON p.geom && b.geom
   UNION
  SELECT u.code FROM box b JOIN cadastre.admin_unit u ON u.geom && b.geom AND u.level = 'commune' AND upper_inf(u.valid)
   UNION
  SELECT '*')
SELECT cadastre.lock_fabric(
  (SELECT ST_Collect(DISTINCT x.geom) FROM (
     SELECT t.geom FROM touched t WHERE CAST(:few AS boolean) UNION ALL SELECT b.geom FROM beside b) x),
  ARRAY(SELECT v.commune_code FROM cadastre.parcel_version v
         WHERE v.record_id = CAST(:record_id AS bigint) OR v.closed_record_id = CAST(:record_id AS bigint)
         UNION SELECT w.code FROM wide w WHERE NOT CAST(:few AS boolean)));

-- name: annul_size
-- How many versions a record made or closed.
-- params: record_id          index: ix_parcel_version_record_id, ix_parcel_version_closed_record_id
SELECT (SELECT count(*) FROM cadastre.parcel_version v WHERE v.record_id = CAST(:record_id AS bigint))
     + (SELECT count(*) FROM cadastre.parcel_version v WHERE v.closed_record_id = CAST(:record_id AS bigint));

-- name: annul_conflicts
-- Parcels that a record touched and a later record changed, with that record.
-- params: record_id, most
SELECT c.unit_id, coalesce(n.ref, n.code, '#' || c.unit_id) AS parcel, r.code, r.title
  FROM (SELECT x.unit_id, x.record_id FROM cadastre.annul_conflicts(CAST(:record_id AS bigint)) x
         ORDER BY x.record_id DESC, x.unit_id LIMIT CAST(:most AS integer)) c
  JOIN cadastre.record r ON r.id = c.record_id
  JOIN cadastre.unit_name n ON n.unit_id = c.unit_id
 ORDER BY c.record_id DESC, c.unit_id;

-- name: annul_held
-- Held parcels that undoing a record would change.
-- params: record_id, most
SELECT h.unit_id, coalesce(n.ref, n.code, '#' || h.unit_id) AS parcel, h.kind, h.issuer, h.doc_no
  FROM cadastre.parcel_hold h JOIN cadastre.unit_name n ON n.unit_id = h.unit_id
 WHERE h.scope IN ('parcel', 'part') AND h.held @> clock_timestamp() AND EXISTS (
   SELECT FROM cadastre.parcel_version v
    WHERE v.unit_id = h.unit_id AND (
      v.record_id = CAST(:record_id AS bigint) AND NOT v.technical
      OR v.closed_record_id = CAST(:record_id AS bigint) AND NOT EXISTS (
        SELECT FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND w.record_id = v.closed_record_id AND w.technical)))
 ORDER BY h.unit_id LIMIT CAST(:most AS integer);

-- name: annul_record
-- The record of an annulment.
-- params: record_id, title, reason, made_by
INSERT INTO cadastre.record (kind, title, reason, annuls_id, made_by)
VALUES ('annulment', :title, :reason, CAST(:record_id AS bigint), coalesce(CAST(:made_by AS text), session_user))
RETURNING id, code;

-- name: annul_trial_record
-- The record of an annulment that is only tried: it takes no number of the series, which would be lost.
-- params: record_id, title, reason, made_by
INSERT INTO cadastre.record (code, kind, title, reason, annuls_id, made_by)
VALUES ('preview-' || CAST(pg_current_xact_id() AS text), 'annulment', :title, :reason, CAST(:record_id AS bigint),
        coalesce(CAST(:made_by AS text), session_user))
RETURNING id, code;

-- name: annul_announce
-- Announce an annulment of many parcels: its proof runs when the transaction commits.
-- params: record_id
INSERT INTO cadastre.bulk_load (record_id) VALUES (:record_id);

-- name: annul_many
-- Undo a record, set by set, as the import role.
-- params: record_id, annulment_id
SELECT cadastre.annul(CAST(:record_id AS bigint), CAST(:annulment_id AS bigint));

-- name: annul_few
-- Undo a record of few parcels as an officer, every row trigger looking on.
-- params: record_id, annulment_id
SELECT cadastre.annul_as_officer(CAST(:record_id AS bigint), CAST(:annulment_id AS bigint));

-- name: annul_role
-- Whether this transaction runs as the import role: set by set, and proved when it commits.
-- params:
SELECT current_user = 'landsvc_import';

-- name: annul_link_decisions
-- Take back what the record decided of links of two maps.
-- params: record_id, annulment_id
SELECT cadastre.undo_link_decisions(CAST(:record_id AS bigint), CAST(:annulment_id AS bigint));
