-- Statements of drafts: what an officer plans, tries and commits. All run in one transaction of the editor role.

-- part: draft_row
SELECT d.id, d.code, d.state, d.title, d.owner_id, d.owner_name, d.revision, d.made_at, d.changed_at, d.record_id, d.answer,
       d.grounds, d.approved_by, d.confirmed_at, d.confirmed_until
  FROM cadastre.draft d

-- name: add_draft
-- Open a draft of an officer; gives its id.
-- params: code, title, owner_id, owner_name
INSERT INTO cadastre.draft (code, title, owner_id, owner_name)
VALUES (:code, :title, CAST(:owner_id AS bigint), :owner_name) RETURNING id;

-- name: draft
-- A draft by its code.
-- params: code          index: uq_draft_code
{draft_row}
 WHERE d.code = CAST(:code AS text);

-- name: draft_to_change
-- The draft, kept from everybody else who would change it until this transaction ends.
-- params: code          index: uq_draft_code
{draft_row}
 WHERE d.code = CAST(:code AS text) FOR UPDATE;

-- name: drafts
-- One page of drafts, newest first: all or one owner's, in one state or any.
-- params: owner_id, state, before, page          index: pk_draft
{draft_row}
 WHERE (CAST(:before AS bigint) = 0 OR d.id < CAST(:before AS bigint))
   AND (CAST(:owner_id AS bigint) IS NULL OR d.owner_id = CAST(:owner_id AS bigint))
   AND (CAST(:state AS text) IS NULL OR d.state = CAST(:state AS text))
 ORDER BY d.id DESC LIMIT CAST(:page AS integer) + 1;

-- name: draft_operations
-- The operations of a draft in their order, with the versions their units had when each was added.
-- params: draft_id          index: pk_draft_operation
SELECT o.seq, o.body, o.units, o.versions, o.added_at FROM cadastre.draft_operation o
 WHERE o.draft_id = CAST(:draft_id AS bigint) ORDER BY o.seq;

-- name: add_operation
-- Put an operation behind those of a draft.
-- params: draft_id, seq, body, units, versions
INSERT INTO cadastre.draft_operation (draft_id, seq, body, units, versions)
VALUES (CAST(:draft_id AS bigint), CAST(:seq AS smallint), CAST(:body AS jsonb), CAST(:units AS bigint[]),
        CAST(:versions AS bigint[]));

-- name: drop_operation
-- Take one operation of a draft back.
-- params: draft_id, seq
DELETE FROM cadastre.draft_operation WHERE draft_id = CAST(:draft_id AS bigint) AND seq = CAST(:seq AS smallint);

-- name: touch_draft
-- Count a change of a draft: its revision is what If-Match compares.
-- params: draft_id
UPDATE cadastre.draft SET revision = revision + 1, changed_at = clock_timestamp()
 WHERE id = CAST(:draft_id AS bigint) RETURNING revision, changed_at;

-- name: close_draft
-- A closed draft gives back what it reserved and did not use.
-- params: draft_id, state, record_id, answer
WITH freed AS (DELETE FROM cadastre.draft_slot WHERE draft_id = CAST(:draft_id AS bigint))
UPDATE cadastre.draft
   SET state = :state, record_id = CAST(:record_id AS bigint), answer = CAST(:answer AS jsonb), revision = revision + 1,
       changed_at = clock_timestamp()
 WHERE id = CAST(:draft_id AS bigint);

-- name: drafts_on_units
-- Other drafts that are not closed and name some of these units: their codes, owners, units and states.
-- params: draft_id, units          index: ix_draft_operation_units
SELECT d.code, d.owner_name, array_agg(DISTINCT u ORDER BY u), d.state
  FROM cadastre.draft_operation o JOIN cadastre.draft d ON d.id = o.draft_id AND d.state IN ('open', 'submitted', 'confirmed')
 CROSS JOIN unnest(o.units) u
 WHERE o.units && CAST(:units AS bigint[]) AND u = ANY (CAST(:units AS bigint[])) AND d.id <> CAST(:draft_id AS bigint)
 GROUP BY d.id ORDER BY d.id;

-- name: slots
-- What a draft reserved, in order; `taken` when somebody else was given the number meanwhile.
-- params: draft_id          index: pk_draft_slot, uq_parcel_number_series_id_sheet_number
SELECT s.seq, s.unit_id, s.series_id, s.sheet, s.number, EXISTS (
         SELECT FROM cadastre.parcel_number k
          WHERE k.series_id = s.series_id AND k.sheet = s.sheet AND k.number = s.number
            AND k.annulled_record_id IS NULL) AS taken
  FROM cadastre.draft_slot s WHERE s.draft_id = CAST(:draft_id AS bigint) AND NOT s.asked ORDER BY s.seq;

-- name: drop_slot
-- Give back the numbers and ids an operation reserved.
-- params: draft_id, seq
DELETE FROM cadastre.draft_slot WHERE draft_id = CAST(:draft_id AS bigint) AND seq = CAST(:seq AS smallint);

-- name: lock_numbers
-- Let nobody else reserve numbers on some sheets (a JSON array) until this transaction ends.
-- params: sheets
SELECT pg_advisory_xact_lock(k.key) FROM (
  SELECT DISTINCT hashtextextended('number/' || CAST(w.series_id AS text) || '/' || w.sheet, 0) AS key
    FROM jsonb_to_recordset(CAST(:sheets AS jsonb)) AS w(series_id bigint, sheet text) ORDER BY 1) k;

-- name: reserve_slots
-- Reserve identities in the order of a list (a JSON array of places, series and sheets), each with the number after the
-- largest one given or reserved on its sheet.
-- params: draft_id, sheets          index: pk_draft_slot
WITH wanted AS MATERIALIZED (
  SELECT w.*, row_number() OVER (PARTITION BY w.series_id, w.sheet ORDER BY w.at) AS nth
    FROM jsonb_to_recordset(CAST(:sheets AS jsonb)) AS w(at integer, series_id bigint, sheet text)),
last AS MATERIALIZED (
  SELECT w.series_id, w.sheet, (SELECT coalesce(max(n.number), 0) FROM (
           SELECT CAST(k.number AS bigint) AS number FROM cadastre.parcel_number k
            WHERE k.series_id = w.series_id AND k.sheet = w.sheet AND k.number ~ '^[0-9]{1,9}$'
            UNION ALL
           SELECT CAST(s.number AS bigint) FROM cadastre.draft_slot s
            WHERE s.series_id = w.series_id AND s.sheet = w.sheet AND s.number ~ '^[0-9]{1,9}$') n) AS number
    FROM wanted w WHERE w.nth = 1 AND w.series_id IS NOT NULL)
INSERT INTO cadastre.draft_slot (draft_id, seq, unit_id, series_id, sheet, number)
SELECT CAST(:draft_id AS bigint), w.at + (SELECT coalesce(max(m.seq), 0) FROM cadastre.draft_slot m
                                           WHERE m.draft_id = CAST(:draft_id AS bigint)),
       nextval(pg_get_serial_sequence('cadastre.parcel_unit', 'id')), w.series_id, w.sheet, w.number
  FROM (SELECT x.at, x.series_id, x.sheet, CAST(l.number + x.nth AS text) AS number
          FROM wanted x LEFT JOIN last l ON l.series_id = x.series_id AND l.sheet = x.sheet ORDER BY x.at) w
RETURNING seq, unit_id, series_id, sheet, number;

-- name: reserve_number
-- Reserve a certain number for a draft, unless it was ever given or somebody else reserved it; true when it is its own.
-- params: draft_id, series_id, sheet, number          index: uq_draft_slot_series_id_sheet_number, uq_parcel_number_series_id_sheet_number
WITH made AS (
  INSERT INTO cadastre.draft_slot (draft_id, seq, unit_id, series_id, sheet, number, asked)
  SELECT CAST(:draft_id AS bigint), (SELECT coalesce(max(s.seq), 0) + 1 FROM cadastre.draft_slot s
                                      WHERE s.draft_id = CAST(:draft_id AS bigint)),
         nextval(pg_get_serial_sequence('cadastre.parcel_unit', 'id')), CAST(:series_id AS bigint),
         CAST(:sheet AS text), CAST(:number AS text), true
   WHERE NOT EXISTS (SELECT FROM cadastre.parcel_number k
                      WHERE k.series_id = CAST(:series_id AS bigint) AND k.sheet = CAST(:sheet AS text)
                        AND k.number = CAST(:number AS text) AND k.annulled_record_id IS NULL)
  ON CONFLICT (series_id, sheet, number) DO NOTHING RETURNING draft_id)
SELECT EXISTS (SELECT FROM made) OR EXISTS (
  SELECT FROM cadastre.draft_slot s
   WHERE s.series_id = CAST(:series_id AS bigint) AND s.sheet = CAST(:sheet AS text)
     AND s.number = CAST(:number AS text) AND s.draft_id = CAST(:draft_id AS bigint) AND s.asked
     AND NOT EXISTS (SELECT FROM cadastre.parcel_number k WHERE k.series_id = s.series_id AND k.sheet = s.sheet
                        AND k.number = s.number AND k.annulled_record_id IS NULL));

-- name: newest_series
-- The newest map series of a commune of today that numbers parcels, and the code numbers are issued under.
-- params: commune          index: ix_map_series_admin_unit_id
SELECT r.id, a.code FROM cadastre.admin_unit a JOIN cadastre.map_series r ON r.admin_unit_id = a.id
 WHERE a.code = CAST(:commune AS text) AND a.level = 'commune' AND a.valid @> cadastre.today()
 ORDER BY (r.kind = 'cadastral') DESC, r.year DESC NULLS LAST, r.id DESC LIMIT 1;

-- name: unknown_codes
-- Codes of land uses and of origins that no list has.
-- params: uses, origins
SELECT u FROM unnest(CAST(:uses AS text[])) u
 WHERE NOT EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = u)
 UNION
SELECT o FROM unnest(CAST(:origins AS text[])) o
 WHERE NOT EXISTS (SELECT FROM cadastre.land_origin t WHERE t.code = o)
 ORDER BY 1;

-- name: units_of_record
-- The units whose versions a record made or closed.
-- params: record_id          index: ix_parcel_version_record_id, ix_parcel_version_closed_record_id
SELECT DISTINCT v.unit_id FROM cadastre.parcel_version v
 WHERE v.record_id = CAST(:record_id AS bigint) OR v.closed_record_id = CAST(:record_id AS bigint) ORDER BY 1;

-- name: units_now
-- Units as they are believed now, with what their successors inherit.
-- params: units          index: pk_parcel
SELECT p.unit_id, p.version_id, p.kind, coalesce(p.issuing_code || '-' || p.sheet || '-' || p.number, p.code), p.code,
       p.commune_code, p.series_id, p.issuing_code, p.sheet, p.number, p.legal_area_m2, p.computed_area_m2,
       p.computed_srid, p.address, p.valid_from, v.survey_id, ST_AsBinary(p.geom), (
         SELECT coalesce(jsonb_agg(jsonb_build_array(u.use_code, u.area_m2::text, u.origin_code, u.shared, u.term_until,
                  encode(ST_AsBinary(u.geom), 'hex')) ORDER BY u.seq), '[]')
           FROM cadastre.parcel_use u WHERE u.version_id = p.version_id), (
         SELECT ST_AsBinary(ST_Union(k.geom)) FROM (
           SELECT a.geom FROM cadastre.known_overlap a WHERE a.unit_a = p.unit_id AND upper_inf(a.recorded)
            UNION ALL
           SELECT b.geom FROM cadastre.known_overlap b WHERE b.unit_b = p.unit_id AND upper_inf(b.recorded)) k)
  FROM cadastre.parcel p JOIN cadastre.parcel_version v ON v.id = p.version_id
 WHERE p.unit_id = ANY (CAST(:units AS bigint[]));

-- name: units_around
-- Current units within a distance of a place (EWKB), but for some.
-- params: place, within_m, except_units          index: ix_parcel_geom
SELECT p.unit_id FROM cadastre.parcel p
 WHERE ST_DWithin(p.geom, CAST(CAST(:place AS text) AS geometry), CAST(:within_m AS double precision))
   AND p.unit_id <> ALL (CAST(:except_units AS bigint[]))
 ORDER BY p.unit_id;

-- name: known_overlap
-- Where some units are known to overlap others, they or those they come from.
-- params: units, others
SELECT ST_AsBinary(ST_Union(cadastre.known_overlap_of(u, o)))
  FROM unnest(CAST(:units AS bigint[])) u, unnest(CAST(:others AS bigint[])) o;

-- name: what_changed
-- Whether a unit's facts changed since a version: a technical one (only noded) is no change.
-- params: unit_id, version_id          index: ex_parcel_version_two_times
SELECT EXISTS (
  SELECT FROM cadastre.parcel_version v
   WHERE v.unit_id = CAST(:unit_id AS bigint) AND v.id > CAST(:version_id AS bigint) AND NOT v.technical);

-- name: what_became
-- What a unit is called, the record and current parcels that took its place, and the land it had (GeoJSON).
-- params: unit_id          index: pk_parcel_unit
SELECT n.ref, e.record, (
         SELECT coalesce(array_agg(m.ref ORDER BY m.unit_id), '{}') FROM cadastre.lineage l
           JOIN cadastre.unit_name m ON m.unit_id = l.child_id WHERE l.parent_id = n.unit_id AND upper_inf(l.recorded)),
       CAST(e.land AS jsonb)
  FROM cadastre.unit_name n
  LEFT JOIN LATERAL (
         SELECT r.code AS record, ST_AsGeoJSON(v.geom, 3) AS land
           FROM cadastre.parcel_version v JOIN cadastre.record r ON r.id = v.closed_record_id
          WHERE v.unit_id = n.unit_id ORDER BY v.id DESC LIMIT 1) e ON true
 WHERE n.unit_id = CAST(:unit_id AS bigint);

-- name: fabric_now
-- The newest belief about any unit (the same number means that nothing changed), and the register's day.
SELECT coalesce((SELECT max(v.id) FROM cadastre.parcel_version v), 0), cadastre.today();

-- name: begin_preview
-- Let this transaction write the fabric without locks; from here on it cannot be committed. It waits so long for a lock
-- (such as 500ms), as long as before when nothing is said.
-- params: wait
SELECT set_config('lock_timeout', coalesce(CAST(:wait AS text), current_setting('lock_timeout')), true),
       cadastre.begin_preview();

-- name: claim_units
-- Take the current versions of units without waiting: for a preview.
-- params: units
SELECT cadastre.claim_units(CAST(:units AS bigint[]));

-- name: lock_draft
-- Lock the fabric around some units, around places drawn (EWKB), and around their neighbours where those meet their
-- boundary: of a very large one around its edges there; gives the communes.
-- params: units, places          index: pk_parcel, ix_parcel_geom, pk_parcel_run
WITH operand AS MATERIALIZED (
  SELECT p.geom, p.commune_code, ST_Intersection(ST_Boundary(p.geom),
           ST_Buffer(CAST(CAST(:places AS text) AS geometry), 0.01)) AS cut
    FROM cadastre.parcel p WHERE p.unit_id = ANY (CAST(:units AS bigint[])))
SELECT cadastre.lock_fabric((
  SELECT ST_Collect(g.geom) FROM (
    SELECT o.geom FROM operand o
     UNION ALL
    SELECT coalesce((SELECT ST_Collect(r.geom) FROM cadastre.parcel_run r
                      WHERE r.unit_id = n.unit_id AND ST_DWithin(r.geom, o.cut, 0.01)), n.geom)
      FROM operand o JOIN cadastre.parcel n ON ST_DWithin(n.geom, o.cut, 0.01)) g),
  ARRAY(SELECT DISTINCT o.commune_code FROM operand o));

-- name: lock_land
-- Lock the fabric around land as it will be (EWKB), in these communes too; gives the communes.
-- params: place, communes
SELECT cadastre.lock_fabric(CAST(CAST(:place AS text) AS geometry), CAST(:communes AS text[]));

-- name: refusals
-- Prove now, not at commit, that the land written so far overlaps nothing and that areas before and after balance: the facts
-- of each refusal, null where it holds.
SELECT cadastre.refusal_of('fab-overlap'), cadastre.refusal_of('area-balance');

-- name: prove_all
-- Prove now whatever else would be proved at commit.
SELECT cadastre.prove_now();

-- name: add_record
-- Store the document or reason a draft is committed under; gives its id and code.
-- params: kind, title, doc_no, doc_on, authority, reason, details, made_by
INSERT INTO cadastre.record (kind, title, doc_no, doc_on, authority, reason, details, made_by)
VALUES (:kind, :title, :doc_no, CAST(:doc_on AS date), :authority, :reason, CAST(:details AS jsonb), :made_by)
RETURNING id, code;

-- name: add_trial_record
-- A record for a preview: it takes no number of the series, which would be lost.
-- params: kind, title
INSERT INTO cadastre.record (code, kind, title, reason)
VALUES ('preview-' || CAST(pg_current_xact_id() AS text), :kind, :title, 'preview') RETURNING id, code;

-- name: node_neighbours
-- Put corners into edges of neighbours (lines from corner to new corner to corner), as technical versions under the
-- record (a JSON array of units and hexadecimal EWKB).
-- params: bends, record_id
SELECT count(*) FROM (
  SELECT array_agg(r.unit_id) AS units, array_agg(CAST(r.bends AS geometry)) AS bends
    FROM jsonb_to_recordset(CAST(:bends AS jsonb)) AS r(unit_id bigint, bends text)) n,
  cadastre.node_neighbours(n.units, n.bends, CAST(:record_id AS bigint));

-- name: add_surveys
-- Store what parcels were drawn from (a JSON array; geometries as hexadecimal EWKB in their own systems), in order.
-- params: surveys, record_id
INSERT INTO cadastre.survey (record_id, srid, method, surveyed_on, surveyed_by, accuracy_m, geom)
SELECT CAST(:record_id AS bigint), r.srid, r.method, r.surveyed_on, r.surveyed_by, r.accuracy, CAST(r.geom AS geometry)
  FROM jsonb_to_recordset(CAST(:surveys AS jsonb)) AS r(seq integer, srid integer, method text, surveyed_on date,
       surveyed_by text, accuracy float8, geom text)
 ORDER BY r.seq RETURNING id;

-- name: write_plan
-- Write the end state of a draft under a record, in one statement, so that triggers see all of it at once: close what
-- ends or changes (`touched`), keep what it said until a day (a unit that came to be on that very day never held for a
-- whole one), end and move numbers, make units with their codes and numbers, store versions with their uses, and who
-- came of whom or ended why. JSON arrays; geometries as hexadecimal EWKB, areas in m².
-- params: touched, ended, moved, units, versions, uses, links, ends, record_id, since          index: ex_parcel_version_two_times
WITH old AS MATERIALIZED (
  -- Read before the first row is written: a scan of the GiST index of two times that is begun anew for each row, while the
  -- same statement makes the index grow, can mark entries of living rows as dead (PostgreSQL 15).
  SELECT v.id FROM cadastre.parcel_version v
   WHERE v.unit_id = ANY (CAST(:touched AS bigint[])) AND upper_inf(v.recorded) AND upper_inf(v.valid)),
closed AS (
  UPDATE cadastre.parcel_version v SET recorded = v.recorded, closed_record_id = CAST(:record_id AS bigint)
    FROM (SELECT array_agg(o.id) AS ids FROM old o) o WHERE v.id = ANY (o.ids)
  RETURNING v.id AS was_id, v.unit_id, v.survey_id, v.valid, v.commune_code, v.geom, v.legal_area_m2, v.computed_area_m2,
            v.computed_srid, v.address),
past AS MATERIALIZED (
  SELECT nextval(pg_get_serial_sequence('cadastre.parcel_version', 'id')) AS id, c.*
    FROM (SELECT * FROM closed WHERE lower(valid) < CAST(:since AS date) ORDER BY unit_id) c),
next AS MATERIALIZED (
  SELECT nextval(pg_get_serial_sequence('cadastre.parcel_version', 'id')) AS id, n.*
    FROM (SELECT r.* FROM jsonb_to_recordset(CAST(:versions AS jsonb)) AS r(unit_id bigint, survey_id bigint, commune text,
                 geom text, legal numeric, measured float8, measured_srid integer, address text)
           WHERE (SELECT count(*) FROM past) >= 0 ORDER BY r.unit_id) n),
used AS (
  INSERT INTO cadastre.parcel_use (version_id, seq, use_code, area_m2, origin_code, shared, term_until, geom)
  SELECT p.id, u.seq, u.use_code, u.area_m2, u.origin_code, u.shared, u.term_until, u.geom
    FROM past p JOIN cadastre.parcel_use u ON u.version_id = p.was_id
   UNION ALL
  SELECT n.id, r.seq, r.code, r.area, r.origin, r.shared, r.term, CAST(r.geom AS geometry)
    FROM next n JOIN jsonb_to_recordset(CAST(:uses AS jsonb)) AS r(unit_id bigint, seq smallint, code text, area numeric,
         origin text, shared boolean, term date, geom text) ON r.unit_id = n.unit_id
  RETURNING version_id),
number_ended AS (
  UPDATE cadastre.parcel_number
     SET used = daterange(lower(used), greatest(CAST(:since AS date), lower(used) + 1)),
         changed_record_id = CAST(:record_id AS bigint)
   WHERE unit_id = ANY (CAST(:ended AS bigint[])) AND upper_inf(used)
  RETURNING unit_id),
moving AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(CAST(:moved AS jsonb))
         AS r(unit_id bigint, series_id bigint, sheet text, number text)),
-- The number before ends; where it is printed on a certificate, it stays in use as that.
number_left AS (
  UPDATE cadastre.parcel_number k
     SET used = CASE WHEN k.as_printed THEN k.used
                     ELSE daterange(lower(k.used), greatest(CAST(:since AS date), lower(k.used) + 1)) END,
         on_map = k.on_map AND NOT k.as_printed, changed_record_id = CAST(:record_id AS bigint)
    FROM moving g WHERE k.unit_id = g.unit_id AND k.on_map AND upper_inf(k.used)
  RETURNING k.unit_id),
made AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(CAST(:units AS jsonb)) AS r(id bigint, kind text, series_id bigint, sheet text,
         number text, code text, x float8, y float8, srid integer, lon float8, lat float8, shift text, algorithm text,
         tolerance float8, step integer)),
unit AS (
  INSERT INTO cadastre.parcel_unit (id, kind, record_id) OVERRIDING SYSTEM VALUE
  SELECT r.id, r.kind, CAST(:record_id AS bigint) FROM made r ORDER BY r.id
  RETURNING id),
code AS (
  INSERT INTO cadastre.parcel_code (code, unit_id, x, y, srid, lon, lat, datum_shift, algorithm, tolerance_m, step)
  SELECT r.code, r.id, r.x, r.y, r.srid, r.lon, r.lat, r.shift, r.algorithm, r.tolerance, r.step
    FROM made r ORDER BY r.id
  RETURNING unit_id),
number AS (
  INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, on_map, as_printed, used, record_id)
  SELECT n.unit_id, n.series_id, n.sheet, n.number, true, false, daterange(CAST(:since AS date), NULL),
         CAST(:record_id AS bigint)
    FROM (SELECT r.id AS unit_id, r.series_id, r.sheet, r.number FROM made r WHERE r.number IS NOT NULL
           UNION ALL
          SELECT g.unit_id, g.series_id, g.sheet, g.number FROM moving g) n
   WHERE (SELECT count(*) FROM number_left) >= 0 ORDER BY n.unit_id
  RETURNING unit_id),
lineage AS (
  INSERT INTO cadastre.lineage (parent_id, child_id, kind, record_id)
  SELECT r.parent, r.child, r.kind, CAST(:record_id AS bigint)
    FROM jsonb_to_recordset(CAST(:links AS jsonb)) AS r(parent bigint, child bigint, kind text)
  RETURNING id),
unit_end AS (
  INSERT INTO cadastre.unit_end (unit_id, reason, record_id)
  SELECT CAST(e.key AS bigint), e.value, CAST(:record_id AS bigint) FROM jsonb_each_text(CAST(:ends AS jsonb)) e)
INSERT INTO cadastre.parcel_version (id, unit_id, record_id, survey_id, valid, commune_code, geom, legal_area_m2,
                                     computed_area_m2, computed_srid, address) OVERRIDING SYSTEM VALUE
SELECT v.id, v.unit_id, CAST(:record_id AS bigint), v.survey_id, v.valid, v.commune_code, v.geom, v.legal_area_m2,
       v.computed_area_m2, v.computed_srid, v.address
  FROM (SELECT p.id, p.unit_id, p.survey_id, daterange(lower(p.valid), CAST(:since AS date)) AS valid, p.commune_code,
               p.geom, p.legal_area_m2, p.computed_area_m2, p.computed_srid, p.address FROM past p
         UNION ALL
        SELECT n.id, n.unit_id, n.survey_id, daterange(CAST(:since AS date), NULL), n.commune, CAST(n.geom AS geometry),
               n.legal, n.measured, n.measured_srid, n.address FROM next n) v
    -- Versions come last: they are shown with their uses, numbers and codes, and asked for their area once for all.
 WHERE (SELECT count(*) FROM used) + (SELECT count(*) FROM number_ended) + (SELECT count(*) FROM number)
       + (SELECT count(*) FROM unit) + (SELECT count(*) FROM code) + (SELECT count(*) FROM lineage) >= 0
 ORDER BY v.id;

-- name: codes_used
-- Which of some codes were ever given.
-- params: codes          index: pk_parcel_code
SELECT k.code FROM cadastre.parcel_code k WHERE k.code = ANY (CAST(:codes AS text[]));

-- name: today
-- The register's day, which is Vietnam's, whatever zone the server stands in.
SELECT cadastre.today();

-- name: roads_along
-- Where land (EWKB) borders on roads (see road_fronts), and whether any road is mapped in its surroundings.
-- params: land, within_m          index: ix_parcel_geom
WITH here AS MATERIALIZED (SELECT CAST(CAST(:land AS text) AS geometry) AS geom)
SELECT (SELECT ST_AsBinary(ST_CollectionExtract(ST_Union(ST_Intersection(ST_Boundary(h.geom),
                 ST_ClipByBox2D(ST_Boundary(o.geom), CAST(ST_Expand(h.geom, 1) AS box2d)))), 2))
          FROM cadastre.parcel o WHERE o.kind = 'object' AND o.use_label LIKE 'DGT%' AND o.geom && h.geom), EXISTS (
        SELECT FROM cadastre.parcel o
         WHERE o.kind = 'object' AND o.use_label LIKE 'DGT%'
           AND o.geom && ST_Expand(h.geom, CAST(:within_m AS double precision)))
  FROM here h;
