-- Add a price
--
-- Revision ID: price
-- Revises: items
-- Create Date: 2024-01-06 10:00:00

-- migrate:up
ALTER TABLE items ADD COLUMN price integer;

-- migrate:down
ALTER TABLE items DROP COLUMN price;
