-- Inside a transaction of the caller.
SELECT migrate_load('plain');
CREATE TABLE mine (x UNIQUE);

.print -- rolled back with it
BEGIN;
INSERT INTO mine VALUES (1);
SELECT migrate_upgrade('head');
ROLLBACK;
SELECT count(*) FROM migrate_current();
SELECT name FROM sqlite_schema WHERE name = 'users';

.print -- committed with it
BEGIN IMMEDIATE;
INSERT INTO mine VALUES (1);
SELECT migrate_upgrade('aaaa1');
INSERT INTO users VALUES (1, 'a');
COMMIT;
SELECT revision FROM migrate_current();
SELECT name FROM users;

.print -- a savepoint of the caller
SAVEPOINT s;
SELECT migrate_upgrade('head');
ROLLBACK TO s;
RELEASE s;
SELECT revision FROM migrate_current();
SAVEPOINT s;
SELECT migrate_upgrade('head');
RELEASE s;
SELECT revision FROM migrate_current();

.print -- a failure leaves what the caller did
SELECT migrate_add('-- Broken
-- Revision ID: cccc3
-- Revises: bbbb2
-- migrate:up
CREATE TABLE half (x);
INSERT INTO nowhere VALUES (1);
-- migrate:down
DROP TABLE half;
', 'broken.sql');
BEGIN;
INSERT INTO mine VALUES (2);
SELECT migrate_upgrade('head');
SELECT name FROM sqlite_schema WHERE name = 'half';
COMMIT;
SELECT x FROM mine ORDER BY x;
SELECT revision FROM migrate_current();

.print -- a script that rolls back everything
SELECT migrate_add('-- Rolls back
-- Revision ID: cccc3
-- Revises: bbbb2
-- migrate:up
INSERT OR ROLLBACK INTO mine VALUES (1);
-- migrate:down
SELECT 1;
', 'rollback.sql');
BEGIN;
INSERT INTO mine VALUES (3);
SELECT migrate_upgrade('head');
SELECT x FROM mine ORDER BY x;
COMMIT;
SELECT migrate_add('-- Rolls back
-- Revision ID: cccc3
-- Revises: bbbb2
-- migrate:up
CREATE TABLE half (x);
CREATE TRIGGER half_no AFTER INSERT ON half BEGIN SELECT RAISE(ROLLBACK, ''no''); END;
INSERT INTO half VALUES (1);
CREATE TABLE behind (x);
-- migrate:down
SELECT 1;
', 'raise.sql');
SELECT migrate_upgrade('head');
SELECT name FROM sqlite_schema WHERE name IN ('half', 'behind');
SELECT revision FROM migrate_current();

.print -- a file of its own, in memory
.open :memory:
.load @MODULE@
SELECT migrate_load('plain');
SELECT migrate_upgrade();
SELECT revision FROM migrate_current();
