# A hundred ends without warning in the middle of a run: old state or new state, never between, and
# the log agrees.

crashes=100
database_make crash 8
old=0
new=0

server_wait() {
    local i
    for ((i = 0; i < 400; i++)); do
        psql -XqAt -d crash -c "SELECT 1" >/dev/null 2>&1 && return
        sleep 0.02
    done
    return 1
}

# Starts a run that says its process first; the process in $backend.
run_start() {
    rm -f "$MIG_TMP/backend"
    psql -XqAt -d crash >/dev/null 2>&1 <<END &
\\o $MIG_TMP/backend
SELECT pg_backend_pid();
\\o
SELECT $1;
END
    client=$!
    backend=
    while [ -z "$backend" ] && kill -0 $client 2>/dev/null; do
        backend=$(cat "$MIG_TMP/backend" 2>/dev/null)
    done
}

# How long a run takes bounds the delays.
started=$(date +%s%N)
sql crash "SELECT count(*) FROM migrate_upgrade()" >/dev/null
longest=$((($(date +%s%N) - started) / 1000000 * 13 / 10 + 1))
RANDOM=20240206

for ((n = 1; n <= crashes; n++)); do
    before=$(sql crash "SELECT count(*) FROM migrate.applied")
    if [ "$before" = 0 ]; then
        run_start "count(*) FROM migrate_upgrade()"
    else
        run_start "count(*) FROM migrate_downgrade('base')"
    fi
    sleep "$(printf '0.%03d' $((RANDOM % longest)))"
    postmaster=$(head -n 1 "$CLUSTER/data/postmaster.pid")
    if [ $((n % 20)) = 0 ]; then
        cluster_restart immediate
    elif [ $((n % 20)) = 10 ]; then
        cluster_kill
        cluster_up
    elif [ "$(ps -o ppid= -p "$backend" 2>/dev/null | tr -d ' ')" = "$postmaster" ]; then
        kill -9 "$backend" 2>/dev/null
    fi
    wait $client
    check "crash $n: the server is back" server_wait
    after=$(sql crash "SELECT count(*) FROM migrate.applied")
    if [ "$after" = "$before" ]; then
        old=$((old + 1))
    else
        new=$((new + 1))
    fi
    check "crash $n: all or nothing, not $after" test "$after" = 0 -o "$after" = 8
    same "crash $n: sound" sound "$(sound crash)"
done
echo "after $crashes crashes: $old times the old state, $new times the new one"
check "some crashes came in the middle" test "$old" -gt 0
same "no lock left" 0 "$(locks_left crash)"

# The client goes away, or the user cancels.
sql crash "SELECT count(*) FROM migrate_downgrade('base')" >/dev/null
run_start "count(*) FROM migrate_upgrade()"
kill -9 $client
wait $client 2>/dev/null
for _ in $(seq 200); do
    kill -0 "$backend" 2>/dev/null || break
    sleep 0.05
done
same "client killed: sound" sound "$(sound crash)"
sql crash "SELECT count(*) FROM migrate_downgrade('base')" >/dev/null
psql -XqAt -d crash -c "SET statement_timeout = '15ms'" -c "SELECT migrate_upgrade()" \
    >/dev/null 2>"$MIG_TMP/cancelled"
same "cancelled" "ERROR:  canceling statement due to statement timeout" \
    "$(head -n 1 "$MIG_TMP/cancelled")"
check "cancelled: the answer says where the database is" \
    grep -q "Nothing was applied; the database is still at base." "$MIG_TMP/cancelled"
same "cancelled: nothing happened" "0 sound" \
    "$(sql crash "SELECT count(*) FROM migrate.applied") $(sound crash)"
