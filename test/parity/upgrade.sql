SELECT migrate_load('@DIR@');
-- By id, by prefix, by label, by a branch.
SELECT migrate_upgrade('users');
SELECT migrate_upgrade('users');
SELECT migrate_upgrade('order');
SELECT migrate_upgrade('press');
SELECT migrate_upgrade('press@blog02');
SELECT migrate_downgrade('base');
-- What it depends on comes along.
SELECT migrate_upgrade('blog02');
SELECT * FROM posts;
SELECT migrate_downgrade('base');
SELECT migrate_upgrade('joined-1');
SELECT migrate_upgrade('joined');
SELECT migrate_downgrade('base');
SELECT migrate_upgrade('users+1');
SELECT migrate_upgrade('orders+1');
SELECT migrate_upgrade('shop@users+1');
SELECT migrate_upgrade('press@head');
SELECT migrate_upgrade('head');
SELECT migrate_upgrade('head');
SELECT migrate_upgrade('heads');
SELECT migrate_upgrade();
SELECT migrate_upgrade('');
SELECT migrate_upgrade('current');
SELECT migrate_upgrade('base');
SELECT migrate_downgrade('base');
-- Several heads.
-- shell: rm 006_joined.sql
SELECT migrate_load('@DIR@');
SELECT migrate_upgrade();
SELECT migrate_upgrade('head');
SELECT migrate_upgrade('shop@head');
SELECT migrate_upgrade('heads');
SELECT migrate_upgrade('heads');
SELECT migrate_downgrade('base');
-- Steps.
SELECT migrate_upgrade('+1');
SELECT migrate_upgrade('+2');
SELECT migrate_upgrade('press@+1');
SELECT migrate_upgrade('+2');
SELECT migrate_upgrade('+1');
SELECT migrate_upgrade('+1');
SELECT migrate_upgrade('shop@+1');
-- The log has each of it.
SELECT id, action, target, revision, outcome, detail FROM migrate_log();
