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
for action in "migrate_upgrade()" "migrate_downgrade('base')" "migrate_stamp('base')" \
    "migrate_add('x')" "migrate_repair('r01')"; do
    name=${action%%(*}
    same "standby: $name" "ERROR:  cannot execute $name() on this server: it is a standby
HINT:  Connect to the primary server." "$(on_standby "SELECT $action")"
done
same "standby: history" "r03|pending
r02|applied
r01|applied" "$(on_standby "SELECT revision, state FROM migrate_history()")"
same "standby: plan" "upgrade|r03" "$(on_standby "SELECT operation, revision FROM migrate_plan()")"
same "standby: status" "r02|r03|2|1" \
    "$(on_standby "SELECT current, heads, applied, pending FROM migrate_status()")"
check "standby: a script can be written" grep -q "CREATE TABLE t_r03" \
    <(on_standby "SELECT migrate_upgrade_sql()")
check "standby: assert_current" grep -q "Pending: r03\." <(on_standby "SELECT migrate_assert_current()")
standby_stop
