-- A database that cannot be written.
SELECT migrate_load('plain');
SELECT migrate_upgrade('aaaa1');

.print -- query_only
PRAGMA query_only = ON;
SELECT migrate_upgrade('head');
SELECT migrate_downgrade('base');
SELECT migrate_upgrade('aaaa1');
SELECT revision FROM migrate_current();
PRAGMA query_only = OFF;

.print -- opened for reading
.open --readonly test.db
.load @MODULE@
SELECT migrate_upgrade('head');
SELECT migrate_load('plain');
SELECT migrate_stamp('head');
SELECT migrate_init();
SELECT revision, state FROM migrate_history();
SELECT step, operation, revision FROM migrate_plan();
SELECT current, heads FROM migrate_status();
SELECT count(*) > 0 FROM migrate_log();
SELECT migrate_upgrade('aaaa1');
BEGIN;
SELECT migrate_upgrade('head');
ROLLBACK;

.print -- without the tables
.open empty.db
CREATE TABLE t (x);
.open --readonly empty.db
.load @MODULE@
SELECT migrate_current();
SELECT count(*) FROM migrate_history();
SELECT migrate_init();
