-- In a transaction of the caller everything goes with it.
SELECT migrate_load('@DIR@');
BEGIN;
SELECT migrate_upgrade('trips');
SELECT revision FROM migrate_current();
INSERT INTO users VALUES (1, 'Ada');
INSERT INTO trips (id, user_id) VALUES (1, 1);
ROLLBACK;
SELECT revision FROM migrate_current();
SELECT count(*) FROM migrate_log();
BEGIN;
SELECT migrate_upgrade('users');
INSERT INTO users VALUES (1, 'Ada');
COMMIT;
SELECT revision FROM migrate_current();
SELECT name FROM users;
-- A savepoint.
BEGIN;
SELECT migrate_upgrade('trips');
SAVEPOINT here;
SELECT migrate_upgrade('tags');
SELECT revision FROM migrate_current();
ROLLBACK TO here;
SELECT revision FROM migrate_current();
SELECT migrate_upgrade('tags');
SELECT migrate_downgrade(-1);
COMMIT;
SELECT revision FROM migrate_current();
SELECT * FROM trips;
SELECT action, revision FROM migrate_log();
-- A failure inside, after which the caller goes on.
SELECT migrate_add('-- Bad
-- Revision ID: bad
-- Revises: tags
-- migrate:up
CREATE TABLE half (id integer PRIMARY KEY);
INSERT INTO nowhere VALUES (1);', 'bad.sql');
BEGIN;
INSERT INTO users VALUES (2, 'Bob');
SAVEPOINT here;
SELECT migrate_upgrade('bad');
ROLLBACK TO here;
SELECT revision FROM migrate_current();
INSERT INTO users VALUES (3, 'Cy');
SELECT migrate_upgrade('tags');
COMMIT;
SELECT count(*) FROM users;
SELECT revision FROM migrate_current();
-- Loading too.
BEGIN;
SELECT migrate_add('-- Extra
-- Revision ID: extra
-- Revises: tags
-- migrate:up', 'extra.sql');
SELECT migrate_stamp('extra');
SELECT revision FROM migrate_current();
ROLLBACK;
SELECT revision FROM migrate_heads();
SELECT revision FROM migrate_current();
-- The tables are made in it.
BEGIN;
SELECT migrate_downgrade('base');
SELECT current, applied, pending FROM migrate_status();
COMMIT;
SELECT current, applied, pending FROM migrate_status();
