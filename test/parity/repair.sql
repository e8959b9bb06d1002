SELECT migrate_load('@DIR@');
SELECT migrate_upgrade('trips');
-- The up section of an applied revision is frozen.
-- shell: sed -i 's/name text NOT NULL/name text NOT NULL, mail text/' 001_users.sql
SELECT migrate_load('@DIR@');
SELECT migrate_upgrade();
SELECT * FROM migrate_plan();
SELECT migrate_assert_current();
SELECT applied, pending, changed FROM migrate_status();
-- A downgrade runs what is stored and looks at no file.
SELECT migrate_downgrade('users');
SELECT migrate_repair('tags');
SELECT migrate_repair('nobody');
SELECT migrate_repair(NULL);
SELECT migrate_repair('');
SELECT migrate_repair('users');
SELECT migrate_repair('users');
SELECT migrate_upgrade();
SELECT action, revision, outcome, detail FROM migrate_log();
-- Parents and dependencies are frozen too.
-- shell: sed -i 's/^-- Revises: users/-- Revises: base/' 002_trips.sql
SELECT migrate_load('@DIR@');
-- shell: sed -i 's/^-- Revises: base/-- Revises: users\n-- Depends On: users/' 002_trips.sql
SELECT migrate_load('@DIR@');
-- shell: sed -i '/Depends On/d' 002_trips.sql
-- So is what a verify section asks.
-- shell: printf -- '-- migrate:verify\nSELECT 1 = 1;\n' >>002_trips.sql
SELECT migrate_load('@DIR@');
SELECT migrate_repair('trips');
-- Several edited files at once.
-- shell: sed -i 's/note text/note integer/' 002_trips.sql; sed -i 's/name text/word text/' 003_tags.sql
SELECT migrate_load('@DIR@');
-- shell: sed -i 's/note integer/note text/' 002_trips.sql; sed -i 's/word text/name text/' 003_tags.sql
-- A changed down section, label, or message of an applied revision is taken, and logged.
-- shell: sed -i 's/^DROP TABLE tags/DROP TABLE IF EXISTS tags/; s/^-- Create tags/-- Create all tags\n-- Branch Labels: cloud/' 003_tags.sql
SELECT migrate_load('@DIR@');
SELECT action, revision, outcome, detail FROM migrate_log() WHERE action = 'load';
SELECT migrate_downgrade(-1);
-- What was stamped has never run here, so its sections may change, its parents may not.
SELECT migrate_stamp('tags');
-- shell: sed -i 's/name text/word text/' 003_tags.sql
SELECT migrate_load('@DIR@');
-- shell: sed -i 's/^-- Revises: trips/-- Revises: users/' 003_tags.sql
SELECT migrate_load('@DIR@');
SELECT migrate_repair('tags');
SELECT revision, revises, state, flags FROM migrate_history();
-- shell: sed -i 's/^-- Revises: users/-- Revises: tags/' 003_tags.sql
SELECT migrate_repair('tags');
-- shell: sed -i 's/^-- Revises: tags/-- Revises: nowhere/' 003_tags.sql
SELECT migrate_repair('tags');
-- shell: rm 003_tags.sql
SELECT migrate_repair('tags');
-- A parent that is not applied.
-- shell: printf -- '-- Create tags\n-- Revision ID: tags\n-- Revises: later\n-- migrate:up\n' >003_tags.sql; printf -- '-- Later\n-- Revision ID: later\n-- Revises: trips\n-- migrate:up\n' >004_later.sql
SELECT migrate_repair('tags');
SELECT migrate_load('@DIR@');
-- shell: rm 003_tags.sql
SELECT migrate_load('@DIR@');
-- shell: printf -- '-- Create tags\n-- Revision ID: tags\n-- Revises: later\n-- migrate:up\n' >003_tags.sql
SELECT migrate_repair('tags');
-- shell: rm 003_tags.sql
-- From a text.
SELECT migrate_add('-- From a text
-- Revision ID: texted
-- Revises: trips
-- migrate:up
CREATE TABLE texted (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE texted;');
SELECT migrate_upgrade('texted');
SELECT migrate_add('-- From a text
-- Revision ID: texted
-- Revises: trips
-- migrate:up
CREATE TABLE texted (id integer);
-- migrate:down
DROP TABLE texted;');
SELECT migrate_repair('texted');
SELECT migrate_repair('texted', '-- Another
-- Revision ID: another
-- migrate:up');
SELECT migrate_repair('texted', '-- From a text
-- Revision ID: texted
-- Revises: trips
-- migrate:up
CREATE TABLE texted (id integer);
-- migrate:down
DROP TABLE texted;');
SELECT migrate_downgrade(-1);
