# Online runs: many at once, failures in the middle, time-outs with somebody in the way.

# What each of thirty clients says to the command, in $MIG_TMP/online.N; their exit statuses in $statuses.
thirty() {
    local i pids=()
    rm -f "$MIG_TMP"/online.*
    for ((i = 1; i <= 30; i++)); do
        psql -XqAt -d "$1" -c "$2" >"$MIG_TMP/online.$i" 2>&1 &
        pids+=($!)
    done
    statuses=
    for i in "${pids[@]}"; do
        wait "$i"
        statuses+=$?
    done
}

zeros=$(printf '0%.0s' {1..30})
for level in 'read committed' 'repeatable read' serializable; do
    database=online_${level// /_}
    database_make "$database" 12
    export PGOPTIONS="-c default_transaction_isolation=${level// /\\ } -c client_min_messages=warning"
    thirty "$database" "CALL migrate_upgrade_online()"
    unset PGOPTIONS
    same "online, $level: exit statuses" "$zeros" "$statuses"
    same "online, $level: one did the work" 12 \
        "$(cat "$MIG_TMP"/online.* | grep -c '^INFO:  Running upgrade')"
    same "online, $level: each is said to be done" 12 \
        "$(cat "$MIG_TMP"/online.* | grep -cE '^INFO:  done in [0-9]+ ms$')"
    same "online, $level: the others say so" 29 \
        "$(cat "$MIG_TMP"/online.* | grep -c '^INFO:  Nothing to do; at r12')"
    same "online, $level: sound" sound "$(sound "$database")"
    same "online, $level: each once in the log" 12 \
        "$(sql "$database" "SELECT count(DISTINCT revision) FROM migrate.log WHERE action = 'upgrade'
            HAVING count(*) = count(DISTINCT revision)")"
    same "online, $level: no lock left" 0 "$(locks_left "$database")"
done

# The very first action of all, everywhere at once; both forms of a run.
createdb online_first
sql online_first "CREATE EXTENSION migrate"
thirty online_first "CALL migrate_upgrade_online()"
same "online, no tables yet: exit statuses" "$zeros" "$statuses"
database_make online_both 8
rm -f "$MIG_TMP"/online.*
pids=()
for i in {1..12}; do
    case $((i % 3)) in
    0) command="SELECT migrate_upgrade()" ;;
    1) command="CALL migrate_upgrade_online()" ;;
    2) command="CALL migrate_downgrade_online('base')" ;;
    esac
    psql -XqAt -d online_both -c "$command" >"$MIG_TMP/online.$i" 2>&1 &
    pids+=($!)
done
for i in "${pids[@]}"; do
    check "online, both forms: exit status" wait "$i"
done
same "online, both forms: sound" sound "$(sound online_both)"
same "online, both forms: no lock left" 0 "$(locks_left online_both)"

# An error in revision 3 of 5.
database_make online_error 5
sql online_error "CREATE TABLE t_r03 ()" >/dev/null
same "online, error: what it says" "ERROR:  relation \"t_r03\" already exists
HINT:  2 of 5 revisions were committed; the database is at r02." \
    "$(sql online_error "CALL migrate_upgrade_online()" | grep -E '^(ERROR|HINT)')"
same "online, error: the log" "upgrade|r01|ok|||
upgrade|r02|ok|||
upgrade|r03|failed|42P07|CREATE TABLE t_r03 (id int PRIMARY KEY, v text)|relation \"t_r03\" already exists, at steps.sql:33" \
    "$(sql online_error "SELECT action, revision, outcome, sqlstate, statement, detail FROM migrate_log()
        WHERE action = 'upgrade'")"
same "online, error: no lock left" 0 "$(locks_left online_error)"
sql online_error "DROP TABLE t_r03" >/dev/null
same "online, error: goes on" "INFO:  Now at r05 (head)" \
    "$(sql online_error "CALL migrate_upgrade_online()" | tail -n 1)"

# slow_start DATABASE: a run of 120 revisions that sleeps in each; its process is $slow, its words in $MIG_TMP/slow.
slow_start() {
    database_make "$1" 120
    : >"$MIG_TMP/slow"
    psql -XqAt -d "$1" -c "CALL migrate_upgrade_online()" >"$MIG_TMP/slow" 2>&1 &
    slow=$!
    for _ in {1..200}; do
        [ "$(grep -c 'done in' "$MIG_TMP/slow")" -ge 5 ] && break
        sleep 0.01
    done
}

# The run's own process.
slow_pid() {
    sql "$1" "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND classid = 1835624306 AND objid = 1 LIMIT 1"
}

# Ended by pg_cancel_backend, pg_terminate_backend and kill -9, in the middle.
slow_start online_cancel
sql online_cancel "SELECT pg_cancel_backend($(slow_pid online_cancel))" >/dev/null
wait "$slow"
same "online, cancelled: exit status" 1 $?
check "online, cancelled: says how far it came" \
    grep -qE '^HINT:  [0-9]+ of 120 revisions were committed; the database is at r[0-9]+\.$' "$MIG_TMP/slow"
same "online, cancelled: is in the log" 1 \
    "$(sql online_cancel "SELECT count(*) FROM migrate.log WHERE outcome = 'failed' AND sqlstate = '57014'")"
sql online_cancel "DELETE FROM migrate.log WHERE outcome = 'failed'" >/dev/null
same "online, cancelled: sound" sound "$(sound online_cancel)"
same "online, cancelled: no lock left" 0 "$(locks_left online_cancel)"

slow_start online_ended
sql online_ended "SELECT pg_terminate_backend($(slow_pid online_ended))" >/dev/null
wait "$slow"
same "online, ended: exit status" 2 $?
for _ in {1..100}; do
    [ "$(locks_left online_ended)" = 0 ] && break
    sleep 0.02
done
same "online, ended: no lock left" 0 "$(locks_left online_ended)"
same "online, ended: sound" sound "$(sound online_ended)"
same "online, ended: goes on" "INFO:  Now at r120 (head)" \
    "$(sql online_ended "CALL migrate_upgrade_online()" | tail -n 1)"

slow_start online_killed
kill -9 "$(slow_pid online_killed)"
wait "$slow"
same "online, killed: exit status" 2 $?
for _ in {1..300}; do
    psql -Xqt -d online_killed -c "SELECT" >/dev/null 2>&1 && break
    sleep 0.1
done
same "online, killed: sound" sound "$(sound online_killed)"
check "online, killed: some are kept" [ "$(sql online_killed "SELECT count(*) FROM migrate.applied")" -ge 5 ]
same "online, killed: goes on" "INFO:  Now at r120 (head)" \
    "$(sql online_killed "CALL migrate_upgrade_online()" | tail -n 1)"
same "online, killed: sound at the end" sound "$(sound online_killed)"

# Somebody is in the way for a while, and readers come all the time.
database_make online_blocked 1
sql online_blocked "CREATE TABLE busy (id int); INSERT INTO busy VALUES (1)" >/dev/null
psql -XqAt -d online_blocked >/dev/null <<'END'
SELECT migrate_add($$
-- Busy
--
-- Revision ID: b01
-- Revises: r01

-- migrate:up
ALTER TABLE busy ADD COLUMN name text;
$$, 'busy.sql');
END

# block SECONDS: a session that reads busy and keeps its transaction open; its psql in $blocker.
block() {
    psql -XqAt -d online_blocked -c "BEGIN; SELECT FROM busy; SELECT pg_sleep($1); COMMIT" >/dev/null &
    blocker=$!
    for _ in {1..100}; do
        [ "$(sql online_blocked "SELECT count(*) FROM pg_locks WHERE relation = 'busy'::regclass")" = 1 ] && break
        sleep 0.02
    done
    blocker_pid=$(sql online_blocked "SELECT pid FROM pg_locks WHERE relation = 'busy'::regclass")
}

block 2
psql -XqAt -d online_blocked >"$MIG_TMP/blocked" 2>&1 <<'END' &
SET migrate.lock_timeout = '300ms';
CALL migrate_upgrade_online();
END
run=$!
wait "$blocker" "$run"
same "online, blocked: done in the end" "INFO:  Now at b01 (head)" "$(tail -n 1 "$MIG_TMP/blocked")"
check "online, blocked: says who was in the way" grep -qE \
    "^INFO:  canceling statement due to lock timeout, blocked by process $blocker_pid \(active for [0-9]+ s: .*SELECT FROM busy.*\); attempt 2 of 11 in [0-9]+ ms$" \
    "$MIG_TMP/blocked"
same "online, blocked: the log has the end only" "b01|ok" \
    "$(sql online_blocked "SELECT revision, outcome FROM migrate_log() WHERE revision = 'b01' AND action = 'upgrade'")"

# No more tries; and a cancellation between two tries.
sql online_blocked "ALTER TABLE busy DROP COLUMN name; SELECT migrate_stamp('r01')" >/dev/null
block 3
psql -XqAt -d online_blocked >"$MIG_TMP/blocked" 2>&1 <<'END'
SET migrate.lock_timeout = '100ms';
SET migrate.lock_retries = 1;
CALL migrate_upgrade_online();
END
same "online, gave up: tries" 2 "$(grep -c '^INFO:  Running upgrade' "$MIG_TMP/blocked")"
check "online, gave up: says why" \
    grep -qE "^DETAIL:  Blocked by process $blocker_pid \(.*\); tried 2 times\.$" "$MIG_TMP/blocked"
psql -XqAt -d online_blocked >"$MIG_TMP/blocked" 2>&1 <<'END' &
SET migrate.lock_timeout = '10ms';
SET migrate.lock_retries = 1000;
CALL migrate_upgrade_online();
END
run=$!
for _ in {1..300}; do
    grep -q 'attempt 5 ' "$MIG_TMP/blocked" && break
    sleep 0.02
done
sql online_blocked "SELECT pg_cancel_backend($(slow_pid online_blocked))" >/dev/null
wait "$run" "$blocker"
same "online, cancelled between tries" "ERROR:  canceling statement due to user request" \
    "$(grep '^ERROR' "$MIG_TMP/blocked")"
same "online, cancelled between tries: no lock left" 0 "$(locks_left online_blocked)"
same "online, nothing went to the server's log" 0 "$(grep -c 'still waiting' "$CLUSTER/log")"

# A function that waits for a run holds a snapshot, and a statement outside a transaction waits for
# that: the function gives way. A procedure that waits is in nobody's way.
database_make online_outside 1
psql -XqAt -d online_outside >/dev/null <<'END'
SELECT migrate_add($$
-- Index
--
-- Revision ID: x01
-- Revises: r01

-- migrate:up
SELECT pg_sleep(1);
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY t_r01_v ON t_r01 (v);
$$, 'index.sql');
END
psql -XqAt -d online_outside -c "CALL migrate_upgrade_online()" >"$MIG_TMP/outside" 2>&1 &
run=$!
for _ in {1..100}; do
    grep -q 'x01' "$MIG_TMP/outside" && break
    sleep 0.02
done
psql -XqAt -d online_outside -c "CALL migrate_upgrade_online()" >"$MIG_TMP/outside.call" 2>&1 &
call=$!
same "online, a function in the way" \
    "ERROR:  an online run is under way, and waits for this transaction to end" \
    "$(sql online_outside "SELECT migrate_upgrade('r01'), migrate_stamp('base')" | grep ERROR)"
wait "$run"
same "online, a function in the way: the run ends well" 0 $?
wait "$call"
same "online, a procedure in the way: ends well" 0 $?
same "online, a procedure in the way: found nothing to do" "INFO:  Nothing to do; at x01 (head)" \
    "$(tail -n 1 "$MIG_TMP/outside.call")"
