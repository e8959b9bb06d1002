-- Add tags
--
-- Revision ID: 61b7d9a4c0ef
-- Revises: abc123def456
-- Create Date: 2024-02-21 11:00:00

-- migrate:up
CREATE TABLE tags (tag text PRIMARY KEY);

-- migrate:down
DROP TABLE tags;
