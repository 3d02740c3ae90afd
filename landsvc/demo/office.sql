-- Statements of the demo's office: rights on a share of the land, and dossiers on their way.

-- name: dossiers_there
-- Whether somebody handed anything in.
SELECT EXISTS (SELECT FROM registry.dossier);

-- name: rights_there
-- Whether rights were registered.
SELECT EXISTS (SELECT FROM registry.rrr);

-- name: register_rows
-- The rows of an old register: every so many parcels a right of one to three holders, with a certificate and every tenth
-- time a mortgage. Names end in "(demo)" and numbers begin with 000, which no province has.
-- params: every
SELECT r.i, r.issuing_code, r.sheet, r.number, r.legal_area_m2,
       (ARRAY['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Huỳnh', 'Võ', 'Đặng', 'Bùi'])[1 + n.no % 8] || ' '
         || (ARRAY['Văn', 'Thị', 'Đức', 'Ngọc', 'Minh'])[1 + n.no / 8 % 5] || ' '
         || (ARRAY['An', 'Bình', 'Châu', 'Dũng', 'Giang', 'Hà', 'Khánh', 'Lan', 'Mai', 'Phúc', 'Sơn', 'Tuấn'])[
              1 + n.no / 40 % 12] || ' (demo)',
       1940 + n.no % 60, '000' || lpad(CAST(n.no AS text), 9, '0'),
       CASE WHEN r.holders = 3 THEN CASE h WHEN 1 THEN '1/2' ELSE '1/4' END END,
       'DM ' || lpad(CAST(r.i % 1000000 AS text), 6, '0'), 'CH ' || lpad(CAST(r.i AS text), 5, '0'),
       DATE '2010-01-04' + r.i % 5000,
       CASE WHEN r.i % 10 = 0 THEN 'Ngân hàng Thí dụ số ' || 1 + r.i / 10 % 3 || ' (demo)' END,
       CASE WHEN r.i % 10 = 0 THEN DATE '2024-01-02' + r.i % 300 END,
       CASE WHEN r.i % 10 = 0 THEN 100000000 + r.i % 900 * 1000000 END
  FROM (SELECT p.*, CASE WHEN p.i % 14 = 0 THEN 3 WHEN p.i % 3 = 0 THEN 2 ELSE 1 END AS holders
          FROM (SELECT CAST(row_number() OVER (ORDER BY q.unit_id) AS integer) AS i, q.* FROM cadastre.parcel q
                 WHERE q.kind = 'parcel' AND q.unit_id % CAST(:every AS integer) = 0) p) r
 CROSS JOIN LATERAL generate_series(1, r.holders) h
 CROSS JOIN LATERAL (SELECT r.i * 3 + h AS no) n ORDER BY r.i, h;

-- name: places
-- Land of one holder that is free of burdens and has a certificate in force, in some communes: unit, right, who holds it,
-- and the next person as a buyer.
-- params: communes, wanted
SELECT b.unit_id, r.code, h.code, w.name, buyer.code
  FROM registry.rrr r
  JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
  JOIN registry.holding g ON g.id = v.holding_id AND g.mode = 'sole'
  JOIN registry.holding_party q ON q.holding_id = g.id
  JOIN registry.party h ON h.id = q.party_id
  JOIN registry.party_version w ON w.party_id = h.id AND upper_inf(w.recorded) AND upper_inf(w.valid)
  JOIN registry.ba_unit_parcel b ON b.ba_unit_id = r.ba_unit_id AND upper_inf(b.recorded) AND upper_inf(b.valid)
  JOIN cadastre.parcel p ON p.unit_id = b.unit_id AND p.commune_code = ANY (CAST(:communes AS text[]))
  JOIN LATERAL (SELECT y.code FROM registry.party y WHERE y.kind = 'individual' AND y.id > h.id ORDER BY y.id LIMIT 1)
    buyer ON true
 WHERE r.kind = 'use' AND NOT EXISTS (SELECT FROM registry.rrr m WHERE m.ba_unit_id = r.ba_unit_id AND m.id <> r.id)
   AND EXISTS (SELECT FROM registry.certificate_version c WHERE c.rrr_id = r.id AND upper_inf(c.recorded))
 ORDER BY md5(r.code) LIMIT CAST(:wanted AS integer);

-- name: bank
-- The first bank.
SELECT p.code FROM registry.party p JOIN registry.party_version v ON v.party_id = p.id AND upper_inf(v.recorded)
 WHERE v.name LIKE 'Ngân hàng%' ORDER BY p.id LIMIT 1;

-- name: branch_communes
-- The communes a branch covers; none where it covers all.
-- params: branch
SELECT c.commune_code FROM identity.branch b JOIN identity.branch_commune c ON c.branch_id = b.id
 WHERE b.code = CAST(:branch AS text) AND upper_inf(c.valid);

-- name: land_communes
-- The communes with land.
SELECT DISTINCT p.commune_code FROM cadastre.parcel p ORDER BY 1;

-- name: account
-- The account of a login.
-- params: login
SELECT a.id FROM identity.account a WHERE a.login = CAST(:login AS text);

-- name: let_the_past_be_told
-- Let what was done with dossiers be said to have happened earlier. For the owner, before anybody works with the demo.
ALTER TABLE registry.dossier_event DISABLE TRIGGER t05_append_only;

-- name: keep_the_past
-- From now on nobody changes what was done.
ALTER TABLE registry.dossier_event ENABLE TRIGGER t05_append_only;

-- name: move_events
-- What was done with some dossiers happened so many weeks earlier: whole weeks keep days of the week and office hours.
-- params: codes, weeks
UPDATE registry.dossier_event e
   SET at = e.at - s.span, due_at = e.due_at - s.span, step_due_at = e.step_due_at - s.span,
       appointment_at = e.appointment_at - s.span
  FROM registry.dossier d, (SELECT make_interval(weeks => CAST(:weeks AS integer)) AS span) s
 WHERE e.dossier_id = d.id AND d.code = ANY (CAST(:codes AS text[]));

-- name: move_dossiers
-- They came in, and are due, so many weeks earlier.
-- params: codes, weeks
UPDATE registry.dossier d
   SET made_at = d.made_at - s.span, on_day = d.on_day - 7 * CAST(:weeks AS integer),
       registered_at = d.registered_at - s.span, due_at = d.due_at - s.span, step_due_at = d.step_due_at - s.span,
       appointment_at = d.appointment_at - s.span, ended_at = d.ended_at - s.span
  FROM (SELECT make_interval(weeks => CAST(:weeks AS integer)) AS span) s
 WHERE d.code = ANY (CAST(:codes AS text[]));
