-- Link trips to locations
--
-- A trip starts somewhere and passes through any number of places, in order.
--
-- Revision ID: 5a6e2c9f0b18
-- Revises: d41f80b95e72
-- Create Date: 2024-02-19 09:30:00

-- migrate:up
ALTER TABLE trips ADD COLUMN start_location_id integer REFERENCES locations ON DELETE SET NULL;
CREATE INDEX trips_start_location_id_idx ON trips (start_location_id);

-- migrate:up engine:postgresql
CREATE TABLE trip_locations (
    trip_id uuid NOT NULL REFERENCES trips ON DELETE CASCADE,
    position integer NOT NULL CHECK (position > 0),
    location_id integer NOT NULL REFERENCES locations,
    PRIMARY KEY (trip_id, position)
);

-- migrate:up engine:sqlite
CREATE TABLE trip_locations (
    trip_id text NOT NULL REFERENCES trips ON DELETE CASCADE,
    position integer NOT NULL CHECK (position > 0),
    location_id integer NOT NULL REFERENCES locations,
    PRIMARY KEY (trip_id, position)
) WITHOUT ROWID;

-- migrate:up
CREATE INDEX trip_locations_location_id_idx ON trip_locations (location_id);

-- migrate:down
DROP TABLE trip_locations;
DROP INDEX trips_start_location_id_idx;
ALTER TABLE trips DROP COLUMN start_location_id;
