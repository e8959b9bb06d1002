-- Online runs: each revision in a transaction of its own.
CREATE EXTENSION migrate;
\pset format unaligned
\pset tuples_only on
SELECT migrate_add($$
-- One
--
-- Revision ID: o001

-- migrate:up
CREATE TABLE one (id int PRIMARY KEY);
INSERT INTO one SELECT generate_series(1, 10);
-- migrate:down
DROP TABLE one;

-- Two
--
-- Revision ID: o002
-- Revises: o001

-- migrate:up
CREATE TABLE two (id int REFERENCES one DEFERRABLE INITIALLY DEFERRED);
-- migrate:verify
SELECT count(*) = 10 FROM one;
-- migrate:down
DROP TABLE two;

-- Three
--
-- Revision ID: o003
-- Revises: o002

-- migrate:up
CREATE TABLE three (id int);
INSERT INTO three SELECT id, 1 FROM nowhere;
-- migrate:down
DROP TABLE three;

-- Four
--
-- Revision ID: o004
-- Revises: o003

-- migrate:up
CREATE TABLE four (id int);
-- migrate:down
DROP TABLE four;
$$, 'four.sql');

-- Where it cannot commit it says so before anything runs.
BEGIN;
CALL migrate_upgrade_online();
ROLLBACK;
BEGIN;
SAVEPOINT s;
CALL migrate_upgrade_online();
ROLLBACK;
SELECT 1\; CALL migrate_upgrade_online();
DO $$ BEGIN CALL migrate_upgrade_online(); EXCEPTION WHEN division_by_zero THEN NULL; END $$;
CREATE FUNCTION by_function() RETURNS void LANGUAGE plpgsql AS
    'BEGIN CALL migrate_downgrade_online(''base''); END';
SELECT by_function();
CREATE PROCEDURE by_definer() LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN CALL migrate_upgrade_online(); END';
CALL by_definer();
SELECT migrate_upgrade_online();
SELECT * FROM migrate_log() WHERE action = 'upgrade';

-- An error stops the run; what was committed stays, and the log has the failure.
CALL migrate_upgrade_online();
SELECT revision FROM migrate_current();
SELECT to_regclass('one'), to_regclass('two'), to_regclass('three');
SELECT action, revision, outcome, sqlstate, detail, statement FROM migrate_log() WHERE action = 'upgrade';
CALL migrate_upgrade_online();
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';

-- Mended, it goes on from there.
SELECT migrate_add($$
-- Three
--
-- Revision ID: o003
-- Revises: o002

-- migrate:up
CREATE TABLE three (id int);
-- migrate:down
DROP TABLE three;
$$, 'three.sql');
CALL migrate_upgrade_online('+1');
CALL migrate_upgrade_online();
CALL migrate_upgrade_online('head');
-- Down, by number too, from a DO block and from a procedure.
CALL migrate_downgrade_online(-1);
DO $$ BEGIN CALL migrate_downgrade_online('o002'); END $$;
CREATE PROCEDURE by_procedure() LANGUAGE plpgsql AS
    'BEGIN CALL migrate_downgrade_online(''base''); CALL migrate_upgrade_online(''o001''); END';
CALL by_procedure();
SELECT action, revision, outcome FROM migrate_log() WHERE action IN ('upgrade', 'downgrade');

-- Arguments.
CALL migrate_upgrade_online(2);
CALL migrate_upgrade_online('nobody');
CALL migrate_upgrade_online(NULL, '{"speed": 1}');
CALL migrate_downgrade_online(NULL);
SELECT migrate_setting('environment', 'production');
CALL migrate_downgrade_online('base');
CALL migrate_downgrade_online('base', '{"confirm": "contrib_regression"}');
SELECT migrate_setting('environment', '');

-- A deferred constraint, a verify query and a commit that fail.
SELECT migrate_add($$
-- Orphans
--
-- Revision ID: p001
-- Revises: o002
-- Branch Labels: orphans

-- migrate:up
INSERT INTO two VALUES (99);

-- Doubtful
--
-- Revision ID: p002
-- Revises: o002
-- Branch Labels: doubtful

-- migrate:up
CREATE TABLE doubtful (id int);
-- migrate:verify
SELECT count(*) = 1 FROM doubtful;

-- Greedy
--
-- Revision ID: p003
-- Revises: o002
-- Branch Labels: greedy

-- migrate:up
CREATE TABLE greedy (id int);
SELECT pg_advisory_unlock_all();

-- Again
--
-- Revision ID: p004
-- Revises: o002
-- Branch Labels: again

-- migrate:up
CREATE TABLE one (id int);
$$, 'bad.sql');
CALL migrate_upgrade_online('orphans');
CALL migrate_upgrade_online('doubtful');
CALL migrate_upgrade_online('greedy');
CALL migrate_upgrade_online('again');
SELECT to_regclass('doubtful'), to_regclass('greedy'), (SELECT count(*) FROM two);
SELECT revision, outcome, sqlstate, detail, statement FROM migrate_log() WHERE revision LIKE 'p%' AND action = 'upgrade';

-- What a script sets ends with it; what the session has set holds.
SELECT migrate_add($$
-- Settings
--
-- Revision ID: q001
-- Revises: o002
-- Branch Labels: settings

-- migrate:up
CREATE TABLE settings AS SELECT current_setting('lock_timeout') AS lock_timeout,
    current_setting('work_mem') AS work_mem, current_setting('search_path') AS path;
SET work_mem = '7MB';
-- migrate:down
DROP TABLE settings;
$$, 'settings.sql');
SET work_mem = '5MB';
SET lock_timeout = '17s';
CALL migrate_upgrade_online('settings');
SELECT * FROM settings;
SHOW work_mem;
SHOW lock_timeout;
SHOW deadlock_timeout;
SHOW log_lock_waits;
SET migrate.lock_timeout = 0;
CALL migrate_downgrade_online('o002');
CALL migrate_upgrade_online('settings');
SELECT lock_timeout FROM settings;
RESET migrate.lock_timeout;
RESET lock_timeout;
RESET work_mem;

-- An ordinary role: it may not turn these.
CREATE ROLE regress_migrate_online;
SET ROLE regress_migrate_online;
SET migrate.lock_timeout = '1s';
SET migrate.lock_retries = 1;
CALL migrate_upgrade_online();
RESET ROLE;
GRANT EXECUTE ON PROCEDURE migrate_upgrade_online(text, text) TO regress_migrate_online;
SET ROLE regress_migrate_online;
CALL migrate_upgrade_online();
RESET ROLE;
DROP OWNED BY regress_migrate_online;
DROP ROLE regress_migrate_online;

-- Read only.
SET default_transaction_read_only = on;
CALL migrate_upgrade_online('o004');
RESET default_transaction_read_only;

-- Under the other isolation levels.
SET default_transaction_isolation = 'serializable';
CALL migrate_upgrade_online('o004');
SET default_transaction_isolation = 'repeatable read';
CALL migrate_downgrade_online('base');
RESET default_transaction_isolation;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';

DROP FUNCTION by_function;
DROP PROCEDURE by_definer, by_procedure;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP EXTENSION migrate;
