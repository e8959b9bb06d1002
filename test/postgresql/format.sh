# Tables of an older format, as 0.1.0 left them in a dump: read as they are, brought to the format of
# this engine by the first action that writes, by one session, all or nothing, by their owner.

format_1=$MIG_DATA/format/1-postgresql.sql

# format_make DATABASE: the dump of format 1, restored beside this engine.
format_make() {
    createdb "$1"
    psql -Xq -v ON_ERROR_STOP=1 -d "$1" -f "$format_1" >/dev/null
    sql "$1" "UPDATE riders SET email = 'eve@example.org' WHERE id = 2"
}

format_of() {
    sql "$1" "SELECT value FROM migrate.meta WHERE key = 'format'"
}

brought="The tables of migrate were brought from format 1 to 2"

format_make old
same "format 1: restored" 1 "$(format_of old)"
same "format 1: log" "1|upgrade|f001|ok||
2|upgrade|f002|ok||
3|seed|bikes|ok||
4|upgrade|f003|failed||" "$(sql old "SELECT id, action, revision, outcome, sqlstate, statement FROM migrate_log()")"
same "format 1: history" "f004|pending
f003|pending
f002|applied
f001|applied" "$(sql old "SELECT revision, state FROM migrate_history()")"
same "format 1: other listings" "f002|f004|2|2
f003|f004
bikes|applied
same|same" "$(sql old "SELECT current, heads, applied, pending FROM migrate_status()")
$(sql old "SELECT string_agg(revision, '|' ORDER BY step) FROM migrate_plan()")
$(sql old "SELECT name, state FROM migrate_seed_list()")
$(sql old "SELECT string_agg(state, '|') FROM migrate_seed_show('bikes')")"
check "format 1: a script can be written" grep -q "CREATE UNIQUE INDEX riders_email" \
    <(sql old "SELECT migrate_upgrade_sql()")
same "format 1: none of these wrote" 1 "$(format_of old)"

# Read only: nothing is written, and said as ever.
same "read only" "Nothing to do; at f002
ERROR:  cannot execute migrate_upgrade() in a read-only transaction
HINT:  Begin the transaction with READ WRITE, and see whether default_transaction_read_only is on." \
    "$(PGOPTIONS='-c default_transaction_read_only=on' sql old "SELECT migrate_upgrade('f002')")
$(PGOPTIONS='-c default_transaction_read_only=on' sql old "SELECT migrate_upgrade()")"
same "read only: still format 1" 1 "$(format_of old)"

# All or nothing, with the transaction of the action.
same "rolled back" "$brought
Running upgrade f002 -> f003, One rider an address
Now at f003" "$(sql old "BEGIN; SELECT migrate_upgrade('f003'); ROLLBACK")"
same "rolled back: as it was" "1|9" "$(format_of old)|$(sql old \
    "SELECT count(*) FROM pg_attribute WHERE attrelid = 'migrate.log'::regclass AND attnum > 0")"
sql old "UPDATE migrate.revision SET up_facts = 's=99', down_facts = ''
    WHERE revision <> 'f001'" >/dev/null
sql old "UPDATE migrate.script SET script = script || ' ' WHERE revision = 'f002'" >/dev/null
same "brought, and the run goes on" "$brought
Running upgrade f002 -> f003, One rider an address
Now at f003" "$(sql old "SELECT migrate_upgrade('f003')")"
same "facts of what can be read" "f001|s=2
locks 6 6
f002|s=99
f003|s=1
locks 1 1" "$(sql old "SELECT revision, up_facts FROM migrate.revision WHERE revision < 'f004' ORDER BY 1")"
same "the log says so" "5|postgres|format||ok|from 1 to 2
6|postgres|upgrade|f003|ok|" \
    "$(sql old "SELECT id, who, action, revision, outcome, detail FROM migrate_log() WHERE id > 4")"

# Tables that were changed are like new ones, in whatever order.
createdb fresh
sql fresh "CREATE EXTENSION migrate; SELECT migrate_init()" >/dev/null
columns="SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        l.collname, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'migrate'::regnamespace AND c.relkind = 'r' ORDER BY 1, 2"
same "as new tables" "$(sql fresh "$columns")" "$(sql old "$columns")"

# No column can hold a number of the server that changes with a dump or pg_upgrade.
same "text and bigint only" "bigint
text" "$(sql old "SELECT DISTINCT format_type(a.atttypid, NULL) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'migrate'::regnamespace AND c.relkind = 'r' ORDER BY 1")"

# Once, whoever comes. Those who have looked at the tables before hold no lock that another waits for.
format_make at_once
rm -f "$MIG_TMP"/client.*
pids=()
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    psql -XqAt -d at_once -c "SELECT migrate_upgrade('f003')" >"$MIG_TMP/client.$i" 2>"$MIG_TMP/client.$i.err" &
    pids+=($!)
done
statuses=
for pid in "${pids[@]}"; do
    wait "$pid"
    statuses+=$?
done
same "at once: exit statuses" 000000000000 "$statuses"
same "at once: no complaint" "" "$(cat "$MIG_TMP"/client.*.err | grep -v '^NOTICE:  waiting for')"
same "at once: one brought them" 1 "$(cat "$MIG_TMP"/client.[0-9] "$MIG_TMP"/client.1[0-9] | grep -c brought)"
same "at once: once in the log" "1|1" "$(sql at_once "SELECT count(*) FILTER (WHERE action = 'format'),
    count(*) FILTER (WHERE revision = 'f003' AND outcome = 'ok') FROM migrate_log()")"

# A transaction whose snapshot is older than the change.
format_make stale
coproc OLD { psql -XqAt -d stale 2>&1; }
echo "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM riders;" >&"${OLD[1]}"
read -r _ <&"${OLD[0]}"
sql stale "SELECT migrate_upgrade('f003')" >/dev/null
echo "SELECT migrate_downgrade('f002'); ROLLBACK; SELECT migrate_downgrade('f002');" >&"${OLD[1]}"
eval "exec ${OLD[1]}>&-"
same "a stale snapshot" "ERROR:  could not serialize access: another session migrated this database meanwhile
HINT:  Retry the transaction.
Running downgrade f003 -> f002, One rider an address
Now at f002" "$(cat <&"${OLD[0]}")"

# Killed half way.
format_make killed
coproc VICTIM { psql -XqAt -d killed 2>&1; }
echo "SELECT pg_backend_pid(); BEGIN; SELECT migrate_init();" >&"${VICTIM[1]}"
read -r victim <&"${VICTIM[0]}"
read -r _ <&"${VICTIM[0]}"
kill -9 "$victim"
eval "exec ${VICTIM[1]}>&-"
cat <&"${VICTIM[0]}" >/dev/null
for _ in $(seq 200); do
    psql -XqAt -d killed -c "SELECT 1" >/dev/null 2>&1 && break
    sleep 0.05
done
same "killed: as it was" 1 "$(format_of killed)"
same "killed: and then" "$brought
The tables of migrate are there" "$(sql killed "SELECT migrate_init()")"
same "again" "The tables of migrate are there" "$(sql killed "SELECT migrate_init()")"

# An online run keeps what it has brought.
format_make format_online
same "online" "INFO:  $brought
INFO:  Running upgrade f002 -> f003, One rider an address (1/1)
INFO:  Now at f003" "$(sql format_online "CALL migrate_upgrade_online('f003')" | grep -v ' ms$')"
format_make format_online_failing
sql format_online_failing "UPDATE riders SET email = 'ada@example.org'"
sql format_online_failing "CALL migrate_upgrade_online('f003')" >/dev/null
same "online, failing" "2
23505|could not create unique index \"riders_email\", at depot.sql:32|CREATE UNIQUE INDEX riders_email ON riders (email)" \
    "$(format_of format_online_failing)
$(sql format_online_failing "SELECT sqlstate, detail, statement FROM migrate_log() ORDER BY id DESC LIMIT 1")"

# Only the owner may change them; who has nothing to write need not.
format_make owned
sql owned "CREATE ROLE depot_owner LOGIN; CREATE ROLE depot_runner LOGIN;
    ALTER SCHEMA migrate OWNER TO depot_owner;
    ALTER DATABASE owned OWNER TO depot_owner;
    GRANT USAGE ON SCHEMA migrate TO depot_runner; GRANT CREATE ON SCHEMA public TO depot_owner, depot_runner;
    GRANT ALL ON riders, bikes TO depot_runner; ALTER TABLE riders OWNER TO depot_runner;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO depot_runner" >/dev/null
for table in meta revision script applied log seed; do
    sql owned "ALTER TABLE migrate.$table OWNER TO depot_owner;
        GRANT SELECT, INSERT, UPDATE, DELETE ON migrate.$table TO depot_runner" >/dev/null
done
sql owned "GRANT depot_owner TO depot_runner; ALTER ROLE depot_runner NOINHERIT" >/dev/null
as() {
    PGUSER=$1 sql owned "$2"
}
same "not the owner: nothing to do" "Nothing to do; at f002" "$(as depot_runner "SELECT migrate_upgrade('f002')")"
same "not the owner: listings" 4 "$(as depot_runner "SELECT count(*) FROM migrate_log()")"
same "not the owner: refused" "ERROR:  the tables of migrate have format 1, and the current role may not bring them to 2
DETAIL:  The table \"applied\" belongs to role \"depot_owner\".
HINT:  Let role \"depot_owner\" run SELECT migrate_init() once. Listings work meanwhile." \
    "$(as depot_runner "SELECT migrate_upgrade('f003')")"
same "not the owner: nothing was done" 1 "$(format_of owned)"
same "the owner" "$brought
The tables of migrate are there" "$(as depot_owner "SELECT migrate_init()")"
same "and then the other" "Running upgrade f002 -> f003, One rider an address
Now at f003" "$(as depot_runner "SELECT migrate_upgrade('f003')")"

# A script for another database fits both formats.
format_make script_old
sql script_old "SELECT migrate_upgrade_sql('f002:f003')" >"$MIG_TMP/script.sql"
psql -XqAt -d script_old -f "$MIG_TMP/script.sql" >/dev/null 2>"$MIG_TMP/script.err"
same "a script: it ran" "" "$(cat "$MIG_TMP/script.err")"
same "a script: the books" "1|f003" "$(format_of script_old)|$(sql script_old "SELECT revision FROM migrate_current()")"
sql script_old "SELECT migrate_downgrade('f002')" >/dev/null
psql -XqAt -d script_old -f "$MIG_TMP/script.sql" >/dev/null 2>"$MIG_TMP/script.err"
same "a script: it ran again" "|2|f003" \
    "$(cat "$MIG_TMP/script.err")|$(format_of script_old)|$(sql script_old "SELECT revision FROM migrate_current()")"

# A newer format is refused by all.
sql script_old "UPDATE migrate.meta SET value = '3' WHERE key = 'format'" >/dev/null
newer="ERROR:  the tables of migrate have format 3, newer than this engine
HINT:  This engine reads formats up to 2. Install a newer version of migrate."
same "newer" "$newer
$newer
$newer" "$(sql script_old "SELECT migrate_upgrade()")
$(sql script_old "SELECT migrate_init()")
$(sql script_old "SELECT * FROM migrate_log()")"
check "newer: a script" grep -q "the tables of migrate have another format than 1 to 2" \
    <(psql -XqAt -d script_old -f "$MIG_TMP/script.sql" 2>&1)
