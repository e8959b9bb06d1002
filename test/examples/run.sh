#!/bin/bash
# Takes the examples up, seeds them, clears them and takes them down on both engines.
# Usage: run.sh [--accept] [sqlite] [postgresql]; both engines when none is named.
#
# Every examples/NAME has a script NAME.sql here and an expected output expected/examples/NAME.out, one
# for both engines. A line "-- words" in a script begins a part; each part is one test. @EXAMPLES@ and
# @DATABASE@ stand for the place of the examples and the name of the database. --accept writes the
# expected outputs anew when both engines agree; read them before they are kept.
#
# Besides, contravento is upgraded with rows in it from before its branches.
#
# For PostgreSQL the usual variables (PGHOST, PGPORT, PGUSER) name the server; without PGHOST a
# throw-away cluster is made.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
accept=no
if [ "${1:-}" = --accept ]; then
    accept=yes
    shift
fi
if [ $# -eq 0 ]; then
    set -- sqlite postgresql
fi
case " $* " in
*" postgresql "*)
    if [ -z "${PGHOST:-}" ]; then
        [ $accept = no ] || set -- --accept "$@"
        exec "$root/scripts/cluster.sh" run "$0" "$@"
    fi
    ;;
esac

here=$root/test/examples
place=$(mktemp -d)
chmod 755 "$place"
trap 'rm -rf "$place"' EXIT
cp -R "$root/examples" "$place/examples"
chmod -R a+rX "$place"

passed=0
failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s: %s\n' "$engine" "$1"
        diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed 's/^/  /'
    fi
}

# A fresh database with the functions in it. The names are the same on both engines, so that answers
# that hold them are.
database_make() {
    database=$1_$$.db
    if [ "$engine" = postgresql ]; then
        createdb -T template0 -E UTF8 --locale=C "$database"
        psql -XqAt -d "$database" -c "CREATE EXTENSION migrate"
    fi
}

database_drop() {
    if [ "$engine" = postgresql ]; then
        dropdb "$database"
    fi
}

# One session: SQL on standard input, rows on standard output. sql ends at an error, sql_on goes on.
sql_sqlite() {
    { echo ".load $root/build/sqlite/migrate"; cat; } |
        stdbuf -oL sqlite3 -batch "$@" -init /dev/null "$place/$database" 2>&1
}
sql_postgresql() {
    psql -XqAt "$@" -d "$database" 2>&1
}
sql() {
    if [ "$engine" = sqlite ]; then
        sql_sqlite -bail
    else
        sql_postgresql -v ON_ERROR_STOP=1
    fi
}
sql_on() {
    "sql_$engine" | sed -E -e 's/^(Runtime error|Parse error) near line [0-9]+: /ERROR:  /'
}

# ---- the scripts -------------------------------------------------------------------------------

# The part of file $1 that begins with the line $2.
part() {
    awk -v head="$2" '/^-- / { on = $0 == head } on' "$1"
}

script_run() {
    local name=$1 out=$place/$engine.$1.out head
    local expected=$root/expected/examples/$name.out
    database_make "$name"
    sed -e "s|^-- .*|SELECT '&';|" -e "s|@EXAMPLES@|$place/examples|g" \
        -e "s|@DATABASE@|$database|g" "$here/$name.sql" | sql_on |
        sed -e "s|$place/examples|@EXAMPLES@|g; s|$database|@DATABASE@|g" >"$out"
    database_drop
    if [ $accept = yes ]; then
        return
    fi
    while IFS= read -r head; do
        check "$name, ${head#-- }" "$(part "$expected" "$head")" "$(part "$out" "$head")"
    done < <(grep '^-- ' "$here/$name.sql")
    check "$name, as a whole" "$(sha256sum <"$expected")" "$(sha256sum <"$out")"
}

script_accept() {
    local name=$1
    if diff -u "$place/sqlite.$name.out" "$place/postgresql.$name.out"; then
        mkdir -p "$root/expected/examples"
        cp "$place/sqlite.$name.out" "$root/expected/examples/$name.out"
        passed=$((passed + 1))
    else
        echo "not written: the engines differ in $name"
        failed=$((failed + 1))
    fi
}

# ---- contravento with rows ---------------------------------------------------------------------

# Everything in the database but the engine's own tables.
schema_sqlite() {
    sqlite3 "$place/$database" "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'migrate\\_%'
        ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name"
}
schema_postgresql() {
    pg_dump --schema-only --schema=public -d "$database" | grep -v '^\\'
}

last_line() {
    tail -n 1
}

upgrade_with_rows() {
    local before at_head head=6c0d81e5b7fa
    database_make rows
    echo "SELECT migrate_init();" | sql >"$place/out"
    check "init" 0 $?
    before=$("schema_$engine")

    echo "SELECT migrate_load('$place/examples/contravento/migrations');" | sql >"$place/out"
    check "load" "18 added, 0 unchanged" "$(last_line <"$place/out")"
    echo "SELECT migrate_upgrade('27c6a30d7c24');" | sql >"$place/out"
    check "upgrade to a revision" "Now at 27c6a30d7c24" "$(last_line <"$place/out")"
    sql <"$here/rows/before_branches.sql" >"$place/out"
    check "rows of the old schema" "" "$(cat "$place/out")"

    echo "SELECT migrate_upgrade('head');" | sql >"$place/out"
    check "upgrade to head" "Now at $head (head)" "$(last_line <"$place/out")"
    check "steps of the upgrade" 13 "$(grep -c '^Running upgrade' "$place/out")"
    check "pending" "18|0" "$(echo 'SELECT applied, pending FROM migrate_status();' | sql)"
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
    check "up again" "Now at $head (head)" "$(last_line <"$place/out")"

    echo "SELECT migrate_downgrade('base');" | sql >"$place/out"
    check "downgrade to base" "Now at base" "$(last_line <"$place/out")"
    check "nothing left" "$before" "$("schema_$engine")"
    echo "SELECT migrate_upgrade('head');" | sql >"$place/out"
    check "same schema from base" "$at_head" "$("schema_$engine")"
    echo "SELECT migrate_downgrade('base');" | sql >"$place/out"
    check "nothing left again" "$before" "$("schema_$engine")"
    database_drop
}

# ---- all ---------------------------------------------------------------------------------------

examples=$(cd "$root/examples" && ls)
for engine in "$@"; do
    case $engine in
    sqlite | postgresql) ;;
    *)
        echo "usage: run.sh [--accept] [sqlite] [postgresql]" >&2
        exit 2
        ;;
    esac
    [ $accept = yes ] || upgrade_with_rows
    for name in $examples; do
        script_run "$name"
    done
done
if [ $accept = yes ]; then
    for name in $examples; do
        script_accept "$name"
    done
fi

echo "examples: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
