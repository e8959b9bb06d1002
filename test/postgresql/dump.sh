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

# Everything that is kept, in every form of dump: seeds, settings, what an online run has logged.
database_make whole 3
sql whole "CREATE TABLE lands (code text PRIMARY KEY); SELECT migrate_upgrade('r02');
    SELECT migrate_seed_add('lands: [{code: it}, {code: fr}]', 'lands.yaml'); SELECT migrate_seed('*');
    SELECT migrate_setting('environment', 'staging'); SELECT migrate_setting('default_profile', 'demo')" >/dev/null
kept="SELECT * FROM migrate.log ORDER BY 1, 2;
    SELECT * FROM migrate.meta WHERE key <> 'environment_of' ORDER BY 1; SELECT * FROM migrate.revision ORDER BY 1;
    SELECT * FROM migrate.script ORDER BY 1; SELECT * FROM migrate.applied ORDER BY 1, 2;
    SELECT * FROM migrate.seed ORDER BY 1, 2"
check "what is kept is seen" test "$(sql whole "$kept" | grep -c .)" -gt 20

wanted=$(sql whole "$kept")

# whole_check NAME DATABASE [ROLE]
whole_check() {
    local PGUSER=${3:-$PGUSER}
    same "$1: all rows" "$wanted" "$(sql "$2" "$kept")"
    same "$1: a copy counts as production" "environment: unknown
default_profile: demo" "$(sql "$2" "SELECT migrate_setting('environment')")
$(sql "$2" "SELECT migrate_setting('default_profile')")"
    same "$1: goes on" "lands: 0 inserted, 0 updated, 2 unchanged, 0 removed
Running upgrade r02 -> r03, Step 3
Now at r03 (head)" "$(sql "$2" "SELECT migrate_seed('*')")
$(sql "$2" "SELECT migrate_upgrade()")"
}

pg_dump -Fd -f "$MIG_TMP/dump.directory" whole
createdb whole_directory
check "directory: restored" pg_restore -d whole_directory "$MIG_TMP/dump.directory"
whole_check directory whole_directory

# Over what is there; what was made since the dump stays.
sql whole_directory "DROP TABLE t_r03"
pg_dump -Fc -f "$MIG_TMP/dump.whole" whole
check "clean: restored" pg_restore --clean --if-exists -d whole_directory "$MIG_TMP/dump.whole"
whole_check clean whole_directory

# Structure first, data afterwards; in between nothing acts upon tables without a format.
pg_dump --schema-only -f "$MIG_TMP/dump.schema" whole
pg_dump --data-only -f "$MIG_TMP/dump.data" whole
createdb whole_parts
psql -Xq -v ON_ERROR_STOP=1 -d whole_parts -f "$MIG_TMP/dump.schema" >/dev/null
same "in parts: between" "ERROR:  the table meta of migrate has no valid row \"format\"
HINT:  Restore the row: its value is the format number of the tables, now 2." \
    "$(sql whole_parts "SELECT migrate_upgrade()")"
psql -Xq -v ON_ERROR_STOP=1 -d whole_parts -f "$MIG_TMP/dump.data" >/dev/null
whole_check "in parts" whole_parts

# As another owner; the extension before the data; another encoding.
sql postgres "CREATE ROLE heir LOGIN"
createdb -O heir -E LATIN1 -T template0 --locale=C whole_heir
sql whole_heir "CREATE EXTENSION migrate; ALTER SCHEMA public OWNER TO heir"
PGUSER=heir pg_restore --no-owner --no-privileges -d whole_heir -L <(pg_restore -l "$MIG_TMP/dump.whole" |
    grep -v 'EXTENSION') "$MIG_TMP/dump.whole"
check "heir: restored" test $? = 0
same "heir: owns them" heir "$(sql whole_heir "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'migrate'")"
whole_check heir whole_heir heir

# One schema alone has all of it but the functions.
pg_dump -n migrate -f "$MIG_TMP/dump.one" whole
createdb whole_one
psql -Xq -v ON_ERROR_STOP=1 -d whole_one -f "$MIG_TMP/dump.one" >/dev/null
sql whole_one "CREATE SCHEMA elsewhere; CREATE EXTENSION migrate SCHEMA elsewhere;
    ALTER DATABASE whole_one SET search_path = public, elsewhere"
same "one schema: all rows" "$wanted" "$(sql whole_one "$kept")"

# DROP EXTENSION CASCADE takes what stands on its functions, not the tables.
sql whole "CREATE VIEW runs AS SELECT * FROM migrate_log()"
sql whole "DROP EXTENSION migrate CASCADE" >/dev/null
sql whole "CREATE SCHEMA \"odd \"\"; place\"; CREATE EXTENSION migrate SCHEMA \"odd \"\"; place\";
    ALTER DATABASE whole SET search_path = public, \"odd \"\"; place\""
same "dropped and made again elsewhere" "$wanted" "$(sql whole "$kept")"
same "and its environment is known" "environment: staging" "$(sql whole "SELECT migrate_setting('environment')")"
