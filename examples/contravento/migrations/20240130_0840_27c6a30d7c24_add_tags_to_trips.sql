-- Add tags to trips
--
-- An array in PostgreSQL, a JSON array in SQLite. Ticket: CV-112
--
-- Revision ID: 27c6a30d7c24
-- Revises: 9b04e7f6a1c3
-- Create Date: 2024-01-30 08:40:00

-- migrate:up engine:postgresql
ALTER TABLE trips ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
CREATE INDEX trips_tags_idx ON trips USING gin (tags);

-- migrate:up engine:sqlite
ALTER TABLE trips ADD COLUMN tags text NOT NULL DEFAULT '[]' CHECK (json_valid(tags));

-- migrate:down engine:postgresql
DROP INDEX trips_tags_idx;

-- migrate:down
ALTER TABLE trips DROP COLUMN tags;
