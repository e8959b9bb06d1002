-- A run is part of the caller's transaction.
CREATE EXTENSION migrate;
SELECT migrate_add($$
-- One
--
-- Revision ID: t001

-- migrate:up
CREATE TABLE one (id int);
INSERT INTO one VALUES (1);
-- migrate:down
DROP TABLE one;

-- Two
--
-- Revision ID: t002
-- Revises: t001

-- migrate:up
CREATE TABLE two AS SELECT id + 1 AS id FROM one;
-- migrate:down
DROP TABLE two;
$$, 'two.sql');

-- Rolled back: nothing happened.
BEGIN;
SELECT migrate_upgrade();
SELECT revision FROM migrate_current();
ROLLBACK;
SELECT revision FROM migrate_current();
SELECT to_regclass('one');

-- A savepoint takes back a part.
BEGIN;
SELECT migrate_upgrade('t001');
SAVEPOINT here;
SELECT migrate_upgrade('t002');
SELECT revision FROM migrate_current();
ROLLBACK TO here;
SELECT revision FROM migrate_current();
COMMIT;
SELECT revision FROM migrate_current();

-- What the caller's transaction did before is there, and what the run did is there after it.
BEGIN;
UPDATE one SET id = 10;
SELECT migrate_upgrade();
TABLE two;
COMMIT;

-- Several calls in one statement see each other's work.
SELECT migrate_downgrade('base') UNION ALL SELECT migrate_upgrade();

-- A failed run in a block leaves the block to be rolled back; in an exception block only the run.
SELECT migrate_add($$
-- Three
--
-- Revision ID: t003
-- Revises: t002

-- migrate:up
CREATE TABLE three (id int);
SELECT 1 / 0;
-- migrate:down
DROP TABLE three;
$$, 'three.sql');
DO $$
BEGIN
    PERFORM migrate_upgrade();
EXCEPTION WHEN division_by_zero THEN
    RAISE INFO 'caught: %', SQLERRM;
END $$;
SELECT revision FROM migrate_current();
SELECT to_regclass('three');

-- Read-only.
BEGIN READ ONLY;
SELECT migrate_downgrade('base');
ROLLBACK;
BEGIN READ ONLY;
SELECT revision, state FROM migrate_history();
SELECT operation, revision FROM migrate_plan('base');
SELECT current, heads, pending FROM migrate_status();
COMMIT;

-- Other isolation levels, and the listing of a statement sees what the statement sees.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT migrate_downgrade('base');
SELECT count(*) FROM migrate_current();
SELECT migrate_upgrade('t002');
SELECT revision FROM migrate_current();
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT migrate_downgrade(-1);
COMMIT;
SELECT revision FROM migrate_current();

-- Two-phase commit and cursors are the caller's own affair.
BEGIN;
DECLARE lines CURSOR FOR SELECT migrate_upgrade('t002');
FETCH 1 FROM lines;
SELECT revision FROM migrate_current();
COMMIT;
SELECT revision FROM migrate_current();

-- A number is a relative target; a positive one is refused.
SELECT migrate_upgrade(+1);
SELECT migrate_downgrade(1);
SELECT operation, revision FROM migrate_plan(-1);

-- What cannot run in a transaction is refused: by its section before anything runs, else by the
-- server.
SELECT migrate_stamp('base');
DROP TABLE one, two;
SELECT migrate_add($$
-- Outside
--
-- Revision ID: u001

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ON one (id);
$$, 'outside.sql');
SELECT migrate_upgrade('u001');
SELECT migrate_add($$
-- Not marked
--
-- Revision ID: u001

-- migrate:up
CREATE TABLE made_before (id int);
VACUUM made_before;
$$, 'outside.sql');
SELECT migrate_upgrade('u001');
SELECT to_regclass('made_before');

SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
DROP EXTENSION migrate;
