#!/bin/bash
# make bench: how fast migrate is beside the same work done by hand. Medians of interleaved pairs and
# their ratios; nothing here passes or fails. BENCH_PAIRS sets the pairs (9), BENCH_ONLY a comma list
# of the names below.
#
#   upgrade     N revisions of a table and an index: migrate_upgrade beside the same SQL by hand
#   nothing     migrate_upgrade with nothing to do, in a warm session
#   plan        migrate_plan over many revisions; the planner alone
#   load        migrate_load of 1,000 files beside a plain program
#   large       a script of 10 MB: peak memory
#   seed        a CSV file of a million rows, beside COPY and .import
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
make -s all build/unit/bench_plan
mkdir -p build/bench
${CC:-cc} -O2 -std=c99 -D_POSIX_C_SOURCE=200809L -o build/bench/plain_sqlite test/bench/plain_sqlite.c \
    -lsqlite3 -lmd
${CC:-cc} -O2 -std=c99 -o build/bench/load_sqlite test/bench/load_sqlite.c build/sqlite/libmigrate.a \
    -lsqlite3 -lnettle -lyaml -lcrypt

. scripts/cluster.sh
cluster_start
${CC:-cc} -O2 -std=c99 -D_POSIX_C_SOURCE=200809L -I"$(${PG_CONFIG:-pg_config} --includedir)" \
    -o build/bench/plain_postgresql test/bench/plain_postgresql.c \
    -L"$(${PG_CONFIG:-pg_config} --libdir)" -lpq -lmd
/usr/bin/python3 test/bench/bench.py "$root"
