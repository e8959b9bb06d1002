-- Who may do what.
CREATE EXTENSION migrate;
CREATE ROLE regress_migrate_dev;
CREATE ROLE regress_migrate_reader;
CREATE ROLE regress_migrate_mallory;
\set script '-- One\n--\n-- Revision ID: p001\n\n-- migrate:up\nCREATE TABLE regress_one (id int);\n-- migrate:down\nDROP TABLE regress_one;\n'

-- Nobody but the owner of the database gets the actions; everybody may look.
SET ROLE regress_migrate_reader;
SELECT migrate_upgrade();
SELECT migrate_add(:'script');
SELECT migrate_load('/');
SELECT migrate_upgrade_sql();
SELECT migrate_assert_current();
SELECT * FROM migrate_current();
SELECT applied, pending FROM migrate_status();
RESET ROLE;

-- Without the right to make a schema the error names who can.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_migrate_dev;
SET ROLE regress_migrate_dev;
SELECT migrate_add(:'script');
SELECT migrate_init('regress_migrate_nobody');
RESET ROLE;
SELECT migrate_init('regress_migrate_nobody');
SELECT migrate_init('regress_migrate_dev');
SELECT nspname, nspowner::regrole FROM pg_namespace WHERE nspname = 'migrate';
SELECT relname, relowner::regrole FROM pg_class
    WHERE relnamespace = 'migrate'::regnamespace AND relkind = 'r' ORDER BY relname;

-- Now the role works alone; creating in public is another right.
SET ROLE regress_migrate_dev;
SELECT migrate_add(:'script', 'one.sql');
SELECT migrate_upgrade();
RESET ROLE;
GRANT CREATE ON SCHEMA public TO regress_migrate_dev;
SET ROLE regress_migrate_dev;
SELECT migrate_upgrade();
RESET ROLE;

-- A superuser does not run what another role could have written.
SELECT migrate_downgrade('base');
SELECT migrate_assert_current();
SELECT revision FROM migrate_current();

-- A reader needs the tables' privileges.
SET ROLE regress_migrate_reader;
SELECT revision FROM migrate_current();
RESET ROLE;
GRANT USAGE ON SCHEMA migrate TO regress_migrate_reader;
GRANT SELECT ON migrate.meta, migrate.revision, migrate.applied TO regress_migrate_reader;
SET ROLE regress_migrate_reader;
SELECT revision FROM migrate_current();
RESET ROLE;
GRANT SELECT ON migrate.log TO regress_migrate_reader;
SET ROLE regress_migrate_reader;
SELECT revision, state FROM migrate_current();
RESET ROLE;
GRANT EXECUTE ON FUNCTION migrate_assert_current() TO regress_migrate_reader;
SET ROLE regress_migrate_reader;
SELECT migrate_assert_current();
RESET ROLE;

-- A role that is no member of the owner is told whose the tables are; a member is trusted.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_migrate_mallory;
SET ROLE regress_migrate_mallory;
SELECT migrate_downgrade('base');
RESET ROLE;
GRANT regress_migrate_dev TO regress_migrate_mallory;
SET ROLE regress_migrate_mallory;
SELECT migrate_downgrade('base');
RESET ROLE;
REVOKE regress_migrate_dev FROM regress_migrate_mallory;

-- Server files have roles of their own.
SET ROLE regress_migrate_dev;
SELECT migrate_load('/');
SELECT migrate_revision('x', '{"directory": "/"}');
SET migrate.directory = '/';
RESET ROLE;
SET migrate.directory = 'relative';
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;

-- The log says who: the role that logged in and the one it acts as.
GRANT CREATE ON DATABASE :"DBNAME" TO regress_migrate_dev;
SET ROLE regress_migrate_dev;
SELECT count(*) > 0 FROM migrate_add(:'script', 'one.sql');
SELECT count(*) > 0 FROM migrate_upgrade();
SELECT DISTINCT who FROM migrate_log();
SELECT count(*) > 0 FROM migrate_downgrade('base');
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;

-- A superuser that has put on the role of the owner stays in it: a script cannot take it off.
GRANT CREATE ON SCHEMA public TO regress_migrate_dev;
SET ROLE regress_migrate_dev;
SELECT count(*) > 0 FROM migrate_add(replace(:'script', 'CREATE TABLE', 'RESET ROLE; CREATE TABLE'), 'one.sql');
SELECT migrate_upgrade();
SELECT count(*) > 0 FROM migrate_add(replace(:'script', 'CREATE TABLE',
    'SELECT set_config(''role'', ''none'', false); CREATE TABLE'), 'one.sql');
SELECT migrate_upgrade();
SELECT count(*) > 0 FROM migrate_add(replace(:'script', 'CREATE TABLE',
    'RESET SESSION AUTHORIZATION; CREATE TABLE'), 'one.sql');
SELECT migrate_upgrade();
SELECT count(*) > 0 FROM migrate_add(replace(:'script', 'CREATE TABLE',
    'DO $$BEGIN EXECUTE ''DECLARE c CURSOR WITH HOLD FOR SELECT 1''; END$$; CREATE TABLE'), 'one.sql');
SELECT migrate_upgrade();
SELECT current_user;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;

-- The tables belong to the superuser, but somebody else may write them.
SELECT count(*) > 0 FROM migrate_add(:'script', 'one.sql');
GRANT UPDATE ON migrate.script TO regress_migrate_mallory;
SELECT migrate_upgrade();
REVOKE UPDATE ON migrate.script FROM regress_migrate_mallory;
GRANT INSERT ON migrate.script TO PUBLIC;
SELECT migrate_upgrade();
REVOKE INSERT ON migrate.script FROM PUBLIC;
GRANT UPDATE (script) ON migrate.script TO regress_migrate_mallory;
SELECT migrate_upgrade();
REVOKE UPDATE (script) ON migrate.script FROM regress_migrate_mallory;
GRANT REFERENCES ON migrate.applied TO regress_migrate_mallory;
SELECT migrate_upgrade();
REVOKE REFERENCES ON migrate.applied FROM regress_migrate_mallory;
SELECT count(*) > 0 FROM migrate_upgrade();
SELECT count(*) > 0 FROM migrate_downgrade('base');
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;

REVOKE ALL ON SCHEMA public FROM regress_migrate_dev;
REVOKE ALL ON DATABASE :"DBNAME" FROM regress_migrate_dev;
DROP EXTENSION migrate;
DROP ROLE regress_migrate_dev, regress_migrate_reader, regress_migrate_mallory;
