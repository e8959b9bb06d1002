-- Join shop and press
--
-- Revision ID: joined
-- Revises: items, blog02
-- Create Date: 2024-01-05 10:00:00

-- migrate:up
CREATE TABLE tags (name text PRIMARY KEY);

-- migrate:down
DROP TABLE tags;
