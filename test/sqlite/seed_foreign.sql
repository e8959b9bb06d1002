-- Seeds in a connection that checks no foreign keys: they are checked all the same.
PRAGMA foreign_keys;
CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT);
CREATE TABLE members (id INTEGER PRIMARY KEY, country TEXT REFERENCES countries, boss INTEGER REFERENCES members);
CREATE TABLE seats (code TEXT REFERENCES countries, n INTEGER, PRIMARY KEY (code, n)) WITHOUT ROWID;
CREATE TABLE log (what TEXT, country TEXT REFERENCES countries (code));
INSERT INTO members VALUES (99, 'XX', NULL);

.print -- a parent may follow its row, in another table or in the same
SELECT migrate_seed_add('members: [{id: 1, country: NO, boss: 2}, {id: 2, country: NO}]
countries: [{code: NO}]', 'a.yaml');
SELECT migrate_seed();
SELECT migrate_seed();
PRAGMA foreign_keys;
SELECT * FROM members;

.print -- a row without its parent: file, line, row, key, and nothing is changed
SELECT migrate_seed_add('_seed: {profiles: bad}
countries: [{code: ES}]
seats:
  - {code: ES, n: 1}
  - {code: FR, n: 2}
', 'b.yaml');
SELECT migrate_seed_run('b');
SELECT count(*) FROM countries;
SELECT count(*) FROM seats;

.print -- the same from a large file, and where the row was there already and is updated
CREATE TABLE many (id INTEGER PRIMARY KEY, code TEXT REFERENCES countries);
SELECT migrate_seed_add('id,code' || group_concat(char(10) || value || ',' || iif(value = 51234, 'ZZ', 'NO'), ''), 'many.csv') FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 60000) SELECT value FROM n);
SELECT migrate_seed_run('many');
SELECT count(*) FROM many;
SELECT migrate_seed_add('_seed: {mode: update, profiles: bad}
members: [{id: 1, country: SE}]', 'c.yaml');
SELECT migrate_seed_run('c');

.print -- where it cannot be said which row of the file it is, the rows are named
SELECT migrate_seed_add('_seed: {profiles: bad}
members: [{id: 3, boss: 4}, {id: 4, boss: 5}]', 'd.yaml');
SELECT migrate_seed_run('d');

.print -- scripts, also what a trigger writes, and what a DELETE leaves behind
SELECT migrate_seed_add('INSERT INTO countries VALUES (''SE'', NULL);
INSERT INTO members VALUES (5, ''YY'', NULL);', 'e.sql');
SELECT migrate_seed_run('e');
CREATE TRIGGER noted AFTER INSERT ON countries BEGIN INSERT INTO log VALUES ('new', NEW.code || '!'); END;
SELECT migrate_seed_add('INSERT INTO countries VALUES (''SE'', NULL);', 'f.sql');
SELECT migrate_seed_run('f');
DROP TRIGGER noted;
SELECT migrate_seed_add('DELETE FROM countries;', 'g.sql');
SELECT migrate_seed_run('g');
SELECT migrate_seed_add('-- Profiles: hh
-- seed:apply
SELECT 1;
-- seed:clear
DELETE FROM countries;', 'h.sql');
SELECT migrate_seed_run('h');
SELECT migrate_seed_clear('hh', '{"confirm": "test.db"}');
SELECT migrate_seed_clear('hh');

.print -- inside a transaction of the caller: it goes on as it was
BEGIN;
SELECT migrate_seed_run('b');
PRAGMA foreign_keys;
PRAGMA defer_foreign_keys;
INSERT INTO members VALUES (100, 'XX', NULL);
COMMIT;
SELECT count(*) FROM members;

.print -- what was violated before is not the fault of a seed that writes beside it
SELECT migrate_seed_add('members: [{id: 6, country: NO}, {id: 100, country: XX}]', 'i.yaml');
SELECT migrate_seed_run('i');
