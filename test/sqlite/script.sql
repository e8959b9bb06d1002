-- How sections are run: places of errors, settings, foreign keys, verify.
PRAGMA foreign_keys = ON;
PRAGMA recursive_triggers = ON;
CREATE TABLE t (x integer UNIQUE);
CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child (id integer PRIMARY KEY,
    parent_id integer REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);

.print -- places
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up
CREATE TABLE a (x);
  INSERT INTO a VALUES (1),
    (nocolumn);
', 'one.sql');
SELECT migrate_upgrade();
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up
CREATE TABLE a (x); CREATE TABEL b (x);
', 'one.sql');
SELECT migrate_upgrade();
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up
CREATE TABLE t (x);
', 'one.sql');
SELECT migrate_upgrade();
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up
/* a comment */ INSERT INTO t
VALUES (1), (1);
', 'one.sql');
SELECT migrate_upgrade();
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up
SELECT ''é'', ?;
', 'one.sql');
SELECT migrate_upgrade();
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up
BEGIN;
CREATE TABLE a (x);
COMMIT;
', 'one.sql');
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up
VACUUM;
', 'one.sql');
SELECT migrate_upgrade();

.print -- settings are put back
SELECT migrate_add('-- One
-- Revision ID: aaaa1
-- migrate:up
PRAGMA recursive_triggers = OFF;
PRAGMA ignore_check_constraints = ON;
PRAGMA legacy_alter_table = ON;
PRAGMA foreign_keys = OFF;
PRAGMA trusted_schema = OFF;
PRAGMA busy_timeout = 1;
CREATE TRIGGER t_insert AFTER INSERT ON t BEGIN
    SELECT CASE WHEN new.x > 5 THEN 1 ELSE 2 END;
    SELECT 1;
END;
-- migrate:down
DROP TRIGGER t_insert;
', 'one.sql');
SELECT migrate_upgrade();
PRAGMA recursive_triggers;
PRAGMA ignore_check_constraints;
PRAGMA legacy_alter_table;
PRAGMA foreign_keys;
PRAGMA trusted_schema;
PRAGMA busy_timeout;

.print -- deferred constraints are checked at the end of each revision
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up
INSERT INTO child VALUES (10, 1), (11, 2);
-- migrate:down
DELETE FROM child;
', 'two.sql');
SELECT migrate_add('-- Three
-- Revision ID: cccc3
-- Revises: bbbb2
-- migrate:up
INSERT INTO parent VALUES (1), (2);
-- migrate:down
DELETE FROM parent;
', 'three.sql');
SELECT migrate_upgrade();
SELECT count(*) FROM child;
SELECT revision FROM migrate_current();
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up
INSERT INTO child VALUES (10, 1), (11, 2);
INSERT INTO parent VALUES (1), (2);
-- migrate:verify
SELECT count(*) = 2 FROM child;
SELECT x > 0 FROM t;
-- migrate:down
DELETE FROM child;
DELETE FROM parent;
', 'two.sql');
SELECT migrate_upgrade('bbbb2');
SELECT migrate_downgrade('aaaa1');
SELECT count(*) FROM child;

.print -- verify
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up
INSERT INTO t VALUES (7);
-- migrate:verify
SELECT 1;
SELECT x = 8
FROM t;
', 'two.sql');
SELECT migrate_upgrade('bbbb2');
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up
INSERT INTO t VALUES (7);
-- migrate:verify
SELECT max(id) FROM child;
', 'two.sql');
SELECT migrate_upgrade('bbbb2');
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up
INSERT INTO t VALUES (7);
-- migrate:verify
INSERT INTO t VALUES (8) RETURNING 1;
', 'two.sql');
SELECT migrate_upgrade('bbbb2');
SELECT count(*) FROM t;

.print -- no second action below the first
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up
CREATE TEMP VIEW sneaky AS SELECT migrate_downgrade(''base'') AS x;
SELECT x FROM sneaky;
', 'two.sql');
CREATE TEMP VIEW sneaky AS SELECT migrate_downgrade('base') AS x;
SELECT migrate_add('-- Two
-- Revision ID: bbbb2
-- Revises: aaaa1
-- migrate:up
SELECT x FROM sneaky;
', 'two.sql');
SELECT migrate_upgrade('bbbb2');
SELECT revision FROM migrate_current();

.print -- facts that do not fit the text
SELECT migrate_add('-- Facts
-- Revision ID: facts1
-- Revises: aaaa1
-- migrate:up
CREATE TABLE f1 (x);
CREATE TABLE f2 (x);
', 'facts.sql');
UPDATE migrate_revision SET up_facts = replace(up_facts, 's=2', 's=1') WHERE revision = 'facts1';
SELECT migrate_upgrade('facts1');
UPDATE migrate_revision SET up_facts = replace(up_facts, 's=1', 's=3') WHERE revision = 'facts1';
SELECT migrate_upgrade('facts1');
UPDATE migrate_revision SET up_facts = replace(up_facts, 's=3', 's=9999999999999') WHERE revision = 'facts1';
SELECT migrate_upgrade('facts1');
UPDATE migrate_revision SET up_facts = 's=1' || char(10) || 'plain 9999 5 1' WHERE revision = 'facts1';
SELECT migrate_upgrade('facts1');
SELECT name FROM sqlite_schema WHERE name GLOB 'f[12]' ORDER BY name;
