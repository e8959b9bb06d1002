# Twenty clients at once: each revision runs once, nobody gets an error, no lock stays behind.

# at_once DATABASE COMMAND: twenty psql; their exit statuses in $statuses, their words in $words.
at_once() {
    local i pids=()
    rm -f "$MIG_TMP"/client.*
    for ((i = 1; i <= 20; i++)); do
        psql -XqAt -d "$1" -c "$2" >"$MIG_TMP/client.$i" 2>"$MIG_TMP/client.$i.err" &
        pids+=($!)
    done
    statuses=
    for i in "${pids[@]}"; do
        wait "$i"
        statuses+=$?
    done
    words=$(cat "$MIG_TMP"/client.*.err)
}

for level in 'read committed' 'repeatable read'; do
    database=at_once_${level// /_}
    database_make "$database" 12
    export PGOPTIONS="-c default_transaction_isolation=${level// /\\ } -c client_min_messages=warning"
    at_once "$database" "SELECT migrate_upgrade()"
    unset PGOPTIONS
    same "$level: exit statuses" 00000000000000000000 "$statuses"
    same "$level: no complaint" "" "$words"
    same "$level: one did the work" 12 "$(cat "$MIG_TMP"/client.* | grep -c '^Running upgrade')"
    same "$level: the others say so" 19 "$(cat "$MIG_TMP"/client.* | grep -c '^Nothing to do; at r12')"
    same "$level: each once in the log" 12 \
        "$(sql "$database" "SELECT count(DISTINCT revision) FROM migrate.log WHERE action = 'upgrade'
            HAVING count(*) = count(DISTINCT revision)")"
    same "$level: sound" sound "$(sound "$database")"
    same "$level: no lock left" 0 "$(locks_left "$database")"
done

# A waiter says for whom it waits.
database_make waiting 5
coproc HOLDER { psql -XqAt -d waiting; }
echo "BEGIN; SELECT pg_backend_pid(); SELECT migrate_upgrade();" >&"${HOLDER[1]}"
read -r holder_pid <&"${HOLDER[0]}"
read -r _ <&"${HOLDER[0]}"
psql -XqAt -d waiting -c "SELECT migrate_upgrade()" >/dev/null 2>"$MIG_TMP/waiter" &
waiter=$!
for _ in $(seq 100); do
    grep -q waiting "$MIG_TMP/waiter" && break
    sleep 0.05
done
same "a waiter says for whom" \
    "NOTICE:  waiting for the migration lock held by process $holder_pid" "$(cat "$MIG_TMP/waiter")"
echo "ROLLBACK;" >&"${HOLDER[1]}"
eval "exec ${HOLDER[1]}>&-"
wait "$waiter"
same "and then does the work itself" sound "$(sound waiting)"

# The very first action of all, everywhere at once.
createdb first_action
sql first_action "CREATE EXTENSION migrate"
at_once first_action "SELECT migrate_add('-- One
--
-- Revision ID: r01

-- migrate:up
CREATE TABLE t_r01 (id int);', 'one.sql'); SELECT migrate_upgrade()"
same "first action: exit statuses" 00000000000000000000 "$statuses"
same "first action: sound" sound "$(sound first_action)"

# Up and down at once, a while: whatever order they came in, the books are right.
database_make back_and_forth 6
for round in 1 2 3; do
    rm -f "$MIG_TMP"/client.*
    pids=()
    for i in 1 2 3 4 5 6 7 8; do
        if [ $((i % 2)) = 0 ]; then
            command="SELECT migrate_upgrade()"
        else
            command="SELECT migrate_downgrade('base')"
        fi
        psql -XqAt -d back_and_forth -c "$command" >/dev/null 2>"$MIG_TMP/client.$i" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        check "back and forth $round: exit status" wait "$i"
    done
    same "back and forth $round: sound" sound "$(sound back_and_forth)"
done
same "back and forth: no lock left" 0 "$(locks_left back_and_forth)"
