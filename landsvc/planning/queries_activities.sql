-- Statements of what may be done on land.

-- name: put_activities
-- Add the activities that are not there, and bring their names up to date (a JSON array).
-- params: rows    index: pk_activity
INSERT INTO planning.activity (code, name_vi, name_en, sort)
SELECT r.code, r.name_vi, r.name_en, r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, name_vi text, name_en text, sort smallint)
ON CONFLICT (code) DO UPDATE SET name_vi = EXCLUDED.name_vi, name_en = EXCLUDED.name_en, sort = EXCLUDED.sort
 WHERE (activity.name_vi, activity.name_en, activity.sort) IS DISTINCT FROM (EXCLUDED.name_vi, EXCLUDED.name_en, EXCLUDED.sort);

-- name: put_activity_rules
-- Add the lines whose case and day have no answer yet (a JSON array): what a province changed stays as it has it.
-- params: rows    index: ex_activity_rule_case_valid
INSERT INTO planning.activity_rule (activity, land, beside, theme, zone, verdict, condition_vi, condition_en, missing_vi,
  missing_en, law, certainty, lapse_years, valid)
SELECT r.activity, r.land, r.beside, r.theme, r.zone, r.verdict, r.condition_vi, r.condition_en, r.missing_vi, r.missing_en,
       r.law, r.certainty, r.lapse_years, daterange(r.valid_from, r.valid_to)
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(activity text, land text, beside text, theme text, zone text,
       verdict text, condition_vi text, condition_en text, missing_vi text, missing_en text, law text, certainty text,
       lapse_years smallint, valid_from date, valid_to date)
 WHERE NOT EXISTS (SELECT FROM planning.activity_rule k WHERE k.activity = r.activity AND k.land = r.land
                      AND k.beside = r.beside AND k.theme = r.theme AND k.zone = r.zone
                      AND k.valid && daterange(r.valid_from, r.valid_to));

-- name: activity_table
-- The decision table of a day as known then, with the activities in order, and which land use is of which group.
-- params: on_day, known_at
SELECT (SELECT json_agg(json_build_array(a.code, a.name_vi, a.name_en) ORDER BY a.sort) FROM planning.activity a),
       (SELECT json_agg(json_build_array(r.activity, r.land, r.beside, r.theme, r.zone, r.verdict, r.condition_vi,
                                         r.condition_en, r.missing_vi, r.missing_en, r.law, r.certainty, r.lapse_years)
                        ORDER BY r.id)
          FROM planning.activity_rule r
         WHERE r.valid @> CAST(:on_day AS date) AND r.recorded @> CAST(:known_at AS timestamptz)),
       (SELECT json_object_agg(t.code, t.parent_code) FROM cadastre.land_use_type t);

-- name: land_and_zones
-- The parcel of a unit on a day as known then (`past`) or of today, and what zones in force take of it, those of one
-- theme, planned use and plan together: area in m² and shapes in the working system. Zones of projects that recover
-- no land limit nobody.
-- params: unit_id, valid_at, known_at, past    index: pk_parcel, ix_zone_part_geom
WITH land AS MATERIALIZED (
  SELECT p.geom FROM cadastre.parcel p
   WHERE NOT CAST(:past AS boolean) AND p.unit_id = CAST(:unit_id AS bigint) AND p.geom IS NOT NULL
   UNION ALL
  SELECT t.geom FROM planning.card_then(CAST(:unit_id AS bigint), NULL, CAST(:valid_at AS date),
                                        CAST(:known_at AS timestamptz)) t
   WHERE CAST(:past AS boolean) AND t.geom IS NOT NULL),
part AS (
  SELECT q.zone_id, ST_Collect(ST_CollectionExtract(ST_Intersection(q.geom, l.geom), 3)) AS geom
    FROM land l JOIN planning.zone_part q ON NOT q.core AND ST_Intersects(q.geom, l.geom)
   GROUP BY q.zone_id)
SELECT ST_Area(l.geom), h.code, coalesce(z.use_code, z.code), g.code, ST_AsBinary(ST_UnaryUnion(ST_Collect(a.geom)))
  FROM land l CROSS JOIN part a
  JOIN planning.zone z ON z.id = a.zone_id AND z.dimension = 2 AND z.recorded @> CAST(:known_at AS timestamptz)
   AND coalesce(CAST(z.project ->> 'recovery' AS boolean), true)
  JOIN planning.theme h ON h.id = z.theme_id
  JOIN planning.plan g ON g.id = z.plan_id
  JOIN planning.plan_at(z.plan_id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v
    ON planning.standing(z.status, v.status, z.valid, v.valid, CAST(:valid_at AS date)) = 'inForce'
 GROUP BY l.geom, h.code, coalesce(z.use_code, z.code), g.code;
