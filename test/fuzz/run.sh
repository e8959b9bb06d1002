#!/bin/bash
# Fuzz targets: test/fuzz/run.sh replay | long [NAME...]
#
# replay runs every file of test/fuzz/corpus/NAME through build/asan/fuzz_NAME, and each file cut off
# at every eighth of its length, in one process a target; no file may be missing a target and no
# target a corpus. long fuzzes each target with libFuzzer for FUZZ_SECONDS (60); an input that fails
# is left in build/fuzz/, and belongs into the corpus once it is understood.
set -u
cd "$(dirname "$0")/../.." || exit 1

mode=${1:-replay}
shift $(($# > 0 ? 1 : 0))
if [ $# -eq 0 ]; then
    set -- $(cd test/fuzz && ls fuzz_*.c | grep -v '^fuzz_main' | sed 's/^fuzz_//; s/\.c$//')
fi
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

count() {
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        [ ! -f "$2" ] || tail -n 60 "$2"
    fi
}

replay() {
    local name=$1 file size k
    mkdir -p "$work/$name"
    for file in test/fuzz/corpus/"$name"/*; do
        [ -f "$file" ] || { echo "no corpus for $name" && count 1 /dev/null; return; }
        size=$(stat -c %s "$file")
        for k in 1 2 3 4 5 6 7; do
            head -c $((size * k / 8)) "$file" >"$work/$name/$(basename "$file").$k"
        done
    done
    for file in test/fuzz/corpus/"$name"/* "$work/$name"/*; do
        build/asan/fuzz_"$name" "$file" >"$work/log" 2>&1
        count $? "$work/log"
    done
}

fuzz() {
    local name=$1
    mkdir -p build/fuzz/corpus/"$name"
    (cd build/fuzz && ./fuzz_"$name" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=65536 \
        -timeout=10 -print_final_stats=1 corpus/"$name" ../../test/fuzz/corpus/"$name") \
        >"$work/log" 2>&1
    count $? "$work/log"
    grep -a 'number_of_executed_units' "$work/log" | sed "s/^/$name: /"
}

case $mode in
replay)
    for name in "$@"; do
        make -s build/asan/fuzz_"$name" || exit 1
        replay "$name"
    done
    ;;
long)
    for name in "$@"; do
        make -s build/fuzz/fuzz_"$name" || exit 1
        fuzz "$name"
    done
    ;;
*)
    echo "usage: test/fuzz/run.sh replay | long [NAME...]" >&2
    exit 2
    ;;
esac
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
