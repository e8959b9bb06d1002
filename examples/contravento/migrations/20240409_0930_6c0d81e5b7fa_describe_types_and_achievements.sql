-- Describe types and achievements
--
-- Texts for the pages that list them. The rows are filled by the seeds.
--
-- Revision ID: 6c0d81e5b7fa
-- Revises: e17b3c9d5a42
-- Create Date: 2024-04-09 09:30:00

-- migrate:up
ALTER TABLE cycling_types ADD COLUMN description text NOT NULL DEFAULT '';
ALTER TABLE achievements ADD COLUMN description text NOT NULL DEFAULT '';

-- migrate:down
ALTER TABLE achievements DROP COLUMN description;
ALTER TABLE cycling_types DROP COLUMN description;
