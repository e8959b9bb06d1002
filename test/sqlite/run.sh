#!/bin/bash
# What only SQLite has: each test/sqlite/NAME.sql is run by the sqlite3 shell on a fresh file and
# must print expected/sqlite/NAME.out; then each test/sqlite/test_*.py is run by Python, and each
# test/sqlite/*.c is compiled and run.
#
# usage: test/sqlite/run.sh [--accept] [NAME...]
#
# --accept writes the expected files; read them before you commit them. In a script @MODULE@ is the
# module, @DATA@ is test/data, and the current directory is a fresh, writable copy of test/sqlite/scripts/.
# How long a statement of a dry run took is shown as MS.
#
# SQLITE_MODULE names another build of the module, SQLITE3 another shell, PYTHON another Python
# (Debian's own loads extensions). SQLITE_RUNNER is put in front of the shell (valgrind);
# SQLITE_SECONDS is what a program may take (280).
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
export SQLITE_MODULE=${SQLITE_MODULE:-$root/build/sqlite/migrate}
export LC_ALL=C.UTF-8
sqlite3=${SQLITE3:-sqlite3}
python=${PYTHON:-/usr/bin/python3}
accept=no
if [ "${1:-}" = --accept ]; then
    accept=yes
    shift
fi

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0

# The versions of the shell frame an error differently; the code at its end is SQLite's. Standard
# output goes by the line, or errors would overtake it.
run_shell() {
    local place=$work/$1
    mkdir -p "$place"
    cp -R "$root/test/sqlite/scripts/." "$place/"
    sed -e "s|@MODULE@|$SQLITE_MODULE|g" -e "s|@DATA@|$root/test/data|g" "$root/test/sqlite/$1.sql" \
        >"$work/$1.sql"
    (cd "$place" && stdbuf -oL ${SQLITE_RUNNER:-} "$sqlite3" -batch -init /dev/null \
        -cmd ".load $SQLITE_MODULE" -cmd '.mode list' test.db <"$work/$1.sql") 2>&1 |
        sed -E -e 's/^(Runtime error|Parse error|Error)( near line [0-9]+)?: (near line [0-9]+: )?((stepping|in prepare), )?/ERROR:  /' \
            -e 's/\|[0-9]+\.[0-9]{3}\|/|MS|/' -e "s|$place|@DIR@|g" -e 's/ +\^--- error here$/  ^/' >"$work/$1.out"
}

case_sql() {
    run_shell "$1"
    if [ $accept = yes ]; then
        mkdir -p "$root/expected/sqlite"
        cp "$work/$1.out" "$root/expected/sqlite/$1.out"
        echo "written: expected/sqlite/$1.out"
        passed=$((passed + 1))
    elif diff -u --label "expected/sqlite/$1.out" --label "$1" "$root/expected/sqlite/$1.out" \
        "$work/$1.out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

# A program ends with a line of its own; without one it counts as failed.
case_program() {
    local line counts
    (cd "$work" && PYTHONDONTWRITEBYTECODE=1 timeout "${SQLITE_SECONDS:-280}" "${@:2}") >"$work/$1.log" 2>&1
    line=$(tail -n 1 "$work/$1.log")
    if [[ $line =~ ^$1:\ ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
        counts=("${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[4]:-0}")
    else
        echo "$1: ended without a result" >>"$work/$1.log"
        counts=(0 1 0)
    fi
    passed=$((passed + counts[0]))
    failed=$((failed + counts[1]))
    skipped=$((skipped + counts[2]))
    if [ "${counts[1]}" -gt 0 ]; then
        cat "$work/$1.log"
    else
        grep -a '^skipped' "$work/$1.log"
    fi
}

case_c() {
    gcc -std=c99 -O1 -o "$work/$1" "$root/test/sqlite/$1.c" -ldl -lsqlite3 || true
    case_program "$1" "$work/$1" "$SQLITE_MODULE.so"
}

if [ $# -eq 0 ]; then
    set -- $(cd "$root/test/sqlite" && ls ./*.sql ./test_*.py ./*.c | sed 's/^\.\///; s/\.[a-z]*$//')
fi
for name in "$@"; do
    if [ -f "$root/test/sqlite/$name.sql" ]; then
        case_sql "$name"
    elif [ -f "$root/test/sqlite/$name.py" ]; then
        case_program "$name" "$python" "$root/test/sqlite/$name.py"
    elif [ -f "$root/test/sqlite/$name.c" ]; then
        case_c "$name"
    else
        echo "there is no test/sqlite/$name"
        failed=$((failed + 1))
    fi
done
# An expected file that no script stands behind is never compared.
for out in "$root"/expected/sqlite/*.out; do
    name=$(basename "$out" .out)
    if [ -f "$out" ] && [ ! -f "$root/test/sqlite/$name.sql" ]; then
        echo "expected/sqlite/$name.out has no test/sqlite/$name.sql"
        failed=$((failed + 1))
    fi
done

if [ $skipped -gt 0 ]; then
    echo "sqlite: $passed passed, $failed failed, $skipped skipped"
else
    echo "sqlite: $passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
