# Seeding under fire: kills in the middle, twenty at once, cancels, memory, secrets.
#
# SEED_LONG=yes for more kills and a file of 200 MB; SEED_KILLS sets the kills by itself.

seed_kills=${SEED_KILLS:-$([ "${SEED_LONG:-}" = yes ] && echo 100 || echo 6)} # for each of four runs
seed_points=20000
seed_people=1000
seed_extras=20000
seed_files=$MIG_TMP/seeds

# seed_files_write MODE: a CSV file, a YAML file, an SQL seed.
seed_files_write() {
    mkdir -p "$seed_files"
    awk -v n=$seed_points 'BEGIN { print "id,name,x"; for (i = 1; i <= n; i++) printf "%d,point %d,%d.5\n", i, i, i % 1000 }' \
        >"$seed_files/points.csv"
    echo "_seed: {mode: $1}" >"$seed_files/points.yaml"
    awk -v n=$seed_people -v mode="$1" 'BEGIN { print "_seed: {depends_on: points, mode: " mode "}\npeople:"
        for (i = 1; i <= n; i++) printf "  - {name: person %d, point: %d, note: note}\n", i, i }' \
        >"$seed_files/people.yaml"
    cat >"$seed_files/extra.sql" <<END
-- Profiles: default
-- seed:apply
INSERT INTO extra (id, v) SELECT i, 'extra ' || i FROM generate_series(1, $seed_extras) AS i
    WHERE i NOT IN (SELECT id FROM extra);
-- seed:clear
DELETE FROM extra WHERE id <= $seed_extras;
-- seed:verify
SELECT count(*) >= $seed_extras FROM extra;
END
    chmod -R a+rX "$seed_files"
}

# seed_database NAME MODE
seed_database() {
    seed_files_write "$2"
    createdb "$1" || return
    sql "$1" "CREATE EXTENSION migrate"
    sql "$1" "CREATE TABLE points (id int PRIMARY KEY, name text NOT NULL UNIQUE, x numeric(8, 1));
        CREATE TABLE people (name text PRIMARY KEY, note text, point int NOT NULL REFERENCES points (id));
        CREATE INDEX ON people (point);
        CREATE TABLE extra (id int PRIMARY KEY, v text)"
    sql "$1" "SELECT count(*) FROM migrate_seed_load('$seed_files')" >/dev/null
}

# All rows of the user, and what log and catalog say of the seeds, in one value.
seed_state() {
    sql "$1" "SELECT md5((SELECT coalesce(string_agg(p::text, ',' ORDER BY id), '') FROM points AS p)
        || (SELECT coalesce(string_agg(p::text, ',' ORDER BY name), '') FROM people AS p)
        || (SELECT coalesce(string_agg(e::text, ',' ORDER BY id), '') FROM extra AS e)
        || (SELECT string_agg(name || state, ',' ORDER BY name) FROM migrate_seed_list())
        || (SELECT coalesce(string_agg(concat_ws(':', action, revision, outcome, detail), ',' ORDER BY id), '')
            FROM migrate.log)) || (SELECT count(*) FROM pg_class WHERE relpersistence = 't')"
}

# The same after a crash: asked until the server answers.
seed_state_wait() {
    local i found
    for ((i = 0; i < 400; i++)); do
        found=$(seed_state "$1")
        if [[ $found =~ ^[0-9a-f]{32}[0-9]+$ ]]; then
            echo "$found"
            return
        fi
        sleep 0.05
    done
    echo "the server did not come back: $found"
}

# seed_start DATABASE SQL: in the background; its process in $client, the server's in $backend.
seed_start() {
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

seed_milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}

# seed_kill_loop WHAT SQL: the database "start" is the old state, what SQL makes of it the new one.
seed_kill_loop() {
    local what=$1 command=$2 old new after begun whole n n_old=0 n_new=0
    createdb -T start killed
    old=$(seed_state killed)
    begun=$(seed_milliseconds)
    sql killed "SELECT count(*) FROM ($command) AS x" >/dev/null
    whole=$(($(seed_milliseconds) - begun))
    new=$(seed_state killed)
    check "$what: it changes something" test "$old" != "$new"
    for ((n = 0; n < seed_kills; n++)); do
        if [ "$(seed_state_wait killed)" != "$old" ]; then
            dropdb killed
            createdb -T start killed
        fi
        seed_start killed "$command"
        sleep "$(printf '%d.%03d' $((whole * n / seed_kills / 1000)) $((whole * n / seed_kills % 1000)))"
        if [ "$(ps -o ppid= -p "$backend" 2>/dev/null | tr -d ' ')" = "$(head -n 1 "$CLUSTER/data/postmaster.pid")" ]; then
            kill -9 "$backend" 2>/dev/null
        fi
        wait $client
        while kill -0 "$backend" 2>/dev/null; do
            sleep 0.01
        done
        after=$(seed_state_wait killed)
        if [ "$after" = "$old" ]; then
            n_old=$((n_old + 1))
        elif [ "$after" = "$new" ]; then
            n_new=$((n_new + 1))
        fi
        check "$what, kill $n: the old state or the new one" test "$after" = "$old" -o "$after" = "$new"
    done
    if [ "$(seed_state killed)" = "$old" ]; then
        sql killed "SELECT count(*) FROM ($command) AS x" >/dev/null
    fi
    same "$what: run again, it is all there" "$new" "$(seed_state killed)"
    dropdb killed
    echo "$what: $seed_kills kills, $n_old found the old state, $n_new the new one"
    seed_old=$((${seed_old:-0} + n_old))
}

seed_database start insert
seed_kill_loop insert "SELECT migrate_seed('*')"
sql start "SELECT count(*) FROM migrate_seed('*')" >/dev/null
sql start "UPDATE points SET x = -x WHERE id % 2 = 0; UPDATE people SET note = 'mine'; DELETE FROM extra WHERE id % 3 = 0"
seed_kill_loop force "SELECT migrate_seed('*', '{\"force\": true}')"
seed_kill_loop clear "SELECT migrate_seed_clear('*', '{\"confirm\": \"killed\"}')"
dropdb start
seed_database start sync
sql start "SELECT count(*) FROM migrate_seed('*')" >/dev/null
sql start "UPDATE points SET x = -x WHERE id % 2 = 0; DELETE FROM people WHERE point % 4 = 0;
    DELETE FROM points WHERE id % 4 = 0; INSERT INTO points SELECT id + 100000, 'more ' || id, 0 FROM points"
seed_kill_loop sync "SELECT migrate_seed('*')"
check "some kills came in the middle" test "$seed_old" -gt 0
dropdb start

# ---- twenty at once

# seed_client DATABASE SQL N: tries again what is a serialization failure.
seed_client() {
    local tries
    for ((tries = 0; tries < 60; tries++)); do
        psql -XqAt -v VERBOSITY=sqlstate -d "$1" -c "$2" >"$MIG_TMP/client.$3" 2>"$MIG_TMP/client.$3.err" && return
        grep -q '^ERROR:  40001' "$MIG_TMP/client.$3.err" || return 1
    done
    return 1
}

for level in 'read committed' 'repeatable read' serializable; do
    database=seed_${level// /_}
    seed_database "$database" insert
    rm -f "$MIG_TMP"/client.*
    export PGOPTIONS="-c default_transaction_isolation=${level// /\\ } -c client_min_messages=warning"
    pids=()
    for ((i = 1; i <= 20; i++)); do
        seed_client "$database" "SELECT migrate_seed('*')" $i &
        pids+=($!)
    done
    statuses=
    for i in "${pids[@]}"; do
        wait "$i"
        statuses+=$?
    done
    unset PGOPTIONS
    same "$level: exit statuses" 00000000000000000000 "$statuses"
    same "$level: one inserts" "1 1 1" \
        "$(cat "$MIG_TMP"/client.* | grep -c "^points: $seed_points inserted, 0 updated, 0 unchanged, 0 removed") $(
            cat "$MIG_TMP"/client.* | grep -c "^people: $seed_people inserted, 0 updated, 0 unchanged, 0 removed") $(
            cat "$MIG_TMP"/client.* | grep -c "^extra: $seed_extras rows changed")"
    same "$level: the others find it" 19 \
        "$(cat "$MIG_TMP"/client.* | grep -c "^points: 0 inserted, 0 updated, $seed_points unchanged, 0 removed")"
    same "$level: rows once, each run in the log" "$seed_points $seed_people $seed_extras 60" \
        "$(sql "$database" "SELECT concat_ws(' ', (SELECT count(*) FROM points), (SELECT count(*) FROM people),
            (SELECT count(*) FROM extra), (SELECT count(*) FROM migrate.log WHERE action = 'seed'))")"
    same "$level: no lock left" 0 "$(locks_left "$database")"
    dropdb "$database"
done

# Each empties and seeds again.
seed_database seed_reseed insert
sql seed_reseed "SELECT count(*) FROM migrate_seed('*')" >/dev/null
rm -f "$MIG_TMP"/client.*
pids=()
for i in 1 2 3 4; do
    seed_client seed_reseed "SELECT migrate_seed('*', '{\"clear\": true, \"confirm\": \"seed_reseed\"}')" $i &
    pids+=($!)
done
for i in "${pids[@]}"; do
    check "cleared and seeded at once: exit status" wait "$i"
done
same "cleared and seeded at once" "$seed_points $seed_people $seed_extras" \
    "$(sql seed_reseed "SELECT concat_ws(' ', (SELECT count(*) FROM points), (SELECT count(*) FROM people),
        (SELECT count(*) FROM extra))")"
dropdb seed_reseed

# ---- cancels and memory

# seed_many FILE ROWS: narrow rows whose keys come without order.
seed_many() {
    mkdir -p "$1"
    awk -v n="$2" 'BEGIN { print "id,name,x"; for (i = 0; i < n; i++) printf "%d,p%d,%d\n", i * 7919 % n + 1, i, i % 10 }' \
        >"$1/points.csv"
    chmod -R a+rX "$1"
}

# seed_cancel WHAT DELAY SQL: cancelled after so many seconds.
seed_cancel() {
    local before after begun took
    before=$(seed_quick)
    seed_start seed_cancelled "$3"
    sleep "$2"
    begun=$(seed_milliseconds)
    same "$1: cancelled" t "$(sql postgres "SELECT pg_cancel_backend($backend)")"
    wait $client
    took=$(($(seed_milliseconds) - begun))
    echo "$1: stopped after $took ms"
    check "$1: at once" test $took -lt 5000
    check "$1: says so" grep -q "canceling statement due to user request" "$MIG_TMP/said"
    after=$(seed_quick)
    same "$1: nothing changed" "$before" "$after"
}

seed_quick() {
    sql seed_cancelled "SELECT concat_ws(' ', (SELECT concat_ws(' ', count(*), sum(id), sum(x)) FROM points),
        (SELECT string_agg(state, ' ') FROM migrate_seed_list()),
        (SELECT count(*) FROM migrate.log))"
}

seed_rows=1000000
seed_many "$MIG_TMP/million" $seed_rows
createdb seed_cancelled
sql seed_cancelled "CREATE EXTENSION migrate"
sql seed_cancelled "CREATE TABLE points (id int PRIMARY KEY, name text NOT NULL, x int)"
sql seed_cancelled "SELECT count(*) FROM migrate_seed_load('$MIG_TMP/million')" >/dev/null
seed_cancel "cancel at once" 0.05 "SELECT migrate_seed()"
seed_cancel "cancel in the copy" 0.7 "SELECT migrate_seed()"
sql seed_cancelled "INSERT INTO points SELECT i, 'p' || i, -1 FROM generate_series(1, $seed_rows) AS i"
seed_cancel "cancel of a force run" 1.5 "SELECT migrate_seed('*', '{\"force\": true}')"
dropdb seed_cancelled
rm -rf "$MIG_TMP/million"

# seed_memory WHAT SQL WANTED: KB by which the backend's own memory grows at most.
seed_memory() {
    local base=0 most=0 now
    psql -XqAt -d seed_memory >"$MIG_TMP/said" 2>&1 <<END &
\\o $MIG_TMP/backend
SELECT count(*), pg_backend_pid() FROM migrate_current();
\\o
SELECT pg_sleep(0.2);
$2;
END
    client=$!
    sleep 0.1
    while kill -0 $client 2>/dev/null; do
        backend=$(cut -d'|' -f2 "$MIG_TMP/backend" 2>/dev/null)
        now=$(awk '/^RssAnon/ { print $2 }' "/proc/${backend:-0}/status" 2>/dev/null)
        [ "$base" != 0 ] || base=${now:-0}
        [ "${now:-0}" -le "$most" ] || most=$now
        sleep 0.02
    done
    wait $client
    rm -f "$MIG_TMP/backend"
    check "$1: the answer is $3, not $(cat "$MIG_TMP/said")" grep -q "$3" "$MIG_TMP/said"
    echo "$1: $((most - base)) KB more"
    check "$1: measured" test "$base" -gt 0
    check "$1: memory" test $((most - base)) -lt 65536
}

# seed_memory_all WHAT DIRECTORY ROWS
seed_memory_all() {
    createdb seed_memory
    sql seed_memory "CREATE EXTENSION migrate"
    sql seed_memory "CREATE TABLE points (id int PRIMARY KEY, name text NOT NULL, x int)"
    sql seed_memory "SELECT count(*) FROM migrate_seed_load('$2')" >/dev/null
    seed_memory "$1, into an empty table" "SELECT migrate_seed()" "$3 inserted, 0 updated, 0 unchanged"
    seed_memory "$1, again" "SELECT migrate_seed('*', '{\"force\": true}')" "0 inserted, 0 updated, $3 unchanged"
    seed_memory "$1, taken back" "SELECT migrate_seed_clear('*', '{\"confirm\": \"seed_memory\"}')" "$3 rows removed"
    dropdb seed_memory
}

seed_wide=20000
seed_narrow=200003
seed_listed=20000
if [ "${SEED_LONG:-}" = yes ]; then
    seed_wide=200000
    seed_narrow=5000011
    seed_listed=200000
fi
mkdir -p "$MIG_TMP/wide" "$MIG_TMP/listed"
awk -v n=$seed_wide 'BEGIN { t = sprintf("%1000s", ""); gsub(/ /, "x", t); print "id,name,x"
    for (i = 1; i <= n; i++) printf "%d,%s%d,1\n", i, t, i }' >"$MIG_TMP/wide/points.csv"
awk -v n=$seed_listed 'BEGIN { t = sprintf("%80s", ""); gsub(/ /, "y", t); print "points:"
    for (i = 1; i <= n; i++) printf "  - {id: %d, name: %s, x: 1}\n", i, t }' >"$MIG_TMP/listed/points.yaml"
chmod -R a+rX "$MIG_TMP/wide" "$MIG_TMP/listed"
seed_many "$MIG_TMP/narrow" $seed_narrow
if [ -r /proc/self/status ]; then
    seed_memory_all "wide rows" "$MIG_TMP/wide" $seed_wide
    seed_memory_all "many rows" "$MIG_TMP/narrow" $seed_narrow
    seed_memory_all "rows of a YAML file" "$MIG_TMP/listed" $seed_listed
fi
rm -rf "$MIG_TMP/wide" "$MIG_TMP/narrow" "$MIG_TMP/listed"

# ---- tables that are no data

createdb seed_own
sql seed_own "CREATE EXTENSION migrate"
for table in migrate.meta migrate.seed pg_catalog.pg_authid pg_class; do
    sql seed_own "SELECT migrate_seed_add('$table: [{key: format, value: 9, name: x, rolname: x, oid: 1, relname: x}]', 'own.yaml')" >/dev/null
    check "own tables: $table is refused" grep -q 'is a table of the engine\|is a system catalog' \
        <<<"$(sql seed_own "SELECT migrate_seed_run('own')")"
done
dropdb seed_own

# ---- secrets: in no answer, no error, no table, no line of the server's log. The caller's own
# statement, which the server may log, does not hold it here.

seed_secret=correct-horse-battery-77
createdb seed_secrets
sql seed_secrets "CREATE EXTENSION migrate"
sql seed_secrets "CREATE TABLE users (name text PRIMARY KEY, password text, age text, CHECK (age < 'a'), UNIQUE (age))"
sql seed_secrets "INSERT INTO users VALUES ('there', NULL, NULL)"
sql seed_secrets "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
    \$\$ BEGIN IF NEW.name = 'loud' THEN RAISE EXCEPTION 'not %', NEW.age USING HINT = 'Never ' || NEW.age; END IF; RETURN NEW; END \$\$"
sql seed_secrets "CREATE TRIGGER shout BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION shout()"

# seed_script NAME SQL
seed_script() {
    psql -XqAt -d seed_secrets -v name="$1.sql" -v script="-- Param: name text required
-- Param: password text secret required
$2" <<<"SELECT count(*) FROM migrate_seed_add(:'script', :'name')" >/dev/null
}

# seed_call NAME PARAMS: the parameters come out of a setting of the session, not out of the statement.
seed_call() {
    PGOPTIONS="-c my.params=$(sed 's/[\\ ]/\\&/g' <<<"$2")" psql -XqAt -v VERBOSITY=verbose -d seed_secrets \
        -c "SELECT migrate_seed_run('$1', current_setting('my.params'))" >>"$MIG_TMP/said" 2>&1
}

rm -f "$MIG_TMP/said"
seed_script good "INSERT INTO users (name, password) VALUES (:name, migrate_password_hash(:password, 'bcrypt:4'));"
seed_script checked "INSERT INTO users (name, age) VALUES (:name, :password);"
seed_script cast "INSERT INTO users (name, age) VALUES (:name, :password::int::text);"
seed_script json "INSERT INTO users (name, age) VALUES (:name, :password::json ->> 'x');"
seed_script scheme "SELECT migrate_password_hash(:name, :password);"
seed_script short "INSERT INTO users (name, age) VALUES (:name, left(:password, 7)::int::text);"
seed_script twice "INSERT INTO users (name, age) VALUES (:name, '1' || :password), (:name || 'x', '1' || :password);"
seed_script raised "DO \$\$ BEGIN PERFORM 1; END \$\$; SELECT 1 / (length(:password) - ${#seed_secret}), :name;"
for name in good checked cast json scheme twice raised; do
    for params in '{"name": "one", "password": "SECRET"}' '{"name": "loud", "password": "SECRET"}' \
        '{"name": "two", "passwort": "SECRET"}' '{"name": "two", "password": ["SECRET"]}' \
        '{"name": {"password": "SECRET"}, "password": "SECRET"}' '{"name": "two", "password": "SECRET"'; do
        seed_call "$name" "${params//SECRET/$seed_secret}"
    done
done
same "secrets: one call was right" 1 "$(grep -c "^good: 1 row changed" "$MIG_TMP/said")"
same "secrets: the hash fits" t \
    "$(sql seed_secrets "SELECT migrate_password_verify('$seed_secret', password) FROM users WHERE name = 'one'")"
check "secrets: errors came" test "$(grep -c '^ERROR' "$MIG_TMP/said")" -gt 30
same "secrets: in no answer and no error" "" "$(grep -F "$seed_secret" "$MIG_TMP/said")"
same "secrets: in no table" "" "$(pg_dump seed_secrets | grep -F "$seed_secret")"
same "secrets: not in the server's log" "" "$(grep -F "$seed_secret" "$CLUSTER/log")"
