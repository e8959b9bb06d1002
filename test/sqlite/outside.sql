-- transaction:false sections: statement by statement in autocommit, VACUUM through a second connection.
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up
CREATE TABLE a (x);
INSERT INTO a VALUES (1);
-- migrate:down
DROP TABLE a;
', 'one.sql');
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up transaction:false
PRAGMA foreign_keys = ON;
PRAGMA page_size = 8192;
VACUUM;
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS b (x);
VACUUM INTO ''copy.db'';
-- migrate:down transaction:false
PRAGMA journal_mode = DELETE;
DROP TABLE IF EXISTS b;
', 'two.sql');
PRAGMA page_size;
PRAGMA foreign_keys;

.print -- not in a transaction of the caller
BEGIN;
SELECT migrate_upgrade();
ROLLBACK;

.print -- but outside of one
SELECT migrate_upgrade();
PRAGMA page_size;
PRAGMA foreign_keys;
PRAGMA journal_mode;
SELECT revision FROM migrate_current();
ATTACH 'copy.db' AS copy;
SELECT name FROM copy.sqlite_schema WHERE name IN ('a', 'b') ORDER BY name;
DETACH copy;
SELECT migrate_downgrade('aaaa1');
PRAGMA journal_mode;
SELECT revision FROM migrate_current();

.print -- a failure in the middle says what was committed
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up transaction:false
CREATE TABLE c (x);
INSERT INTO nowhere VALUES (1);
', 'two.sql');
SELECT migrate_upgrade();
SELECT name FROM sqlite_schema WHERE name = 'c';
SELECT revision FROM migrate_current();
SELECT action, revision, outcome, detail FROM migrate_log() WHERE outcome <> 'ok';
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up transaction:false
VACUUM INTO ''copy.db'';
', 'two.sql');
SELECT migrate_upgrade();

.print -- VACUUM has no second connection in memory
.open :memory:
.load @MODULE@
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up transaction:false
VACUUM;
', 'one.sql');
SELECT migrate_upgrade();
