-- Merge routes and achievements
--
-- Revision ID: 4d9ec27a108b
-- Revises: 5a6e2c9f0b18, f25a8d0e4b63
-- Create Date: 2024-03-04 09:00:00

-- migrate:up

-- migrate:down
