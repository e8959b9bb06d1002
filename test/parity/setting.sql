SELECT migrate_setting('environment');
SELECT migrate_setting('default_profile');
SELECT migrate_setting('colour');
SELECT migrate_setting('');
SELECT migrate_setting('environment', 'two words');
SELECT migrate_setting('environment', 'production');
SELECT migrate_setting('environment');
SELECT migrate_setting('default_profile', 'dev');
SELECT migrate_setting('default_profile');
SELECT migrate_setting('default_profile', '');
-- What destroys needs consent in production.
CREATE TABLE t (id integer PRIMARY KEY, v text);
SELECT migrate_add('-- One
-- Revision ID: one1
-- migrate:up
CREATE TABLE u (id integer);
-- migrate:down
DROP TABLE u;');
SELECT migrate_upgrade();
SELECT migrate_seed_add('id,v
1,a
', 't.csv');
SELECT migrate_seed();
SELECT migrate_seed('*', '{"force": true, "confirm": "no"}');
SELECT migrate_downgrade('base', '{"confirm": "no"}');
SELECT migrate_downgrade('-1');
SELECT migrate_downgrade('base');
SELECT migrate_stamp('one1', '{"purge": true, "confirm": "no"}');
SELECT migrate_stamp('one1', '{"purge": true}');
SELECT migrate_seed('*', '{"force": true}');
SELECT migrate_seed('*', '{"force": true, "confirm": "@DATABASE@"}');
SELECT migrate_reset('no');
SELECT migrate_setting('environment', 'test');
SELECT migrate_seed('*', '{"force": true}');
SELECT migrate_stamp('one1', '{"purge": true}');
SELECT migrate_downgrade('base');
