# Lock time-outs: who comes behind a waiting ALTER TABLE waits no longer than migrate.lock_timeout.
#
# The reader measures its own waits with the server's clock. How late a busy machine wakes it up is
# measured beside it by another reader, in the same seconds, of a table that nobody locks; what that one
# has waited at most is granted to the first.

createdb timeouts
psql -XqAt -d timeouts >/dev/null 2>&1 <<'END'
CREATE EXTENSION migrate;
CREATE TABLE busy (a int);
CREATE TABLE idle (a int);
CREATE TABLE waits (who text, ms float);
CREATE PROCEDURE reader(who text, seconds float) LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    enough timestamptz := clock_timestamp() + seconds * interval '1 second';
BEGIN
    WHILE clock_timestamp() < enough LOOP
        began := clock_timestamp();
        EXECUTE format('SELECT count(*) FROM %I', who);
        COMMIT;
        INSERT INTO waits VALUES (who, 1000 * extract(epoch FROM clock_timestamp() - began));
        COMMIT;
        PERFORM pg_sleep(0.005);
    END LOOP;
END $$;
SELECT migrate_add($$
-- Alter
--
-- Revision ID: k001

-- migrate:up
ALTER TABLE busy ADD b int;
$$, 'timeouts.sql');
END

locks_hold() {
    psql -XqAt -d timeouts -c "SET application_name = 'holder'" \
        -c "BEGIN; SELECT FROM busy; SELECT pg_sleep(60)" >/dev/null 2>&1 &
    holder=$!
    until_true timeouts "SELECT count(*) = 1 FROM pg_stat_activity
        WHERE application_name = 'holder' AND wait_event = 'PgSleep'"
}

locks_let_go() {
    sql timeouts "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'" \
        >/dev/null
    wait $holder 2>/dev/null
}

# ---- a reader behind the run
check "reader: the table is held" locks_hold
readers=()
for who in busy idle; do
    psql -XqAt -d timeouts -c "CALL reader('$who', 6)" >"$MIG_TMP/reader_$who" 2>&1 &
    readers+=($!)
done
psql -XqAt -d timeouts -c "SET migrate.lock_timeout = '400ms'" -c "SET migrate.lock_retries = 3" \
    -c "CALL migrate_upgrade_online()" >"$MIG_TMP/said" 2>&1
wait "${readers[@]}"
locks_let_go
same "reader: no error" "" "$(cat "$MIG_TMP"/reader_*)"
same "reader: the run tried four times" 3 "$(grep -c 'INFO:  canceling statement due to lock timeout' "$MIG_TMP/said")"
check "reader: the run says who blocks" grep -q 'DETAIL:  Blocked by process .*; tried 4 times' "$MIG_TMP/said"
check "reader: it did stand behind the run" test t = "$(sql timeouts "SELECT max(ms) > 200 FROM waits WHERE who = 'busy'")"
same "reader: never longer than the time-out, 50 ms and what an idle reader waits" t "$(sql timeouts "SELECT
    max(ms) FILTER (WHERE who = 'busy') <= 400 + 50 + max(ms) FILTER (WHERE who = 'idle') FROM waits")"
sql timeouts "SELECT who, count(*), round(max(ms)) AS most FROM waits GROUP BY who ORDER BY who" | sed 's/^/   /'

# ---- SELECT migrate_upgrade() waits as long as the caller says, whatever migrate.lock_timeout is
check "own time-out: the table is held" locks_hold
began=$(date +%s%N)
psql -XqAt -d timeouts -c "SET migrate.lock_timeout = '1ms'" -c "SET lock_timeout = '700ms'" \
    -c "SELECT migrate_upgrade()" >"$MIG_TMP/said" 2>&1
took=$((($(date +%s%N) - began) / 1000000))
check "own time-out: in force" grep -q "ERROR:  canceling statement due to lock timeout" "$MIG_TMP/said"
check "own time-out: not before ($took ms)" test $took -ge 700
same "own time-out: it is not tried again" 0 "$(grep -c attempt "$MIG_TMP/said")"
psql -XqAt -d timeouts -c "SET migrate.lock_timeout = '1ms'" -c "SELECT migrate_upgrade()" >"$MIG_TMP/said" 2>&1 &
waiter=$!
check "no time-out: it waits" until_true timeouts "SELECT count(*) = 1 FROM pg_locks
    WHERE relation = 'busy'::regclass AND NOT granted"
locks_let_go
check "no time-out: it goes on when the table is free" wait $waiter
same "no time-out: applied" k001 "$(sql timeouts "SELECT revision FROM migrate_current()")"
