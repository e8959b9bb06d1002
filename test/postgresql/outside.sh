# Sections outside a transaction: what others do meanwhile, and what ends them.

outside_make() {
    createdb "$1"
    sql "$1" "CREATE EXTENSION migrate" >/dev/null
    psql -XqAt -d "$1" >/dev/null 2>&1 <<'END'
SELECT migrate_add($$
-- Table
--
-- Revision ID: o001

-- migrate:up
CREATE TABLE t (a int PRIMARY KEY, b int);
INSERT INTO t SELECT i, i FROM generate_series(1, 20000) AS i;
CREATE TABLE p (i int) PARTITION BY RANGE (i);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);

-- Index
--
-- Revision ID: o002
-- Revises: o001

-- migrate:up transaction:false
VACUUM t;
CREATE INDEX CONCURRENTLY t_b ON t (b);
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY t_b;

-- Sleep
--
-- Revision ID: o003
-- Revises: o002

-- migrate:up transaction:false
VACUUM t;
SELECT pg_sleep(60);

-- Position
--
-- Revision ID: o004
-- Revises: o002

-- migrate:up transaction:false
VACUUM t;
SELECT é
  FROM nosuch;

-- Detach
--
-- Revision ID: o005
-- Revises: o002

-- migrate:up transaction:false
ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;

-- Own lock
--
-- Revision ID: o006
-- Revises: o002

-- migrate:up transaction:false
SELECT pg_advisory_lock(77);
$$, 'outside.sql');
CALL migrate_upgrade_online('o001');
END
}

workers() {
    sql postgres "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'migrate'"
}

# One that holds a row and a snapshot, so that CREATE INDEX CONCURRENTLY waits for it.
holder_start() {
    psql -XqAt -d "$1" -c "SET application_name = 'holder'" \
        -c "BEGIN; UPDATE t SET b = b WHERE a = 1; SELECT FROM p; SELECT pg_sleep(60)" >/dev/null 2>&1 &
    holder=$!
    until_true "$1" "SELECT count(*) = 1 FROM pg_stat_activity
        WHERE application_name = 'holder' AND wait_event = 'PgSleep'"
}

holder_stop() {
    sql "$1" "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'" \
        >/dev/null
    wait $holder 2>/dev/null
}

# A run in the background as PGAPPNAME caller; what it says in $MIG_TMP/said.
call_start() {
    psql -XqAt -d "$1" "${@:3}" -c "SET application_name = 'caller'" -c "$2" >"$MIG_TMP/said" 2>&1 &
    caller=$!
}

caller_do() {
    sql "$1" "SELECT $2(pid) FROM pg_stat_activity WHERE application_name = 'caller'
        AND backend_type = 'client backend'" >/dev/null
}

worker_waits="SELECT count(*) = 1 FROM pg_stat_activity
    WHERE backend_type = 'migrate' AND wait_event_type = 'Lock'"
worker_sleeps="SELECT count(*) = 1 FROM pg_stat_activity
    WHERE backend_type = 'migrate' AND wait_event = 'PgSleep'"
no_worker="SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'migrate'"
index_state="SELECT coalesce((SELECT CASE WHEN indisvalid THEN 'valid' ELSE 'invalid' END
    FROM pg_index WHERE indexrelid = to_regclass('t_b')), 'none')"

outside_make outside

# ---- under load
for n in 1 2 3 4; do
    (
        end=$((SECONDS + 60))
        i=0
        while [ ! -e "$MIG_TMP/enough" ] && [ $SECONDS -lt $end ]; do
            i=$((i + 1))
            echo "BEGIN; UPDATE t SET b = b + 1 WHERE a = $((n * 1000 + i % 500));
                UPDATE t SET b = b - 1 WHERE a = $((n * 1000 + 500 + i % 500)); COMMIT;"
        done | psql -XqAt -d outside >"$MIG_TMP/writer$n" 2>&1
    ) &
done
until_true outside "SELECT sum(n_tup_upd) > 0 FROM pg_stat_all_tables WHERE relname = 't'"
for n in 1 2 3; do
    sql outside "CALL migrate_upgrade_online('o002')" >"$MIG_TMP/said"
    same "load $n: built" "valid" "$(sql outside "$index_state")"
    check "load $n: no error" test -z "$(grep -i -E 'error|deadlock' "$MIG_TMP/said")"
    sql outside "CALL migrate_downgrade_online('o001')" >/dev/null
    same "load $n: dropped" "none" "$(sql outside "$index_state")"
done
touch "$MIG_TMP/enough"
wait
same "load: the writers saw no error" "" "$(cat "$MIG_TMP"/writer?)"
same "load: no lock left" 0 "$(locks_left outside)"

# ---- the place of an error
sql outside "CALL migrate_upgrade_online('o002')" >/dev/null
same "place" 'ERROR:  relation "nosuch" does not exist
LINE 2:   FROM nosuch
               ^
QUERY:  SELECT é
  FROM nosuch
CONTEXT:  revision "o004", file "outside.sql", line 40, column 8' \
    "$(sql outside "CALL migrate_upgrade_online('o004')" | grep -v -E '^(INFO|HINT):')"
sql outside "CALL migrate_downgrade_online('o001')" >/dev/null

# ---- cancelled by another session; the next run repairs
for way in worker inline; do
    waiting=$worker_waits
    [ $way = worker ] || waiting="SELECT count(*) = 1 FROM pg_stat_activity
        WHERE application_name = 'migrate: o002 (1/1)' AND wait_event_type = 'Lock'"
    holder_start outside
    call_start outside "CALL migrate_upgrade_online('o002')" -c "SET migrate.outside = $way"
    check "$way: it waits for the holder" until_true outside "$waiting"
    if [ $way = worker ]; then
        sql outside "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND query LIKE 'CALL %'" >/dev/null
    else
        sql outside "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
            WHERE wait_event_type = 'Lock'" >/dev/null
    fi
    wait $caller
    check "$way: cancelled" grep -q "ERROR:  canceling statement due to user request" "$MIG_TMP/said"
    check "$way: says that a part is committed" \
        grep -q "the next online run goes on behind it" "$MIG_TMP/said"
    same "$way: no worker when the error is there" 0 "$(workers)"
    same "$way: the failure is logged" "57014" "$(sql outside "SELECT left(detail, 5) FROM migrate.log
        WHERE outcome = 'failed' ORDER BY id DESC LIMIT 1")"
    same "$way: an invalid index is left" "invalid" "$(sql outside "$index_state")"
    holder_stop outside
    psql -XqAt -d outside -c "SET migrate.outside = $way" -c "CALL migrate_upgrade_online('o002')" \
        >"$MIG_TMP/said" 2>&1
    check "$way: repaired" grep -q "index public.t_b is invalid, left by an earlier run" "$MIG_TMP/said"
    same "$way: the index is there" "valid" "$(sql outside "$index_state")"
    sql outside "CALL migrate_downgrade_online('o001')" >/dev/null
done

# ---- statement_timeout of the caller
holder_start outside
for way in worker inline; do
    psql -XqAt -d outside -c "SET migrate.outside = $way" -c "SET statement_timeout = '400ms'" \
        -c "CALL migrate_upgrade_online('o002')" >"$MIG_TMP/said" 2>&1
    check "$way: time-out" grep -q "ERROR:  canceling statement due to statement timeout" "$MIG_TMP/said"
    same "$way: no worker after the time-out" 0 "$(workers)"
done
# ---- lock_timeout of the caller holds in the worker
psql -XqAt -d outside -c "SET lock_timeout = '300ms'" -c "CALL migrate_upgrade_online('o002')" \
    >"$MIG_TMP/said" 2>&1
check "lock time-out" grep -q "ERROR:  canceling statement due to lock timeout" "$MIG_TMP/said"
holder_stop outside
sql outside "CALL migrate_upgrade_online('o002')" >/dev/null
same "after the time-outs" "valid" "$(sql outside "$index_state")"

# ---- the caller's end is the worker's
call_start outside "CALL migrate_upgrade_online('o003')"
check "terminate: it runs" until_true outside "$worker_sleeps"
sql outside "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND query LIKE 'CALL %'" >/dev/null
wait $caller
check "terminate: the caller ended" grep -q "terminating connection" "$MIG_TMP/said"
check "terminate: the worker ended" until_true outside "$no_worker"
same "terminate: no lock left" 0 "$(locks_left outside)"

call_start outside "CALL migrate_upgrade_online('o003')"
check "client lost: it runs" until_true outside "$worker_sleeps"
kill -9 $caller
wait $caller 2>/dev/null
check "client lost: the worker ended" until_true outside "$no_worker"
check "client lost: the session ended" until_true outside \
    "SELECT count(*) = 0 FROM pg_stat_activity WHERE query LIKE 'CALL %'"
same "client lost: no lock left" 0 "$(locks_left outside)"

call_start outside "CALL migrate_upgrade_online('o003')"
check "worker ended: it runs" until_true outside "$worker_sleeps"
sql outside "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'migrate'" \
    >/dev/null
wait $caller
check "worker ended: the caller says so" \
    grep -q "terminating background worker \"migrate\" due to administrator command" "$MIG_TMP/said"
same "worker ended: the session goes on" 0 "$(workers)"

call_start outside "CALL migrate_upgrade_online('o003')"
check "worker killed: it runs" until_true outside "$worker_sleeps"
kill -9 "$(sql outside "SELECT pid FROM pg_stat_activity WHERE backend_type = 'migrate'")"
wait $caller
check "worker killed: the server is back" until_true outside "SELECT true"
same "worker killed: nothing was recorded" "o002" "$(sql outside "SELECT revision FROM migrate_current()")"

# ---- it waits for a lock of the session itself
psql -XqAt -d outside -c "SELECT pg_advisory_lock(77)" -c "CALL migrate_upgrade_online('o006')" \
    >"$MIG_TMP/said" 2>&1
check "own lock: found out" \
    grep -q "the statement waits for a lock that this session itself holds" "$MIG_TMP/said"
same "own lock: no worker" 0 "$(workers)"

# ---- DETACH PARTITION CONCURRENTLY is finished
if [ "$(sql outside "SHOW server_version_num")" -ge 140000 ]; then
    holder_start outside
    call_start outside "CALL migrate_upgrade_online('o005')"
    check "detach: it waits" until_true outside "$worker_waits"
    sql outside "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND query LIKE 'CALL %'" >/dev/null
    wait $caller
    holder_stop outside
    same "detach: pending" t "$(sql outside "SELECT inhdetachpending FROM pg_inherits
        WHERE inhrelid = 'p1'::regclass")"
    sql outside "CALL migrate_upgrade_online('o005')" >"$MIG_TMP/said"
    check "detach: finished" grep -q "partition public.p1 is pending detach" "$MIG_TMP/said"
    same "detach: done" "f o005" "$(sql outside "SELECT relispartition || ' ' || (SELECT
        string_agg(revision, ',') FROM migrate_current()) FROM pg_class WHERE relname = 'p1'" |
        sed 's/^false/f/')"
fi

# ---- no worker is free
sql postgres "ALTER SYSTEM SET max_worker_processes = 0" >/dev/null
cluster_restart
outside_make outside0
sql outside0 "CALL migrate_upgrade_online('o002')" >"$MIG_TMP/said"
check "no worker: refused" grep -q \
    "ERROR:  no background worker is free for a section outside a transaction" "$MIG_TMP/said"
check "no worker: names the settings" grep -q 'Raise "max_worker_processes" (.*"migrate.outside"' "$MIG_TMP/said"
same "no worker: nothing ran" "none" "$(sql outside0 "$index_state")"
psql -XqAt -d outside0 -c "SET migrate.outside = inline" -c "CALL migrate_upgrade_online('o002')" \
    >/dev/null 2>&1
same "no worker: inline" "valid" "$(sql outside0 "$index_state")"
sql postgres "ALTER SYSTEM RESET max_worker_processes" >/dev/null
cluster_restart
