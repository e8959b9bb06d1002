-- Create trips
--
-- Revision ID: trips
-- Revises: users
-- Create Date: 2024-01-02 10:00:00

-- migrate:up
CREATE TABLE trips (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id), note text);

-- migrate:down
DROP TABLE trips;
