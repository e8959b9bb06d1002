-- Items
-- Revision ID: item01
-- migrate:up
CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL);
-- migrate:down
DROP TABLE items;
