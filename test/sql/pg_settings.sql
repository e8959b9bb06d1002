-- What a script sets ends with its section, whether it succeeds or fails.
CREATE EXTENSION migrate;
CREATE SCHEMA app;
CREATE ROLE regress_migrate_owner;
GRANT CREATE, USAGE ON SCHEMA app TO regress_migrate_owner;
SET search_path = app, public;
SET work_mem = '5MB';

SELECT migrate_add($$
-- Settings
--
-- Revision ID: s001

-- migrate:up
SET search_path = pg_catalog;
SET work_mem = '9MB';
SET LOCAL maintenance_work_mem = '9MB';
SET ROLE regress_migrate_owner;
CREATE TABLE app.owned (id int);
SELECT set_config('work_mem', '8MB', false);
-- migrate:up
CREATE TABLE lands_in_app AS
    SELECT current_user::text, current_setting('work_mem') AS work_mem;
-- migrate:down
DROP TABLE owned, lands_in_app;

-- Session authorization
--
-- Revision ID: s002
-- Revises: s001

-- migrate:up
SET SESSION AUTHORIZATION regress_migrate_owner;
CREATE TABLE app.owned_too (id int);
-- migrate:down
DROP TABLE owned_too;
$$, 'settings.sql');
SELECT migrate_upgrade();
SELECT current_user, session_user, current_setting('search_path') AS search_path,
    current_setting('work_mem') AS work_mem,
    current_setting('maintenance_work_mem') AS maintenance_work_mem;
SELECT relname, relnamespace::regnamespace, relowner::regrole FROM pg_class
    WHERE relname IN ('owned', 'owned_too', 'lands_in_app') ORDER BY relname;
TABLE lands_in_app;

-- After a failure in the middle, in a transaction that goes on.
SELECT migrate_add($$
-- Fails
--
-- Revision ID: s003
-- Revises: s002

-- migrate:up
SET search_path = pg_catalog;
SET work_mem = '9MB';
SET ROLE regress_migrate_owner;
SELECT 1 / 0;
$$, 'settings.sql');
BEGIN;
SAVEPOINT before;
SELECT migrate_upgrade();
ROLLBACK TO before;
SELECT current_user, current_setting('search_path') AS search_path,
    current_setting('work_mem') AS work_mem;
COMMIT;
SELECT current_user, current_setting('search_path') AS search_path,
    current_setting('work_mem') AS work_mem;

SELECT migrate_downgrade('base');

-- An offline script puts the settings back as well, and dollar quotes in a verify section do not end
-- its blocks.
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
SELECT migrate_add($$
-- Dump
--
-- Revision ID: s004

-- migrate:up
SELECT pg_catalog.set_config('search_path', '', false);
SET my_app.name = 'x';
SET "work_mem" TO '9MB';
RESET TIME ZONE;
CREATE TABLE app.dumped (id int);
-- migrate:verify
SELECT $migrate$x$migrate$ = 'x';
-- migrate:down
DROP TABLE app.dumped;

-- After it
--
-- Revision ID: s005
-- Revises: s004

-- migrate:up
CREATE TABLE lands_in_app AS SELECT current_setting('work_mem') AS work_mem;
-- migrate:down
DROP TABLE app.lands_in_app;
$$, 'dump$migrate$.sql');
\set script `echo "$MIG_TMP/settings.sql"`
\pset tuples_only on
\pset format unaligned
\o :script
SELECT migrate_upgrade_sql();
\o
\pset tuples_only off
\pset format aligned
\set ECHO none
\i :script
\set ECHO all
\set ON_ERROR_STOP off
TABLE app.lands_in_app;
SELECT revision FROM migrate_current();
SELECT migrate_downgrade('base');
RESET ALL;
DROP SCHEMA app;
DROP ROLE regress_migrate_owner;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
DROP EXTENSION migrate;
