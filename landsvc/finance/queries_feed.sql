-- Statements of the change feed.

-- name: tell_changes
-- Tell how some stand now, where it was not told so before; how many entries that made.
-- params: kind, ids
SELECT finance.tell_changes(CAST(:kind AS text), CAST(:ids AS bigint[]));

-- name: walk_changes
-- Tell some of what was there before the feed; 0 when all of it is told.
-- params: most
SELECT finance.walk_changes(CAST(:most AS integer));

-- name: is_walked
-- Whether all that was there before the feed is told.
SELECT NOT EXISTS (SELECT FROM finance.change_walk w WHERE w.done_at IS NULL);

-- name: units_of_load
-- The units an import or its undoing brought, changed or took away.
-- params: record_id    index: ix_parcel_version_record_id, ix_parcel_version_closed_record_id
SELECT v.unit_id FROM cadastre.parcel_version v WHERE v.record_id = CAST(:record_id AS bigint)
 UNION
SELECT v.unit_id FROM cadastre.parcel_version v WHERE v.closed_record_id = CAST(:record_id AS bigint)
 ORDER BY unit_id;

-- name: last_change
-- The number of the last entry, 0 before the first.
-- index: pk_change
SELECT coalesce((SELECT c.seq FROM finance.change c ORDER BY c.seq DESC LIMIT 1), 0);

-- name: changes_after
-- One page of the feed.
-- params: after, page    index: pk_change
SELECT c.seq, c.kind, c.key, c.op, c.commune, c.state::text, c.at FROM finance.change c
 WHERE c.seq > CAST(:after AS bigint) ORDER BY c.seq LIMIT CAST(:page AS integer) + 1;

-- name: changes_exported
-- What holds at an entry, those told after another one: the last entry of each key, unless it removes it. `OFFSET 0`
-- keeps the planner from reading the whole feed for one page.
-- params: after, at, page    index: pk_change, uq_change_kind_key_seq
SELECT c.seq, c.kind, c.key, c.op, c.commune, c.state::text, c.at FROM finance.change c
 WHERE c.seq > CAST(:after AS bigint) AND c.seq <= CAST(:at AS bigint) AND c.op = 'put'
   AND NOT EXISTS (SELECT FROM finance.change n WHERE n.kind = c.kind AND n.key = c.key AND n.seq > c.seq
                      AND n.seq <= CAST(:at AS bigint) OFFSET 0)
 ORDER BY c.seq LIMIT CAST(:page AS integer);

-- name: changes_exported_of_commune
-- What holds at an entry of the land of a commune.
-- params: after, at, page, commune    index: ix_change_commune, uq_change_kind_key_seq
SELECT c.seq, c.kind, c.key, c.op, c.commune, c.state::text, c.at FROM finance.change c
 WHERE c.seq > CAST(:after AS bigint) AND c.seq <= CAST(:at AS bigint) AND c.op = 'put'
   AND c.commune = CAST(:commune AS text)
   AND NOT EXISTS (SELECT FROM finance.change n WHERE n.kind = c.kind AND n.key = c.key AND n.seq > c.seq
                      AND n.seq <= CAST(:at AS bigint) OFFSET 0)
 ORDER BY c.seq LIMIT CAST(:page AS integer);
