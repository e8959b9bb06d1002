-- Create users
--
-- Revision ID: users
-- Revises: 
-- Create Date: 2024-01-01 10:00:00

-- migrate:up
CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);

-- migrate:down
DROP TABLE users;
