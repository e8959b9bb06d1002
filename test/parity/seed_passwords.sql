-- Passwords of data sets: hashed on the way in, verified before anything is replaced.
CREATE TABLE users (name text PRIMARY KEY, password text, note text);
CREATE TABLE seen (step text, name text, password text);
-- shell: printf 'users:\n- {name: ann, password: {password: "blue lorry 11"}}\n- {name: bob, password: {password: "green ferry 12"}, note: x}\n' > users.yaml
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed();
SELECT name, substr(password, 1, 7), length(password), note FROM users ORDER BY name;
SELECT name FROM users WHERE migrate_password_verify('blue lorry 11', password);
INSERT INTO seen SELECT 'first', name, password FROM users;
-- The same again, and with force: a hash that fits stays, though it would never come out twice.
SELECT migrate_seed();
SELECT migrate_seed('*', '{"force": true}');
SELECT count(*) FROM users JOIN seen USING (name, password);
-- Changed since: left in mode insert, replaced by force where it no longer fits, and there only.
UPDATE users SET password = migrate_password_hash('red tractor 13', 'bcrypt:4') WHERE name = 'ann';
UPDATE users SET note = 'mine' WHERE name = 'bob';
SELECT state, differs FROM migrate_seed_show('users') ORDER BY row_number;
SELECT migrate_seed();
SELECT count(*) FROM users WHERE migrate_password_verify('red tractor 13', password);
SELECT migrate_seed('*', '{"force": true}');
SELECT name, note FROM users WHERE migrate_password_verify('blue lorry 11', password);
SELECT name, note FROM users JOIN seen USING (name, password) ORDER BY name;
-- What is no hash, and none at all, does not fit.
UPDATE users SET password = NULL WHERE name = 'ann';
UPDATE users SET password = 'green ferry 12' WHERE name = 'bob';
SELECT state, differs FROM migrate_seed_show('users') ORDER BY row_number;
SELECT migrate_seed('*', '{"force": true}');
SELECT count(*) FROM users WHERE (name = 'ann' AND migrate_password_verify('blue lorry 11', password)) OR (name = 'bob' AND migrate_password_verify('green ferry 12', password));
-- insert_only: whatever the user has chosen since stays, under force as well.
-- shell: printf '_seed: {insert_only: password}\nusers:\n- {name: ann, password: {password: "blue lorry 11"}, note: n}\n' > users.yaml
SELECT migrate_seed_load('@DIR@');
UPDATE users SET password = migrate_password_hash('red tractor 13', 'bcrypt:4') WHERE name = 'ann';
SELECT migrate_seed('*', '{"force": true}');
SELECT note FROM users WHERE migrate_password_verify('red tractor 13', password);
SELECT state, differs FROM migrate_seed_show('users') ORDER BY row_number;
-- What cannot be hashed; the text is not shown.
-- shell: printf 'users: [{name: cid, password: {password: ""}}]\n' > bad.yaml
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_run('bad');
-- shell: printf 'users: [{name: cid, password: {password: "purple barge 14 purple barge 14 purple barge 14 purple barge 14 purple barge 14"}}]\n' > bad.yaml
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_run('bad');
-- shell: printf 'users: [{name: cid, password: {password: [purple, barge]}}]\n' > bad.yaml
SELECT migrate_seed_load('@DIR@');
-- shell: printf 'users: [{name: cid, password: {password: "purple barge 14", scheme: bcrypt}}]\n' > bad.yaml
SELECT migrate_seed_load('@DIR@');
-- shell: printf 'users: [{name: cid, pasword: {password: "purple barge 14"}}]\n' > bad.yaml
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_run('bad');
-- As a key it cannot be.
-- shell: printf '_seed: {key: password}\nusers: [{name: cid, password: {password: "purple barge 14"}}]\n' > bad.yaml
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_run('bad');
SELECT name FROM users ORDER BY name;
SELECT action, revision, outcome, detail FROM migrate_log() WHERE action = 'seed';
-- shell: rm bad.yaml
-- Where a text would be stored as it is, it is refused: beside other keys, in a list, in a map, in capitals.
CREATE TABLE settings (name text PRIMARY KEY, doc text);
-- shell: printf 'settings:\n- {name: a, doc: {user: cid, password: "purple barge 14"}}\n- {name: b, doc: [{password: "purple barge 14"}]}\n- {name: c, doc: {login: {password: "purple barge 14"}}}\n- {name: d, doc: {Password: "purple barge 14"}}\n' > settings.yaml
SELECT migrate_seed_load('@DIR@');
-- shell: printf '{"settings": [{"name": "a",\n"doc": {"password": "purple barge 14", "x": {"password": ["purple"]}}}]}' > settings.json; rm settings.yaml
SELECT migrate_seed_load('@DIR@');
-- JSON that has such a key is written as one text, and stored so.
-- shell: printf 'settings:\n- {name: a, doc: "{\\"password\\": {\\"least\\": 12}}"}\n- {name: b, doc: {field: password}}\n' > settings.yaml; rm settings.json
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_run('settings');
SELECT name, doc FROM settings ORDER BY name;
-- A text that is stored whole holds no password at all.
SELECT migrate_seed_add('users:
- {name: eve, password: {password: "purple barge 14"}}
- {name: dan, password: "{password: no map}", note: {password: "purple barge 14", more: 1}}
', 'eve.yaml');
SELECT migrate_seed_add('{"users": [{"name": "eve", "password": {"password": "purple barge 14"}}]}', 'eve.json');
SELECT migrate_seed_add('-- Param: password text secret = purple barge 14
INSERT INTO users (name, password) VALUES (''eve'', migrate_password_hash(:password))', 'eve.sql');
SELECT name, state FROM migrate_seed_list();
-- The functions by themselves.
SELECT migrate_password_verify('x', NULL), migrate_password_verify(NULL, 'x'), migrate_password_hash(NULL);
SELECT count(*) FROM users WHERE migrate_password_verify('x', 'no hash') OR migrate_password_verify('', '') OR migrate_password_verify('x', '$2b$04$');
SELECT migrate_password_hash('blue lorry 11', 'md5');
SELECT migrate_password_hash('blue lorry 11', 'bcrypt:3');
SELECT migrate_password_hash('');
