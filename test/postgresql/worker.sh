# Online runs in a background worker: they say and leave what they do in the session itself; what is
# the session's stays out of them; what ends them.

worker_make() {
    createdb "$1"
    sql "$1" "CREATE EXTENSION migrate" >/dev/null
    psql -XqAt -d "$1" >/dev/null 2>&1 <<'END'
SELECT migrate_add($$
-- Good
--
-- Revision ID: w001

-- migrate:up
CREATE TABLE t (a int CONSTRAINT t_one UNIQUE, b text);
INSERT INTO t VALUES (1, 'é');
DO 'BEGIN RAISE NOTICE ''a notice of %'', current_user; RAISE WARNING ''a warning''; END';
CREATE TABLE setting AS SELECT current_setting('work_mem') AS work_mem, current_user::text AS role,
    current_setting('search_path') AS path, to_regclass('hidden') IS NULL AS alone;
-- migrate:down
DROP TABLE t, setting;

-- Outside
--
-- Revision ID: w002
-- Revises: w001

-- migrate:up transaction:false
SET maintenance_work_mem = '20MB';
CREATE INDEX CONCURRENTLY t_b ON t (b);
VACUUM t;
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY t_b;

-- Constraint
--
-- Revision ID: w003
-- Revises: w002

-- migrate:up
SELECT 1;
INSERT INTO t VALUES (1, 'twice');

-- Position
--
-- Revision ID: w004
-- Revises: w002

-- migrate:up
SELECT é
  FROM nosuch;

-- Inside
--
-- Revision ID: w005
-- Revises: w002

-- migrate:up
DO 'BEGIN EXECUTE ''SELECT 1 / 0''; END';

-- Verify
--
-- Revision ID: w006
-- Revises: w002

-- migrate:up
SELECT 1;
-- migrate:verify
SELECT count(*) > 1 FROM t;

-- Unique
--
-- Revision ID: w007
-- Revises: w002

-- migrate:up transaction:false
INSERT INTO t VALUES (2, 'é');
CREATE UNIQUE INDEX CONCURRENTLY t_bb ON t (b);

-- Sleep
--
-- Revision ID: w008
-- Revises: w002

-- migrate:up
CREATE TABLE slept ();
SELECT pg_sleep(60);
$$, 'worker.sql');
END
}

# What a session says that makes all kinds of runs; $2: from a DO block, where inline does not work in
# the session itself; $3 is the options argument.
worker_talk() {
    local options=${3:+, \'$3\'} block=SELECT
    [ $2 = inline ] || block="DO 'BEGIN CALL migrate_downgrade_online(''w001''${options//\'/\'\'}); END'"
    psql -XqAt -d "$1" 2>&1 <<END | sed -E 's/in [0-9]+ ms/in N ms/; s/[0-9]{4}-[0-9-]+T[0-9:]+Z/TIME/'
\\set VERBOSITY verbose
SET work_mem = '7MB';
CALL migrate_upgrade_online('w001'${options});
SELECT * FROM setting;
CALL migrate_upgrade_online('w002'${options});
CALL migrate_upgrade_online('w003'${options});
CALL migrate_upgrade_online('w004'${options});
CALL migrate_upgrade_online('w005'${options});
CALL migrate_upgrade_online('w006'${options});
CALL migrate_upgrade_online('w007'${options});
CALL migrate_upgrade_online('nosuch'${options});
SET client_min_messages = error;
CALL migrate_downgrade_online('base'${options});
CALL migrate_upgrade_online('w002'${options});
CALL migrate_upgrade_online('w002'${options});
BEGIN;
CALL migrate_upgrade_online('w002'${options});
ROLLBACK;
$block;
CALL migrate_upgrade_online('w002'${options});
SELECT id, at, who, action, target, revision, outcome, detail FROM migrate_log();
SELECT key, value FROM migrate.meta WHERE key LIKE 'partial%';
END
}

for way in worker inline; do
    for kind in own worker; do
        worker_make "worker_${way}_$kind"
        sql postgres "ALTER DATABASE worker_${way}_$kind SET migrate.outside = $way" >/dev/null
    done
    worker_talk "worker_${way}_own" $way >"$MIG_TMP/own"
    worker_talk "worker_${way}_worker" $way '{"worker": true}' >"$MIG_TMP/worker"
    same "$way: the same is said" "$(cat "$MIG_TMP/own")" "$(cat "$MIG_TMP/worker")"
    check "$way: with the constraint" grep -q "CONSTRAINT NAME:  t_one" "$MIG_TMP/worker"
    check "$way: with the position" grep -q "LINE 2:   FROM nosuch" "$MIG_TMP/worker"
    check "$way: with its notices" grep -q "NOTICE:  00000: a notice of postgres" "$MIG_TMP/worker"
    check "$way: with its lines" grep -q "INFO:  00000: done in N ms" "$MIG_TMP/worker"
    check "$way: with the caller's settings" grep -q "^7MB|postgres|" "$MIG_TMP/worker"
    same "$way: no worker is left" 0 "$(sql postgres \
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'migrate'")"
done

# ---- a session of its own
worker_make worker_own
same "own: no temporary tables of the caller" "t" "$(psql -XqAt -d worker_own \
    -c "CREATE TEMP TABLE hidden ()" -c "CALL migrate_upgrade_online('w001', '{\"worker\": true}')" \
    -c "SELECT alone FROM setting" 2>/dev/null)"
sql worker_own "CREATE ROLE worker_low; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO worker_low" >/dev/null
same "own: the caller's role" "ERROR:  permission denied" "$(psql -XqAt -d worker_own -c "SET ROLE worker_low" \
    -c "CALL migrate_downgrade_online('base', '{\"worker\": true}')" 2>&1 | grep -o 'ERROR:  permission denied')"
same "own: a downgrade with both options" "Now at base" "$(psql -XqAt -d worker_own \
    -c "SELECT migrate_setting('environment', 'production')" \
    -c "CALL migrate_downgrade_online('base', '{\"worker\": true, \"confirm\": \"worker_own\"}')" 2>&1 |
    sed -n 's/^INFO:  \(Now\)/\1/p')"
check "own: no other value" grep -q 'ERROR:.*"worker"' <<<"$(sql worker_own \
    "CALL migrate_upgrade_online(NULL, '{\"worker\": 1}')")"
check "own: only there" grep -q 'unknown option "worker" for migrate_downgrade' <<<"$(sql worker_own \
    "SELECT migrate_downgrade('base', '{\"worker\": true}')")"

# ---- a lock in the way: the worker is who waits and tries again
psql -XqAt -d worker_own -c "CALL migrate_upgrade_online('w001')" >/dev/null 2>&1
psql -XqAt -d worker_own -c "SET application_name = 'holder'" \
    -c "BEGIN; LOCK TABLE t; SELECT pg_sleep(60)" >/dev/null 2>&1 &
holder=$!
check "lock: held" until_true worker_own "SELECT count(*) = 1 FROM pg_stat_activity
    WHERE application_name = 'holder' AND wait_event = 'PgSleep'"
psql -XqAt -d worker_own -c "SET migrate.lock_timeout = '100ms'" -c "SET migrate.lock_retries = 1" \
    -c "CALL migrate_downgrade_online('base', '{\"worker\": true, \"confirm\": \"worker_own\"}')" >"$MIG_TMP/said" 2>&1
check "lock: says who blocked" grep -q "INFO:  canceling statement due to lock timeout, blocked by process .*; attempt 2 of 2" "$MIG_TMP/said"
check "lock: gives up" grep -q "ERROR:  canceling statement due to lock timeout" "$MIG_TMP/said"
sql worker_own "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'" >/dev/null
wait $holder 2>/dev/null

# ---- what ends it
worker_in="SELECT count(*) = 1 FROM pg_stat_activity
    WHERE backend_type = 'migrate' AND wait_event = 'PgSleep'"
worker_gone="SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'migrate'"
sleep_start() {
    psql -XqAt -d worker_own "$@" -c "SET application_name = 'caller'" \
        -c "CALL migrate_upgrade_online('w008', '{\"worker\": true}')" >"$MIG_TMP/said" 2>&1 &
    caller=$!
    check "$what: it runs" until_true worker_own "$worker_in"
}
sleep_end() {
    wait $caller 2>/dev/null
    check "$what: the worker is gone" until_true worker_own "$worker_gone"
    same "$what: no lock left" 0 "$(locks_left worker_own)"
    same "$what: nothing stays" "w002|" "$(sql worker_own \
        "SELECT (SELECT string_agg(revision, ',') FROM migrate_current()), to_regclass('slept')")"
}
for what in cancel terminate 'worker cancelled' 'worker ended' 'client lost'; do
    sleep_start
    case $what in
    cancel) sql worker_own "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'caller' AND backend_type = 'client backend'" >/dev/null ;;
    terminate) sql worker_own "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'caller' AND backend_type = 'client backend'" >/dev/null ;;
    'worker cancelled') sql worker_own "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'migrate'" >/dev/null ;;
    'worker ended') sql worker_own "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'migrate'" >/dev/null ;;
    'client lost') kill -9 $caller ;;
    esac
    sleep_end
    case $what in
    cancel | 'worker cancelled') check "$what: said" \
        grep -q "ERROR:  canceling statement due to user request" "$MIG_TMP/said" ;;
    'worker ended') check "$what: said" grep -q \
        "ERROR:  terminating background worker \"migrate\" due to administrator command" "$MIG_TMP/said" ;;
    esac
done
what=time-out
psql -XqAt -d worker_own -c "SET statement_timeout = '500ms'" \
    -c "CALL migrate_upgrade_online('w008', '{\"worker\": true}')" >"$MIG_TMP/said" 2>&1 &
caller=$!
sleep_end
check "$what: said" grep -q "ERROR:  canceling statement due to statement timeout" "$MIG_TMP/said"
