-- Statements of rights that wait for a person after a survey, and the proof that a survey lost none.

-- part: wait
w.id, w.reason, w.unit_id, coalesce(n.ref, n.code, 'unit-' || w.unit_id), r.code, r.title, registry.wait_is_open(w), d.code,
d.reason, d.made_by, ARRAY(
  SELECT DISTINCT t.code FROM registry.ba_unit_parcel p JOIN registry.rrr t ON t.ba_unit_id = p.ba_unit_id
    JOIN registry.rrr_version v ON v.rrr_id = t.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE p.unit_id = w.unit_id AND upper_inf(p.recorded) AND upper_inf(p.valid) ORDER BY t.code)

-- part: of_waits
  JOIN cadastre.record r ON r.id = w.record_id
  JOIN cadastre.unit_name n ON n.unit_id = w.unit_id
  LEFT JOIN cadastre.record d ON d.id = w.decided_record_id

-- name: survey_waits
-- What waits, or was decided, of surveys that stand, in pages.
-- params: still, after, page          index: pk_survey_wait
SELECT
{wait}
  FROM registry.survey_wait w
{of_waits}
 WHERE w.id > CAST(:after AS bigint) AND registry.wait_is_open(w) = CAST(:still AS boolean)
   AND NOT EXISTS (SELECT FROM cadastre.record a WHERE a.annuls_id = w.record_id)
 ORDER BY w.id LIMIT CAST(:page AS integer) + 1;

-- name: survey_wait
-- One of them.
-- params: id          index: pk_survey_wait
SELECT
{wait}
  FROM registry.survey_wait w
{of_waits}
 WHERE w.id = CAST(:id AS bigint);

-- name: survey_targets
-- The new parcels an old one shares land with, by its survey: kind and state of the link, shares, area, what stands there.
-- params: id          index: ix_resurvey_link_old_unit_id
SELECT k.id, k.new_unit_id, coalesce(n.ref, n.code, 'unit-' || k.new_unit_id), k.kind, k.state, k.share_old, k.share_new,
       c.legal_area_m2, EXISTS (SELECT FROM registry.ba_unit_parcel p
         WHERE p.unit_id = k.new_unit_id AND upper_inf(p.recorded) AND upper_inf(p.valid))
  FROM registry.survey_wait w
  JOIN cadastre.resurvey_link k ON k.old_unit_id = w.unit_id AND k.record_id = w.record_id
   AND k.new_unit_id <> k.old_unit_id
  JOIN cadastre.parcel c ON c.unit_id = k.new_unit_id
  JOIN cadastre.unit_name n ON n.unit_id = k.new_unit_id
 WHERE w.id = CAST(:id AS bigint) ORDER BY k.share_old DESC, k.id;

-- name: lead_rights
-- Lead what waits to some parcels, or end it with its land.
-- params: id, units, record_id
SELECT registry.lead_rights(CAST(:id AS bigint), CAST(:units AS bigint[]), CAST(:record_id AS bigint));

-- name: rights_on_lost_land
-- Rights that stand on land that has ended, and in no queue: there must be none.
SELECT r.code, coalesce(n.ref, n.code, 'unit-' || p.unit_id)
  FROM registry.ba_unit_parcel p
  JOIN registry.rrr r ON r.ba_unit_id = p.ba_unit_id
  JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
  JOIN cadastre.unit_name n ON n.unit_id = p.unit_id
 WHERE upper_inf(p.recorded) AND upper_inf(p.valid)
   AND NOT EXISTS (SELECT FROM cadastre.parcel c WHERE c.unit_id = p.unit_id)
   AND NOT EXISTS (SELECT FROM registry.survey_wait w WHERE w.unit_id = p.unit_id AND registry.wait_is_open(w))
 ORDER BY r.code LIMIT 1000;

-- name: rights_lost_by_surveys
-- Rights that ended with a survey though no other one, the same in kind and holders, came to their land with it.
SELECT r.code, s.code
  FROM cadastre.record s
  JOIN registry.rrr_version v ON v.closed_record_id = s.id
  JOIN registry.rrr r ON r.id = v.rrr_id
 WHERE s.kind = 'resurvey' AND NOT EXISTS (SELECT FROM cadastre.record a WHERE a.annuls_id = s.id)
   AND NOT EXISTS (SELECT FROM registry.rrr_version o WHERE o.rrr_id = v.rrr_id AND o.record_id = s.id
                      AND upper_inf(o.valid))
   AND NOT EXISTS (
     SELECT FROM registry.ba_unit_parcel p
       JOIN cadastre.lineage l ON l.parent_id = p.unit_id AND l.record_id = s.id
       JOIN registry.ba_unit_parcel q ON q.unit_id = l.child_id AND q.record_id = s.id
       JOIN registry.rrr t ON t.ba_unit_id = q.ba_unit_id AND t.id <> r.id
       JOIN registry.rrr_version u ON u.rrr_id = t.id AND u.recorded @> upper(v.recorded)
      WHERE p.ba_unit_id = r.ba_unit_id AND p.closed_record_id = s.id
        AND registry.signature(u.id) = registry.signature(v.id))
 ORDER BY r.code LIMIT 1000;

-- name: rights_counted
-- How many rights stand, and how many old parcels wait for a person.
SELECT (SELECT count(*) FROM registry.rrr_version v WHERE upper_inf(v.recorded) AND upper_inf(v.valid)),
       (SELECT count(*) FROM registry.survey_wait w WHERE registry.wait_is_open(w));
