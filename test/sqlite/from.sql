-- Listings and actions in FROM.
.print -- actions
SELECT * FROM migrate_upgrade('head');
SELECT * FROM migrate_upgrade;
SELECT * FROM migrate_load('plain');
SELECT migrate_load();
SELECT migrate_upgrade('head', '{}', 1);

.print -- listings before the tables exist
SELECT count(*) FROM migrate_history();
SELECT migrate_current();
SELECT * FROM migrate_status();
.tables

.print -- listings
SELECT migrate_load('plain');
SELECT migrate_upgrade('aaaa1');
SELECT revision, revises, state, flags, message FROM migrate_history();
SELECT revision FROM migrate_history('aaaa1:bbbb2');
SELECT revision FROM migrate_history WHERE range = 'aaaa1:aaaa1';
SELECT revision, range FROM migrate_history WHERE range = 'pending';
SELECT r.column1, h.revision FROM (VALUES ('pending'), ('aaaa1:aaaa1')) r, migrate_history(r.column1) h;
SELECT revision FROM migrate_history(NULL) ORDER BY revision;
SELECT p.revision, s.message FROM migrate_plan('head') p, migrate_show(p.revision) s;
SELECT h.revision FROM migrate_history() h JOIN migrate_heads() e USING (revision);
SELECT migrate_history('pending');
SELECT revision FROM migrate_history(1);
SELECT revision FROM migrate_show(999);
SELECT migrate_show(999);
SELECT migrate_add(5);
SELECT migrate_repair('aaaa1', 5);
SELECT revision FROM migrate_history('nonsense:');
SELECT revision FROM migrate_show();
SELECT revision FROM migrate_show('zzzz');
SELECT revision FROM migrate_history('head') LIMIT 1;
SELECT id, action, revision, outcome FROM migrate_log() WHERE action = 'upgrade';
SELECT typeof(applied), typeof(last_run), current, heads, applied, pending FROM migrate_status();
CREATE TABLE seen AS SELECT revision, state FROM migrate_history();
SELECT * FROM seen ORDER BY revision;
WITH RECURSIVE up(revision, revises) AS (
    SELECT revision, revises FROM migrate_show('bbbb2')
    UNION ALL SELECT s.revision, s.revises FROM up, migrate_show(up.revises) s WHERE up.revises <> '')
SELECT revision FROM up;

.print -- a file as a blob, an empty answer
SELECT migrate_add(readfile('plain/1_users.sql'), 'again');
SELECT migrate_assert_current();
SELECT migrate_upgrade();
SELECT migrate_assert_current();
