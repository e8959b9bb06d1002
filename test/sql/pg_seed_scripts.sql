-- SQL seeds: bound parameters, what errors look like, what counts as a change.
CREATE EXTENSION migrate;
\pset tuples_only on
\pset format unaligned
CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, email text, role text DEFAULT 'user',
    born date, tags jsonb, score numeric, hash text);
SELECT migrate_seed_add($q$
-- Seed: create
-- Param: username text required
-- Param: email text
-- Param: born date
-- Param: tags jsonb = []
-- Param: score numeric
-- Param: admin boolean = false
-- Param: age integer
-- Expect: 1 row

-- seed:apply
INSERT INTO users (name, email, born, tags, score, role)
    SELECT :username, :email, :born, :tags, :score, CASE WHEN :admin THEN 'admin' ELSE 'user' END
    WHERE :age IS NULL OR :age > 17
    ON CONFLICT (name) DO UPDATE SET email = excluded.email RETURNING id;

-- seed:clear
DELETE FROM users WHERE name = 'john';
$q$, 'create.sql');
SELECT migrate_seed_run('create', '{"username": "john"}');
SELECT migrate_seed_run('create', '{"username": "O''Brien; DROP TABLE users;-- $1 :x", "email": "a\\b", "born": "2000-02-29", "tags": {"a": [1]}, "score": 1.50, "admin": true, "age": 18}');
SELECT name, email, born, tags, score, role FROM users ORDER BY id;
SELECT migrate_seed_run('create', '{"username": "kim", "age": 3}');
SELECT migrate_seed_run('create', '{"username": "kim", "born": "2000-02-30"}');
SELECT migrate_seed_run('create', '{"username": "kim", "tags": "{"}');

-- Errors show what the author wrote, and where.
SELECT migrate_seed_add($q$
-- Seed: broken
-- Param: role text = x

-- seed:apply
UPDATE users SET role = :role;
UPDATE users SET rule =
    :role;
$q$, 'broken.sql');
SELECT migrate_seed_run('broken');
SELECT migrate_seed_add($q$
-- Seed: broken
-- Param: long_name text = x

-- seed:apply
UPDATE users SET role = role || :long_name, hash :long_name;
$q$, 'broken.sql');
SELECT migrate_seed_run('broken');
SELECT migrate_seed_add($q$
-- Seed: broken
-- Param: n integer = 0

-- seed:apply
UPDATE users SET role = 'é';
UPDATE users SET score = 1 / :n;
$q$, 'broken.sql');
SELECT migrate_seed_run('broken');
SELECT DISTINCT role FROM users ORDER BY role;

-- What counts: the rows of the statements themselves.
CREATE TABLE child (user_id int REFERENCES users ON DELETE CASCADE);
SELECT migrate_seed_add($q$
-- Seed: counts

-- seed:apply
WITH gone AS (SELECT 1) INSERT INTO users (name) VALUES ('a'), ('b') RETURNING name;
INSERT INTO child SELECT id FROM users WHERE name IN ('a', 'b');
UPDATE users SET score = 1 WHERE name = 'a';
SELECT count(*) FROM users;
CREATE TABLE copied AS SELECT * FROM users;
DROP TABLE copied;
DELETE FROM users WHERE name IN ('a', 'b');
$q$, 'counts.sql');
SELECT migrate_seed_run('counts');

-- A seed does not call the engine, but it may hash; a setting it makes ends with it.
SELECT migrate_seed_add($q$
-- Seed: hashes
-- Param: password text secret required

-- seed:apply
SET search_path = nowhere;
UPDATE public.users SET hash = public.migrate_password_hash(:password, 'bcrypt:4');
$q$, 'hashes.sql');
SELECT migrate_seed_run('hashes', '{"password": "secret"}');
SHOW search_path;
SELECT DISTINCT left(hash, 7), migrate_password_verify('secret', hash), migrate_password_verify('Secret', hash) FROM users;
CREATE FUNCTION nested() RETURNS text LANGUAGE sql AS 'SELECT migrate_seed()';
SELECT migrate_seed_add($q$
-- Seed: nests

-- seed:apply
SELECT nested();
$q$, 'nests.sql');
SELECT migrate_seed_run('nests');

-- What others see of a run, and that it is gone afterwards on every path.
CREATE TABLE witnessed (application text);
CREATE FUNCTION witness() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_stat_clear_snapshot();
    INSERT INTO witnessed SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();
END $$;
SELECT migrate_seed_add($q$
-- Seed: seen

-- seed:apply
SELECT witness();
$q$, 'seen.sql');
SELECT migrate_seed_run('seen');
SELECT regexp_replace(application, '[0-9-]+ [0-9:]+Z$', 'SINCE') FROM witnessed;
SELECT migrate_seed_run('broken');
SET application_name = 'mine';
DO $$ BEGIN PERFORM migrate_seed_run('broken'); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM; END $$;
SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();
RESET application_name;

-- Password functions anywhere.
SELECT migrate_password_hash(NULL), migrate_password_hash(NULL, 'bcrypt'), migrate_password_verify(NULL, 'x');
SELECT left(migrate_password_hash('pass', 'bcrypt:4'), 7);
SELECT migrate_password_hash('');
SELECT migrate_password_hash('pass', 'md4');
SELECT migrate_password_verify('pass', 'no hash');

SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP TABLE users, child, witnessed;
DROP FUNCTION nested, witness;
RESET client_min_messages;
DROP EXTENSION migrate;
