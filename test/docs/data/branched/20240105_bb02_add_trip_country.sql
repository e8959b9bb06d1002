-- Add trip country
--
-- Revision ID: bb02
-- Revises: bb01
-- Create Date: 2024-01-05
-- Depends On: reference

-- migrate:up
ALTER TABLE trips ADD COLUMN country text;

-- migrate:down
ALTER TABLE trips DROP COLUMN country;
