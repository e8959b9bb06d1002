#!/bin/bash
# The suites that are PostgreSQL's alone: test/regress.sh [--accept] sql | specs | tap [NAME...]
#
#   sql     pg_regress over test/sql/NAME.sql and expected/NAME.out
#   specs   the isolation tester over test/specs/NAME.spec and expected/NAME.out
#   tap     pgTAP over test/tap/NAME.sql
#
# --accept writes expected/NAME.out; read it before you commit it.
#
# In SQL the copies of test/data and examples/ that the server may read are found by
#   \set data `echo "$MIG_DATA"`      and  MIG_EXAMPLES, MIG_TMP likewise
# pg_regress runs in the cluster's directory, so that results/ does not land in the tree.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
accept=no
if [ "${1:-}" = --accept ]; then
    accept=yes
    shift
fi
kind=${1:-}
shift $(($# > 0 ? 1 : 0))
passed=0
failed=0
skipped=0

names() {
    (cd "$root/test/$1" && ls ./*."$2" 2>/dev/null | sed "s/^\.\///; s/\.$2\$//")
}

finish() {
    if [ "$skipped" -gt 0 ]; then
        echo "$1: $passed passed, $failed failed, $skipped skipped"
    else
        echo "$1: $passed passed, $failed failed"
    fi
    [ "$failed" -eq 0 ]
    exit
}

# run_regress PROGRAM SUITE NAME...: counts the verdicts of PostgreSQL up to 15 and from 16 on. One
# database: expected output may name it.
run_regress() {
    local program=$1 suite=$2 place=$CLUSTER/regress name
    shift 2
    program=$(dirname "$(pg_config --pgxs)")/../test/$program
    mkdir -p "$place/expected"
    ln -sfn "$root/test" "$place/test"
    for name in "$@"; do
        if [ -f "$root/expected/$name.out" ]; then
            ln -s "$root/expected/$name.out" "$place/expected/"
        else
            # Without the file pg_regress would end here; an empty one fails this test only.
            : >"$place/expected/$name.out"
        fi
    done
    createdb contrib_regression
    (cd "$place" && "$program" --inputdir=test --bindir="$(pg_config --bindir)" --use-existing \
        --launcher="$root/test/plain.sh" --dbname=contrib_regression --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" "$@") \
        >"$place/out" 2>&1
    cat "$place/out"
    if [ $accept = yes ]; then
        for name in "$@"; do
            cp "$place/results/$name.out" "$root/expected/$name.out"
            echo "written: expected/$name.out"
        done
    fi
    passed=$(grep -cE '^(test .*\.\.\. ok|ok [0-9]+)' "$place/out")
    failed=$(grep -cE '^(test .*\.\.\. FAILED|not ok [0-9]+)' "$place/out")
    if [ -f "$place/regression.diffs" ]; then
        cat "$place/regression.diffs"
    fi
    if [ $((passed + failed)) -ne $# ]; then
        echo "$((passed + failed)) verdicts for $# tests"
        failed=$((failed + 1))
    fi
    finish "$suite"
}

tap_file() {
    local name=$1 out=$CLUSTER/$1.tap plan good bad skip
    createdb -T tap_template "tap_$name"
    psql -XqAt -v ON_ERROR_STOP=1 -d "tap_$name" -f "$root/test/tap/$name.sql" >"$out" 2>&1
    local status=$?
    plan=$(sed -nE 's/^1\.\.([0-9]+)$/\1/p' "$out" | head -n 1)
    skip=$(grep -ciE '^ok [0-9]+ .*# skip' "$out")
    good=$(($(grep -cE '^ok [0-9]+' "$out") - skip))
    bad=$(grep -cE '^not ok [0-9]+' "$out")
    if [ $status -ne 0 ] || [ "${plan:-none}" != $((good + bad + skip)) ]; then
        echo "$name: planned ${plan:-nothing}, ran $((good + bad + skip)), exit status $status"
        bad=$((bad + 1))
    fi
    if [ "$bad" -gt 0 ]; then
        grep -vE '^ok ' "$out"
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
}

run_tap() {
    local name
    createdb tap_template
    psql -XqAt -d tap_template -c "CREATE EXTENSION pgtap" -c "CREATE EXTENSION migrate" || exit 1
    for name in "$@"; do
        tap_file "$name"
    done
    finish pgtap
}

. "$root/scripts/cluster.sh"
case $kind in
sql)
    [ $# -gt 0 ] || set -- $(names sql sql)
    cluster_start
    run_regress regress/pg_regress regress "$@"
    ;;
specs)
    [ $# -gt 0 ] || set -- $(names specs spec)
    cluster_start
    run_regress isolation/pg_isolation_regress isolation "$@"
    ;;
tap)
    [ $# -gt 0 ] || set -- $(names tap sql)
    cluster_start
    run_tap "$@"
    ;;
*)
    echo "usage: test/regress.sh [--accept] sql | specs | tap [NAME...]" >&2
    exit 2
    ;;
esac
