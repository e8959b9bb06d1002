#!/bin/bash
# The PostgreSQL module built with ASan and UBSan, in an ordinary server: test/asan/run.sh
# [SUITE [NAME...]]
#
# SUITE is a suite of test/regress.sh (sql, specs, tap) or a directory of test/ with a run.sh. Without
# one: what calls every function and every path of a run in little time; `long`: with parity cases,
# examples and sessions that are killed.
#
# The sanitizers' runtime is preloaded into the server, behind test/asan/early.c. A finding ends the
# backend, so that the test fails, and its report is shown here. Leaks are not looked for: the server
# leaks a little itself as every backend ends, and what the module allocates belongs to memory
# contexts. A write past the end of a chunk of those is not seen either; the unit tests see it.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
passed=0
failed=0
skipped=0

finish() {
    if [ "$skipped" -gt 0 ]; then
        echo "postgresql-asan: $passed passed, $failed failed, $skipped skipped"
    else
        echo "postgresql-asan: $passed passed, $failed failed"
    fi
    [ "$failed" -eq 0 ]
    exit
}

libasan=$(realpath "$(gcc -print-file-name=libasan.so)" 2>/dev/null)
if [ ! -e "$libasan" ]; then
    echo "skipped: gcc has no libasan here"
    skipped=1
    finish
fi
if ! make -s -j2 build/pg-asan/migrate.so build/pg-asan/early.so; then
    echo "the build failed"
    failed=1
    finish
fi

reports=$(mktemp -d "${TMPDIR:-/tmp}/migrate-asan.XXXXXX")
chmod 1777 "$reports"
trap 'rm -rf "$reports"' EXIT
export CLUSTER_MODULE=$root/build/pg-asan/migrate.so
export CLUSTER_PRELOAD="$libasan:$root/build/pg-asan/early.so"
export CLUSTER_LOGS=$reports
export ASAN_OPTIONS=detect_leaks=0:use_sigaltstack=0:abort_on_error=1:log_path=$reports/report
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:abort_on_error=1

# part SCRIPT ARGUMENT...: adds what the suite counts; a report is a failure of its own.
part() {
    local line counts start=$SECONDS
    "$@" >"$reports/out" 2>&1
    line=$(tail -n 1 "$reports/out")
    if [[ $line =~ ^[^:]+:\ ([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        counts=("${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}")
    else
        counts=(0 1)
    fi
    passed=$((passed + counts[0]))
    failed=$((failed + counts[1]))
    [ "${counts[1]}" = 0 ] || tail -n 300 "$reports/out"
    echo "${*#"$root"/test/}: ${counts[0]} passed, ${counts[1]} failed, $((SECONDS - start)) s"
}

# The server has the sanitizers, and the module asks them.
inside() {
    if ! nm -D "$CLUSTER_MODULE" | grep -q __asan_report; then
        echo "the module is not instrumented"
    fi
    PGOPTIONS='' "$root/scripts/cluster.sh" run bash -c '
        psql -XqAt -c "CREATE EXTENSION migrate" -c "SELECT count(*) FROM migrate_status()"
        grep -c libasan "/proc/$(head -n 1 "$CLUSTER/data/postmaster.pid")/maps"'
}
said=$(inside 2>&1)
if [[ $said == $'1\n'[1-9]* ]]; then
    passed=$((passed + 1))
else
    echo "FAILED: the sanitizers are not in the server: $said"
    failed=$((failed + 1))
fi

if [ $# -eq 0 ]; then
    part test/regress.sh sql
    part test/regress.sh tap
    part test/regress.sh specs
elif [ "$1" = long ]; then
    part test/regress.sh sql
    part test/regress.sh tap
    part test/regress.sh specs
    part test/parity/run.sh
    part test/examples/run.sh
    part test/postgresql/run.sh concurrency online outside offline encoding dump standby
else
    case $1 in
    sql | specs | tap) part test/regress.sh "$@" ;;
    *) part "test/$1/run.sh" "${@:2}" ;;
    esac
fi

# ASan writes a file for each process, UBSan to the server's log.
for report in "$reports"/report*; do
    [ ! -e "$report" ] || head -n 60 "$report"
done
grep -h -A 12 'runtime error:' "$reports"/log.* | head -n 200
found=$(($(find "$reports" -name 'report*' | wc -l) + $(cat "$reports"/log.* | grep -c 'runtime error:')))
if [ "$found" -gt 0 ]; then
    echo "FAILED: $found reports of the sanitizers"
    failed=$((failed + found))
else
    passed=$((passed + 1))
fi
finish
