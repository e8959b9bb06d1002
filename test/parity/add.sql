-- A bundle, as cat makes it.
SELECT migrate_add('-- Create users
-- Revision ID: users
-- Create Date: 2024-01-01

-- migrate:up
CREATE TABLE users (id integer PRIMARY KEY);

-- migrate:down
DROP TABLE users;
-- Create trips
--
-- Revision ID: trips
-- Revises: users
-- Create Date: 2024-01-02

-- migrate:up
CREATE TABLE trips (id integer PRIMARY KEY, note text DEFAULT ''
-- Revision ID: not_one
'');

-- migrate:down
DROP TABLE trips;', 'bundle.sql');
-- Twice is once.
SELECT migrate_add('-- Create users
-- Revision ID: users
-- Create Date: 2024-01-01

-- migrate:up
CREATE TABLE users (id integer PRIMARY KEY);

-- migrate:down
DROP TABLE users;', 'users.sql');
SELECT revision, source FROM migrate_history();
-- In whatever order; without a name.
SELECT migrate_add('-- Create points
-- Revision ID: points
-- Revises: files
-- migrate:up
CREATE TABLE points (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE points;
-- Create files
-- Revision ID: files
-- Revises: trips
-- migrate:up
CREATE TABLE files (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE files;
');
SELECT migrate_upgrade('files');
-- What is not applied may change, also its place in the history.
SELECT migrate_add('-- Create all points
-- Revision ID: points
-- Revises: trips
-- migrate:up
CREATE TABLE all_points (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE all_points;
');
SELECT revision, revises, state, message, source FROM migrate_history();
SELECT migrate_upgrade('heads');
SELECT * FROM all_points;
-- What does not fit leaves everything alone.
SELECT migrate_add('-- Revision ID: lost
-- Revises: nowhere
-- migrate:up');
SELECT migrate_downgrade('base');
