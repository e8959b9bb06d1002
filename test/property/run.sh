#!/bin/sh
# Runs the properties on random histories; see property.py. Without PGHOST a throw-away cluster is
# made.
#
# PROPERTY_CASES   histories on SQLite; a fifth as many on PostgreSQL (default 30)
# PROPERTY_SEED    repeats a run that failed
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${PGHOST:-}" ]; then
    exec "$root/scripts/cluster.sh" run "$0" "$@"
fi
exec /usr/bin/python3 "$root/test/property/property.py" "$@"
