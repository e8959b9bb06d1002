-- Deferred constraints are checked at the end of each revision, and stay deferred afterwards.
CREATE EXTENSION migrate;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (
    id int PRIMARY KEY,
    parent int CONSTRAINT has_parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED,
    place int CONSTRAINT one_place UNIQUE DEFERRABLE INITIALLY IMMEDIATE
);

-- A violation is found while the revision is known.
SELECT migrate_add($$
-- Orphan
--
-- Revision ID: d001

-- migrate:up
INSERT INTO child VALUES (1, 99, 1);

-- Next
--
-- Revision ID: d002
-- Revises: d001

-- migrate:up
ALTER TABLE child ADD note text;
-- migrate:down
ALTER TABLE child DROP note;
$$, 'orphan.sql');
SELECT migrate_upgrade();
SELECT count(*) FROM child;

-- In good order within the revision; the next one may ALTER the table.
SELECT migrate_add($$
-- Child first
--
-- Revision ID: d001

-- migrate:up
INSERT INTO child VALUES (1, 99, 1);
INSERT INTO parent VALUES (99);
-- migrate:down
DELETE FROM parent;
DELETE FROM child;
$$, 'orphan.sql');
BEGIN;
SELECT migrate_upgrade();
-- Still deferred for the caller.
INSERT INTO child VALUES (2, 98, 2);
INSERT INTO parent VALUES (98);
COMMIT;
SELECT count(*) FROM child;

-- A script that defers what is not deferred by itself.
SELECT migrate_add($$
-- Swap
--
-- Revision ID: d003
-- Revises: d002

-- migrate:up
SET CONSTRAINTS one_place DEFERRED;
UPDATE child SET place = 2 WHERE id = 1;
$$, 'swap.sql');
SELECT migrate_upgrade();
SELECT migrate_add($$
-- Swap
--
-- Revision ID: d003
-- Revises: d002

-- migrate:up
SET CONSTRAINTS one_place DEFERRED;
UPDATE child SET place = 2 WHERE id = 1;
UPDATE child SET place = 1 WHERE id = 2;
-- migrate:down
UPDATE child SET place = id;
$$, 'swap.sql');
SELECT migrate_upgrade();
SELECT id, place FROM child ORDER BY id;

-- A caller who has set constraints immediate keeps them so.
CREATE TABLE other (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT migrate_downgrade(-1);
INSERT INTO child VALUES (3, 1000, 3);
ROLLBACK;

-- What the caller has queued before the run stays queued until his commit.
BEGIN;
INSERT INTO other VALUES (1000);
SELECT migrate_downgrade('d002');
SELECT migrate_upgrade();
COMMIT;

-- A constraint trigger.
CREATE FUNCTION at_the_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM other) THEN
        RAISE EXCEPTION 'other is empty';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER not_empty AFTER DELETE ON other DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION at_the_end();
INSERT INTO other VALUES (98);
SELECT migrate_add($$
-- Empties
--
-- Revision ID: d004
-- Revises: d003

-- migrate:up
DELETE FROM other;
$$, 'empties.sql');
SELECT migrate_upgrade();
SELECT count(*) FROM other;

DROP TABLE other, child, parent;
DROP FUNCTION at_the_end();
-- A trigger at the end of a revision may queue work for a constraint that was looked at already.
CREATE TABLE first_place (id int);
CREATE TABLE second_place (id int);
CREATE FUNCTION second_step() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''second step''; END';
CREATE FUNCTION first_step() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO second_place VALUES (1); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER second_step AFTER INSERT ON second_place DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION second_step();
CREATE CONSTRAINT TRIGGER first_step AFTER INSERT ON first_place DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION first_step();
SELECT count(*) > 0 FROM migrate_add($$
-- Steps
-- Revision ID: steps

-- migrate:up
INSERT INTO first_place VALUES (1);
$$);
SELECT migrate_upgrade('steps');
DROP TABLE first_place, second_place;
DROP FUNCTION first_step(), second_step();

SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
DROP EXTENSION migrate;
