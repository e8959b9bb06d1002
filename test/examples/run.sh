#!/bin/sh
# Takes examples/contravento up and down on both engines, with rows in it, and looks at the rows and
# at the schema that is left. Usage: run.sh [sqlite] [postgresql]; both when neither is named.
# For PostgreSQL the usual variables (PGHOST, PGPORT, PGUSER) name the server; without PGHOST a
# throw-away cluster is made.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
if [ $# -eq 0 ]; then
    set -- sqlite postgresql
fi
case " $* " in
*" postgresql "*)
    if [ -z "${PGHOST:-}" ]; then
        exec "$root/scripts/cluster.sh" run "$0" "$@"
    fi
    ;;
esac

here=$root/test/examples
place=$(mktemp -d)
chmod 755 "$place"
trap 'rm -rf "$place"' EXIT
cp -R "$root/examples/contravento/migrations" "$place/migrations"
chmod -R a+rX "$place"

passed=0
failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s: %s\n  expected: %s\n  got: %s\n' "$engine" "$1" "$2" "$3"
    fi
}

# One session: SQL on standard input, rows on standard output; an error ends it.
sql_sqlite() {
    { echo ".load $root/build/sqlite/migrate"; cat; } |
        sqlite3 -batch -bail -init /dev/null "$place/example.db" 2>&1
}
sql_postgresql() {
    psql -XqAt -v ON_ERROR_STOP=1 -d "$database" 2>&1
}
sql() {
    "sql_$engine"
}

# Everything in the database but the engine's own tables.
schema_sqlite() {
    sqlite3 "$place/example.db" "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'migrate\\_%'
        ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name"
}
schema_postgresql() {
    pg_dump --schema-only --schema=public -d "$database" | grep -v '^\\'
}

last_line() {
    tail -n 1
}

example() {
    engine=$1
    echo "SELECT migrate_init();" | sql >"$place/out"
    check "init" 0 $?
    before=$("schema_$engine")

    echo "SELECT migrate_load('$place/migrations');" | sql >"$place/out"
    check "load" "16 added, 0 unchanged" "$(last_line <"$place/out")"
    echo "SELECT migrate_upgrade('27c6a30d7c24');" | sql >"$place/out"
    check "upgrade to a revision" "Now at 27c6a30d7c24" "$(last_line <"$place/out")"
    sql <"$here/sample.sql" >"$place/out"
    check "rows of the old schema" "" "$(cat "$place/out")"

    echo "SELECT migrate_upgrade('head');" | sql >"$place/out"
    check "upgrade to head" "Now at 2f61ba90c7d8 (head)" "$(last_line <"$place/out")"
    check "steps of the upgrade" 11 "$(grep -c '^Running upgrade' "$place/out")"
    check "pending" "16|0" "$(echo 'SELECT applied, pending FROM migrate_status();' | sql)"
    check "split names" "Ada,Lovelace;Cher,;Grace,Brewster Hopper" "$(echo "
        SELECT first_name || ',' || last_name FROM users ORDER BY username;" | sql | paste -sd ';')"
    check "stats filled from trips" "ada 1 320;cher 0 0;grace 1 64" "$(echo "
        SELECT username || ' ' || trip_count || ' ' || CAST(round(total_km) AS integer)
        FROM users JOIN user_stats USING (user_id) ORDER BY username;" | sql | paste -sd ';')"
    check "achievements awarded" "ada century;ada first_trip;grace first_trip" "$(echo "
        SELECT username || ' ' || achievement_code FROM users JOIN user_achievements USING (user_id)
        ORDER BY username, achievement_code;" | sql | paste -sd ';')"
    echo "UPDATE trips SET status = 'published' WHERE title = 'Not finished';" | sql >"$place/out"
    check "trigger counts a trip" 2 "$(echo "
        SELECT trip_count FROM users JOIN user_stats USING (user_id) WHERE username = 'grace';" |
        sql)"
    at_head=$("schema_$engine")

    echo "SELECT migrate_downgrade('27c6a30d7c24');" | sql >"$place/out"
    check "downgrade to a revision" "Now at 27c6a30d7c24" "$(last_line <"$place/out")"
    check "names joined again" "Ada Lovelace;Cher;Grace Brewster Hopper" "$(echo "
        SELECT full_name FROM users ORDER BY username;" | sql | paste -sd ';')"
    check "trips kept" 3 "$(echo 'SELECT count(*) FROM trips;' | sql)"
    echo "SELECT migrate_upgrade('heads');" | sql >"$place/out"
    check "up again" "Now at 2f61ba90c7d8 (head)" "$(last_line <"$place/out")"

    echo "SELECT migrate_downgrade('base');" | sql >"$place/out"
    check "downgrade to base" "Now at base" "$(last_line <"$place/out")"
    check "nothing left" "$before" "$("schema_$engine")"
    echo "SELECT migrate_upgrade('head');" | sql >"$place/out"
    check "same schema from base" "$at_head" "$("schema_$engine")"
    echo "SELECT migrate_downgrade('base');" | sql >"$place/out"
    check "nothing left again" "$before" "$("schema_$engine")"
}

for name in "$@"; do
    case $name in
    sqlite)
        example sqlite
        ;;
    postgresql)
        database=example_$$
        createdb "$database"
        psql -XqAt -d "$database" -c "CREATE EXTENSION migrate"
        example postgresql
        dropdb "$database"
        ;;
    *)
        echo "usage: run.sh [sqlite] [postgresql]" >&2
        exit 2
        ;;
    esac
done

echo "examples: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
