-- Create users
--
-- Revision ID: aa01
-- Revises:
-- Create Date: 2024-01-01

-- migrate:up
CREATE TABLE users (user_id integer PRIMARY KEY);

-- migrate:down
DROP TABLE users;
