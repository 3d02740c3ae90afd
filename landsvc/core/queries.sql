-- name: revision
-- Which migration the database stands at: one row, read by /readyz.
SELECT version_num FROM public.alembic_version;
