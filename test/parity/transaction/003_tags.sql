-- Create tags
--
-- Revision ID: tags
-- Revises: trips
-- Create Date: 2024-01-03 10:00:00

-- migrate:up
CREATE TABLE tags (name text PRIMARY KEY);

-- migrate:down
DROP TABLE tags;
