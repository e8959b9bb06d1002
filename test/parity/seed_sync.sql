-- sync: what the file no longer has goes.
CREATE TABLE teams (id integer PRIMARY KEY, name text NOT NULL UNIQUE, lead integer REFERENCES teams (id));
CREATE TABLE riders (team integer NOT NULL REFERENCES teams (id), number integer NOT NULL, name text, PRIMARY KEY (team, number));
CREATE TABLE bikes (id integer PRIMARY KEY, team integer, rider integer, FOREIGN KEY (team, rider) REFERENCES riders (team, number) ON DELETE CASCADE);
CREATE TABLE tags (tag text, note text);
SELECT migrate_seed_add('_seed: {mode: sync}
teams: [{id: 1, name: one}, {id: 2, name: two, lead: 1}, {id: 3, name: three, lead: 2}]
riders: [{team: 1, number: 1, name: ann}, {team: 1, number: 2, name: bob}, {team: 2, number: 1, name: cid}, {team: 3, number: 9}]', 'teams.yaml');
SELECT migrate_seed();
SELECT migrate_seed();
INSERT INTO teams VALUES (4, 'four', 3);
INSERT INTO teams VALUES (5, 'five', 4);
INSERT INTO riders VALUES (4, 1, 'dan');
INSERT INTO riders VALUES (1, 3, 'eve');
UPDATE riders SET name = 'zoe' WHERE number = 1;
SELECT migrate_seed();
SELECT * FROM teams ORDER BY id;
SELECT * FROM riders ORDER BY team, number;
-- Rows of a table that is not in the file stop it, also those that a foreign key would take along.
INSERT INTO riders VALUES (2, 7, 'dan');
INSERT INTO bikes VALUES (70, 2, 7);
SELECT migrate_seed();
SELECT (SELECT count(*) FROM riders), (SELECT count(*) FROM bikes);
DELETE FROM bikes;
SELECT migrate_seed();
-- Rows that are to go and are referred to by rows of the same table that stay.
SELECT migrate_seed_add('_seed: {mode: sync}
teams: [{id: 2, name: two}, {id: 3, name: three, lead: 2}]
riders: []', 'teams.yaml');
UPDATE teams SET lead = 1 WHERE id = 2;
SELECT migrate_seed();
SELECT * FROM teams ORDER BY id;
SELECT migrate_seed_add('_seed: {mode: sync}
teams: [{id: 2, name: two}, {id: 3, name: three, lead: 2}]
riders: []', 'teams.yaml');
SELECT migrate_seed_add('_seed: {mode: sync}
teams: [{id: 2, name: two, lead: ~}, {id: 3, name: three, lead: 2}]
riders: []', 'teams.yaml');
SELECT migrate_seed();
SELECT * FROM teams ORDER BY id;
SELECT count(*) FROM riders;
-- A table without rows in the file is emptied.
SELECT migrate_seed_add('_seed: {mode: sync}
teams: []', 'teams.yaml');
SELECT migrate_seed();
SELECT count(*) FROM teams;
-- Without a constraint.
SELECT migrate_seed_add('_seed: {mode: sync, key: tag}
tags: [{tag: a, note: x}, {tag: b, note: y}]', 'tags.yaml');
INSERT INTO tags VALUES ('c', 'z');
INSERT INTO tags VALUES ('c', 'again');
INSERT INTO tags VALUES (NULL, 'none');
SELECT migrate_seed();
SELECT * FROM tags ORDER BY tag;
-- By a key that changes from row to row nothing can be told.
SELECT migrate_seed_add('_seed: {mode: sync}
teams: [{id: 1, name: one}, {name: two}]', 'teams.yaml');
SELECT migrate_seed_run('teams');
-- From a CSV file.
-- shell: mkdir csv; printf 'id,name\n9,nine\n8,eight\n7,seven\n' >csv/teams.csv; printf '_seed: {mode: sync, name: all_teams}\n' >csv/teams.yaml
SELECT migrate_seed_load('@DIR@/csv');
SELECT migrate_seed_run('all_teams');
-- shell: printf 'id,name\n8,ocho\n7,seven\n6,six\n' >csv/teams.csv
SELECT migrate_seed_run('all_teams');
SELECT id, name FROM teams ORDER BY id;
-- shell: printf 'id,name\n' >csv/teams.csv
SELECT migrate_seed_run('all_teams');
SELECT count(*) FROM teams;
-- shell: rm csv/teams.yaml; awk 'BEGIN { print "id,name"; for (i = 1; i <= 3000; i++) printf "%d,team %d\n", i, i }' >csv/teams.csv; printf '_seed: {mode: sync, name: all_teams}\n' >csv/teams.yaml
SELECT migrate_seed_run('all_teams');
SELECT migrate_seed_run('all_teams');
INSERT INTO teams VALUES (5000, 'x', 1);
INSERT INTO teams VALUES (-1, 'y', 5000);
UPDATE teams SET name = 'other ' || name WHERE id % 100 = 0 AND id < 5000;
SELECT migrate_seed_run('all_teams');
SELECT count(*), min(id), max(id) FROM teams;
-- One table under two names.
SELECT migrate_seed_add('{"_seed": {"mode": "sync"}, "tags": [], "\"tags\"": []}', 'tags.json');
SELECT migrate_seed_run('tags');
SELECT count(*) FROM tags;
-- Rows known by a reference to a row that is gone are gone as well: that stops no clear.
CREATE TABLE shops (id integer PRIMARY KEY, name text);
CREATE TABLE offers (shop integer NOT NULL, n integer NOT NULL, PRIMARY KEY (shop, n));
SELECT migrate_seed_add('_seed: {profiles: market}
shops: [{id: 1, name: a}, {id: 2, name: b}]
offers: [{shop: {ref: {table: shops, where: {name: a}, column: id}}, n: 1}, {shop: {ref: {table: shops, where: {name: b}, column: id}}, n: 1}]', 'shops.yaml');
SELECT migrate_seed_add('tags: []', 'tags.yaml');
SELECT migrate_seed_add('teams: []', 'teams.yaml');
SELECT migrate_seed_run('shops');
DELETE FROM offers WHERE shop = 1;
DELETE FROM shops WHERE id = 1;
SELECT migrate_seed_clear('market', '{"confirm": "@DATABASE@"}');
SELECT (SELECT count(*) FROM shops), (SELECT count(*) FROM offers);
SELECT action, revision, detail FROM migrate_log() WHERE action LIKE 'seed%' ORDER BY id;
