# ALTER EXTENSION migrate UPDATE from 0.1.0: while it is not done the old functions work beside the new
# library; then the extension is what CREATE EXTENSION makes, and nothing of the history is lost.

# Every object of the extension with all that can be said of it.
objects="SELECT pg_describe_object(d.classid, d.objid, 0), coalesce(
        pg_get_functiondef(p.oid) || ' ' || coalesce(array_to_string(ARRAY(
            SELECT a::text FROM unnest(p.proacl) AS a ORDER BY 1), ','), 'default'), ''),
        obj_description(d.objid, d.classid::regclass::name), pg_get_userbyid(p.proowner)
    FROM pg_depend d LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'migrate') ORDER BY 1"
initial="SELECT pg_describe_object(i.classoid, i.objoid, 0), array_to_string(ARRAY(
        SELECT a::text FROM unnest(i.initprivs) AS a ORDER BY 1), ',')
    FROM pg_init_privs i JOIN pg_depend d ON d.classid = i.classoid AND d.objid = i.objoid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'migrate') ORDER BY 1"

createdb update_fresh
sql update_fresh "CREATE EXTENSION migrate"
createdb updated
sql updated "CREATE EXTENSION migrate VERSION '0.1.0'"
same "update: the old one" 0.1.0 "$(sql updated "SELECT extversion FROM pg_extension WHERE extname = 'migrate'")"
same "update: the old one runs" "added u001 (one.sql)
1 added, 0 unchanged
Running upgrade  -> u001, One
Now at u001 (head)
1|upgrade|u001|ok|" "$(sql updated "SELECT migrate_add('-- One
--
-- Revision ID: u001

-- migrate:up
CREATE TABLE one (id int);
-- migrate:down
DROP TABLE one;', 'one.sql')")
$(sql updated "SELECT migrate_upgrade()")
$(sql updated "SELECT id, action, revision, outcome, detail FROM migrate_log()")"
same "update: the old one lists" "0" "$(sql updated "SELECT count(*) FROM (
    SELECT revision FROM migrate_plan() UNION ALL SELECT name FROM migrate_seed_list()) AS l")"
sql updated "CREATE ROLE update_runner; GRANT EXECUTE ON FUNCTION migrate_upgrade(text, text) TO update_runner"

# A view upon a function that changes is in the way, and is named; nothing is half done.
sql updated "CREATE VIEW runs AS SELECT * FROM migrate_log()"
check "update: a view is named" grep -q "view runs depends on function migrate_log()" \
    <(sql updated "ALTER EXTENSION migrate UPDATE")
same "update: nothing was done" 0.1.0 "$(sql updated "SELECT extversion FROM pg_extension WHERE extname = 'migrate'")"
sql updated "DROP VIEW runs"

same "update" "" "$(sql updated "ALTER EXTENSION migrate UPDATE")"
same "update: a grant stays" t \
    "$(sql updated "SELECT has_function_privilege('update_runner', 'migrate_upgrade(text, text)', 'EXECUTE')")"
sql updated "REVOKE EXECUTE ON FUNCTION migrate_upgrade(text, text) FROM update_runner"
same "update: the version" "$(sql update_fresh "SELECT extversion FROM pg_extension WHERE extname = 'migrate'")" \
    "$(sql updated "SELECT extversion FROM pg_extension WHERE extname = 'migrate'")"
check "update: objects are seen" test "$(sql update_fresh "$objects" | grep -c '^function migrate_')" -gt 20
check "update: privileges are seen" test "$(sql update_fresh "$initial" | grep -c '^function migrate_')" -gt 5
same "update: the objects" "$(sql update_fresh "$objects")" "$(sql updated "$objects")"
same "update: their first privileges" "$(sql update_fresh "$initial")" "$(sql updated "$initial")"
same "update: the log" "1|upgrade|u001|ok|||" \
    "$(sql updated "SELECT id, action, revision, outcome, detail, sqlstate, statement FROM migrate_log()")"
same "update: and back" "Running downgrade u001 -> , One
Now at base" "$(sql updated "SELECT migrate_downgrade('base')")"
