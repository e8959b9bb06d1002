-- Add gpx_files table
--
-- The track of a trip as it was recorded. A trip has at most one file.
--
-- Revision ID: abc123def456
-- Revises: 27c6a30d7c24
-- Create Date: 2024-02-06 14:30:00

-- migrate:up engine:postgresql
CREATE TABLE gpx_files (
    gpx_file_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    trip_id uuid NOT NULL UNIQUE REFERENCES trips ON DELETE CASCADE,
    file_name text NOT NULL,
    file_size bigint NOT NULL CHECK (file_size BETWEEN 1 AND 10485760),
    content_sha256 bytea NOT NULL CHECK (length(content_sha256) = 32),
    processing text NOT NULL DEFAULT 'pending'
        CHECK (processing IN ('pending', 'processing', 'completed', 'error')),
    elevation_gain_m numeric(8, 1),
    elevation_profile double precision[],
    uploaded_at timestamptz NOT NULL DEFAULT now()
);

-- migrate:up engine:sqlite
CREATE TABLE gpx_files (
    gpx_file_id text PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))) NOT NULL,
    trip_id text NOT NULL UNIQUE REFERENCES trips ON DELETE CASCADE,
    file_name text NOT NULL,
    file_size integer NOT NULL CHECK (file_size BETWEEN 1 AND 10485760),
    content_sha256 blob NOT NULL CHECK (length(content_sha256) = 32),
    processing text NOT NULL DEFAULT 'pending'
        CHECK (processing IN ('pending', 'processing', 'completed', 'error')),
    elevation_gain_m real,
    elevation_profile text CHECK (elevation_profile IS NULL OR json_valid(elevation_profile)),
    uploaded_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- migrate:up
CREATE INDEX gpx_files_processing_idx ON gpx_files (processing) WHERE processing <> 'completed';

-- migrate:down
DROP TABLE gpx_files;
