-- migrate.run_as: scripts and seeds run as that role, and whoever wrote them gets no more than it has.
CREATE EXTENSION migrate;
\pset tuples_only on
\pset format unaligned
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_mallory;
GRANT CREATE ON DATABASE contrib_regression TO regress_mallory;
CREATE TABLE users (name text);

-- The attacker's hand: tries to become the superuser, and to make himself one. What has run, as whom, is
-- written down; whoever it ran as owns the canary it leaves.
-- What must hold: the attacker is no superuser, nothing ran as one, nothing in his schema belongs to one, and
-- nothing of his is left in the session.
SELECT $harness$
DROP VIEW IF EXISTS escaped;
DROP SCHEMA IF EXISTS mallory, hidden CASCADE;
CREATE SCHEMA mallory AUTHORIZATION regress_mallory;
CREATE SCHEMA hidden AUTHORIZATION regress_mallory;
SET ROLE regress_mallory;
CREATE TABLE mallory.ran (what text, who name);
GRANT INSERT ON mallory.ran TO PUBLIC;
GRANT USAGE ON SCHEMA mallory TO PUBLIC;
CREATE FUNCTION mallory.try(what text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    command text;
BEGIN
    FOREACH command IN ARRAY ARRAY['RESET ROLE', 'RESET SESSION AUTHORIZATION', 'SET ROLE NONE',
        'SET LOCAL ROLE NONE', 'SET ROLE postgres', 'SET SESSION AUTHORIZATION DEFAULT',
        'SET SESSION AUTHORIZATION postgres', 'SELECT set_config(''role'', ''none'', false)',
        'SELECT set_config(''session_authorization'', ''postgres'', false)', 'RESET ALL',
        'SET migrate.run_as = ''''', 'ALTER ROLE regress_mallory SUPERUSER',
        'GRANT pg_execute_server_program TO regress_mallory',
        'CREATE TABLE mallory.canary_' || replace(what, ' ', '_') || ' ()'] LOOP
        BEGIN
            EXECUTE command;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    INSERT INTO mallory.ran VALUES (what, current_user);
    RETURN true;
END $$;
CREATE FUNCTION mallory.fire() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM mallory.try(TG_ARGV[0]); RETURN NEW; END';
CREATE FUNCTION mallory.quiet(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN PERFORM mallory.try($1); RETURN $1; END';
RESET ROLE;

CREATE VIEW escaped AS
    SELECT 'super' AS what, rolname::text AS who FROM pg_roles WHERE rolname = 'regress_mallory' AND rolsuper
    UNION ALL
    SELECT 'member', roleid::regrole::text FROM pg_auth_members WHERE pg_get_userbyid(member) = 'regress_mallory'
    UNION ALL
    SELECT 'ran ' || what, who FROM mallory.ran WHERE who <> 'regress_mallory'
    UNION ALL
    SELECT 'owns ' || relname, relowner::regrole::text FROM pg_class
        WHERE relnamespace::regnamespace::text = 'mallory' AND pg_get_userbyid(relowner) <> 'regress_mallory'
    UNION ALL
    SELECT 'role', current_user WHERE current_user <> 'postgres'
    UNION ALL
    SELECT 'path', current_setting('search_path') WHERE current_setting('search_path') <> '"$user", public'
    UNION ALL
    SELECT 'prepared', name FROM pg_prepared_statements WHERE name <> 'mine' OR statement !~ 'the caller'
    UNION ALL
    SELECT 'cursor', name FROM pg_cursors WHERE statement ~ 'mallory'
    UNION ALL
    SELECT 'listens', pg_listening_channels()
    UNION ALL
    SELECT 'temporary', classid::regclass || ' ' || pg_describe_object(classid, objid, objsubid)
        FROM pg_depend WHERE refclassid = to_regclass('pg_catalog.pg_namespace') AND refobjid = pg_my_temp_schema()
            AND objid <> to_regclass('pg_temp.own');
$harness$ AS again \gset
:again

CREATE TEMPORARY TABLE own (i int);
PREPARE mine AS SELECT 'of the caller';

-- What he tries in a script.
CREATE TABLE attempt (id text, what text, script text);
INSERT INTO attempt VALUES
('a01', 'from a function', $s$SELECT mallory.try('function')$s$),
('a02', 'RESET ROLE', $s$RESET ROLE$s$),
('a03', 'SET ROLE', $s$SET ROLE postgres$s$),
('a04', 'SET LOCAL ROLE', $s$SET LOCAL ROLE NONE$s$),
('a05', 'set_config', $s$SELECT set_config('role', 'none', false)$s$),
('a06', 'SET SESSION AUTHORIZATION', $s$SET SESSION AUTHORIZATION DEFAULT$s$),
('a07', 'a function with SET role', $s$CREATE FUNCTION mallory.clause() RETURNS boolean LANGUAGE sql SET role = 'postgres' AS $$SELECT mallory.try('clause')$$;
    SELECT mallory.clause()$s$),
('a08', 'a SECURITY DEFINER function of his own', $s$CREATE OR REPLACE FUNCTION mallory.definer() RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $$SELECT mallory.try('definer')$$;
    SELECT mallory.definer()$s$),
('a09', 'a function with a parsed body', $s$CREATE OR REPLACE FUNCTION mallory.body() RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT mallory.try('body'); END;
    SELECT mallory.body()$s$),
('a10', 'a subtransaction that is rolled back', $s$DO $$BEGIN
    BEGIN PERFORM mallory.try('rolled back'); RAISE EXCEPTION 'back'; EXCEPTION WHEN OTHERS THEN PERFORM mallory.try('behind'); END;
    END$$$s$),
('a11', 'COMMIT in DO', $s$DO $$BEGIN COMMIT; PERFORM mallory.try('commit'); END$$$s$),
('a12', 'a trigger', $s$CREATE TABLE mallory.t12 (i int);
    CREATE TRIGGER t AFTER INSERT ON mallory.t12 FOR EACH ROW EXECUTE FUNCTION mallory.fire('trigger');
    INSERT INTO mallory.t12 VALUES (1)$s$),
('a13', 'a deferred trigger', $s$CREATE TABLE mallory.t13 (i int);
    CREATE CONSTRAINT TRIGGER t AFTER INSERT ON mallory.t13 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mallory.fire('deferred');
    INSERT INTO mallory.t13 VALUES (1)$s$),
('a14', 'a deferred trigger that defers itself again', $s$CREATE TABLE mallory.t14 (i int);
    CREATE FUNCTION mallory.again() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        PERFORM mallory.try('again');
        IF NEW.i < 12 THEN SET CONSTRAINTS ALL DEFERRED; INSERT INTO mallory.t14 VALUES (NEW.i + 1); END IF;
        RETURN NEW; END$$;
    CREATE CONSTRAINT TRIGGER t AFTER INSERT ON mallory.t14 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mallory.again();
    INSERT INTO mallory.t14 VALUES (1)$s$),
('a15', 'a deferred trigger where he must not look', $s$CREATE TABLE hidden.t15 (i int);
    CREATE CONSTRAINT TRIGGER t AFTER INSERT ON hidden.t15 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mallory.fire('hidden');
    INSERT INTO hidden.t15 VALUES (1);
    REVOKE USAGE ON SCHEMA hidden FROM regress_mallory$s$),
('a16', 'a cursor WITH HOLD', $s$DECLARE c CURSOR WITH HOLD FOR SELECT mallory.try('hold')$s$),
('a17', 'a cursor WITH HOLD in DO', $s$DO $$BEGIN EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT mallory.try(''hold'')'; END$$$s$),
('a18', 'a cursor left open', $s$DO $$DECLARE c refcursor := 'mine'; BEGIN OPEN c FOR SELECT mallory.try('cursor'); END$$$s$),
('a19', 'PREPARE', $s$PREPARE other AS SELECT mallory.try('prepared')$s$),
('a20', 'PREPARE in the place of another', $s$DO $$BEGIN EXECUTE 'DEALLOCATE mine'; EXECUTE 'PREPARE mine AS SELECT mallory.try(''prepared'')'; END$$$s$),
('a21', 'PREPARE before a failure', $s$DO $$BEGIN EXECUTE 'PREPARE left AS SELECT mallory.try(''prepared'')'; EXCEPTION WHEN OTHERS THEN NULL; END$$;
    SELECT 1 / 0$s$),
('a22', 'LISTEN', $s$LISTEN channel$s$),
('a23', 'DISCARD', $s$DISCARD TEMPORARY$s$),
('a24', 'LOAD', $s$LOAD 'migrate'$s$),
('a25', 'a temporary table under the name of another', $s$CREATE TEMPORARY TABLE users (name text);
    CREATE FUNCTION pg_temp.f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM mallory.try('temporary table'); RETURN NEW; END$$;
    CREATE TRIGGER t BEFORE INSERT ON pg_temp.users FOR EACH ROW EXECUTE FUNCTION pg_temp.f()$s$),
('a26', 'a temporary view', $s$CREATE TEMPORARY VIEW users AS SELECT mallory.quiet('temporary view')$s$),
('a27', 'a temporary type', $s$CREATE TEMPORARY TABLE s (i int); CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (mallory.try('temporary type'))$s$),
('a28', 'a temporary table gone at the commit', $s$CREATE TEMPORARY TABLE users (name text) ON COMMIT DELETE ROWS;
    CREATE INDEX ON users ((mallory.quiet('at the commit'))) WHERE mallory.quiet('in a condition') IS NOT NULL;
    INSERT INTO users VALUES (1)$s$),
('a29', 'the path', $s$SELECT set_config('search_path', 'mallory', false)$s$),
('a30', 'the path in SET', $s$SET search_path = mallory$s$),
('a31', 'an index, a default, a check, a generated column, a domain', $s$CREATE DOMAIN mallory.d AS text CHECK (mallory.try('domain'));
    CREATE TABLE mallory.t31 (a text DEFAULT mallory.quiet('default'), b mallory.d, c text CHECK (mallory.try('check')), d text GENERATED ALWAYS AS (mallory.quiet('generated')) STORED);
    CREATE INDEX ON mallory.t31 ((mallory.quiet('index'))) WHERE mallory.quiet('condition') IS NOT NULL;
    INSERT INTO mallory.t31 (b, c) VALUES ('b', 'c')$s$),
('a32', 'a rule and a view', $s$CREATE TABLE mallory.t32 (i int);
    CREATE RULE r AS ON INSERT TO mallory.t32 DO ALSO SELECT mallory.try('rule');
    CREATE VIEW mallory.v32 AS SELECT mallory.try('view') AS i;
    INSERT INTO mallory.t32 VALUES (1); SELECT count(i) FROM mallory.v32$s$),
('a33', 'row level security', $s$CREATE TABLE mallory.t33 (i int); INSERT INTO mallory.t33 VALUES (1);
    ALTER TABLE mallory.t33 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY p ON mallory.t33 USING (mallory.try('policy')); SELECT count(*) FROM mallory.t33$s$),
('a34', 'an event trigger', $s$CREATE FUNCTION mallory.event() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN PERFORM mallory.try('event'); END$$;
    CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION mallory.event()$s$),
('a35', 'an operator and a cast', $s$CREATE TYPE mallory.c AS (i int);
    CREATE FUNCTION mallory.cast(mallory.c) RETURNS text LANGUAGE sql AS $$SELECT mallory.quiet('cast')$$;
    CREATE CAST (mallory.c AS text) WITH FUNCTION mallory.cast(mallory.c) AS IMPLICIT;
    SELECT ROW(1)::mallory.c::text$s$),
('a36', 'the books', $s$INSERT INTO migrate.applied (target, revision) VALUES ('', 'a99')$s$),
('a37', 'the stored scripts', $s$UPDATE migrate.script SET script = ''$s$),
('a38', 'the engine', $s$DO $$BEGIN EXECUTE 'SELECT migrate_' || 'stamp(''a01'')'; END$$$s$),
('a39', 'the setting', $s$SET migrate.run_as = ''$s$),
('a40', 'a privilege', $s$ALTER ROLE regress_mallory SUPERUSER$s$),
('a41', 'the engine''s functions', $s$ALTER FUNCTION migrate_current() OWNER TO regress_mallory$s$),
('a42', 'a permanent object that needs a temporary one', $s$CREATE TYPE pg_temp.t AS (i int); CREATE FUNCTION mallory.needs(pg_temp.t) RETURNS int LANGUAGE sql AS 'SELECT 1'$s$);
-- The scripts: as revisions, as revisions outside a transaction, as seeds.
SELECT count(*) FROM attempt, migrate_add(format(E'-- %s\n--\n-- Revision ID: %s\n\n-- migrate:up\n%s;\n', what, id, script), id);
SELECT count(*) FROM attempt, migrate_add(format(E'-- %s\n--\n-- Revision ID: b%s\n\n-- migrate:up\n%s;\n', what, id, script), id);
SELECT count(*) FROM attempt, migrate_add(format(E'-- %s\n--\n-- Revision ID: w%s\n\n-- migrate:up transaction:false\n%s;\n', what, id, script), id);
SELECT count(*) FROM attempt, migrate_add(format(E'-- %s\n--\n-- Revision ID: i%s\n\n-- migrate:up transaction:false\n%s;\n', what, id, script), id);
SELECT count(*) FROM attempt, migrate_seed_add(format(E'-- Seed: %s\n\n-- seed:apply\n%s;\n', id, script), id || '.sql');
SET migrate.run_as = 'regress_mallory';

-- In one transaction, and what the superuser does next in it.
\set ON_ERROR_ROLLBACK on
SELECT 'BEGIN', format('SELECT %L, max(line) FROM migrate_upgrade(%L) AS line', what, id),
    'INSERT INTO users VALUES (''x''::text)', 'TABLE escaped', 'COMMIT' FROM attempt ORDER BY id \gexec
\set ON_ERROR_ROLLBACK off
TABLE escaped;
EXECUTE mine;
SELECT what, count(*) FROM mallory.ran GROUP BY what ORDER BY what COLLATE "C";

-- Each revision committed by itself. The lines of an online run carry times: only their number is shown.
:again
\set VERBOSITY sqlstate
SELECT format('CALL migrate_upgrade_online(%L) /* %s */', 'b' || id, what),
    'INSERT INTO users VALUES (''x''::text)' FROM attempt ORDER BY id \gexec
TABLE escaped;
EXECUTE mine;
SELECT what, count(*) FROM mallory.ran GROUP BY what ORDER BY what COLLATE "C";

-- Outside a transaction, in a worker.
:again
SELECT format('CALL migrate_upgrade_online(%L) /* %s */', 'w' || id, what),
    'INSERT INTO users VALUES (''x''::text)', 'DELETE FROM migrate.meta WHERE key LIKE ''partial%''' FROM attempt ORDER BY id \gexec
TABLE escaped;
EXECUTE mine;
SELECT what, count(*) FROM mallory.ran GROUP BY what ORDER BY what COLLATE "C";

-- Outside a transaction, in the session itself.
:again
SET migrate.outside = 'inline';
SELECT format('CALL migrate_upgrade_online(%L) /* %s */', 'i' || id, what),
    'INSERT INTO users VALUES (''x''::text)', 'DELETE FROM migrate.meta WHERE key LIKE ''partial%''' FROM attempt ORDER BY id \gexec
RESET migrate.outside;
TABLE escaped;
EXECUTE mine;
SELECT what, count(*) FROM mallory.ran GROUP BY what ORDER BY what COLLATE "C";
\set VERBOSITY terse

-- In a seed.
:again
\set ON_ERROR_ROLLBACK on
SELECT 'BEGIN', format('SELECT %L, max(line) FROM migrate_seed_run(%L) AS line', what, id),
    'INSERT INTO users VALUES (''x''::text)', 'TABLE escaped', 'COMMIT' FROM attempt ORDER BY id \gexec
\set ON_ERROR_ROLLBACK off
TABLE escaped;
EXECUTE mine;
SELECT what, count(*) FROM mallory.ran GROUP BY what ORDER BY what COLLATE "C";

-- The rows of data sets, one by one and copied: what they set off runs as the role, too.
:again
SET ROLE regress_mallory;
CREATE DOMAIN mallory.word AS text CHECK (mallory.try('domain'));
CREATE TABLE mallory.bait (id serial PRIMARY KEY, v mallory.word, w text DEFAULT mallory.quiet('default'));
CREATE UNIQUE INDEX ON mallory.bait (id) WHERE mallory.quiet('condition') IS NOT NULL;
CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON mallory.bait FOR EACH ROW EXECUTE FUNCTION mallory.fire('trigger');
CREATE CONSTRAINT TRIGGER d AFTER INSERT ON mallory.bait DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mallory.fire('deferred');
CREATE TABLE mallory.many (id int PRIMARY KEY, v text);
CREATE TRIGGER t BEFORE INSERT ON mallory.many FOR EACH ROW WHEN (NEW.id > 1498) EXECUTE FUNCTION mallory.fire('copied');
RESET ROLE;
SELECT migrate_seed_add(E'mallory.bait:\n  - {id: 1, v: x}\n', 'bait.yaml');
SELECT key, state FROM migrate_seed_show('bait');
SELECT migrate_seed_run('bait');
SELECT key, state FROM migrate_seed_show('bait');
TRUNCATE mallory.bait;
SELECT 'id,v' || string_agg(E'\n' || i || ',x', '') AS rows FROM generate_series(1, 1500) AS i \gset
SELECT migrate_seed_add(:'rows', 'mallory.many.csv');
SELECT migrate_seed_run('mallory.many');
SELECT line FROM migrate_seed_clear('*', '{"confirm": "contrib_regression"}') AS line WHERE line LIKE '%removed';
TABLE escaped;
SELECT DISTINCT what, who FROM mallory.ran ORDER BY what;

-- What the session keeps over commits is looked after, too: the locks of the run.
SELECT migrate_add($$
-- Releases
--
-- Revision ID: lock1

-- migrate:up
SELECT pg_advisory_unlock_all();
$$, 'lock.sql');
\set VERBOSITY sqlstate
CALL migrate_upgrade_online('lock1');
\echo :LAST_ERROR_MESSAGE
\set VERBOSITY terse
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';

-- What the caller has deferred could be added to.
CREATE TABLE late (i int UNIQUE DEFERRABLE INITIALLY DEFERRED);
BEGIN;
INSERT INTO late VALUES (1);
INSERT INTO late VALUES (1);
SELECT migrate_upgrade('lock1');
ROLLBACK;
DROP TABLE late;

DROP VIEW escaped;
DROP SCHEMA mallory, hidden, migrate CASCADE;
DROP TABLE users, attempt, own;
DEALLOCATE mine;
RESET migrate.run_as;
REVOKE ALL ON DATABASE contrib_regression FROM regress_mallory;
DROP ROLE regress_mallory;
DROP EXTENSION migrate;
