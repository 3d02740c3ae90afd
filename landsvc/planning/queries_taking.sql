-- Statements of what planned works would take.

-- name: put_taking_uses
-- Add the planned uses that are not there (a JSON array).
-- params: rows    index: pk_taking_use
INSERT INTO planning.taking_use (theme, use_code, source, certainty)
SELECT r.theme, r.use, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(theme text, use text, source text, certainty text)
 WHERE EXISTS (SELECT FROM planning.theme t WHERE t.code = r.theme)
   AND EXISTS (SELECT FROM cadastre.land_use_type u WHERE u.code = r.use)
ON CONFLICT (theme, use_code) DO NOTHING;

-- name: put_taking_rules
-- Add the rules whose days have none yet (a JSON array): what a province changed stays as it has it.
-- params: rows    index: ex_taking_rule_code_valid
INSERT INTO planning.taking_rule (code, years, says_vi, says_en, source, certainty, valid)
SELECT r.code, r.years, r.says_vi, r.says_en, r.source, r.certainty, daterange(r.valid_from, r.valid_to)
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, years smallint, says_vi text, says_en text, source text,
       certainty text, valid_from date, valid_to date)
 WHERE NOT EXISTS (SELECT FROM planning.taking_rule k WHERE k.code = r.code AND k.valid && daterange(r.valid_from, r.valid_to));

-- name: taking_rules
-- What the law says beside a taking on a day.
-- params: on_day    index: ex_taking_rule_code_valid
SELECT r.code, r.years, r.says_vi, r.says_en, r.source, r.certainty
  FROM planning.taking_rule r WHERE r.valid @> CAST(:on_day AS date) ORDER BY r.code;

-- name: taking
-- What zones for public works, in force or pending on a day, take of a parcel of today or as it was on that day as known
-- then (`past`), and what is left of it, in m² of the working system: of those in force together, of the annual plan's
-- alone, what of it is certain, the pieces left, each zone, and which themes tell of works. Certain is what lies further
-- inside a zone than its accuracy, as in an extract; null where a zone in force has none stated. `reach`: inside, where
-- neither the zone (with those of its map) nor the parcel could be moved out of the other by the accuracy, assumed_m
-- where none is stated; edge, where they could; line, where it is drawn without a width.
-- params: unit_id, valid_at, known_at, past, assumed_m          index: ix_zone_part_geom, pk_parcel
WITH RECURSIVE planned AS (
  SELECT t.theme, t.use_code AS code FROM planning.taking_use t
   UNION
  SELECT p.theme, u.code FROM planned p JOIN cadastre.land_use_type u ON u.parent_code = p.code),
land AS MATERIALIZED (
  SELECT p.geom, ST_Area(p.geom) AS m2 FROM cadastre.parcel p
   WHERE NOT CAST(:past AS boolean) AND p.unit_id = CAST(:unit_id AS bigint) AND p.geom IS NOT NULL
   UNION ALL
  SELECT t.geom, t.m2 FROM planning.card_then(CAST(:unit_id AS bigint), NULL, CAST(:valid_at AS date),
                                              CAST(:known_at AS timestamptz)) t
   WHERE CAST(:past AS boolean) AND t.geom IS NOT NULL),
cut AS (
  SELECT q.zone_id, q.core, ST_Intersection(q.geom, l.geom) AS piece
    FROM land l JOIN planning.zone_part q ON ST_Intersects(q.geom, l.geom)),
part AS (
  SELECT c.zone_id,
         ST_UnaryUnion(ST_Collect(ST_CollectionExtract(c.piece, 3)) FILTER (WHERE NOT c.core)) AS geom,
         ST_UnaryUnion(ST_Collect(ST_CollectionExtract(c.piece, 3)) FILTER (WHERE c.core)) AS core,
         sum(ST_Length(c.piece)) AS length_m, sum(ST_NPoints(c.piece)) AS n
    FROM cut c GROUP BY c.zone_id),
zone AS MATERIALIZED (
  SELECT h.code AS theme, h.name_vi AS theme_name, h.name_en AS theme_name_en, z.code, z.name, z.name_en,
         coalesce(z.use_code, z.code) AS planned, g.code AS plan, v.decision, v.decided_on, v.authority, z.accuracy_m,
         coalesce(v.decided_on, make_date(lower(v.period), 1, 1)) AS since,
         planning.standing(z.status, v.status, z.valid, v.valid, CAST(:valid_at AS date)) AS standing, z.dimension,
         a.geom, CASE WHEN z.dimension = 2 THEN ST_Area(a.geom) END AS m2,
         CASE WHEN z.dimension = 1 THEN a.length_m END AS length_m, CASE WHEN z.dimension = 0 THEN a.n END AS n,
         CASE WHEN z.accuracy_m = 0 THEN a.geom WHEN z.accuracy_m > 0 THEN a.core END AS core,
         z.id, z.plan_id, z.geom AS whole, o.off,
         CASE WHEN z.dimension < 2 THEN 'line'
              WHEN o.off = 0 OR ST_Area(a.core) > 1e-6 OR ST_Area(ST_Intersection(a.geom, ST_Buffer(l.geom, -o.off))) > 1e-6
              THEN 'inside' ELSE 'edge' END AS alone
    FROM land l CROSS JOIN part a
    JOIN planning.zone z ON z.id = a.zone_id AND z.recorded @> CAST(:known_at AS timestamptz)
     AND coalesce(CAST(z.project ->> 'recovery' AS boolean), true)
    JOIN planning.theme h ON h.id = z.theme_id
    JOIN planned p ON p.theme = h.code AND p.code = coalesce(z.use_code, z.code)
    JOIN planning.plan g ON g.id = z.plan_id
    JOIN planning.plan_at(z.plan_id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v ON true
   CROSS JOIN LATERAL (SELECT coalesce(z.accuracy_m, CAST(:assumed_m AS double precision)) AS off) o
    -- Below a square millimetre or a millimetre it is arithmetic, not land.
   WHERE CASE z.dimension WHEN 2 THEN ST_Area(a.geom) > 1e-6 WHEN 1 THEN a.length_m > 1e-3 ELSE true END),
doubtful AS (
  SELECT w.* FROM (
    SELECT z.id, z.plan_id, z.theme, z.standing, z.off, z.whole, bool_and(z.alone = 'edge') OVER same AS is_edge,
           count(*) OVER same > 1 OR z.accuracy_m IS NULL AS may_reach
      FROM zone z WHERE z.dimension = 2 AND z.standing IS NOT NULL
    WINDOW same AS (PARTITION BY z.plan_id, z.theme, z.standing, z.off)) w
   WHERE w.is_edge AND w.may_reach),
joined AS (
  -- Zones on one map are off together: what no zone of them reaches alone, their union may.
  SELECT array_agg(d.id) AS zones
    FROM land l CROSS JOIN doubtful d
   GROUP BY l.geom, d.plan_id, d.theme, d.standing, d.off
  HAVING ST_Area(ST_Intersection(l.geom, ST_Buffer(ST_UnaryUnion(ST_Collect(
           ST_CollectionExtract(ST_Intersection(d.whole, ST_Expand(ST_Envelope(l.geom), 3 * d.off)), 3))), -d.off))) > 1e-6),
told AS (
  SELECT z.*, CASE WHEN EXISTS (SELECT FROM joined j WHERE z.id = ANY (j.zones)) THEN 'inside' ELSE z.alone END AS reach
    FROM zone z WHERE z.standing IS NOT NULL),
taken AS (
  SELECT ST_UnaryUnion(ST_Collect(z.geom)) AS geom,
         ST_UnaryUnion(ST_Collect(z.geom) FILTER (WHERE z.theme = 'annual_plan')) AS annual,
         CASE WHEN bool_and(z.accuracy_m IS NOT NULL) THEN coalesce(ST_Area(ST_UnaryUnion(ST_Collect(z.core))), 0) END AS certain
    FROM zone z WHERE z.standing = 'inForce' AND z.dimension = 2),
rest AS (
  SELECT ST_Area(d.geom) AS m2
    FROM land l CROSS JOIN taken t
   CROSS JOIN LATERAL ST_Dump(CASE WHEN t.geom IS NULL THEN l.geom
                                   ELSE ST_CollectionExtract(ST_Difference(l.geom, t.geom), 3) END) d)
SELECT l.m2, coalesce(ST_Area(t.geom), 0), coalesce(ST_Area(t.annual), 0),
       CASE WHEN t.geom IS NULL THEN 0 ELSE t.certain END,
       coalesce((SELECT array_agg(r.m2 ORDER BY r.m2 DESC) FROM rest r WHERE r.m2 > 1e-6), '{}'),
       coalesce((SELECT json_agg(json_build_object('theme', z.theme, 'themeName', z.theme_name, 'themeNameEn', z.theme_name_en,
                   'code', z.code, 'name', z.name, 'nameEn', z.name_en, 'useCode', z.planned, 'plan', z.plan,
                   'decision', z.decision, 'decidedOn', z.decided_on, 'authority', z.authority, 'status', z.standing,
                   'since', z.since, 'reach', z.reach, 'accuracyM', z.accuracy_m, 'm2', z.m2, 'certainM2', CASE
                     WHEN z.dimension = 2 AND z.accuracy_m IS NOT NULL THEN coalesce(ST_Area(z.core), 0) END,
                   'lengthM', z.length_m, 'count', z.n) ORDER BY z.standing, z.theme, z.m2 DESC NULLS LAST)
                   FROM told z), '[]'),
       coalesce((SELECT array_agg(DISTINCT u.theme ORDER BY u.theme) FROM planning.taking_use u), '{}')
  FROM land l CROSS JOIN taken t;
