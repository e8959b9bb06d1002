-- What an error in a script looks like: revision, file, line, column, and the one statement.
CREATE EXTENSION migrate;

-- A mistake the parser of the server finds: nothing of the section runs.
SELECT migrate_add($$
-- Broken syntax
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE first_one (id int);

-- a comment; with a semicolon
CREATE TABLE second_one (
    id int,
    name txet tfxt
);
-- migrate:down
DROP TABLE second_one;
$$, 'e001.sql');
SELECT migrate_upgrade();
SELECT to_regclass('first_one');

-- A mistake found when the statement is analyzed. Columns count characters, not bytes.
SELECT migrate_add($$
-- Broken type
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE first_one (id int);

/* a comment */ CREATE TABLE second_one (
    "é" text, b intt
);
$$, 'e001.sql');
SELECT migrate_upgrade();
SELECT to_regclass('first_one');

-- A mistake without a position.
SELECT migrate_add($$
-- Division
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE first_one (id int);
INSERT INTO first_one
    SELECT 1 / (i - 2) FROM generate_series(1, 3) AS i;
$$, 'e001.sql');
SELECT migrate_upgrade();

-- A mistake in the body of a function the script calls.
SELECT migrate_add($$
-- Body
--
-- Revision ID: e001

-- migrate:up
CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $f$
BEGIN
    RETURN (SELECT nothing FROM nowhere);
END
$f$;
SELECT broken();
$$, 'e001.sql');
SELECT migrate_upgrade();

-- The fields of the server's error arrive whole; the hint says where the database is.
SELECT migrate_add($$
-- Constraint
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE first_one (id int CONSTRAINT positive CHECK (id > 0));
INSERT INTO first_one VALUES (1), (-1);
$$, 'e001.sql');
\set VERBOSITY verbose
DO $$
DECLARE
    c text; t text; s text;
BEGIN
    PERFORM migrate_upgrade();
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS c = CONSTRAINT_NAME, t = TABLE_NAME, s = RETURNED_SQLSTATE;
    RAISE INFO 'constraint %, table %, state %', c, t, s;
END $$;
\set VERBOSITY default

-- The table is there already: the way out is named.
CREATE TABLE first_one (id int);
SELECT migrate_upgrade();
DROP TABLE first_one;

-- A verify section that says no, and one that is no query.
SELECT migrate_add($$
-- Verify
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE first_one (id int);
-- migrate:verify
SELECT true;
SELECT count(*) = 1 FROM first_one;
$$, 'e001.sql');
SELECT migrate_upgrade();
SELECT to_regclass('first_one');
SELECT migrate_add($$
-- Verify
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE first_one (id int);
-- migrate:verify
SELECT NULL::boolean;
$$, 'e001.sql');
SELECT migrate_upgrade();
SELECT migrate_add($$
-- Verify: numbers, text, no row
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE first_one (id int);
-- migrate:verify
SELECT 1;
SELECT 0.5;
SELECT 'true'::text;
SELECT false WHERE false;
-- migrate:down
DROP TABLE first_one;
$$, 'e001.sql');
SELECT migrate_upgrade();
SELECT migrate_downgrade('base');
SELECT migrate_add($$
-- Verify is no place for changes
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE first_one (id int);
-- migrate:verify
WITH gone AS (DELETE FROM first_one RETURNING id) SELECT count(*) = 0 FROM gone;
$$, 'e001.sql');

SELECT migrate_add($$
-- Nor are the functions it calls
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE first_one (id int);
CREATE FUNCTION adds() RETURNS boolean LANGUAGE sql AS 'INSERT INTO first_one VALUES (1); SELECT true';
-- migrate:verify
SELECT adds();
$$, 'e001.sql');
SELECT migrate_upgrade();
CREATE TABLE can_write_again (id int);
DROP TABLE can_write_again;

-- What hides from the loader is refused by the server: a transaction inside a DO block.
SELECT migrate_add($$
-- Transaction control
--
-- Revision ID: e001

-- migrate:up
DO $f$ BEGIN COMMIT; END $f$;
$$, 'e001.sql');
SELECT migrate_upgrade();

-- A script cannot call the engine behind its back.
SELECT migrate_add($$
-- Nested
--
-- Revision ID: e001

-- migrate:up
DO $f$ BEGIN EXECUTE 'SELECT migrate_' || 'upgrade()'; END $f$;
$$, 'e001.sql');
SELECT migrate_upgrade();
-- But it may look.
SELECT migrate_add($$
-- Looking
--
-- Revision ID: e001

-- migrate:up
CREATE TABLE seen AS SELECT revision, state FROM migrate_history();
-- migrate:down
DROP TABLE seen;
$$, 'e001.sql');
SELECT migrate_upgrade();
TABLE seen;

-- After all these failures nothing but the success is in the log.
SELECT action, revision, outcome FROM migrate_log() WHERE action <> 'load' AND action <> 'add';

-- Called where no set is accepted, and with arguments left out or NULL.
SELECT migrate_downgrade(NULL::text);
SELECT revision, state, message FROM migrate_show(NULL);
SELECT * FROM migrate_upgrade() WITH ORDINALITY AS u (line, n) WHERE n = 1;
SELECT * FROM migrate_current() LIMIT 0;

DROP TABLE seen;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
DROP EXTENSION migrate;
