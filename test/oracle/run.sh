#!/bin/bash
# make oracle: fresh random cases against Alembic itself. Needs Debian's python3-alembic.
#
# usage: test/oracle/run.sh [SEED [COUNT]]     without a seed: a new one, which is printed
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
seed=${1:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
count=${2:-5000}
make -s --no-print-directory build/unit/test_oracle
cases=$(mktemp)
trap 'rm -f "$cases"' EXIT
echo "seed $seed, $count cases"
if ! /usr/bin/python3 test/oracle/generate.py "$seed" "$count" >"$cases"; then
    echo "oracle: 0 passed, 1 failed"
    exit 1
fi
build/unit/test_oracle "$cases"
