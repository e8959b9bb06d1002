CREATE TABLE "values" (id integer PRIMARY KEY, t text, n bigint, d date, b boolean);
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed();
SELECT id, t FROM "values" WHERE t IS NOT NULL ORDER BY id;
SELECT id FROM "values" WHERE t IS NULL ORDER BY id;
SELECT n FROM "values" WHERE n IS NOT NULL ORDER BY id;
SELECT d FROM "values" WHERE d IS NOT NULL;
SELECT id FROM "values" WHERE NOT b;
SELECT migrate_seed('*', '{"force": true}');
-- The same from a text; the name's ending tells the format.
SELECT migrate_seed_add('{"values": [{"id": 100, "t": "\u00e9\ud83d\udeb2", "n": 12, "b": true}]}', 'more.json');
SELECT migrate_seed_add('id,t
1,x
', 'values.csv');
-- shell: rm values.yaml
SELECT migrate_seed_add('id,t
101," quoted, ""twice"" "
102,
103,""
', 'values.csv');
SELECT migrate_seed_run('more');
SELECT migrate_seed('*');
SELECT id, '[' || t || ']', n FROM "values" WHERE id > 99 ORDER BY id;
