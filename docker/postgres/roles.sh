#!/bin/sh
# The roles and databases of a new PostgreSQL: `handoff` for the record, `temporal` for Temporal's two databases.
# psql's own PGHOST, PGPORT and PGUSER say where and as whom; each password is read from a file, never from a command
# line, which everybody on the machine can read.
set -eu

: "${SECRETS:=/run/secrets}"
: "${PGUSER:=${POSTGRES_USER:-postgres}}"
export PGUSER

role() { # ROLE PASSWORD_FILE DATABASE...
    name=$1 password=$2
    shift 2
    {
        printf '\\set password `cat "%s"`\n' "$password"
        printf 'CREATE ROLE %s LOGIN PASSWORD :%s;\n' "$name" "'password'"
        for database in "$@"; do
            printf 'CREATE DATABASE %s OWNER %s;\n' "$database" "$name"
        done
    } | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres
}

role handoff "$SECRETS/handoff_postgres_password" handoff
role temporal "$SECRETS/temporal_postgres_password" temporal temporal_visibility
