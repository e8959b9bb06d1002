-- A reset where nothing is seeded.
SELECT migrate_add('-- One
-- Revision ID: one1
-- migrate:up
CREATE TABLE t (id integer PRIMARY KEY, name text);
-- migrate:down
DROP TABLE t;
');
SELECT migrate_reset('@DATABASE@');
SELECT migrate_reset('@DATABASE@', '{"profile": "dev"}');
-- A seed that ran and whose file is gone is named.
-- shell: printf 'id,name\n1,one\n' >t.csv; printf 'id,name\n1,one\n' >u.csv
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_run('t');
-- shell: rm t.csv u.csv; printf 'SELECT 1;\n' >v.sql
SELECT migrate_seed('*');
SELECT count(*) FROM t;
SELECT name, state FROM migrate_seed_list();
