SELECT * FROM migrate_status();
SELECT migrate_load('@DIR@');
SELECT * FROM migrate_status();
SELECT migrate_assert_current();
SELECT migrate_upgrade('users');
SELECT current, heads, applied, pending, changed, missing FROM migrate_status();
SELECT migrate_assert_current();
SELECT migrate_upgrade('head');
SELECT current, heads, applied, pending, changed, missing FROM migrate_status();
SELECT migrate_assert_current();
SELECT migrate_downgrade('-1');
SELECT migrate_stamp('tags');
SELECT id, action, target, revision, outcome, detail FROM migrate_log();
SELECT substr(last_run, 21) FROM migrate_status();
SELECT count(*) FROM migrate_log() WHERE at > '2024' AND length(at) = 20 AND who <> '' AND (duration_ms >= 0 OR action = 'stamp');
-- A failed run leaves no line: it was rolled back with everything else, and said so.
SELECT migrate_add('-- Bad
-- Revision ID: bad
-- Revises: tags
-- migrate:up
INSERT INTO nowhere VALUES (1);', 'bad.sql');
SELECT migrate_upgrade();
SELECT count(*) FROM migrate_log();
SELECT migrate_assert_current();
-- Several heads.
SELECT migrate_add('-- Branch
-- Revision ID: branch
-- Revises: users
-- migrate:up
-- migrate:down', 'branch.sql');
SELECT current, heads, applied, pending, changed, missing FROM migrate_status();
SELECT migrate_upgrade('branch');
SELECT current, heads, applied, pending, changed, missing FROM migrate_status();
SELECT migrate_stamp('heads');
SELECT migrate_assert_current();
