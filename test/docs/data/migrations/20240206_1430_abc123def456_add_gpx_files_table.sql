-- Add gpx_files table
--
-- The track of a trip as it was recorded.
-- Ticket: CV-112
--
-- Revision ID: abc123def456
-- Revises: 27c6a30d7c24
-- Create Date: 2024-02-06 14:30:00

-- migrate:up engine:postgresql
CREATE TABLE gpx_files (
    gpx_file_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    trip_id integer NOT NULL UNIQUE REFERENCES trips,
    recorded_at timestamptz
);

-- migrate:up engine:sqlite
CREATE TABLE gpx_files (
    gpx_file_id text PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
    trip_id integer NOT NULL UNIQUE REFERENCES trips,
    recorded_at text
);

-- migrate:down
DROP TABLE gpx_files;

-- migrate:verify
SELECT count(*) = 0 FROM gpx_files;
