-- What a script may look like.
-- Keys in any order and case, a description, other keys.
SELECT migrate_add('-- Create users
--
-- All of them.
-- Ticket: AB-1
-- branch labels: people, accounts
-- CREATE DATE: 2024-02-06T14:30:00+01:00
-- revises: base
-- Revision ID: users

-- migrate:up
CREATE TABLE users (id integer PRIMARY KEY);
');
SELECT revision, revises, labels, created, message, description FROM migrate_show('users');
-- No date, no message, nothing to do.
SELECT migrate_add('-- Revision ID: bare
-- Revises: users
-- migrate:up');
SELECT revision, revises, created, message, description FROM migrate_show('bare');
SELECT migrate_upgrade();
-- CRLF, and a byte order mark.
-- shell: mkdir ends; printf -- '\357\273\277-- Ends\r\n-- Revision ID: ends\r\n-- Revises: bare\r\n\r\n-- migrate:up\r\nCREATE TABLE ends (\r\n  id integer PRIMARY KEY\r\n);\r\n-- migrate:down\r\nDROP TABLE ends;\r\n' >ends/ends.sql
SELECT migrate_load('@DIR@/ends');
SELECT revision, revises, message FROM migrate_show('ends');
SELECT migrate_upgrade();
-- The same with LF is the same revision.
-- shell: printf -- '-- Ends\n-- Revision ID: ends\n-- Revises: bare\n\n-- migrate:up\nCREATE TABLE ends (\n  id integer PRIMARY KEY\n);\n-- migrate:down\nDROP TABLE ends;\n' >ends/ends.sql
SELECT migrate_load('@DIR@/ends');
-- So is one with other comments and blanks.
-- shell: printf -- '-- Ends\n-- Revision ID: ends\n-- Revises: bare\n\n-- migrate:up\nCREATE   TABLE ends (id /* the key */ integer PRIMARY KEY);\n-- migrate:down\nDROP TABLE ends; -- gone\n' >ends/ends.sql
SELECT migrate_load('@DIR@/ends');
-- Sections of one kind run in the order of the file.
SELECT migrate_add('-- Sections
-- Revision ID: sections
-- Revises: ends
-- migrate:up
CREATE TABLE steps (n integer, said text);
INSERT INTO steps VALUES (1, ''one; two'');
-- migrate:down
DELETE FROM steps WHERE n = 2;
-- migrate:up
INSERT INTO steps VALUES (2, ''-- no comment'');
-- migrate:down
DROP TABLE steps');
SELECT migrate_upgrade();
SELECT * FROM steps ORDER BY n;
SELECT migrate_downgrade(-1);
SELECT revision FROM migrate_current();
