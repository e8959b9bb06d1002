-- How seeds enter the catalog, where it is a matter of the server.
CREATE EXTENSION migrate;
CREATE ROLE regress_migrate_dev;
CREATE ROLE regress_migrate_mallory;

-- Nobody but the owner of the database may load and add; everybody may look.
SET ROLE regress_migrate_dev;
SELECT migrate_seed_load('/');
SELECT migrate_seed_add('t: []', 't.yaml');
SELECT * FROM migrate_seed_list();
RESET ROLE;

-- Server files have roles of their own, texts do not.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_migrate_dev;
SELECT migrate_init('regress_migrate_dev');
SET ROLE regress_migrate_dev;
SELECT migrate_seed_load('/');
SELECT migrate_seed_add('t: []', 't.yaml');
RESET ROLE;
SELECT migrate_seed_load('seeds');

-- Columns, and what a reader needs.
SELECT attname, format_type(atttypid, NULL) AS type, attnotnull FROM pg_attribute
    WHERE attrelid = 'migrate.seed'::regclass AND attnum > 0 ORDER BY attnum;
SET ROLE regress_migrate_mallory;
SELECT name FROM migrate_seed_list();
RESET ROLE;
GRANT USAGE ON SCHEMA migrate TO regress_migrate_mallory;
GRANT SELECT ON migrate.meta, migrate.seed TO regress_migrate_mallory;
SET ROLE regress_migrate_mallory;
SELECT name, kind, tables, rows, state FROM migrate_seed_list();
RESET ROLE;

-- What was written by hand is refused with its column; nothing of it is used.
CREATE TABLE t (id int PRIMARY KEY);
SET ROLE regress_migrate_dev;
UPDATE migrate.seed SET header = E'profiles\tnot a name';
SELECT * FROM migrate_seed_list();
SELECT migrate_seed_add('t: []', 't.yaml');
UPDATE migrate.seed SET header = '', checksum = upper(checksum);
SELECT migrate_seed();
UPDATE migrate.seed SET checksum = lower(checksum), body = 't: [{id: 1}]';
SELECT migrate_seed_run('t');
UPDATE migrate.seed SET body = 't: []', header = E'depends_on\tt';
SELECT migrate_seed('*');
UPDATE migrate.seed SET header = '', name = '*';
SELECT migrate_seed_add('t: []', 't.yaml');
DELETE FROM migrate.seed;
RESET ROLE;
SELECT count(*) FROM t;

-- A seed is code: a superuser does not run what somebody else could have written.
DROP TABLE t;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
SELECT migrate_seed_add('t: []', 't.yaml');
GRANT UPDATE (body) ON migrate.seed TO regress_migrate_mallory;
SELECT migrate_seed();
SELECT migrate_seed_add('t: []', 't.yaml');

SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP EXTENSION migrate;
DROP OWNED BY regress_migrate_dev, regress_migrate_mallory;
DROP ROLE regress_migrate_dev, regress_migrate_mallory;
