SELECT migrate_load(NULL);
SELECT migrate_load('');
SELECT migrate_load('  ');
SELECT migrate_load('@DIR@/nowhere');
-- shell: echo 'SELECT 1;' >file.sql
SELECT migrate_load('@DIR@/file.sql');
-- shell: rm file.sql; mkdir empty; echo nothing >empty/notes.txt
SELECT migrate_load('@DIR@/empty');
SELECT migrate_load('@DIR@/empty', '{"recursive": true}');
SELECT migrate_load('@DIR@/empty', 'recursive');
-- Nothing of a directory is stored when one of its files is bad, and all complaints come at once.
-- shell: printf -- '-- Good\n-- Revision ID: good\n-- migrate:up\nSELECT 1;\n' >good.sql
-- shell: printf 'SELECT 1;\n' >no_header.sql
SELECT migrate_load('@DIR@');
SELECT revision FROM migrate_history();
-- shell: printf -- '-- Half\n-- Revision ID: half\n-- migrate:up\nCREATE TABLE half (\n  name text DEFAULT '\''open\n);\n' >half.sql
-- shell: printf -- '-- Unclean\n-- Revision ID: unclean\n-- migrate:up\nCOMMIT;\nSELECT 1;\n  ROLLBACK;\n' >unclean.sql
-- shell: printf -- '-- Caf\351\n-- Revision ID: latin\n-- migrate:up\nSELECT 1;\n' >latin.sql
-- shell: printf '' >nothing.sql
-- shell: mkdir sub; printf -- '-- Typo\n-- Revision ID: typo\n-- Revise: good\n-- migrate:up\n' >sub/typo.sql
SELECT migrate_load('@DIR@');
SELECT revision FROM migrate_history();
SELECT * FROM migrate_status();
-- Without the bad ones it loads.
-- shell: rm no_header.sql half.sql unclean.sql latin.sql nothing.sql; rm -r sub
SELECT migrate_load('@DIR@');
-- One that goes bad later leaves everything as it was.
-- shell: printf 'half a scr' >good.sql
SELECT migrate_load('@DIR@');
SELECT revision, flags FROM migrate_history();
-- UTF-16, and a NUL.
-- shell: printf -- '\377\376-\000-\000' >good.sql
SELECT migrate_load('@DIR@');
-- shell: printf -- '-- Nul\n-- Revision ID: good\n-- migrate:up\nSELECT \0001;\n' >good.sql
SELECT migrate_load('@DIR@');

-- A file that was loaded and cannot be read any more is not an unchanged one.
-- shell: mkdir grown; printf -- '-- Grown\n-- Revision ID: grown01\n-- migrate:up\n' >grown/grown.sql; sleep 0.2; chmod -R a+rX grown
SELECT migrate_load('@DIR@/grown');
SELECT migrate_load('@DIR@/grown');
-- shell: truncate -s 300M grown/grown.sql
SELECT migrate_load('@DIR@/grown');
SELECT revision, state FROM migrate_history();
