-- name: put_channels
-- Add the channels that the database lacks (a JSON array); what is there stays as a province has it.
-- params: rows    index: pk_channel
INSERT INTO finance.channel (code, name_vi, name_en, kind, is_active)
SELECT r.code, r.name_vi, r.name_en, r.kind, r.is_active
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, name_vi text, name_en text, kind text,
       is_active boolean)
ON CONFLICT (code) DO NOTHING;

-- name: channels
-- Every channel.
-- params:
SELECT c.code, c.name_vi, c.name_en, c.kind, c.is_active FROM finance.channel c ORDER BY c.code;

-- name: channel_key
-- One key of a channel, ended or not.
-- params: channel, kid    index: uq_channel_key_channel_kid
SELECT k.id, k.channel, k.kid, k.algorithm, k.public_key, k.sealed, lower(k.valid), upper(k.valid), c.is_active
  FROM finance.channel_key k JOIN finance.channel c ON c.code = k.channel
 WHERE k.channel = CAST(:channel AS text) AND k.kid = CAST(:kid AS text);

-- name: channel_keys
-- Keys of a channel, of all without one.
-- params: channel
SELECT k.id, k.channel, k.kid, k.algorithm, k.public_key, k.sealed, lower(k.valid), upper(k.valid), c.is_active
  FROM finance.channel_key k JOIN finance.channel c ON c.code = k.channel
 WHERE CAST(:channel AS text) IS NULL OR k.channel = CAST(:channel AS text)
 ORDER BY k.channel, k.id;

-- name: add_channel_key
-- Take in a key; no row where its name is taken.
-- params: channel, kid, algorithm, public_key, sealed, since, until    index: uq_channel_key_channel_kid
INSERT INTO finance.channel_key (channel, kid, algorithm, public_key, sealed, valid)
VALUES (CAST(:channel AS text), CAST(:kid AS text), CAST(:algorithm AS text), CAST(:public_key AS text),
        CAST(:sealed AS bytea), tstzrange(CAST(:since AS timestamptz), CAST(:until AS timestamptz)))
ON CONFLICT (channel, kid) DO NOTHING RETURNING id;

-- name: end_channel_key
-- End a key at an instant, no later than it was to end.
-- params: channel, kid, at    index: uq_channel_key_channel_kid
UPDATE finance.channel_key k
   SET valid = tstzrange(lower(k.valid), greatest(lower(k.valid) + interval '1 microsecond',
         least(coalesce(upper(k.valid), 'infinity'), CAST(:at AS timestamptz))))
 WHERE k.channel = CAST(:channel AS text) AND k.kid = CAST(:kid AS text) RETURNING k.id;

-- name: channel_keys_to_seal
-- Shared secrets that are sealed under an older key.
-- params: newest
SELECT k.id, k.channel, k.kid, k.sealed FROM finance.channel_key k
 WHERE substring(k.sealed FROM 2 FOR 2) < CAST(:newest AS bytea);

-- name: seal_channel_key
-- Keep a shared secret sealed under the newest key.
-- params: id, sealed    index: pk_channel_key
UPDATE finance.channel_key SET sealed = CAST(:sealed AS bytea) WHERE id = CAST(:id AS bigint);

-- name: keep_channel_message
-- Keep a signed message; no row where its nonce was used.
-- params: channel, nonce, key_id, signed_at, path, sha256, signature    index: uq_channel_message_channel_nonce
INSERT INTO finance.channel_message (channel, nonce, key_id, signed_at, path, sha256, signature)
VALUES (CAST(:channel AS text), CAST(:nonce AS text), CAST(:key_id AS bigint), CAST(:signed_at AS timestamptz),
        CAST(:path AS text), CAST(:sha256 AS bytea), CAST(:signature AS bytea))
ON CONFLICT (channel, nonce) DO NOTHING RETURNING id;

-- name: channel_message_is
-- Whether the message kept under a nonce is this one.
-- params: channel, nonce, key_id, signed_at, path, sha256    index: uq_channel_message_channel_nonce
SELECT m.id, m.key_id = CAST(:key_id AS bigint) AND m.signed_at = CAST(:signed_at AS timestamptz)
         AND m.path = CAST(:path AS text) AND m.sha256 = CAST(:sha256 AS bytea)
  FROM finance.channel_message m
 WHERE m.channel = CAST(:channel AS text) AND m.nonce = CAST(:nonce AS text);

-- name: obligation_named
-- The obligation that a transfer names by its id or its payment code; the name itself where nobody knows it.
-- params: named    index: uq_payment_code_code
SELECT finance.obligation_named(CAST(:named AS text));

-- name: add_channel_payment
-- Keep a payment a channel told of; no row where its reference was told before.
-- params: channel, reference_no, line_no, purpose, obligation_id, dossier_code, order_code, account_no, amount_vnd, paid_at, message_id    index: uq_channel_payment_channel_reference_no_line_no
INSERT INTO finance.channel_payment (channel, reference_no, line_no, purpose, obligation_id, dossier_code, order_code,
  account_no, amount_vnd, paid_at, message_id)
VALUES (CAST(:channel AS text), CAST(:reference_no AS text), CAST(:line_no AS smallint), CAST(:purpose AS text),
        CAST(:obligation_id AS text), CAST(:dossier_code AS text), CAST(:order_code AS text),
        CAST(:account_no AS text), CAST(:amount_vnd AS bigint), CAST(:paid_at AS timestamptz),
        CAST(:message_id AS bigint))
ON CONFLICT (channel, reference_no, line_no) DO NOTHING RETURNING id;

-- name: channel_payment_of
-- The payment a channel told of under a reference.
-- params: channel, reference_no, line_no    index: uq_channel_payment_channel_reference_no_line_no
SELECT p.id, p.seq, p.channel, p.standing, p.received_at, p.reference_no, p.line_no, p.purpose, p.obligation_id,
       p.dossier_code, p.order_code, p.account_no, p.amount_vnd, p.paid_at
  FROM finance.channel_payment p
 WHERE p.channel = CAST(:channel AS text) AND p.reference_no = CAST(:reference_no AS text)
   AND p.line_no = CAST(:line_no AS smallint);

-- name: lock_statement
-- Let versions of one list of a day come one after the other, as its trigger does.
-- params: channel, day
SELECT pg_advisory_xact_lock('finance.channel_statement'::regclass::oid::integer,
                             hashtext(CAST(:channel AS text) || CAST(:day AS date)));

-- name: statement_versions
-- Versions of a list of a day, the newest first.
-- params: channel, day    index: uq_channel_statement_channel_on_day_version
SELECT s.version, s.line_count, s.sum_vnd, s.sha256, s.received_at, m.signed_at
  FROM finance.channel_statement s
  LEFT JOIN finance.channel_message m ON m.id = s.message_id
 WHERE s.channel = CAST(:channel AS text) AND s.on_day = CAST(:day AS date)
 ORDER BY s.version DESC;

-- name: add_statement
-- Keep the head of a list of a day; its lines follow in the same transaction.
-- params: channel, day, version, line_count, sum_vnd, sha256, message_id
INSERT INTO finance.channel_statement (channel, on_day, version, line_count, sum_vnd, sha256, message_id)
VALUES (CAST(:channel AS text), CAST(:day AS date), CAST(:version AS smallint), CAST(:line_count AS integer),
        CAST(:sum_vnd AS bigint), CAST(:sha256 AS bytea), CAST(:message_id AS bigint))
RETURNING id;

-- name: listed_channel_payments
-- Payments channels told of, the newest first, each as it stands now.
-- params: before, most    index: uq_channel_payment_seq
SELECT p.seq, c.name_vi, c.name_en, p.reference_no, p.purpose, coalesce(p.obligation_id, p.order_code), p.dossier_code,
       coalesce(p.dossier_code ~ '^HS-[0-9]{4}-[0-9]{6,12}-[0-9]{2}$', false), p.amount_vnd, p.paid_at, s.standing, s.confirmed
  FROM finance.channel_payment p
  JOIN finance.channel c ON c.code = p.channel
  JOIN finance.channel_payment_standing s ON s.id = p.id
 WHERE p.seq < CAST(:before AS bigint)
 ORDER BY p.seq DESC LIMIT CAST(:most AS integer);

-- name: odd_channel_payments
-- Those that were not what was asked for when they came, and are not now.
-- params: before, most    index: ix_channel_payment_unexpected
SELECT p.seq, c.name_vi, c.name_en, p.reference_no, p.purpose, coalesce(p.obligation_id, p.order_code), p.dossier_code,
       coalesce(p.dossier_code ~ '^HS-[0-9]{4}-[0-9]{6,12}-[0-9]{2}$', false), p.amount_vnd, p.paid_at, s.standing, s.confirmed
  FROM finance.channel_payment p
  JOIN finance.channel c ON c.code = p.channel
  JOIN finance.channel_payment_standing s ON s.id = p.id
 WHERE p.seq < CAST(:before AS bigint) AND p.standing <> 'expected' AND s.standing <> 'expected'
 ORDER BY p.seq DESC LIMIT CAST(:most AS integer);
