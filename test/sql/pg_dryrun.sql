-- A dry run: what each statement did, and that nothing of it stays.
CREATE EXTENSION migrate;
SET client_min_messages = warning;
-- Which way is cheaper in a small table is not the question here.
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
CREATE SCHEMA dry;
CREATE TABLE dry.old (id serial PRIMARY KEY, name text, n int);
INSERT INTO dry.old (name, n) SELECT 'n' || i, i FROM generate_series(1, 100) AS i;
CREATE TABLE dry.parent (id int PRIMARY KEY);
INSERT INTO dry.parent VALUES (1), (2);
CREATE MATERIALIZED VIEW dry.mat AS SELECT n FROM dry.old;
CREATE TABLE dry.parted (i int) PARTITION BY RANGE (i);
CREATE TABLE dry.part PARTITION OF dry.parted FOR VALUES FROM (1) TO (10);
CREATE VIEW dry.looked AS SELECT 1 AS one;
CREATE TABLE dry.ruled (i int);
CREATE RULE twice AS ON INSERT TO dry.ruled DO ALSO INSERT INTO dry.parent SELECT NEW.i + 100;

CREATE FUNCTION dry.run(target text DEFAULT NULL) RETURNS TABLE (op text, line bigint, statement text,
    lock text, tables text, rewrite text, scan text, rows bigint, outcome text, note text) LANGUAGE sql AS $$
    SELECT operation, line, statement, lock, tables, rewrite, scan, rows, outcome, note FROM migrate_dryrun(target)
$$;

SELECT migrate_add($$
-- Locks
--
-- Revision ID: locks

-- migrate:up
SELECT count(*) FROM dry.old;
SET enable_indexscan = on; SET enable_seqscan = off; SELECT n FROM dry.old WHERE id = 7; RESET enable_seqscan; SET enable_indexscan = off;
INSERT INTO dry.old (id, name) VALUES (1000, 'x'), (1001, 'y');
UPDATE dry.old SET n = 0 WHERE n IS NULL;
CREATE INDEX old_name ON dry.old (name);
CREATE TABLE dry.fresh (id int PRIMARY KEY, old int REFERENCES dry.old);
CREATE INDEX ON dry.fresh (old);
ALTER TABLE dry.old ADD COLUMN extra int DEFAULT 5;
-- It is taken already.
ALTER TABLE dry.old ADD COLUMN more int;
DROP VIEW dry.looked;
SELECT * FROM dry.parted;
INSERT INTO dry.ruled VALUES (1), (2), (3);
CREATE TABLE dry.made AS SELECT * FROM dry.parent;
REINDEX INDEX dry.parent_pkey;
-- migrate:verify
SELECT count(*) = 102 FROM dry.old;
-- migrate:down
DROP INDEX dry.old_name;

-- Rewrites
--
-- Revision ID: rewrites
-- Revises: locks

-- migrate:up
ALTER TABLE dry.old ALTER COLUMN n TYPE bigint;
ALTER TABLE dry.old ADD CONSTRAINT positive CHECK (n >= 0);
ALTER TABLE dry.old ADD CONSTRAINT unchecked CHECK (n > -1) NOT VALID;
ALTER TABLE dry.old VALIDATE CONSTRAINT unchecked;
ALTER TABLE dry.old ALTER COLUMN n SET NOT NULL;
ALTER TABLE dry.old ADD FOREIGN KEY (extra) REFERENCES dry.parent NOT VALID;
ALTER TABLE dry.parent ADD COLUMN at timestamptz DEFAULT clock_timestamp();
REFRESH MATERIALIZED VIEW dry.mat;
CLUSTER dry.old USING old_pkey;
TRUNCATE dry.old CASCADE;
DROP TABLE dry.parent CASCADE;
ALTER TABLE dry.parted DETACH PARTITION dry.part;
-- migrate:down
SELECT 1;
$$, 'dry.sql');
SELECT * FROM dry.run('locks');
-- The matview hangs on the column.
SELECT * FROM dry.run() WHERE op = 'upgrade' AND line > 33;
DROP MATERIALIZED VIEW dry.mat;
CREATE MATERIALIZED VIEW dry.mat AS SELECT id FROM dry.old;
SELECT * FROM dry.run() WHERE line > 33;

-- Nothing is there of it, in a transaction block neither.
SELECT count(*) FROM pg_class WHERE relnamespace = 'dry'::regnamespace;
SELECT count(*), max(id) FROM dry.old;
SELECT action, outcome FROM migrate_log();
SELECT count(*) FROM migrate_current();
BEGIN;
INSERT INTO dry.parent VALUES (3);
SELECT count(*) FROM dry.run();
SELECT count(*) FROM dry.run();
SELECT count(*) FROM dry.parent;
SELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation >= 16384
    AND mode <> 'AccessShareLock' ORDER BY 1, 2;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';
COMMIT;
-- A scan of an earlier dry run in the same transaction is not that of the next.
BEGIN;
SELECT line, scan FROM dry.run('locks') WHERE line IN (7, 10);
SELECT line, lock, tables, scan FROM dry.run('locks') WHERE line IN (7, 10);
ROLLBACK;

-- What cannot be undone is said.
SELECT migrate_add($$
-- Sequences
--
-- Revision ID: moved

-- migrate:up
INSERT INTO dry.old (name) VALUES ('takes a number');
INSERT INTO dry.old (name) VALUES ('takes another');
CREATE TABLE dry.own (id serial);
INSERT INTO dry.own DEFAULT VALUES;
NOTIFY somebody, 'hello';
ALTER SEQUENCE dry.other RESTART WITH 77;
SELECT last_value FROM dry.third;
SELECT setval('dry.third', 9);
-- migrate:down
DROP TABLE dry.own;
$$, 'moved.sql');
CREATE SEQUENCE dry.other;
CREATE SEQUENCE dry.third;
SELECT statement, outcome, note FROM dry.run('moved');
SELECT last_value FROM dry.old_id_seq;
SELECT last_value FROM dry.other;
SELECT last_value FROM dry.third;

-- What failed, and what came before; a mistake that the parser finds means that nothing of the section ran.
SELECT migrate_add($$
-- Fails
--
-- Revision ID: fails

-- migrate:up
CREATE TABLE dry.before (id int);
INSERT INTO dry.before
   VALUES ('none');
CREATE TABLE dry.behind (id int);

-- Unreadable
--
-- Revision ID: unreadable

-- migrate:up
CREATE TABLE dry.before (id int);
-- migrate:up
CREATE TABLE dry.behind (id int);
CREATE TABEL dry.never (id int);

-- Deferred
--
-- Revision ID: deferred

-- migrate:up
CREATE TABLE dry.child (id int REFERENCES dry.parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO dry.child VALUES (99);

-- Concurrently
--
-- Revision ID: concurrently

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY old_n ON dry.old (n);
-- migrate:up
DROP INDEX dry.old_n;

-- Slow
--
-- Revision ID: slow

-- migrate:up
SELECT pg_sleep(60);

-- Calls
--
-- Revision ID: calls

-- migrate:up
DO 'BEGIN PERFORM migrate_dryrun(''slow''); END';
$$, 'fails.sql');
SELECT op, line, statement, outcome, note FROM dry.run('fails');
SELECT op, line, statement, outcome, note FROM dry.run('unreadable');
SELECT op, line, statement, outcome, note FROM dry.run('deferred');
SELECT op, line, statement, outcome, note FROM dry.run('concurrently');
SELECT op, line, statement, outcome, note FROM dry.run('calls');
SET statement_timeout = '100ms';
SELECT op, line, statement, outcome, note FROM dry.run('slow');
RESET statement_timeout;
SELECT to_regclass('dry.before');

-- Where the server does not count, that is what it says.
SET track_counts = off;
SELECT line, scan FROM dry.run('locks') WHERE line = 7;
RESET track_counts;

-- Everything it sets ends with it, and the times are times.
SET application_name = 'mine';
SELECT bool_and(milliseconds ~ '^\d+\.\d{3}$') FROM migrate_dryrun('locks');
SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();
SET statement_timeout = '100ms';
DO $$ BEGIN PERFORM migrate_dryrun('slow'); EXCEPTION WHEN query_canceled THEN RAISE WARNING '%', SQLERRM; END $$;
RESET statement_timeout;
SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();

-- Who may, and where.
CREATE ROLE dry_nobody;
GRANT USAGE ON SCHEMA dry TO dry_nobody;
SET ROLE dry_nobody;
SELECT * FROM migrate_dryrun();
RESET ROLE;
BEGIN READ ONLY;
SELECT * FROM migrate_dryrun('locks');
ROLLBACK;
GRANT UPDATE ON migrate.script TO dry_nobody;
SELECT * FROM migrate_dryrun('locks');
REVOKE UPDATE ON migrate.script FROM dry_nobody;
-- A role that may, but has no right to what the script wants.
GRANT EXECUTE ON FUNCTION migrate_dryrun(text, text) TO dry_nobody;
GRANT USAGE ON SCHEMA migrate TO dry_nobody;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA migrate TO dry_nobody;
SET ROLE dry_nobody;
SELECT line, statement, outcome, note FROM migrate_dryrun('locks');
RESET ROLE;

DROP SCHEMA dry, migrate CASCADE;
DROP EXTENSION migrate;
DROP ROLE dry_nobody;
