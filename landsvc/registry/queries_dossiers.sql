-- Statements of dossiers: opening one, moving it by events, reading it.

-- name: dossier_states
-- Every state of a dossier.
SELECT s.code, s.name_vi, s.name_en, s.clock, s.waits_for FROM registry.dossier_state s ORDER BY s.sort;

-- name: transitions_from
-- What may be done in a state, or (null) every transition.
-- params: state
SELECT t.action, t.from_state, t.to_state, t.roles, t.area, t.processes, t.holder, t.pauses, t.resumes, t.needs
  FROM registry.dossier_transition t
 WHERE CAST(:state AS text) IS NULL OR t.from_state = CAST(:state AS text) ORDER BY t.sort;

-- name: add_dossier
-- Open a dossier; give its id and code.
-- params: procedure, case_code, on_day, limit_days, limit_source, commune, branch, channel, return_by, asked
INSERT INTO registry.dossier (procedure, case_code, on_day, limit_days, limit_source, commune_code, reception_branch,
       channel, return_by, asked)
VALUES (CAST(:procedure AS text), CAST(:case_code AS text), CAST(:on_day AS date), CAST(:limit_days AS smallint),
        CAST(:limit_source AS text), CAST(:commune AS text), CAST(:branch AS text), CAST(:channel AS text),
        CAST(:return_by AS text), CAST(:asked AS text[])) RETURNING id, code;

-- name: add_dossier_parcels
-- Say which parcels a dossier is about.
-- params: dossier_id, units
INSERT INTO registry.dossier_parcel (dossier_id, unit_id)
SELECT CAST(:dossier_id AS bigint), u FROM unnest(CAST(:units AS bigint[])) AS u;

-- name: add_dossier_applicants
-- Say who applies (a JSON array), in order.
-- params: dossier_id, rows
INSERT INTO registry.dossier_applicant (dossier_id, seq, name, capacity, contact)
SELECT CAST(:dossier_id AS bigint), r.seq, r.name, r.capacity, r.contact
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(seq smallint, name text, capacity text, contact text);

-- name: add_dossier_documents
-- Take papers in (a JSON array).
-- params: dossier_id, account_id, rows
INSERT INTO registry.dossier_document (dossier_id, document, title, form, sha256, account_id)
SELECT CAST(:dossier_id AS bigint), r.document, r.title, r.form, r.sha256, CAST(:account_id AS bigint)
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(document text, title text, form text, sha256 text);

-- name: add_dossier_event
-- Let a dossier go on: the only way it changes.
-- params: dossier_id, seq, action, from_state, to_state, account_id, account_name, branch, holder_id, holder_name, due_at, spent_days, step_due_at, appointment_at, pauses, resumes, draft_id, papers, reason, details, fingerprint
INSERT INTO registry.dossier_event (dossier_id, seq, action, from_state, to_state, account_id, account_name,
       branch_code, holder_id, holder_name, due_at, spent_days, step_due_at, appointment_at, pauses, resumes, draft_id,
       papers, reason, details, fingerprint)
VALUES (CAST(:dossier_id AS bigint), CAST(:seq AS smallint), CAST(:action AS text), CAST(:from_state AS text),
        CAST(:to_state AS text), CAST(:account_id AS bigint), CAST(:account_name AS text), CAST(:branch AS text),
        CAST(:holder_id AS bigint), CAST(:holder_name AS text), CAST(:due_at AS timestamptz),
        CAST(:spent_days AS smallint), CAST(:step_due_at AS timestamptz), CAST(:appointment_at AS timestamptz),
        CAST(:pauses AS text), CAST(:resumes AS text), CAST(:draft_id AS bigint), CAST(:papers AS text[]),
        CAST(:reason AS text), CAST(:details AS jsonb), CAST(:fingerprint AS bytea));

-- part: dossier
       d.id, d.code, d.procedure, d.case_code, d.on_day, d.limit_days, d.limit_source, d.commune_code,
       d.reception_branch, d.channel, d.return_by, d.asked, d.made_at, d.state, d.before_state, d.revision,
       d.registered_at, d.due_at, d.spent_days, d.step_due_at, d.appointment_at, d.holder_id, d.holder_name,
       d.processor_id, d.processor_name, d.draft_id, d.ended_at

-- name: hold_dossier
-- Let nobody else move a dossier until this transaction ends: of two, the second sees what the first did.
-- params: code
SELECT pg_advisory_xact_lock(72057594, hashtext(CAST(:code AS text)));

-- name: dossier_by_code
-- A dossier by its code.
-- params: code    index: uq_dossier_code
SELECT
{dossier}
  FROM registry.dossier d WHERE d.code = CAST(:code AS text);

-- name: dossier_events
-- What happened to a dossier, in order.
-- params: dossier_id    index: pk_dossier_event
SELECT e.seq, e.at, e.action, e.from_state, e.to_state, e.account_id, e.account_name, e.holder_id, e.holder_name,
       e.due_at, e.step_due_at, e.appointment_at, e.pauses, e.resumes, e.papers, e.reason, e.details, e.fingerprint
  FROM registry.dossier_event e WHERE e.dossier_id = CAST(:dossier_id AS bigint) ORDER BY e.seq;

-- name: dossier_pauses
-- The pauses of a dossier's clock; one that ended the instant it began is none.
-- params: dossier_id    index: ex_dossier_pause_once
SELECT p.kind, lower(p.held), upper(p.held) FROM registry.dossier_pause p
 WHERE p.dossier_id = CAST(:dossier_id AS bigint) AND NOT isempty(p.held) ORDER BY p.id;

-- name: dossier_parcels
-- The parcels of a dossier, by what they are or were called.
-- params: dossier_id    index: pk_dossier_parcel
SELECT p.unit_id, n.ref, n.code, n.is_current, c.legal_area_m2
  FROM registry.dossier_parcel p JOIN cadastre.unit_name n ON n.unit_id = p.unit_id
  LEFT JOIN cadastre.parcel c ON c.unit_id = p.unit_id
 WHERE p.dossier_id = CAST(:dossier_id AS bigint) ORDER BY p.unit_id;

-- name: dossier_applicants
-- Who applies, and who acts for them.
-- params: dossier_id    index: pk_dossier_applicant
SELECT a.name, a.capacity, a.contact, p.code FROM registry.dossier_applicant a
  LEFT JOIN registry.party p ON p.id = a.party_id
 WHERE a.dossier_id = CAST(:dossier_id AS bigint) ORDER BY a.seq;

-- name: dossier_documents
-- The papers handed in.
-- params: dossier_id    index: ix_dossier_document_dossier_id
SELECT h.id, h.document, t.name_vi, t.name_en, h.title, h.form, h.sha256, f.media_type, f.size_bytes, f.scanned, h.at
  FROM registry.dossier_document h JOIN registry.document_type t ON t.code = h.document
  LEFT JOIN registry.stored_file f ON f.sha256 = h.sha256
 WHERE h.dossier_id = CAST(:dossier_id AS bigint) ORDER BY h.id;

-- name: dossier_earlier
-- The pending dossiers it waits for.
-- params: dossier_id
SELECT e.code, e.procedure FROM registry.earlier_dossiers(CAST(:dossier_id AS bigint)) e;

-- name: dossier_holds
-- The holds that stop it.
-- params: dossier_id
SELECT h.unit_id, h.kind, h.issuer, h.doc_no FROM registry.dossier_holds(CAST(:dossier_id AS bigint)) h;

-- name: colleague
-- The person of a login who has a role where a commune is covered.
-- params: login, role, commune
SELECT c.id, c.name FROM registry.colleague(CAST(:login AS text), CAST(:role AS text), CAST(:commune AS text)) c;

-- name: commune_of_units
-- The communes some units lie in, or lay in last.
-- params: units
SELECT DISTINCT cadastre.unit_commune(u) FROM unnest(CAST(:units AS bigint[])) AS u;

-- name: branch_of_commune
-- The branch that processes a commune: one that covers it by name before one that covers everything.
-- params: commune
SELECT b.code, b.name_vi, b.name_en FROM identity.branch b
 WHERE b.closed_at IS NULL AND (b.covers_all OR EXISTS (
   SELECT FROM identity.branch_commune c WHERE c.branch_id = b.id AND c.commune_code = CAST(:commune AS text)))
 ORDER BY b.covers_all, b.id LIMIT 1;

-- name: draft_id_of
-- The id of a draft by its code.
-- params: code    index: uq_draft_code
SELECT d.id FROM cadastre.draft d WHERE d.code = CAST(:code AS text);

-- name: draft_code_of
-- The code of a draft by its id.
-- params: id    index: pk_draft
SELECT d.code FROM cadastre.draft d WHERE d.id = CAST(:id AS bigint);

-- name: record_undone
-- The record that undid another one, why and when; no row while it stands.
-- params: code    index: uq_record_code, uq_record_annuls_id
SELECT a.code, a.reason, a.made_at FROM cadastre.record r JOIN cadastre.record a ON a.annuls_id = r.id
 WHERE r.code = CAST(:code AS text);

-- name: list_dossiers
-- One page of dossiers: those somebody holds or may take (holder, communes and states), or all; those that stand still
-- come last, the first due first. Of the four ways to them one is gone at a time, each by an index of its own, and all
-- that have ended are gone through only where somebody asks for all.
-- params: holder_id, states, communes, open_only, unit_id, after, page, workflow, ids
-- index: pk_dossier, ix_dossier_parcel_unit_id, ix_dossier_open
SELECT
{dossier}
  FROM (
    SELECT o.* FROM registry.dossier o WHERE o.id = ANY (CAST(:ids AS bigint[]))
     UNION ALL
    SELECT o.* FROM registry.dossier_parcel p JOIN registry.dossier o ON o.id = p.dossier_id
     WHERE CAST(:ids AS bigint[]) IS NULL AND p.unit_id = CAST(:unit_id AS bigint)
     UNION ALL
    SELECT o.* FROM registry.dossier o
     WHERE CAST(:ids AS bigint[]) IS NULL AND CAST(:unit_id AS bigint) IS NULL
       AND (o.ended_at IS NULL OR o.state = 'READY')
     UNION ALL
    SELECT o.* FROM registry.dossier o
     WHERE CAST(:ids AS bigint[]) IS NULL AND CAST(:unit_id AS bigint) IS NULL AND NOT CAST(:open_only AS boolean)
       AND o.ended_at IS NOT NULL AND o.state <> 'READY') d
 WHERE (NOT CAST(:open_only AS boolean) OR d.ended_at IS NULL OR d.state = 'READY')
   AND (CAST(:states AS text[]) IS NULL OR d.state = ANY (CAST(:states AS text[])))
   AND (CAST(:holder_id AS bigint) IS NULL OR d.holder_id = CAST(:holder_id AS bigint) OR d.holder_id IS NULL)
   AND (CAST(:communes AS text[]) IS NULL OR d.commune_code = ANY (CAST(:communes AS text[])))
   AND (CAST(:unit_id AS bigint) IS NULL OR EXISTS (
     SELECT FROM registry.dossier_parcel p WHERE p.dossier_id = d.id AND p.unit_id = CAST(:unit_id AS bigint)))
   AND (CAST(:workflow AS text) IS NULL OR EXISTS (
     SELECT FROM registry.procedure q
      WHERE q.code = d.procedure AND q.valid @> d.on_day AND q.workflow = CAST(:workflow AS text)))
 ORDER BY d.due_at NULLS LAST, d.id LIMIT CAST(:page AS integer) + 1 OFFSET CAST(:after AS bigint);

-- name: running_dossiers
-- Dossiers whose clock runs, after one id, in order; with `before` only those due by then that nothing is proposed for.
-- params: after, before, page
SELECT
{dossier}
  FROM registry.dossier d
 WHERE d.ended_at IS NULL AND d.due_at IS NOT NULL AND d.id > CAST(:after AS bigint)
   AND (CAST(:before AS timestamptz) IS NULL OR d.due_at < CAST(:before AS timestamptz)
        AND NOT EXISTS (SELECT FROM registry.apology_proposal a WHERE a.dossier_id = d.id AND a.due_at = d.due_at))
 ORDER BY d.id LIMIT CAST(:page AS integer);

-- name: branch_communes
-- The communes that some branches cover; null when one covers all.
-- params: branches
SELECT CASE WHEN bool_or(b.covers_all) THEN NULL ELSE coalesce(array_agg(c.commune_code)
         FILTER (WHERE c.commune_code IS NOT NULL), '{}') END
  FROM identity.branch b LEFT JOIN identity.branch_commune c ON c.branch_id = b.id
 WHERE b.code = ANY (CAST(:branches AS text[]));

-- name: keep_file
-- Know a file by the digest of its content.
-- params: sha256, size_bytes, media_type, scanned
INSERT INTO registry.stored_file (sha256, size_bytes, media_type, scanned)
VALUES (CAST(:sha256 AS text), CAST(:size_bytes AS bigint), CAST(:media_type AS text), CAST(:scanned AS text))
ON CONFLICT (sha256) DO NOTHING;

-- name: file_of_document
-- The file of one paper of a dossier.
-- params: dossier_id, id    index: pk_dossier_document
SELECT f.sha256, f.media_type, f.size_bytes FROM registry.dossier_document h
  JOIN registry.stored_file f ON f.sha256 = h.sha256
 WHERE h.id = CAST(:id AS bigint) AND h.dossier_id = CAST(:dossier_id AS bigint);

-- name: files_stored
-- Every file the database knows, in one from before files were taken away.
SELECT f.sha256 FROM registry.stored_file f ORDER BY f.sha256;

-- name: files_known
-- Every file the database knows, but those that nothing refers to and that wait to be taken away.
SELECT f.sha256 FROM registry.stored_file f
 WHERE NOT EXISTS (SELECT FROM registry.file_dropped d WHERE d.sha256 = f.sha256)
    OR EXISTS (SELECT FROM registry.dossier_document h WHERE h.sha256 = f.sha256)
    OR EXISTS (SELECT FROM registry.application_paper p WHERE p.sha256 = f.sha256)
 ORDER BY f.sha256;

-- name: photos_known
-- Every picture of a report.
SELECT DISTINCT f.photo FROM registry.feedback f WHERE f.photo IS NOT NULL;

-- name: prints_known
-- Every signed print of a certificate the database knows.
SELECT DISTINCT p.file_sha256 FROM registry.certificate_print p ORDER BY p.file_sha256;

-- name: replies_known
-- Every reply with data the database knows: its answer, and its signed file.
SELECT s.answer_sha256 FROM registry.data_supply s
 UNION
SELECT s.file_sha256 FROM registry.data_supply s;

-- name: identify_applicant
-- Say which party an applicant is.
-- params: dossier_id, seq, party_id          index: pk_dossier_applicant
UPDATE registry.dossier_applicant SET party_id = CAST(:party_id AS bigint)
 WHERE dossier_id = CAST(:dossier_id AS bigint) AND seq = CAST(:seq AS smallint);

-- name: dossier_land
-- The land of a dossier as it is now: its parcels, or the current ones that came of them.
-- params: dossier_id          index: pk_dossier_parcel
WITH RECURSIVE land AS (
  SELECT p.unit_id FROM registry.dossier_parcel p WHERE p.dossier_id = CAST(:dossier_id AS bigint)
   UNION
  SELECT l.child_id FROM land JOIN cadastre.lineage l ON l.parent_id = land.unit_id AND upper_inf(l.recorded))
SELECT land.unit_id FROM land JOIN cadastre.parcel c ON c.unit_id = land.unit_id ORDER BY land.unit_id;

-- name: land_names
-- What units are called, and whether the dossier was handed in for them or they came of its land since.
-- params: dossier_id, units          index: pk_parcel_unit, pk_dossier_parcel
SELECT n.unit_id, n.ref, n.code, NOT EXISTS (
         SELECT FROM registry.dossier_parcel p WHERE p.dossier_id = CAST(:dossier_id AS bigint) AND p.unit_id = n.unit_id),
       c.legal_area_m2
  FROM cadastre.unit_name n LEFT JOIN cadastre.parcel c ON c.unit_id = n.unit_id
 WHERE n.unit_id = ANY (CAST(:units AS bigint[])) ORDER BY n.unit_id;

-- name: dossier_rules
-- The rules of dossiers in force on a day, in their order.
-- params: on_day
SELECT r.code, r.title_vi, r.title_en, r.law, r.severity_preview, r.severity_submit, r.severity_commit
  FROM cadastre.rule r WHERE r.code LIKE 'DOS-%' AND r.valid @> CAST(:on_day AS date) ORDER BY r.sort, r.code;

-- name: dossier_standing
-- How many rights stand on units, how many of them have a certificate in force, and the mortgages on the land.
-- params: units          index: ix_ba_unit_parcel_unit_id, ix_certificate_version_rrr_id
SELECT count(DISTINCT s.rrr_id) FILTER (WHERE s.class = 'right'),
       count(DISTINCT s.rrr_id) FILTER (WHERE s.class = 'right' AND EXISTS (
         SELECT FROM registry.certificate_version c WHERE c.rrr_id = s.rrr_id AND upper_inf(c.recorded)
            AND upper_inf(c.valid) AND c.state IN ('active', 'annotated'))),
       coalesce(array_agg(DISTINCT r.code) FILTER (WHERE s.kind = 'mortgage'), '{}')
  FROM registry.standing(CAST(:units AS bigint[])) s JOIN registry.rrr r ON r.id = s.rrr_id;

-- name: expired_terms
-- Rights on units whose term was over before a day.
-- params: units, on_day
SELECT r.code, v.term_until FROM registry.standing(CAST(:units AS bigint[])) s
  JOIN registry.rrr r ON r.id = s.rrr_id JOIN registry.rrr_version v ON v.id = s.version_id
 WHERE s.class = 'right' AND v.term_until < CAST(:on_day AS date) ORDER BY r.id;

-- name: prove_completion
-- Prove now whatever would be proved when a completion commits.
SELECT cadastre.prove_now();

-- name: sealed_events_under_older_keys
-- Events among whose facts personal numbers lie under another key than the newest (a pattern).
-- params: older, page
SELECT e.dossier_id, e.seq, d.code, e.details->'facts'
  FROM registry.dossier_event e JOIN registry.dossier d ON d.id = e.dossier_id
 WHERE e.action = 'enter_facts' AND CAST(e.details->'facts' AS text) ~ CAST(:older AS text)
 ORDER BY e.dossier_id, e.seq LIMIT CAST(:page AS integer);

-- name: let_events_change
-- Let numbers be sealed under another key; what they are does not change. For the owner.
ALTER TABLE registry.dossier_event DISABLE TRIGGER t05_append_only;

-- name: let_events_be
-- Keep what was written again.
ALTER TABLE registry.dossier_event ENABLE TRIGGER t05_append_only;

-- name: seal_event_facts
-- Keep the facts of an event with their numbers under another key.
-- params: dossier_id, seq, facts          index: pk_dossier_event
UPDATE registry.dossier_event SET details = jsonb_set(details, '{facts}', CAST(:facts AS jsonb))
 WHERE dossier_id = CAST(:dossier_id AS bigint) AND seq = CAST(:seq AS smallint);
