#!/bin/bash
# One script, two engines, one expected output: every test/parity/NAME.sql is run by psql -XqAt and
# by sqlite3 -batch, each in a fresh database with the extension, and both must print
# expected/parity/NAME.out.
#
# usage: test/parity/run.sh [--accept] [NAME...]
#
# --accept writes the expected file, if both engines agree; read it before you commit it.
#
# In a script and in a case's files
#   @DIR@           a fresh, writable copy of test/parity/NAME/ (an empty directory without one),
#                   shown as @DIR@ in the output too
#   @EXAMPLES@      examples/, readable
#   @DATA@          test/data/, readable
#   @DATABASE@      the name of the database, by which a user consents to a loss, shown so too
#   @DRYRUN@(...)   a dry run: rows of PostgreSQL, lines of SQLite. What only one of them knows and what
#                   it took is shown as @TRACE@
#   -- shell: CMD   runs CMD by sh in @DIR@, its output in place; for what happens between two calls
#
# Errors are reduced to what both engines say: "ERROR:  message", then the lines DETAIL, HINT and
# CONTEXT. What the engines themselves say about a missing or doubled table is put in SQLite's words;
# the column inside a user's statement, which each knows in its own way, is left out. The moment at
# which migrate_revision or migrate_merge made a script is shown as @NOW@. Notices are left out: the
# sqlite3 shell has no place for them. What else differs by nature must not be printed: times,
# durations, generated ids.
#
# SQLITE_MODULE names another build of the module, SQLITE3 another shell.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
module=${SQLITE_MODULE:-$root/build/sqlite/migrate}
sqlite3=${SQLITE3:-sqlite3}
# Yesterday too, for a run over midnight.
days="$(date -u +%F)|$(date -u -d yesterday +%F)"
accept=no
if [ "${1:-}" = --accept ]; then
    accept=yes
    shift
fi

. "$root/scripts/cluster.sh"
cluster_start
work=$CLUSTER/parity
mkdir "$work"
chmod 755 "$work"
passed=0
failed=0

# Fills place, a fresh directory for engine $1 and case $2, and writes its script.
place_make() {
    place=$work/$2.$1
    mkdir -p "$place"
    [ ! -d "$root/test/parity/$2" ] || cp -R "$root/test/parity/$2/." "$place/"
    script=$work/$2.$1.sql
    database=$2.db
    [ "$1" = sqlite ] || database=parity_$2
    local dryrun="SELECT migrate_dryrun"
    [ "$1" = sqlite ] || dryrun="SELECT * FROM migrate_dryrun"
    awk -v engine="$1" -v place="$place" -v database="$database" -v examples="$MIG_EXAMPLES" -v data="$MIG_DATA" \
        -v dryrun="$dryrun" '
        { gsub(/@DRYRUN@/, dryrun) }
        { gsub(/@DIR@/, place); gsub(/@EXAMPLES@/, examples); gsub(/@DATA@/, data); gsub(/@DATABASE@/, database) }
        /^-- shell: / {
            file = place ".sh" ++n
            print "cd " place "\n" substr($0, 11) > file
            close(file)
            print (engine == "sqlite" ? ".shell sh " : "\\! sh ") file
            next
        }
        { print }' "$root/test/parity/$2.sql" >"$script"
    chmod -R a+rwX "$place"
}

# The engines frame an error differently. psql adds the line of a statement it sent, the sqlite3
# shell the result code when it is not 1.
plain_errors() {
    sed -E -e 's/^psql:[^:]*:[0-9]+: //' \
        -e 's/^(Runtime error|Parse error|Error)( near line [0-9]+)?: (near line [0-9]+: )?((stepping|in prepare), )?/ERROR:  /' \
        -e '/^(ERROR|DETAIL|HINT|CONTEXT):|^seed ".*", line/s/ \([0-9]+\)$//' \
        -e '/^LINE [0-9]+: /{N;d;}' -e '/^NOTICE:  /d' \
        -e 's/^(ERROR:  )relation "(.*)" does not exist$/\1no such table: \2/' \
        -e 's/^(ERROR:  )relation "(.*)" already exists$/\1table \2 already exists/' \
        -e '/^QUERY:  /{N;s/^QUERY:  (.*)\nCONTEXT:  /CONTEXT:  SQL statement "\1"\n/;}' \
        -e 's/^(revision ".*", line [0-9]+), column [0-9]+$/\1/' \
        -e 's/(\nrevision ".*", line [0-9]+), column [0-9]+$/\1/' \
        -e "s/^(-- Create Date: )($days) [0-9:]{8}$/\1@NOW@/; s/(${days//-/})_[0-9]{4}_/@NOW@_/" \
        -e "s|$place|@DIR@|g; s|$MIG_EXAMPLES|@EXAMPLES@|g; s|$MIG_DATA|@DATA@|g" \
        -e 's/\|[0-9]+\.[0-9]{3}\|([^|]*\|){4}/|@TRACE@|/' \
        -e "s/\"$database\"/\"@DATABASE@\"/g"
}

run_postgresql() {
    place_make postgresql "$1"
    createdb -T parity_template "parity_$1" || return
    psql -XqAt -d "parity_$1" <"$script" 2>&1 | plain_errors >"$work/$1.postgresql.out"
    dropdb "parity_$1"
}

# Standard output by the line, or errors would overtake it.
run_sqlite() {
    place_make sqlite "$1"
    stdbuf -oL "$sqlite3" -batch -init /dev/null -cmd ".load $module" "$work/$1.db" <"$script" 2>&1 |
        plain_errors >"$work/$1.sqlite.out"
}

compare() {
    if diff -u --label "expected/parity/$1.out" --label "$2" "$root/expected/parity/$1.out" \
        "$work/$1.$2.out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

accept_case() {
    if diff -u --label postgresql --label sqlite "$work/$1.postgresql.out" "$work/$1.sqlite.out"; then
        mkdir -p "$root/expected/parity"
        cp "$work/$1.sqlite.out" "$root/expected/parity/$1.out"
        echo "written: expected/parity/$1.out"
        passed=$((passed + 1))
    else
        echo "not written: the engines differ in $1"
        failed=$((failed + 1))
    fi
}

run_case() {
    if [ ! -f "$root/test/parity/$1.sql" ]; then
        echo "there is no test/parity/$1.sql"
        failed=$((failed + 1))
        return
    fi
    run_postgresql "$1"
    run_sqlite "$1"
    if [ $accept = yes ]; then
        accept_case "$1"
    else
        compare "$1" postgresql
        compare "$1" sqlite
    fi
}

createdb parity_template && psql -XqAt -d parity_template -c "CREATE EXTENSION migrate" || exit 1
if [ $# -eq 0 ]; then
    set -- $(cd "$root/test/parity" && ls ./*.sql | sed 's/^\.\///; s/\.sql$//')
fi
for name in "$@"; do
    run_case "$name"
done
# An expected file that no script stands behind is never compared.
for out in "$root"/expected/parity/*.out; do
    name=$(basename "$out" .out)
    if [ -f "$out" ] && [ ! -f "$root/test/parity/$name.sql" ]; then
        echo "expected/parity/$name.out has no test/parity/$name.sql"
        failed=$((failed + 1))
    fi
done

echo "parity: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
