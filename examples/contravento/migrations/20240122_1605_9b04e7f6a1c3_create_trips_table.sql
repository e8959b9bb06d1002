-- Create trips table
--
-- Revision ID: 9b04e7f6a1c3
-- Revises: c5d2706be94a
-- Create Date: 2024-01-22 16:05:00

-- migrate:up engine:postgresql
CREATE TABLE trips (
    trip_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    cycling_type text NOT NULL DEFAULT 'touring' REFERENCES cycling_types,
    title text NOT NULL CHECK (title <> ''),
    description text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published')),
    distance_km numeric(8, 2) CHECK (distance_km >= 0),
    start_date date NOT NULL,
    end_date date CHECK (end_date >= start_date),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- migrate:up engine:sqlite
CREATE TABLE trips (
    trip_id text PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))) NOT NULL,
    user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
    cycling_type text NOT NULL DEFAULT 'touring' REFERENCES cycling_types,
    title text NOT NULL CHECK (title <> ''),
    description text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published')),
    distance_km real CHECK (distance_km >= 0),
    start_date text NOT NULL,
    end_date text CHECK (end_date >= start_date),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- migrate:up
CREATE INDEX trips_user_id_idx ON trips (user_id, start_date);
CREATE INDEX trips_cycling_type_idx ON trips (cycling_type);
CREATE INDEX trips_published_idx ON trips (start_date) WHERE status = 'published';

-- migrate:down
DROP TABLE trips;
