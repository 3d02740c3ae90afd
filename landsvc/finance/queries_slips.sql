-- Statements of slips to the tax office.

-- part: slip
s.id, s.slip_no, s.dossier, s.version, o.slip_no AS replaces, s.issued_at, s.sealed, s.sha256, s.signature, s.key_id,
s.not_known, EXISTS (SELECT FROM finance.slip n WHERE n.replaces_id = s.id) AS replaced,
r.at AS received_at, b.at AS returned_at, coalesce(b.reasons, '{}') AS reasons, b.note, b.document_no
  FROM finance.slip s
  LEFT JOIN finance.slip o ON o.id = s.replaces_id
  LEFT JOIN finance.slip_answer r ON r.slip_id = s.id AND r.kind = 'received'
  LEFT JOIN finance.slip_answer b ON b.slip_id = s.id AND b.kind = 'returned'

-- name: next_slip
-- The number of the next slip: whoever asks next waits until it is kept.
SELECT finance.next_slip();

-- name: add_slip
-- Keep a slip as it was signed.
-- params: id, slip_no, dossier, version, replaces_id, account_id, sealed, sha256, signature, key_id, not_known, tax_office_code
INSERT INTO finance.slip (id, slip_no, dossier, version, replaces_id, account_id, sealed, sha256, signature, key_id,
       not_known, tax_office_code)
VALUES (CAST(:id AS bigint), CAST(:slip_no AS text), CAST(:dossier AS text), CAST(:version AS smallint),
        CAST(:replaces_id AS bigint), CAST(:account_id AS bigint), CAST(:sealed AS bytea), CAST(:sha256 AS bytea),
        CAST(:signature AS text), CAST(:key_id AS text), CAST(:not_known AS text[]),
        CAST(:tax_office_code AS text));

-- name: keep_key
-- Keep the public half of a key that signs, once.
-- params: kid, key    index: pk_signing_key
INSERT INTO finance.signing_key (kid, key) VALUES (CAST(:kid AS text), CAST(:key AS jsonb))
ON CONFLICT (kid) DO NOTHING;

-- name: signing_keys
-- Every key that signed a slip, the newest first; asked by anybody.
-- params:
SELECT k.key, k.since, k.last_signed_at FROM finance.published_key k ORDER BY k.since DESC, k.kid;

-- name: announce_slip
-- Tell that something became of a slip: in order for each dossier.
-- params: topic, dossier, slip_no, version, reasons, note, document_no
INSERT INTO core.outbox (topic, key, payload)
VALUES (CAST(:topic AS text), CAST(:dossier AS text), jsonb_build_object(
  'slip', CAST(:slip_no AS text), 'version', CAST(:version AS smallint), 'reasons', CAST(:reasons AS text[]),
  'note', CAST(:note AS text), 'documentNo', CAST(:document_no AS text)));

-- name: slips_of_dossier
-- The slips of a dossier, the first first.
-- params: dossier    index: uq_slip_dossier_version
SELECT
{slip}
 WHERE s.dossier = CAST(:dossier AS text) ORDER BY s.version;

-- name: slip_of_no
-- One slip.
-- params: slip_no    index: uq_slip_slip_no
SELECT
{slip}
 WHERE s.slip_no = CAST(:slip_no AS text);

-- name: slips_after
-- One page of slips in the order they were kept.
-- params: after, page    index: pk_slip
SELECT
{slip}
 WHERE s.id > CAST(:after AS bigint) ORDER BY s.id LIMIT CAST(:page AS integer) + 1;

-- name: answer_slip
-- Keep what the tax office answers to a slip; no row when it answered so before.
-- params: slip_id, kind, reasons, note, document_no, api_client_id    index: pk_slip_answer
INSERT INTO finance.slip_answer (slip_id, kind, reasons, note, document_no, api_client_id)
VALUES (CAST(:slip_id AS bigint), CAST(:kind AS text), CAST(:reasons AS text[]), CAST(:note AS text),
        CAST(:document_no AS text), CAST(:api_client_id AS bigint))
ON CONFLICT (slip_id, kind) DO NOTHING RETURNING slip_id;

-- name: return_reasons
-- The reasons for which a slip may be sent back.
SELECT r.code, r.name_vi, r.name_en, lower(r.valid), upper(r.valid) - 1, r.source, r.certainty, r.clock
  FROM finance.return_reason r ORDER BY r.sort, r.code, lower(r.valid) NULLS FIRST;

-- name: put_return_reasons
-- Add the reasons that are not there on those days (a JSON array); what is there stays as a province has it.
-- params: rows
INSERT INTO finance.return_reason (code, name_vi, name_en, valid, source, certainty, clock, sort)
SELECT r.code, r.name_vi, r.name_en, daterange(r.valid_from, r.valid_to, '[]'), r.source, r.certainty, r.clock, r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, name_vi text, name_en text, valid_from date,
       valid_to date, source text, certainty text, clock text, sort smallint)
ON CONFLICT DO NOTHING;

-- name: slips_to_seal
-- Slips sealed under an older key: some at a time.
-- params: newest, page
SELECT s.id, s.slip_no, s.sealed FROM finance.slip s
 WHERE substring(s.sealed FROM 2 FOR 2) < CAST(:newest AS bytea) LIMIT CAST(:page AS integer);

-- name: let_slips_change
-- Let the owner change slips in this transaction: only to seal them.
ALTER TABLE finance.slip DISABLE TRIGGER t05_append_only;

-- name: let_slips_be
-- Slips are only added to again.
ALTER TABLE finance.slip ENABLE TRIGGER t05_append_only;

-- name: seal_slip
-- Keep a slip sealed under the newest key.
-- params: id, sealed    index: pk_slip
UPDATE finance.slip SET sealed = CAST(:sealed AS bytea) WHERE id = CAST(:id AS bigint);
