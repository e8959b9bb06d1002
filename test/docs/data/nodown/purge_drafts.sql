-- Purge drafts
--
-- Revision ID: b7f3056c9e2d
-- Revises: abc123def456
-- Create Date: 2024-03-11 14:15:00

-- migrate:up
DELETE FROM trips WHERE title = '';
