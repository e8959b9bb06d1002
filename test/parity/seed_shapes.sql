-- The forms that rows, files and tables come in.
CREATE TABLE wide (id integer PRIMARY KEY, a text DEFAULT 'da', b text DEFAULT 'db', c text DEFAULT 'dc', d text, e text);
CREATE TABLE "keys only" (a integer NOT NULL, b text NOT NULL, PRIMARY KEY (a, b));
CREATE TABLE nodes (id integer PRIMARY KEY, name text NOT NULL UNIQUE, parent integer REFERENCES nodes (id));
CREATE TABLE edges (id integer PRIMARY KEY, one integer NOT NULL REFERENCES nodes (id), two integer NOT NULL REFERENCES nodes (id), UNIQUE (one, two));
CREATE TABLE notes (id integer PRIMARY KEY, t text);
-- Rows of one table that give different columns, in any order; a column that is not given is not touched.
SELECT migrate_seed_add('wide:
- {id: 1}
- {id: 2, a: x}
- {b: y, id: 3}
- {id: 4, c: z, a: w}
- {a: w, c: z, id: 5}
- {id: 6, d: 1}
- {id: 7, e: 1}
- {id: 8, d: 1, e: 1}
- {id: 9, e: 1, d: 1}
- {id: 10, a: 1, b: 2, c: 3, d: 4, e: 5}
- {e: 5, id: 11, d: 4, c: 3, b: 2, a: 1}
- {id: 12, a: ~}
- {id: 13}
- {id: 14, a: x}
- {b: y, id: 15}
', 'wide.yaml');
SELECT migrate_seed();
SELECT migrate_seed();
SELECT * FROM wide ORDER BY id;
UPDATE wide SET a = 'mine', e = 'mine';
SELECT migrate_seed();
SELECT migrate_seed('*', '{"force": true}');
SELECT * FROM wide ORDER BY id;
-- Nothing but keys.
SELECT migrate_seed_add('{"_seed": {"mode": "update"}, "\"keys only\"": [{"a": 1, "b": "x"}, {"b": "y", "a": 1}, {"a": 2, "b": "x"}]}', 'pairs.json');
SELECT migrate_seed_run('pairs');
SELECT migrate_seed_run('pairs');
-- shell: mkdir pairs; printf 'b,a\nx,2\ny,1\nx,1\nz,9\n' >pairs/more.csv; printf '_seed: {table: "\\"keys only\\""}\n' >pairs/more.yaml
SELECT migrate_seed_load('@DIR@/pairs');
SELECT migrate_seed_run('more');
SELECT a, b FROM "keys only" ORDER BY a, b;
-- A tree and a graph: rows that refer to rows further up, in one file.
SELECT migrate_seed_add('nodes:
- {id: 1, name: root}
- {id: 2, name: left, parent: 1}
- {id: 3, name: right, parent: {ref: {table: nodes, where: {name: root}, column: id}}}
- {id: 4, name: leaf, parent: {ref: {table: nodes, where: {name: right, parent: 1}, column: id}}}
- {id: 5, name: other, parent: {ref: {table: nodes, where: {parent: ~}, column: id}}}
edges:
- {id: 1, one: {ref: {table: nodes, where: {name: left}, column: id}}, two: {ref: {table: nodes, where: {name: leaf}, column: id}}}
- {id: 2, two: {ref: {table: nodes, where: {id: 2}, column: id}}, one: {ref: {table: nodes, where: {name: leaf}, column: id}}}
', 'tree.yaml');
SELECT migrate_seed_run('tree');
SELECT migrate_seed_run('tree');
SELECT id, name, parent FROM nodes ORDER BY id;
SELECT id, one, two FROM edges ORDER BY id;
-- A reference as the key.
SELECT migrate_seed_add('_seed: {key: [one, two], mode: update}
edges:
- {one: {ref: {table: nodes, where: {name: left}, column: id}}, two: {ref: {table: nodes, where: {name: leaf}, column: id}}, id: 10}
', 'rekey.yaml');
SELECT migrate_seed_run('rekey');
SELECT id, one, two FROM edges ORDER BY id;
-- Further down is too late; to itself is too early.
SELECT migrate_seed_add('nodes: [{id: 20, name: early, parent: {ref: {table: nodes, where: {name: late}, column: id}}}, {id: 21, name: late}]', 'late.yaml');
SELECT migrate_seed_run('late');
SELECT migrate_seed_add('nodes: [{id: 22, name: self, parent: {ref: {table: nodes, where: {name: self}, column: id}}}]', 'late.yaml');
SELECT migrate_seed_run('late');
SELECT migrate_seed_add('nodes: [{id: 23, name: self, parent: 23}]', 'late.yaml');
SELECT migrate_seed_run('late');
-- Tables and columns of references that are not there.
SELECT migrate_seed_add('nodes: [{id: 25, name: x, parent: {ref: {table: nodez, where: {name: self}, column: id}}}]', 'late.yaml');
SELECT migrate_seed_run('late');
SELECT migrate_seed_add('nodes: [{id: 25, name: x, parent: {ref: {table: nodes, where: {nome: self}, column: id}}}]', 'late.yaml');
SELECT migrate_seed_run('late');
SELECT migrate_seed_add('nodes: [{id: 25, name: x, parent: {ref: {table: nodes, where: {name: root}, column: ids}}}]', 'late.yaml');
SELECT migrate_seed_run('late');
SELECT migrate_seed_add('nodes: [{id: 25, name: x, parent: {ref: {table: nodes, where: {name: root}, columns: id}}}]', 'late.yaml');
SELECT count(*) FROM nodes;
-- Files without rows.
-- shell: mkdir none; : >none/empty.yaml; printf '# nothing\n' >none/remark.yaml; printf -- '---\n' >none/start.yml; printf '{}' >none/map.json; printf 'notes: []\n' >none/list.yaml
SELECT migrate_seed_load('@DIR@/none');
-- shell: rm none/*; printf 'notes: []\n' >none/list.yaml; printf '{"notes": [], "wide": []}' >none/lists.json; printf 'id,t\n' >none/notes.csv; printf 'id,a' >none/wide.csv
SELECT migrate_seed_load('@DIR@/none');
SELECT name, tables, rows FROM migrate_seed_list() WHERE name IN ('list', 'lists', 'notes', 'wide') ORDER BY name;
-- shell: : >none/notes.csv
SELECT migrate_seed_load('@DIR@/none');
-- shell: printf '\n\n' >none/notes.csv
SELECT migrate_seed_load('@DIR@/none');
-- CSV: CRLF, LF, a byte order mark, no last newline, quotes, lines within quotes, blanks.
-- shell: rm none/*; mkdir csv; printf '\357\273\277id,t\r\n1,"a ""quoted"" one"\r\n2,"two\r\nlines"\r\n3,\r\n4,""\r\n5, b \r\n6,"c,d"' >csv/notes.csv
SELECT migrate_seed_load('@DIR@/csv');
SELECT migrate_seed_run('notes');
SELECT id, '[' || t || ']', length(t) FROM notes ORDER BY id;
-- shell: printf '"id","t"\n7,x\n"8",y\n\n9,z\n' >csv/notes.csv
SELECT migrate_seed_run('notes');
-- shell: printf 'id,t\n10,a,b\n11\n12,"x\n' >csv/notes.csv
SELECT migrate_seed_run('notes');
-- shell: printf 'id,t,id\n13,a,14\n' >csv/notes.csv
SELECT migrate_seed_run('notes');
-- shell: printf 'id,t,\n13,a,14\n' >csv/notes.csv
SELECT migrate_seed_run('notes');
-- shell: printf 'id;t\n13;a\n' >csv/notes.csv
SELECT migrate_seed_run('notes');
-- shell: printf 'id,t\n14,\377\n' >csv/notes.csv
SELECT migrate_seed_run('notes');
SELECT count(*) FROM notes;
-- A table or a column named twice in a file.
SELECT migrate_seed_add('notes: [{id: 30, t: a}]
notes: [{id: 31, t: b}]', 'twice.yaml');
SELECT migrate_seed_add('notes: [{id: 30, t: a, t: b}]', 'twice.yaml');
-- A huge row, and many columns.
-- shell: { printf 'id,t\n40,'; head -c 3000000 /dev/zero | tr '\0' 'x'; printf '\n41,"'; head -c 1000000 /dev/zero | tr '\0' '\n'; printf '"\n'; } >csv/notes.csv
SELECT migrate_seed_run('notes');
SELECT migrate_seed_run('notes');
SELECT id, length(t) FROM notes WHERE id >= 40 ORDER BY id;
-- shell: mkdir up; { printf -- '-- Wide\n-- Revision ID: wide1\n-- migrate:up\nCREATE TABLE very_wide (id integer PRIMARY KEY'; for i in $(seq 300); do printf ', c%d text' $i; done; printf ');\n'; } >up/wide.sql
SELECT migrate_load('@DIR@/up');
SELECT migrate_upgrade();
-- shell: { printf id; for i in $(seq 300 -1 1); do printf ',c%d' $i; done; for r in 1 2 3; do printf '\n%d' $r; for i in $(seq 300); do printf ',v%d.%d' $r $i; done; done; } >csv/very_wide.csv; rm csv/notes.csv
SELECT migrate_seed_load('@DIR@/csv');
SELECT migrate_seed_run('very_wide');
SELECT migrate_seed_run('very_wide');
UPDATE very_wide SET c150 = 'mine', c1 = NULL WHERE id = 2;
SELECT state, differs FROM migrate_seed_show('very_wide') ORDER BY row_number;
-- A directory without any seed is none that was emptied on purpose.
SELECT migrate_seed('*');
-- shell: printf 'notes: []\n' >none/list.yaml; printf '_seed: {mode: update}\n' >csv/very_wide.yaml
SELECT migrate_seed_run('very_wide');
SELECT migrate_seed_run('very_wide');
SELECT id, c1, c150, c300 FROM very_wide ORDER BY id;
