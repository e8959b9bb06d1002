.print -- a script for another database fits both formats
.open old.db
.load @MODULE@
.read @DATA@/format/1-sqlite.sql
UPDATE riders SET email = 'eve@example.org' WHERE id = 2;
.once script.sql
SELECT migrate_upgrade_sql('f002:f003');
.read script.sql
.bail off
SELECT value FROM migrate_meta WHERE key = 'format';
SELECT migrate_current();
SELECT id, action, revision, outcome FROM migrate_log();
SELECT migrate_downgrade('f002');

.open test.db
.load @MODULE@

.print -- the tables of format 1, as 0.1.0 left them
.read @DATA@/format/1-sqlite.sql
SELECT value FROM migrate_meta WHERE key = 'format';

.print -- listings read them and leave them
SELECT id, action, revision, outcome, detail, sqlstate, statement FROM migrate_log();
SELECT migrate_log();
SELECT revision, state FROM migrate_history();
SELECT current, heads, applied, pending FROM migrate_status();
SELECT operation, revision, statements, note FROM migrate_plan();
SELECT revision, message FROM migrate_show('f003');
SELECT name, state FROM migrate_seed_list();
SELECT table_name, row_number, key, state FROM migrate_seed_show('bikes');
SELECT migrate_assert_current();
SELECT length(migrate_upgrade_sql('f002:f003')) > 100;
SELECT value FROM migrate_meta WHERE key = 'format';
SELECT count(*) FROM migrate_log();

.print -- nor does one who cannot write
PRAGMA query_only = ON;
SELECT migrate_upgrade('f002');
SELECT migrate_init();
PRAGMA query_only = OFF;
SELECT value FROM migrate_meta WHERE key = 'format';

.print -- a transaction that is rolled back leaves them too
BEGIN;
SELECT migrate_init();
SELECT value FROM migrate_meta WHERE key = 'format';
ROLLBACK;
SELECT value FROM migrate_meta WHERE key = 'format';
SELECT count(*) FROM pragma_table_info('migrate_logbook');

.print -- texts that cannot be read do not stand in the way; facts are made anew
UPDATE migrate_revision SET up_facts = 's=99', down_facts = '';
UPDATE migrate_script SET script = script || ' ' WHERE revision = 'f001';
DELETE FROM migrate_script WHERE revision = 'f002';
SELECT migrate_upgrade('f002');
SELECT revision, up_facts, down_facts FROM migrate_revision ORDER BY revision;
SELECT migrate_upgrade('f002');

.print -- and the run goes on
UPDATE riders SET email = 'eve@example.org' WHERE id = 2;
SELECT migrate_upgrade('f003');
SELECT id, action, revision, outcome, detail FROM migrate_log();
SELECT migrate_setting('default_profile');
SELECT migrate_seed('*');

.print -- tables that were changed have the text of new ones
.open new.db
.load @MODULE@
SELECT migrate_init();
.open test.db
.load @MODULE@
ATTACH 'new.db' AS new;
SELECT count(*) FROM sqlite_schema WHERE name LIKE 'migrate\_%' ESCAPE '\';
SELECT old.name FROM main.sqlite_schema AS old JOIN new.sqlite_schema AS made USING (name)
    WHERE replace(old.sql, ' ', '') <> replace(made.sql, ' ', '');

.print -- a newer format is refused
UPDATE migrate_meta SET value = '3' WHERE key = 'format';
SELECT migrate_upgrade();
SELECT * FROM migrate_log();
.read script.sql
