-- The text of the scripts is each engine's own; here is what both say alike.
SELECT migrate_upgrade_sql();
SELECT migrate_load('@DIR@');
SELECT migrate_upgrade_sql();
SELECT migrate_upgrade_sql('head');
SELECT migrate_upgrade_sql('nobody');
SELECT migrate_upgrade_sql('nobody:head');
SELECT migrate_upgrade_sql('base:nobody');
SELECT migrate_upgrade_sql('base:');
SELECT migrate_upgrade_sql(':items');
SELECT migrate_upgrade_sql('a:b:c');
SELECT migrate_upgrade_sql('items:items');
SELECT migrate_upgrade_sql('items:users');
SELECT migrate_upgrade_sql('base');
SELECT migrate_upgrade_sql('+9');
SELECT migrate_downgrade_sql(NULL);
SELECT migrate_downgrade_sql('');
SELECT migrate_downgrade_sql('base');
SELECT migrate_downgrade_sql('items');
SELECT migrate_downgrade_sql('users:items');
SELECT migrate_downgrade_sql('-1');
SELECT migrate_add('-- One way
-- Revision ID: oneway
-- Revises: items
-- migrate:up', 'oneway.sql');
SELECT migrate_downgrade_sql('oneway:base');
-- Nothing of it touches the database.
SELECT * FROM migrate_status();
SELECT count(*) FROM migrate_log();
