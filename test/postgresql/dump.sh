# pg_dump and pg_restore carry the history; DROP EXTENSION leaves it.

database_make source 4
sql source "SELECT migrate_upgrade('r03')" >/dev/null
facts="SELECT revision, state, message, created, applied_at, source FROM migrate_history()"
log="SELECT * FROM migrate_log()"

for form in plain custom; do
    dump=$MIG_TMP/dump.$form
    pg_dump -F$form -f "$dump" source
    createdb "restored_$form"
    if [ $form = plain ]; then
        psql -Xq -v ON_ERROR_STOP=1 -d restored_plain -f "$dump" >/dev/null
    else
        pg_restore -d restored_custom "$dump"
    fi
    check "$form: restored" test $? = 0
    same "$form: history" "$(sql source "$facts")" "$(sql "restored_$form" "$facts")"
    same "$form: log" "$(sql source "$log")" "$(sql "restored_$form" "$log")"
    same "$form: goes on" "Running upgrade r03 -> r04, Step 4
Now at r04 (head)" "$(sql "restored_$form" "SELECT migrate_upgrade()")"
    same "$form: sound" sound "$(sound "restored_$form")"
    same "$form: and back" sound "$(sql "restored_$form" "SELECT migrate_downgrade('base')" >/dev/null
        sound "restored_$form")"
done

# Privileges on the functions survive, too.
sql source "CREATE ROLE dump_runner; GRANT EXECUTE ON FUNCTION migrate_upgrade(text, text) TO dump_runner"
pg_dump -f "$MIG_TMP/dump.grants" source
createdb restored_grants
psql -Xq -v ON_ERROR_STOP=1 -d restored_grants -f "$MIG_TMP/dump.grants" >/dev/null
same "grants" t "$(sql restored_grants \
    "SELECT has_function_privilege('dump_runner', 'migrate_upgrade(text, text)', 'EXECUTE')")"

# Without the extension the tables are just tables.
before=$(sql source "$facts")
sql source "DROP EXTENSION migrate"
pg_dump -f "$MIG_TMP/dump.tables" source
createdb restored_tables
psql -Xq -v ON_ERROR_STOP=1 -d restored_tables -f "$MIG_TMP/dump.tables" >/dev/null
check "without the extension: restored" test $? = 0
sql restored_tables "CREATE EXTENSION migrate"
same "without the extension: history" "$before" "$(sql restored_tables "$facts")"
sql source "CREATE EXTENSION migrate"
same "the extension came back" "$before" "$(sql source "$facts")"
