#!/bin/bash
# Builds everything, runs the test suites, and counts.
#
# usage: test/run.sh [--long] [--list] [SUITE...]
#
# SUITE is a name of the list, or a pattern for several: test/run.sh parity 'unit*'. What a suite
# prints is shown when it fails and kept in build/test/SUITE.log. A suite ends with a line
# `NAME: N passed, N failed[, N skipped]`; one that prints none, dies or runs out of time counts as
# one failed. PostgreSQL's suites and the others run beside each other. The last line is the sum.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
logs=build/test
long=no
only_list=no
while [ $# -gt 0 ]; do
    case $1 in
    --long) long=yes ;;
    --list) only_list=yes ;;
    *) break ;;
    esac
    shift
done
wanted=("$@")
unset MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C.UTF-8

suites=()

# suite LANE NAME SECONDS COMMAND...: the lanes are pg and other. A suite whose file does not exist
# fails: none can be lost unnoticed.
suite() {
    local lane=$1 name=$2 limit=$3
    shift 3
    suites+=("$lane|$name|$limit|$*")
}

libasan=$(gcc -print-file-name=libasan.so 2>/dev/null)
[ ! -e "$libasan" ] || libasan=$(realpath "$libasan")
under_asan="env SQLITE_MODULE=$root/build/asan/migrate LD_PRELOAD=$libasan ASAN_OPTIONS=detect_leaks=0"

suite other lint 120 scripts/lint.sh
suite other warnings 600 test/warnings.sh
suite other unit 240 test/unit/run.sh unit
suite other unit-asan 300 test/unit/run.sh asan
suite other unit-valgrind 300 test/unit/run.sh valgrind
suite other fuzz 120 test/fuzz/run.sh replay
suite other static 60 build/core/host
suite other install 120 test/install/run.sh
suite other sqlite 300 test/sqlite/run.sh
suite other sqlite-asan 400 "$under_asan" test/sqlite/run.sh
suite other sqlite-valgrind 300 test/sqlite/valgrind.sh
suite other fault 300 test/fault/run.sh short
suite other postgresql-asan 300 test/asan/run.sh
suite pg parity 300 test/parity/run.sh
suite pg property 300 test/property/run.sh
suite pg regress 300 test/regress.sh sql
suite pg isolation 300 test/regress.sh specs
suite pg pgtap 120 test/regress.sh tap
suite pg postgresql 600 test/postgresql/run.sh
suite pg docs 200 test/docs/run.sh
suite pg examples 120 test/examples/run.sh
if [ $long = yes ]; then
    suite other fuzz-long 3600 test/fuzz/run.sh long
    suite other fault-long 7200 test/fault/run.sh long
    suite other sqlite-seed-long 1800 env SEED_LONG=yes SQLITE_SECONDS=1700 test/sqlite/run.sh test_seed_robust
    suite other postgresql-asan-long 3600 test/asan/run.sh long
    suite pg postgresql-kill-long 7200 env KILL_LONG=yes test/postgresql/run.sh crash
    suite pg oracle 1800 test/oracle/run.sh
    suite pg postgresql-seed-long 1800 env SEED_LONG=yes test/postgresql/run.sh seed
fi

selected() {
    local pattern
    [ ${#wanted[@]} -gt 0 ] || return 0
    for pattern in "${wanted[@]}"; do
        # shellcheck disable=SC2053
        [[ $1 == $pattern ]] && return 0
    done
    return 1
}

# run_suite NAME SECONDS COMMAND: leaves NAME.log, and NAME.result (passed failed skipped seconds) in
# the directory of this run.
run_suite() {
    local name=$1 limit=$2 log=$logs/$1.log start=$SECONDS status line counts
    # shellcheck disable=SC2086
    timeout --kill-after=20 "$limit" $3 >"$log" 2>&1 </dev/null
    status=$?
    line=$(tail -n 1 "$log" | grep -aE '^[^:]+: [0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$')
    counts=($(sed -E 's/^[^:]+: ([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/' \
        <<<"$line"))
    if [ $status = 124 ] || [ $status = 137 ]; then
        echo "$name: ended after $limit seconds" >>"$log"
        counts=(0 1)
    elif [ -z "$line" ] || [ "${counts[0]}${counts[1]}${counts[2]:-0}" = 000 ]; then
        echo "$name: ended with status $status and counted nothing" >>"$log"
        counts=(0 1)
    elif [ $status != 0 ] && [ "${counts[1]}" = 0 ]; then
        echo "$name: ended with status $status" >>"$log"
        counts=("${counts[0]}" 1 "${counts[2]:-0}")
    fi
    echo "${counts[0]} ${counts[1]} ${counts[2]:-0} $((SECONDS - start))" >"$TMPDIR/$name.result"
}

run_lane() {
    local entry lane name limit command
    for entry in "${suites[@]}"; do
        IFS='|' read -r lane name limit command <<<"$entry"
        if [ "$lane" = "$1" ] && selected "$name"; then
            run_suite "$name" "$limit" "$command"
            report_suite "$name"
        fi
    done
}

# One line as a suite ends; all that it said when it failed.
report_suite() {
    local passed failed skipped seconds
    read -r passed failed skipped seconds <"$TMPDIR/$1.result"
    if [ "$failed" -gt 0 ]; then
        printf '%s\n' "---- $1 failed:" "$(tail -n 200 "$logs/$1.log")" "---- end of $1"
    fi
    printf '%-16s %6d passed %4d failed %4d skipped %4d s\n' "$1" "$passed" "$failed" "$skipped" \
        "$seconds"
}

# Servers of suites that were killed before they could stop them.
stop_servers() {
    local pid
    for pid in "$TMPDIR"/migrate-pg.*/data/postmaster.pid; do
        [ ! -f "$pid" ] || kill -QUIT "$(head -n 1 "$pid")" 2>/dev/null
    done
    rm -rf "$TMPDIR"
}

# A function, so that an edit of this file does not reach a run that is under way.
main() {
    names=()
    for entry in "${suites[@]}"; do
        name=${entry#*|}
        name=${name%%|*}
        ! selected "$name" || names+=("$name")
    done
    if [ $only_list = yes ]; then
        printf '%s\n' "${names[@]}"
        exit
    fi
    if [ ${#names[@]} -eq 0 ]; then
        echo "no such suite: ${wanted[*]}; test/run.sh --list names them" >&2
        exit 2
    fi

    mkdir -p $logs
    if ! make -s -j2 all test-programs build/core/host >$logs/build.log 2>&1; then
        tail -n 100 $logs/build.log
        echo "the build failed"
        echo "0 passed, 1 failed"
        exit 1
    fi
    grep -a 'warning:' $logs/build.log

    TMPDIR=$(mktemp -d /tmp/migrate-test.XXXXXX)
    export TMPDIR
    chmod 755 "$TMPDIR"
    trap stop_servers EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM

    run_lane pg &
    pg_lane=$!
    run_lane other
    wait $pg_lane

    passed=0
    failed=0
    skipped=0
    for name in "${names[@]}"; do
        read -r p f s _ 2>/dev/null <"$TMPDIR/$name.result" || { p=0 f=1 s=0; }
        passed=$((passed + p))
        failed=$((failed + f))
        skipped=$((skipped + s))
    done
    echo
    if [ $skipped -gt 0 ]; then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    [ $failed -eq 0 ]
    exit
}
main
