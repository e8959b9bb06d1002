-- Sections outside a transaction. The lines of an online run carry times: only their number is shown.
CREATE EXTENSION migrate;
\set VERBOSITY sqlstate

-- The outcome of the latest runs, and where an index stands.
CREATE VIEW runs AS
    SELECT action, revision, outcome, sqlstate, detail, statement FROM migrate_log() WHERE action IN ('upgrade', 'downgrade')
        ORDER BY id DESC LIMIT 3;
CREATE VIEW indexes AS
    SELECT indexrelid::regclass AS name, indisvalid AS valid, pg_get_userbyid(relowner) AS owner
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace::regnamespace::text IN ('public', 'aside')
        ORDER BY indexrelid::regclass::text;

SELECT migrate_add($$
-- Table
--
-- Revision ID: u001

-- migrate:up
CREATE TABLE t (a int, b text);
INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 1000) AS i;
-- migrate:down
DROP TABLE t;

-- Every kind
--
-- Revision ID: u002
-- Revises: u001

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY t_a ON t (a);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_b ON t (b);
REINDEX INDEX CONCURRENTLY t_a;
REINDEX TABLE CONCURRENTLY t;
CLUSTER t USING t_a;
VACUUM (ANALYZE) t;
CREATE DATABASE migrate_outside_test;
DROP DATABASE migrate_outside_test;
INSERT INTO t VALUES (1001, 'in a transaction of its own');
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY t_a;
DROP INDEX CONCURRENTLY IF EXISTS t_b, t_c;
DROP INDEX CONCURRENTLY t_b;
DELETE FROM t WHERE a > 1000;
$$, 'kinds.sql');

-- In one transaction it is refused.
SELECT migrate_upgrade();
\echo :LAST_ERROR_MESSAGE
\echo :LAST_ERROR_SQLSTATE

CALL migrate_upgrade_online();
SELECT reltuples::int, relallvisible > 0 AS vacuumed FROM pg_class WHERE relname = 't';
SELECT count(*) FROM t;
TABLE indexes;
-- DROP INDEX CONCURRENTLY takes one index only: the server says so.
CALL migrate_downgrade_online('u001');
\echo :LAST_ERROR_MESSAGE
TABLE runs;
TABLE indexes;
SELECT revision FROM migrate_current();

-- It goes on where it stopped, once the text is right.
SELECT migrate_add(replace(script, 'DROP INDEX CONCURRENTLY IF EXISTS t_b, t_c;', ''), 'kinds.sql')
    FROM migrate_show('u002');
CALL migrate_downgrade_online('u001');
TABLE indexes;
SELECT count(*) FROM t;
SELECT count(*) FROM migrate.meta WHERE key LIKE 'partial%';

-- Settings: the caller's arrive, those of the section hold to its end.
SELECT migrate_add($$
-- Settings
--
-- Revision ID: u003
-- Revises: u001

-- migrate:up transaction:false
CREATE TABLE seen AS SELECT 1 AS step, current_setting('work_mem') AS work_mem,
    current_setting('search_path') AS path, current_setting('my.word', true) AS word;
SET work_mem = '3MB';
SET search_path = aside, public;
INSERT INTO seen VALUES (2, current_setting('work_mem'), current_setting('search_path'));
CREATE TABLE made (i int);
CREATE INDEX CONCURRENTLY ON made (i);
SET LOCAL work_mem = '4MB';
RESET work_mem;
INSERT INTO seen VALUES (3, current_setting('work_mem'), current_setting('search_path'));
-- migrate:up transaction:false
INSERT INTO public.seen VALUES (4, current_setting('work_mem'), current_setting('search_path'));
-- migrate:down
DROP TABLE seen, aside.made;
$$, 'settings.sql');
CREATE SCHEMA aside;
SET work_mem = '2MB';
SET my.word = 'of the caller';
CALL migrate_upgrade_online('u003');
TABLE seen ORDER BY step;
TABLE indexes;
SHOW work_mem;
SHOW search_path;
CALL migrate_downgrade_online('u001');

SET migrate.outside = inline;
CALL migrate_upgrade_online('u003');
TABLE seen ORDER BY step;
SHOW work_mem;
SHOW search_path;
RESET migrate.outside;
RESET work_mem;
CALL migrate_downgrade_online('u001');

-- They are put back after a failure, too.
SELECT migrate_add($$
-- Fails with settings
--
-- Revision ID: u012
-- Revises: u001

-- migrate:up transaction:false
SET work_mem = '3MB';
SET search_path = aside;
SET ROLE pg_monitor;
SELECT 1 / 0;
$$, 'fails.sql');
SET migrate.outside = inline;
CALL migrate_upgrade_online('u012');
SELECT current_setting('work_mem'), current_setting('search_path'), current_user;
RESET migrate.outside;
CALL migrate_upgrade_online('u012');
SELECT current_setting('work_mem'), current_setting('search_path'), current_user;

-- Whatever the isolation level, the caller has no snapshot that the server would wait for.
SET default_transaction_isolation = 'serializable';
CALL migrate_upgrade_online('u002');
TABLE indexes;
CALL migrate_downgrade_online('u001');
SET migrate.outside = inline;
SET default_transaction_isolation = 'repeatable read';
CALL migrate_upgrade_online('u002');
TABLE indexes;
CALL migrate_downgrade_online('u001');
RESET migrate.outside;
RESET default_transaction_isolation;

-- Roles.
CREATE ROLE regress_migrate_outside;
GRANT CREATE ON SCHEMA public TO regress_migrate_outside;
SELECT migrate_add($$
-- Role of the script
--
-- Revision ID: u013
-- Revises: u001

-- migrate:up transaction:false
SET ROLE regress_migrate_outside;
CREATE TABLE mine (i int);
CREATE INDEX CONCURRENTLY mine_i ON mine (i);
RESET ROLE;
CREATE INDEX CONCURRENTLY t_role ON t (a);
-- migrate:down
DROP TABLE mine;
DROP INDEX t_role;
$$, 'role.sql');
CALL migrate_upgrade_online('u013');
TABLE indexes;
CALL migrate_downgrade_online('u001');
SET migrate.outside = inline;
CALL migrate_upgrade_online('u013');
TABLE indexes;
SELECT current_user;
CALL migrate_downgrade_online('u001');
RESET migrate.outside;
SELECT migrate_add($$
-- Roles
--
-- Revision ID: u004
-- Revises: u001

-- migrate:up transaction:false
CREATE TABLE owned (i int);
CREATE INDEX CONCURRENTLY owned_i ON owned (i);
ALTER SYSTEM SET work_mem = '1MB';
-- migrate:up
DROP TABLE owned;
-- migrate:down
SELECT 1;

-- Escape
--
-- Revision ID: u005
-- Revises: u001

-- migrate:up transaction:false
RESET ROLE;

-- Escape from below
--
-- Revision ID: u006
-- Revises: u001

-- migrate:up transaction:false
DO 'BEGIN PERFORM set_config(''role'', ''none'', false); END';
$$, 'roles.sql');
GRANT USAGE ON SCHEMA migrate TO regress_migrate_outside;
GRANT ALL ON ALL TABLES IN SCHEMA migrate TO regress_migrate_outside;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO regress_migrate_outside;
SET ROLE regress_migrate_outside;
CALL migrate_upgrade_online('u004');
\echo :LAST_ERROR_MESSAGE
CALL migrate_upgrade_online('u005');
\echo :LAST_ERROR_MESSAGE
CALL migrate_upgrade_online('u006');
\echo :LAST_ERROR_MESSAGE
SET migrate.outside = inline;
\echo :LAST_ERROR_MESSAGE
RESET ROLE;
TABLE indexes;
SET migrate.outside = inline;
SET ROLE regress_migrate_outside;
CALL migrate_upgrade_online('u005');
\echo :LAST_ERROR_MESSAGE
CALL migrate_upgrade_online('u006');
\echo :LAST_ERROR_MESSAGE
RESET ROLE;
RESET migrate.outside;
DROP TABLE owned;
REVOKE ALL ON ALL TABLES IN SCHEMA migrate FROM regress_migrate_outside;

-- A failure leaves an invalid index; the next run repairs it, and builds nothing twice.
SELECT migrate_add($$
-- Repair
--
-- Revision ID: u007
-- Revises: u001

-- migrate:up
CREATE TABLE r (a int, b int);
INSERT INTO r VALUES (1, 1), (1, 2);
CREATE TABLE steps (word text);
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY r_b ON r (b);
INSERT INTO steps VALUES ('once');
CREATE UNIQUE INDEX CONCURRENTLY ON r (a);
-- migrate:up
INSERT INTO steps VALUES ('last');
-- migrate:down
DROP TABLE r, steps;
$$, 'repair.sql');
CALL migrate_upgrade_online('u007');
\echo :LAST_ERROR_MESSAGE
TABLE indexes;
CALL migrate_upgrade_online('u007');
TABLE indexes;
DELETE FROM r WHERE b = 2;
CALL migrate_upgrade_online('u007');
TABLE indexes;
TABLE steps;
TABLE runs;
CALL migrate_downgrade_online('u001');

-- The same inline.
SET migrate.outside = inline;
CALL migrate_upgrade_online('u007');
DELETE FROM r WHERE b = 2;
CALL migrate_upgrade_online('u007');
TABLE indexes;
TABLE steps;
CALL migrate_downgrade_online('u001');
RESET migrate.outside;

-- An invalid index that is not of ours stays; IF NOT EXISTS does not take it for a good one.
SELECT migrate_add($$
-- Foreign
--
-- Revision ID: u008
-- Revises: u001

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a);
$$, 'foreign.sql');
CREATE INDEX t_a ON t (b);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a'::regclass;
CALL migrate_upgrade_online('u008');
\echo :LAST_ERROR_MESSAGE
TABLE indexes;
DROP INDEX t_a;
CALL migrate_upgrade_online('u008');
TABLE indexes;

-- From a DO block the worker can, and inline cannot.
SELECT migrate_add($$
-- From a block
--
-- Revision ID: u009
-- Revises: u008

-- migrate:up transaction:false
VACUUM t;
-- migrate:down transaction:false
VACUUM t;
$$, 'block.sql');
DO $$ BEGIN CALL migrate_upgrade_online('u009'); END $$;
SET migrate.outside = inline;
DO $$ BEGIN CALL migrate_downgrade_online('u008'); END $$;
\echo :LAST_ERROR_MESSAGE
\echo :LAST_ERROR_SQLSTATE
CALL migrate_downgrade_online('u008');
RESET migrate.outside;

-- What cannot be put back inline is refused there; transaction control is refused everywhere.
SELECT migrate_add($$
-- All
--
-- Revision ID: u010
-- Revises: u008

-- migrate:up transaction:false
RESET ALL;
VACUUM t;
$$, 'all.sql');
SET migrate.outside = inline;
CALL migrate_upgrade_online('u010');
\echo :LAST_ERROR_MESSAGE
RESET migrate.outside;
CALL migrate_upgrade_online('u010');
SELECT migrate_add($$
-- Control
--
-- Revision ID: u011
-- Revises: u010

-- migrate:up transaction:false
BEGIN;
VACUUM t;
$$, 'control.sql');
\echo :LAST_ERROR_MESSAGE

-- What commits by itself may, and what it has committed stays when it fails.
CREATE TABLE batches (i int);
CREATE PROCEDURE batch(stop int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 5 LOOP
        INSERT INTO batches VALUES (i);
        COMMIT;
        PERFORM 1 / (stop - i);
    END LOOP;
END $$;
SELECT migrate_add($$
-- Batches
--
-- Revision ID: u014
-- Revises: u010

-- migrate:up transaction:false
CALL batch(0);
CALL batch(3);
$$, 'batches.sql');
CALL migrate_upgrade_online('u014');
\echo :LAST_ERROR_MESSAGE
SELECT string_agg(i::text, ' ') FROM batches;
SET migrate.outside = inline;
CALL migrate_upgrade_online('u014');
\echo :LAST_ERROR_MESSAGE
SELECT string_agg(i::text, ' ') FROM batches;
RESET migrate.outside;

-- Nothing is left.
SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'migrate';
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';
SELECT key FROM migrate.meta ORDER BY key;

DROP OWNED BY regress_migrate_outside;
DROP ROLE regress_migrate_outside;

\set VERBOSITY default
SET client_min_messages = warning;
DROP VIEW runs, indexes;
DROP TABLE t, batches;
DROP PROCEDURE batch;
DROP SCHEMA aside CASCADE;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
DROP EXTENSION migrate;
