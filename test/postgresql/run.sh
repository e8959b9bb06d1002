#!/bin/bash
# What takes more than one session or a server of its own: test/postgresql/run.sh [NAME...]
#
# Every other file here is one chapter, a piece of shell that is read into this one. It says
#   check WHAT COMMAND...      counts: passed when the command succeeds
#   same WHAT WANTED FOUND     counts: passed when the two texts are equal
# counts in $skipped what cannot be tried here,
# and finds a server (scripts/cluster.sh) that it may treat as it likes.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/test/postgresql
passed=0
failed=0
skipped=0

good() {
    passed=$((passed + 1))
}

bad() {
    failed=$((failed + 1))
    echo "FAILED: $1"
}

check() {
    local what=$1
    shift
    if "$@"; then
        good
    else
        bad "$what"
    fi
}

same() {
    if [ "$2" = "$3" ]; then
        good
        return
    fi
    bad "$1"
    diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed 's/^/    /'
}

# sql DATABASE TEXT: the rows; errors too.
sql() {
    psql -XqAt -d "$1" -c "$2" 2>&1
}

# A database with the extension, and in it revisions r01 .. rNN ($2 of them): each makes a table,
# fills it and takes its time.
database_make() {
    local name=$1 n=$2 i script='' revises=''
    createdb "$name" || return
    sql "$name" "CREATE EXTENSION migrate"
    for ((i = 1; i <= n; i++)); do
        id=$(printf 'r%02d' $i)
        script+="-- Step $i
--
-- Revision ID: $id
-- Revises: $revises

-- migrate:up
CREATE TABLE t_$id (id int PRIMARY KEY, v text);
INSERT INTO t_$id SELECT i, 'row ' || i FROM generate_series(1, 200) AS i;
SELECT pg_sleep(0.003);
-- migrate:down
SELECT pg_sleep(0.003);
DROP TABLE t_$id;

"
        revises=$id
    done
    psql -XqAt -d "$name" -v script="$script" <<<"SELECT migrate_add(:'script', 'steps.sql')" >/dev/null
}

# What must hold at any time: the tables that exist, the applied set and the log say the same.
sound() {
    sql "$1" "
        WITH made AS (
            SELECT substr(relname, 3)::text AS revision FROM pg_class
                WHERE relkind = 'r' AND relname LIKE 't\\_r%'
        ), logged AS (
            SELECT revision FROM migrate.log WHERE action IN ('upgrade', 'downgrade') AND outcome = 'ok'
                GROUP BY revision
                HAVING sum(CASE action WHEN 'upgrade' THEN 1 ELSE -1 END) = 1
        ), applied AS (
            SELECT revision FROM migrate.applied
        )
        SELECT CASE WHEN (SELECT array_agg(revision ORDER BY revision) FROM made) IS NOT DISTINCT FROM
                (SELECT array_agg(revision ORDER BY revision) FROM applied)
            AND (SELECT array_agg(revision ORDER BY revision) FROM logged) IS NOT DISTINCT FROM
                (SELECT array_agg(revision ORDER BY revision) FROM applied)
            AND NOT EXISTS (SELECT FROM migrate.log GROUP BY target, id HAVING count(*) > 1)
            THEN 'sound' ELSE 'unsound' END"
}

# How many revisions are in the log as upgraded, if none is twice.
once_in_log() {
    sql "$1" "SELECT count(DISTINCT revision) FROM migrate.log WHERE action = 'upgrade' AND outcome = 'ok'
        HAVING count(*) = count(DISTINCT revision)"
}

locks_left() {
    sql "$1" "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
}

# Waits until a query answers t.
until_true() {
    local i
    for ((i = 0; i < 400; i++)); do
        [ "$(sql "$1" "$2")" != t ] || return 0
        sleep 0.025
    done
    return 1
}

CLUSTER_CONF='autovacuum = off
wal_level = replica
max_wal_senders = 4'
. "$root/scripts/cluster.sh"
cluster_start

if [ $# -eq 0 ]; then
    set -- symbols concurrency pool online timeouts crash seed dump format update offline encoding outside worker locks standby upgrade
fi
for name in "$@"; do
    chapter=$SECONDS
    echo "-- $name"
    . "$here/$name.sh"
    echo "-- $name: $((SECONDS - chapter)) s"
done

if [ "$skipped" -gt 0 ]; then
    echo "postgresql: $passed passed, $failed failed, $skipped skipped"
else
    echo "postgresql: $passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
