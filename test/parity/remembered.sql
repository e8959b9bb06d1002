-- Upgrade, plan and status read the directory that was loaded again.
SELECT migrate_load('@DIR@');
SELECT migrate_upgrade();
SELECT migrate_assert_current();
-- shell: printf -- '-- Create points\n-- Revision ID: points\n-- Revises: tags\n-- Create Date: 2024-01-04\n\n-- migrate:up\nCREATE TABLE points (id integer PRIMARY KEY);\n-- migrate:down\nDROP TABLE points;\n' >004_points.sql
SELECT current, heads, applied, pending, changed, missing FROM migrate_status();
SELECT step, operation, revision FROM migrate_plan();
-- Listings of the catalog say what is stored.
SELECT revision FROM migrate_heads();
SELECT migrate_assert_current();
SELECT migrate_upgrade();
SELECT revision FROM migrate_heads();
SELECT migrate_upgrade();
-- A new text of what is pending.
-- shell: printf -- '-- Create laps\n-- Revision ID: laps\n-- Revises: points\n-- migrate:up\nCREATE TABLE laps (id integer PRIMARY KEY);\n' >005_laps.sql
SELECT migrate_load('@DIR@');
-- shell: sed -i 's/TABLE laps/TABLE all_laps/; 1s/laps/all laps/' 005_laps.sql
SELECT pending, changed FROM migrate_status();
SELECT migrate_upgrade();
SELECT * FROM all_laps;
-- Gone: pending ones leave, applied ones are missing.
-- shell: printf -- '-- Never\n-- Revision ID: never\n-- Revises: laps\n-- migrate:up\n' >006_never.sql
SELECT migrate_load('@DIR@');
-- shell: rm 006_never.sql 005_laps.sql
SELECT current, heads, applied, pending, changed, missing FROM migrate_status();
SELECT migrate_upgrade();
SELECT revision, flags FROM migrate_heads();
SELECT migrate_upgrade();
-- A bad file stops an upgrade, not a downgrade, and status still answers.
-- shell: printf 'SELECT 1;\n' >bad.sql
SELECT migrate_upgrade();
SELECT * FROM migrate_plan('head');
SELECT migrate_assert_current();
SELECT current, heads, applied, pending, changed, missing FROM migrate_status();
SELECT step, operation, revision, note FROM migrate_plan('-2');
SELECT migrate_downgrade('tags');
-- shell: rm bad.sql
-- An empty directory or none at all: the catalog holds, and the answer says so.
-- shell: mkdir ../away.$$ && mv *.sql ../away.$$/ && mv ../away.$$ away && mkdir full && mv away/*.sql full/ && rmdir away
SELECT migrate_load('@DIR@/full');
-- shell: mv full gone
SELECT migrate_upgrade('points');
SELECT migrate_upgrade('points');
SELECT migrate_assert_current();
-- shell: mkdir full
SELECT migrate_upgrade();
SELECT current, heads, applied, pending, changed, missing FROM migrate_status();
-- shell: rmdir full; touch full
SELECT migrate_upgrade();
-- The files are back.
-- shell: rm full; mv gone full
SELECT migrate_upgrade();
-- What was made with a text stays whatever happens to files.
SELECT migrate_add('-- From a text
-- Revision ID: texted
-- Revises: points
-- migrate:up');
SELECT step, operation, revision FROM migrate_plan('heads');
-- A directory with a new name: what is left of the old one is missing already, and no word is lost on it.
-- shell: mv full renamed
SELECT migrate_upgrade('points');
SELECT migrate_load('@DIR@/renamed');
SELECT migrate_upgrade('points');
SELECT revision, flags FROM migrate_history() WHERE flags LIKE '%missing%' ORDER BY revision;
