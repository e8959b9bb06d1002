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
        WHERE application_name LIKE 'migrate: upgrade o002 (1/1) 2/2 %' AND wait_event_type = 'Lock'"
    holder_start outside
    call_start outside "CALL migrate_upgrade_online('o002')" -c "SET migrate.outside = $way"
    check "$way: it waits for the holder" until_true outside "$waiting"
    statement="CREATE INDEX CONCURRENTLY t_b ON t (b)"
    [ $way = worker ] || statement="CALL migrate_upgrade_online('o002')"
    same "$way: what others see" "upgrade|o002|1|1|0|2|2|waiting for a lock|t|t|t|$statement" "$(
        sql outside "SELECT action, revision, step, steps, remaining, statement, statements, state,
            blocked_by = (SELECT pid::text FROM pg_stat_activity WHERE application_name = 'holder'),
            since >= started, (SELECT query LIKE 'CALL %' FROM pg_stat_activity AS a WHERE a.pid = p.pid),
            trim(E' \n;' FROM query) FROM migrate_progress() AS p")"
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
    same "$way: the failure is logged" "57014" "$(sql outside "SELECT sqlstate FROM migrate.log
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
same "worker ended: the record" "partial o003|up 0 1" "$(sql outside "SELECT key, left(value, 6)
    FROM migrate.meta WHERE key = 'partial o003'")"

call_start outside "CALL migrate_upgrade_online('o003')"
check "worker killed: it runs" until_true outside "$worker_sleeps"
kill -9 "$(sql outside "SELECT pid FROM pg_stat_activity WHERE backend_type = 'migrate'")"
wait $caller
check "worker killed: the server is back" until_true outside "SELECT true"
same "worker killed: nothing was recorded" "o002" "$(sql outside "SELECT revision FROM migrate_current()")"
same "worker killed: but the statement before it was" "partial o003|up 0 1" \
    "$(sql outside "SELECT key, left(value, 6) FROM migrate.meta WHERE key = 'partial o003'")"

# ---- killed while it builds an index: the next run repairs and goes on
sql outside "CALL migrate_downgrade_online('o001')" >/dev/null
for signal in TERM KILL; do
    holder_start outside
    call_start outside "CALL migrate_upgrade_online('o002')"
    check "$signal in the index: it waits" until_true outside "$worker_waits"
    kill -$signal "$(sql outside "SELECT pid FROM pg_stat_activity WHERE backend_type = 'migrate'")"
    wait $caller
    check "$signal in the index: the server is there" until_true outside "SELECT true"
    holder_stop outside
    same "$signal in the index: invalid" invalid "$(sql outside "$index_state")"
    sql outside "CALL migrate_upgrade_online('o002')" >"$MIG_TMP/said"
    check "$signal in the index: repaired" grep -q "is invalid, left by an earlier run" "$MIG_TMP/said"
    same "$signal in the index: the next run goes on" "valid o002" \
        "$(sql outside "$index_state") $(sql outside "SELECT revision FROM migrate_current()")"
    same "$signal in the index: nothing is left open" "0|0" "$(sql outside "SELECT (SELECT count(*)
        FROM migrate.meta WHERE key = 'partial o002'), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')")"
    sql outside "CALL migrate_downgrade_online('o001')" >/dev/null
done
sql outside "CALL migrate_upgrade_online('o002')" >/dev/null

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

# ---- it is said what is left, and another index of the name is not taken for ours
createdb outside_left
psql -XqAt -d outside_left >/dev/null 2>&1 <<'END'
CREATE EXTENSION migrate;
CREATE TABLE t (a int, b text, c int);
INSERT INTO t VALUES (1, 'x', 1), (1, 'x', 2);
SELECT migrate_add($$
-- Index
--
-- Revision ID: l001

-- migrate:up transaction:false
CREATE UNIQUE INDEX CONCURRENTLY t_b ON t (a, b DESC) INCLUDE (c);
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY t_b;
$$, 'left.sql');
END
for way in worker inline; do
    psql -XqAt -d outside_left -c "SET migrate.outside = $way" -c "CALL migrate_upgrade_online()" \
        >"$MIG_TMP/said" 2>&1
    same "left, $way: the truth" "HINT:  No revision was applied; the database is still at base. The \
statement that failed left something behind: index public.t_b is invalid. The next online run repairs that \
first. No downgrade is needed: it would remove a good revision." \
        "$(grep '^HINT' "$MIG_TMP/said")"
done
sql outside_left "DELETE FROM t" >/dev/null
same "left: repaired" "INFO:  Now at l001 (head)" \
    "$(sql outside_left "CALL migrate_upgrade_online()" | tail -n 1)"
# As if it had been killed when the index was built, before that was written down.
sql outside_left "DELETE FROM migrate.applied; INSERT INTO migrate.meta VALUES ('partial l001', 'up 0 0 ')" \
    >/dev/null
for index in "(a, b DESC) INCLUDE (c) WHERE a > 0" "(a, b) INCLUDE (c)" "(a, b DESC)" "(b, a) INCLUDE (c)" \
    "(a, b DESC NULLS LAST) INCLUDE (c)" "(a, b text_pattern_ops DESC) INCLUDE (c)" \
    "(a, b COLLATE \"C\" DESC) INCLUDE (c)" "(a, lower(b) DESC) INCLUDE (c)"; do
    sql outside_left "DROP INDEX t_b" >/dev/null
    sql outside_left "CREATE UNIQUE INDEX t_b ON t $index" >/dev/null
    same "another index: $index" "ERROR:  index public.t_b exists, and may be another than the statement makes" \
        "$(sql outside_left "CALL migrate_upgrade_online()" | grep '^ERROR')"
    same "another index: it stays" valid "$(sql outside_left "$index_state")"
done
sql outside_left "DROP INDEX t_b; CREATE INDEX t_b ON t USING hash (a)" >/dev/null
check "another index: it is shown" grep -q 'DETAIL:  .*USING hash (a)\.$' \
    <<<"$(sql outside_left "CALL migrate_upgrade_online()")"
sql outside_left "DROP INDEX t_b; CREATE UNIQUE INDEX t_b ON t (a, b DESC) INCLUDE (c)" >/dev/null
check "the same index: taken" grep -q 'WARNING:  index public.t_b is there, valid and what the statement makes' \
    <<<"$(sql outside_left "CALL migrate_upgrade_online()")"
same "the same index: on record" "l001" "$(sql outside_left "SELECT revision FROM migrate_current()")"

# ---- nor is one whose expressions, condition, operators or collations are not the very same
psql -XqAt -d outside_left >/dev/null 2>&1 <<'END'
CREATE SCHEMA shadow;
CREATE FUNCTION shadow.lower(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT pg_catalog.lower($1)';
CREATE TABLE e (a int, b varchar(20), c text, d jsonb);
INSERT INTO e VALUES (1, 'x', 'y', '{}');
SELECT migrate_add($$
-- Index on expressions
--
-- Revision ID: l002
-- Revises: l001

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY e_b ON e
    (lower(b) DESC, (c) COLLATE "C", (a + 1), c text_pattern_ops) WHERE a > 0 AND c <> 'no';
$$, 'expressions.sql');
END
made="(lower(b) DESC, (c) COLLATE \"C\", (a + 1), c text_pattern_ops) WHERE a > 0 AND c <> 'no'"
expression_try() {
    sql outside_left "DELETE FROM migrate.applied WHERE revision = 'l002';
        DELETE FROM migrate.meta WHERE key LIKE 'partial%';
        INSERT INTO migrate.meta VALUES ('partial l002', 'up 0 0 ');
        DROP INDEX IF EXISTS e_b; CREATE INDEX e_b ON e $1" >/dev/null
    sql outside_left "CALL migrate_upgrade_online('l002')" | grep -E '^(ERROR|WARNING)'
}
taken="WARNING:  index public.e_b is there, valid and what the statement makes: taken as done"
same "expressions: the same" "$taken" "$(expression_try "$made")"
same "expressions: spelled otherwise" "$taken" "$(expression_try "$(sed \
    -e 's/(lower(b)/(pg_catalog.lower(b::text)/' -e 's/(c)/c/' -e 's/WHERE/where (/; s/$/)/' <<<"$made")")"
for change in 's/lower(b)/upper(b)/' 's/lower(b)/shadow.lower(b)/' 's/ DESC//' 's/"C"/"POSIX"/' \
    's/COLLATE "C"//' 's/a + 1/a + 2/' 's/a + 1/1 + a/' 's/(a + 1)/a/' 's/ text_pattern_ops//' 's/a > 0/a >= 0/' \
    's/a > 0 AND//' 's/ AND/ OR/' 's/ WHERE.*//'; do
    same "expressions: $change" \
        "ERROR:  index public.e_b exists, and may be another than the statement makes" \
        "$(expression_try "$(sed "$change" <<<"$made")")"
done

# ---- without a name the server has given one: what is invalid and the same is dropped
sql outside_left "DROP INDEX e_b" >/dev/null
sql outside_left "SELECT migrate_add(\$\$
-- Index without a name
--
-- Revision ID: l003
-- Revises: l002

-- migrate:up transaction:false
CREATE UNIQUE INDEX CONCURRENTLY ON e (lower(c)) WHERE a > 0;
\$\$, 'unnamed.sql'); DELETE FROM migrate.meta WHERE key LIKE 'partial%';
    SELECT migrate_stamp('l002'); INSERT INTO e VALUES (2, 'z', 'Y', '{}')" >/dev/null
check "unnamed: it is said what is left" grep -q "index public.e_lower_idx is invalid" \
    <<<"$(sql outside_left "CALL migrate_upgrade_online()" | grep '^HINT')"
sql outside_left "DELETE FROM e WHERE a = 2" >/dev/null
sql outside_left "CALL migrate_upgrade_online()" >/dev/null
same "unnamed: there is one, and it is valid" "e_lower_idx|t" "$(sql outside_left "SELECT relname, indisvalid
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = 'e'::regclass")"
sql outside_left "SELECT migrate_stamp('l001')" >/dev/null

# ---- DROP INDEX CONCURRENTLY that was left in the middle is simply run again
sql outside_left "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_b'::regclass" >/dev/null
same "half dropped: the next run drops it" "INFO:  Now at base" \
    "$(sql outside_left "CALL migrate_downgrade_online('base')" | tail -n 1)"

# ---- all workers are busy: those of other runs
sql postgres "ALTER SYSTEM SET max_worker_processes = 2" >/dev/null
sql postgres "ALTER SYSTEM SET max_logical_replication_workers = 0" >/dev/null
cluster_restart
outside_make outside2
outside_make outside3
busy=()
for database in outside outside2; do
    psql -XqAt -d $database -c "CALL migrate_upgrade_online('o003')" >/dev/null 2>&1 &
    busy+=($!)
done
check "busy: both workers" until_true outside "SELECT count(*) = 2 FROM pg_stat_activity
    WHERE backend_type = 'migrate' AND wait_event = 'PgSleep'"
sql outside3 "CALL migrate_upgrade_online('o002')" >"$MIG_TMP/said"
check "busy: refused" grep -q \
    "ERROR:  no background worker is free for a section outside a transaction" "$MIG_TMP/said"
check "busy: nothing of it ran" grep -q "HINT:  No statement of the section was run\." "$MIG_TMP/said"
check "busy: and the database is as it was" grep -q "Nothing was applied; the database is still at o001" \
    "$MIG_TMP/said"
sql outside3 "CALL migrate_downgrade_online('base', '{\"worker\": true}')" >"$MIG_TMP/said"
check "busy: no run in a worker either" grep -q "ERROR:  no background worker is free for the run" \
    "$MIG_TMP/said"
check "busy: what to do" grep -q "HINT:  Nothing was run\. .* leave out the option \"worker\"" "$MIG_TMP/said"
sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'migrate'" >/dev/null
wait "${busy[@]}"
check "busy: the places are given back" until_true outside "$no_worker"
same "busy: the next one goes on" "INFO:  Now at o002" \
    "$(sql outside3 "CALL migrate_upgrade_online('o002')" | tail -n 1)"
sql postgres "ALTER SYSTEM RESET max_logical_replication_workers" >/dev/null

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
