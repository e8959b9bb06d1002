\set ON_ERROR_STOP on
\set scripts `cat migrations/*.sql`
SELECT migrate_add(:'scripts', 'release');
CALL migrate_upgrade_online();
SELECT migrate_assert_current();
