-- Seeds in the kinds of tables that only SQLite has.
PRAGMA foreign_keys = ON;

.print -- STRICT
CREATE TABLE stations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, height REAL, photo BLOB, note ANY) STRICT;
SELECT migrate_seed_add('stations:
  - {id: 1, name: Sants, height: 12.5, photo: !!binary aGVsbG8=, note: 7}
  - {id: 2, name: Passeig, height: 9, photo: null, note: far}
', 'stations.yaml');
SELECT migrate_seed_run('stations');
SELECT migrate_seed_run('stations');
SELECT id, name, typeof(height), typeof(photo), CAST(photo AS TEXT), typeof(note) FROM stations;
SELECT migrate_seed_add('stations:
  - {id: three, name: Arc, height: high}
  - {id: 99999999999999999999, name: Clot, photo: text}
', 'stations.yaml');
SELECT migrate_seed_run('stations');
SELECT count(*) FROM stations;
SELECT migrate_seed_add('stations: []', 'stations.yaml');

.print -- WITHOUT ROWID, a key of two columns in another order than the table
CREATE TABLE fares (zone INTEGER, ticket TEXT, price DECIMAL(6,2), PRIMARY KEY (ticket, zone)) WITHOUT ROWID;
SELECT migrate_seed_add('zone,ticket,price
1,single,2.40
2,single,3.60
1,"t-ten",12.15
', 'fares.csv');
SELECT migrate_seed_run('fares');
UPDATE fares SET price = 99 WHERE zone = 2;
SELECT migrate_seed('*', '{"force": true}');
SELECT * FROM fares;

.print -- AUTOINCREMENT goes on behind the largest id
CREATE TABLE trains (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE);
SELECT migrate_seed_add('trains: [{id: 40, name: R1}, {id: 41, name: R2}]', 'trains.yaml');
SELECT migrate_seed_run('trains');
INSERT INTO trains (name) VALUES ('R3');
SELECT id, name FROM trains;

.print -- generated columns are not given
CREATE TABLE boxes (id INTEGER PRIMARY KEY, w INT, h INT, area INT AS (w * h) STORED);
SELECT migrate_seed_add('boxes: [{id: 1, w: 2, h: 3, area: 6}]', 'boxes.yaml');
SELECT migrate_seed_run('boxes');
SELECT migrate_seed_add('boxes: [{id: 1, w: 2, h: 3}]', 'boxes.yaml');
SELECT migrate_seed_run('boxes');
SELECT area FROM boxes;

.print -- a key that ignores case finds the row, and the change of case is a change
CREATE TABLE tags (name TEXT PRIMARY KEY COLLATE NOCASE, note TEXT);
INSERT INTO tags VALUES ('Road', 'old');
SELECT migrate_seed_add('tags: [{name: road, note: new}]', 'tags.yaml');
SELECT migrate_seed_run('tags');
SELECT migrate_seed('*', '{"force": true}');
SELECT * FROM tags;

.print -- types are taken at their word, and only where they are types
CREATE TABLE misc (id INTEGER PRIMARY KEY, active BOOLEAN, every INTERVAL, at POINT, bare);
SELECT migrate_seed_add('misc:
  - {id: 1, active: true, every: 1 day, at: "(1,2)", bare: 5}
  - {id: 2, active: "off", every: null, at: null, bare: "5"}
', 'misc.yaml');
SELECT migrate_seed_run('misc');
SELECT id, active, typeof(active), every, at, typeof(bare) FROM misc;
SELECT migrate_seed_run('misc');
SELECT migrate_seed_add('misc: [{id: 3, active: maybe}]', 'misc.yaml');
SELECT migrate_seed_run('misc');

.print -- temp, attached and quoted names
ATTACH ':memory:' AS "o x";
CREATE TABLE "o x"."far off" (id INTEGER PRIMARY KEY, "a ""b" TEXT);
CREATE TABLE "o x".near (id INTEGER PRIMARY KEY, far INTEGER REFERENCES "far off");
CREATE TEMP TABLE scratch (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE scratch (id INTEGER PRIMARY KEY, name TEXT);
SELECT migrate_seed_add('"\"o x\".\"far off\"": [{id: 1, "a \"b": x}]
scratch: [{id: 1, name: temp}]
main.scratch: [{id: 1, name: main}]
', 'names.yaml');
SELECT migrate_seed_run('names');
SELECT * FROM "o x"."far off";
SELECT name FROM temp.scratch;
SELECT name FROM main.scratch;

.print -- what hangs on a row is in the same database
INSERT INTO "o x".near VALUES (7, 1);
SELECT migrate_seed_add('misc: []', 'misc.yaml');
SELECT migrate_seed_clear('*', '{"confirm": "test.db"}');
SELECT count(*) FROM "o x"."far off";
SELECT migrate_seed_clear('*', '{"confirm": "test.db", "cascade": true}');
SELECT count(*) FROM "o x"."far off" UNION ALL SELECT count(*) FROM "o x".near;

.print -- views and virtual tables are not tables
CREATE VIEW some AS SELECT * FROM tags;
SELECT migrate_seed_add('some: [{name: x}]', 'some.yaml');
SELECT migrate_seed_run('some');
DROP VIEW some;
CREATE VIRTUAL TABLE some USING fts5(name);
SELECT migrate_seed_run('some');
DROP TABLE some;
SELECT migrate_seed_add('migrate_log: [{id: 1}]', 'some.yaml');
SELECT migrate_seed_run('some');

.print -- ON CONFLICT of a constraint takes no row away
CREATE TABLE lenient (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, code TEXT UNIQUE ON CONFLICT REPLACE);
INSERT INTO lenient VALUES (5, 'x'), (6, 'z');
SELECT migrate_seed_add('{"_seed": {"key": "id", "mode": "update"}, "lenient": [{"id": 1, "code": "x"}]}', 'some.json');
SELECT migrate_seed_run('some');
SELECT migrate_seed_add('{"_seed": {"key": "id", "mode": "update"}, "lenient": [{"id": 6, "code": "x"}]}', 'some.json');
SELECT migrate_seed_run('some');
SELECT migrate_seed_add('{"_seed": {"key": "id", "mode": "update"}, "lenient": [{"id": 6, "code": "w"}, {"id": 7, "code": "y"}]}', 'some.json');
SELECT migrate_seed_run('some');
SELECT * FROM lenient;

.print -- rows that hang on rows, too deep for one statement
CREATE TABLE chain (id INTEGER PRIMARY KEY, above INTEGER REFERENCES chain (id));
INSERT INTO chain VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5), (7, 6), (8, 7), (9, 8);
SELECT migrate_seed_add('chain: [{id: 1}]', 'chain.yaml');
SELECT migrate_seed_run('chain');
SELECT migrate_seed_clear('*', '{"cascade": true}');
DELETE FROM chain WHERE id = 9;
SELECT migrate_seed_clear('*', '{"cascade": true}');
