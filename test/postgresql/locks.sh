# Large runs on a server with a small lock table: known before they start, with a way out that works.

# locks_set MAX_LOCKS_PER_TRANSACTION: with a server of its own size.
locks_set() {
    sql postgres "ALTER SYSTEM SET max_locks_per_transaction = $1" >/dev/null
    sql postgres "ALTER SYSTEM SET max_connections = 20" >/dev/null
    cluster_restart
}

# tables_script REVISIONS TABLES: so many revisions, each of which makes so many tables.
tables_script() {
    local r t id revises=
    for ((r = 1; r <= $1; r++)); do
        id=$(printf 'n%03d' "$r")
        printf -- '-- Tables\n--\n-- Revision ID: %s\n-- Revises: %s\n\n-- migrate:up\n' "$id" "$revises"
        for ((t = 1; t <= $2; t++)); do
            echo "CREATE TABLE ${id}_$t (id int PRIMARY KEY, name text);"
        done
        echo "-- migrate:down"
        for ((t = 1; t <= $2; t++)); do
            echo "DROP TABLE ${id}_$t;"
        done
        echo
        revises=$id
    done
}

# locks_database NAME REVISIONS TABLES
locks_database() {
    createdb "$1"
    sql "$1" "CREATE EXTENSION migrate" >/dev/null
    tables_script "$2" "$3" >"$MIG_TMP/tables.sql"
    psql -XqAt -d "$1" >/dev/null <<END
\\set script \`cat $MIG_TMP/tables.sql\`
SELECT migrate_add(:'script', 'tables.sql');
END
}

made() {
    sql "$1" "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^n[0-9]+_'"
}

locks_set 10
locks_database locks_many 40 20
refused=$(sql locks_many "SELECT migrate_upgrade()")
same "locks: an upgrade is refused" "ERROR:  the run needs at least 4800 locks at once, more than the server has room for
DETAIL:  A transaction keeps its locks to its end. max_locks_per_transaction = 10 makes room for 360 locks of all sessions; N are in use.
HINT:  Nothing was run. CALL migrate_upgrade_online() commits each revision by itself: use it, or set max_locks_per_transaction to 160 and restart the server." \
    "$(sed -E 's/; [0-9]+ are in use/; N are in use/' <<<"$refused")"
same "locks: the SQLSTATE" 53200 "$(psql -XqAt -d locks_many -v VERBOSITY=sqlstate -c 'SELECT migrate_upgrade()' 2>&1 |
    sed -E 's/.* ([0-9A-Z]{5})$/\1/')"
same "locks: the plan says so" "n001|refused in one transaction, for too many locks: CALL migrate_upgrade_online()" \
    "$(sql locks_many "SELECT revision, note FROM migrate_plan() WHERE note <> ''")"
same "locks: nothing was made" 0 "$(made locks_many)"
same "locks: a part of it runs" "Now at n002" "$(sql locks_many "SELECT migrate_upgrade('n002')" | tail -n 1)"
same "locks: CALL runs the rest" "INFO:  Now at n040 (head)" \
    "$(sql locks_many "CALL migrate_upgrade_online()" | tail -n 1)"
same "locks: all was made" 800 "$(made locks_many)"

check "locks: a downgrade is refused" grep -q "^ERROR:  the run needs at least 4000 locks at once" \
    <(sql locks_many "SELECT migrate_downgrade('base')")
check "locks: with its own way out" grep -q "CALL migrate_downgrade_online(target) commits each revision" \
    <(sql locks_many "SELECT migrate_downgrade('base')")
same "locks: CALL runs it" "INFO:  Now at base" "$(sql locks_many "CALL migrate_downgrade_online('base')" | tail -n 1)"
same "locks: all is gone" 0 "$(made locks_many)"

# Where one revision is too large there is no other form of the run.
locks_database locks_one 1 400
refused=$(sql locks_one "CALL migrate_upgrade_online()")
check "locks: a revision is refused" grep -q '^ERROR:  revision "n001" needs at least 2400 locks at once' <<<"$refused"
check "locks: and only the setting helps" grep -q \
    "^HINT:  Nothing was run. Make several revisions of it, or set max_locks_per_transaction to 96 " <<<"$refused"

# Not certain: the server says it, with both ways out.
locks_database locks_some 3 40
same "locks: more than half is worth a note" \
    "n001|in one transaction, from here on more than half of the 360 locks that the server has room for: CALL migrate_upgrade_online()" \
    "$(sql locks_some "SELECT revision, note FROM migrate_plan() WHERE note <> ''")"
refused=$(sql locks_some "SELECT migrate_upgrade()")
check "locks: the server refuses" grep -q "^ERROR:  out of shared memory" <<<"$refused"
check "locks: and we say what to do" grep -q "^HINT:  All locks of a run are kept to its end. CALL migrate_upgrade_online() commits each revision by itself; or raise max_locks_per_transaction (now 10)" \
    <<<"$refused"
same "locks: nothing is left of it" 0 "$(made locks_some)"

# The numbers that the errors named are enough.
locks_set 96
same "locks: the setting for one revision" "INFO:  Now at n001 (head)" \
    "$(sql locks_one "CALL migrate_upgrade_online()" | tail -n 1)"
locks_set 160
same "locks: the setting for the run" "Now at n040 (head)" \
    "$(sql locks_many "SELECT migrate_upgrade()" | tail -n 1)"
same "locks: and back" "Now at base" "$(sql locks_many "SELECT migrate_downgrade('base')" | tail -n 1)"

sql postgres "ALTER SYSTEM RESET ALL" >/dev/null
cluster_restart
