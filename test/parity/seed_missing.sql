-- Seeds whose file is gone: what they have written keeps its name, and they can be forgotten.
CREATE TABLE countries (code text PRIMARY KEY, name text);
CREATE TABLE members (name text PRIMARY KEY, country text);
-- shell: printf 'code,name\nNO,Norway\nES,Spain\n' > countries.csv; printf 'members: [{name: ann, country: NO}]\n' > members.yaml; printf -- '-- Profiles: extra\n-- seed:apply\nINSERT INTO members VALUES (0, 0);\n-- seed:clear\nDELETE FROM members;\n' > never.sql
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed('some');
SELECT migrate_seed();
-- One that has run stays, one that has not goes.
-- shell: mkdir -p ../gone.$$; echo ../gone.$$ > place; mv countries.csv never.sql "$(cat place)"
SELECT migrate_seed();
SELECT migrate_seed();
SELECT name, kind, rows, state FROM migrate_seed_list();
SELECT migrate_seed_run('countries');
SELECT * FROM migrate_seed_show('countries');
-- What it would take to clear it is said, with consent and without.
SELECT migrate_seed_clear('*');
SELECT migrate_seed_clear('*', '{"confirm": "@DATABASE@"}');
SELECT name, state FROM migrate_seed_list();
SELECT count(*) FROM countries;
SELECT migrate_seed();
-- Back again, as it was; gone again, and back with other rows.
-- shell: cp "$(cat place)/countries.csv" .
SELECT migrate_seed();
SELECT name, state FROM migrate_seed_list();
-- shell: rm countries.csv
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_load('@DIR@');
-- shell: cp "$(cat place)/countries.csv" .
SELECT migrate_seed_load('@DIR@');
-- shell: rm countries.csv
SELECT migrate_seed();
-- shell: printf 'code,name\nNO,Noreg\n' > countries.csv
SELECT migrate_seed();
SELECT name, state FROM migrate_seed_list();
-- Another seed needs it.
-- shell: printf '_seed: {depends_on: countries}\nmembers: [{name: ann, country: NO}]\n' > members.yaml
SELECT migrate_seed();
-- shell: rm countries.csv
SELECT migrate_seed();
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_remove('countries');
-- Forgotten: only the catalog changes.
-- shell: printf 'members: [{name: ann, country: NO}]\n' > members.yaml
SELECT migrate_seed();
SELECT migrate_seed_remove('countries');
SELECT migrate_seed_remove('countries');
SELECT count(*) FROM countries;
SELECT migrate_seed();
SELECT name, state FROM migrate_seed_list();
-- A file that is there brings its seed back.
SELECT migrate_seed_remove('members');
SELECT migrate_seed_load('@DIR@');
-- A text, which no file brings back.
SELECT migrate_seed_add('-- Seed: fill
INSERT INTO countries VALUES (''SE'', NULL);', 'fill.sql');
SELECT migrate_seed_remove('fill');
SELECT migrate_seed_run('fill');
SELECT migrate_seed_add('countries: [{code: FI}]', 'more.yaml');
SELECT migrate_seed_run('more');
SELECT migrate_seed_remove('more');
SELECT migrate_seed_remove(' ');
SELECT migrate_seed_remove('Fill');
-- The text takes the name of one whose file is gone.
-- shell: printf 'countries: [{code: DK}]\n' > danes.yaml
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_run('danes');
-- shell: rm danes.yaml
SELECT migrate_seed_add('countries: [{code: DK}, {code: IS}]', 'danes.yaml');
SELECT migrate_seed_run('danes');
SELECT name, state FROM migrate_seed_list();
SELECT action, revision, outcome FROM migrate_log() WHERE action = 'seed_remove' ORDER BY id;
-- shell: rm -r "$(cat place)"
