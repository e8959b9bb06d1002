#!/bin/sh
# Runs the examples of README.md and docs/ on the engines they are for; see run.py. Arguments go to
# run.py: --engine sqlite, --update, names of pages. Without PGHOST a throw-away cluster is made.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
case " $* " in
*" --engine sqlite "*) ;;
*)
    if [ -z "${PGHOST:-}" ]; then
        exec "$root/scripts/cluster.sh" run "$0" "$@"
    fi
    ;;
esac
exec /usr/bin/python3 "$root/test/docs/run.py" "$@"
