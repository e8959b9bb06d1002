-- Who runs what as whom: migrate.run_as, whom it trusts, what a superuser is told.
CREATE EXTENSION migrate;
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;
CREATE ROLE regress_app;
CREATE ROLE regress_deploy;
CREATE ROLE regress_other;
CREATE ROLE regress_root SUPERUSER;
GRANT regress_app TO regress_deploy;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_deploy, regress_app, regress_other;
GRANT CREATE ON DATABASE contrib_regression TO regress_app;
CREATE SCHEMA app AUTHORIZATION regress_app;
\set one '-- One\n--\n-- Revision ID: one1\n\n-- migrate:up\nCREATE TABLE app.one (who name DEFAULT current_user);\nINSERT INTO app.one DEFAULT VALUES;\n-- migrate:verify\nSELECT current_user = ''regress_app'';\n-- migrate:down\nDROP TABLE app.one;\n'

-- What scripts make belongs to the role, the books to the caller.
SELECT migrate_add(:'one', 'one.sql');
SET migrate.run_as = 'regress_app';
SELECT migrate_upgrade();
SELECT who, relowner::regrole FROM app.one, pg_class WHERE pg_class.oid = 'app.one'::regclass;
SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'migrate'::regnamespace;
SELECT DISTINCT who FROM migrate_log();
SELECT migrate_downgrade('base');
SELECT current_user;

-- Roles that do not work.
SET migrate.run_as = 'regress_nobody';
SELECT migrate_upgrade();
SELECT revision, state FROM migrate_history();
SELECT operation, revision FROM migrate_plan();
SET migrate.run_as = 'Regress "App"';
SELECT migrate_upgrade();
-- One that names a superuser is none.
SET migrate.run_as = 'regress_root';
SELECT migrate_upgrade();
RESET migrate.run_as;
SET ROLE regress_other;
SET migrate.run_as = 'regress_app';
RESET ROLE;

-- A caller that is no superuser: he may become the role.
DROP SCHEMA migrate CASCADE;
SELECT migrate_init('regress_deploy');
SET migrate.run_as = 'regress_app';
SET ROLE regress_deploy;
SELECT migrate_add(:'one', 'one.sql');
SELECT migrate_upgrade();
SELECT who, relowner::regrole FROM app.one, pg_class WHERE pg_class.oid = 'app.one'::regclass;
SELECT DISTINCT who FROM migrate_log();
SELECT migrate_add(E'-- Leave\n--\n-- Revision ID: two2\n-- Revises: one1\n\n-- migrate:up\nRESET ROLE;\n', 'two.sql');
SELECT migrate_upgrade();
-- ... or may not.
SET ROLE regress_other;
SELECT migrate_upgrade();
SELECT operation, revision FROM migrate_plan('base');
RESET ROLE;

DROP TABLE app.one;

-- A superuser runs with it what another role could have written, if the role trusts that one.
RESET migrate.run_as;
SELECT migrate_downgrade('base');
CALL migrate_downgrade_online('base');
SELECT migrate_seed();
SET migrate.run_as = 'regress_app';
SELECT migrate_stamp('base');
SET migrate.run_as = 'regress_other';
SELECT migrate_upgrade();
SET migrate.run_as = 'regress_app';
DROP SCHEMA migrate CASCADE;
SELECT migrate_init('regress_app');
SELECT count(*) FROM migrate_add(:'one', 'one.sql');
SELECT migrate_upgrade();
SELECT migrate_downgrade('base');
SELECT migrate_upgrade();
\set VERBOSITY sqlstate
CALL migrate_downgrade_online('base');
\set VERBOSITY default
SELECT revision FROM migrate_current();
-- Entries for which somebody has run an offline script are the same.
RESET migrate.run_as;
SELECT migrate_stamp('one1');
SELECT migrate_add(:'one', 'one.sql');
SELECT migrate_repair('one1');
SELECT migrate_reset('contrib_regression');
CALL migrate_upgrade_online();
SELECT migrate_setting('environment', 'test');

-- A table of the engine that is missing is made for the owner of the rest.
SET migrate.run_as = 'regress_app';
DROP TABLE migrate.applied, migrate.log, migrate.meta, migrate.revision, migrate.script, migrate.seed;
SELECT migrate_init();
SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'migrate'::regnamespace;
DROP SCHEMA migrate CASCADE;

-- On tables of another role the engine works as that role: what is planted in them after the look at them
-- gets no more. Here it shows in a right that the owner has taken from himself.
SELECT migrate_init('regress_app');
SELECT count(*) FROM migrate_add(:'one', 'one.sql');
REVOKE SELECT ON migrate.log FROM regress_app;
SELECT migrate_upgrade();
RESET migrate.run_as;
SELECT action FROM migrate_log();
GRANT SELECT ON migrate.log TO regress_app;
SET migrate.run_as = 'regress_app';

-- A domain in a check runs its own check.
CREATE VIEW escaped AS SELECT rolname FROM pg_roles WHERE rolname = 'regress_app' AND rolsuper;
SET ROLE regress_app;
CREATE FUNCTION app.try(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    BEGIN RESET ROLE; EXCEPTION WHEN OTHERS THEN NULL; END;
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER ROLE regress_app SUPERUSER;
    END IF;
    RETURN true;
END $$;
CREATE DOMAIN app.d AS text CHECK (app.try(VALUE));
ALTER TABLE migrate.log ADD CONSTRAINT c CHECK (who::app.d IS NOT NULL);
RESET ROLE;
SELECT migrate_upgrade();
TABLE escaped;
ALTER TABLE migrate.log DROP CONSTRAINT c;

-- A listing counts the rows of a table as its owner.
SELECT count(*) FROM migrate_upgrade();
RESET migrate.run_as;
SET ROLE regress_app;
CREATE INDEX ON app.one ((app.try(who::text)));
CREATE INDEX ON app.one (who) WHERE app.try('condition');
RESET ROLE;
SELECT revision, note FROM migrate_plan('base');
TABLE escaped;
DROP SCHEMA migrate CASCADE;
SELECT count(*) FROM migrate_add(:'one', 'one.sql');
SELECT count(*) FROM migrate_stamp('one1');
SELECT revision, note FROM migrate_plan('base');
TABLE escaped;
DROP TABLE app.one;
DROP SCHEMA migrate CASCADE;

-- What a superuser is told, once a run, that runs without it.
SET ROLE regress_app;
CREATE FUNCTION app.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION app.definer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
CREATE TABLE app.plain (i int);
CREATE TABLE app.fired (i int);
CREATE TRIGGER "a ""b""" BEFORE INSERT ON app.fired FOR EACH ROW EXECUTE FUNCTION app.nothing();
CREATE TRIGGER c AFTER DELETE ON app.fired FOR EACH ROW EXECUTE FUNCTION app.nothing();
CREATE TABLE app.safe (i int);
CREATE TRIGGER t BEFORE INSERT ON app.safe FOR EACH ROW EXECUTE FUNCTION app.definer();
CREATE TABLE app.off (i int);
CREATE TRIGGER t BEFORE INSERT ON app.off FOR EACH ROW EXECUTE FUNCTION app.nothing();
ALTER TABLE app.off DISABLE TRIGGER t;
CREATE TABLE app.parent (i int, j int) PARTITION BY LIST (i);
CREATE TABLE app.part PARTITION OF app.parent FOR VALUES IN (1) PARTITION BY LIST (j);
CREATE TABLE app.leaf PARTITION OF app.part FOR VALUES IN (1);
CREATE TRIGGER t BEFORE INSERT ON app.leaf FOR EACH ROW EXECUTE FUNCTION app.nothing();
CREATE TABLE app.child () INHERITS (app.plain);
CREATE TRIGGER t BEFORE UPDATE ON app.child FOR EACH ROW EXECUTE FUNCTION app.nothing();
CREATE TABLE app.alone (i int);
CREATE TABLE app.ruled (i int);
CREATE RULE r AS ON INSERT TO app.ruled DO INSTEAD SELECT 1;
CREATE VIEW app.seen AS SELECT 1 AS i;
CREATE TRIGGER t INSTEAD OF INSERT ON app.seen FOR EACH ROW EXECUTE FUNCTION app.nothing();
RESET ROLE;
CREATE TABLE own (i int);
CREATE TABLE lent (i int);
CREATE TRIGGER t BEFORE INSERT ON lent FOR EACH ROW EXECUTE FUNCTION app.nothing();
CREATE TABLE step (id text, script text);
INSERT INTO step VALUES
('none1', 'INSERT INTO app.alone VALUES (1); INSERT INTO app.safe VALUES (1); INSERT INTO app.off VALUES (1); INSERT INTO own SELECT i FROM app.fired; SELECT count(*) FROM app.fired; SELECT FROM app.fired FOR UPDATE'),
('insert', 'INSERT INTO app.fired VALUES (1); INSERT INTO app.fired VALUES (1); UPDATE app.fired SET i = 2; DELETE FROM app.fired'),
('update', 'UPDATE app.fired SET i = 2'),
('delete', 'DELETE FROM app.fired'),
('within', 'WITH gone AS (DELETE FROM app.fired RETURNING i) SELECT count(*) FROM gone'),
('truncate', 'TRUNCATE own, app.fired'),
('does', 'DO $$BEGIN INSERT INTO app.fired VALUES (1); END$$'),
('partition', 'INSERT INTO app.parent VALUES (1, 1)'),
('child', 'UPDATE app.plain SET i = 1'),
('only', 'UPDATE ONLY app.plain SET i = 1; INSERT INTO app.plain VALUES (1)'),
('ifrule', 'UPDATE app.ruled SET i = 1'),
('rule', 'INSERT INTO app.ruled VALUES (1)'),
('view', 'INSERT INTO app.seen VALUES (1)'),
('lent', 'INSERT INTO lent VALUES (1)');
SELECT count(*) FROM step, migrate_add(format(E'-- %s\n--\n-- Revision ID: %s\n\n-- migrate:up\n%s;\n', id, id, script), id);
SELECT format('SELECT FROM migrate_upgrade(%L)', id) FROM step \gexec

-- Nobody else is told.
SET migrate.run_as = 'regress_app';
SELECT migrate_stamp('base', '{"purge": true}');
SELECT migrate_upgrade('insert');
RESET migrate.run_as;

-- Outside a transaction, in seeds, in rows that are copied.
SELECT count(*) FROM migrate_add(E'-- Outside\n--\n-- Revision ID: outside\n\n-- migrate:up transaction:false\nINSERT INTO app.fired VALUES (1);\nINSERT INTO app.fired VALUES (1);\n-- migrate:up\nINSERT INTO app.fired VALUES (1);\n-- migrate:down transaction:false\nINSERT INTO app.fired VALUES (1);\n', 'outside.sql');
\set VERBOSITY sqlstate
CALL migrate_upgrade_online('outside');
SET migrate.outside = 'inline';
CALL migrate_downgrade_online('outside@base');
RESET migrate.outside;
\set VERBOSITY terse
SELECT count(*) FROM migrate_seed_add(E'-- Seed: script\n-- seed:apply\nINSERT INTO app.fired VALUES (1);\n', 'script.sql');
SELECT migrate_seed_run('script');
SET ROLE regress_app;
CREATE TABLE app.rows (id int PRIMARY KEY, v text);
CREATE TRIGGER t BEFORE INSERT ON app.rows FOR EACH ROW EXECUTE FUNCTION app.nothing();
RESET ROLE;
SELECT count(*) FROM migrate_seed_add(E'app.rows:\n  - {id: -1, v: x}\n', 'few.yaml');
SELECT migrate_seed_run('few');
TRUNCATE app.rows;
SELECT 'id,v' || string_agg(E'\n' || i || ',x', '') AS rows FROM generate_series(1, 1500) AS i \gset
SELECT count(*) FROM migrate_seed_add(:'rows', 'app.rows.csv');
SELECT migrate_seed_run('app.rows');
SET migrate.run_as = 'regress_app';
SELECT migrate_seed_run('few');
RESET migrate.run_as;
\set VERBOSITY default

-- A sequence is moved with the role's rights.
CREATE SEQUENCE app.numbers;
SET ROLE regress_app;
CREATE TABLE app.numbered (id int PRIMARY KEY DEFAULT 1, v text);
RESET ROLE;
ALTER TABLE app.numbered ALTER id SET DEFAULT nextval('app.numbers');
SELECT count(*) FROM migrate_seed_add(E'app.numbered:\n  - {id: 7, v: x}\n', 'numbered.yaml');
SET migrate.run_as = 'regress_app';
SELECT migrate_seed_run('numbered');
GRANT ALL ON SEQUENCE app.numbers TO regress_app;
SELECT migrate_seed_run('numbered');
SELECT last_value FROM app.numbers;
RESET migrate.run_as;

DROP SCHEMA app, migrate CASCADE;
DROP VIEW escaped;
DROP TABLE own, lent, step;
REVOKE ALL ON DATABASE contrib_regression FROM regress_app;
DROP EXTENSION migrate;
DROP ROLE regress_app, regress_deploy, regress_other, regress_root;
