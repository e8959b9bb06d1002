-- Whatever stands in a value, a name or a parameter is data: it never becomes a part of a statement.
CREATE TABLE victims (id integer PRIMARY KEY, t text UNIQUE);
INSERT INTO victims VALUES (1, 'one');
INSERT INTO victims VALUES (2, 'two');
INSERT INTO victims VALUES (3, '1=1');
CREATE TABLE hostile (id integer PRIMARY KEY, t text NOT NULL UNIQUE, v text);
CREATE TABLE "we""ird'; DROP TABLE victims; --" (
    "a""b" integer NOT NULL, "c'd" text NOT NULL, "$1" text, "?1" text, ":x" text, "{=}" text, "%s%n" text, "e;f" text,
    "-- g" text, "/* h" text, "select" text, "$$i$$" text, "two words" text, "é🚲" text, "\" text, "]" text, "`" text, "a.b" text, " " text,
    PRIMARY KEY ("a""b", "c'd"));
SELECT migrate_seed_load('@DIR@/data');
SELECT migrate_seed('*');
SELECT migrate_seed('*');
SELECT migrate_seed('*', '{"force": true}');
SELECT id, t, v FROM hostile WHERE id < 50 AND t NOT LIKE '%
%' ORDER BY id;
SELECT count(*), count(DISTINCT t) FROM hostile WHERE t = v;
SELECT max(length(t)) FROM hostile;
SELECT "a""b", "c'd", "$1", "?1", ":x", "{=}", "%s%n", "e;f", "-- g", "/* h", "select", "$$i$$", "two words", "é🚲", "\", "]", "`", "a.b", " " FROM "we""ird'; DROP TABLE victims; --" ORDER BY "a""b";
-- No control character in the name of a column.
-- shell: mkdir control; printf '{"hostile": [{"id": 1, "a\\nb": 2}]}' >control/control.json
SELECT migrate_seed_load('@DIR@/control');
-- What differs is told by name; what is updated, removed and cleared is only that.
UPDATE "we""ird'; DROP TABLE victims; --" SET "?1" = '?', "two words" = 'x', "-- g" = 'mine';
SELECT differs FROM migrate_seed_show('weird') ORDER BY row_number;
SELECT migrate_seed('*', '{"force": true}');
INSERT INTO hostile VALUES (900, ''' OR 1=1 --', 'not in the file');
SELECT migrate_seed_clear('*', '{"confirm": "@DATABASE@"}');
SELECT (SELECT count(*) FROM hostile), (SELECT count(*) FROM "we""ird'; DROP TABLE victims; --"), (SELECT count(*) FROM victims);
DELETE FROM hostile;
-- Keys of text that look like more than one row.
SELECT migrate_seed_add('{"_seed": {"mode": "sync", "key": "t"}, "hostile": [{"id": 1, "t": "'' OR ''1''=''1", "v": "x"}, {"id": 2, "t": "\" OR 1=1 --", "v": "y"}, {"id": 3, "t": "%", "v": "z"}, {"id": 4, "t": "_", "v": "z"}]}', 'keys.json');
SELECT migrate_seed_run('keys');
INSERT INTO hostile VALUES (9, 'x', 'x');
SELECT migrate_seed_run('keys');
SELECT id FROM hostile ORDER BY id;
-- References.
SELECT migrate_seed_add('hostile: [{id: 10, t: a, v: {ref: {table: victims, where: {t: "one'' OR 1=1 --"}, column: t}}}]', 'ref.yaml');
SELECT migrate_seed_run('ref');
SELECT migrate_seed_add('hostile: [{id: 10, t: a, v: {ref: {table: victims, where: {t: "1=1", id: 3}, column: t}}}]', 'ref.yaml');
SELECT migrate_seed_run('ref');
SELECT migrate_seed_add('hostile: [{id: 11, t: b, v: {ref: {table: "victims; DROP TABLE victims", where: {t: one}, column: t}}}]', 'ref.yaml');
SELECT migrate_seed_run('ref');
SELECT migrate_seed_add('hostile: [{id: 11, t: b, v: {ref: {table: "(SELECT 1 AS t)", where: {t: one}, column: t}}}]', 'ref.yaml');
SELECT migrate_seed_run('ref');
SELECT migrate_seed_add('hostile: [{id: 11, t: b, v: {ref: {table: victims, where: {"id = 1 OR 1=1 --": 1}, column: t}}}]', 'ref.yaml');
SELECT migrate_seed_run('ref');
SELECT migrate_seed_add('hostile: [{id: 11, t: b, v: {ref: {table: victims, where: {id: 1}, column: "count(*)"}}}]', 'ref.yaml');
SELECT migrate_seed_run('ref');
SELECT migrate_seed_add('hostile: [{id: 11, t: b, v: {ref: {table: victims, where: {id: 1}, column: "%s%n%x"}}}]', 'ref.yaml');
SELECT migrate_seed_run('ref');
-- Tables, columns, keys.
SELECT migrate_seed_add('{"victims (id) VALUES (66); --": [{"id": 66}]}', 'names.json');
SELECT migrate_seed_run('names');
SELECT migrate_seed_add('{"victims, hostile": [{"id": 66}]}', 'names.json');
SELECT migrate_seed_run('names');
SELECT migrate_seed_add('{"victims": [{"id, t) VALUES (66, 66); --": 66}]}', 'names.json');
SELECT migrate_seed_run('names');
SELECT migrate_seed_add('{"_seed": {"key": "id\" IS NOT NULL --"}, "victims": [{"id": 66, "t": "x"}]}', 'names.json');
SELECT migrate_seed_run('names');
SELECT migrate_seed_add('{"_seed": {"insert_only": "%s''; DROP"}, "victims": [{"id": 66, "t": "x"}]}', 'names.json');
SELECT migrate_seed_run('names');
-- Names of seeds, profiles, revisions.
SELECT migrate_seed_add('{"_seed": {"name": "x''; DROP TABLE victims; --"}, "victims": []}', 'named.json');
SELECT migrate_seed_add('{"_seed": {"name": "%s%n"}, "victims": []}', 'named.json');
SELECT migrate_seed_add('{"_seed": {"profiles": ["x''); --", "%s"]}, "victims": []}', 'named.json');
SELECT migrate_seed_add('{"_seed": {"depends_on": ["x''); --"]}, "victims": []}', 'named.json');
SELECT migrate_seed_add('{"_seed": {"requires": "x''; DROP TABLE victims; --"}, "victims": []}', 'named.json');
SELECT migrate_seed_add('{"_seed": {"mode": "sync''; --"}, "victims": []}', 'named.json');
SELECT migrate_seed_add('-- Seed: x''; DROP TABLE victims; --
SELECT 1;', 'named.sql');
SELECT migrate_seed_add('victims: []', '%s''; DROP TABLE victims; --.yaml');
SELECT migrate_seed('x'' OR 1=1 --');
SELECT migrate_seed('%s%n%x');
SELECT migrate_seed('*; DROP TABLE victims');
SELECT migrate_seed_run('x''; DROP TABLE victims; --');
SELECT migrate_seed_run('%s%n%x', '{"%s": 1}');
SELECT * FROM migrate_seed_show('x'' OR 1=1 --');
SELECT migrate_seed_clear('x'' OR 1=1 --');
SELECT migrate_setting('default_profile', 'x'' OR 1=1 --');
SELECT migrate_setting('x''; --');
SELECT migrate_seed_load('@DIR@/no''such "directory"; %s $1');
-- Parameters: names, values, defaults.
SELECT migrate_seed_run('params');
SELECT migrate_seed_run('params', '{"a": "''); DROP TABLE victims; --", "b": ":a $1 ?1 {=} %s%n \\ $$ $x$ /* --"}');
SELECT migrate_seed_run('params', '{"a": "line\nbreak\ttab\u2028", "b": "''\"`[]"}');
SELECT migrate_seed_run('params', '{"a": "1", "b": null}');
SELECT migrate_seed_run('params', '{"a''; DROP TABLE victims; --": "1", "%s%n": 2}');
SELECT migrate_seed_run('params', '{"a": "x", "n": "1; DROP TABLE victims"}');
SELECT migrate_seed_run('params', '{"a": "x", "n": "1 OR 1=1"}');
SELECT migrate_seed_run('params', '{"a": "x\u0000y"}');
SELECT id, t, v FROM hostile WHERE id BETWEEN 100 AND 199 ORDER BY id;
-- Files: names, bytes.
-- shell: d="q'uo\"te; \$1 ?1 :x %s {=}"; mkdir "$d" && printf '_seed: {name: quoted, key: t}\nhostile: [{id: 200, t: "from a strange place"}]\n' >"$d/it's \"%s\"; --.yaml"
SELECT migrate_seed_load('@DIR@/q''uo"te; $1 ?1 :x %s {=}');
SELECT migrate_seed_run('quoted');
SELECT migrate_seed_run('quoted');
-- shell: d="q'uo\"te; \$1 ?1 :x %s {=}"; printf 'hostile: [{id: 201, t: x}' >"$d/it's \"%s\"; --.yaml"
SELECT migrate_seed_run('quoted');
-- shell: rm q*/*
-- shell: mkdir bytes; printf 'id,t,v\n300,a\0b,c\n' >bytes/hostile.csv
SELECT migrate_seed_load('@DIR@/bytes');
-- shell: printf 'id,t,v\n300,"a\nb\r\nc","\x27; DROP TABLE victims; --"\n301,"/* -- $1",:x\n302,\\,\\.\n303,\\N,"\t"\n' >bytes/hostile.csv; printf '_seed: {name: bytes}\n' >bytes/hostile.yaml
SELECT migrate_seed_load('@DIR@/bytes');
SELECT migrate_seed_run('bytes');
SELECT migrate_seed_run('bytes');
SELECT id, length(t), length(v) FROM hostile WHERE id BETWEEN 300 AND 399 ORDER BY id;
SELECT migrate_seed_add('{"hostile": [{"id": 400, "t": "a\u0000b"}]}', 'nul.json');
-- shell: printf '{"hostile": [{"id": 400, "t": "a\\u0000b"}]}' >bytes/nul.json; printf 'hostile: [{id: 401, t: "a\\0b"}]\n' >bytes/nul.yaml
SELECT migrate_seed_load('@DIR@/bytes');
-- shell: rm -r bytes/* q*
-- Many rows at once.
-- shell: awk -f many/many.awk >many/many.csv
SELECT migrate_seed_load('@DIR@/many');
SELECT migrate_seed_run('many');
SELECT migrate_seed_run('many');
UPDATE "we""ird'; DROP TABLE victims; --" SET "?1" = 'x', "`" = NULL WHERE "a""b" > 1480;
INSERT INTO "we""ird'; DROP TABLE victims; --" ("a""b", "c'd") VALUES (5000, 'x');
SELECT migrate_seed_run('many');
SELECT count(*), count(DISTINCT "$1"), min("?1"), max("`") FROM "we""ird'; DROP TABLE victims; --";
SELECT "%s%n" FROM "we""ird'; DROP TABLE victims; --" WHERE "a""b" <= 13 ORDER BY "a""b";
SELECT id, t FROM victims ORDER BY id;
