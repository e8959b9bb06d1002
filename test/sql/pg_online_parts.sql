-- A revision that commits in parts: what has run is known, and a later run goes on behind it.
CREATE EXTENSION migrate;
\pset format unaligned
\pset tuples_only on
CREATE TABLE busy (id int);
INSERT INTO busy VALUES (1), (1);
SELECT migrate_add($$
-- Parts
--
-- Revision ID: c001

-- migrate:up
CREATE TABLE first (id int);
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY first_id ON first (id);
CREATE UNIQUE INDEX CONCURRENTLY busy_id ON busy (id);
VACUUM busy;
-- migrate:up
CREATE TABLE last (id int);
-- migrate:verify
SELECT count(*) = 0 FROM last;
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY busy_id;
DROP INDEX CONCURRENTLY first_id;
-- migrate:down
DROP TABLE first, last;
$$, 'parts.sql');
SELECT transaction, note FROM migrate_plan();
SELECT migrate_upgrade();
CALL migrate_upgrade_online();
SELECT to_regclass('first'), to_regclass('first_id'), to_regclass('last');
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indexrelid = 'busy_id'::regclass;
SELECT action, revision, outcome, sqlstate, detail, statement FROM migrate_log();
SELECT key, split_part(value, ' ', 1), split_part(value, ' ', 2), split_part(value, ' ', 3)
    FROM migrate.meta WHERE key LIKE 'partial%';
-- It fails again at the same place, without the parts before.
CALL migrate_upgrade_online();
-- What has run cannot be changed any more ...
SELECT migrate_add($$
-- Parts
--
-- Revision ID: c001

-- migrate:up
CREATE TABLE first (id int, name text);
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY first_id ON first (id);
CREATE INDEX CONCURRENTLY busy_id ON busy (id);
-- migrate:down
DROP TABLE first;
$$, 'parts.sql');
CALL migrate_upgrade_online();
-- ... what has not run can.
SELECT migrate_add($$
-- Parts
--
-- Revision ID: c001

-- migrate:up
CREATE TABLE first (id int);
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY first_id ON first (id);
CREATE INDEX CONCURRENTLY busy_id ON busy (id);
VACUUM busy;
-- migrate:up
CREATE TABLE last (id int);
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY busy_id;
DROP INDEX CONCURRENTLY first_id;
-- migrate:down
DROP TABLE first, last;
$$, 'parts.sql');
CALL migrate_upgrade_online();
SELECT indexrelid::regclass, indisvalid, indisunique FROM pg_index
    WHERE indexrelid IN ('busy_id'::regclass, 'first_id'::regclass) ORDER BY 1;
SELECT key FROM migrate.meta;
SELECT action, revision, outcome FROM migrate_log() WHERE action = 'upgrade';
-- Down the same way, and inline.
SET migrate.outside = 'inline';
CALL migrate_downgrade_online('base');
CALL migrate_upgrade_online();
RESET migrate.outside;
CALL migrate_downgrade_online('base');
SELECT to_regclass('first'), to_regclass('busy_id');
SELECT key FROM migrate.meta;

DROP TABLE busy;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP EXTENSION migrate;
