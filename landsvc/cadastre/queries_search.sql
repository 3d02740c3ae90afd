-- name: search_units
-- Administrative units whose name is like a text, marks and case aside, or whose code it is: likeliest first,
-- those of today before former ones, with what a former one went into. The point and box of a former one
-- without land of its own are those of its successor.
-- params: text, code, page          index: ix_admin_unit_folded
WITH wanted AS MATERIALIZED (SELECT geo.vn_fold(CAST(:text AS text)) AS name),
hit AS MATERIALIZED (
  SELECT x.* FROM (
    SELECT u.id, u.level, u.code, u.name, u.valid, u.point, u.geom, 1.0 AS score
      FROM cadastre.admin_unit u WHERE u.code = CAST(:code AS text)
     UNION ALL
    SELECT u.id, u.level, u.code, u.name, u.valid, u.point, u.geom,
           (0.8 * word_similarity(w.name, u.folded) + 0.2 * similarity(w.name, u.folded))
           -- Trigrams do not see the order of words: Phước Bình is not Bình Phước.
           * CASE WHEN position(w.name IN u.folded) > 0 THEN 1 ELSE 0.9 END
           * CASE WHEN upper_inf(u.valid) THEN 1 ELSE 0.95 END
      FROM wanted w JOIN cadastre.admin_unit u ON u.folded %> w.name) x
   ORDER BY x.score DESC, upper_inf(x.valid) DESC, x.level = 'commune' DESC, x.id LIMIT CAST(:page AS integer))
SELECT h.id, h.level, h.code, h.name, upper_inf(h.valid) AS is_current, upper(h.valid) AS ended, h.score,
       ST_X(w.point), ST_Y(w.point), ST_XMin(w.box), ST_YMin(w.box), ST_XMax(w.box), ST_YMax(w.box),
       CASE WHEN upper_inf(h.valid) THEN w.old_names ELSE w.new_names END AS kin
  FROM hit h
 CROSS JOIN LATERAL (
   SELECT string_agg(n.name, ', ' ORDER BY NOT s.is_default, n.name) AS new_names,
          (array_agg(n.geom ORDER BY NOT s.is_default))[1] AS geom
     FROM cadastre.admin_succession s JOIN cadastre.admin_unit n ON n.id = s.new_unit_id
    WHERE s.old_unit_id = h.id) i
 CROSS JOIN LATERAL (
   SELECT i.new_names, (
            SELECT string_agg(o.name, ', ' ORDER BY o.name)
              FROM cadastre.admin_succession s JOIN cadastre.admin_unit o ON o.id = s.old_unit_id
             WHERE s.new_unit_id = h.id) AS old_names,
          ST_Transform(coalesce(h.point, ST_PointOnSurface(coalesce(h.geom, i.geom))), 4326) AS point,
          ST_Transform(ST_Envelope(coalesce(h.geom, i.geom)), 4326) AS box) w
 ORDER BY h.score DESC, is_current DESC, h.level = 'commune' DESC, h.id;

-- name: search_numbers_in_units
-- Parcels by sheet and number in the series of some communes and of those that went into them.
-- params: unit_ids, sheets, numbers, page          index: pk_parcel
WITH place AS MATERIALIZED (
  SELECT unnest(CAST(:unit_ids AS bigint[])) AS id
   UNION
  SELECT s.old_unit_id FROM cadastre.admin_succession s WHERE s.new_unit_id = ANY (CAST(:unit_ids AS bigint[])))
SELECT n.unit_id, n.sheet, n.number, r.code AS series, issuer.name AS issuer, here.name AS commune,
       coalesce(c.issuing_code || '-' || c.sheet || '-' || c.number, c.code) AS ref,
       c.unit_id IS NOT NULL AS is_current, issuer.code AS issuing_code, y.code,
       ST_X(w.point), ST_Y(w.point), ST_XMin(g.geom4326), ST_YMin(g.geom4326), ST_XMax(g.geom4326),
       ST_YMax(g.geom4326)
  FROM place
  JOIN cadastre.admin_unit issuer ON issuer.id = place.id
  JOIN cadastre.map_series r ON r.admin_unit_id = place.id
 CROSS JOIN LATERAL (
   SELECT k.id, k.unit_id, k.sheet, k.number FROM cadastre.parcel_number k
    WHERE k.series_id = r.id AND k.sheet = ANY (CAST(:sheets AS text[]))
      AND k.number = ANY (CAST(:numbers AS text[])) AND k.annulled_record_id IS NULL OFFSET 0) n
  LEFT JOIN cadastre.parcel c ON c.unit_id = n.unit_id
  LEFT JOIN cadastre.parcel_code y ON y.unit_id = n.unit_id
  LEFT JOIN cadastre.admin_unit here ON here.code = c.commune_code AND here.level = 'commune' AND upper_inf(here.valid)
  LEFT JOIN LATERAL (
    -- Where a retired one lay last.
    SELECT ST_Transform(v.geom, 4326) AS geom4326 FROM cadastre.parcel_version v
     WHERE v.unit_id = n.unit_id AND c.unit_id IS NULL ORDER BY v.id DESC LIMIT 1) l ON true
 CROSS JOIN LATERAL (SELECT coalesce(c.geom4326, l.geom4326) AS geom4326) g
 CROSS JOIN LATERAL (SELECT ST_PointOnSurface(g.geom4326) AS point) w
 ORDER BY c.unit_id IS NULL, n.id LIMIT CAST(:page AS integer);

-- name: search_numbers
-- Parcels by sheet and number in all communes.
-- params: sheets, numbers, page          index: ix_parcel_number_number_sheet
SELECT n.unit_id, n.sheet, n.number, r.code AS series, issuer.name AS issuer, here.name AS commune,
       coalesce(c.issuing_code || '-' || c.sheet || '-' || c.number, c.code) AS ref,
       c.unit_id IS NOT NULL AS is_current, issuer.code AS issuing_code, y.code,
       ST_X(w.point), ST_Y(w.point), ST_XMin(g.geom4326), ST_YMin(g.geom4326), ST_XMax(g.geom4326),
       ST_YMax(g.geom4326)
  FROM (SELECT * FROM (
          -- OFFSET 0, or the planner walks all numbers in the order of their ids to save the sort.
          SELECT k.id, k.unit_id, k.series_id, k.sheet, k.number FROM cadastre.parcel_number k
           WHERE k.sheet = ANY (CAST(:sheets AS text[])) AND k.number = ANY (CAST(:numbers AS text[]))
             AND k.annulled_record_id IS NULL OFFSET 0) k
         ORDER BY k.id LIMIT CAST(:page AS integer)) n
  JOIN cadastre.map_series r ON r.id = n.series_id
  JOIN cadastre.admin_unit issuer ON issuer.id = r.admin_unit_id
  LEFT JOIN cadastre.parcel c ON c.unit_id = n.unit_id
  LEFT JOIN cadastre.parcel_code y ON y.unit_id = n.unit_id
  LEFT JOIN cadastre.admin_unit here ON here.code = c.commune_code AND here.level = 'commune' AND upper_inf(here.valid)
  LEFT JOIN LATERAL (
    -- Where a retired one lay last.
    SELECT ST_Transform(v.geom, 4326) AS geom4326 FROM cadastre.parcel_version v
     WHERE v.unit_id = n.unit_id AND c.unit_id IS NULL ORDER BY v.id DESC LIMIT 1) l ON true
 CROSS JOIN LATERAL (SELECT coalesce(c.geom4326, l.geom4326) AS geom4326) g
 CROSS JOIN LATERAL (SELECT ST_PointOnSurface(g.geom4326) AS point) w
 ORDER BY c.unit_id IS NULL, n.id;

-- name: place_of_unit
-- Where a unit lies or lay, what it is called, and in which commune.
-- params: unit_id          index: pk_parcel_unit
SELECT n.ref, n.code, n.is_current, here.name, ST_X(w.point), ST_Y(w.point),
       ST_XMin(g.geom4326), ST_YMin(g.geom4326), ST_XMax(g.geom4326), ST_YMax(g.geom4326)
  FROM cadastre.unit_name n
 CROSS JOIN LATERAL (
   SELECT v.commune_code, ST_Transform(v.geom, 4326) AS geom4326 FROM cadastre.parcel_version v
    WHERE v.unit_id = n.unit_id ORDER BY v.id DESC LIMIT 1) g
  LEFT JOIN cadastre.admin_unit here ON here.code = g.commune_code AND here.level = 'commune' AND upper_inf(here.valid)
 CROSS JOIN LATERAL (SELECT ST_PointOnSurface(g.geom4326) AS point) w
 WHERE n.unit_id = CAST(:unit_id AS bigint);
