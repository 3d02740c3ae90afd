-- Statements of changes to the decision table. Statements below fetch a handful of rows.

-- name: activity_codes
-- What a line may name, with Vietnamese and English names: activities, land uses and themes; and by theme the planned
-- uses and codes that zones or lines have.
SELECT (SELECT json_agg(json_build_array(a.code, a.name_vi, a.name_en) ORDER BY a.sort) FROM planning.activity a),
       (SELECT json_agg(json_build_array(t.code, t.name_vi, t.name_en) ORDER BY t.sort, t.code) FROM cadastre.land_use_type t),
       (SELECT json_agg(json_build_array(h.code, h.name_vi, h.name_en) ORDER BY h.sort) FROM planning.theme h),
       (SELECT json_agg(json_build_array(m.theme, m.codes) ORDER BY m.theme)
          FROM (SELECT c.theme, array_agg(DISTINCT c.code) AS codes
                  FROM (SELECT h.code AS theme, coalesce(z.use_code, z.code) AS code
                          FROM planning.zone z JOIN planning.theme h ON h.id = z.theme_id
                         UNION SELECT r.theme, r.zone FROM planning.activity_rule r WHERE r.theme <> '') c
                 GROUP BY c.theme) m);

-- name: activity_lines
-- The lines in force on a day and those to come, in the order of the table; of one activity or of all.
-- params: on_day, activity
SELECT r.id, r.activity, r.land, r.beside, r.theme, r.zone, r.verdict, r.condition_vi, r.condition_en, r.missing_vi,
       r.missing_en, r.law, r.certainty, r.lapse_years, lower(r.valid), upper(r.valid)
  FROM planning.activity_rule r
  JOIN planning.activity a ON a.code = r.activity
  LEFT JOIN planning.theme h ON h.code = r.theme
  LEFT JOIN cadastre.land_use_type t ON t.code = r.land
 WHERE (upper_inf(r.valid) OR upper(r.valid) > CAST(:on_day AS date)) AND upper_inf(r.recorded)
   AND (CAST(:activity AS text) IS NULL OR r.activity = CAST(:activity AS text))
 ORDER BY a.sort, h.sort NULLS FIRST, t.sort NULLS LAST, r.land, r.beside, r.zone, lower(r.valid);

-- name: propose_activity_change
-- Propose lines (a JSON array) from a day on.
-- params: reason, from_day, lines
SELECT planning.propose_activity_change(CAST(:reason AS text), CAST(:from_day AS date), CAST(:lines AS jsonb));

-- name: decide_activity_change
-- Confirm, reject or withdraw a proposal.
-- params: id, verdict, words
SELECT planning.decide_activity_change(CAST(:id AS bigint), CAST(:verdict AS text), CAST(:words AS text));

-- name: activity_changes
-- Proposals, those that wait first, then the latest; of one number, or the first hundred.
-- params: id
SELECT c.id, c.reason, c.from_day, c.made_at, c.by_account, b.display_name, c.state, c.decided_at, d.display_name, c.words,
       (SELECT count(*) FROM planning.activity_change_line l WHERE l.change_id = c.id)
  FROM planning.activity_change c
  JOIN identity.account b ON b.id = c.by_account
  LEFT JOIN identity.account d ON d.id = c.decided_by
 WHERE CAST(:id AS bigint) IS NULL OR c.id = CAST(:id AS bigint)
 ORDER BY c.state = 'proposed' DESC, c.id DESC LIMIT 100;

-- name: activity_change_lines
-- The lines of a proposal, and beside each the line that was in force when it was proposed.
-- params: id
SELECT l.activity, l.land, l.beside, l.theme, l.zone, l.verdict, l.condition_vi, l.condition_en, l.missing_vi, l.missing_en,
       l.law, l.certainty, l.lapse_years, r.activity, r.land, r.beside, r.theme, r.zone, r.verdict, r.condition_vi,
       r.condition_en, r.missing_vi, r.missing_en, r.law, r.certainty, r.lapse_years
  FROM planning.activity_change_line l LEFT JOIN planning.activity_rule r ON r.id = l.before_id
 WHERE l.change_id = CAST(:id AS bigint) ORDER BY l.id;
