-- Statements about alerts.

-- name: holder_followed
-- The holder of a parcel whose dossier is opened by code and secret; null otherwise.
-- params: code, secret, unit_id
SELECT registry.holder_followed(CAST(:code AS text), CAST(:secret AS text), CAST(:unit_id AS bigint));

-- name: ask_alert
-- Ask to hear of a parcel, of plans around it (metres) or in an area drawn (GeoJSON in longitude and latitude).
-- params: id, about, unit_id, party_id, channel, language, address, address_index, sender_index, code_index, around_m, drawn
SELECT registry.ask_alert(CAST(:id AS uuid), CAST(:about AS text), CAST(:unit_id AS bigint), CAST(:party_id AS bigint),
         CAST(:channel AS text), CAST(:language AS text), CAST(:address AS bytea), CAST(:address_index AS bytea),
         CAST(:sender_index AS bytea), CAST(:code_index AS bytea), CAST(:around_m AS double precision),
         CAST(:drawn AS text));

-- name: alert_told
-- How an alert stands.
-- params: id
SELECT CAST(a.id AS text), a.about, a.unit_id, a.channel, a.language, a.address, a.asked_at, a.confirmed_at, a.ended_at,
       a.ended_by
  FROM registry.alert_told(CAST(:id AS uuid)) a;

-- name: confirm_alert
-- Confirm an address by the code sent to it, or (null) by the link; whether it is confirmed.
-- params: id, codes
SELECT registry.confirm_alert(CAST(:id AS uuid), CAST(:codes AS bytea[]));

-- name: stop_alert
-- End an alert; whether there is one.
-- params: id
SELECT registry.stop_alert(CAST(:id AS uuid));

-- name: stop_alert_unit
-- Follow one parcel of an alert no more; whether it ever was followed.
-- params: id, unit_id
SELECT registry.stop_alert_unit(CAST(:id AS uuid), CAST(:unit_id AS bigint));

-- name: alert_units
-- Parcels an alert follows now.
-- params: id
SELECT u.unit_id, u.name, u.known_as FROM registry.alert_units(CAST(:id AS uuid)) u;

-- name: hear_of_units
-- Note what happened to parcels for each alert that follows one, or one it came of; events and units side by side.
-- params: kind, events, units
SELECT registry.hear_of_land(CAST(:kind AS text), CAST(:events AS bigint[]), CAST(:units AS bigint[]));

-- name: hear_of_plan
-- Note for each alert whose area meets zones that a recording of a plan touched, once for the event. All zones are touched
-- where the plan itself is told otherwise. Nothing is told of drafts.
-- params: event_id, plan_id, at    index: ix_zone_plan_id
WITH now_told AS (
  SELECT v.status, v.name, lower(v.recorded) = CAST(:at AS timestamptz) AS is_fresh
    FROM planning.plan_version v
   WHERE v.plan_id = CAST(:plan_id AS bigint) AND upper_inf(v.recorded) AND v.status <> 'draft'
   ORDER BY lower(v.recorded) DESC, lower(v.valid) DESC LIMIT 1),
touched AS MATERIALIZED (
  SELECT z.id FROM planning.zone z CROSS JOIN now_told n
   WHERE z.plan_id = CAST(:plan_id AS bigint) AND coalesce(z.status, '') <> 'draft'
     AND (lower(z.recorded) = CAST(:at AS timestamptz) OR upper(z.recorded) = CAST(:at AS timestamptz)
          OR n.is_fresh AND upper_inf(z.recorded))),
met AS (
  SELECT DISTINCT r.alert_id
    FROM touched t JOIN planning.zone_part q ON q.zone_id = t.id AND NOT q.core
    JOIN registry.alert_area r ON r.geom && q.geom AND ST_Intersects(r.geom, q.geom))
INSERT INTO registry.alert_news (alert_id, event_id, kind, subject)
SELECT a.id, CAST(:event_id AS bigint),
       CASE WHEN NOT n.is_fresh THEN 'plan.changed' ELSE CASE n.status WHEN 'consultation' THEN 'plan.displayed'
         WHEN 'approved' THEN 'plan.adopted' WHEN 'adjusted' THEN 'plan.adjusted' ELSE 'plan.cancelled' END END, n.name
  FROM met m JOIN registry.alert a ON a.id = m.alert_id AND a.ended_at IS NULL AND a.confirmed_at IS NOT NULL
 CROSS JOIN now_told n
ON CONFLICT (alert_id, event_id, kind, unit_id) DO NOTHING RETURNING id;

-- name: hear_of_days
-- Note days of plans for each alert whose area meets a zone, each day once for all: a plan comes into force or lapses on
-- a day that was foreseen, its display begins, its display ends within some days (0: never told). Days longer than
-- 30 days ago are let go; who confirmed after the day it began is not told that a plan came into force.
-- params: today, before
WITH foreseen AS (
  SELECT CASE v.status WHEN 'cancelled' THEN 'plan.lapsed' ELSE 'plan.in_force' END AS kind, v.plan_id,
         lower(v.valid) AS on_day, v.name
    FROM planning.plan_version v
   WHERE upper_inf(v.recorded) AND v.status IN ('approved', 'adjusted', 'cancelled')
     AND lower(v.valid) BETWEEN CAST(:today AS date) - 30 AND CAST(:today AS date) AND v.valid @> CAST(:today AS date)
     AND lower(v.recorded) < CAST(lower(v.valid) AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh'),
shown AS (
  SELECT d.*, d.first_day < d.last_day - CAST(:before AS integer) AND CAST(:before AS integer) > 0
              AND d.last_day - CAST(:before AS integer) <= CAST(:today AS date) AS is_ending
    FROM (SELECT DISTINCT ON (x.plan_id) x.plan_id, x.first_day, x.last_day
            FROM registry.plan_display x ORDER BY x.plan_id, x.id DESC) d
   WHERE CAST(:today AS date) BETWEEN d.first_day AND d.last_day AND registry.is_in_consultation(d.plan_id)),
due AS (
  SELECT f.kind, f.plan_id, f.on_day, f.on_day AS mark, f.name FROM foreseen f
  UNION ALL
  SELECT CASE WHEN s.is_ending THEN 'display.ending' ELSE 'display.begun' END, s.plan_id, s.last_day,
         CASE WHEN s.is_ending THEN s.last_day ELSE s.first_day END, v.name
    FROM shown s CROSS JOIN LATERAL (
      SELECT n.name FROM planning.plan_version n
       WHERE n.plan_id = s.plan_id AND upper_inf(n.recorded) AND n.status = 'consultation'
       ORDER BY lower(n.valid) DESC LIMIT 1) v),
marked AS (
  INSERT INTO registry.alert_day (kind, plan_id, on_day) SELECT d.kind, d.plan_id, d.mark FROM due d
  ON CONFLICT (kind, plan_id, on_day) DO NOTHING RETURNING id, kind, plan_id, on_day),
met AS (
  SELECT DISTINCT m.id, r.alert_id
    FROM marked m JOIN planning.zone z ON z.plan_id = m.plan_id AND upper_inf(z.recorded)
     AND coalesce(z.status, '') <> 'draft' AND (upper_inf(z.valid) OR upper(z.valid) >= m.on_day)
    JOIN planning.zone_part q ON q.zone_id = z.id AND NOT q.core
    JOIN registry.alert_area r ON r.geom && q.geom AND ST_Intersects(r.geom, q.geom))
INSERT INTO registry.alert_news (alert_id, event_id, kind, subject, on_day)
SELECT a.id, -m.id, m.kind, d.name, d.on_day
  FROM met t JOIN marked m ON m.id = t.id
  JOIN due d ON d.kind = m.kind AND d.plan_id = m.plan_id AND d.mark = m.on_day
  JOIN registry.alert a ON a.id = t.alert_id AND a.ended_at IS NULL AND a.confirmed_at IS NOT NULL
   AND (m.kind LIKE 'display.%' OR a.confirmed_at < CAST(m.on_day + 1 AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh')
ON CONFLICT (alert_id, event_id, kind, unit_id) DO NOTHING RETURNING id;

-- part: to_tell
n.message_id IS NULL AND NOT EXISTS (SELECT FROM registry.alert_unit s
  WHERE s.alert_id = n.alert_id AND s.unit_id = n.unit_id AND s.ended_by = 'stopped')

-- name: alerts_due
-- Alerts with news that nobody was told, the last time an hour ago or more; held until the end of the transaction.
-- params: most    index: ix_alert_news_untold
SELECT CAST(a.id AS text), a.about, a.unit_id, a.channel, a.language, a.address,
       a.about = 'area' OR EXISTS (SELECT FROM registry.alert_unit u WHERE u.alert_id = a.id AND u.ended_at IS NULL)
  FROM registry.alert a
 WHERE a.ended_at IS NULL AND a.confirmed_at IS NOT NULL
   AND (a.told_at IS NULL OR a.told_at <= clock_timestamp() - interval '1 hour')
   AND a.id IN (SELECT n.alert_id FROM registry.alert_news n WHERE
{to_tell}
   )
 ORDER BY a.told_at NULLS FIRST LIMIT CAST(:most AS integer) FOR UPDATE OF a SKIP LOCKED;

-- name: news_untold
-- What an alert was not told yet, in order, and the code of the plan whose day came; not of parcels that are to be told
-- no more.
-- params: id    index: ix_alert_news_untold
SELECT n.id, n.kind, n.subject, n.made_at, n.on_day, n.unit_id, n.was, p.code
  FROM registry.alert_news n
  LEFT JOIN registry.alert_day d ON d.id = -n.event_id AND n.on_day IS NOT NULL
  LEFT JOIN planning.plan p ON p.id = d.plan_id
 WHERE n.alert_id = CAST(:id AS uuid) AND
{to_tell}
 ORDER BY n.id;

-- name: news_told
-- Note with which message news are told.
-- params: news, message    index: pk_alert_news
UPDATE registry.alert_news SET message_id = CAST(:message AS uuid) WHERE id = ANY (CAST(:news AS bigint[]));

-- name: alert_was_told
-- Note when an alert was told last.
-- params: id    index: pk_alert
UPDATE registry.alert SET told_at = clock_timestamp() WHERE id = CAST(:id AS uuid);

-- name: leave_alert
-- End an alert of somebody who holds the parcel no more; its last message still goes out.
-- params: id    index: pk_alert
UPDATE registry.alert SET ended_at = clock_timestamp(), ended_by = 'left', address = NULL, address_index = NULL
 WHERE id = CAST(:id AS uuid) AND ended_at IS NULL;

-- name: expire_alerts
-- End what nobody confirmed within two days, and forget the address.
UPDATE registry.alert SET ended_at = clock_timestamp(), ended_by = 'expired', address = NULL, address_index = NULL
 WHERE ended_at IS NULL AND confirmed_at IS NULL AND asked_at < clock_timestamp() - interval '2 days' RETURNING id;

-- name: alerts_to_seal
-- Addresses sealed under an older key.
-- params: newest
SELECT CAST(a.id AS text), a.address FROM registry.alert a WHERE substring(a.address FROM 2 FOR 2) < CAST(:newest AS bytea);

-- name: let_alerts_change
-- Let the owner change alerts in this transaction: only to seal them.
ALTER TABLE registry.alert DISABLE TRIGGER t10_check;

-- name: let_alerts_be
-- Alerts are never changed again.
ALTER TABLE registry.alert ENABLE TRIGGER t10_check;

-- name: seal_alert
-- Keep an address sealed under the newest key, and its digest.
-- params: id, address, address_index    index: pk_alert
UPDATE registry.alert SET address = CAST(:address AS bytea), address_index = CAST(:address_index AS bytea)
 WHERE id = CAST(:id AS uuid);
