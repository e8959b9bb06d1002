# Through pgbouncer: 64 clients over five server connections, and what a run leaves in those.

pool=$CLUSTER/pool
PATH=$PATH:/usr/sbin

# pool_start MODE: server_reset_query is empty, so that what stays behind can be seen.
pool_start() {
    cat >"$pool/pool.ini" <<END
[databases]
* = host=$CLUSTER port=$PGPORT user=postgres
[pgbouncer]
pool_mode = $1
listen_addr =
unix_socket_dir = $pool
listen_port = 6432
auth_type = any
default_pool_size = 5
max_client_conn = 200
server_reset_query =
logfile = $pool/log
pidfile = $pool/pid
END
    cluster_as pgbouncer -q -d "$pool/pool.ini" </dev/null >/dev/null 2>&1
    for _ in {1..100}; do
        [ ! -S "$pool/.s.PGSQL.6432" ] || return 0
        sleep 0.02
    done
    cat "$pool/log"
    return 1
}

pool_stop() {
    local pid
    [ -s "$pool/pid" ] || return 0
    pid=$(cat "$pool/pid")
    kill -INT "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.02
    done
}

# pooled DATABASE PSQL-ARGUMENT...
pooled() {
    PGHOST=$pool PGPORT=6432 psql -XqAt -d "$@" 2>&1
}

# pool_clients DATABASE N COMMAND...: N clients, who take turns at the commands; exit statuses in $statuses,
# what they say in $MIG_TMP/client.I.
pool_clients() {
    local database=$1 n=$2 i pids=()
    shift 2
    rm -f "$MIG_TMP"/client.*
    for ((i = 1; i <= n; i++)); do
        pooled "$database" -c "${@:i % $# + 1:1}" >"$MIG_TMP/client.$i" &
        pids+=($!)
    done
    statuses=
    for i in "${pids[@]}"; do
        wait "$i"
        statuses+=$?
    done
}

# What one server connection holds beyond a fresh one: settings, locks, temporary objects, prepared statements.
pool_left="SELECT concat_ws(' ', (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
        WHERE source = 'session' AND name NOT IN ('client_encoding', 'DateStyle', 'TimeZone')),
    'locks:', (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype <> 'virtualxid'
        AND relation IS NULL),
    'temporary:', (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()),
    'prepared:', (SELECT count(*) FROM pg_prepared_statements),
    'channels:', (SELECT count(*) FROM pg_listening_channels()),
    'role:', current_user, session_user, current_setting('role'), 'path:', current_setting('search_path'))"

# pool_state DATABASE: that of all five, each held by a client of its own meanwhile; a line for each kind.
pool_state() {
    local pids=() i
    rm -f "$MIG_TMP"/state.*
    for i in 1 2 3 4 5; do
        pooled "$1" -c "BEGIN; $pool_left; SELECT pg_sleep(0.3); COMMIT" >"$MIG_TMP/state.$i" &
        pids+=($!)
    done
    wait "${pids[@]}"
    cat "$MIG_TMP"/state.* | grep . | sort | uniq -c | sed 's/^ *//'
}

clean='5 application_name=psql locks: 0 temporary: 0 prepared: 0 channels: 0 role: postgres postgres none path: "$user", public'

# pool_both NAME CLIENTS: each form, and both at once.
pool_both() {
    local zeros form
    zeros=$(printf "%0$2d" 0)
    for form in "SELECT migrate_upgrade()" "CALL migrate_upgrade_online()" both; do
        database=pool_$1_$(tr -dc a-z <<<"${form%%(*}")
        database_make "$database" 12
        if [ "$form" = both ]; then
            pool_clients "$database" "$2" "SELECT migrate_upgrade()" "CALL migrate_upgrade_online()"
        else
            pool_clients "$database" "$2" "$form"
        fi
        same "$1, $form: exit statuses" "$zeros" "$statuses"
        same "$1, $form: one did the work" 12 "$(cat "$MIG_TMP"/client.* | grep -c 'Running upgrade')"
        same "$1, $form: the others say so" $(($2 - 1)) \
            "$(cat "$MIG_TMP"/client.* | grep -c 'Nothing to do; at r12')"
        same "$1, $form: sound" sound "$(sound "$database")"
        same "$1, $form: each once in the log" 12 "$(once_in_log "$database")"
        same "$1, $form: no lock left" 0 "$(locks_left "$database")"
        same "$1, $form: nothing left in the connections" "$clean" "$(pool_state "$database")"
    done
}

# What a script sets, in a transaction and outside one; how runs end that do not end well.
pool_ends() {
    createdb pool_ends
    sql pool_ends "CREATE EXTENSION migrate" >/dev/null
    sql pool_ends "CREATE TABLE busy (id int); CREATE ROLE pool_role; GRANT ALL ON SCHEMA public TO pool_role;
        ALTER DATABASE pool_ends SET migrate.lock_timeout = '100ms';
        ALTER DATABASE pool_ends SET migrate.lock_retries = 1" >/dev/null
    psql -XqAt -d pool_ends >/dev/null <<'END'
SELECT migrate_add($$
-- Settings
--
-- Revision ID: p01

-- migrate:up
SET application_name = 'script';
SET search_path = pg_catalog;
SET lock_timeout = '7s';
SET statement_timeout = '1min';
SET ROLE pool_role;
CREATE TABLE public.p (a int);
-- migrate:up transaction:false
SET application_name = 'script';
SET search_path = public, pg_catalog;
SET lock_timeout = '7s';
CREATE INDEX CONCURRENTLY p_a ON p (a);

-- In the way
--
-- Revision ID: p02
-- Revises: p01

-- migrate:up
SET search_path = pg_catalog;
ALTER TABLE public.busy ADD COLUMN name text;

-- Wrong
--
-- Revision ID: p03
-- Revises: p02

-- migrate:up
SET ROLE pool_role;
SET application_name = 'script';
SELECT 1 / 0;

-- Wrong outside
--
-- Revision ID: p04
-- Revises: p02

-- migrate:up transaction:false
SET search_path = pg_catalog;
VACUUM public.p;
SELECT 1 / 0;

-- Slow
--
-- Revision ID: p05
-- Revises: p02

-- migrate:up
SET application_name = 'script';
SELECT pg_sleep(30);
$$, 'ends.sql');
END
    same "pool: a script that sets" "INFO:  Now at p01" \
        "$(pooled pool_ends -c "CALL migrate_upgrade_online('p01')" | tail -n 1)"
    same "pool: what a script sets ends with it" "$clean" "$(pool_state pool_ends)"

    psql -XqAt -d pool_ends -c "BEGIN; LOCK TABLE busy; SELECT pg_sleep(3)" >/dev/null 2>&1 &
    blocker=$!
    pool_until "SELECT count(*) = 1 FROM pg_locks WHERE relation = 'busy'::regclass AND granted"
    check "pool: a lock time-out" grep -q "canceling statement due to lock timeout" \
        <(pooled pool_ends -c "CALL migrate_upgrade_online('p02')" | grep '^ERROR')
    kill "$blocker"
    wait "$blocker" 2>/dev/null
    sql pool_ends "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'" >/dev/null
    same "pool: nothing left after a lock time-out" "$clean" "$(pool_state pool_ends)"
    same "pool: and then it is done" "INFO:  Now at p02" \
        "$(pooled pool_ends -c "CALL migrate_upgrade_online('p02')" | tail -n 1)"

    for form in "CALL migrate_upgrade_online('p03')" "SELECT migrate_upgrade('p03')" \
        "CALL migrate_upgrade_online('p04')"; do
        same "pool: $form fails" "ERROR:  division by zero" "$(pooled pool_ends -c "$form" | grep '^ERROR')"
        same "pool: nothing left after $form" "$clean" "$(pool_state pool_ends)"
    done

    # Ctrl-C goes through the pool.
    for form in "CALL migrate_upgrade_online('p05')" "SELECT migrate_upgrade('p05')"; do
        PGHOST=$pool PGPORT=6432 setsid psql -XqAt -d pool_ends -c "$form" >"$MIG_TMP/said" 2>&1 &
        client=$!
        pool_until "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        kill -INT $client
        wait $client
        same "pool: $form cancelled" "ERROR:  canceling statement due to user request" \
            "$(grep '^ERROR' "$MIG_TMP/said")"
        same "pool: nothing left after $form was cancelled" "$clean" "$(pool_state pool_ends)"
    done
    same "pool: no lock left" 0 "$(locks_left pool_ends)"
    sql pool_ends "DROP OWNED BY pool_role; DROP ROLE pool_role" >/dev/null
}

pool_until() {
    local i
    for ((i = 0; i < 400; i++)); do
        [ "$(sql pool_ends "$1")" != t ] || return 0
        sleep 0.02
    done
    return 1
}

if ! command -v pgbouncer >/dev/null; then
    echo "skipped: pgbouncer is not installed, so that runs through a pool are not tested"
    skipped=$((skipped + 1))
else
    mkdir "$pool"
    [ "$(id -u)" != 0 ] || chown "$cluster_user" "$pool"
    trap 'pool_stop; cluster_stop' EXIT
    check "the pool starts, one server connection for a transaction" pool_start transaction
    pool_both transaction 64
    pool_ends

    # The caller's own transaction keeps its server connection.
    database_make pool_block 4
    same "pool: in a transaction block" "Now at r02
Now at r04 (head)" "$(pooled pool_block -c "BEGIN" -c "SELECT migrate_upgrade('r02')" -c "SELECT migrate_upgrade()" \
        -c "COMMIT" | grep '^Now')"
    same "pool: in a transaction block: sound" "sound 0" "$(sound pool_block) $(locks_left pool_block)"
    pool_stop

    check "the pool starts, one server connection for a session" pool_start session
    pool_both session 12
    pool_stop
    trap cluster_stop EXIT
fi
