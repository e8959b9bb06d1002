-- CONCURRENTLY in an ordinary section: known before the run starts, or done without.
CREATE EXTENSION migrate;
\pset format unaligned
\pset tuples_only on

CREATE TABLE old_one (a int, b text);
CREATE INDEX old_one_b ON old_one (b);
CREATE SCHEMA "Aside";
CREATE TABLE "Aside"."Old ""two""" (a int);

-- Refused before anything runs, with all the places.
SELECT migrate_add($$
-- First
--
-- Revision ID: c001

-- migrate:up
CREATE TABLE new_one (a int);
CREATE INDEX CONCURRENTLY new_one_a ON new_one (a);
-- migrate:down
DROP INDEX CONCURRENTLY new_one_a;
DROP TABLE new_one;

-- Second
--
-- Revision ID: c002
-- Revises: c001

-- migrate:up
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS old_one_a ON ONLY
    Public."old_one" (a);
REINDEX (VERBOSE, CONCURRENTLY) INDEX old_one_b;
DROP INDEX CONCURRENTLY IF EXISTS old_one_b;
REINDEX TABLE CONCURRENTLY old_one;
CREATE INDEX CONCURRENTLY ON "Aside"."Old ""two""" (a);
REINDEX INDEX CONCURRENTLY new_one_a;
-- migrate:down
$$, 'c.sql');
SELECT revision, note FROM migrate_plan();
SELECT migrate_upgrade();
\echo :LAST_ERROR_SQLSTATE
CALL migrate_upgrade_online();
SELECT revision FROM migrate_current();
SELECT count(*) FROM pg_class WHERE relname = 'new_one';

-- On what the run has made it is run without.
SELECT migrate_upgrade('c001');
SELECT revision, note FROM migrate_plan('base');
SELECT migrate_downgrade('base');
-- A table of the caller's own transaction is new too.
BEGIN;
CREATE TABLE mine (a int);
CREATE TEMP TABLE passing (a int);
SELECT migrate_add($$
-- Second
--
-- Revision ID: c002
-- Revises: c001

-- migrate:up
CREATE INDEX CONCURRENTLY ON mine (a);
CREATE INDEX CONCURRENTLY passing_a ON passing (a);
REINDEX TABLE CONCURRENTLY mine;
REINDEX INDEX CONCURRENTLY passing_a;
DROP INDEX CONCURRENTLY passing_a;
$$, 'c.sql');
SELECT revision, note FROM migrate_plan();
SELECT migrate_upgrade();
ROLLBACK;

-- Everything that the run can have made, by whatever name.
SELECT migrate_add($$
-- Second
--
-- Revision ID: c002
-- Revises: c001

-- migrate:up
CREATE MATERIALIZED VIEW "Seen" AS SELECT 1 AS a;
CREATE INDEX CONCURRENTLY seen_a ON "Seen" (a);
CREATE TABLE "Aside".parted (a int) PARTITION BY LIST (a);
CREATE TABLE "Aside".part PARTITION OF "Aside".parted FOR VALUES IN (1);
CREATE INDEX CONCURRENTLY parted_a ON "Aside".parted (a);
CREATE INDEX CONCURRENTLY part_a ON "Aside".part (a);
DROP INDEX CONCURRENTLY "Aside".part_a;
REINDEX TABLE CONCURRENTLY "Seen";
ALTER TABLE "Aside".parted DETACH PARTITION "Aside".part CONCURRENTLY;
-- The name means another table now.
ALTER TABLE old_one RENAME TO older_one;
CREATE TABLE old_one (a int);
CREATE INDEX CONCURRENTLY old_one_a ON old_one (a);
SET search_path = "Aside";
CREATE TABLE mine (a int);
CREATE INDEX CONCURRENTLY mine_a ON mine (a);
-- There is nothing, which either form would say.
DROP INDEX CONCURRENTLY IF EXISTS nowhere;
$$, 'c.sql');
SELECT revision, note FROM migrate_plan();
SELECT migrate_upgrade();
SELECT indexrelid::regclass FROM pg_index WHERE indrelid IN ('old_one'::regclass, '"Seen"'::regclass,
    '"Aside".mine'::regclass) ORDER BY 1::text;
SELECT migrate_stamp('c001');
DROP TABLE old_one, "Aside".mine, "Aside".parted, "Aside".part;
DROP MATERIALIZED VIEW "Seen";
ALTER TABLE older_one RENAME TO old_one;

-- What could have changed the meaning of a name keeps the plan from judging; the server then does.
SELECT migrate_add($$
-- Second
--
-- Revision ID: c002
-- Revises: c001

-- migrate:up
DO 'BEGIN ALTER TABLE old_one RENAME TO old_three; ALTER TABLE old_three RENAME TO old_one; END';
CREATE INDEX CONCURRENTLY ON old_one (a);
$$, 'c.sql');
SELECT revision, note FROM migrate_plan();
SELECT migrate_upgrade();
\echo :LAST_ERROR_SQLSTATE

-- In an online run the revision counts: what an earlier one has made is old.
SELECT migrate_add($$
-- Second
--
-- Revision ID: c002
-- Revises: c001

-- migrate:up
CREATE INDEX CONCURRENTLY new_one_b ON new_one (a);
$$, 'c.sql');
SELECT revision, note FROM migrate_plan();
CALL migrate_upgrade_online();
SELECT migrate_stamp('base');
DROP TABLE IF EXISTS new_one;
SELECT migrate_upgrade();

DROP EXTENSION migrate;
SET client_min_messages = warning;
DROP SCHEMA migrate, "Aside" CASCADE;
DROP TABLE IF EXISTS old_one, new_one CASCADE;
