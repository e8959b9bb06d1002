-- The extension comes and goes; the history stays.
CREATE SCHEMA "odd ""; schema";
CREATE EXTENSION migrate SCHEMA "odd ""; schema";
SET search_path = "odd ""; schema", public;
SELECT migrate_add($$
-- One
--
-- Revision ID: x001

-- migrate:up
CREATE TABLE public.one (id int);
-- migrate:down
DROP TABLE public.one;
$$, 'one.sql');
SELECT migrate_upgrade();
-- Not relocatable, not for everybody, and none of its objects is a table.
ALTER EXTENSION migrate SET SCHEMA public;
CREATE ROLE regress_migrate_dev;
GRANT CREATE ON DATABASE :"DBNAME" TO regress_migrate_dev;
SELECT DISTINCT classid::regclass FROM pg_depend
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'migrate');
DROP EXTENSION migrate;
SET ROLE regress_migrate_dev;
CREATE EXTENSION migrate;
RESET ROLE;
SELECT revision, stamped FROM migrate.applied;

-- Back, in another schema, in the same session.
RESET search_path;
CREATE EXTENSION migrate;
SELECT revision, state FROM migrate_history();
SELECT migrate_downgrade('base');
SELECT action, revision FROM migrate_log() WHERE action IN ('upgrade', 'downgrade');

-- The tables made anew in one session, kept plans notwithstanding.
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
SELECT count(*) FROM migrate_history();
SELECT migrate_init();
SELECT migrate_init();
SELECT count(*) FROM migrate_history();

-- Damaged tables are said to be damaged.
DELETE FROM migrate.meta;
SELECT migrate_upgrade();
INSERT INTO migrate.meta VALUES ('format', '999');
SELECT migrate_upgrade();
SELECT count(*) FROM migrate_current();
DROP TABLE migrate.log;
SELECT migrate_upgrade();

REVOKE ALL ON DATABASE :"DBNAME" FROM regress_migrate_dev;
DROP ROLE regress_migrate_dev;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
DROP EXTENSION migrate;
DROP SCHEMA "odd ""; schema";
