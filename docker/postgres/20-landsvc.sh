#!/bin/bash
# Run once by the database image, when its data folder is new: our roles, extensions and passwords.
set -euo pipefail

psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f /landsvc/provision.sql
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
  -v owner="$LANDSVC_OWNER_PASSWORD" -v public="$LANDSVC_PUBLIC_PASSWORD" -v db="$POSTGRES_DB" <<'SQL'
ALTER ROLE landsvc PASSWORD :'owner';
ALTER ROLE landsvc_public PASSWORD :'public';
ALTER DATABASE :"db" OWNER TO landsvc;
SQL
