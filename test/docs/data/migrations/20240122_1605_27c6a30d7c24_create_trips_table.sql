-- Create trips table
--
-- Revision ID: 27c6a30d7c24
-- Revises: 7e1a9c40b2d5
-- Create Date: 2024-01-22 16:05:00

-- migrate:up
CREATE TABLE trips (
    trip_id integer PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users,
    title text NOT NULL
);
CREATE INDEX trips_user_id_idx ON trips (user_id);

-- migrate:down
DROP TABLE trips;
