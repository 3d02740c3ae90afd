-- Statements about unsure links of two maps: what waits for a person, and what was decided.

-- part: link
l.id, l.kind, l.state, l.share_old, l.share_new, l.share_old * ST_Area(o.geom) AS shared_m2,
o.commune_code, r.code AS record, r.title, l.old_unit_id, a.ref AS old_ref, a.code AS old_code,
a.is_current AS old_current, ST_Area(o.geom) AS old_m2, l.new_unit_id, b.ref AS new_ref, b.code AS new_code,
b.is_current AS new_current, ST_Area(n.geom) AS new_m2,
1 - l.share_old * l.share_new AS doubt

-- part: of_links
  JOIN cadastre.record r ON r.id = l.record_id
  JOIN cadastre.unit_name a ON a.unit_id = l.old_unit_id
  JOIN cadastre.unit_name b ON b.unit_id = l.new_unit_id
 CROSS JOIN LATERAL (
   SELECT v.commune_code, v.geom FROM cadastre.parcel_version v
    WHERE v.unit_id = l.old_unit_id AND v.closed_record_id = l.record_id ORDER BY v.id DESC LIMIT 1) o
 CROSS JOIN LATERAL (
   SELECT v.geom FROM cadastre.parcel_version v
    WHERE v.unit_id = l.new_unit_id AND v.record_id = l.record_id AND upper_inf(v.valid) ORDER BY v.id LIMIT 1) n

-- name: links_listed
-- Unsure links, or those decided, of surveys that stand: by commune and record, the largest doubt first. Doubt is
-- what both shares lack of being one and the same parcel; of two such the one about more land comes first.
-- params: commune, record, decided, after, page
SELECT
{link}
  FROM cadastre.resurvey_link l
{of_links}
 WHERE l.kind <> 'part' AND l.state = ANY (CASE WHEN CAST(:decided AS boolean)
         THEN ARRAY['confirmed', 'rejected'] ELSE ARRAY['unsure'] END)
   AND (CAST(:commune AS text) IS NULL OR o.commune_code = CAST(:commune AS text))
   AND (CAST(:record AS text) IS NULL OR r.code = CAST(:record AS text))
   AND NOT EXISTS (SELECT FROM cadastre.record x WHERE x.annuls_id = l.record_id)
 ORDER BY o.commune_code, l.record_id DESC, doubt DESC, shared_m2 DESC, l.id
OFFSET CAST(:after AS integer) LIMIT CAST(:page AS integer) + 1;

-- name: link_shown
-- One link with both outlines in the working system.
-- params: link_id          index: pk_resurvey_link
SELECT
{link}, ST_AsBinary(o.geom), ST_AsBinary(n.geom)
  FROM cadastre.resurvey_link l
{of_links}
 WHERE l.id = CAST(:link_id AS bigint) AND l.kind <> 'part';

-- name: link_decisions
-- What was decided of a link, the newest first, with who, why, and what took it back.
-- params: link_id
SELECT d.verdict, r.code, r.made_by, r.made_at, r.doc_no, r.reason, u.code, u.made_by, u.reason
  FROM cadastre.link_decision d JOIN cadastre.record r ON r.id = d.record_id
  LEFT JOIN cadastre.record u ON u.id = d.undone_record_id
 WHERE d.link_id = CAST(:link_id AS bigint) ORDER BY d.id DESC;

-- name: link_record
-- The record of a decision.
-- params: title, doc_no, reason, details, made_by
INSERT INTO cadastre.record (kind, title, doc_no, reason, details, made_by)
VALUES ('linkDecision', :title, :doc_no, :reason, CAST(:details AS jsonb), :made_by) RETURNING id, code;

-- name: link_decide
-- Decide a link under a record.
-- params: link_id, verdict, record_id
SELECT cadastre.decide_link(CAST(:link_id AS bigint), CAST(:verdict AS text), CAST(:record_id AS bigint));
