# A hot standby: everything that looks works, everything that changes says where to go.

standby=$CLUSTER/standby
standby_port=$((PGPORT + 1))

standby_stop() {
    [ ! -f "$standby/postmaster.pid" ] ||
        cluster_as "$CLUSTER_BIN/pg_ctl" -D "$standby" -m immediate -w -s stop </dev/null >/dev/null 2>&1
}
trap 'standby_stop; cluster_stop' EXIT

database_make primary_db 3
sql primary_db "SELECT migrate_upgrade('r02')" >/dev/null
cluster_as "$(pg_config --bindir)/pg_basebackup" -D "$standby" -h "$PGHOST" -p "$PGPORT" -U postgres \
    -R -X stream -c fast >/dev/null
cluster_as tee -a "$standby/postgresql.conf" >/dev/null <<<"port = $standby_port"
cluster_as "$CLUSTER_BIN/pg_ctl" -D "$standby" -l "$CLUSTER/standby.log" -w -t 60 -s start \
    </dev/null >/dev/null
check "the standby starts" test $? = 0

on_standby() {
    PGPORT=$standby_port sql primary_db "$1"
}

same "standby: it is one" t "$(on_standby "SELECT pg_is_in_recovery()")"
# Every action that writes refuses, with the same words.
actions="migrate_init() migrate_load('/') migrate_add('x') migrate_repair('r01')
migrate_upgrade() migrate_downgrade('base') migrate_stamp('base') migrate_setting('environment','x')
migrate_seed_load('/') migrate_seed_add('t:[]','y.yaml') migrate_seed() migrate_seed_run('x') migrate_seed_clear('x')
migrate_reset('primary_db')"
for action in $actions; do
    called=${action%%(*}
    [ "$action" != "migrate_init()" ] || continue
    same "standby: $called" "ERROR:  cannot execute $called() on this server: it is a standby
HINT:  Connect to the primary server." "$(on_standby "SELECT $action" | grep -v '^DETAIL')"
    same "read only: $called" "ERROR:  cannot execute $called() in a read-only transaction
HINT:  Begin the transaction with READ WRITE, and see whether default_transaction_read_only is on." \
        "$(sql primary_db "BEGIN READ ONLY; SELECT $action; ROLLBACK")"
done
for action in "migrate_upgrade_online()" "migrate_downgrade_online('base')"; do
    called=${action%%(*}
    same "standby: $called" "ERROR:  cannot execute $called() on this server: it is a standby
HINT:  Connect to the primary server." "$(on_standby "CALL $action")"
done
same "standby: made tables are there" "The tables of migrate are there" "$(on_standby "SELECT migrate_init()")"
same "standby: every listing answers" "r02 r03 1 r02 r03 1 3 0 0" "$(on_standby "SELECT
    (SELECT string_agg(revision, ' ') FROM migrate_current()) || ' ' || (SELECT string_agg(revision, ' ') FROM migrate_heads())
    || ' ' || (SELECT count(*) FROM migrate_show('r01')) || ' ' || (SELECT string_agg(revision, ' ') FROM migrate_show())
    || ' ' || (SELECT string_agg(revision, ' ') FROM migrate_history('pending')) || ' ' || (SELECT pending FROM migrate_status())
    || ' ' || (SELECT count(*) + 1 FROM migrate_log()) || ' ' || (SELECT count(*) FROM migrate_branches())
    || ' ' || (SELECT count(*) FROM migrate_seed_list())")"
same "standby: history" "r03|pending
r02|applied
r01|applied" "$(on_standby "SELECT revision, state FROM migrate_history()")"
same "standby: plan" "upgrade|r03" "$(on_standby "SELECT operation, revision FROM migrate_plan()")"
same "standby: status" "r02|r03|2|1" \
    "$(on_standby "SELECT current, heads, applied, pending FROM migrate_status()")"
check "standby: a script can be written" grep -q "CREATE TABLE t_r03" \
    <(on_standby "SELECT migrate_upgrade_sql()")
check "standby: assert_current" grep -q "Pending: r03\." <(on_standby "SELECT migrate_assert_current()")

# Promoted it goes on where the primary was.
sql primary_db "SELECT migrate_setting('environment', 'production')" >/dev/null
for _ in $(seq 200); do
    [ "$(on_standby "SELECT migrate_setting('environment')" 2>&1)" != "environment: production" ] || break
    sleep 0.05
done
cluster_as "$CLUSTER_BIN/pg_ctl" -D "$standby" -w -t 60 -s promote </dev/null >/dev/null
same "promoted: the same environment" "environment: production" "$(on_standby "SELECT migrate_setting('environment')")"
same "promoted: goes on" "Running upgrade r02 -> r03, Step 3
Now at r03 (head)" "$(on_standby "SELECT migrate_upgrade()")"
PGPORT=$standby_port same "promoted: sound" sound "$(PGPORT=$standby_port sound primary_db)"
same "promoted: not on the other" r02 "$(sql primary_db "SELECT revision FROM migrate_current()")"
standby_stop
