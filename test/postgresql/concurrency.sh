# Sixty-four clients at once: each revision runs once, nobody gets an error that he could not try again,
# no lock stays behind.

zeros=$(printf '0%.0s' {1..64})

# many DATABASE COMMAND...: 64 clients who take turns at the commands (SQL, whose statements ';;' sends one
# by one); exit statuses in $statuses, answers in $MIG_TMP/client.N, messages in client.N.err. What fails
# with 40001 is tried again, as an application would.
many() {
    many_start "$@"
    many_wait
}

many_start() {
    local database=$1 i
    shift
    rm -f "$MIG_TMP"/client.*
    many_pids=()
    for ((i = 1; i <= 64; i++)); do
        many_one "$database" $i "${@:i % $# + 1:1}" &
        many_pids+=($!)
    done
}

many_wait() {
    local i
    statuses=
    for i in "${many_pids[@]}"; do
        wait "$i"
        statuses+=$?
    done
    words=$(cat "$MIG_TMP"/client.*.err)
    again=$(cat "$MIG_TMP"/client.*.again 2>/dev/null | wc -l)
}

# many_one DATABASE N COMMAND
many_one() {
    local arguments=() rest=$3 tries
    while [[ $rest == *';;'* ]]; do
        arguments+=(-c "${rest%%;;*}")
        rest=${rest#*;;}
    done
    arguments+=(-c "$rest")
    for ((tries = 0; tries < 60; tries++)); do
        psql -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -d "$1" "${arguments[@]}" >"$MIG_TMP/client.$2" \
            2>"$MIG_TMP/client.$2.err" && return
        grep -q '^ERROR:  40001' "$MIG_TMP/client.$2.err" || return 1
        echo again >>"$MIG_TMP/client.$2.again"
    done
    return 1
}

# many_checked WHAT DATABASE: what must hold after 64 upgrades of 12 revisions.
many_checked() {
    same "$1: exit statuses" "$zeros" "$statuses"
    same "$1: one did the work" 12 "$(cat "$MIG_TMP"/client.* | grep -c 'Running upgrade')"
    same "$1: the others say so" 63 "$(cat "$MIG_TMP"/client.* | grep -c 'Nothing to do; at r12')"
    same "$1: each once in the log" 12 "$(once_in_log "$2")"
    same "$1: sound" sound "$(sound "$2")"
    same "$1: no lock left" 0 "$(locks_left "$2")"
    dropdb "$2"
}

for level in 'read committed' 'repeatable read' serializable; do
    short=${level//[^a-z]/}
    export PGOPTIONS="-c default_transaction_isolation=${level// /\\ } -c client_min_messages=warning"
    database_make "select_$short" 12
    many "select_$short" "SELECT migrate_upgrade()"
    same "SELECT, $level: no complaint, nothing tried again" " 0" "$words $again"
    many_checked "SELECT, $level" "select_$short"

    # The snapshot is there before the run begins.
    database_make "block_$short" 12
    many "block_$short" "BEGIN ISOLATION LEVEL $level;;SELECT count(*) FROM pg_class;;SELECT migrate_upgrade();;COMMIT"
    many_checked "BEGIN $level" "block_$short"

    # Others commit steps of it meanwhile: what such a snapshot cannot build on is tried again.
    database_make "mixed_$short" 12
    many "mixed_$short" "SELECT migrate_upgrade('+1')" \
        "BEGIN ISOLATION LEVEL $level;;SELECT count(*) FROM pg_class;;SELECT migrate_upgrade('+1');;COMMIT"
    echo "mixed, $level: $again times 40001"
    if [ "$level" = 'read committed' ]; then
        same "mixed, $level: nothing was tried again" 0 "$again"
    else
        check "mixed, $level: a stale snapshot was found out" test "$again" -gt 0
    fi
    same "mixed, $level: twelve did a step each" 12 "$(cat "$MIG_TMP"/client.* | grep -c 'Running upgrade')"
    same "mixed, $level: the others found none" 52 \
        "$(cat "$MIG_TMP"/client.*.err | grep -c "^ERROR:  55000: relative revision \"+1\" didn't produce 1 migrations")"
    same "mixed, $level: there is no other error" 52 "$(cat "$MIG_TMP"/client.*.err | grep -c '^ERROR')"
    same "mixed, $level: all are there" "12 12" \
        "$(sql "mixed_$short" "SELECT count(*) FROM migrate.applied") $(once_in_log "mixed_$short")"
    same "mixed, $level: sound" "sound 0" "$(sound "mixed_$short") $(locks_left "mixed_$short")"
    dropdb "mixed_$short"
    unset PGOPTIONS
done

# ---- the very first action of all, everywhere at once

one="-- One
--
-- Revision ID: r01

-- migrate:up
CREATE TABLE t_r01 (id int);"
createdb first_action
sql first_action "CREATE EXTENSION migrate"
many first_action "SELECT migrate_add('$one', 'one.sql');;SELECT migrate_upgrade()"
same "first action: exit statuses" "$zeros" "$statuses"
same "first action: sound" "sound 1" "$(sound first_action) $(once_in_log first_action)"

# CREATE EXTENSION IF NOT EXISTS is the server's, which does not wait for another one to look whether
# it exists: one lock in front of it, and nobody sees an error.
createdb no_extension
many no_extension "BEGIN;;SELECT pg_advisory_xact_lock(1835624306, 0);;CREATE EXTENSION IF NOT EXISTS migrate;;COMMIT;;SELECT migrate_init();;SELECT migrate_add('$one', 'one.sql');;SELECT migrate_upgrade()"
same "no extension: exit statuses" "$zeros" "$statuses"
same "no extension: sound" "sound 1" "$(sound no_extension) $(once_in_log no_extension)"
same "no extension: no lock left" 0 "$(locks_left no_extension)"

# Without the lock only that statement may fail, and is right when it is tried again.
createdb bare_extension
many bare_extension "CREATE EXTENSION IF NOT EXISTS migrate"
same "bare CREATE EXTENSION: what fails, fails in the server's own catalogs" "" \
    "$(cat "$MIG_TMP"/client.*.err | grep '^ERROR' | grep -vE '^ERROR:  (23505|42710|42723|XX000): (duplicate key value violates unique constraint "pg_|extension "migrate" already exists|function "migrate|tuple concurrently updated)')"
many bare_extension "CREATE EXTENSION IF NOT EXISTS migrate;;SELECT migrate_init()"
same "bare CREATE EXTENSION: tried again" "$zeros" "$statuses"

# ---- waiters that are cancelled or ended, and the end of the one who works

# gate_make NAME [MARKER]: as database_make, and a last revision that waits at a gate, behind MARKER.
gate_make() {
    database_make "$1" 4
    psql -XqAt -d "$1" -v script="-- Gate
--
-- Revision ID: r05
-- Revises: r04

-- migrate:up
CREATE TABLE t_r05 (id int);
${2:-}
SELECT pg_advisory_xact_lock_shared(4);" <<<"SELECT migrate_add(:'script', 'gate.sql')" >/dev/null
    psql -XqAt -d "$1" -c "SELECT pg_advisory_lock(4)" -c "SELECT pg_sleep(60)" >/dev/null 2>&1 &
    gate=$!
    check "$1: the gate is shut" until_it "$1" "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4"
}

gate_open() {
    sql "$1" "SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 0 AND objid = 4 AND mode = 'ExclusiveLock' AND granted" >/dev/null
    wait $gate 2>/dev/null
}

until_it() {
    local i
    for ((i = 0; i < 400; i++)); do
        [ "$(sql "$1" "$2")" != t ] || return 0
        sleep 0.025
    done
    return 1
}

waiters="pg_locks WHERE locktype = 'advisory' AND classid = 1835624306 AND NOT granted"
at_gate="pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = 4 AND NOT granted"

# Who answered how, of 64: well, cancelled, ended.
many_ends() {
    echo "$(tr -dc 0 <<<"$statuses" | wc -c) well," \
        "$(grep -l 'canceling statement due to user request' "$MIG_TMP"/client.*.err | wc -l) cancelled," \
        "$(grep -l 'terminating connection due to administrator' "$MIG_TMP"/client.*.err | wc -l) ended"
}

for form in "SELECT migrate_upgrade()" "CALL migrate_upgrade_online()"; do
    database=gate_$(tr -dc a-z <<<"${form%%(*}")
    gate_make "$database"
    many_start "$database" "$form"
    check "$form: one works, 63 wait" until_it "$database" "SELECT (SELECT count(*) FROM $waiters) = 63 AND (SELECT count(*) FROM $at_gate) = 1"
    sql "$database" "SELECT pg_cancel_backend(pid) FROM (SELECT pid FROM $waiters ORDER BY pid LIMIT 10) AS x" >/dev/null
    check "$form: ten gave up" until_it "$database" "SELECT count(*) = 53 FROM $waiters"
    sql "$database" "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM $waiters ORDER BY pid LIMIT 10) AS x" >/dev/null
    check "$form: ten were ended" until_it "$database" "SELECT count(*) = 43 FROM $waiters"
    sql "$database" "SELECT pg_terminate_backend(pid) FROM $at_gate" >/dev/null
    check "$form: another took over" until_it "$database" "SELECT (SELECT count(*) FROM $waiters) = 42 AND (SELECT count(*) FROM $at_gate) = 1"
    gate_open "$database"
    many_wait
    same "$form: how they ended" "43 well, 10 cancelled, 11 ended" "$(many_ends)"
    same "$form: the others say so" 42 "$(cat "$MIG_TMP"/client.* | grep -c 'Nothing to do; at r05')"
    same "$form: sound" "sound 5 0" "$(sound "$database") $(once_in_log "$database") $(locks_left "$database")"
done

# The worker of a section outside a transaction is ended: its run fails, the next goes on behind what
# had run. A waiter is cancelled meanwhile.
gate_make gate_outside "-- migrate:up transaction:false"
many_start gate_outside "CALL migrate_upgrade_online()"
check "worker: one works, 63 wait" until_it gate_outside "SELECT (SELECT count(*) FROM $waiters) = 63 AND (SELECT count(*) FROM $at_gate) = 1"
sql gate_outside "SELECT pg_cancel_backend(min(pid)) FROM $waiters" >/dev/null
sql gate_outside "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'migrate'" >/dev/null
check "worker: another took over" until_it gate_outside "SELECT (SELECT count(*) FROM $waiters) = 61 AND (SELECT count(*) FROM $at_gate) = 1"
gate_open gate_outside
many_wait
same "worker: one was cancelled, one lost his worker" "62 well, 1 cancelled, 0 ended" "$(many_ends)"
same "worker: he says so" 1 "$(cat "$MIG_TMP"/client.*.err | grep -c 'terminating background worker "migrate"')"
same "worker: sound" "sound 5 0" "$(sound gate_outside) $(once_in_log gate_outside) $(locks_left gate_outside)"
same "worker: the failure is in the log" "r05|57P01" \
    "$(sql gate_outside "SELECT revision, sqlstate FROM migrate.log WHERE outcome = 'failed'")"

# ---- everything at once: whatever order they came in, the books are right

# mixture_make NAME: r01 .. r06, each of which can be run over what is there, and two seeds.
mixture_make() {
    local i id script='' revises=''
    createdb "$1"
    sql "$1" "CREATE EXTENSION migrate; CREATE TABLE points (id int PRIMARY KEY, name text)" >/dev/null
    for i in 1 2 3 4 5 6; do
        id=r0$i
        script+="-- Step $i
--
-- Revision ID: $id
-- Revises: $revises

-- migrate:up
CREATE TABLE IF NOT EXISTS t_$id (id int);
SELECT pg_sleep(0.002);
-- migrate:down
DROP TABLE IF EXISTS t_$id;

"
        revises=$id
    done
    mixture_script=$script
    psql -XqAt -d "$1" -v script="$script" -v seed=$'id,name\n1,one\n2,two\n' >/dev/null <<'END'
SELECT migrate_add(:'script', 'steps.sql');
SELECT migrate_seed_add(:'seed', 'points.csv');
END
}

# A branch of its own for each loader, from r02.
mixture_branch="SELECT migrate_add(format('-- Branch
--
-- Revision ID: b%s
-- Revises: r02

-- migrate:up
CREATE TABLE IF NOT EXISTS t_b%1\$s (id int);
-- migrate:down
DROP TABLE IF EXISTS t_b%1\$s;', pg_backend_pid()), format('b%s.sql', pg_backend_pid()))"

# The applied set is closed; what log says of each revision and what the applied set says is the same, and
# numbers are given once; each row of the seed is there or none; every script of the catalog is there.
mixture_sound="WITH edges AS (
    SELECT revision, unnest(string_to_array(revises, ',')) AS parent FROM migrate.revision WHERE revises <> ''
), last AS (
    SELECT DISTINCT ON (revision) revision, action, detail FROM migrate.log
        WHERE action IN ('upgrade', 'downgrade', 'stamp') AND outcome = 'ok' ORDER BY revision, id DESC
), logged AS (
    SELECT revision FROM last WHERE action = 'upgrade' OR detail = 'marked as applied'
)
SELECT concat_ws(' ',
    (SELECT count(*) FROM migrate.applied JOIN edges USING (revision)
        WHERE parent NOT IN (SELECT revision FROM migrate.applied)),
    (SELECT count(*) FROM (SELECT revision FROM logged EXCEPT SELECT revision FROM migrate.applied) AS x),
    (SELECT count(*) FROM (SELECT revision FROM migrate.applied EXCEPT SELECT revision FROM logged) AS x),
    (SELECT count(*) - count(DISTINCT seq) FROM migrate.applied),
    (SELECT count(*) - max(id) FROM migrate.log),
    (SELECT count(*) FROM migrate.revision FULL JOIN migrate.script USING (revision)
        WHERE script IS NULL OR revises IS NULL),
    (SELECT count(*) IN (0, 2) FROM points))"

mixture_make mixture
for round in 1 2; do
    many mixture "SELECT migrate_upgrade('heads')" "SELECT migrate_downgrade('base')" \
        "SELECT migrate_seed('*')" "CALL migrate_upgrade_online('heads')" "SELECT migrate_stamp('r03')" \
        "$mixture_branch" "CALL migrate_downgrade_online('base')" "SELECT migrate_upgrade('r04')" \
        "SELECT migrate_add(\$\$$mixture_script\$\$, 'steps.sql')" \
        "SELECT migrate_seed_clear('*', '{\"confirm\": \"mixture\"}')"
    same "mixture $round: exit statuses" "$zeros" "$statuses"
    same "mixture $round: no error" "" "$(cat "$MIG_TMP"/client.*.err | grep '^ERROR' | sort | uniq -c)"
    same "mixture $round: the books" "0 0 0 0 0 0 t" "$(sql mixture "$mixture_sound")"
    same "mixture $round: no lock left" 0 "$(locks_left mixture)"
done
same "mixture: a check finds it sound" "Now at heads" \
    "$(sql mixture "SELECT migrate_upgrade('heads')" | tail -n 1 | sed 's/^Now at .*/Now at heads/; s/^Nothing to do.*/Now at heads/')"

# Databases of one cluster have nothing to do with each other: while a run holds its locks in one, every
# action gets its own in another, whatever form the two have.
database_make other 2 >/dev/null
sql other "SELECT migrate_upgrade()" >/dev/null
for call in "SELECT migrate_upgrade()" "CALL migrate_upgrade_online()"; do
    gate_make held
    psql -XqAt -d held -c "$call" >/dev/null 2>&1 &
    holder=$!
    check "two databases, $call: one works" until_it held "SELECT count(*) = 1 FROM $at_gate"
    same "two databases, $call: the other does not wait" "Now at base
Now at r01
Now at base
Now at r02 (head)
2 unchanged" "$(psql -XqAt -d other -c "SET lock_timeout = '2s'" \
        -c "SELECT migrate_downgrade('base')" -c "CALL migrate_upgrade_online('r01')" \
        -c "CALL migrate_downgrade_online('base')" -c "SELECT migrate_upgrade()" \
        -c "SELECT migrate_add(string_agg(script, '' ORDER BY revision), 'steps.sql') FROM migrate.script" 2>&1 |
        sed 's/^INFO:  //' | grep -v -E '^(Running|done in)')"
    check "two databases, $call: the first is still at it" until_it held "SELECT count(*) = 1 FROM $at_gate"
    gate_open held
    wait "$holder"
    same "two databases, $call: and ends" sound "$(sound held)"
    dropdb held
done

# A waiter says for whom it waits.
gate_make waiting
psql -XqAt -d waiting -c "SELECT migrate_upgrade()" >/dev/null 2>&1 &
holder=$!
check "waiting: one works" until_it waiting "SELECT count(*) = 1 FROM $at_gate"
holder_pid=$(sql waiting "SELECT pid FROM $at_gate")
psql -XqAt -d waiting -c "SELECT migrate_upgrade()" >/dev/null 2>"$MIG_TMP/waiter" &
waiter=$!
check "waiting: one waits" until_it waiting "SELECT count(*) = 1 FROM $waiters"
same "a waiter says for whom" \
    "NOTICE:  waiting for the migration lock held by process $holder_pid" "$(cat "$MIG_TMP/waiter")"
gate_open waiting
wait "$holder" "$waiter"
same "and finds it done" "sound 0" "$(sound waiting) $(locks_left waiting)"
