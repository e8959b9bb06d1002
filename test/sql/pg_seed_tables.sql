-- Which tables can be seeded, and what they do when they are.
CREATE EXTENSION migrate;
\pset tuples_only on
\pset format unaligned
CREATE SCHEMA app;
CREATE TABLE app.plain (id int PRIMARY KEY, name text);

-- What is no table.
CREATE VIEW app.seen AS SELECT * FROM app.plain;
CREATE MATERIALIZED VIEW app.kept AS SELECT * FROM app.plain;
CREATE SEQUENCE app.counter;
CREATE FOREIGN DATA WRAPPER regress_migrate_wrapper;
CREATE SERVER regress_migrate_server FOREIGN DATA WRAPPER regress_migrate_wrapper;
CREATE FOREIGN TABLE app.far (id int) SERVER regress_migrate_server;
SELECT migrate_seed_add('app.seen: [{id: 1}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('app.kept: [{id: 1}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('app.counter: [{last_value: 1}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('app.far: [{id: 1}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('app.none: [{id: 1}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('nowhere.none: [{id: 1}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('a.b.c: [{id: 1}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('migrate.applied: [{revision: x}]', 't.yaml');
SELECT migrate_seed();

-- A name means what it would mean in a statement.
SET search_path = app;
SELECT public.migrate_seed_add('PLAIN: [{id: 1, name: one}]', 't.yaml');
SELECT public.migrate_seed();
RESET search_path;
CREATE TEMP TABLE plain (id int PRIMARY KEY, name text);
SELECT migrate_seed_add('plain: [{id: 2, name: temporary}]', 't.yaml');
SELECT migrate_seed();
SELECT * FROM app.plain ORDER BY id;
SELECT * FROM pg_temp.plain;
DROP TABLE pg_temp.plain;

-- Partitioned, by both paths; a row that changes its partition moves.
CREATE TABLE app.sales (year int, n int, note text, PRIMARY KEY (year, n)) PARTITION BY RANGE (year);
CREATE TABLE app.sales_2023 PARTITION OF app.sales FOR VALUES FROM (2023) TO (2024);
CREATE TABLE app.sales_2024 PARTITION OF app.sales FOR VALUES FROM (2024) TO (2025);
SELECT migrate_seed_add('app.sales: [{year: 2023, n: 1, note: a}, {year: 2024, n: 1, note: b}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed();
SELECT * FROM app.sales_2024;
SELECT migrate_seed_add('year,n,note' || string_agg(E'\n' || 2023 + i % 2 || ',' || i || ',many', ''), 'app.sales.csv')
    FROM generate_series(2, 1600) AS i;
SELECT migrate_seed();
SELECT migrate_seed();
TRUNCATE app.sales;
SELECT migrate_seed();
SELECT tableoid::regclass, count(*) FROM app.sales GROUP BY tableoid ORDER BY tableoid::regclass::text;
SELECT migrate_seed_add('app.sales: [{year: 2030, n: 1, note: nowhere}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('app.sales: []', 't.yaml');

-- Triggers of the table run, by both paths.
CREATE TABLE app.heard (what text);
CREATE FUNCTION app.hear() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.heard VALUES (TG_OP || ' ' || NEW.id);
    PERFORM set_config('search_path', 'nowhere', false), set_config('work_mem', '77MB', false);
    NEW.name := upper(NEW.name);
    RETURN NEW;
END $$;
CREATE TABLE app.loud (id int PRIMARY KEY, name text);
CREATE TRIGGER loud BEFORE INSERT OR UPDATE ON app.loud FOR EACH ROW EXECUTE FUNCTION app.hear();
SELECT migrate_seed_add('app.loud: [{id: 1, name: one}]', 't.yaml');
SELECT migrate_seed();
DELETE FROM migrate.seed;
TRUNCATE app.loud;
SELECT migrate_seed_add('id,name' || string_agg(E'\n' || i || ',many', ''), 'app.loud.csv')
    FROM generate_series(1, 1200) AS i;
SELECT migrate_seed();
SELECT name, count(*) FROM app.loud GROUP BY name;
SELECT count(*) FROM app.heard;
SHOW search_path;
SHOW work_mem;

-- A trigger that fails, one that calls the engine, one that keeps the row out.
CREATE FUNCTION app.fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 5 THEN
        RAISE EXCEPTION 'five is not wanted' USING DETAIL = 'Nobody wants it.';
    ELSIF NEW.id = 6 THEN
        PERFORM public.migrate_seed();
    END IF;
    RETURN NULL;
END $$;
CREATE TABLE app.picky (id int PRIMARY KEY);
CREATE TRIGGER picky BEFORE INSERT ON app.picky FOR EACH ROW EXECUTE FUNCTION app.fail();
DELETE FROM migrate.seed;
SELECT migrate_seed_add('id' || string_agg(E'\n' || i, ''), 'app.picky.csv') FROM generate_series(7, 1500) AS i;
SELECT migrate_seed();
SELECT migrate_seed_add('id' || string_agg(E'\n' || i, ''), 'app.picky.csv') FROM generate_series(-1500, 5) AS i;
SELECT migrate_seed();
SELECT migrate_seed_add(E'id\n6\n', 'app.picky.csv');
SELECT migrate_seed();
SELECT migrate_seed_add(E'id\n7\n', 'app.picky.csv');
SELECT migrate_seed_add('app.picky: [{id: 8}]', 't.yaml');
SELECT migrate_seed();
SELECT count(*) FROM app.picky;
DELETE FROM migrate.seed;

-- Constraints: the names of constraint, column and table reach the client.
CREATE TABLE app.strict (
    id int PRIMARY KEY, email text CONSTRAINT one_address UNIQUE, plain_id int CONSTRAINT to_plain REFERENCES app.plain,
    low int, high int, CONSTRAINT in_order CHECK (low <= high),
    CONSTRAINT apart EXCLUDE (high WITH =));
CREATE FUNCTION app.tried() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text; hint text; state text; con text; tab text; col text; place text;
BEGIN
    RETURN QUERY SELECT public.migrate_seed();
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE,
        con = CONSTRAINT_NAME, tab = TABLE_NAME, col = COLUMN_NAME, place = PG_EXCEPTION_CONTEXT;
    RETURN NEXT concat_ws(E'\n', state || ' ' || SQLERRM, 'DETAIL:  ' || detail, 'HINT:  ' || hint,
        'CONTEXT:  ' || split_part(place, 'PL/pgSQL', 1), con || ' of ' || tab || '.' || col);
END $$;
SELECT migrate_seed_add('app.strict: [{id: 1, email: a}, {id: 2, email: a}]', 't.yaml');
SELECT app.tried();
SELECT migrate_seed_add('app.strict: [{id: 1, email: a}, {id: 2, plain_id: 99}]', 't.yaml');
SELECT app.tried();
SELECT migrate_seed_add('app.strict: [{id: 1, low: 3, high: 2}]', 't.yaml');
SELECT app.tried();
SELECT migrate_seed_add('app.strict: [{id: 1, high: 2}, {id: 2, high: 2}]', 't.yaml');
SELECT app.tried();
SELECT count(*) FROM app.strict;
DELETE FROM migrate.seed;

-- A deferred constraint is checked at the end of the seed, not at the commit.
CREATE TABLE app.node (id int PRIMARY KEY, next int CONSTRAINT to_next REFERENCES app.node DEFERRABLE INITIALLY DEFERRED);
SELECT migrate_seed_add('app.node: [{id: 1, next: 2}, {id: 2, next: 1}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('app.node: [{id: 3, next: 4}]', 't.yaml');
BEGIN;
SELECT migrate_seed();
ROLLBACK;
DELETE FROM migrate.seed;
TRUNCATE app.node;
SELECT migrate_seed_add('id,next' || string_agg(E'\n' || i || ',' || i + 1, ''), 'app.node.csv') FROM generate_series(1, 1200) AS i;
SELECT migrate_seed();
SELECT count(*) FROM app.node;
SELECT migrate_seed_add('id,next' || string_agg(E'\n' || i || ',' || least(i + 1, 1200), ''), 'app.node.csv') FROM generate_series(1, 1200) AS i;
SELECT migrate_seed();

DELETE FROM migrate.seed;

-- Keys: a unique constraint that can be deferred is one; an index over an expression, or over a part of the rows, is none.
CREATE TABLE app.keyed (a int, b int, c int, d int,
    CONSTRAINT keyed_b UNIQUE (b) DEFERRABLE INITIALLY DEFERRED);
CREATE UNIQUE INDEX keyed_expression ON app.keyed ((a + 1));
CREATE UNIQUE INDEX keyed_part ON app.keyed (a) WHERE a > 0;
CREATE UNIQUE INDEX keyed_including ON app.keyed (c) INCLUDE (d);
SELECT migrate_seed_add('app.keyed: [{a: 1, d: 1}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('app.keyed: [{b: 1, a: 1}, {b: 2, a: 2}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed_add('app.keyed: [{c: 1, d: 2}]', 't.yaml');
SELECT migrate_seed();
SELECT migrate_seed();
SELECT * FROM app.keyed ORDER BY a;
SELECT migrate_seed_add('app.keyed: [{b: 1, c: 1, d: 5}]', 't.yaml');
SELECT migrate_seed();

-- Row level security, for whom it is active.
CREATE ROLE regress_migrate_seeder;
CREATE ROLE regress_migrate_other;
GRANT USAGE, CREATE ON SCHEMA app TO regress_migrate_seeder;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_migrate_seeder;
CREATE TABLE app.guarded (id int PRIMARY KEY, name text);
ALTER TABLE app.guarded ENABLE ROW LEVEL SECURITY;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
SELECT migrate_init('regress_migrate_seeder');
SET ROLE regress_migrate_seeder;
SELECT migrate_seed_add('app.guarded: [{id: 1, name: one}]', 't.yaml');
SELECT migrate_seed();
RESET ROLE;
REVOKE USAGE ON SCHEMA app FROM regress_migrate_seeder;
SET ROLE regress_migrate_seeder;
SELECT migrate_seed();
RESET ROLE;
GRANT USAGE ON SCHEMA app TO regress_migrate_seeder;
GRANT SELECT, INSERT ON app.guarded TO regress_migrate_seeder;
SET ROLE regress_migrate_seeder;
SELECT migrate_seed();
RESET ROLE;
ALTER TABLE app.guarded OWNER TO regress_migrate_seeder;
SET ROLE regress_migrate_seeder;
SELECT migrate_seed();
SELECT migrate_seed();
ALTER TABLE app.guarded FORCE ROW LEVEL SECURITY;
SELECT migrate_seed();
ALTER TABLE app.guarded NO FORCE ROW LEVEL SECURITY;
RESET ROLE;

-- Where a superuser has put on a role, code of a trigger stays in it.
CREATE FUNCTION app.escape() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'RESET ROLE';
    RETURN NEW;
END $$;
CREATE TRIGGER escape BEFORE INSERT ON app.guarded FOR EACH ROW EXECUTE FUNCTION app.escape();
SET ROLE regress_migrate_seeder;
SELECT migrate_seed_add('app.guarded: [{id: 2, name: two}]', 't.yaml');
SELECT migrate_seed();
DELETE FROM migrate.seed;
SELECT migrate_seed_add('id,name' || string_agg(E'\n' || i || ',many', ''), 'app.guarded.csv') FROM generate_series(3, 1200) AS i;
SELECT migrate_seed();
RESET ROLE;
CREATE OR REPLACE FUNCTION app.escape() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'DECLARE held' || NEW.id || ' CURSOR WITH HOLD FOR SELECT 1';
    RETURN NEW;
END $$;
SET ROLE regress_migrate_seeder;
SELECT migrate_seed();
RESET ROLE;
SELECT name FROM pg_cursors WHERE is_holdable;
SELECT id FROM app.guarded;

-- A read-only transaction.
BEGIN READ ONLY;
SELECT migrate_seed();
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA migrate, app CASCADE;
DROP SERVER regress_migrate_server;
DROP FOREIGN DATA WRAPPER regress_migrate_wrapper;
DROP OWNED BY regress_migrate_seeder;
DROP ROLE regress_migrate_seeder, regress_migrate_other;
RESET client_min_messages;
DROP EXTENSION migrate;
