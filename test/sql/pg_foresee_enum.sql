-- A new value of an enum type, used by the transaction that adds it: known before the run starts.
CREATE EXTENSION migrate;
\pset format unaligned
\pset tuples_only on

CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE person (id int, mood mood, note text);
CREATE TABLE pet (id int, mood text);
CREATE SCHEMA aside;
CREATE TABLE twice (m mood);
CREATE TABLE aside.twice (m text);

SELECT migrate_add($$
-- Add
--
-- Revision ID: m001

-- migrate:up
ALTER TYPE mood ADD VALUE 'happy';
-- migrate:down

-- Use
--
-- Revision ID: m002
-- Revises: m001

-- migrate:up
INSERT INTO person (id, note, mood) VALUES (1, 'happy', 'sad');
UPDATE person SET mood = 'happy' WHERE id = 1;
-- migrate:down
$$, 'm.sql');
SELECT revision, note FROM migrate_plan();
SELECT migrate_upgrade();
\echo :LAST_ERROR_SQLSTATE
SELECT enum_range(NULL::mood);

-- Each use by itself, in the form it is written with: is it foreseen, and does the server refuse it?
CREATE FUNCTION foreseen(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM migrate_add(E'-- Use\n--\n-- Revision ID: m002\n-- Revises: m001\n\n-- migrate:up\n' || statement,
        'm.sql');
    BEGIN
        PERFORM migrate_upgrade();
        answer := 'runs';
        RAISE EXCEPTION USING errcode = 'MIG00';
    EXCEPTION
        WHEN sqlstate 'MIG00' THEN NULL;
        WHEN OTHERS THEN
            answer := CASE WHEN sqlerrm LIKE '%by the transaction that adds it' THEN 'foreseen ' ELSE 'by the server ' END
                || sqlstate;
    END;
    -- What would the server have said?
    BEGIN
        ALTER TYPE mood ADD VALUE 'happy';
        EXECUTE statement;
        answer := answer || ', server: runs';
        RAISE EXCEPTION USING errcode = 'MIG00';
    EXCEPTION
        WHEN sqlstate 'MIG00' THEN NULL;
        WHEN OTHERS THEN answer := answer || ', server: ' || sqlstate;
    END;
    RETURN answer;
END $$;
CREATE TABLE cases (id int GENERATED ALWAYS AS IDENTITY, statement text);
INSERT INTO cases (statement) VALUES
    ($c$UPDATE person SET mood = 'happy'$c$),
    ($c$UPDATE person p SET mood = 'happy' WHERE p.mood <> 'sad'$c$),
    ($c$UPDATE person AS p SET note = 'x' WHERE p.mood IS NOT DISTINCT FROM 'happy'$c$),
    ($c$DELETE FROM public.person WHERE person.mood NOT IN ('ok', 'happy')$c$),
    ($c$SELECT 'happy'::mood$c$),
    ($c$SELECT CAST('happy' AS public.mood)$c$),
    ($c$SELECT mood 'happy'$c$),
    ($c$INSERT INTO person VALUES (1, 'sad', 'note'), (2, 'happy', NULL)$c$),
    ($c$INSERT INTO person (mood) VALUES ('happy')$c$),
    ($c$INSERT INTO person AS p ("note", "mood") VALUES ('happy', 'happy')$c$),
    ($c$ALTER TABLE pet ADD COLUMN m mood NOT NULL DEFAULT 'happy'$c$),
    ($c$ALTER TABLE person ALTER mood SET DEFAULT 'happy'$c$),
    ($c$CREATE TABLE made (id int, m mood DEFAULT 'happy')$c$),
    ($c$CREATE TABLE made (id int, m mood CHECK (m <> 'happy'))$c$),
    ($c$CREATE VIEW glad AS SELECT id FROM person WHERE mood = 'happy'$c$),
    ($c$CREATE INDEX ON person (id) WHERE mood = 'happy'$c$),
    ($c$CREATE TABLE made (m mood, n text); INSERT INTO made VALUES ('happy', 'x')$c$),
    -- near misses: none is foreseen, all of them run
    ($c$INSERT INTO person (id, mood, note) VALUES (1, 'sad', 'happy')$c$),
    ($c$INSERT INTO person VALUES (1, 'sad', 'happy')$c$),
    ($c$UPDATE person SET note = 'happy' WHERE mood = 'sad'$c$),
    ($c$UPDATE pet SET mood = 'happy'$c$),
    ($c$UPDATE pet SET mood = 'happy' FROM person WHERE person.id = pet.id$c$),
    ($c$UPDATE person SET note = 'x' WHERE id IN (SELECT id FROM pet WHERE mood = 'happy')$c$),
    ($c$WITH w AS (SELECT 'x'::text AS mood) SELECT 1 FROM w, person WHERE w.mood = 'happy'$c$),
    ($c$UPDATE person SET note = 'unhappy', mood = 'ok' /* mood = 'happy' */ -- mood = 'happy'$c$),
    ($c$UPDATE person SET note = $q$mood = 'happy'$q$$c$),
    ($c$UPDATE person SET note = 'mood = ''happy'''$c$),
    ($c$SELECT 1 FROM person WHERE mood::text = 'happy'$c$),
    ($c$SELECT 'happy'::text AS mood$c$),
    ($c$UPDATE person SET note = mood || 'happy'$c$),
    ($c$COMMENT ON TYPE mood IS 'happy'$c$),
    ($c$COMMENT ON COLUMN person.mood IS 'happy'$c$),
    ($c$ALTER TYPE mood ADD VALUE 'glad' AFTER 'happy'$c$),
    ($c$UPDATE aside.twice SET m = 'happy'$c$),
    ($c$CREATE FUNCTION f() RETURNS mood LANGUAGE plpgsql AS $q$ BEGIN RETURN 'happy'::mood; END $q$$c$),
    ($c$ALTER TABLE person ALTER mood TYPE text; UPDATE person SET mood = 'happy'$c$),
    ($c$DROP TABLE person; CREATE TABLE person (mood text); UPDATE person SET mood = 'happy'$c$),
    ($c$CREATE TABLE made (mood text DEFAULT 'happy', m mood DEFAULT 'ok')$c$),
    ($c$CREATE TABLE made (m mood[] DEFAULT '{ok}', n text DEFAULT 'happy')$c$),
    ($c$ALTER TABLE person RENAME mood TO m; ALTER TABLE person RENAME note TO mood; UPDATE person SET mood = 'happy'$c$),
    ($c$ALTER TYPE mood RENAME TO temper; CREATE DOMAIN mood AS text; SELECT 'happy'::mood$c$),
    -- not certain: the server says it, with the way out
    ($c$UPDATE twice SET m = 'happy'$c$),
    ($c$INSERT INTO person (mood) SELECT 'happy'$c$),
    ($c$DO $q$ BEGIN UPDATE person SET mood = 'happy'; END $q$$c$);
SELECT id, foreseen(statement), statement FROM cases ORDER BY id;

-- The server's own refusal names the way out too.
SELECT migrate_add($$
-- Use
--
-- Revision ID: m002
-- Revises: m001

-- migrate:up
INSERT INTO person (mood) SELECT 'happy';
$$, 'm.sql');
SELECT migrate_upgrade();

-- In one revision no form of the run helps.
SELECT migrate_add($$
-- Use
--
-- Revision ID: m002
-- Revises: m001

-- migrate:up
ALTER TYPE public.mood ADD VALUE IF NOT EXISTS 'it''s fine' BEFORE 'ok';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad';
INSERT INTO person (mood) VALUES ('sad');
-- migrate:verify
SELECT count(*) = 0 FROM person WHERE mood = 'it''s fine';
$$, 'm.sql');
SELECT migrate_upgrade();
SELECT revision, note FROM migrate_plan();
CALL migrate_upgrade_online('m002');
SELECT revision FROM migrate_current();

-- Apart it works.
SELECT migrate_add($$
-- Use
--
-- Revision ID: m002
-- Revises: m001

-- migrate:up
INSERT INTO person (mood) VALUES ('happy');
$$, 'm.sql');
\set VERBOSITY terse
SELECT migrate_upgrade('m001');
SELECT migrate_upgrade();
TABLE person;

-- A type that the same transaction has made: its values can be used from PostgreSQL 17 on.
CREATE FUNCTION upgrade_says() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM migrate_upgrade();
    RETURN 'runs';
EXCEPTION
    WHEN OTHERS THEN RETURN sqlerrm;
END $$;
SELECT migrate_add($$
-- Colours
--
-- Revision ID: m003
-- Revises: m002

-- migrate:up
CREATE TYPE public.colour AS ENUM ('red');
CREATE UNLOGGED TABLE paint (id int, colour colour);
ALTER TYPE colour ADD VALUE 'blue';
INSERT INTO paint (colour, id) VALUES ('blue', 1);
$$, 'n.sql');
SELECT upgrade_says() = CASE WHEN current_setting('server_version_num')::int < 170000
    THEN 'new value "blue" of enum type colour cannot be used by the transaction that adds it' ELSE 'runs' END;

DROP EXTENSION migrate;
SET client_min_messages = warning;
DROP SCHEMA migrate, aside CASCADE;
DROP TABLE IF EXISTS person, pet, twice, cases, paint CASCADE;
DROP TYPE mood;
DROP TYPE IF EXISTS colour;
DROP FUNCTION foreseen, upgrade_says;
