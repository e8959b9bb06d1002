CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL, population bigint);
CREATE TABLE cities (id integer PRIMARY KEY, name text NOT NULL UNIQUE, country text NOT NULL REFERENCES countries (code), capital boolean NOT NULL DEFAULT false);
CREATE TABLE tags (id integer, label text NOT NULL, colour text, weight numeric(5, 2));
SELECT migrate_seed_load('@DIR@');
SELECT name, profiles, depends_on, requires, kind, tables, rows, state, last_run FROM migrate_seed_list();
-- A profile, and what it depends on; then again.
SELECT migrate_seed('dev');
SELECT migrate_seed('dev');
SELECT code, name, CASE WHEN population IS NULL THEN 'none' END FROM countries ORDER BY code;
SELECT id, name, country, CASE WHEN capital THEN 'yes' ELSE 'no' END FROM cities ORDER BY id;
SELECT name, state FROM migrate_seed_list();
-- A seed without profiles is in every one; "*" is all.
SELECT migrate_seed('full');
SELECT label, colour, CAST(weight * 100 AS integer) FROM tags ORDER BY label;
SELECT migrate_seed('*');
SELECT migrate_seed('nope');
SELECT migrate_seed();
SELECT migrate_setting('default_profile', 'dev');
SELECT migrate_seed();
SELECT migrate_setting('default_profile', '');
-- What people changed stays, and is said; force takes it back, but not what is insert_only.
UPDATE countries SET name = 'Norge' WHERE code = 'NO';
UPDATE tags SET colour = 'red', weight = 9;
DELETE FROM cities WHERE id = 2;
SELECT * FROM migrate_seed_show('countries');
SELECT * FROM migrate_seed_show('cities');
SELECT * FROM migrate_seed_show('tags');
SELECT migrate_seed('full');
SELECT migrate_seed('full', '{"force": true}');
SELECT label, colour, CAST(weight * 100 AS integer) FROM tags ORDER BY label;
SELECT name FROM countries WHERE code = 'NO';
SELECT migrate_seed('full', '{"force": true}');
SELECT migrate_seed('full', '{"forse": true}');
-- A changed file is read when it matters.
-- shell: printf 'SE,Sweden,10000000\n' >>countries.csv
SELECT migrate_seed('dev');
SELECT name, rows, state FROM migrate_seed_list();
-- shell: sed -i 's/^_seed:/_seed:\n  mode: sync/' cities.yaml; sed -i '/Bergen/d' cities.yaml
SELECT name, state FROM migrate_seed_list();
INSERT INTO cities (id, name, country) VALUES (77, 'Trondheim', 'NO');
SELECT migrate_seed('dev');
SELECT id, name FROM cities ORDER BY id;
-- A file that is gone takes its seed out of the catalog, not its rows out of the table.
-- shell: rm tags.json
SELECT migrate_seed('*');
SELECT name FROM migrate_seed_list();
SELECT action, revision, outcome, detail FROM migrate_log() WHERE action LIKE 'seed%';
