-- Quotes, backslashes, percent signs, line ends and other letters pass through unharmed.
SELECT migrate_add('-- It''s "100%" done: C:\new, %s, ''quoted'' and ünïcödé ✓
--
-- Zweite Zeile: äöü
-- %d %n
--
-- Revision ID: q.1_A
-- migrate:up
CREATE TABLE "Straße ""x""" (id integer PRIMARY KEY, "größe %" text DEFAULT ''it''''s; -- "x"'');
INSERT INTO "Straße ""x""" (id) VALUES (1);
-- migrate:down
DROP TABLE "Straße ""x""";', 'Ünï cödé "%s".sql');
SELECT message, description, source FROM migrate_show('q.1_A');
SELECT migrate_upgrade();
SELECT * FROM "Straße ""x""";
SELECT step, message, note FROM migrate_plan('base');
SELECT migrate_downgrade('base');
-- Errors show the statement as it is, and count characters, not bytes.
SELECT migrate_add('-- Bad
-- Revision ID: bad
-- Revises: q.1_A
-- migrate:up
/* ünïcödé */ INSERT INTO "nö %s" VALUES (''ü'');', 'nö "%s".sql');
SELECT migrate_upgrade();
-- A message that looks like SQL, and one that is long.
SELECT migrate_revision('''); DROP TABLE users; --', '{"rev_id": "x1", "head": "q.1_A", "splice": true}');
SELECT migrate_revision('🚲 vélo', '{"rev_id": "x1", "head": "q.1_A", "splice": true}');
SELECT migrate_revision('Ein sehr langer Titel, der in keinem Dateinamen ganz Platz hat, weil er immer weiter und weiter geht', '{"rev_id": "x1", "head": "q.1_A", "splice": true}');
SELECT migrate_revision('Revision ID: evil', '{"rev_id": "x1", "head": "q.1_A", "splice": true}');
SELECT migrate_revision('migrate:up', '{"rev_id": "x1", "head": "q.1_A", "splice": true}');
SELECT migrate_revision('Revises: nobody', '{"rev_id": "x1", "head": "q.1_A", "splice": true}');
-- Targets with anything in them.
SELECT migrate_upgrade('%s%n');
SELECT migrate_upgrade('"');
SELECT migrate_upgrade('ü');
SELECT migrate_upgrade('q.1_A');
-- A directory with blanks and quotes.
-- shell: mkdir "it's a %d \"dir\""; printf -- '-- Deep\n-- Revision ID: deep\n-- Revises: q.1_A\n-- migrate:up\n' >"it's a %d \"dir\"/deep one.sql"
SELECT migrate_load('@DIR@/it''s a %d "dir"');
SELECT source FROM migrate_show('deep');
-- A name with a line end or what is not UTF-8 is refused: it would be shown in every message.
SELECT migrate_add('-- Named
-- Revision ID: named
-- Revises: q.1_A
-- migrate:up', 'two
lines.sql');
-- shell: mkdir names; printf -- '-- Bad\n-- Revision ID: bad1\n-- migrate:up\n' >"names/$(printf 'a\tb').sql"
SELECT migrate_load('@DIR@/names');
