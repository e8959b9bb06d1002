SELECT migrate_add('');
SELECT migrate_add(NULL);
SELECT migrate_add('CREATE TABLE t (id integer);');
SELECT migrate_add('-- Only a message');
-- Ids and labels.
SELECT migrate_add('-- Revision ID:');
SELECT migrate_add('-- Revision ID: two words');
SELECT migrate_add('-- Revision ID: a-b');
SELECT migrate_add('-- Revision ID: head');
SELECT migrate_add('-- Revision ID: Base');
SELECT migrate_add('-- Revision ID: x
-- Branch Labels: current
-- migrate:up');
SELECT migrate_add('-- Revision ID: x
-- Revises: y:z
-- migrate:up');
SELECT migrate_add('-- Revision ID: x
-- Revision ID: y
-- migrate:up');
SELECT migrate_add('-- Revision ID: x
-- Create Date: yesterday
-- migrate:up');
SELECT migrate_add('-- Revision ID: x
-- Create Date: 2024-02-30 10:00:00
-- migrate:up');
-- Near misses of keys.
SELECT migrate_add('-- Revision ID: x
-- Revise: y
-- migrate:up');
SELECT migrate_add('-- Revision ID: x
-- Depend On: y
-- migrate:up');
SELECT migrate_add('-- Revison ID: x');
-- No up section.
SELECT migrate_add('-- Revision ID: x');
SELECT migrate_add('-- Revision ID: x
-- migrate:down
SELECT 1;');
-- Markers.
SELECT migrate_add('-- Revision ID: x
-- migrate:upp
SELECT 1;');
SELECT migrate_add('-- Revision ID: x
-- migrate:up engine:oracle
SELECT 1;');
SELECT migrate_add('-- Revision ID: x
-- migrate:up transaction:no
SELECT 1;');
SELECT migrate_add('-- Revision ID: x
-- migrate:up lock:none
SELECT 1;');
SELECT migrate_add('-- Revision ID: x
-- migrate:up engine:sqlite engine:sqlite
SELECT 1;');
SELECT migrate_add('-- Revision ID: x
SELECT 1;');
SELECT migrate_add('-- Revision ID: x
-- migrate:up
SELECT ''
-- migrate:down
'';');
SELECT migrate_add('-- Revision ID: x
-- migrate:up
/*
-- migrate:down
*/
SELECT 1;');
SELECT migrate_add('-- Revision ID: x
-- migrate:up
CREATE TABLE x (id integer);
-- migrate:down
DROP TABLE x
/* never closed');
SELECT migrate_add('-- Revision ID: x
-- migrate:verify transaction:false
SELECT 1 = 1;');
-- What a section must not hold.
SELECT migrate_add('-- Revision ID: x
-- migrate:up
BEGIN;
CREATE TABLE x (id integer);
COMMIT;', 'x.sql');
SELECT migrate_add('-- Revision ID: x
-- migrate:up
SAVEPOINT s;', 'x.sql');
SELECT migrate_add('-- Revision ID: x
-- migrate:up
CREATE TABLE x (id integer);
-- migrate:down
DROP TABLE x;
ROLLBACK', 'x.sql');
SELECT migrate_add('-- Revision ID: x
-- migrate:up
SELECT migrate_upgrade(''head'');', 'x.sql');
SELECT migrate_add('-- Revision ID: x
-- migrate:up
SELECT 1, migrate_stamp(''head'');', 'x.sql');
-- Several complaints of one text, and none of it is stored.
SELECT migrate_add('-- One
-- Revision ID: one
-- migrate:up
SELECT 1;
-- Two
-- Revision ID: two
-- Revise: one
-- migrate:up
COMMIT;
-- Three
-- Revision ID: three
-- Revises: two
-- migrate:sideways
', 'bundle.sql');
SELECT revision FROM migrate_history();
