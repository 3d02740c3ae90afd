-- Statements of certificates (Giấy chứng nhận).

-- name: certificate_forms
-- All generations of certificates, the newest first.
SELECT f.code, f.name_vi, f.name_en, f.serial_pattern, f.issued_from, f.issued_until, f.width_mm::float8,
       f.height_mm::float8, f.entry_page, f.entry_left_mm::float8, f.entry_top_mm::float8, f.entry_width_mm::float8,
       f.line_mm::float8, f.entry_lines, f.uses_blank
  FROM registry.certificate_form f ORDER BY f.issued_from DESC NULLS LAST;

-- name: add_certificate
-- Keep a certificate by its serial number; gives its id.
-- params: serial, form, book_no, issued_on, authority, origin, branch_id, replaces_id, made_by, record_id
INSERT INTO registry.certificate (serial, form, book_no, issued_on, authority, origin, branch_id, replaces_id, made_by,
                                  record_id)
VALUES (CAST(:serial AS text), CAST(:form AS text), CAST(:book_no AS text), CAST(:issued_on AS date),
        CAST(:authority AS text), CAST(:origin AS text), CAST(:branch_id AS bigint), CAST(:replaces_id AS bigint),
        CAST(:made_by AS text), CAST(:record_id AS bigint))
RETURNING id;

-- name: add_certificate_version
-- Say from a day on what a certificate is of and in which state.
-- params: certificate_id, state, rrr_id, party_id, unit_id, since, record_id
INSERT INTO registry.certificate_version (certificate_id, record_id, valid, state, rrr_id, party_id, unit_id)
VALUES (CAST(:certificate_id AS bigint), CAST(:record_id AS bigint), daterange(CAST(:since AS date), NULL),
        CAST(:state AS text), CAST(:rrr_id AS bigint), CAST(:party_id AS bigint), CAST(:unit_id AS bigint));

-- name: end_certificate_version
-- Stop believing from a day on what was said of a certificate; before it that held.
-- params: certificate_id, record_id, since          index: ex_certificate_version_two_times
SELECT registry.end_facts('registry.certificate_version', array_agg(v.id), CAST(:record_id AS bigint),
                          CAST(:since AS date))
  FROM registry.certificate_version v
 WHERE v.certificate_id = CAST(:certificate_id AS bigint) AND upper_inf(v.recorded)
   AND v.valid && daterange(CAST(:since AS date), NULL);

-- name: add_certificate_entry
-- Write an annotation on lines of a certificate; gives its id.
-- params: certificate_id, record_id, since, kind, said, dossier, line_from, lines
INSERT INTO registry.certificate_entry (certificate_id, record_id, valid, kind, said, dossier, line_from, lines)
VALUES (CAST(:certificate_id AS bigint), CAST(:record_id AS bigint), daterange(CAST(:since AS date), NULL),
        CAST(:kind AS text), CAST(:said AS text), CAST(:dossier AS text), CAST(:line_from AS integer),
        CAST(:lines AS integer))
RETURNING id;

-- name: certificate_lines
-- First line and number of lines of all that was ever written on a certificate: ink stays.
-- params: certificate_id          index: ix_certificate_entry_certificate_id
SELECT DISTINCT e.line_from, e.lines FROM registry.certificate_entry e
 WHERE e.certificate_id = CAST(:certificate_id AS bigint) ORDER BY e.line_from;

-- Versions are fetched by their certificate: without `OFFSET 0` the planner walks through all that hold on a day, which it
-- takes for one row where a register was recorded in one instant. Who asks by right names the certificates.
-- part: certificate_told
SELECT c.id, c.serial, c.form, c.book_no, c.issued_on, c.authority, c.origin, b.code AS branch, c.made_by, c.verify_id,
       (SELECT o.serial FROM registry.certificate o WHERE o.id = c.replaces_id) AS replaces,
       ARRAY(SELECT n.serial FROM registry.certificate n WHERE n.replaces_id = c.id ORDER BY n.id) AS replaced_by,
       v.state, r.id, r.code, p.code AS party, r.ba_unit_id, lower(v.valid), upper(v.valid), lower(v.recorded), k.code AS record,
       v.basis IS NOT DISTINCT FROM registry.certificate_basis(r.id, v.unit_id) AS unchanged,
       ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM unnest(o.units) q
               JOIN cadastre.unit_name n ON n.unit_id = q ORDER BY q) AS parcels,
       o.units, v.unit_id
  FROM registry.certificate c
  CROSS JOIN LATERAL (SELECT w.* FROM registry.certificate_version w
                        WHERE w.certificate_id = c.id AND w.valid @> CAST(:valid_at AS date)
                          AND w.recorded @> CAST(:known_at AS timestamptz) OFFSET 0) v
  JOIN registry.rrr r ON r.id = v.rrr_id
 CROSS JOIN LATERAL registry.certificate_units(r.ba_unit_id, v.unit_id, CAST(:valid_at AS date),
                                               CAST(:known_at AS timestamptz)) AS o(units)
  JOIN cadastre.record k ON k.id = v.record_id
  LEFT JOIN registry.party p ON p.id = v.party_id
  LEFT JOIN identity.branch b ON b.id = c.branch_id

-- name: certificate_told
-- A certificate by its serial number as it was known at an instant to be on a day.
-- params: serial, valid_at, known_at          index: uq_certificate_serial, ex_certificate_version_two_times
{certificate_told}
 WHERE c.serial = CAST(:serial AS text);

-- name: certificates_of_unit
-- The certificates of a parcel on a day, as known at an instant: those in force first.
-- params: unit_id, valid_at, known_at          index: ix_ba_unit_parcel_unit_id, ix_certificate_version_rrr_id
{certificate_told}
 WHERE r.ba_unit_id IN (SELECT x.ba_unit_id FROM registry.ba_unit_parcel x
                         WHERE x.unit_id = CAST(:unit_id AS bigint) AND x.valid @> CAST(:valid_at AS date)
                           AND x.recorded @> CAST(:known_at AS timestamptz))
   AND c.id = ANY (ARRAY(
     SELECT y.certificate_id FROM registry.ba_unit_parcel x JOIN registry.rrr z ON z.ba_unit_id = x.ba_unit_id
       JOIN registry.certificate_version y ON y.rrr_id = z.id WHERE x.unit_id = CAST(:unit_id AS bigint)))
   AND (v.unit_id IS NULL OR CAST(:unit_id AS bigint) = ANY (o.units))
 ORDER BY v.state IN ('active', 'annotated') DESC, c.issued_on DESC, c.id DESC;

-- name: certificates_of_rights
-- The certificates in force of rights, by their codes, whether or not these still stand.
-- params: rights, valid_at, known_at          index: uq_rrr_code, ix_certificate_version_rrr_id
{certificate_told}
 WHERE r.code = ANY (CAST(:rights AS text[])) AND v.state IN ('active', 'annotated')
   AND c.id = ANY (ARRAY(
     SELECT y.certificate_id FROM registry.rrr z JOIN registry.certificate_version y ON y.rrr_id = z.id
      WHERE z.code = ANY (CAST(:rights AS text[]))))
 ORDER BY c.id;

-- name: rights_on_units
-- The rights that stand on parcels now, with their kind, units and the land of each: what a certificate is of.
-- params: units          index: ix_ba_unit_parcel_unit_id
SELECT DISTINCT r.code FROM registry.standing(CAST(:units AS bigint[])) s JOIN registry.rrr r ON r.id = s.rrr_id
 WHERE s.class = 'right' ORDER BY r.code;

-- name: live_certificates_near
-- Certificates in force of whatever bore on parcels, or on those they came of, until now: what a variation may touch.
-- params: units, valid_at, known_at          index: ix_ba_unit_parcel_unit_id, ix_certificate_version_rrr_id
{certificate_told}
 WHERE v.state IN ('active', 'annotated') AND c.id = ANY (ARRAY(
   SELECT y.certificate_id FROM registry.ba_unit_parcel x
     JOIN registry.rrr z ON z.ba_unit_id = x.ba_unit_id JOIN registry.certificate_version y ON y.rrr_id = z.id
    WHERE x.unit_id = ANY (CAST(:units AS bigint[]) || ARRAY(
      SELECT l.parent_id FROM cadastre.lineage l WHERE l.child_id = ANY (CAST(:units AS bigint[]))))))
 ORDER BY c.id;

-- name: certificate_units
-- The parcels of a unit of rights that are one parcel or came of it.
-- params: ba_unit_id, unit_id          index: ex_ba_unit_parcel_once
SELECT unnest(registry.certificate_units(CAST(:ba_unit_id AS bigint), CAST(:unit_id AS bigint)));

-- name: certificate_history
-- Everything ever believed of a certificate, by when it was recorded.
-- params: certificate_id          index: ex_certificate_version_two_times
SELECT v.state, r.code, p.code, lower(v.valid), upper(v.valid), lower(v.recorded), upper(v.recorded), k.code, k.title,
       k.doc_no, k.doc_on, x.code
  FROM registry.certificate_version v
  JOIN registry.rrr r ON r.id = v.rrr_id
  JOIN cadastre.record k ON k.id = v.record_id
  LEFT JOIN cadastre.record x ON x.id = v.closed_record_id
  LEFT JOIN registry.party p ON p.id = v.party_id
 WHERE v.certificate_id = CAST(:certificate_id AS bigint) ORDER BY lower(v.recorded), v.id;

-- name: certificate_entries
-- What is annotated on a certificate, believed now, by its lines.
-- params: certificate_id          index: ix_certificate_entry_certificate_id
SELECT e.id, e.kind, e.said, e.dossier, e.line_from, e.lines, lower(e.valid), k.code, k.title, k.doc_no, k.doc_on
  FROM registry.certificate_entry e JOIN cadastre.record k ON k.id = e.record_id
 WHERE e.certificate_id = CAST(:certificate_id AS bigint) AND upper_inf(e.recorded) AND upper_inf(e.valid)
 ORDER BY e.line_from;

-- name: certificate_prints
-- The signed prints of a certificate, the first first.
-- params: certificate_id          index: ix_certificate_print_certificate_id
SELECT p.id, p.content_sha256, p.file_sha256, p.size_bytes, p.signer, p.account_name, p.at
  FROM registry.certificate_print p WHERE p.certificate_id = CAST(:certificate_id AS bigint) ORDER BY p.id;

-- name: add_certificate_print
-- Keep that a certificate was printed and signed.
-- params: certificate_id, content_sha256, file_sha256, size_bytes, signer, account_id, account_name
INSERT INTO registry.certificate_print (certificate_id, content_sha256, file_sha256, size_bytes, signer, account_id,
                                        account_name)
VALUES (CAST(:certificate_id AS bigint), CAST(:content_sha256 AS text), CAST(:file_sha256 AS text),
        CAST(:size_bytes AS bigint), CAST(:signer AS text), CAST(:account_id AS bigint), CAST(:account_name AS text))
RETURNING id;

-- name: verify_certificate
-- What anybody may know of a certificate by the code in its QR: no name, no whole serial number.
-- params: verify_id
SELECT v.* FROM registry.verify_certificate(CAST(:verify_id AS text)) v;

-- name: party_id_of
-- The id of a party by its code.
-- params: code          index: uq_party_code
SELECT p.id FROM registry.party p WHERE p.code = CAST(:code AS text);

-- name: book_of_certificates
-- The register of certificates (sổ cấp Giấy chứng nhận) of a branch and a span of days, in order of issue.
-- params: branch, since, until, after_id, page          index: ix_certificate_issued_on
SELECT c.id, c.serial, c.book_no, c.issued_on, c.authority, coalesce(v.state, 'undone'), r.code,
       ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id)
               FROM unnest(registry.certificate_units(r.ba_unit_id, v.unit_id)) q
               JOIN cadastre.unit_name n ON n.unit_id = q ORDER BY q),
       (SELECT string_agg(w.name, ', ' ORDER BY h.seq) FROM registry.rrr_version s
          JOIN registry.holding_party h ON h.holding_id = s.holding_id AND h.party_id = coalesce(v.party_id, h.party_id)
          JOIN registry.party_version w ON w.party_id = h.party_id AND upper_inf(w.recorded) AND upper_inf(w.valid)
         WHERE s.rrr_id = r.id AND upper_inf(s.recorded) AND upper_inf(s.valid)),
       (SELECT o.serial FROM registry.certificate o WHERE o.id = c.replaces_id)
  FROM registry.certificate c
  LEFT JOIN registry.certificate_version v ON v.certificate_id = c.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
  LEFT JOIN registry.rrr r ON r.id = v.rrr_id
  LEFT JOIN identity.branch b ON b.id = c.branch_id
 WHERE c.origin = 'issued' AND b.code = CAST(:branch AS text) AND c.id > CAST(:after_id AS bigint)
   AND c.issued_on BETWEEN CAST(:since AS date) AND CAST(:until AS date)
 ORDER BY c.id LIMIT CAST(:page AS integer);

-- name: certificate_land
-- The current parcels among some units, as a certificate tells them.
-- params: units          index: pk_parcel
SELECT p.unit_id, p.sheet, p.number, p.code, p.legal_area_m2::float8, p.uses, p.address, p.commune_code, p.geom IS NOT NULL,
       (SELECT a.name FROM cadastre.admin_unit a WHERE a.code = p.commune_code AND a.level = 'commune'
         ORDER BY lower(a.valid) DESC NULLS LAST LIMIT 1)
  FROM cadastre.parcel p WHERE p.unit_id = ANY (CAST(:units AS bigint[])) ORDER BY p.unit_id;

-- name: certificate_rule
-- Whether a procedure needs a certificate in force on a day, and whether it renews it; nothing where nothing is said.
-- params: procedure, on_day          index: ex_certificate_rule_once
SELECT r.needed, r.renewed FROM registry.certificate_rule r
 WHERE r.procedure = CAST(:procedure AS text) AND r.valid @> CAST(:on_day AS date);

-- name: name_of_procedure
-- What a variation is called, by the newest form of its procedure.
-- params: code
SELECT p.name_vi FROM registry.procedure p WHERE p.code = CAST(:code AS text) ORDER BY lower(p.valid) DESC LIMIT 1;
