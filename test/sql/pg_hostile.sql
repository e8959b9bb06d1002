-- What others may have planted: functions in the place of ours, operators and functions on the
-- search_path, and a schema migrate.
CREATE SCHEMA planted;
CREATE FUNCTION planted.migrate_upgrade(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE EXTENSION migrate SCHEMA planted;
DROP FUNCTION planted.migrate_upgrade(text, text);
CREATE FUNCTION planted.trap(name, name) RETURNS boolean LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE OPERATOR planted.= (LEFTARG = name, RIGHTARG = name, FUNCTION = planted.trap);
CREATE FUNCTION planted.format(text, name) RETURNS text LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE EXTENSION migrate SCHEMA planted;
SELECT count(*) FROM planted.migrate_current();
DROP EXTENSION migrate;
SET client_min_messages = warning;
DROP SCHEMA planted CASCADE;
RESET client_min_messages;

CREATE EXTENSION migrate;
CREATE ROLE regress_migrate_mallory;
CREATE ROLE regress_migrate_victim;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_migrate_victim;
\set script '-- One\n--\n-- Revision ID: h001\n\n-- migrate:up\nCREATE TABLE one (id int);\n-- migrate:down\nDROP TABLE one;\n'

-- Operators and functions of the same name.
CREATE SCHEMA evil;
CREATE FUNCTION evil.trap(text, text) RETURNS boolean LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE FUNCTION evil.trap(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.trap);
CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.trap);
CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.trap);
CREATE FUNCTION evil.count(int) RETURNS bigint LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE DOMAIN evil.text AS pg_catalog.int4;
CREATE DOMAIN evil.int8 AS pg_catalog.int4;
SET search_path = evil, pg_catalog, public;
SELECT count(*) > 0 FROM public.migrate_add(:'script', 'one.sql');
SELECT public.migrate_upgrade();
SELECT operation, revision FROM public.migrate_plan('base');
SELECT action, revision FROM public.migrate_log();
SELECT revision FROM public.migrate_history();
SELECT public.migrate_downgrade('base');
SELECT public.migrate_stamp('h001');
SELECT count(*) > 0 FROM public.migrate_upgrade_sql('base:h001');
-- The path itself was left alone: the table of the script went where the caller wanted it.
SELECT public.migrate_stamp('base');
SELECT public.migrate_upgrade();
SELECT pg_catalog.to_regclass('evil.one');
SELECT public.migrate_downgrade('base');
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
SET client_min_messages = warning;
DROP SCHEMA evil CASCADE;
RESET client_min_messages;

-- A schema that somebody else made first.
CREATE SCHEMA migrate AUTHORIZATION regress_migrate_mallory;
SELECT migrate_add(:'script', 'one.sql');
SELECT migrate_init();
SET ROLE regress_migrate_victim;
SELECT migrate_add(:'script', 'one.sql');
RESET ROLE;
SELECT count(*) FROM migrate_current();
DROP SCHEMA migrate;

-- Ours, but a table of it is not as we made it.
SELECT count(*) > 0 FROM migrate_add(:'script', 'one.sql');
CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''trapped''; END';
CREATE TRIGGER t BEFORE INSERT ON migrate.applied FOR EACH ROW EXECUTE FUNCTION trap();
SELECT migrate_upgrade();
SELECT revision FROM migrate_heads();
DROP TRIGGER t ON migrate.applied;

CREATE RULE r AS ON INSERT TO migrate.log DO INSTEAD NOTHING;
SELECT migrate_upgrade();
DROP RULE r ON migrate.log;

ALTER TABLE migrate.revision ENABLE ROW LEVEL SECURITY;
SELECT migrate_upgrade();
ALTER TABLE migrate.revision DISABLE ROW LEVEL SECURITY;

CREATE TABLE heir () INHERITS (migrate.applied);
SELECT migrate_upgrade();
DROP TABLE heir;
VACUUM migrate.applied;
ANALYZE migrate.applied;

CREATE FUNCTION loud(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN RAISE EXCEPTION ''trapped''; END';
ALTER TABLE migrate.log ADD CONSTRAINT c CHECK (loud(who) IS NOT NULL) NOT VALID;
SELECT migrate_upgrade();
ALTER TABLE migrate.log DROP CONSTRAINT c;

ALTER TABLE migrate.log ALTER detail SET DEFAULT loud('x');
SELECT migrate_upgrade();
ALTER TABLE migrate.log ALTER detail DROP DEFAULT;

CREATE INDEX i ON migrate.applied (loud(revision));
SELECT migrate_upgrade();
DROP INDEX migrate.i;

CREATE INDEX i ON migrate.applied (revision) WHERE loud(revision) IS NOT NULL;
SELECT migrate_upgrade();
DROP INDEX migrate.i;

-- Columns and key are those that we would have made.
ALTER TABLE migrate.applied ALTER seq TYPE int;
SELECT migrate_upgrade();
SELECT revision FROM migrate_heads();
ALTER TABLE migrate.applied ALTER seq TYPE bigint;

ALTER TABLE migrate.log ADD extra int;
SELECT migrate_upgrade();
ALTER TABLE migrate.log DROP extra;

ALTER TABLE migrate.log RENAME detail TO details;
SELECT migrate_upgrade();
ALTER TABLE migrate.log RENAME details TO detail;

ALTER TABLE migrate.meta ALTER value DROP NOT NULL;
SELECT migrate_upgrade();
ALTER TABLE migrate.meta ALTER value SET NOT NULL;

ALTER TABLE migrate.log ALTER duration_ms SET NOT NULL;
SELECT migrate_upgrade();
ALTER TABLE migrate.log ALTER duration_ms DROP NOT NULL;

ALTER TABLE migrate.revision ALTER missing ADD GENERATED ALWAYS AS IDENTITY;
SELECT migrate_upgrade();
ALTER TABLE migrate.revision ALTER missing DROP IDENTITY;

ALTER TABLE migrate.applied DROP CONSTRAINT applied_pkey;
SELECT migrate_upgrade();
ALTER TABLE migrate.applied ADD PRIMARY KEY (revision);
SELECT migrate_upgrade();
ALTER TABLE migrate.applied DROP CONSTRAINT applied_pkey, ADD PRIMARY KEY (target, revision);

ALTER TABLE migrate.script SET UNLOGGED;
SELECT migrate_upgrade();
ALTER TABLE migrate.script SET LOGGED;

ALTER TABLE migrate.meta RENAME TO meta_was;
CREATE VIEW migrate.meta AS SELECT * FROM migrate.meta_was;
SELECT migrate_upgrade();
SELECT revision FROM migrate_heads();
DROP VIEW migrate.meta;
SELECT migrate_upgrade();
ALTER TABLE migrate.meta_was RENAME TO meta;

-- A foreign key would let the other table's triggers run with the rights of whoever downgrades.
CREATE TABLE follower (target text, revision text,
    FOREIGN KEY (target, revision) REFERENCES migrate.applied ON DELETE CASCADE);
SELECT migrate_upgrade();
DROP TABLE follower;

ALTER TABLE migrate.revision OWNER TO regress_migrate_mallory;
SELECT migrate_upgrade();
ALTER TABLE migrate.revision OWNER TO CURRENT_USER;

-- Stored text is run only if it is what was loaded.
UPDATE migrate.script SET script = replace(script, 'id int', 'id bigint');
SELECT migrate_upgrade();
UPDATE migrate.script SET script = replace(script, 'id bigint', 'id int');

-- All is well again.
SELECT migrate_upgrade();
SELECT migrate_downgrade('base');

-- A script cannot call an action, nor can what it leaves behind for the end of the revision.
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM migrate_stamp(''h002''); RETURN NULL; END';
SELECT migrate_add($$
-- Again
--
-- Revision ID: h002
-- Revises: h001

-- migrate:up
CREATE TABLE two (id int);
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON two DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION again();
INSERT INTO two VALUES (1);
$$, 'two.sql');
SELECT migrate_upgrade();
SELECT revision FROM migrate_current();

DROP FUNCTION trap(), loud(text), again();
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
DROP EXTENSION migrate;
DROP ROLE regress_migrate_mallory, regress_migrate_victim;
