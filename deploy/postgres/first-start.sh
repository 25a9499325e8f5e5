#!/usr/bin/env bash
# Runs once, when the server's files are made: the node's role and database, and a role that may copy the server.
set -euo pipefail
psql --variable ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  --variable password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE sotto LOGIN PASSWORD :'password';
CREATE DATABASE sotto OWNER sotto;
GRANT pg_read_all_stats TO sotto;
CREATE ROLE standby LOGIN REPLICATION PASSWORD :'password';
SQL
echo 'host replication standby all scram-sha-256' >>"$PGDATA/pg_hba.conf"
