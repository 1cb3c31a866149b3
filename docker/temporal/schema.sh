#!/bin/sh
# Brings Temporal's two databases to the version of the SQL tool at hand; again is harmless, and is the upgrade.
# SQL_HOST, SQL_PORT, SQL_USER and SQL_PLUGIN are the tool's own; SQL_PASSWORD_FILE holds the password; SQL_TOOL is
# the tool's path. The databases exist and belong to SQL_USER, on a PostgreSQL with the extension btree_gin.
set -eu

: "${SQL_TOOL:=temporal-sql-tool}"
: "${SQL_PLUGIN:=postgres12_pgx}"
SQL_PASSWORD=$(cat "$SQL_PASSWORD_FILE")
export SQL_PLUGIN SQL_PASSWORD

bring() { # DATABASE SCHEMA
    "$SQL_TOOL" --database "$1" setup-schema --version 0.0 # never takes a newer version back
    "$SQL_TOOL" --database "$1" update-schema --schema-name "$2"
}

bring temporal postgresql/v12/temporal
bring temporal_visibility postgresql/v12/visibility
