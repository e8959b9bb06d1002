-- Passwords as literals of a script: refused in a text that is stored, allowed in a file.
CREATE TABLE users (name text PRIMARY KEY, password text);
-- Each literal with its place, also of named arguments, further in, and beside others.
SELECT migrate_seed_add('-- seed:apply
INSERT INTO users VALUES (''ann'', migrate_password_hash(''blue lorry 11''));
UPDATE users SET password = MIGRATE_PASSWORD_HASH ( /* here */
    (coalesce(NULL, ''green ferry 12'')), ''bcrypt:4'')
WHERE migrate_password_verify(''red tractor 13'', password);
-- seed:clear
DELETE FROM users WHERE "migrate_password_verify"(''red tractor 13'', migrate_password_hash(''blue lorry 11''));
', 'literals.sql');
-- As each engine writes them, whichever reads it.
SELECT migrate_seed_add('-- seed:apply engine:postgresql
INSERT INTO users VALUES (''ann'', public.migrate_password_hash(E''blue\x20lorry 11''));
INSERT INTO users VALUES (''bob'', migrate_password_hash(scheme => ''bcrypt:4'', password => $$green ferry 12$$));
DO $body$BEGIN PERFORM migrate_password_hash(''purple barge 14'');
  PERFORM migrate_password_hash(password := ''purple barge 14''); END$body$;
-- seed:apply engine:sqlite
INSERT INTO users VALUES (''ann'', [migrate_password_hash](''blue lorry 11'', ''bcrypt:4''));
', 'engines.sql');
SELECT name FROM migrate_seed_list();
-- What is no password in clear: a parameter, a column, a scheme, a hash, a word in a comment or a literal.
SELECT migrate_seed_add('-- Param: password text secret required
-- seed:apply
INSERT INTO users VALUES (''ann'', migrate_password_hash(:password, ''bcrypt:4'')); -- not migrate_password_hash(''x'')
INSERT INTO users SELECT ''migrate_password_hash(x)'', migrate_password_hash(coalesce(name, ''''), ''bcrypt:4'') FROM users
    WHERE migrate_password_verify(:password, password) AND NOT migrate_password_verify(name, ''$2b$04$5O48MBs09GzgSAtkOMUcyekIVGyw15QCYHd/NnsaNSa37KUfC.qEG'');
UPDATE users SET password = migrate_password_hash((SELECT name FROM users WHERE name = ''ann''), ''bcrypt:4'') WHERE name <> ''ann'';
', 'good.sql');
SELECT migrate_seed_run('good', '{"password": "blue lorry 11"}');
SELECT name FROM users WHERE migrate_password_verify('ann', password);
DELETE FROM users;
-- A file: its text is kept nowhere.
-- shell: printf '%s\n' "INSERT INTO users SELECT 'ann', migrate_password_hash('blue lorry 11', 'bcrypt:4') WHERE NOT EXISTS (SELECT 1 FROM users);" >ann.sql
SELECT migrate_seed_load('@DIR@');
SELECT migrate_seed_run('ann');
SELECT name FROM users WHERE migrate_password_verify('blue lorry 11', password);
SELECT name, kind, state FROM migrate_seed_list();
SELECT action, revision, detail FROM migrate_log() WHERE action = 'seed';
