-- How runs fail. Each says what failed, where, and where the database is now.
SELECT migrate_add('-- Create users
-- Revision ID: users
-- Create Date: 2024-01-01
-- migrate:up
CREATE TABLE users (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE users;', 'users.sql');
-- The table is there already: the database was made by something else.
CREATE TABLE users (id integer PRIMARY KEY);
SELECT migrate_upgrade();
SELECT migrate_stamp('users');
SELECT migrate_upgrade();
-- A failure in the third of three revisions takes back the first two.
SELECT migrate_add('-- One
-- Revision ID: one01
-- Revises: users
-- Create Date: 2024-01-02
-- migrate:up
CREATE TABLE one (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE one;
-- Two
-- Revision ID: two02
-- Revises: one01
-- Create Date: 2024-01-03
-- migrate:up
CREATE TABLE two (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE two;
-- Three
-- Revision ID: three03
-- Revises: two02
-- Create Date: 2024-01-04
-- migrate:up
CREATE TABLE three (id integer PRIMARY KEY);
INSERT INTO three VALUES (1);
  INSERT INTO nowhere VALUES (1);
INSERT INTO three VALUES (2);
-- migrate:down
DROP TABLE three;', 'steps.sql');
SELECT migrate_upgrade();
SELECT count(*) FROM migrate_log();
SELECT revision FROM migrate_current();
CREATE TABLE one (id integer PRIMARY KEY);
DROP TABLE one;
SELECT migrate_upgrade('two02');
-- The same on the way down.
SELECT migrate_add('-- Four
-- Revision ID: four04
-- Revises: two02
-- Create Date: 2024-01-05
-- migrate:up
CREATE TABLE four (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE four;
INSERT INTO nowhere VALUES (1);', 'four.sql');
SELECT migrate_upgrade('four04');
SELECT migrate_downgrade('users');
SELECT migrate_downgrade(-1);
SELECT * FROM four;
SELECT revision FROM migrate_current();
-- A second run of the same does nothing.
SELECT migrate_upgrade('four04');
-- Verify: true, several rows, no rows.
SELECT migrate_add('-- Good
-- Revision ID: good
-- Revises: two02
-- Create Date: 2024-02-01
-- migrate:up
CREATE TABLE good (id integer PRIMARY KEY);
INSERT INTO good VALUES (1), (2);
-- migrate:verify
SELECT count(*) = 2 FROM good;
SELECT id > 0 FROM good;
SELECT id > 0 FROM good WHERE id > 5;
-- migrate:down
DROP TABLE good;', 'good.sql');
SELECT migrate_upgrade('good');
-- False, NULL, one false row of several.
SELECT migrate_add('-- False
-- Revision ID: false1
-- Revises: good
-- migrate:up
CREATE TABLE bad (id integer PRIMARY KEY);
INSERT INTO bad VALUES (1), (2);
-- migrate:verify
SELECT count(*) = 3 FROM bad;', 'bad.sql');
SELECT migrate_upgrade('false1');
SELECT migrate_add('-- False
-- Revision ID: false1
-- Revises: good
-- migrate:up
CREATE TABLE bad (id integer PRIMARY KEY);
INSERT INTO bad VALUES (1), (2);
-- migrate:verify
SELECT count(*) = 2 FROM bad;
SELECT id > 1
FROM bad
ORDER BY id;', 'bad.sql');
SELECT migrate_upgrade('false1');
SELECT migrate_add('-- False
-- Revision ID: false1
-- Revises: good
-- migrate:up
CREATE TABLE bad (id integer PRIMARY KEY);
-- migrate:verify
SELECT max(id) > 1 FROM bad;', 'bad.sql');
SELECT migrate_upgrade('false1');
SELECT revision FROM migrate_current();
-- engine: sections, each on its own.
SELECT migrate_add('-- Engines
-- Revision ID: engines
-- Revises: good
-- migrate:up engine:sqlite
CREATE TABLE engines (id integer PRIMARY KEY) WITHOUT ROWID;
-- migrate:up engine:postgresql
CREATE UNLOGGED TABLE engines (id integer PRIMARY KEY);
-- migrate:up
INSERT INTO engines VALUES (1);
-- migrate:down engine:sqlite
DROP TABLE main.engines;
-- migrate:down engine:postgresql
DROP TABLE public.engines;', 'engines.sql');
SELECT migrate_upgrade('engines');
SELECT * FROM engines;
SELECT step, statements FROM migrate_plan('-1');
SELECT migrate_downgrade(-1);
