-- From where an action may be called, and from where not.
SELECT migrate_load('plain');
CREATE TABLE one (x);
CREATE TABLE unique_one (x UNIQUE);
INSERT INTO unique_one VALUES (1);
INSERT INTO one VALUES (1);

.print -- a bare SELECT, a subselect, a common table expression, VALUES, WHERE
SELECT migrate_upgrade('+1');
SELECT (SELECT migrate_upgrade('+1'));
WITH run AS (SELECT migrate_downgrade(-1) AS answer) SELECT answer FROM run;
SELECT migrate_upgrade('head') FROM (VALUES (1));
SELECT 'was at head' WHERE migrate_upgrade('head') LIKE '%bbbb2 (head)%';
EXPLAIN QUERY PLAN SELECT migrate_downgrade('base');
SELECT revision FROM migrate_current();

.print -- reading statements
SELECT migrate_downgrade('base') FROM one;
SELECT migrate_downgrade('base') FROM json_each('[1]');
SELECT migrate_downgrade('base'), (SELECT x FROM one);
SELECT (SELECT x FROM one), migrate_downgrade('base');
SELECT migrate_downgrade('base') FROM migrate_heads();

.print -- writing statements
INSERT INTO one SELECT migrate_downgrade('base');
INSERT INTO one VALUES (migrate_downgrade('base'));
UPDATE one SET x = migrate_downgrade('base');
DELETE FROM one WHERE x = migrate_downgrade('base');
CREATE TABLE two AS SELECT migrate_downgrade('base');
CREATE TEMP TABLE two AS SELECT migrate_downgrade('base');
INSERT INTO one VALUES (2) RETURNING migrate_downgrade('base');
INSERT INTO unique_one VALUES (1) ON CONFLICT DO UPDATE SET x = migrate_downgrade('base');

.print -- the schema
CREATE TRIGGER one_insert AFTER INSERT ON one BEGIN SELECT migrate_downgrade('base'); END;
INSERT INTO one VALUES (3);
DROP TRIGGER IF EXISTS one_insert;
CREATE VIEW one_view AS SELECT migrate_downgrade('base');
SELECT * FROM one_view;
CREATE VIEW current_view AS SELECT * FROM migrate_current();
SELECT * FROM current_view;
DROP VIEW one_view;
DROP VIEW current_view;
CREATE TABLE d (x DEFAULT (migrate_downgrade('base')));
INSERT INTO d DEFAULT VALUES;
CREATE INDEX one_x ON one (migrate_downgrade('base'));
CREATE TABLE g (x, y AS (migrate_downgrade('base')));
CREATE TABLE c (x CHECK (migrate_downgrade('base') IS NOT NULL));
INSERT INTO c VALUES (1);
CREATE TEMP TRIGGER one_temp AFTER INSERT ON one BEGIN SELECT migrate_downgrade('base'); END;
INSERT INTO one VALUES (4);
DROP TRIGGER one_temp;
CREATE TEMP VIEW two AS SELECT migrate_upgrade('head');
SELECT * FROM two;

.print -- nothing of all this was done
SELECT revision FROM migrate_current();
SELECT x FROM one ORDER BY x;
PRAGMA integrity_check;
