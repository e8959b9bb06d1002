-- What an author of scripts tries where the run itself, not a statement of his, gives his code a turn.
CREATE EXTENSION migrate;
\pset tuples_only on
\pset format unaligned
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_mallory;
GRANT CREATE, TEMPORARY ON DATABASE contrib_regression TO regress_mallory;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO regress_mallory;
CREATE SCHEMA mallory AUTHORIZATION regress_mallory;
CREATE TABLE secret (s text);
INSERT INTO secret VALUES ('the crown jewels');

SET ROLE regress_mallory;
CREATE TABLE mallory.ran (what text, who name);
GRANT INSERT ON mallory.ran TO PUBLIC;
GRANT USAGE ON SCHEMA mallory TO PUBLIC;
CREATE FUNCTION mallory.try(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        RESET ROLE;
        ALTER ROLE regress_mallory SUPERUSER;
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    INSERT INTO mallory.ran VALUES (what, current_user);
    PERFORM set_config('search_path', 'mallory', false);
    RETURN true;
END $$;
CREATE FUNCTION mallory.fire() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM mallory.try(TG_ARGV[0]); RETURN NEW; END';
CREATE FUNCTION mallory.quiet(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN PERFORM mallory.try($1); RETURN $1; END';
CREATE DOMAIN mallory.word AS text CHECK (mallory.try('constant'));
CREATE TYPE mallory.pair AS (a mallory.word);
RESET ROLE;
CREATE VIEW escaped AS
    SELECT what, who FROM mallory.ran WHERE who <> 'regress_mallory'
    UNION ALL
    SELECT 'super', rolname FROM pg_roles WHERE rolname = 'regress_mallory' AND rolsuper
    UNION ALL
    SELECT 'path', current_setting('search_path')::name WHERE current_setting('search_path') <> '"$user", public'
    UNION ALL
    SELECT 'role', current_user WHERE current_user <> 'postgres';

-- Triggers on the engine's tables, which are his own, planted by a script of the very run: behind the look
-- at the tables, and before its books are written. A superuser has put on his role.
SELECT $script$
-- Plants
--
-- Revision ID: plant1

-- migrate:up
CREATE TRIGGER t AFTER INSERT ON migrate.applied FOR EACH ROW EXECUTE FUNCTION mallory.fire('applied');
CREATE TRIGGER t AFTER INSERT ON migrate.log FOR EACH ROW EXECUTE FUNCTION mallory.fire('log');
$script$ AS plant \gset
SET ROLE regress_mallory;
SELECT count(*) FROM migrate_add(:'plant');
SELECT migrate_upgrade();
RESET ROLE;
TABLE escaped;
SELECT DISTINCT what, who FROM mallory.ran ORDER BY what;
TRUNCATE mallory.ran;
DROP SCHEMA migrate CASCADE;
SET ROLE regress_mallory;
SELECT count(*) FROM migrate_add(:'plant');
\set VERBOSITY sqlstate
CALL migrate_upgrade_online();
\set VERBOSITY terse
RESET ROLE;
TABLE escaped;
SELECT DISTINCT what, who FROM mallory.ran ORDER BY what;
TRUNCATE mallory.ran;
DROP SCHEMA migrate CASCADE;

-- Statements that begin and end transactions by themselves: before the server takes the rights of a
-- table's owner it has read the constants of the statement, and folded those of checks and keys.
SELECT count(*) FROM migrate_add($$
-- Tables
--
-- Revision ID: s0

-- migrate:up
CREATE TABLE mallory.t (a text);
CREATE TABLE mallory.p (a int, b text) PARTITION BY RANGE ((b || mallory.quiet('key')));
CREATE TABLE mallory.p1 PARTITION OF mallory.p FOR VALUES FROM ('a') TO ('b');
CREATE TABLE mallory.p2 PARTITION OF mallory.p FOR VALUES FROM ('b') TO ('c');
ALTER TABLE mallory.p1 ADD CHECK (mallory.quiet('check') IS NOT NULL);

-- Index
--
-- Revision ID: s1
-- Revises: s0

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY i1 ON mallory.t (a) WHERE '(x)'::mallory.pair IS NOT NULL;
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY mallory.i1;

-- Detach
--
-- Revision ID: s2
-- Revises: s1

-- migrate:up transaction:false
ALTER TABLE mallory.p DETACH PARTITION mallory.p1 CONCURRENTLY;
ANALYZE mallory.p;
$$);
SET migrate.run_as = 'regress_mallory';
SET migrate.outside = 'inline';
SELECT migrate_upgrade('s0');
TRUNCATE mallory.ran;
\set VERBOSITY sqlstate
CALL migrate_upgrade_online('s1');
TABLE escaped;
SELECT DISTINCT what, who FROM mallory.ran ORDER BY what;
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'mallory.t'::regclass;
CALL migrate_upgrade_online('s2');
\echo :LAST_ERROR_MESSAGE
CALL migrate_downgrade_online('s0');
RESET migrate.outside;
DELETE FROM migrate.meta WHERE key LIKE 'partial%';
TRUNCATE mallory.ran;
CALL migrate_upgrade_online('s2');
\set VERBOSITY terse
TABLE escaped;
SELECT DISTINCT what, who FROM mallory.ran ORDER BY what;
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'mallory.t'::regclass;
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'mallory.p'::regclass;

-- A cursor of the caller, whose query was allowed to him.
SELECT count(*) FROM migrate_add($$
-- Reads on
--
-- Revision ID: c1
-- Revises: s2

-- migrate:up
DO 'DECLARE c refcursor := ''mine''; r record; BEGIN FETCH c INTO r; INSERT INTO mallory.ran VALUES (r::text, current_user); END';
$$);
BEGIN;
DECLARE mine CURSOR FOR SELECT * FROM secret;
SELECT migrate_upgrade();
ROLLBACK;
SELECT what FROM mallory.ran WHERE what ~ 'jewels';
RESET migrate.run_as;
DROP SCHEMA migrate CASCADE;

-- The locks of a run, taken for the session: they would stop everybody who deploys, in a pool for long.
SELECT count(*) FROM migrate_add($$
-- Locks
--
-- Revision ID: l1

-- migrate:up
SELECT pg_advisory_lock(1835624306, 0), pg_advisory_lock_shared(1835624306, 1), pg_advisory_lock(1835624306, 1);

-- Locks and fails
--
-- Revision ID: l2
-- Revises: l1

-- migrate:up
SELECT pg_advisory_lock(1835624306, 0), pg_advisory_lock(1835624306, 1), 1 / 0;
$$);
CREATE VIEW locks AS
    SELECT objid, mode FROM pg_locks WHERE locktype = 'advisory' ORDER BY objid, mode;
SELECT migrate_upgrade('l1');
TABLE locks;
SELECT migrate_upgrade('l2');
TABLE locks;
\set VERBOSITY sqlstate
CALL migrate_upgrade_online('l2');
TABLE locks;
SELECT count(*) FROM migrate_stamp('base', '{"confirm": "contrib_regression"}');
CALL migrate_upgrade_online('l1');
\set VERBOSITY terse
TABLE locks;
-- In a transaction that has them from an action before.
SELECT count(*) FROM migrate_stamp('base', '{"confirm": "contrib_regression"}');
BEGIN;
SELECT count(*) FROM migrate_stamp('base', '{"confirm": "contrib_regression"}');
SELECT migrate_upgrade('l1');
COMMIT;
TABLE locks;
-- The caller's own stay his.
SELECT count(*) FROM migrate_stamp('base', '{"confirm": "contrib_regression"}');
SELECT pg_advisory_lock(1835624306, 1);
SELECT migrate_upgrade('l1');
TABLE locks;
SELECT pg_advisory_unlock_all();
DROP SCHEMA migrate CASCADE;

-- What a worker says arrives as it was said, whatever encoding a script has SET.
SELECT count(*) FROM migrate_add($$
-- Encoding
--
-- Revision ID: e1

-- migrate:up transaction:false
SET client_encoding = 'LATIN1';
DO 'BEGIN RAISE WARNING ''a wärning''; END';
SELECT 'é'::int;
$$);
\set VERBOSITY sqlstate
CALL migrate_upgrade_online();
\set VERBOSITY terse
\echo :LAST_ERROR_MESSAGE
DROP SCHEMA migrate CASCADE;

-- A superuser brings the tables of another role, and of an older format, to the newest one; what is hidden
-- in them is found before.
SELECT count(*) FROM migrate_add(:'plant');
UPDATE migrate.meta SET value = '1' WHERE key = 'format';
ALTER TABLE migrate.log DROP COLUMN sqlstate, DROP COLUMN statement;
ALTER SCHEMA migrate OWNER TO regress_mallory;
ALTER TABLE migrate.log OWNER TO regress_mallory;
ALTER TABLE migrate.revision OWNER TO regress_mallory;
SET migrate.run_as = 'regress_mallory';
CREATE TRIGGER t BEFORE UPDATE ON migrate.revision FOR EACH ROW EXECUTE FUNCTION mallory.fire('format');
SELECT migrate_init();
DROP TRIGGER t ON migrate.revision;
SELECT migrate_init();
SELECT tableowner, tablename FROM pg_tables WHERE schemaname = 'migrate' ORDER BY tablename;
SELECT what FROM mallory.ran WHERE what = 'format';
TABLE escaped;
RESET migrate.run_as;
DROP SCHEMA migrate CASCADE;

DROP VIEW escaped, locks;
DROP SCHEMA mallory CASCADE;
DROP TABLE secret;
REVOKE ALL ON DATABASE contrib_regression FROM regress_mallory;
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA public FROM regress_mallory;
DROP ROLE regress_mallory;
DROP EXTENSION migrate;
