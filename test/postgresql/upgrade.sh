# pg_upgrade carries the tables and the extension to another cluster.

database_make moved 3
sql moved "SELECT migrate_upgrade('r02'); SELECT migrate_setting('environment', 'staging')" >/dev/null
moved="SELECT * FROM migrate.log ORDER BY 1, 2; SELECT * FROM migrate.revision ORDER BY 1;
    SELECT * FROM migrate.applied ORDER BY 1, 2; SELECT revision, state FROM migrate_history()"
before=$(sql moved "$moved")
new=$CLUSTER/upgraded
# The server's own copy of the installation has the extension; pg_upgrade wants its siblings there.
bin=$("$cluster_pg_config" --bindir)
for program in pg_controldata pg_resetwal pg_dump pg_dumpall pg_restore psql vacuumdb pg_upgrade; do
    [ -e "$CLUSTER_BIN/$program" ] || cp "$bin/$program" "$CLUSTER_BIN/"
done
cluster_as "$CLUSTER_BIN/initdb" -D "$new" -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null
cluster_as "$CLUSTER_BIN/pg_ctl" -D "$CLUSTER/data" -m fast -w -s stop </dev/null >/dev/null
check "pg_upgrade" cluster_as "$CLUSTER_BIN/pg_upgrade" -U postgres -d "$CLUSTER/data" -D "$new" -b "$CLUSTER_BIN" \
    -B "$CLUSTER_BIN" -s "$CLUSTER" >"$MIG_TMP/pg_upgrade.log" 2>&1
[ "$failed" = 0 ] || tail -n 20 "$MIG_TMP/pg_upgrade.log"
cluster_as cp "$CLUSTER/data/postgresql.conf" "$new/"
cluster_as mv "$CLUSTER/data" "$CLUSTER/data.old"
cluster_as mv "$new" "$CLUSTER/data"
cluster_up
same "pg_upgrade: all rows" "$before" "$(sql moved "$moved")"
same "pg_upgrade: another server" "environment: unknown" "$(sql moved "SELECT migrate_setting('environment')")"
same "pg_upgrade: goes on" "Running upgrade r02 -> r03, Step 3
Now at r03 (head)" "$(sql moved "SELECT migrate_upgrade()")"
same "pg_upgrade: sound" sound "$(sound moved)"
