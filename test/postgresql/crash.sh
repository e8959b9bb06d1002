# Ends without warning in the middle of runs: the old state or the new one, of the whole run or of each
# revision as it commits, never between; the books agree with what is there, and the next call goes on.
#
# KILL_LONG=yes for 1,450 of them instead of 58; KILL_SEED for other moments (the long form takes others
# each time, and says which).

if [ "${KILL_LONG:-}" = yes ]; then
    kill_times=25
    RANDOM=${KILL_SEED:=$((SECONDS + $$ % 30000))}
    echo "KILL_SEED=$KILL_SEED"
else
    kill_times=1
    RANDOM=${KILL_SEED:-20240206}
fi
killed=0

server_wait() {
    local i
    for ((i = 0; i < 1000; i++)); do
        psql -XqAt -d "$1" -c "SELECT 1" >/dev/null 2>&1 && return
        sleep 0.02
    done
    return 1
}

# Starts a statement in a session that says its process first; it is $backend, the client $client.
run_start() {
    rm -f "$MIG_TMP/backend"
    psql -XqAt -d "$1" >"$MIG_TMP/said" 2>&1 <<END &
\\o $MIG_TMP/backend
SELECT pg_backend_pid();
\\o
$2;
END
    client=$!
    backend=
    while [ -z "$backend" ] && kill -0 $client 2>/dev/null; do
        backend=$(cat "$MIG_TMP/backend" 2>/dev/null)
    done
}

is_child() {
    [ -n "$1" ] && [ "$(ps -o ppid= -p "$1" 2>/dev/null | tr -d ' ')" = "$postmaster" ]
}

# The postmaster alone: its children see that it is gone and end by themselves.
postmaster_kill() {
    local children pid i
    children=$(pgrep -P "$postmaster")
    kill -9 "$postmaster"
    for pid in $postmaster $children; do
        for ((i = 0; i < 500; i++)); do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.02
        done
        bad "process $pid outlives its postmaster"
        kill -9 "$pid"
    done
    rm -f "$CLUSTER/data/postmaster.pid"
    cluster_up
}

# kill_one N: the Nth end. Of ten: one of the whole server, one of the postmaster alone, one with pg_ctl's
# immediate stop, two of the worker where there is one, the others of the session's own process.
kill_one() {
    local worker=
    postmaster=$(head -n 1 "$CLUSTER/data/postmaster.pid")
    case $(($1 % 10)) in
    3)
        cluster_kill
        cluster_up
        ;;
    5) postmaster_kill ;;
    9) cluster_restart immediate ;;
    1 | 7)
        worker=$(pgrep -P "$postmaster" -f 'postgres: migrate' | head -n 1)
        is_child "$worker" || worker=$backend
        is_child "$worker" && kill -9 "$worker" 2>/dev/null
        ;;
    *) is_child "$backend" && kill -9 "$backend" 2>/dev/null ;;
    esac
    killed=$((killed + 1))
    wait $client
}

# kill_loop WHAT DATABASE TIMES CHECK UP DOWN: runs UP and DOWN and ends them after a while; CHECK DATABASE
# says "sound". A run that has ended is followed by the other; one that has not by itself.
kill_loop() {
    local what=$1 database=$2 times=$3 check=$4 statement=$5 other=$6 longest delay n started first=$killed middle=0
    started=$(date +%s%N)
    check "$what: runs without a kill" test -z "$(sql "$database" "$statement" | grep -E '^(ERROR|FATAL)')"
    longest=$((($(date +%s%N) - started) / 1000000 * 12 / 10 + 1))
    for ((n = 1; n <= times; n++)); do
        if [ "$(kill_ended "$database")" = ended ]; then
            swap=$statement statement=$other other=$swap
        fi
        run_start "$database" "$statement"
        delay=$((longest * (RANDOM % 1000) / 1000))
        sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
        kill_one $n
        check "$what, kill $n: the server is back" server_wait "$database"
        same "$what, kill $n: the books" sound "$("$check" "$database")"
        same "$what, kill $n: no lock left" 0 "$(locks_left "$database")"
        [ "$(kill_ended "$database")" = ended ] || middle=$((middle + 1))
    done
    sql "$database" "$statement" >"$MIG_TMP/said"
    same "$what: the next call ends well" "" "$(grep -E -A 3 '^(ERROR|FATAL)' "$MIG_TMP/said")"
    same "$what: and is sound" "ended sound" "$(kill_ended "$database") $("$check" "$database")"
    echo "$what: $((killed - first)) kills of a run of $longest ms, $middle left something to do"
}

# Is everything applied, or nothing? Then a run has ended, or has not begun: it may be the other's turn.
kill_ended() {
    sql "$1" "SELECT CASE WHEN count(a.revision) IN (0, count(*)) AND NOT EXISTS
            (SELECT FROM migrate.meta WHERE key LIKE 'partial %') THEN 'ended' ELSE 'midway' END
        FROM migrate.revision LEFT JOIN migrate.applied AS a USING (revision)"
}

# ---- one transaction: all or nothing

all_or_nothing() {
    if [ "$(kill_ended "$1")" = ended ]; then
        sound "$1"
    else
        echo "$(sql "$1" "SELECT count(*) FROM migrate.applied") applied"
    fi
}

database_make crash 8
kill_loop "SELECT" crash $((24 * kill_times)) all_or_nothing \
    "SELECT count(*) FROM migrate_upgrade()" "SELECT count(*) FROM migrate_downgrade('base')"

# ---- online: each revision by itself

database_make crash_online 12
kill_loop "CALL" crash_online $((14 * kill_times)) sound \
    "CALL migrate_upgrade_online()" "CALL migrate_downgrade_online('base')"

# ---- sections outside a transaction: statement by statement. A statement that was committed when the
# end came, and not yet recorded, runs again: an index on columns is found to be built, another statement
# has to bear it, as with IF EXISTS.

# How many revisions are not as the books say. An applied one without a row in meta is whole; one that is
# not applied and has no row is not there; else what the row says has run has run.
outside_sound() {
    sql "$1" "
        WITH found AS (
            SELECT revision, split_part(m.value, ' ', 1) AS way, split_part(m.value, ' ', 2)::int AS section,
                split_part(m.value, ' ', 3)::int AS statement, a.revision IS NOT NULL AS applied,
                to_regclass('t_' || revision) IS NOT NULL AS made,
                coalesce((SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i_' || revision)), false) AS i,
                coalesce((SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('j_' || revision)), false) AS j
            FROM migrate.revision LEFT JOIN migrate.applied AS a USING (revision)
                LEFT JOIN migrate.meta AS m ON m.key = 'partial ' || revision
        )
        SELECT coalesce(string_agg(found::text, ' '), 'sound') FROM found WHERE NOT CASE
            WHEN way IS NULL THEN made = applied AND i = applied AND j = applied
            WHEN way = 'up' THEN NOT applied AND made AND (i OR section = 1 AND statement < 1)
                AND (j OR section = 1 AND statement < 3)
            ELSE applied AND made AND NOT (j AND (section = 1 OR statement > 0))
                AND NOT (i AND (section = 1 OR statement > 1)) END"
}

createdb crash_outside
sql crash_outside "CREATE EXTENSION migrate"
kill_script=
kill_revises=
for id in r1 r2 r3; do
    kill_script+="-- Outside
--
-- Revision ID: $id
-- Revises: $kill_revises

-- migrate:up
CREATE TABLE t_$id (id int, v int);
INSERT INTO t_$id SELECT i, i FROM generate_series(1, 3000) AS i;
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY i_$id ON t_$id (id);
VACUUM t_$id;
CREATE INDEX CONCURRENTLY j_$id ON t_$id (v, id);
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS j_$id;
DROP INDEX CONCURRENTLY IF EXISTS i_$id;
-- migrate:down
DROP TABLE t_$id;

"
    kill_revises=$id
done
psql -XqAt -d crash_outside -v script="$kill_script" <<<"SELECT migrate_add(:'script', 'outside.sql')" >/dev/null
kill_loop "outside" crash_outside $((14 * kill_times)) outside_sound \
    "CALL migrate_upgrade_online()" "CALL migrate_downgrade_online('base')"

# ---- loading: the old catalog or the new one

# load_script WORD: 400 revisions that say WORD.
load_script() {
    awk -v word="$1" 'BEGIN { for (i = 1; i <= 400; i++) {
        printf "-- Step %d\n--\n-- Revision ID: l%03d\n-- Revises: %s\n\n-- migrate:up\nSELECT \047%s\047;\n\n", i, i,
            i == 1 ? "" : sprintf("l%03d", i - 1), word } }'
}

load_sound() {
    local found
    found=$(sql "$1" "SELECT concat_ws(' ', (SELECT count(*) FROM migrate.script WHERE script LIKE '%''one''%'),
        (SELECT count(*) FROM migrate.script WHERE script LIKE '%''two''%'),
        (SELECT count(*) FROM migrate.revision), (SELECT count(*) FROM migrate_history()))")
    case $found in
    '400 0 400 400' | '0 400 400 400') echo sound ;;
    *) echo "$found" ;;
    esac
}

createdb crash_load
sql crash_load "CREATE EXTENSION migrate"
sql crash_load "CREATE TABLE scripts (name text, script text)"
psql -XqAt -d crash_load -v one="$(load_script one)" -v two="$(load_script two)" >/dev/null <<'END'
INSERT INTO scripts VALUES ('one', :'one'), ('two', :'two');
SELECT count(*) FROM migrate_add(:'two', 'bundle.sql');
END
kill_loop "load" crash_load $((6 * kill_times)) load_sound \
    "SELECT count(*) FROM scripts, migrate_add(script, 'bundle.sql') WHERE name = 'one'" \
    "SELECT count(*) FROM scripts, migrate_add(script, 'bundle.sql') WHERE name = 'two'"
check "some ends came in the middle" test "$(grep -c 'terminated by signal 9' "$CLUSTER/log")" -gt 0
echo "$killed kills in all; those of seeding are in seed.sh"

# ---- the client goes away, or the user cancels

kill_base() {
    sql crash "SELECT count(*) FROM migrate_downgrade('base')" >/dev/null
}
kill_base
run_start crash "SELECT count(*) FROM migrate_upgrade()"
kill -9 $client
wait $client 2>/dev/null
for _ in $(seq 200); do
    kill -0 "$backend" 2>/dev/null || break
    sleep 0.05
done
same "client killed: sound" sound "$(all_or_nothing crash)"
kill_base
sql crash "SELECT migrate_add('-- Slow
-- Revision ID: r09
-- Revises: r08

-- migrate:up
SELECT pg_sleep(60);', 'slow.sql')" >/dev/null
psql -XqAt -d crash -c "SET statement_timeout = '2s'" -c "SELECT migrate_upgrade()" \
    >/dev/null 2>"$MIG_TMP/cancelled"
same "cancelled" "ERROR:  canceling statement due to statement timeout" \
    "$(head -n 1 "$MIG_TMP/cancelled")"
check "cancelled: the answer says where the database is" \
    grep -q "Nothing was applied; the database is still at base." "$MIG_TMP/cancelled"
same "cancelled: nothing happened" "0 sound" \
    "$(sql crash "SELECT count(*) FROM migrate.applied") $(sound crash)"
