-- Statements of drafts on their way: submitted, approved, confirmed, expired; and of the parcels they plan.

-- name: submit_draft
-- Hand a draft in for approval, on stated grounds.
-- params: draft_id, grounds          index: pk_draft
UPDATE cadastre.draft SET state = 'submitted', grounds = CAST(:grounds AS jsonb), revision = revision + 1,
       changed_at = clock_timestamp()
 WHERE id = CAST(:draft_id AS bigint);

-- name: reopen_draft
-- Give a submitted draft back to its owner.
-- params: draft_id          index: pk_draft
UPDATE cadastre.draft SET state = 'open', revision = revision + 1, changed_at = clock_timestamp()
 WHERE id = CAST(:draft_id AS bigint);

-- name: approve_draft
-- Note who approved a draft.
-- params: draft_id, account_id          index: pk_draft
UPDATE cadastre.draft SET approved_by = CAST(:account_id AS bigint) WHERE id = CAST(:draft_id AS bigint);

-- name: confirm_draft
-- Confirm a split for some days from today on; gives the last of them.
-- params: draft_id, grounds, days          index: pk_draft
UPDATE cadastre.draft
   SET state = 'confirmed', grounds = CAST(:grounds AS jsonb), confirmed_at = clock_timestamp(),
       confirmed_until = cadastre.today() + CAST(:days AS integer), revision = revision + 1, changed_at = clock_timestamp()
 WHERE id = CAST(:draft_id AS bigint) RETURNING confirmed_until;

-- name: days_confirmed
-- For how many days a split is confirmed, by the rule in force today.
-- params: on_date          index: pk_rule
SELECT CAST(r.parameters ->> 'days' AS integer) FROM cadastre.rule r
 WHERE r.code = 'SUB-CONFIRM' AND r.valid @> CAST(:on_date AS date);

-- name: expire_drafts
-- End the confirmed splits whose last day is over, and free their numbers; gives their codes.
-- index: ix_draft_confirmed_until
WITH ended AS (
  UPDATE cadastre.draft SET state = 'expired', revision = revision + 1, changed_at = clock_timestamp()
   WHERE state = 'confirmed' AND confirmed_until < cadastre.today() RETURNING id, code),
freed AS (DELETE FROM cadastre.draft_slot s USING ended e WHERE s.draft_id = e.id),
told AS (
  INSERT INTO cadastre.draft_event (draft_id, seq, action)
  SELECT e.id, 1 + coalesce((SELECT max(k.seq) FROM cadastre.draft_event k WHERE k.draft_id = e.id), 0), 'expired'
    FROM ended e)
SELECT e.code FROM ended e ORDER BY e.id;

-- name: add_event
-- Write into the history of a draft.
-- params: draft_id, action, account_id, name, reason          index: pk_draft_event
INSERT INTO cadastre.draft_event (draft_id, seq, action, account_id, name, reason)
SELECT CAST(:draft_id AS bigint), 1 + coalesce(max(k.seq), 0), CAST(:action AS text), CAST(:account_id AS bigint),
       CAST(:name AS text), CAST(:reason AS text)
  FROM cadastre.draft_event k WHERE k.draft_id = CAST(:draft_id AS bigint);

-- name: draft_events
-- The history of a draft.
-- params: draft_id          index: pk_draft_event
SELECT e.at, e.action, e.account_id, e.name, e.reason FROM cadastre.draft_event e
 WHERE e.draft_id = CAST(:draft_id AS bigint) ORDER BY e.seq;

-- name: add_planned
-- Store what a confirmed split will make (a JSON array; geometries as hexadecimal EWKB).
-- params: draft_id, planned
INSERT INTO cadastre.planned_parcel (draft_id, unit_id, ref, kind, confirmed_at, confirmed_until, commune_code, parents,
                                     legal_area_m2, measured_area_m2, uses, geom)
SELECT d.id, r.unit_id, r.ref, r.kind, d.confirmed_at, d.confirmed_until, r.commune,
       ARRAY(SELECT CAST(p AS bigint) FROM jsonb_array_elements_text(r.parents) p), r.legal, r.measured, r.uses,
       CAST(r.geom AS geometry)
  FROM jsonb_to_recordset(CAST(:planned AS jsonb)) AS r(unit_id bigint, ref text, kind text, commune text, parents jsonb,
       legal numeric, measured float8, uses jsonb, geom text)
  JOIN cadastre.draft d ON d.id = CAST(:draft_id AS bigint);

-- part: planned_shown
SELECT p.ref, d.code, d.owner_name, p.kind,
       ARRAY(SELECT n.ref FROM cadastre.unit_name n WHERE n.unit_id = ANY (p.parents) ORDER BY n.unit_id),
       p.legal_area_m2, p.measured_area_m2, p.uses, d.confirmed_at, d.confirmed_until, ST_AsBinary(p.geom)
  FROM cadastre.planned_parcel p JOIN cadastre.draft d ON d.id = p.draft_id AND d.state = 'confirmed'

-- name: planned_of_unit
-- The planned pieces of a parcel.
-- params: unit_id          index: ix_planned_parcel_parents
{planned_shown}
 WHERE p.parents @> ARRAY[CAST(:unit_id AS bigint)] ORDER BY p.draft_id, p.unit_id;

-- name: planned_in_box
-- The planned pieces in a box of degrees, at most a number of them.
-- params: west, south, east, north, srid, most          index: ix_planned_parcel_geom
{planned_shown}
 WHERE ST_Intersects(p.geom, ST_Transform(ST_MakeEnvelope(CAST(:west AS float8), CAST(:south AS float8),
         CAST(:east AS float8), CAST(:north AS float8), 4326), CAST(:srid AS integer)))
 ORDER BY p.draft_id, p.unit_id LIMIT CAST(:most AS integer);

-- name: planned_number
-- What anybody may know of a planned number: its state, area and origin; no person and no shape.
-- params: ref          index: ix_planned_parcel_ref
SELECT jsonb_build_object('ref', p.ref, 'state', p.state, 'commune', p.commune_code,
         'parents', (SELECT coalesce(jsonb_agg(n.ref ORDER BY n.unit_id), '[]') FROM cadastre.unit_name n
                      WHERE n.unit_id = ANY (p.parents)),
         'legalAreaM2', p.legal_area_m2, 'measuredAreaM2', round(CAST(p.measured_area_m2 AS numeric), 1),
         'confirmedAt', p.confirmed_at, 'confirmedUntil', p.confirmed_until) AS told
  FROM cadastre.planned_parcel p WHERE p.ref = CAST(:ref AS text) ORDER BY p.confirmed_at DESC LIMIT 1;
