#!/bin/bash
# make install with DESTDIR puts exactly the files it should, and a second make has nothing to do.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
passed=0
failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n  expected: %s\n  got: %s\n' "$1" "$2" "$3"
    fi
}

installed() {
    (cd "$place/$1" && find . -type f | sed 's/^\.//' | LC_ALL=C sort)
}

cd "$root" || exit 1
unset MAKEFLAGS MAKELEVEL

check "make again does nothing" "" "$(make 2>&1)"

make -s install DESTDIR="$place/both" >"$place/log" 2>&1 || cat "$place/log"
share=$(pg_config --sharedir)/extension
scripts=$(cd sql && printf "$share/%s\n" migrate--*.sql)
expected=$(printf '%s\n' "$(pg_config --libdir)/migrate.so" "$(pg_config --pkglibdir)/migrate.so" \
    "$scripts" "$share/migrate.control" | LC_ALL=C sort)
check "with PostgreSQL" "$expected" "$(installed both)"

make -s install PG_CONFIG=no DESTDIR="$place/one" >"$place/log" 2>&1 || cat "$place/log"
check "without PostgreSQL" "/usr/local/lib/migrate.so" "$(installed one)"

make -s install PG_CONFIG=no DESTDIR="$place/other" prefix=/opt/x >"$place/log" 2>&1 || cat "$place/log"
check "with a prefix" "/opt/x/lib/migrate.so" "$(installed other)"

check "the installed module loads" "0" "$(sqlite3 -batch -init /dev/null \
    -cmd ".load $place/one/usr/local/lib/migrate" :memory: 'SELECT count(*) FROM migrate_history' 2>&1)"

echo "install: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
