-- Add trip search
--
-- A generated column: words for full text search in PostgreSQL, lower-cased text in SQLite.
--
-- Revision ID: b7f3056c9e2d
-- Revises: 4d9ec27a108b
-- Create Date: 2024-03-11 14:15:00

-- migrate:up engine:postgresql
ALTER TABLE trips ADD COLUMN search tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', title || ' ' || description)) STORED;
CREATE INDEX trips_search_idx ON trips USING gin (search);

-- migrate:up engine:sqlite
ALTER TABLE trips ADD COLUMN search text
    GENERATED ALWAYS AS (lower(title || ' ' || description)) VIRTUAL;
CREATE INDEX trips_search_idx ON trips (search);

-- migrate:down
DROP INDEX trips_search_idx;
ALTER TABLE trips DROP COLUMN search;
