-- Trips
--
-- Revision ID: bbbb2
-- Revises: aaaa1
-- Create Date: 2024-01-02 10:00:00

-- migrate:up
CREATE TABLE trips (
    id integer PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id)
);
CREATE INDEX trips_user_id ON trips (user_id);

-- migrate:down
DROP TABLE trips;
