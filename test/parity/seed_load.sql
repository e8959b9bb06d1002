-- Before anything is loaded.
SELECT * FROM migrate_seed_list();
SELECT migrate_seed_load('@DIR@');
SELECT * FROM migrate_seed_list();
SELECT migrate_seed_load('@DIR@');
-- The time of a file alone is no change.
-- shell: touch countries.csv tags.yml
SELECT migrate_seed_load('@DIR@');
-- Another place is no change either, where the name of the seed stays.
-- shell: mv users.sql administrator.sql; mkdir moved; mv tags.yml moved/
SELECT migrate_seed_load('@DIR@');
-- What is changed, and what describes it.
-- shell: printf 'SE,Sweden\n' >>countries.csv
SELECT migrate_seed_load('@DIR@');
-- shell: sed -i 's/minimal, full/minimal, full, dev/' countries.yaml
SELECT migrate_seed_load('@DIR@');
SELECT name, profiles, rows FROM migrate_seed_list() WHERE name = 'countries';
-- shell: rm countries.yaml
SELECT migrate_seed_load('@DIR@');
SELECT name, profiles, rows FROM migrate_seed_list() WHERE name = 'countries';
-- shell: printf '{"_seed": {"name": "lands", "table": "countries"}}' >countries.json; sed -i 's/On: countries/On: lands/' administrator.sql
SELECT migrate_seed_load('@DIR@');
SELECT name, depends_on, tables FROM migrate_seed_list() ORDER BY name;
-- What is gone leaves the catalog, unless another seed stands on it.
-- shell: rm promote.sql moved/tags.yml
SELECT migrate_seed_load('@DIR@');
-- shell: sed -i 's/admin, tags/admin/' trips/trips.json
SELECT migrate_seed_load('@DIR@');
SELECT name FROM migrate_seed_list() ORDER BY name;

-- Texts: the ending of the name says the format.
SELECT migrate_seed_add('tags: [{name: flat}]', 'tags.yaml');
SELECT migrate_seed_add('tags: [{name: flat}]', 'tags.yaml');
SELECT migrate_seed_add('tags: [{name: flat}]', 'elsewhere/tags.yml');
SELECT migrate_seed_add('tags: [{name: flat}, {name: hilly}]', 'tags.yaml');
SELECT migrate_seed_add('{"tags": [{"name": "steep"}]}', 'more-tags.json');
SELECT migrate_seed_add('a,b
1,2', 'numbers.CSV');
SELECT migrate_seed_add('-- Seed: promote
-- Param: username text required
UPDATE users SET role = ''admin'' WHERE name = :username;', 'anything.sql');
SELECT name, profiles, depends_on, kind, tables, rows, state, last_run FROM migrate_seed_list() ORDER BY name;
SELECT migrate_seed_add('tags: [{name: flat}]', NULL);
SELECT migrate_seed_add('tags: [{name: flat}]', '  ');
SELECT migrate_seed_add(NULL, 'tags.yaml');
SELECT migrate_seed_add('tags: [{name: flat}]', 'tags');
SELECT migrate_seed_add('tags: [{name: flat}]', 'tags.toml');
SELECT migrate_seed_add('tags: [{name: flat}]', 'my tags.yaml');
SELECT migrate_seed_add('', 'tags.yaml');
SELECT migrate_seed_add('', 'tags.csv');
SELECT migrate_seed_add('_seed: {name: tags}', 'tags.yaml');
SELECT migrate_seed_add('_seed: {depends_on: nobody}
tags: []', 'tags.yaml');
SELECT migrate_seed_add('_seed: {depends_on: more-tag}
tags: []', 'colours.yaml');
SELECT migrate_seed_add('_seed: {depends_on: [tags, promote]}
colours: []', 'colours.yaml');
SELECT migrate_seed_add('_seed: {depends_on: [more-tags]}
tags: []', 'tags.yaml');
SELECT migrate_seed_add('{"_seed": {"depends_on": ["tags"]}, "tags": []}', 'more-tags.json');
SELECT migrate_seed_add('{"_seed": {"depends_on": ["more-tags"]}, "tags": []}', 'more-tags.json');
SELECT name, depends_on, rows FROM migrate_seed_list() ORDER BY name;

-- A directory takes over what it holds, whether it was a text or lies in another directory.
-- shell: mkdir other; printf 'tags: [{name: flat}]' >other/tags.yaml
SELECT migrate_seed_load('@DIR@/other');
SELECT migrate_seed_load('@DIR@/other');
-- shell: mkdir third; mv other/tags.yaml third/; printf 'colours: []' >other/colours.yaml
SELECT migrate_seed_load('@DIR@/third');
SELECT migrate_seed_load('@DIR@/other');
SELECT name, tables, rows FROM migrate_seed_list() ORDER BY name;

-- The state of a seed: what ran is remembered whatever is loaded, and compared with what is.
CREATE TABLE tags (name text PRIMARY KEY);
SELECT migrate_seed_add('tags: [{name: flat}]', 'flat.yaml');
SELECT migrate_seed_run('flat');
SELECT state, CASE WHEN last_run <> '' THEN 'ran' END FROM migrate_seed_list() WHERE name = 'flat';
SELECT migrate_seed_add('tags: [{name: flat}, {name: hilly}]', 'flat.yaml');
SELECT state, CASE WHEN last_run <> '' THEN 'ran' END FROM migrate_seed_list() WHERE name = 'flat';
SELECT migrate_seed_add('tags: [{name: flat}]', 'flat.yaml');
SELECT state, CASE WHEN last_run <> '' THEN 'ran' END FROM migrate_seed_list() WHERE name = 'flat';
