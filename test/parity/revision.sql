-- In an empty catalog the first revision is a base.
SELECT migrate_revision('Create all', '{"rev_id": "first"}');
SELECT migrate_load('@DIR@/press');
SELECT migrate_load('@DIR@');
-- Several heads.
SELECT migrate_revision('Add a column', '{"rev_id": "next01"}');
SELECT migrate_revision('Add a column', '{"rev_id": "next01", "head": "head"}');
-- A head by id, prefix, label; by a branch; base.
SELECT migrate_revision('Add a column', '{"rev_id": "next01", "head": "items"}');
SELECT migrate_revision('Add a column', '{"rev_id": "next01", "head": "item"}');
SELECT migrate_revision('Add a column', '{"rev_id": "next01", "head": "press@head"}');
SELECT migrate_revision('Another root', '{"rev_id": "next01", "head": "base", "branch_label": "root", "depends_on": "shop, users"}');
SELECT migrate_revision('Add a column', '{"rev_id": "next01", "head": "nobody"}');
SELECT migrate_revision('Add a column', '{"rev_id": "next01", "head": "blog"}');
-- Not a head: splice.
SELECT migrate_revision('Add a column', '{"rev_id": "next01", "head": "users"}');
SELECT migrate_revision('Add a column', '{"rev_id": "next01", "head": "users", "splice": true, "branch_label": ["side", "way"], "depends_on": ["blog02", "shop"]}');
SELECT migrate_revision('Add a column', '{"rev_id": "next01", "head": "users", "splice": true, "branch_label": "side", "depends_on": ["blog02", "shop"]}');
-- With up it enters the catalog at once.
SELECT migrate_revision('Add riders', '{"rev_id": "riders", "head": "items", "up": "CREATE TABLE riders (id integer PRIMARY KEY);", "down": "DROP TABLE riders;"}');
SELECT revision, revises, state, flags, message FROM migrate_show('riders');
SELECT migrate_upgrade('riders');
SELECT * FROM riders;
-- With a directory it becomes a file, which is read by the next upgrade.
SELECT migrate_revision('Straßen & "Wege"', '{"rev_id": "streets", "head": "blog02", "directory": "@DIR@/press"}');
-- shell: cat press/*streets*
SELECT revision FROM migrate_heads();
-- Both.
SELECT migrate_revision('Add laps', '{"rev_id": "laps", "head": "riders", "directory": "@DIR@", "up": "CREATE TABLE laps (id integer PRIMARY KEY);"}');
-- shell: cat *laps*
SELECT revision FROM migrate_heads();
SELECT migrate_downgrade('riders');
-- A new revision builds on the file that was not loaded yet.
SELECT migrate_revision('On top', '{"rev_id": "top", "head": "streets"}');
-- Never over a file, never twice, no bad ids and labels.
SELECT migrate_revision('Add laps', '{"rev_id": "laps", "head": "laps"}');
SELECT migrate_revision('Bad', '{"rev_id": "no good", "head": "laps"}');
SELECT migrate_revision('Bad', '{"rev_id": "heads", "head": "laps"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "branch_label": "current"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "branch_label": "shop"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "branch_label": "users"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "depends_on": "nobody"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "directory": "@DIR@/nowhere"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "directory": "@DIR@/001_users.sql"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "down": "SELECT 1;"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "up": "COMMIT;"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "up": "SELECT ''open"}');
SELECT migrate_revision('Bad', '{"rev_id": "bad1", "head": "laps", "up": "SELECT 1;\n-- Two\n-- Revision ID: two\n-- migrate:up\n"}');
SELECT migrate_revision('Two
lines', '{"rev_id": "bad1", "head": "laps"}');
SELECT migrate_revision(NULL);
SELECT migrate_revision('');
SELECT migrate_revision('  ');
SELECT revision FROM migrate_heads();
-- shell: ls | grep bad; ls press | grep bad; true
