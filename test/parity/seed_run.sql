-- Seeds with parameters: what an administrator does by hand, and the passwords in it.
CREATE TABLE users (name text PRIMARY KEY, email text UNIQUE, password text, role text NOT NULL DEFAULT 'user', verified boolean NOT NULL DEFAULT false, born date, level integer, score numeric(6, 2));
SELECT migrate_seed_load('@DIR@');
SELECT name, kind, tables, rows, state FROM migrate_seed_list();
-- None of them is of a profile: they wait to be called.
SELECT migrate_seed('*');
SELECT migrate_seed_run('create_admin', '{"password": "tro-ub4dor&3"}');
SELECT name, email, role, CASE WHEN verified THEN 'verified' ELSE 'not verified' END, substr(password, 1, 7), length(password) FROM users ORDER BY name;
SELECT count(*) FROM users WHERE migrate_password_verify('tro-ub4dor&3', password);
SELECT count(*) FROM users WHERE migrate_password_verify('tro-ub4dor&4', password);
-- Again: the hash stays, whatever is given.
CREATE TABLE kept AS SELECT name, password FROM users;
SELECT migrate_seed_run('create_admin', '{"password": "tro-ub4dor&3"}');
SELECT migrate_seed_run('create_admin', '{"password": "correct-horse-7"}');
SELECT count(*) FROM users JOIN kept USING (name) WHERE users.password = kept.password;
SELECT migrate_seed_run('create_user', '{"username": "john", "email": "john@example.com", "password": "correct-horse-7"}');
SELECT migrate_seed_run('create_user', '{"username": "O''Hara", "email": null, "password": "correct-horse-8", "born": "1985-03-31", "level": -7, "score": 12.50, "verified": true}');
SELECT name, email, role, born, level, CAST(score * 100 AS integer), CASE WHEN verified THEN 'verified' ELSE 'not verified' END FROM users ORDER BY name;
SELECT name FROM users WHERE migrate_password_verify('correct-horse-8', password);
SELECT migrate_seed_run('verify_email', '{"email": "john@example.com"}');
SELECT migrate_seed_run('verify_email', '{"email": "john@example.com"}');
SELECT migrate_seed_run('promote', '{"username": "john"}');
SELECT role FROM users WHERE name = 'john';
SELECT migrate_seed_run('promote', '{"username": "john", "role": "editor"}');
SELECT role FROM users WHERE name = 'john';
SELECT migrate_seed_run('demote', '{"username": "john"}');
SELECT role FROM users WHERE name = 'john';
-- Nobody of that name: an error, and nothing happened.
SELECT migrate_seed_run('promote', '{"username": "nobody"}');
SELECT migrate_seed_run('demote', '{"username": "root"}');
SELECT migrate_seed_run('verify_email', '{"email": "%"}');
SELECT count(*) FROM users WHERE role = 'admin';
-- Missing, unknown, of the wrong type: all of it at once, never the value of a secret one.
SELECT migrate_seed_run('promote');
SELECT migrate_seed_run('promote', '');
SELECT migrate_seed_run('promote', '{}');
SELECT migrate_seed_run('promote', '{"username": null}');
SELECT migrate_seed_run('promote', '{"user": "john"}');
SELECT migrate_seed_run('create_user', '{"username": "x", "mail": 1, "password": {"secret": "correct-horse-9"}, "level": "many correct", "score": "1,5", "verified": "maybe", "born": "soon"}');
SELECT migrate_seed_run('create_user', '{"username": ["x"], "password": 1234567890123, "level": 1.5, "score": true, "verified": 2}');
SELECT migrate_seed_run('create_user', '{"username": "x", "password": "correct-horse-9", "level": 99999999999999999999}');
SELECT migrate_seed_run('create_user', '{"username": "x", "password": "correct-horse-9"');
SELECT migrate_seed_run('create_user', '["correct-horse-9"]');
SELECT migrate_seed_run('create_user', '{"username": "x", "username": "y", "password": "correct-horse-9"}');
SELECT migrate_seed_run('create_user', 'correct-horse-9');
SELECT migrate_seed_run('creat_user', '{"password": "correct-horse-9"}');
-- An error of the database while a secret is bound; and a secret that cannot be hashed.
SELECT migrate_seed_run('strict_user', '{"username": "jim", "password": ""}');
SELECT migrate_seed_run('strict_user', '{"username": "jim", "password": "correct-horse-9 correct-horse-9 correct-horse-9 correct-horse-9 correct-horse-9"}');
SELECT migrate_seed_run('strict_user', '{"username": "jim", "password": "correct-horse-9\u0000"}');
SELECT count(*) FROM users;
-- :name in literals and comments is text; a cast is a cast; each engine its own.
SELECT migrate_seed_run('literals', '{"a": "x''); DROP TABLE users; --", "b": 3}');
SELECT name, role, level FROM users WHERE name LIKE 'literal%' ORDER BY name;
-- A secret parameter used as it is would be stored: that is the seed's own doing, the books have it not.
SELECT revision, outcome, detail FROM migrate_log() WHERE action = 'seed';
SELECT name, state FROM migrate_seed_list();
