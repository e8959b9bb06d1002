-- Files one after another, as cat leaves them: without a last line end, with a byte order mark in
-- the middle, with comments that look like headers.
SELECT migrate_add('-- Create users
-- Revision ID: users

-- migrate:up
CREATE TABLE users (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE users;-- Create trips
-- Revision ID: trips
-- Revises: users

-- migrate:up
CREATE TABLE trips (id integer PRIMARY KEY)
-- migrate:down
DROP TABLE trips-- Create tags
-- Revision ID: tags
-- Revises: trips
-- migrate:up
CREATE TABLE tags (name text PRIMARY KEY);

-- A note about nothing.
-- It has two lines.

INSERT INTO tags VALUES (''a -- b'');
-- migrate:down
DROP TABLE tags;
' || '-- Create laps
-- Revision ID: laps
-- Revises: tags
-- migrate:up
CREATE TABLE laps (id integer PRIMARY KEY);
/* a comment
-- Revision ID: not_this_one
*/
INSERT INTO laps VALUES (1);
-- migrate:down
DROP TABLE laps;


-- Create cups
--
-- With a description.

-- Revision ID: cups

-- Revises: laps
-- migrate:up
', 'all.sql');
SELECT revision, revises, message FROM migrate_history();
SELECT description FROM migrate_show('cups');
SELECT script FROM migrate_show('trips');
SELECT script FROM migrate_show('laps');
SELECT migrate_upgrade();
SELECT * FROM tags;
SELECT * FROM laps;
SELECT migrate_stamp('laps');
SELECT migrate_downgrade('base');
-- With a byte order mark before the second.
SELECT migrate_add('-- One
-- Revision ID: one
-- Revises: cups
-- migrate:up
﻿-- Two
-- Revision ID: two
-- Revises: one
-- migrate:up
', 'bom.sql');
SELECT revision, revises FROM migrate_heads();
