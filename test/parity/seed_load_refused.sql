SELECT migrate_seed_load(NULL);
SELECT migrate_seed_load('  ');
SELECT migrate_seed_load('@DIR@/nowhere');
-- shell: mkdir empty; echo nothing >empty/notes.txt; echo nothing >empty/Makefile
SELECT migrate_seed_load('@DIR@/empty');
SELECT migrate_seed_load('@DIR@/empty/notes.txt');

-- Nothing of a directory is stored when one of its files is bad, and all complaints come at once.
-- shell: mkdir bad; printf 'code,name\nNO,Norway\n' >bad/good.csv
-- shell: printf 'code,name\nNO\nDE,Germany,8\n' >bad/ragged.csv
-- shell: printf 'code,code\nNO,NO\n' >bad/doubled.csv
-- shell: printf '' >bad/nothing.csv
-- shell: printf 'users:\n  - name: a\n    name: b\n' >bad/doubled.yaml
-- shell: printf 'users: [\n' >bad/half.yaml
-- shell: printf '{"users": [{"name": "a",}]}' >bad/comma.json
-- shell: printf '_seed: {profile: dev, mode: upsert, key: {usrs: id}}\nusers: []\n' >bad/header.yml
-- shell: printf '_seed: {profiles: dev}\n' >bad/alone.yaml
-- shell: printf '{"_seed": {}}' >bad/also.json
-- shell: printf '{}' >bad/void.json
-- shell: printf 'a: 1\n' >bad/scalar.yaml
-- shell: printf -- '-- Seed: one\nCOMMIT;\n' >bad/one.sql
-- shell: printf -- '-- Depends on: one\nSELECT 1;\nSELECT :name;\n' >bad/two.sql
-- shell: printf 'caf\351,b\n1,2\n' >bad/latin.csv
-- shell: printf 'a\n1\n' >'bad/no name.csv'
SELECT migrate_seed_load('@DIR@/bad');
SELECT name FROM migrate_seed_list();

-- Seeds that do not fit together.
-- shell: mkdir set; printf '_seed: {name: a, depends_on: b}\nt: []\n' >set/1.yaml; printf '_seed: {name: b, depends_on: [c]}\nt: []\n' >set/2.yaml; printf '_seed: {name: c, depends_on: [a]}\nt: []\n' >set/3.yaml
-- shell: printf '_seed: {depends_on: [self]}\nt: []\n' >set/self.yaml
-- shell: printf '_seed: {depends_on: [countrys, nothing]}\nt: []\n' >set/unknown.yaml; printf 'code\nNO\n' >set/countries.csv
-- shell: printf '_seed: {name: countries}\nt: []\n' >set/twice.yaml
-- shell: printf -- '-- Param: who text required\nSELECT :who;\n' >set/by_name.sql; printf '_seed: {depends_on: [by_name]}\nt: []\n' >set/on.yaml
SELECT migrate_seed_load('@DIR@/set');
SELECT name FROM migrate_seed_list();

-- A CSV file and those that describe it.
-- shell: mkdir pair; printf 'code\nNO\n' >pair/c.csv; printf '_seed: {key: code}\n' >pair/c.yaml; printf '{"_seed": {}}' >pair/c.json
SELECT migrate_seed_load('@DIR@/pair');
-- shell: rm pair/c.json; printf '_seed: {key: {d: code}, insert_only: {e: code, c: code}}\n' >pair/c.yaml
SELECT migrate_seed_load('@DIR@/pair');
-- shell: printf '_seed: {key: {c: code}}\n' >pair/c.yaml
SELECT migrate_seed_load('@DIR@/pair');
-- A data set beside a CSV file of the same name is a second seed of that name.
-- shell: printf '_seed: {key: code}\nd: []\n' >pair/c.yaml
SELECT migrate_seed_load('@DIR@/pair');
-- shell: printf '_seed: {key: code, name: d}\nd: []\n' >pair/c.yaml
SELECT migrate_seed_load('@DIR@/pair');
-- What goes bad later leaves everything as it was.
-- shell: printf 'code\n"NO\n' >pair/c.csv
SELECT migrate_seed_load('@DIR@/pair');
SELECT name, rows FROM migrate_seed_list() ORDER BY name;
