-- Statements about reports and objections. Strangers work with functions that ask for code and secret.

-- name: give_feedback
-- Take a report or an objection; the same form sent again is the same one.
-- params: form_key, category, plan, unit_id, lon, lat, words, photo, contact, language
SELECT g.code, g.secret
  FROM registry.give_feedback(CAST(:form_key AS text), CAST(:category AS text), CAST(:plan AS text),
       CAST(:unit_id AS bigint), CAST(:lon AS double precision), CAST(:lat AS double precision), CAST(:words AS text),
       CAST(:photo AS jsonb), CAST(:contact AS bytea), CAST(:language AS text)) g;

-- name: feedback_told
-- A report by code and secret; null without both.
-- params: code, secret
SELECT registry.feedback_told(CAST(:code AS text), CAST(:secret AS text));

-- name: reopen_feedback
-- Ask for another answer, once.
-- params: code, secret, words
SELECT registry.reopen_feedback(CAST(:code AS text), CAST(:secret AS text), CAST(:words AS text));

-- name: feedback_categories
-- What people write about.
SELECT c.code, c.kind, c.name_vi, c.name_en, c.answer_days FROM registry.feedback_categories() c;

-- name: feedback_public
-- What was released to everybody, the newest first.
-- params: before, most
SELECT p.id, p.code, p.category_vi, p.category_en, p.commune, p.on_day, p.answered_on, p.words, p.answer, p.photo,
       p.lon, p.lat
  FROM registry.feedback_public(CAST(:before AS bigint), CAST(:most AS integer)) p;

-- name: released_photo
-- The picture of a report that was released with it.
-- params: code
SELECT registry.released_photo(CAST(:code AS text));

-- name: plans_displayed
-- Plans that are or were on public display: one, those with a word, those after a plan; null: any.
-- params: asked, word, after, most
SELECT p.code, p.name, p.name_en, p.level, p.first_day, p.last_day, p.notice_no, p.place, p.open, p.taken, p.answered,
       p.short_reason
  FROM registry.plans_displayed(CAST(:asked AS text), CAST(:word AS text), CAST(:after AS text), CAST(:most AS integer)) p;

-- name: add_display
-- Say when a plan is on display; no row for a plan that is not there.
-- params: plan, first_day, last_day, notice_no, place, short_reason, by_account    index: uq_plan_code
INSERT INTO registry.plan_display (plan_id, first_day, last_day, notice_no, place, short_reason, by_account)
SELECT p.id, CAST(:first_day AS date), CAST(:last_day AS date), CAST(:notice_no AS text), CAST(:place AS text),
       CAST(:short_reason AS text), CAST(:by_account AS bigint)
  FROM planning.plan p WHERE p.code = CAST(:plan AS text) RETURNING id;

-- name: plans_in_consultation
-- Plans that may be shown to the public, with a word (null: any): in consultation now, or the change that is to come.
-- params: word, most
SELECT p.code, v.name, v.name_en FROM planning.plan p CROSS JOIN LATERAL registry.version_consulted(p.id) v
 WHERE CAST(:word AS text) IS NULL
    OR strpos(geo.vn_fold(p.code || ' ' || v.name || ' ' || coalesce(v.name_en, '')), geo.vn_fold(CAST(:word AS text))) > 0
 ORDER BY p.code LIMIT CAST(:most AS integer);

-- part: feedback_line
SELECT f.id, f.code, f.kind, c.name_vi, c.name_en, f.commune_code,
       coalesce((SELECT a.name FROM cadastre.admin_unit a WHERE a.code = f.commune_code AND a.level = 'commune'
                  ORDER BY lower(a.valid) DESC NULLS LAST LIMIT 1), f.commune_code),
       p.code, (SELECT k.ref FROM cadastre.parcel_card k WHERE k.unit_id = f.unit_id),
       ST_X(ST_Transform(f.geom, 4326)), ST_Y(ST_Transform(f.geom, 4326)), f.words, f.photo, f.contact, f.made_at,
       f.due_on, f.state, f.public_words, f.public_photo, f.form_key
  FROM registry.feedback f JOIN registry.feedback_category c ON c.code = f.category
  LEFT JOIN planning.plan p ON p.id = f.plan_id

-- name: feedback_list
-- Reports and objections after a code, by kind, plan, state (open: not answered or rejected) and communes; null: any.
-- params: kind, plan, open, communes, after, most    index: pk_feedback
{feedback_line}
 WHERE (CAST(:after AS text) IS NULL OR (f.due_on, f.id) > (
         SELECT a.due_on, a.id FROM registry.feedback a WHERE a.code = CAST(:after AS text)))
   AND (CAST(:kind AS text) IS NULL OR f.kind = CAST(:kind AS text))
   AND (CAST(:plan AS text) IS NULL OR p.code = CAST(:plan AS text))
   AND (CAST(:open AS boolean) IS NULL
        OR CAST(:open AS boolean) = (f.state IN ('received', 'accepted', 'drafted')))
   AND (CAST(:communes AS text[]) IS NULL OR f.kind = 'objection'
        OR f.commune_code = ANY (CAST(:communes AS text[])))
 ORDER BY f.due_on, f.id LIMIT CAST(:most AS integer);

-- name: feedback_one
-- One report or objection.
-- params: code    index: uq_feedback_code
{feedback_line}
 WHERE f.code = CAST(:code AS text);

-- name: feedback_events
-- What was done with reports, in order.
-- params: ids    index: ix_feedback_event_feedback_id
SELECT e.feedback_id, e.id, e.action, e.words, e.outcome, e.at, e.by_account, a.display_name, e.late_words
  FROM registry.feedback_event e LEFT JOIN identity.account a ON a.id = e.by_account
 WHERE e.feedback_id = ANY (CAST(:ids AS bigint[])) ORDER BY e.id;

-- name: move_feedback
-- Do something with a report; a trigger moves it.
-- params: id, action, from_state, to_state, words, outcome, by_account, public_words, public_photo, answer_id, late_words
INSERT INTO registry.feedback_event (feedback_id, action, from_state, to_state, words, outcome, by_account, public_words,
  public_photo, answer_id, late_words)
VALUES (CAST(:id AS bigint), CAST(:action AS text), CAST(:from_state AS text), CAST(:to_state AS text),
        CAST(:words AS text), CAST(:outcome AS text), CAST(:by_account AS bigint), CAST(:public_words AS text),
        CAST(:public_photo AS boolean), CAST(:answer_id AS bigint), CAST(:late_words AS text));

-- name: whom_to_tell
-- Who left a contact with something that is answered or was not taken up: which event said so, sealed contact, language.
-- params: code    index: uq_feedback_code
SELECT e.id, f.form_key, f.contact, f.language, f.made_at FROM registry.feedback f
  JOIN LATERAL (SELECT max(x.id) AS id FROM registry.feedback_event x
                 WHERE x.feedback_id = f.id AND x.action IN ('release', 'reject')) e ON e.id IS NOT NULL
 WHERE f.code = CAST(:code AS text) AND f.state IN ('answered', 'rejected') AND f.contact IS NOT NULL;

-- name: opinions_of_plan
-- Opinions on a plan after a number, in the order they came.
-- params: plan, after, most    index: ix_feedback_plan_id
{feedback_line}
 WHERE p.code = CAST(:plan AS text) AND f.kind = 'objection' AND f.id > CAST(:after AS bigint)
 ORDER BY f.id LIMIT CAST(:most AS integer);

-- name: displays_of
-- During which display opinions were given: its notice and its days.
-- params: ids    index: pk_feedback
SELECT f.id, d.notice_no, d.first_day, d.last_day
  FROM registry.feedback f JOIN registry.plan_display d ON d.id = f.display_id
 WHERE f.id = ANY (CAST(:ids AS bigint[]));

-- name: zones_at_opinions
-- Zones of areas over the whole parcel of opinions, or at their place: those of their own plan as it was displayed when
-- they came (`own`), and those of any plan in force today; with the share of the parcel in percent (null at a place) to a
-- tenth; shares that round to nothing are left out.
-- params: ids    index: pk_feedback, ix_zone_part_geom
WITH f AS MATERIALIZED (
  SELECT f.id, f.plan_id, f.made_at, (f.made_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day,
         coalesce(p.geom, f.geom) AS geom
    FROM registry.feedback f LEFT JOIN cadastre.parcel p ON p.unit_id = f.unit_id AND p.geom IS NOT NULL
   WHERE f.id = ANY (CAST(:ids AS bigint[]))),
near AS (
  SELECT f.id, f.plan_id, f.made_at, f.day, q.zone_id, CASE WHEN ST_Dimension(f.geom) = 2
           THEN 100 * sum(ST_Area(ST_Intersection(q.geom, f.geom))) / ST_Area(f.geom) END AS share
    FROM f JOIN planning.zone_part q ON NOT q.core AND ST_Intersects(q.geom, f.geom)
   GROUP BY f.id, f.plan_id, f.made_at, f.day, q.zone_id, f.geom),
met AS (
  SELECT n.id, true AS own, n.share, n.zone_id FROM near n
    JOIN planning.zone z ON z.id = n.zone_id AND z.plan_id = n.plan_id AND z.recorded @> n.made_at
     AND z.status IS DISTINCT FROM 'cancelled' AND (upper_inf(z.valid) OR upper(z.valid) > n.day)
   WHERE NOT EXISTS (
     -- Beside a change that was asked about, what is in force until then was not on display.
     SELECT FROM planning.plan_version v WHERE v.plan_id = n.plan_id AND v.recorded @> n.made_at
        AND v.status = 'consultation' AND lower(v.valid) >= upper(z.valid))
  UNION ALL
  SELECT n.id, false, n.share, n.zone_id FROM near n
    JOIN planning.zone z ON z.id = n.zone_id AND upper_inf(z.recorded)
    JOIN planning.plan_at(z.plan_id, cadastre.today(), 'infinity') v
      ON planning.standing(z.status, v.status, z.valid, v.valid, cadastre.today()) = 'inForce')
SELECT m.id, m.own, h.name_vi, coalesce(z.use_code, z.code), z.name,
       CAST(round(m.share::numeric, 1) AS double precision)
  FROM met m
  JOIN planning.zone z ON z.id = m.zone_id AND z.dimension = 2
  JOIN planning.theme h ON h.id = z.theme_id
 WHERE m.share IS NULL OR round(m.share::numeric, 1) > 0
 ORDER BY m.id, h.sort, m.share DESC, z.id;

-- name: contacts_to_seal
-- Contacts that lie under an older key. As the owner.
-- params: newest, page
SELECT f.form_key, f.contact FROM registry.feedback f
 WHERE f.contact IS NOT NULL AND substring(f.contact FROM 2 FOR 2) <> CAST(:newest AS bytea)
 ORDER BY f.id LIMIT CAST(:page AS integer);

-- name: seal_contact
-- Keep a contact under the newest key. As the owner.
-- params: form_key, contact    index: uq_feedback_form_key
UPDATE registry.feedback SET contact = CAST(:contact AS bytea) WHERE form_key = CAST(:form_key AS text);

-- name: feedback_communes
-- The communes that some branches cover; null when one covers all.
-- params: branches
SELECT CASE WHEN bool_or(b.covers_all) THEN NULL ELSE coalesce(array_agg(c.commune_code)
         FILTER (WHERE c.commune_code IS NOT NULL), '{}') END
  FROM identity.branch b
  LEFT JOIN identity.branch_commune c ON c.branch_id = b.id AND c.valid @> cadastre.today()
 WHERE b.closed_at IS NULL AND b.code = ANY (CAST(:branches AS text[]));
