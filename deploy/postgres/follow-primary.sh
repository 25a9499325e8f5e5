#!/usr/bin/env bash
# A standby: copies the primary once, then follows it. PRIMARY_HOST and PGPASSWORD come from compose.yaml.
set -euo pipefail
: "${PRIMARY_HOST:?}" "${PGDATA:=/var/lib/postgresql/data}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  echo "copying the database of $PRIMARY_HOST" >&2
  until pg_basebackup --host "$PRIMARY_HOST" --port "${PRIMARY_PORT:-5432}" --username standby --no-password --pgdata "$PGDATA" \
    --wal-method stream --checkpoint fast --write-recovery-conf; do
    echo 'the primary does not answer yet; trying again in 2 s' >&2
    find "$PGDATA" -mindepth 1 -delete
    sleep 2
  done
  chmod 700 "$PGDATA"
  # Its name in the primary's synchronous_standby_names.
  sed -i "s/^primary_conninfo = '/&application_name=standby /" "$PGDATA/postgresql.auto.conf"
fi
exec "$@"
