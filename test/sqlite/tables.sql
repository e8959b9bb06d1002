-- The tables of the engine are input: whatever stands in their place is looked at first.
.print -- a view
CREATE VIEW migrate_revision AS SELECT 1;
SELECT migrate_load('plain');
SELECT migrate_current();
DROP VIEW migrate_revision;

.print -- a table of another shape
CREATE TABLE migrate_applied (revision);
SELECT migrate_load('plain');
SELECT count(*) FROM migrate_history();
DROP TABLE migrate_applied;

.print -- the same table, written in another way
CREATE TABLE Migrate_Meta(key text NOT NULL PRIMARY KEY,value text NOT NULL);
SELECT migrate_load('plain');
DROP TABLE migrate_meta;

.print -- made by us
SELECT migrate_init('somebody');
SELECT migrate_init();
SELECT migrate_init();
SELECT name, type FROM sqlite_schema WHERE type = 'table' ORDER BY name;
SELECT migrate_load('plain');

.print -- a trigger on one
CREATE TRIGGER spy AFTER INSERT ON migrate_applied BEGIN DELETE FROM migrate_applied; END;
SELECT migrate_upgrade();
DROP TRIGGER spy;
CREATE TEMP TRIGGER spy AFTER INSERT ON main.migrate_applied BEGIN DELETE FROM migrate_applied; END;
SELECT migrate_upgrade();
DROP TRIGGER spy;

.print -- a temporary table in front of one
CREATE TEMP TABLE migrate_script (revision, script);
SELECT migrate_upgrade();
DROP TABLE temp.migrate_script;

.print -- a column more
ALTER TABLE migrate_logbook ADD COLUMN extra;
SELECT migrate_upgrade();
ALTER TABLE migrate_logbook DROP COLUMN extra;
SELECT migrate_upgrade();

.print -- an index on one
CREATE INDEX by_time ON migrate_applied (applied_at);
SELECT migrate_downgrade(-1);
SELECT count(*) FROM migrate_current();
DROP INDEX by_time;

.print -- a foreign key to one, whatever its spelling; a table that only mentions one does no harm
PRAGMA foreign_keys = ON;
CREATE TABLE follower (target, revision, FOREIGN KEY (target, revision) REFERENCES Migrate_Applied ON DELETE CASCADE);
SELECT migrate_downgrade(-1);
DROP TABLE follower;
CREATE TABLE follower (revision references/* */'migrate_script' ON DELETE CASCADE);
SELECT migrate_downgrade(-1);
DROP TABLE follower;
CREATE TABLE follower (revision);
ALTER TABLE follower ADD COLUMN r REFERENCES [MIGRATE_REVISION];
SELECT migrate_downgrade(-1);
DROP TABLE follower;
CREATE TABLE follower (migrate_script REFERENCES users (migrate_script) /* REFERENCES migrate_script */, t DEFAULT 'REFERENCES migrate_script');
SELECT migrate_downgrade(-1);
DROP TABLE follower;
PRAGMA foreign_keys = OFF;

.print -- one table less
DROP TABLE migrate_script;
SELECT migrate_upgrade();

.print -- rows that nobody wrote
.open other.db
.load @MODULE@
SELECT migrate_load('plain');
SELECT migrate_upgrade();
UPDATE migrate_script SET script = replace(script, 'users', 'losers') WHERE revision = 'aaaa1';
SELECT migrate_downgrade('base');
DELETE FROM migrate_applied WHERE revision = 'aaaa1';
SELECT migrate_current();
INSERT INTO migrate_applied (revision, seq, applied_at, stamped, ran_checksum) VALUES ('ffff', 9, '', 0, '');
SELECT migrate_current();
UPDATE migrate_meta SET value = '99';
SELECT migrate_current();
UPDATE migrate_meta SET value = 'x';
SELECT migrate_current();

.print -- numbers that cannot be counted on from
UPDATE migrate_meta SET value = '2';
DELETE FROM migrate_applied WHERE revision = 'ffff';
INSERT INTO migrate_applied (revision, seq, applied_at, stamped, ran_checksum) VALUES ('aaaa1', 9223372036854775807, '', 0, '');
SELECT migrate_current();
UPDATE migrate_applied SET seq = 'many';
SELECT migrate_current();
UPDATE migrate_applied SET seq = 1;
UPDATE migrate_logbook SET id = 9223372036854775807 WHERE id = 1;
SELECT migrate_upgrade();
UPDATE migrate_logbook SET id = 1 WHERE id > 1000;

.print -- a message with line ends stays a comment; the text of a tampered script can be had again
UPDATE migrate_revision SET script_hash = '', file_stamp = '';
SELECT migrate_load('plain');
UPDATE migrate_revision SET message = 'x' || char(10) || 'DROP TABLE users;' || char(13, 10) || 'y';
SELECT instr(migrate_upgrade_sql('base:heads'), ', x DROP TABLE users;  y') > 0;

.print -- a plan counts the rows of tables, and does not run views
CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0;
CREATE TABLE counted (i);
INSERT INTO counted VALUES (1), (2);
UPDATE migrate_revision SET down_facts = 's=1' || char(10) || 'drop table' || char(9) || '"Endless"' || char(10) || 'drop table' || char(9) || 'main."counted"' WHERE revision = 'aaaa1';
SELECT note FROM migrate_plan('base') WHERE revision = 'aaaa1';
