CREATE TABLE items (id integer PRIMARY KEY, code text NOT NULL UNIQUE, name text NOT NULL, n integer, price numeric(6, 2), CHECK (n < 100));
CREATE TABLE bare (a integer, b text);
CREATE TABLE two (id integer, a integer UNIQUE, b integer UNIQUE);
-- Everything that can be seen before the first write, at once.
-- shell: printf 'id,code,name,n,price\n1,a,one,1,1.5\n2,b,two,x,2\n3,c,three,3,y\n1,d,again,4,4\n5,e,,5,5\n' >items.csv
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed();
SELECT count(*) FROM items;
-- shell: printf 'id,code,colour\n1,a,red\n' >items.csv; printf 'bare:\n- {a: 1, b: x}\n' >bare.yaml; printf 'nothing:\n- {a: 1}\n' >nothing.yaml; printf 'two:\n- {a: 1, b: 2}\n' >two.yaml
SELECT migrate_seed();
-- shell: rm bare.yaml nothing.yaml two.yaml
-- shell: printf 'id,code,name\n1,a,one\n,b,two\n' >items.csv
SELECT migrate_seed();
-- A revision that is not applied.
-- shell: printf 'id,code,name\n1,a,one\n' >items.csv; printf '_seed: {requires: abcd1234}\n' >items.yaml
SELECT migrate_seed();
SELECT migrate_add('-- Later
-- Revision ID: abcd1234
-- migrate:up
SELECT 1;');
SELECT migrate_seed();
SELECT migrate_upgrade();
SELECT migrate_seed();
-- References that find nothing, or too much.
SELECT migrate_seed_add('{"bare": [{"a": {"ref": {"table": "items", "where": {"code": "zz"}, "column": "id"}}, "b": "x"}], "_seed": {"key": "b"}}', 'r1.json');
SELECT migrate_seed_run('r1');
INSERT INTO items (id, code, name) VALUES (2, 'b', 'one');
SELECT migrate_seed_add('{"bare": [{"a": {"ref": {"table": "items", "where": {"name": "one"}, "column": "id"}}, "b": "x"}], "_seed": {"key": "b"}}', 'r1.json');
SELECT migrate_seed_run('r1');
SELECT migrate_seed_add('{"bare": [{"a": {"ref": {"table": "items", "where": {"code": "b"}, "column": "id"}}, "b": "x"}], "_seed": {"key": "b"}}', 'r1.json');
SELECT migrate_seed_run('r1');
SELECT a, b FROM bare;
SELECT migrate_seed_run('r1', '{"x": 1}');
SELECT migrate_seed_run('r2');
SELECT migrate_seed_run('');
SELECT migrate_seed_run(NULL);
SELECT migrate_seed_show('r2');
