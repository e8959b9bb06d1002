-- Names and values that mean something to SQL, and a search_path full of traps.
CREATE EXTENSION migrate;
\pset tuples_only on
\pset format unaligned
CREATE SCHEMA "s{}";
CREATE TABLE "s{}"."we""ird" ("$1" int PRIMARY KEY, ":x" text, "a'b" text, "{revision}" text, "select" text, "c\d" text, "ñandú" text);
SELECT migrate_seed_add($q$
'"s{}"."we""ird"':
  - $1: 1
    ':x': ''');DROP TABLE "s{}"."we""ird";--'
    'a''b': '$1 {=} :x'
    '{revision}': '{revision}'
    select: '\'
    'c\d': "\t\n\\N"
    'ñandú': 'ñ "" '''' %s'
$q$, 'weird.yaml');
SELECT migrate_seed();
SELECT migrate_seed();
SELECT to_json(w) FROM "s{}"."we""ird" AS w;
SELECT key, state FROM migrate_seed_show('weird');
UPDATE "s{}"."we""ird" SET ":x" = 'other';
SELECT migrate_seed_add($q$
'"s{}"."we""ird"':
  - {$1: 1, ':x': back}
$q$, 'weird.yaml');
SELECT migrate_seed('*', '{"force": true}');
SELECT ":x" FROM "s{}"."we""ird";

-- Operators, functions, types and casts of the same names, found first.
CREATE SCHEMA evil;
CREATE FUNCTION evil.say(anyelement, anyelement) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'evil was called'; END $$;
CREATE OPERATOR evil.= (LEFTARG = anyelement, RIGHTARG = anyelement, FUNCTION = evil.say);
CREATE FUNCTION evil.say_text(text, text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'evil was called'; END $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.say_text);
CREATE FUNCTION evil.say_mixed(int, bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'evil was called'; END $$;
CREATE OPERATOR evil.<= (LEFTARG = int, RIGHTARG = bigint, FUNCTION = evil.say_mixed);
CREATE DOMAIN evil.text AS pg_catalog.text CHECK (false);
CREATE DOMAIN evil.uuid AS pg_catalog.uuid CHECK (false);
CREATE DOMAIN evil.int8 AS pg_catalog.int8 CHECK (false);
CREATE FUNCTION evil.max(int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'evil was called'; END $$;
CREATE FUNCTION evil.nextval(regclass) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'evil was called'; END $$;
CREATE TABLE public.target (id serial PRIMARY KEY, name pg_catalog.text, key pg_catalog.uuid, doc json, at date, hash varchar, parent int REFERENCES public.target);
\set place `mktemp -d "$MIG_TMP/seeds.XXXXXX"`
\setenv PLACE :place
\! chmod 755 "$PLACE"; printf 'target:\n- {id: 1, name: one, key: 27c6a30d-7c24-4f4f-8f4f-27c6a30d7c24, doc: {a: 1}, at: 2024-01-01, hash: {password: secret}}\n- {id: 5, name: five, parent: {ref: {table: target, where: {name: one}, column: id}}}\n' >"$PLACE/some.yaml"
SELECT migrate_seed_load(:'place');
SELECT migrate_seed_add('id,name,key,doc,at' || string_agg(E'\n' || i || ',many,27c6a30d-7c24-4f4f-8f4f-27c6a30d7c25,{},2024-01-02', ''), 'target.csv')
    FROM generate_series(10, 1200) AS i;
SET search_path = evil, pg_catalog, public;
SELECT migrate_seed();
SELECT migrate_seed();
UPDATE public.target SET name = 'other', doc = '[]';
SELECT state, differs, count(*) FROM migrate_seed_show('target') GROUP BY state, differs;
SELECT row_number, key, state, differs FROM migrate_seed_show('some');
SELECT migrate_seed('*', '{"force": true}');
SELECT migrate_seed_clear('*', '{"confirm": "contrib_regression"}');
RESET search_path;
SELECT count(*) FROM target;
INSERT INTO target DEFAULT VALUES RETURNING id;

SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP SCHEMA evil CASCADE;
DROP SCHEMA "s{}" CASCADE;
DROP TABLE target;
RESET client_min_messages;

-- What somebody else has planted, looked at by a superuser: nothing of his runs with other rights than
-- his, whether it hides in a type, an index, statistics, or a trigger under SET ROLE.
CREATE ROLE regress_mallory;
GRANT CREATE ON DATABASE contrib_regression TO regress_mallory;
GRANT CREATE, USAGE ON SCHEMA public TO regress_mallory;
GRANT EXECUTE ON FUNCTION migrate_init(text), migrate_seed_add(text, text), migrate_seed_run(text, text) TO regress_mallory;
CREATE VIEW escaped AS SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_mallory';
SET ROLE regress_mallory;
SELECT migrate_init();
CREATE SCHEMA mallory;
CREATE FUNCTION mallory.try() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    BEGIN RESET ROLE; EXCEPTION WHEN OTHERS THEN NULL; END;
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER ROLE regress_mallory SUPERUSER;
    END IF;
END $$;
CREATE FUNCTION mallory.good(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM mallory.try(); RETURN true; END $$;
CREATE FUNCTION mallory.fire() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM mallory.try(); RETURN NEW; END $$;
CREATE DOMAIN mallory.word AS text CHECK (mallory.good(VALUE));
CREATE TABLE mallory.bait (id serial PRIMARY KEY, v mallory.word, w boolean DEFAULT mallory.good('w'));
SELECT migrate_seed_add(E'mallory.bait:\n  - {id: 1, v: x}\n', 'bait.yaml');
-- In SET ROLE.
CREATE UNIQUE INDEX ON mallory.bait (v) WHERE mallory.good('index');
CREATE INDEX ON mallory.bait ((mallory.good('index')));
CREATE TRIGGER fire AFTER INSERT OR UPDATE OR DELETE ON mallory.bait FOR EACH ROW EXECUTE FUNCTION mallory.fire();
CREATE CONSTRAINT TRIGGER fire_late AFTER INSERT ON mallory.bait DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mallory.fire();
SELECT key, state FROM migrate_seed_show('bait');
SELECT migrate_seed_run('bait');
SELECT key, state FROM migrate_seed_show('bait');
RESET ROLE;
TABLE escaped;
-- As superuser: a listing shows, and runs nothing.
SELECT name, state FROM migrate_seed_list();
SELECT key, state FROM migrate_seed_show('bait');
SELECT migrate_seed_run('bait');
TABLE escaped;
-- A row that names a file outside of its directory.
SET ROLE regress_mallory;
UPDATE migrate.seed SET directory = '/etc', source = '../etc/passwd';
RESET ROLE;
SELECT key, state FROM migrate_seed_show('bait');
-- In what the engine itself reads.
SET ROLE regress_mallory;
CREATE INDEX planted ON migrate.meta ((mallory.good('index')));
RESET ROLE;
SELECT applied, pending FROM migrate_status();
SET ROLE regress_mallory;
DROP INDEX migrate.planted;
CREATE INDEX planted ON migrate.seed (name) WHERE mallory.good('index');
RESET ROLE;
SELECT name, state FROM migrate_seed_list();
SET ROLE regress_mallory;
DROP INDEX migrate.planted;
CREATE STATISTICS mallory.planted ON target, name FROM migrate.seed;
RESET ROLE;
SELECT name, state FROM migrate_seed_list();
TABLE escaped;
DROP VIEW escaped;
SET client_min_messages = warning;
DROP SCHEMA mallory CASCADE;
DROP OWNED BY regress_mallory CASCADE;
DROP ROLE regress_mallory;
RESET client_min_messages;

-- Temporary tables under the names of the engine's, and a trigger that takes them away.
CREATE TABLE target (id int PRIMARY KEY, name text);
INSERT INTO target VALUES (-1, 'old');
SELECT migrate_seed_add('id,name' || string_agg(E'\n' || i || ',many', ''), 'target.csv') FROM generate_series(1, 1500) AS i;
CREATE TEMPORARY TABLE migrate_rows (id int, name text);
CREATE TEMPORARY VIEW migrate_work AS SELECT 1 AS id;
SELECT migrate_seed_run('target');
SELECT count(*) FROM migrate_rows;
DROP TABLE migrate_rows;
DROP VIEW migrate_work;
CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'DROP TABLE IF EXISTS pg_temp.migrate_keys_1'; RETURN NEW; END $$;
CREATE TRIGGER take BEFORE INSERT ON target FOR EACH ROW EXECUTE FUNCTION take();
SELECT migrate_seed_add(E'_seed: {mode: sync}\ntarget:\n  - {id: 2001, name: x}\n  - {id: 2002, name: x}', 'sync.yaml');
SET client_min_messages = warning;
SELECT migrate_seed_run('sync');
RESET client_min_messages;
SELECT count(*) FROM target;
-- One that puts another in its place, one that takes a row out of it, and one that does so to the rows of a
-- large file: what the file has would be removed.
CREATE OR REPLACE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 2002 THEN
        EXECUTE 'DROP TABLE pg_temp.migrate_keys_1';
        EXECUTE 'CREATE TEMPORARY TABLE migrate_keys_1 AS SELECT * FROM (VALUES (2001), (2003)) AS v (id)';
    END IF;
    RETURN NEW;
END $$;
SELECT migrate_seed_run('sync');
CREATE OR REPLACE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 2002 THEN
        EXECUTE 'DELETE FROM pg_temp.migrate_keys_1 WHERE id = 2001';
    END IF;
    RETURN NEW;
END $$;
SELECT migrate_seed_run('sync');
\! printf '_seed: {mode: sync, table: target}\n' >"$PLACE/large.yaml"
\! printf 'id,name\n' >"$PLACE/large.csv"; seq 0 1500 | sed 's/$/,much/' >>"$PLACE/large.csv"
\! rm -f "$PLACE/some.yaml"
SELECT migrate_seed_load(:'place');
DROP TRIGGER take ON target;
CREATE OR REPLACE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'DELETE FROM pg_temp.migrate_rows WHERE id = 7';
    RETURN NULL;
END $$;
CREATE TRIGGER take AFTER UPDATE ON target FOR EACH STATEMENT EXECUTE FUNCTION take();
SELECT migrate_seed_run('large');
CREATE OR REPLACE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'DELETE FROM pg_temp.migrate_work WHERE id = 7';
    RETURN NULL;
END $$;
SELECT migrate_seed_run('large');
SELECT count(*), count(*) FILTER (WHERE name = 'much') FROM target;
DROP TRIGGER take ON target;
CREATE TRIGGER take BEFORE INSERT ON target FOR EACH ROW EXECUTE FUNCTION take();
-- One that calls the engine.
CREATE OR REPLACE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM migrate_seed_run('target'); RETURN NEW; END $$;
SELECT migrate_seed_run('sync');

-- What a trigger does with a secret is not shown by the server in our name.
SELECT migrate_seed_add('-- Param: token text secret
-- seed:apply
INSERT INTO target VALUES (3000, :token);
', 'token.sql');
CREATE OR REPLACE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN EXECUTE format('SELECT no_such_function(%L)', NEW.name); RETURN NEW; END $$;
SELECT migrate_seed_run('token', '{"token": "hunter2 hunter2"}');

SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP TABLE target;
DROP FUNCTION take();
RESET client_min_messages;

-- A role without TEMPORARY: what needs it says so before it begins, and what does not need it works.
REVOKE TEMPORARY ON DATABASE contrib_regression FROM PUBLIC;
CREATE ROLE regress_plain;
GRANT CREATE ON DATABASE contrib_regression TO regress_plain;
GRANT CREATE ON SCHEMA public TO regress_plain;
GRANT EXECUTE ON FUNCTION migrate_init(text), migrate_seed_add(text, text), migrate_seed(text, text),
    migrate_seed_run(text, text), migrate_seed_clear(text, text) TO regress_plain;
SET ROLE regress_plain;
SELECT migrate_init();
CREATE TABLE target (id int PRIMARY KEY, name text);
SELECT migrate_seed_add('id,name' || string_agg(E'\n' || i || ',many', ''), 'target.csv') FROM generate_series(1, 1500) AS i;
INSERT INTO target VALUES (1, 'one');
SELECT migrate_seed_run('target');
SELECT migrate_seed_clear('*');
SELECT migrate_seed('*', '{"clear": true, "confirm": "contrib_regression"}');
SELECT migrate_seed_add(E'_seed: {mode: sync}\ntarget:\n  - {id: 1, name: x}', 'sync.yaml');
SELECT migrate_seed('*');
SELECT migrate_seed_run('sync');
SELECT count(*), count(*) FILTER (WHERE name = 'x') FROM target;
RESET ROLE;
GRANT TEMPORARY ON DATABASE contrib_regression TO regress_plain;
SET ROLE regress_plain;
SELECT migrate_seed_run('sync');
SELECT migrate_seed_clear('*', '{"confirm": "contrib_regression"}');
RESET ROLE;
SET client_min_messages = warning;
GRANT TEMPORARY ON DATABASE contrib_regression TO PUBLIC;
DROP OWNED BY regress_plain CASCADE;
DROP ROLE regress_plain;
RESET client_min_messages;
DROP EXTENSION migrate;
\! rm -rf "$PLACE"
