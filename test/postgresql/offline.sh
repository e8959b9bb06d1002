# A run written as a script that psql runs without the engine leaves what a run leaves.

schema() {
    pg_dump --schema-only -N migrate --no-comments "$1" | grep -vE '^(--|SET |\\|$)|EXTENSION'
}
books="SELECT revision, revises, depends_on, labels, state, flags, message, created, source
    FROM migrate_history()"
applied="SELECT target, revision, seq, stamped, ran_checksum FROM migrate.applied ORDER BY seq"

export PGOPTIONS='-c client_min_messages=warning'
database_make online 5
database_make offline 5
sql offline "SELECT migrate_upgrade_sql()" >"$MIG_TMP/up.sql"
sql offline "DROP EXTENSION migrate"
psql -XqAt -v ON_ERROR_STOP=1 -d offline -f "$MIG_TMP/up.sql" >/dev/null
check "offline upgrade: ran" test $? = 0
sql offline "CREATE EXTENSION migrate"
sql online "SELECT migrate_upgrade()" >/dev/null
same "offline upgrade: schema" "$(schema online)" "$(schema offline)"
same "offline upgrade: history" "$(sql online "$books")" "$(sql offline "$books")"
same "offline upgrade: applied" "$(sql online "$applied")" "$(sql offline "$applied")"
same "offline upgrade: sound" sound "$(sound offline)"
same "offline upgrade: nothing left to do" "Nothing to do; at r05 (head)" \
    "$(sql offline "SELECT migrate_upgrade()")"

# A second time it does nothing but say why; also when it is piped in.
psql -XqAt -d offline <"$MIG_TMP/up.sql" >/dev/null 2>"$MIG_TMP/again"
check "run again: an error" grep -q "^ERROR" "$MIG_TMP/again"
same "run again: sound" sound "$(sound offline)"

sql offline "SELECT migrate_downgrade_sql('-2')" >"$MIG_TMP/down.sql"
psql -XqAt -v ON_ERROR_STOP=1 -d offline <"$MIG_TMP/down.sql" >/dev/null
check "offline downgrade: ran" test $? = 0
sql online "SELECT migrate_downgrade(-2)" >/dev/null
same "offline downgrade: schema" "$(schema online)" "$(schema offline)"
same "offline downgrade: applied" "$(sql online "$applied")" "$(sql offline "$applied")"
same "offline downgrade: sound" sound "$(sound offline)"

# A bare range into a database that has never seen the engine.
createdb virgin
sql online "SELECT migrate_upgrade_sql('base:r05')" | psql -XqAt -v ON_ERROR_STOP=1 -d virgin >/dev/null
sql virgin "CREATE EXTENSION migrate"
same "from nothing: applied" 5 "$(sql virgin "SELECT count(*) FROM migrate.applied")"
same "from nothing: sound" sound "$(sound virgin)"

# An error in the middle leaves nothing half done, piped in or not, stopping or not.
sql offline "CREATE TABLE t_r05 (id int)"
sql offline "SELECT migrate_upgrade_sql()" >"$MIG_TMP/up.sql"
psql -XqAt -d offline <"$MIG_TMP/up.sql" >/dev/null 2>&1
sql offline "DROP TABLE t_r05"
same "an error in the middle: sound" "3 sound" \
    "$(sql offline "SELECT count(*) FROM migrate.applied") $(sound offline)"

# It takes the same lock as a run.
coproc HOLDER { psql -XqAt -d offline; }
echo "BEGIN; SELECT count(*) FROM migrate_upgrade();" >&"${HOLDER[1]}"
read -r _ <&"${HOLDER[0]}"
psql -XqAt -v ON_ERROR_STOP=1 -d offline <"$MIG_TMP/up.sql" >/dev/null 2>&1 &
script=$!
waits="SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
for _ in $(seq 100); do
    waiting=$(sql offline "$waits")
    [ "$waiting" = 0 ] || break
    sleep 0.05
done
same "a script waits for a run" 1 "$waiting"
echo "COMMIT;" >&"${HOLDER[1]}"
eval "exec ${HOLDER[1]}>&-"
check "and then refuses" eval "! wait $script"
same "a script and a run: sound" "5 sound" \
    "$(sql offline "SELECT count(*) FROM migrate.applied") $(sound offline)"
unset PGOPTIONS
