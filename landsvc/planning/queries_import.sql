-- name: put_theme
-- Add a theme, or bring its names up to date.
-- params: code, name_vi, name_en, kind, layer, sort, legal_source    index: uq_theme_code
INSERT INTO planning.theme AS t (code, name_vi, name_en, kind, layer, sort, legal_source)
VALUES (CAST(:code AS text), CAST(:name_vi AS text), CAST(:name_en AS text), CAST(:kind AS text),
        CAST(:layer AS text), CAST(:sort AS integer), CAST(:legal_source AS text))
ON CONFLICT (code) DO UPDATE SET name_vi = EXCLUDED.name_vi, name_en = EXCLUDED.name_en, kind = EXCLUDED.kind,
  layer = EXCLUDED.layer, sort = EXCLUDED.sort, legal_source = EXCLUDED.legal_source
 WHERE (t.name_vi, t.name_en, t.kind, t.layer, t.sort, t.legal_source) IS DISTINCT FROM
       (EXCLUDED.name_vi, EXCLUDED.name_en, EXCLUDED.kind, EXCLUDED.layer, EXCLUDED.sort, EXCLUDED.legal_source);

-- name: known_themes
-- The themes by code.
SELECT t.code, t.id, t.kind FROM planning.theme t ORDER BY t.sort;

-- name: known_uses
-- The land-use codes of today.
SELECT u.code FROM cadastre.land_use_type u;

-- name: lock_overlay
-- Be the one writer of the kept overlay until the transaction ends; taken before parcels are looked for.
SELECT pg_advisory_xact_lock(hashtext('planning.parcel_zone'));

-- name: put_record
-- Write down what this import stands on.
-- params: title, doc_no, doc_on, authority, reason, details
INSERT INTO cadastre.record (kind, title, doc_no, doc_on, authority, reason, details)
VALUES ('import', CAST(:title AS text), CAST(:doc_no AS text), CAST(:doc_on AS date), CAST(:authority AS text),
        CAST(:reason AS text), CAST(:details AS jsonb))
RETURNING id, code;

-- name: believed_plan
-- The version of a plan that holds today or comes next, as believed now.
-- params: code    index: uq_plan_code
SELECT l.id, v.id, v.level, v.name, v.name_en, v.decision, v.decided_on, v.authority, v.status, v.source_scale, v.accuracy_m,
       v.link, lower(v.valid), upper(v.valid)
  FROM planning.plan l
  LEFT JOIN planning.plan_at(l.id, cadastre.today(), 'infinity') v ON true
 WHERE l.code = CAST(:code AS text);

-- name: put_plan
-- Make a plan's identity.
-- params: code
INSERT INTO planning.plan (code) VALUES (CAST(:code AS text)) RETURNING id;

-- name: end_plan_version
-- Stop believing a version of a plan.
-- params: version_id    index: pk_plan_version
UPDATE planning.plan_version SET recorded = recorded WHERE id = CAST(:version_id AS bigint);

-- name: put_plan_version
-- Record what is believed of a plan; its years are those of the version it comes after (null: of none).
-- params: plan_id, after, level, name, name_en, decision, decided_on, authority, status, source_scale, accuracy_m, link, valid_from, valid_to
INSERT INTO planning.plan_version (plan_id, level, name, name_en, period, decision, decided_on, authority, status,
                                   source_scale, accuracy_m, link, valid)
VALUES (CAST(:plan_id AS bigint), CAST(:level AS text), CAST(:name AS text), CAST(:name_en AS text),
        (SELECT v.period FROM planning.plan_version v WHERE v.id = CAST(:after AS bigint)), CAST(:decision AS text),
        CAST(:decided_on AS date), CAST(:authority AS text), CAST(:status AS text), CAST(:source_scale AS integer),
        CAST(:accuracy_m AS double precision), CAST(:link AS text),
        daterange(CAST(:valid_from AS date), CAST(:valid_to AS date)));

-- name: zones_of_plan
-- Zones of a plan believed now, of some themes or (null) of all.
-- params: plan_id, theme_ids    index: ix_zone_plan_id
SELECT z.id FROM planning.zone z
 WHERE z.plan_id = CAST(:plan_id AS bigint) AND upper_inf(z.recorded)
   AND (CAST(:theme_ids AS smallint[]) IS NULL OR z.theme_id = ANY (CAST(:theme_ids AS smallint[])));

-- name: end_zones
-- Stop believing zones.
-- params: zone_ids    index: pk_zone
UPDATE planning.zone SET recorded = recorded WHERE id = ANY (CAST(:zone_ids AS bigint[]));

-- name: put_zone
-- Record a zone; the database cuts it into pieces.
-- params: plan_id, theme_id, code, name, name_en, use_code, status, legal_source, project, building, corridor_m, source_scale, accuracy_m, valid_from, valid_to, geom
INSERT INTO planning.zone (plan_id, theme_id, code, name, name_en, use_code, status, legal_source, project,
                           building, corridor_m, source_scale, accuracy_m, valid, geom)
VALUES (CAST(:plan_id AS bigint), CAST(:theme_id AS smallint), CAST(:code AS text), CAST(:name AS text),
        CAST(:name_en AS text), CAST(:use_code AS text), CAST(:status AS text), CAST(:legal_source AS text),
        CAST(:project AS jsonb), CAST(:building AS jsonb), CAST(:corridor_m AS double precision), CAST(:source_scale AS integer), CAST(:accuracy_m AS double precision),
        daterange(CAST(:valid_from AS date), CAST(:valid_to AS date)), CAST(:geom AS geometry))
RETURNING id;

-- name: coverage_of_plan
-- Where a plan speaks about a theme, as believed now.
-- params: plan_id, theme_id    index: ex_plan_coverage_once
SELECT c.id, ST_AsBinary(c.geom) FROM planning.plan_coverage c
 WHERE c.plan_id = CAST(:plan_id AS bigint) AND c.theme_id = CAST(:theme_id AS smallint) AND upper_inf(c.recorded);

-- name: end_coverage
-- Stop believing a coverage.
-- params: coverage_id    index: pk_plan_coverage
UPDATE planning.plan_coverage SET recorded = recorded WHERE id = CAST(:coverage_id AS bigint);

-- name: put_coverage
-- Record where a plan speaks about a theme.
-- params: plan_id, theme_id, geom
INSERT INTO planning.plan_coverage (plan_id, theme_id, geom)
VALUES (CAST(:plan_id AS bigint), CAST(:theme_id AS smallint), CAST(:geom AS geometry)) RETURNING id;

-- name: land_of_communes
-- The land of communes of today: those named, or (null) those that meet a place.
-- params: codes, place    index: ix_admin_unit_geom
SELECT ST_AsBinary(u.geom) FROM cadastre.admin_unit u
 WHERE u.level = 'commune' AND u.geom IS NOT NULL AND upper_inf(u.valid)
   AND CASE WHEN CAST(:codes AS text[]) IS NULL THEN ST_Intersects(u.geom, CAST(:place AS geometry))
            ELSE u.code = ANY (CAST(:codes AS text[])) END;

-- name: put_aside
-- Keep a row that was set aside, as it came.
-- params: record_id, source_row, rules, attributes, geom
INSERT INTO cadastre.quarantine (record_id, source_row, rules, attributes, geom)
VALUES (CAST(:record_id AS bigint), CAST(:source_row AS integer), CAST(:rules AS text[]),
        CAST(:attributes AS jsonb), CAST(:geom AS geometry));

-- name: touched_units
-- Current parcels whose overlay changes with zones and coverages, neighbours together. Boxes suffice: a parcel
-- too many costs a moment, one too few a wrong answer.
-- params: zone_ids, coverage_ids    index: ix_zone_part_zone_id
SELECT p.unit_id FROM cadastre.parcel p
 WHERE p.kind = 'parcel' AND p.geom IS NOT NULL AND p.unit_id IN (
   SELECT n.unit_id FROM planning.zone_part q JOIN cadastre.parcel n ON n.geom && q.geom
    WHERE q.zone_id = ANY (CAST(:zone_ids AS bigint[])) AND NOT q.core
   UNION
   SELECT n.unit_id FROM planning.plan_coverage_part q JOIN cadastre.parcel n ON n.geom && q.geom
    WHERE q.coverage_id = ANY (CAST(:coverage_ids AS bigint[]))
   UNION
   SELECT k.unit_id FROM planning.parcel_zone k WHERE k.zone_id = ANY (CAST(:zone_ids AS bigint[])))
 ORDER BY p.commune_code, p.geom;

-- name: coverages_of_plan
-- All coverages of a plan believed now.
-- params: plan_id    index: ex_plan_coverage_once
SELECT c.id FROM planning.plan_coverage c WHERE c.plan_id = CAST(:plan_id AS bigint) AND upper_inf(c.recorded);
