-- Drop full_name
--
-- A release after the split: no program reads the column any more. Going down brings it back and
-- fills it.
--
-- Revision ID: a40d7be5319c
-- Revises: 08ac4e6d51f7
-- Create Date: 2024-03-22 08:15:00

-- migrate:up
ALTER TABLE users DROP COLUMN full_name;

-- migrate:down
ALTER TABLE users ADD COLUMN full_name text NOT NULL DEFAULT '';
UPDATE users SET full_name = trim(first_name || ' ' || last_name);
