SELECT migrate_load('@DIR@/migrations');
SELECT migrate_seed_load('@DIR@/seeds');
SELECT migrate_upgrade('item01');
SELECT migrate_seed('dev');
SELECT migrate_upgrade();
SELECT migrate_seed('dev');
INSERT INTO items VALUES (5, 'five', 'blue');
-- Without the name of the database it is only said.
SELECT migrate_reset();
SELECT migrate_reset('', '{"profile": "dev"}');
SELECT migrate_reset('wrong', '{"profile": "dev"}');
SELECT count(*) FROM items;
SELECT migrate_reset('@DATABASE@', '{"profile": "dev"}');
SELECT id, name, colour FROM items;
SELECT migrate_reset('@DATABASE@', '{"seed": false}');
SELECT count(*) FROM items;
-- All or nothing: a profile that is not there undoes the whole.
INSERT INTO items VALUES (5, 'five', 'blue');
SELECT migrate_reset('@DATABASE@', '{"profile": "none"}');
SELECT id, name, colour FROM items;
SELECT revision, state FROM migrate_history();
-- shell: printf -- '-- Three\n-- Revision ID: three3\n-- Revises: colour02\n-- migrate:up\nSELECT * FROM not_there;\n-- migrate:down\nSELECT 1;\n' >migrations/003.sql
SELECT migrate_reset('@DATABASE@');
SELECT id, name, colour FROM items;
SELECT revision, state FROM migrate_history();
SELECT action, revision, outcome FROM migrate_log();
