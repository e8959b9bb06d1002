-- Create users table
--
-- Revision ID: 7e1a9c40b2d5
-- Revises:
-- Create Date: 2024-01-08 09:15:00

-- migrate:up
CREATE TABLE users (user_id integer PRIMARY KEY, email text NOT NULL UNIQUE);

-- migrate:down
DROP TABLE users;
