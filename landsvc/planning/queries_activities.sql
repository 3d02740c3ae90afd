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
INSERT INTO planning.activity_rule (activity, land, theme, zone, verdict, condition_vi, condition_en, missing_vi, missing_en,
  law, certainty, valid)
SELECT r.activity, r.land, r.theme, r.zone, r.verdict, r.condition_vi, r.condition_en, r.missing_vi, r.missing_en, r.law,
       r.certainty, daterange(r.valid_from, r.valid_to)
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(activity text, land text, theme text, zone text, verdict text,
       condition_vi text, condition_en text, missing_vi text, missing_en text, law text, certainty text, valid_from date,
       valid_to date)
 WHERE NOT EXISTS (SELECT FROM planning.activity_rule k WHERE k.activity = r.activity AND k.land = r.land
                      AND k.theme = r.theme AND k.zone = r.zone AND k.valid && daterange(r.valid_from, r.valid_to));

-- name: activity_table
-- The decision table of a day with the activities in order, and which land use is of which group.
-- params: on_day
SELECT (SELECT json_agg(json_build_array(a.code, a.name_vi, a.name_en) ORDER BY a.sort) FROM planning.activity a),
       (SELECT json_agg(json_build_array(r.activity, r.land, r.theme, r.zone, r.verdict, r.condition_vi, r.condition_en,
                                         r.missing_vi, r.missing_en, r.law, r.certainty) ORDER BY r.id)
          FROM planning.activity_rule r WHERE r.valid @> CAST(:on_day AS date)),
       (SELECT json_object_agg(t.code, t.parent_code) FROM cadastre.land_use_type t);
