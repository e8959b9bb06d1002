-- Deep below
--
-- Revision ID: deep
-- Revises: tags
-- Create Date: 2024-01-04 10:00:00

-- migrate:up
CREATE TABLE deep (id integer PRIMARY KEY);

-- migrate:down
DROP TABLE deep;
