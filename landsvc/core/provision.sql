-- Roles and extensions of one landsvc database. Run by a superuser, connected to that database; safe to repeat.
-- On a managed server an administrator runs this file once, and gives the login roles their passwords.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['landsvc', 'landsvc_public', 'landsvc_editor', 'landsvc_import',
                              'landsvc_identity', 'landsvc_tax', 'landsvc_tracker', 'landsvc_channel'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', name);
    END IF;
    -- "today" in the database is today where the register is kept.
    EXECUTE format('ALTER ROLE %I SET timezone = %L', name, 'Asia/Ho_Chi_Minh');
    EXECUTE format('ALTER ROLE %I SET datestyle = %L', name, 'ISO, YMD');
    EXECUTE format('ALTER ROLE %I SET jit = off', name);
  END LOOP;
END
$$;
-- A bulk import covers the province and lives by COPY, which row-level security refuses; its own door guards it.
ALTER ROLE landsvc_import BYPASSRLS;
-- The owner takes on the least role that serves a request (SET LOCAL ROLE).
GRANT landsvc_public, landsvc_editor, landsvc_import, landsvc_identity, landsvc_tax, landsvc_tracker,
  landsvc_channel TO landsvc;
-- Abandoned heavy reads would cut everybody's throughput.
ALTER ROLE landsvc_public SET statement_timeout = '10s';
ALTER ROLE landsvc_editor SET statement_timeout = '60s';
ALTER ROLE landsvc_import SET statement_timeout = 0;
ALTER ROLE landsvc_identity SET statement_timeout = '10s';
ALTER ROLE landsvc_tax SET statement_timeout = '60s';
ALTER ROLE landsvc_tracker SET statement_timeout = '10s';
ALTER ROLE landsvc_channel SET statement_timeout = '60s';
ALTER ROLE landsvc_public SET lock_timeout = '2s';
ALTER ROLE landsvc_public SET idle_in_transaction_session_timeout = '30s';

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
-- The first migration registers reference systems under our own authority.
GRANT SELECT, INSERT, UPDATE, DELETE ON spatial_ref_sys TO landsvc;
