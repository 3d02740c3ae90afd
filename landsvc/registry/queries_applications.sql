-- Statements about applications from home. Strangers work with functions that ask for code and secret.

-- name: services_online
-- What may be applied for from home on a day, and how people say who they are.
-- params: on_day
SELECT s.procedure, s.level FROM registry.services_online(CAST(:on_day AS date)) s;

-- name: begin_application
-- Begin a draft; the same form sent again is the same draft.
-- params: form_key, procedure, case_code
SELECT b.code, b.secret
  FROM registry.begin_application(CAST(:form_key AS text), CAST(:procedure AS text), CAST(:case_code AS text)) b;

-- name: application_told
-- An application by code and secret; null without both.
-- params: code, secret
SELECT registry.application_told(CAST(:code AS text), CAST(:secret AS text));

-- name: change_application
-- Say anew what a draft says.
-- params: code, secret, said
SELECT registry.change_application(CAST(:code AS text), CAST(:secret AS text), CAST(:said AS jsonb));

-- name: add_application_paper
-- Put a paper to a draft.
-- params: code, secret, document, title, sha256, size_bytes, media_type, scanned, most_of_draft, most_of_all
SELECT registry.add_application_paper(CAST(:code AS text), CAST(:secret AS text), CAST(:document AS text),
       CAST(:title AS text), CAST(:sha256 AS text), CAST(:size_bytes AS bigint), CAST(:media_type AS text),
       CAST(:scanned AS text), CAST(:most_of_draft AS bigint), CAST(:most_of_all AS bigint));

-- name: drop_file
-- Have a file looked at that was kept for what was refused then.
-- params: sha256
SELECT registry.drop_file(CAST(:sha256 AS text));

-- name: forget_applications
-- Forget drafts nobody touched for so many days; how many.
-- params: days, most
SELECT registry.forget_applications(CAST(:days AS integer), CAST(:most AS integer));

-- name: files_dropped
-- Files that drafts had so many seconds ago, the oldest first.
-- params: rest_s, most
SELECT d FROM registry.files_dropped(CAST(:rest_s AS double precision), CAST(:most AS integer)) d;

-- name: forget_file
-- Forget a file that nothing refers to; whether it may leave the folder.
-- params: sha256
SELECT registry.forget_file(CAST(:sha256 AS text));

-- name: files_owned
-- Those of some files of the folder that the register names.
-- params: digests    index: pk_stored_file
SELECT o FROM registry.files_owned(CAST(:digests AS text[])) o;

-- name: bytes_brought
-- How many bytes of papers came from home to a dossier after it was lodged.
-- params: code
SELECT registry.bytes_brought(CAST(:code AS text));

-- name: drop_application_paper
-- Take a paper out of a draft.
-- params: code, secret, paper
SELECT registry.drop_application_paper(CAST(:code AS text), CAST(:secret AS text), CAST(:paper AS bigint));

-- name: hold_application
-- A draft that nobody else lodges in this transaction: its id, when it last changed, and whether it was lodged.
-- params: code, secret    index: uq_application_code
SELECT a.id, a.changed_at, a.dossier_id FROM registry.application a
 WHERE a.code = CAST(:code AS text) AND a.secret = CAST(:secret AS text) FOR UPDATE OF a;

-- name: dossier_of_application
-- The code of the dossier an application became; a statement of its own, since who waited for the lock saw none before.
-- params: dossier_id    index: pk_dossier
SELECT d.code FROM registry.dossier d WHERE d.id = CAST(:dossier_id AS bigint);

-- name: application_lodged
-- Say which dossier a draft became.
-- params: id, dossier_id    index: pk_application
UPDATE registry.application SET dossier_id = CAST(:dossier_id AS bigint), lodged_at = clock_timestamp()
 WHERE id = CAST(:id AS bigint);

-- name: lodged_from_home
-- When a dossier was lodged from home, and how its applicant had said who they are.
-- params: dossier_id    index: uq_application_dossier_id
SELECT a.lodged_at, a.level FROM registry.application a WHERE a.dossier_id = CAST(:dossier_id AS bigint);

-- name: supplement_followed
-- What a dossier waits for its applicant to bring; null while it waits for nothing.
-- params: code, secret
SELECT registry.supplement_followed(CAST(:code AS text), CAST(:secret AS text));

-- name: rating_open
-- Whether the holder of a receipt may say how they were served.
-- params: code, secret
SELECT registry.rating_open(CAST(:code AS text), CAST(:secret AS text));

-- name: rate_dossier
-- Say once how a dossier that has ended was served.
-- params: code, secret, stars, words
SELECT registry.rate_dossier(CAST(:code AS text), CAST(:secret AS text), CAST(:stars AS smallint), CAST(:words AS text));

-- name: service_ratings
-- How many gave 1 to 5 from one day to another, by service and the branch that received the dossier.
-- params: first, last
SELECT d.procedure, p.name_vi, p.name_en, b.name_vi, b.name_en,
       count(*) FILTER (WHERE r.stars = 1), count(*) FILTER (WHERE r.stars = 2), count(*) FILTER (WHERE r.stars = 3),
       count(*) FILTER (WHERE r.stars = 4), count(*) FILTER (WHERE r.stars = 5)
  FROM registry.service_rating r
  JOIN registry.dossier d ON d.id = r.dossier_id
  JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
  LEFT JOIN identity.branch b ON b.code = d.reception_branch
 WHERE r.at >= CAST(:first AS date)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
   AND r.at < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
 GROUP BY d.procedure, p.name_vi, p.name_en, b.code, b.name_vi, b.name_en
 ORDER BY count(*) DESC, d.procedure, b.code;

-- name: service_words
-- What people wrote beside from one day to another, the latest first; not of which dossier.
-- params: first, last, most
SELECT r.stars, r.words, CAST(r.at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)
  FROM registry.service_rating r
 WHERE r.words <> '' AND r.at >= CAST(:first AS date)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
   AND r.at < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
 ORDER BY r.at DESC LIMIT CAST(:most AS integer);
