-- SQL seeds: parameters, passwords, counts, places.
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE, role TEXT, score NUMERIC, active, hash TEXT);
CREATE TABLE audit (what TEXT);
CREATE TRIGGER users_audit AFTER INSERT ON users BEGIN INSERT INTO audit VALUES ('a'), ('b'); END;

.print -- values arrive as what they are; rows of triggers are not counted
SELECT migrate_seed_add('-- Seed: user
-- Param: name text required
-- Param: role text = admin
-- Param: score numeric = 1.50
-- Param: active boolean = true
-- Param: id bigint

-- seed:apply
INSERT INTO users (id, name, role, score, active) VALUES (:id, :name, :role, :score, :active)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, score = excluded.score;
UPDATE users SET role = role || '':name'' WHERE name = :name; -- :name
', 'user.sql');
SELECT migrate_seed_run('user', '{"name": "o''brien; DROP TABLE users; --"}');
SELECT migrate_seed_run('user', '{"name": "ann", "role": "x", "score": 12345678901234567, "active": false, "id": 77}');
SELECT migrate_seed_run('user', '{"name": "bob", "role": null, "score": 1e3, "active": true}');
SELECT id, name, role, score, typeof(score), active, typeof(active) FROM users;
SELECT count(*) FROM audit;

.print -- a failure shows what was written, at its place
SELECT migrate_seed_add('-- Seed: wrong
-- Param: name text required
-- seed:apply
INSERT INTO users (name)
    VALUES (:name), (nowhere);
', 'wrong.sql');
SELECT migrate_seed_run('wrong', '{"name": "secret"}');
SELECT migrate_seed_add('-- Seed: wrong
-- Param: name text required
-- seed:apply
INSERT INTO :name VALUES (1);
', 'wrong.sql');
SELECT migrate_seed_run('wrong', '{"name": "users"}');
SELECT migrate_seed_add('-- Seed: wrong
-- Param: name text required
-- seed:apply
INSERT INTO users (name) VALUES (''before'');
INSERT INTO users (name) VALUES (:name);
', 'wrong.sql');
SELECT migrate_seed_run('wrong', '{"name": "ann"}');
SELECT count(*) FROM users WHERE name = 'before';

.print -- passwords
SELECT migrate_seed_add('-- Seed: password
-- Param: name text required
-- Param: password text secret required
-- Expect: 1 row
-- seed:apply
UPDATE users SET hash = migrate_password_hash(:password, ''bcrypt:4'') WHERE name = :name;
-- seed:verify
SELECT migrate_password_verify(:password, hash) FROM users WHERE name = :name;
', 'password.sql');
SELECT migrate_seed_run('password', '{"name": "ann", "password": "correct horse"}');
SELECT migrate_password_verify('correct horse', hash), migrate_password_verify('wrong', hash), hash LIKE '$2b$04$%' FROM users WHERE name = 'ann';
SELECT migrate_seed_run('password', '{"name": "nobody", "password": "correct horse"}');
SELECT migrate_password_hash(NULL) IS NULL, migrate_password_verify('a', NULL) IS NULL, migrate_password_verify('a', 'b');
SELECT migrate_password_hash('');
SELECT migrate_password_hash('a', 'rot13');
SELECT migrate_password_hash();

.print -- not from views and triggers of the file
CREATE VIEW hashing AS SELECT migrate_password_hash('a', 'bcrypt:4');
SELECT * FROM hashing;
CREATE TRIGGER hashes AFTER INSERT ON audit BEGIN SELECT migrate_password_hash('a', 'bcrypt:4'); END;
INSERT INTO audit VALUES ('c');
DROP TRIGGER hashes;

.print -- statements that count no rows, and settings that are put back
SELECT migrate_seed_add('-- Seed: odd
-- seed:apply
PRAGMA ignore_check_constraints = ON;
WITH n(x) AS (VALUES (1), (2)) INSERT INTO audit SELECT x FROM n;
CREATE TEMP TABLE IF NOT EXISTS odd (x);
SELECT count(*) FROM audit;
REPLACE INTO audit (what) VALUES (''r'');
', 'odd.sql');
SELECT migrate_seed_run('odd');
PRAGMA ignore_check_constraints;

.print -- what a script cannot do
SELECT migrate_seed_add('-- Seed: nested
-- seed:apply
SELECT migrate_seed();
', 'nested.sql');
SELECT migrate_seed_add('-- Seed: ends
-- seed:apply
COMMIT;
', 'ends.sql');
SELECT migrate_seed_add('-- Seed: question
-- seed:apply
INSERT INTO audit VALUES (?1);
', 'question.sql');

.print -- the table beside the action
SELECT name, format FROM migrate_seed ORDER BY name;
SELECT * FROM migrate_seed_run;
