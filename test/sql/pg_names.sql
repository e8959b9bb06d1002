-- Names that mean something to SQL, to the server's lists, or to nobody: roles, schemas, databases, tables, ids.
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;
\set role 'regress "a''b" $1 $$ \\ {meta} %s ñ'
\set schema 'x"y''z $$ \\ {=} %d'
SELECT 'regress line' || chr(10) || 'feed' AS feed, 'regress ' || repeat('ñ', 27) AS long \gset
CREATE ROLE :"role";
CREATE ROLE :"feed";
CREATE ROLE :"long";
CREATE SCHEMA :"schema";
CREATE EXTENSION migrate SCHEMA :"schema";
SET search_path = :"schema", public;
CREATE SCHEMA "it's" AUTHORIZATION :"role";
\set script '-- One\n--\n-- Revision ID: n001\n\n-- migrate:up\nCREATE TABLE "it''s"."t""$1\\"\n    (who name DEFAULT current_user);\nINSERT INTO "it''s"."t""$1\\" DEFAULT VALUES;\n-- migrate:verify\nSELECT count(*) = 1 FROM "it''s"."t""$1\\";\n-- migrate:down\nDROP TABLE "it''s"."t""$1\\";\n'

-- The role that runs, the role that owns the tables.
SELECT migrate_init(:'role');
SELECT count(*) FROM migrate_add(:'script', 'it''s "a" $$ %s.sql');
SET migrate.run_as = :'role';
SELECT count(*) FROM migrate_add(:'script', 'it''s "a" $$ %s.sql');
SELECT migrate_upgrade();
SELECT who = :'role' FROM "it's"."t""$1\";
SELECT operation, revision, note FROM migrate_plan('base');
SELECT source FROM migrate_history();
SELECT DISTINCT who FROM migrate_log();
SELECT migrate_downgrade('base');
GRANT EXECUTE ON FUNCTION migrate_upgrade(text, text) TO :"feed", :"long";
GRANT USAGE ON SCHEMA :"schema" TO :"role", :"feed", :"long";
SET ROLE :"feed";
SELECT migrate_upgrade();
SET ROLE :"long";
SELECT migrate_upgrade();
RESET ROLE;
SET migrate.run_as = :'feed';
SELECT migrate_upgrade();
SET migrate.run_as = :'long';
SELECT migrate_upgrade();
SET migrate.run_as = 'regress ñññññññññññññññññññññññññññññññññññññññññ';
SELECT migrate_upgrade();
SET migrate.run_as = :'role';

-- The worker puts the role on, and takes its statements with all their characters.
SELECT count(*) FROM migrate_add(E'-- Two\n--\n-- Revision ID: n002\n\n-- migrate:up transaction:false\nCREATE TABLE "it''s"."$$\\n" (a int, who name DEFAULT current_user);\nINSERT INTO "it''s"."$$\\n" VALUES (1);\nCREATE INDEX CONCURRENTLY "i""\\" ON "it''s"."$$\\n" (a);\n', 'two.sql');
\set VERBOSITY sqlstate
CALL migrate_upgrade_online('n002');
\set VERBOSITY default
SELECT who = :'role' FROM "it's"."$$\n";
SELECT pg_get_userbyid(relowner) = :'role' FROM pg_class WHERE relname = 'i"\';

-- Ids that nobody may have.
SELECT migrate_add(E'-- x\n--\n-- Revision ID: a''; DROP TABLE migrate.meta; --\n\n-- migrate:up\nSELECT 1;\n', 'x.sql');
SELECT migrate_add(E'-- x\n--\n-- Revision ID: ñandú\n\n-- migrate:up\nSELECT 1;\n', 'x.sql');
SELECT migrate_add(format(E'-- x\n--\n-- Revision ID: %s\n\n-- migrate:up\nSELECT 1;\n', repeat('a', 256)), 'x.sql');
SELECT migrate_upgrade('$$');
SELECT migrate_upgrade(E'a\nb''"');
SELECT migrate_downgrade(repeat('ñ', 300));
SELECT migrate_stamp('''; --');

RESET migrate.run_as;
RESET search_path;
DROP SCHEMA "it's", migrate CASCADE;
DROP EXTENSION migrate;
DROP SCHEMA :"schema";

-- The database.
CREATE DATABASE "regress 'd""b' $$ \ ñ";
\c '"regress ''d""b'' $$ \\ ñ"'
\pset tuples_only on
CREATE EXTENSION migrate;
SELECT count(*) FROM migrate_add(E'-- One\n--\n-- Revision ID: n001\n\n-- migrate:up\nSELECT 1;\n-- migrate:up transaction:false\nVACUUM;\n-- migrate:down\nSELECT 1;\n', 'one.sql');
\set VERBOSITY sqlstate
CALL migrate_upgrade_online();
\set VERBOSITY default
SELECT revision FROM migrate_current();
SELECT migrate_reset('contrib_regression');
SELECT count(*) FROM migrate_reset($x$regress 'd"b' $$ \ ñ$x$);
\c contrib_regression
DROP DATABASE "regress 'd""b' $$ \ ñ";
DROP ROLE :"role";
DROP ROLE :"feed";
DROP ROLE :"long";
