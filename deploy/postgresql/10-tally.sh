#!/bin/sh
# Runs once, on an empty server: a database for Tallystick, owned by a role that row-level security holds for.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --set password="$TALLY_DB_PASSWORD" <<'SQL'
CREATE ROLE tally LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE tally OWNER tally;
REVOKE CONNECT ON DATABASE tally FROM PUBLIC;
SQL
