-- Passwords of data sets: hashed on the way in, verified before anything is replaced.
CREATE TABLE users (name text PRIMARY KEY, password text, note text);
CREATE TABLE seen (step text, name text, password text);
SELECT migrate_seed_add('users:
- {name: ann, password: {password: "blue lorry 11"}}
- {name: bob, password: {password: "green ferry 12"}, note: x}
', 'users.yaml');
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
SELECT migrate_seed_add('_seed: {insert_only: password}
users:
- {name: ann, password: {password: "blue lorry 11"}, note: n}
', 'users.yaml');
UPDATE users SET password = migrate_password_hash('red tractor 13', 'bcrypt:4') WHERE name = 'ann';
SELECT migrate_seed('*', '{"force": true}');
SELECT note FROM users WHERE migrate_password_verify('red tractor 13', password);
SELECT state, differs FROM migrate_seed_show('users') ORDER BY row_number;
-- What cannot be hashed; the text is not shown.
SELECT migrate_seed_add('users: [{name: cid, password: {password: ""}}]', 'bad.yaml');
SELECT migrate_seed_run('bad');
SELECT migrate_seed_add('users: [{name: cid, password: {password: "purple barge 14 purple barge 14 purple barge 14 purple barge 14 purple barge 14"}}]', 'bad.yaml');
SELECT migrate_seed_run('bad');
SELECT migrate_seed_add('users: [{name: cid, password: {password: [purple, barge]}}]', 'bad.yaml');
SELECT migrate_seed_add('users: [{name: cid, password: {password: "purple barge 14", scheme: bcrypt}}]', 'bad.yaml');
SELECT migrate_seed_add('users: [{name: cid, pasword: {password: "purple barge 14"}}]', 'bad.yaml');
SELECT migrate_seed_run('bad');
-- As a key it cannot be.
SELECT migrate_seed_add('_seed: {key: password}
users: [{name: cid, password: {password: "purple barge 14"}}]', 'bad.yaml');
SELECT migrate_seed_run('bad');
SELECT name FROM users ORDER BY name;
SELECT action, revision, outcome, detail FROM migrate_log() WHERE action = 'seed';
-- The functions by themselves.
SELECT migrate_password_verify('x', NULL), migrate_password_verify(NULL, 'x'), migrate_password_hash(NULL);
SELECT count(*) FROM users WHERE migrate_password_verify('x', 'no hash') OR migrate_password_verify('', '') OR migrate_password_verify('x', '$2b$04$');
SELECT migrate_password_hash('blue lorry 11', 'md5');
SELECT migrate_password_hash('blue lorry 11', 'bcrypt:3');
SELECT migrate_password_hash('');
