-- name: extract_of_content
-- The extract that says this already.
-- params: content    index: uq_issued_extract_content
SELECT id, unit_id, tree, encode(sha256, 'hex') AS sha256, valid_at, known_at, about, lower(asked), upper(asked) - 1, issued_at
  FROM planning.issued_extract WHERE content = CAST(:content AS bytea);

-- name: extract_by_id
-- An issued extract.
-- params: id    index: pk_issued_extract
SELECT id, unit_id, tree, encode(sha256, 'hex') AS sha256, valid_at, known_at, about, lower(asked), upper(asked) - 1, issued_at
  FROM planning.issued_extract WHERE id = CAST(:id AS text);

-- name: add_extract
-- Keep an extract; one with the same content that came first stays.
-- params: id, unit_id, content, tree, valid_at, known_at, about, since, until, issued_at
INSERT INTO planning.issued_extract (id, unit_id, content, tree, valid_at, known_at, about, asked, issued_at)
VALUES (CAST(:id AS text), CAST(:unit_id AS bigint), CAST(:content AS bytea), CAST(:tree AS bytea), CAST(:valid_at AS date),
        CAST(:known_at AS timestamptz), CAST(:about AS text),
        CASE WHEN CAST(:since AS date) IS NOT NULL THEN daterange(CAST(:since AS date), CAST(:until AS date), '[]') END,
        CAST(:issued_at AS timestamptz))
ON CONFLICT (content) DO NOTHING;

-- name: file_of_extract
-- The signed paper of an extract in a language.
-- params: extract_id, language    index: pk_extract_file
SELECT pdf FROM planning.extract_file
 WHERE extract_id = CAST(:extract_id AS text) AND language = CAST(:language AS text);

-- name: digests_of_extract
-- Digests of the signed papers of an extract.
-- params: extract_id    index: pk_extract_file
SELECT encode(sha256, 'hex') FROM planning.extract_file WHERE extract_id = CAST(:extract_id AS text);

-- name: add_extract_file
-- Keep a signed paper; one that came first stays.
-- params: extract_id, language, pdf, signer
INSERT INTO planning.extract_file (extract_id, language, pdf, signer)
VALUES (CAST(:extract_id AS text), CAST(:language AS text), CAST(:pdf AS bytea), CAST(:signer AS text))
ON CONFLICT (extract_id, language) DO NOTHING;

-- name: change_days
-- Days after the first and up to the last on which what may be said of a parcel can change: its versions, the zones
-- that meet any of them and their plans begin or end.
-- params: unit_id, since, until, known_at    index: ex_parcel_version_two_times, ix_zone_part_geom
WITH v AS MATERIALIZED (
  SELECT w.valid, w.geom FROM cadastre.parcel_version w
   WHERE w.unit_id = CAST(:unit_id AS bigint) AND w.recorded @> CAST(:known_at AS timestamptz)
     AND w.valid && daterange(CAST(:since AS date), CAST(:until AS date), '[]')
),
z AS MATERIALIZED (
  SELECT DISTINCT e.id, e.plan_id, e.valid
    FROM v JOIN planning.zone_part q ON q.geom && v.geom AND ST_Intersects(q.geom, v.geom)
    JOIN planning.zone e ON e.id = q.zone_id AND e.recorded @> CAST(:known_at AS timestamptz)
),
bound AS (
  SELECT v.valid FROM v
   UNION ALL SELECT z.valid FROM z
   UNION ALL SELECT p.valid FROM planning.plan_version p
    WHERE p.recorded @> CAST(:known_at AS timestamptz) AND p.plan_id IN (SELECT z.plan_id FROM z)
)
SELECT DISTINCT d.day FROM bound b CROSS JOIN LATERAL (VALUES (lower(b.valid)), (upper(b.valid))) d (day)
 WHERE d.day > CAST(:since AS date) AND d.day <= CAST(:until AS date)
 ORDER BY d.day;

-- name: zones_in_frame
-- Zones in a frame of the working system (metres) as they stood on a day, as known at an instant, cut at the frame: for
-- a picture. Wide ones first, so that small ones lie on top.
-- params: west, south, east, north, valid_at, known_at    index: ix_zone_part_geom
WITH q AS MATERIALIZED (
  SELECT ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
           CAST(:east AS double precision), CAST(:north AS double precision), geo.srid()) AS box
),
met AS MATERIALIZED (
  SELECT DISTINCT p.zone_id FROM q JOIN planning.zone_part p ON p.geom && q.box AND NOT p.core
)
SELECT t.code AS theme, e.code, e.dimension, coalesce(e.name, e.code), e.name_en, u.color, s.standing,
       ST_AsBinary(ST_Intersection(e.geom, q.box)) AS wkb
  FROM q CROSS JOIN met m
  JOIN planning.zone e ON e.id = m.zone_id AND e.recorded @> CAST(:known_at AS timestamptz)
   AND (upper_inf(e.valid) OR upper(e.valid) > CAST(:valid_at AS date))
  JOIN planning.theme t ON t.id = e.theme_id
  JOIN planning.plan_at(e.plan_id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v ON true
  LEFT JOIN cadastre.land_use_type u ON u.code = e.use_code
 CROSS JOIN LATERAL (SELECT planning.standing(e.status, v.status, e.valid, v.valid, CAST(:valid_at AS date)) AS standing) s
 WHERE s.standing IS NOT NULL AND ST_Intersects(e.geom, q.box)
 ORDER BY t.sort, ST_Area(e.geom) DESC, e.id
 LIMIT 500;
