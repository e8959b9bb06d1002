-- What a run would do, and that nothing of it stays.
SELECT migrate_add('
-- Create users
--
-- Revision ID: users
-- Create Date: 2024-01-01 00:00:00

-- migrate:up
CREATE TABLE users (
    user_id integer PRIMARY KEY,  name text NOT NULL
);
INSERT INTO users VALUES (1, ''Ada''), (2, ''Bob | Cy'');
-- migrate:verify
SELECT count(*) = 2 FROM users;
SELECT 1;
-- migrate:down
DROP TABLE users;

-- Rename
--
-- Revision ID: rename
-- Revises: users
-- Create Date: 2024-01-02 00:00:00

-- migrate:up
UPDATE users SET name = ''Cyäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüß'' WHERE name LIKE ''B%'';
-- migrate:up
DELETE FROM users;
INSERT INTO users SELECT user_id + 1, name FROM users;
-- migrate:down
UPDATE users SET name = ''Bob'' WHERE name LIKE ''C%'';

-- Outside
--
-- Revision ID: outside
-- Revises: rename
-- Create Date: 2024-01-03 00:00:00

-- migrate:up transaction:false
VACUUM; VACUUM
;
-- migrate:up
DROP TABLE users;
-- migrate:down
CREATE TABLE users (user_id integer PRIMARY KEY, name text NOT NULL);

-- Wrong
--
-- Revision ID: wrong
-- Revises: outside
-- Create Date: 2024-01-04 00:00:00

-- migrate:up
CREATE TABLE last_one (id integer);
-- migrate:verify
SELECT 1 = 2;
', 'all.sql');
@DRYRUN@('users');
@DRYRUN@();
@DRYRUN@('rename', '{}');
SELECT revision, state FROM migrate_history();
SELECT action, outcome FROM migrate_log();
SELECT count(*) FROM users;
SELECT migrate_upgrade('rename');
-- Down, and nothing to do.
@DRYRUN@(-1);
@DRYRUN@('base');
@DRYRUN@('users');
SELECT revision, state FROM migrate_history();
SELECT count(*) FROM users;
-- What a run refuses, a dry run refuses.
@DRYRUN@('nobody');
@DRYRUN@('+9');
@DRYRUN@(2);
@DRYRUN@('head', '{"force": true}');
@DRYRUN@('outside');
SELECT migrate_stamp('wrong');
@DRYRUN@('-1');
SELECT migrate_stamp('rename');
-- In production the way to base wants consent, also for a look.
SELECT migrate_setting('environment', 'production');
@DRYRUN@('base');
@DRYRUN@('base', '{"confirm": "nobody"}');
@DRYRUN@('base', '{"confirm": "@DATABASE@"}');
@DRYRUN@('users');
SELECT migrate_setting('environment', '');
-- In a transaction of the caller: what he did stays his.
BEGIN;
INSERT INTO users VALUES (7, 'Gil');
@DRYRUN@('base');
SELECT count(*) FROM users;
@DRYRUN@('wrong');
SELECT count(*) FROM users;
COMMIT;
SELECT count(*) FROM users;
SELECT action, outcome FROM migrate_log();
