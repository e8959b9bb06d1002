-- A column that a key names several times counts once.
CREATE TABLE halls (hall text PRIMARY KEY, name text);
CREATE TABLE pairs (a text, b text);
CREATE UNIQUE INDEX pairs_key ON pairs (a, a, a, a);
SELECT migrate_seed_add('_seed: {key: [hall, hall, hall, hall, hall, hall], mode: sync}
halls: [{hall: a, name: one}, {hall: b, name: two}]', 'halls.yaml');
SELECT migrate_seed_add('pairs: [{a: x}, {a: y, b: z}]', 'pairs.yaml');
SELECT migrate_seed('*');
SELECT migrate_seed('*');
SELECT migrate_seed_add('_seed: {key: [hall, hall, hall, hall, hall, hall], mode: sync}
halls: [{hall: a, name: first}]', 'halls.yaml');
SELECT migrate_seed_run('halls');
SELECT hall, name FROM halls ORDER BY hall;
SELECT a, b FROM pairs ORDER BY a;
