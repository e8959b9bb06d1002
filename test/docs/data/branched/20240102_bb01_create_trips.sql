-- Create trips
--
-- Revision ID: bb01
-- Revises: aa01
-- Create Date: 2024-01-02
-- Branch Labels: trips

-- migrate:up
CREATE TABLE trips (trip_id integer PRIMARY KEY);

-- migrate:down
DROP TABLE trips;
