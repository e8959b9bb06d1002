#!/bin/bash
# Runs every unit test program of one build: test/unit/run.sh unit | asan | valgrind [NAME...]
# valgrind runs the plain build under it. The last line is the sum; a program that dies or says
# nothing is one failed test.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
variant=${1:-unit}
shift $(($# > 0 ? 1 : 0))
under=()
build=$variant
if [ "$variant" = valgrind ]; then
    build=unit
    under=(valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all
        --errors-for-leak-kinds=all)
fi
if [ $# -eq 0 ]; then
    set -- $(cd test/unit && ls test_*.c | sed 's/\.c$//')
fi
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1

passed=0
failed=0
for name in "$@"; do
    output=$("${under[@]}" "build/$build/$name" 2>&1)
    status=$?
    line=$(printf '%s\n' "$output" | grep -aE '^[^:]*: [0-9]+ passed, [0-9]+ failed$' | tail -n 1)
    counts=($(printf '%s\n' "$line" | sed -E 's/^[^:]*: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/'))
    if [ -z "$line" ] || { [ $status -ne 0 ] && [ "${counts[1]}" = 0 ]; }; then
        printf '%s\n%s: ended with status %d\n' "$output" "$name" $status
        counts=("${counts[0]:-0}" 1)
    elif [ $status -ne 0 ]; then
        printf '%s\n' "$output"
    else
        printf '%s\n' "$line"
    fi
    passed=$((passed + counts[0]))
    failed=$((failed + counts[1]))
done
echo "unit-$variant: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
