

-- name: parcel_by_number
-- Units that bear a sheet and parcel number in any series of the issuing commune, in some years. A current one
-- comes with the answer of the API, a retired one without. The unique index of parcel_number serves it; in a
-- register of one commune the index on number and sheet does as well. The years are asked by function, because
-- the operator would draw in a GiST index that is four times as slow as that of the code. A number that an
-- annulment took back comes without an answer and marked so: it leads to what was believed of it, not to today.
-- params: commune, years, sheet, number          index: pk_parcel
SELECT n.unit_id, s.code AS series, n.sheet, n.number,
       CASE WHEN n.annulled_record_id IS NULL THEN
       '{' || c.facts || ',"matched":{"series":' || to_json(s.code) || ',"sheet":' || to_json(n.sheet)
           || ',"number":' || to_json(n.number) || '},"geometry":'
           || coalesce(ST_AsGeoJSON(c.geom4326, 7), 'null') || '}' END AS body, n.annulled_record_id IS NOT NULL AS annulled, s.year
  FROM cadastre.admin_unit u
  JOIN cadastre.map_series s ON s.admin_unit_id = u.id
 CROSS JOIN LATERAL (
   -- OFFSET 0 holds the order: series first. The same number stands on the same sheet of every commune.
   SELECT k.id, k.unit_id, k.sheet, k.number, k.on_map, k.used, k.annulled_record_id FROM cadastre.parcel_number k
    WHERE k.series_id = s.id AND k.sheet = CAST(:sheet AS text) AND k.number = CAST(:number AS text) OFFSET 0) n
  LEFT JOIN cadastre.parcel_card c ON c.unit_id = n.unit_id
 WHERE u.code = CAST(:commune AS text) AND u.level = 'commune' AND range_overlaps(u.valid, CAST(:years AS daterange))
 ORDER BY c.unit_id IS NULL, n.on_map AND upper_inf(n.used) DESC, n.id;

-- name: units_numbered_then
-- Which of some units bore a sheet and number on a day, as known at an instant.
-- params: unit_ids, sheet, number, valid_at, known_at          index: ix_parcel_number_unit_id
SELECT u.id FROM unnest(CAST(:unit_ids AS bigint[])) u(id)
 WHERE EXISTS (SELECT FROM (
         -- OFFSET 0: a unit has few numbers, while the same number stands on the same sheet of every commune.
         SELECT b.sheet, b.number
           FROM cadastre.numbers_at(u.id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) b OFFSET 0) n
                WHERE n.sheet = CAST(:sheet AS text) AND n.number = CAST(:number AS text));

-- name: parcel_by_code
-- The current parcel of a 12-character code, as the answer of the API.
-- params: code          index: ix_parcel_code
SELECT c.unit_id, '{' || c.facts || ',"matched":null,"geometry":'
                      || coalesce(ST_AsGeoJSON(c.geom4326, 7), 'null') || '}' AS body
  FROM cadastre.parcel_card c WHERE c.code = CAST(:code AS text);

-- name: unit_of_code
-- The unit that ever bore a 12-character code, retired or not.
-- params: code          index: pk_parcel_code
SELECT k.unit_id FROM cadastre.parcel_code k WHERE k.code = CAST(:code AS text);

-- name: parcel_by_unit
-- A parcel by its identity: with the answer of the API when it is current, without one when it is retired.
-- params: unit_id          index: pk_parcel_unit
SELECT u.id, '{' || c.facts || ',"matched":null,"geometry":'
                 || coalesce(ST_AsGeoJSON(c.geom4326, 7), 'null') || '}' AS body
  FROM cadastre.parcel_unit u LEFT JOIN cadastre.parcel_card c ON c.unit_id = u.id
 WHERE u.id = CAST(:unit_id AS bigint) AND u.kind = 'parcel';

-- name: codes_of_units
-- The 12-character codes of units, retired or not; none for a parcel without a map.
-- params: unit_ids          index: uq_parcel_code_unit_id
SELECT k.unit_id, k.code FROM cadastre.parcel_code k WHERE k.unit_id = ANY (CAST(:unit_ids AS bigint[]));

-- name: parcel_in_crs
-- A current parcel with its geometry in another reference system.
-- params: unit_id, srid, digits          index: pk_parcel
SELECT '{' || c.facts || ',"matched":null,"geometry":'
           || coalesce(ST_AsGeoJSON(ST_Transform(c.geom, CAST(:srid AS integer)), CAST(:digits AS integer), 0), 'null')
           || ',"crs":"EPSG:' || CAST(:srid AS integer) || '"}' AS body
  FROM cadastre.parcel_card c WHERE c.unit_id = CAST(:unit_id AS bigint);

-- name: successors
-- Current parcels that came from units, through all generations, and how each unit ended.
-- params: unit_ids          index: pk_parcel
WITH RECURSIVE family(root, unit_id) AS (
  SELECT r, r FROM unnest(CAST(:unit_ids AS bigint[])) r
   UNION
  SELECT f.root, l.child_id FROM family f
    JOIN cadastre.lineage l ON l.parent_id = f.unit_id AND upper_inf(l.recorded))
SELECT f.root AS unit_id, c.unit_id AS successor_id, c.ref, c.code
  FROM family f JOIN cadastre.parcel_card c ON c.unit_id = f.unit_id
 ORDER BY f.root, c.unit_id LIMIT 500;

-- name: parcel_then
-- A parcel as it held on a day, as known at an instant, in a reference system.
-- params: unit_id, valid_at, known_at, srid, digits          index: ex_parcel_version_two_times
SELECT '{' || c.facts || ',"matched":null,"geometry":' || coalesce(ST_AsGeoJSON(
         ST_Transform(c.geom, CAST(:srid AS integer)), CAST(:digits AS integer), 0), 'null')
         || CASE WHEN CAST(:srid AS integer) = 4326 THEN '' ELSE ',"crs":"EPSG:' || CAST(:srid AS integer) || '"' END
         || ',"validAt":"' || CAST(:valid_at AS date) || '","knownAt":'
         || to_json(CAST(:known_at AS timestamptz))
         || '}' AS body
  FROM cadastre.cards_at(CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) c
 WHERE c.unit_id = CAST(:unit_id AS bigint);

-- name: parcels_near_then
-- Parcels within a distance of a point of the working system (metres) as they held on a day, as known at an
-- instant, nearest first. A version that still holds stands in the projection, every other one in the index of
-- the past, so neither needs all versions.
-- params: x, y, radius_m, valid_at, known_at          index: ix_parcel_geom, ix_parcel_version_past_geom
WITH q AS MATERIALIZED (
  SELECT ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()) AS pt
),
near AS MATERIALIZED (
  SELECT v.unit_id, v.legal_area_m2, v.away FROM (
    SELECT w.unit_id, w.legal_area_m2, w.valid, w.recorded, ST_Distance(w.geom, q.pt) AS away
      FROM q JOIN cadastre.parcel_version w ON ST_DWithin(w.geom, q.pt, CAST(:radius_m AS double precision))
      JOIN cadastre.parcel_unit e ON e.id = w.unit_id AND e.kind = 'parcel'
     WHERE NOT (upper_inf(w.recorded) AND upper_inf(w.valid))
     UNION ALL
    SELECT w.unit_id, w.legal_area_m2, w.valid, w.recorded, ST_Distance(p.geom, q.pt)
      FROM q JOIN cadastre.parcel p
        ON p.kind = 'parcel' AND ST_DWithin(p.geom, q.pt, CAST(:radius_m AS double precision))
      JOIN cadastre.parcel_version w ON w.id = p.version_id
    -- OFFSET 0 keeps the two times from choosing the index: place first.
    OFFSET 0) v
   WHERE v.valid @> CAST(:valid_at AS date) AND v.recorded @> CAST(:known_at AS timestamptz)
   ORDER BY v.away, v.unit_id LIMIT 20
)
SELECT convert_to(coalesce(json_agg(json_build_object(
         'ref', coalesce(b.ref, k.code), 'code', k.code, 'label', coalesce(b.sheet || '/' || b.number, k.code),
         'sheet', b.sheet, 'number', b.number, 'legalAreaM2', n.legal_area_m2,
         'distanceM', round(n.away::numeric, 1)) ORDER BY n.away, n.unit_id), '[]')::text, 'UTF8') AS body,
       (array_agg(n.unit_id ORDER BY n.away, n.unit_id))[1] AS nearest
  FROM near n
  LEFT JOIN cadastre.parcel_code k ON k.unit_id = n.unit_id
  LEFT JOIN LATERAL (
    SELECT m.sheet, m.number, a.code || '-' || m.sheet || '-' || m.number AS ref
      FROM cadastre.parcel_number m JOIN cadastre.map_series s ON s.id = m.series_id
      JOIN cadastre.admin_unit a ON a.id = s.admin_unit_id
     WHERE m.unit_id = n.unit_id
     -- A number given later still leads to the parcel; none leads nowhere.
     ORDER BY m.on_map AND m.used @> CAST(:valid_at AS date) DESC, m.annulled_record_id IS NULL DESC,
              m.on_map DESC, m.id DESC LIMIT 1) b ON true;

-- name: span_of_unit
-- From when to when a unit holds, as known at an instant: its first day, and the first day after it, which is
-- null while it goes on. Both are null when nothing of it was known.
-- params: unit_id, known_at          index: ex_parcel_version_two_times
SELECT min(lower(v.valid)), CASE WHEN NOT bool_or(upper_inf(v.valid)) THEN max(upper(v.valid)) END
  FROM cadastre.parcel_version v
 WHERE v.unit_id = CAST(:unit_id AS bigint) AND v.recorded @> CAST(:known_at AS timestamptz);

-- name: commune_then
-- The commune of a parcel on a day: the one it is filed under if that existed then, else the one that issued its
-- newest number of that day, else the one it is filed under all the same. What went into it comes along.
-- Issuing units are given by their series, newest last.
-- params: commune, series, valid_at          index: uq_map_series_code
SELECT json_build_object('code', u.code, 'name', u.name, 'old', coalesce((
         SELECT json_agg(json_build_object('code', o.code, 'name', o.name) ORDER BY o.code)
           FROM cadastre.admin_succession s JOIN cadastre.admin_unit o ON o.id = s.old_unit_id
          WHERE s.new_unit_id = u.id AND (o.code <> u.code OR o.name <> u.name)), '[]'))::text
  FROM (SELECT a.id, a.code, a.name, 0 AS choice, -w.n AS place
          FROM unnest(CAST(:series AS text[])) WITH ORDINALITY w(code, n)
          JOIN cadastre.map_series m ON m.code = w.code
          JOIN cadastre.admin_unit a ON a.id = m.admin_unit_id AND a.level = 'commune'
         WHERE a.valid @> CAST(:valid_at AS date)
         UNION ALL
        (SELECT a.id, a.code, a.name, CASE WHEN a.valid @> CAST(:valid_at AS date) THEN -1 ELSE 1 END, 0
           FROM cadastre.admin_unit a
          WHERE a.code = CAST(:commune AS text) AND a.level = 'commune'
          ORDER BY lower(a.valid) DESC NULLS LAST LIMIT 1)) u
 ORDER BY u.choice, u.place LIMIT 1;

-- name: parcels_in_box
-- One page of current parcels whose land meets a box, as GeoJSON features in the order of their units. Gives how
-- many there are, one more than the page when others follow, and the last unit of the page. Rows come to the
-- aggregate in the order of the inner query; sorting them by number once more would sort their long texts.
-- params: west, south, east, north, after, page          index: ix_parcel_geom4326
WITH q AS MATERIALIZED (
  -- A box without width or height becomes a line or a point: GEOS errs on a polygon without an inside.
  SELECT ST_Envelope(ST_SetSRID(ST_MakeLine(
           ST_MakePoint(CAST(:west AS double precision), CAST(:south AS double precision)),
           ST_MakePoint(CAST(:east AS double precision), CAST(:north AS double precision))), 4326)) AS box
)
SELECT count(*), max(t.unit_id) FILTER (WHERE t.n <= CAST(:page AS integer)),
       convert_to(string_agg(t.feature, ',') FILTER (WHERE t.n <= CAST(:page AS integer)), 'UTF8')
  FROM (SELECT f.unit_id, f.feature, row_number() OVER () AS n
          FROM (SELECT p.unit_id, p.feature FROM cadastre.parcel_feature p
                 WHERE p.geom4326 && (SELECT q.box FROM q)
                   -- Only what crosses the edge of the box is tried itself, against a box that PostGIS prepares once.
                   AND (p.geom4326 @ (SELECT q.box FROM q) OR ST_Intersects((SELECT q.box FROM q), p.geom4326))
                   AND p.unit_id > CAST(:after AS bigint)
                 ORDER BY p.unit_id LIMIT CAST(:page AS integer) + 1) f) t;

-- name: parcels_in_wide_box
-- The same for a box so wide that reading units in their order is quicker than sorting all that lie in it.
-- Whether anything lies there at all is asked of the index first.
-- params: west, south, east, north, after, page          index: pk_parcel, ix_parcel_geom4326
WITH q AS MATERIALIZED (
  -- A box without width or height becomes a line or a point: GEOS errs on a polygon without an inside.
  SELECT ST_Envelope(ST_SetSRID(ST_MakeLine(
           ST_MakePoint(CAST(:west AS double precision), CAST(:south AS double precision)),
           ST_MakePoint(CAST(:east AS double precision), CAST(:north AS double precision))), 4326)) AS box
)
SELECT count(*), max(t.unit_id) FILTER (WHERE t.n <= CAST(:page AS integer)),
       convert_to(string_agg(t.feature, ',') FILTER (WHERE t.n <= CAST(:page AS integer)), 'UTF8')
  FROM (SELECT f.unit_id, f.feature, row_number() OVER () AS n
          FROM (SELECT p.unit_id, p.feature FROM cadastre.parcel_feature p
                 WHERE (SELECT EXISTS (SELECT FROM cadastre.parcel e
                                        WHERE e.kind = 'parcel' AND e.geom4326 && (SELECT q.box FROM q)))
                   -- Without an index, and guessed to hold often: ST_Expand hides the column, ST_Disjoint has none.
                   AND (ST_Expand(p.geom4326, 0) @ (SELECT q.box FROM q)
                        OR NOT ST_Disjoint(p.geom4326, (SELECT q.box FROM q)))
                   AND p.unit_id > CAST(:after AS bigint)
                 ORDER BY p.unit_id LIMIT CAST(:page AS integer) + 1) f) t;

-- name: parcel_history
-- Every belief about a unit, newest knowledge first: when it holds, when it was known, and by which document.
-- params: unit_id          index: ex_parcel_version_two_times
SELECT '[' || string_agg('{"version":' || v.n || ',"technical":' || v.technical
         || ',"validFrom":"' || lower(v.valid) || '","validTo":' || coalesce('"' || upper(v.valid) || '"', 'null')
         || ',"knownFrom":' || to_json(lower(v.recorded))
         || ',"knownTo":' || coalesce(to_json(upper(v.recorded))::text, 'null')
         || ',"legalAreaM2":' || coalesce(v.legal_area_m2::text, 'null')
         || ',"computedAreaM2":' || coalesce(round(v.computed_area_m2::numeric, 2)::text, 'null')
         || ',"uses":' || coalesce((
              SELECT jsonb_agg(jsonb_build_object('code', u.use_code, 'areaM2', u.area_m2) ORDER BY u.seq)::text
                FROM cadastre.parcel_use u WHERE u.version_id = v.id), '[]')
         || ',"survey":' || coalesce((
              SELECT json_build_object('method', s.method, 'surveyedOn', s.surveyed_on, 'accuracyM', s.accuracy_m,
                       'crs', 'EPSG:' || s.srid)::text
                FROM cadastre.survey s WHERE s.id = v.survey_id), 'null')
         || ',"record":' || json_build_object('code', r.code, 'kind', r.kind, 'title', r.title, 'docNo', r.doc_no,
              'docOn', r.doc_on, 'authority', r.authority)
         || ',"closedBy":' || coalesce((
              SELECT json_build_object('code', c.code, 'kind', c.kind, 'title', c.title, 'docNo', c.doc_no,
                       'docOn', c.doc_on, 'authority', c.authority)::text
                FROM cadastre.record c WHERE c.id = v.closed_record_id), 'null') || '}',
         ',' ORDER BY v.id DESC) || ']' AS body
  FROM (SELECT w.*, count(*) FILTER (WHERE NOT w.technical) OVER (ORDER BY w.id) AS n
          FROM cadastre.parcel_version w WHERE w.unit_id = CAST(:unit_id AS bigint)) v
  JOIN cadastre.record r ON r.id = v.record_id;

-- name: parcel_lineage
-- The family of a unit: ancestors and descendants up to some generations away, and which came from which.
-- params: unit_id, generations          index: pk_parcel_unit
WITH RECURSIVE up(unit_id, away) AS (
  SELECT CAST(:unit_id AS bigint), 0
   UNION
  SELECT l.parent_id, u.away - 1 FROM up u
    JOIN cadastre.lineage l ON l.child_id = u.unit_id AND upper_inf(l.recorded)
   WHERE u.away > -CAST(:generations AS integer)),
down(unit_id, away) AS (
  SELECT CAST(:unit_id AS bigint), 0
   UNION
  SELECT l.child_id, d.away + 1 FROM down d
    JOIN cadastre.lineage l ON l.parent_id = d.unit_id AND upper_inf(l.recorded)
   WHERE d.away < CAST(:generations AS integer)),
kin AS (
  SELECT f.unit_id, min(f.away) AS away FROM (SELECT * FROM up UNION SELECT * FROM down) f
   GROUP BY f.unit_id ORDER BY 2, 1 LIMIT 1000)
SELECT '{"parcels":[' || coalesce((
         SELECT string_agg('{"unit":' || k.unit_id || ',"generation":' || k.away
                  || ',"ref":' || coalesce(to_json(n.ref)::text, 'null')
                  || ',"code":' || coalesce('"' || n.code || '"', 'null')
                  || ',"current":' || n.is_current || '}', ',' ORDER BY k.away, k.unit_id)
           FROM kin k JOIN cadastre.unit_name n ON n.unit_id = k.unit_id), '')
    || '],"links":[' || coalesce((
         SELECT string_agg('{"parent":' || l.parent_id || ',"child":' || l.child_id || ',"kind":"' || l.kind
                  || '","record":' || to_json(r.code) || ',"knownFrom":' || to_json(lower(l.recorded)) || '}',
                  ',' ORDER BY l.id)
           FROM cadastre.lineage l JOIN cadastre.record r ON r.id = l.record_id
          WHERE l.parent_id IN (SELECT unit_id FROM kin) AND l.child_id IN (SELECT unit_id FROM kin)
            AND upper_inf(l.recorded)), '')
    || '],"end":' || coalesce((
         SELECT json_build_object('reason', e.reason, 'record', r.code)::text FROM cadastre.unit_end e
           JOIN cadastre.record r ON r.id = e.record_id
          WHERE e.unit_id = CAST(:unit_id AS bigint) AND upper_inf(e.recorded)), 'null') || '}' AS body;

-- part: touching
-- Who touches a unit: boundaries are noded, so a shared edge is the same line on both sides.
  FROM (SELECT q.unit_id, q.code, q.kind, q.use_label, q.geom,
               coalesce(q.issuing_code || '-' || q.sheet || '-' || q.number, q.code) AS ref,
               ST_Length(ST_Intersection(ST_Boundary(p.geom), ST_Boundary(q.geom))) AS shared_m
          FROM cadastre.parcel p
          JOIN cadastre.parcel q ON q.geom && p.geom AND q.unit_id <> p.unit_id AND ST_Intersects(q.geom, p.geom)
         WHERE p.unit_id = CAST(:unit_id AS bigint)
         ORDER BY shared_m DESC, q.unit_id LIMIT 500) t;

-- name: parcel_neighbours
-- Who touches a current parcel, and along how many metres: boundaries are noded, so a shared edge is the same
-- line on both sides. Zero metres is a corner. Null for a parcel without a map: nobody knows.
-- params: unit_id          index: pk_parcel, ix_parcel_geom
SELECT CASE WHEN EXISTS (SELECT FROM cadastre.parcel u
                          WHERE u.unit_id = CAST(:unit_id AS bigint) AND u.geom IS NOT NULL) THEN
       '[' || coalesce(string_agg('{"ref":' || coalesce(to_json(t.ref)::text, 'null')
         || ',"code":' || coalesce('"' || t.code || '"', 'null') || ',"kind":"' || t.kind
         || '","use":' || coalesce('"' || t.use_label || '"', 'null')
         || ',"sharedM":' || round(t.shared_m::numeric, 3) || '}',
         ',' ORDER BY t.shared_m DESC, t.unit_id), '') || ']' END AS body
{touching}

-- name: parcel_neighbours_in_crs
-- The same with the whole geometry of each neighbour in another reference system: what an editor snaps to.
-- params: unit_id, srid, digits          index: pk_parcel, ix_parcel_geom
SELECT CASE WHEN EXISTS (SELECT FROM cadastre.parcel u
                          WHERE u.unit_id = CAST(:unit_id AS bigint) AND u.geom IS NOT NULL) THEN
       '[' || coalesce(string_agg('{"ref":' || coalesce(to_json(t.ref)::text, 'null')
         || ',"code":' || coalesce('"' || t.code || '"', 'null') || ',"kind":"' || t.kind
         || '","use":' || coalesce('"' || t.use_label || '"', 'null')
         || ',"sharedM":' || round(t.shared_m::numeric, 3)
         || ',"geometry":' || ST_AsGeoJSON(ST_Transform(t.geom, CAST(:srid AS integer)), CAST(:digits AS integer), 0)
         || '}', ',' ORDER BY t.shared_m DESC, t.unit_id), '') || ']' END AS body
{touching}

-- name: holds_of_unit
-- What stops a change of a unit now: disputes, seizures, blocks, recoveries, newest first. Not for the public role.
-- params: unit_id          index: ix_parcel_hold_unit_id
SELECT h.kind, h.scope, h.issuer, h.doc_no, lower(h.held), r.code
  FROM cadastre.parcel_hold h JOIN cadastre.record r ON r.id = h.record_id
 WHERE h.unit_id = CAST(:unit_id AS bigint) AND h.held @> now()
 ORDER BY h.id DESC;

-- name: land_in_frame
-- Land in a frame of a plane system (its corners in that system, metres) as it held on a day, as known at an
-- instant: cut at the frame, with number and land use. A version that still holds stands in the projection, every
-- other one in the index of the past.
-- params: unit_id, west, south, east, north, srid, valid_at, known_at          index: ix_parcel_geom, ix_parcel_version_past_geom
WITH q AS MATERIALIZED (
  SELECT f.box, ST_Transform(ST_Segmentize(f.box, ST_Perimeter(f.box) / 16), geo.srid()) AS here
    FROM (SELECT ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
            CAST(:east AS double precision), CAST(:north AS double precision), CAST(:srid AS integer)) AS box) f
),
near AS MATERIALIZED (
  SELECT v.id, v.unit_id, v.kind, v.geom FROM (
    SELECT w.id, w.unit_id, e.kind, w.geom, w.valid, w.recorded
      FROM q JOIN cadastre.parcel_version w ON w.geom && q.here AND ST_Intersects(w.geom, q.here)
      JOIN cadastre.parcel_unit e ON e.id = w.unit_id
     WHERE NOT (upper_inf(w.recorded) AND upper_inf(w.valid))
     UNION ALL
    SELECT w.id, w.unit_id, p.kind, p.geom, w.valid, w.recorded
      FROM q JOIN cadastre.parcel p ON p.geom && q.here AND ST_Intersects(p.geom, q.here)
      JOIN cadastre.parcel_version w ON w.id = p.version_id
    -- OFFSET 0 keeps the two times from choosing the index: place first.
    OFFSET 0) v
   WHERE v.valid @> CAST(:valid_at AS date) AND v.recorded @> CAST(:known_at AS timestamptz)
     AND v.unit_id <> CAST(:unit_id AS bigint)
   ORDER BY v.unit_id LIMIT 3000
)
SELECT n.kind, b.number, u.use, ST_AsBinary(ST_Intersection(ST_Transform(n.geom, CAST(:srid AS integer)), q.box))
  FROM q CROSS JOIN near n
  LEFT JOIN LATERAL (
    SELECT m.number
      FROM cadastre.numbers_at(n.unit_id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) m
     WHERE m.on_map ORDER BY m.id DESC LIMIT 1) b ON true
  LEFT JOIN LATERAL (
    SELECT string_agg(x.use_code, '+' ORDER BY x.seq) AS use FROM cadastre.parcel_use x
     WHERE x.version_id = n.id) u ON true
 ORDER BY n.unit_id;

-- name: basis_of_parcel
-- On what a parcel stands on a day, as known at an instant: the document of its last change (noding a neighbour's
-- corner is none of its own), and the units it lies in, smallest first.
-- params: unit_id, valid_at, known_at          index: ex_parcel_version_two_times
WITH RECURSIVE held AS MATERIALIZED (
  SELECT v.id, v.commune_code FROM cadastre.parcel_version v
   WHERE v.unit_id = CAST(:unit_id AS bigint) AND v.valid @> CAST(:valid_at AS date)
     AND v.recorded @> CAST(:known_at AS timestamptz)
),
base AS (
  SELECT w.record_id FROM cadastre.parcel_version w, held
   WHERE w.unit_id = CAST(:unit_id AS bigint) AND w.id <= held.id AND NOT w.technical
   ORDER BY w.id DESC LIMIT 1
),
inside(level, name, parent_code, away) AS (
  SELECT a.level, a.name, a.parent_code, 0 FROM held JOIN cadastre.admin_unit a
      ON a.code = held.commune_code AND a.level = 'commune' AND a.valid @> CAST(:valid_at AS date)
   UNION ALL
  SELECT a.level, a.name, a.parent_code, i.away + 1 FROM inside i JOIN cadastre.admin_unit a
      ON a.code = i.parent_code AND a.level <> i.level AND a.valid @> CAST(:valid_at AS date)
   WHERE i.away < 3
)
SELECT json_build_object(
         'record', (SELECT json_build_object('code', r.code, 'kind', r.kind, 'title', r.title, 'docNo', r.doc_no,
                      'docOn', r.doc_on, 'authority', r.authority)
                      FROM base JOIN cadastre.record r ON r.id = base.record_id),
         'units', coalesce((SELECT json_agg(i.name ORDER BY i.away) FROM inside i), '[]'))::text;

-- name: land_use_types
-- All land-use types in their official order.
SELECT '{"landUseTypes":[' || coalesce(string_agg('{"code":"' || t.code || '","parent":'
         || coalesce('"' || t.parent_code || '"', 'null') || ',"name":' || to_json(t.name_vi) || ',"nameEn":'
         || to_json(t.name_en) || ',"color":"' || t.color || '","source":' || coalesce(to_json(t.source)::text, 'null')
         || ',"legacyCodes":' || coalesce((
              SELECT jsonb_agg(l.code ORDER BY l.code)::text FROM cadastre.land_use_legacy l
               WHERE l.maps_to = t.code), '[]') || '}', ',' ORDER BY t.sort, t.code), '') || ']}' AS body
  FROM cadastre.land_use_type t;

-- name: units_at
-- One page of administrative units that existed on a day, in the order of their rows: what they came from and
-- what they went into.
-- params: at, level, after, page          index: pk_admin_unit
SELECT count(*), max(t.id) FILTER (WHERE t.n <= CAST(:page AS integer)),
       convert_to(string_agg(t.body, ',' ORDER BY t.n) FILTER (WHERE t.n <= CAST(:page AS integer)), 'UTF8')
  FROM (SELECT u.id, row_number() OVER (ORDER BY u.id) AS n,
               '{"code":"' || u.code || '","level":"' || u.level || '","kind":' || to_json(u.kind)
                 || ',"name":' || to_json(u.name) || ',"parent":' || coalesce('"' || u.parent_code || '"', 'null')
                 || ',"validFrom":' || coalesce('"' || lower(u.valid) || '"', 'null')
                 || ',"validTo":' || coalesce('"' || upper(u.valid) || '"', 'null')
                 || ',"point":' || coalesce(ST_AsGeoJSON(ST_Transform(coalesce(u.point,
                      ST_PointOnSurface(u.geom)), 4326), 6)::json ->> 'coordinates', 'null')
                 || ',"from":' || coalesce((
                      SELECT json_agg(json_build_object('code', o.code, 'name', o.name, 'relation', s.relation)
                               ORDER BY o.code)::text
                        FROM cadastre.admin_succession s JOIN cadastre.admin_unit o ON o.id = s.old_unit_id
                       WHERE s.new_unit_id = u.id), '[]')
                 || ',"into":' || coalesce((
                      SELECT json_agg(json_build_object('code', w.code, 'name', w.name, 'relation', s.relation)
                               ORDER BY NOT s.is_default, w.code)::text
                        FROM cadastre.admin_succession s JOIN cadastre.admin_unit w ON w.id = s.new_unit_id
                       WHERE s.old_unit_id = u.id), '[]') || '}' AS body
          FROM cadastre.admin_unit u
         WHERE u.valid @> CAST(:at AS date) AND u.id > CAST(:after AS bigint)
           AND u.level = coalesce(CAST(:level AS text), u.level)
         ORDER BY u.id LIMIT CAST(:page AS integer) + 1) t;

-- name: communes_on
-- The communes of a day by code, in the order of their names.
-- params: on_date
SELECT a.code, a.name FROM cadastre.admin_unit a WHERE a.level = 'commune' AND a.valid @> CAST(:on_date AS date)
 ORDER BY a.short_name COLLATE "vi-x-icu", a.code;
