-- Clean up
--
-- Revision ID: outside
-- Revises: price
-- Create Date: 2024-01-08 10:00:00

-- migrate:up transaction:false
ANALYZE;

-- migrate:down
SELECT 1;
