-- Statements that tell the change feed of the tax office who holds land.

-- name: tell_right_changes
-- Tell who holds parcels now, where it was not told so before; how many entries that made.
-- params: units
SELECT registry.tell_right_changes(CAST(:units AS bigint[]));

-- name: walk_right_changes
-- Tell who held some of the land before the feed; 0 when all of it is told.
-- params: most
SELECT registry.walk_right_changes(CAST(:most AS integer));
