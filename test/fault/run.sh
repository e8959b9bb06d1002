#!/bin/bash
# Faults at every point of every action of the SQLite module.
#
# usage: test/fault/run.sh short|long
#
# short takes every FAULT_STEP-th fault (and the first ones of each scenario), long takes all.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
case ${1:-short} in
short) step=${FAULT_STEP:-37} ;;
long) step=1 ;;
*)
    echo "usage: $0 short|long"
    exit 2
    ;;
esac
program=$root/build/core/fault_sqlite
if ! make -s -C "$root" build/core/fault_sqlite >/dev/null; then
    echo "fault: 0 passed, 1 failed"
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$program" "$work" "$step"
