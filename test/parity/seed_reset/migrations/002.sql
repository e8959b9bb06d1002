-- Colours
-- Revision ID: colour02
-- Revises: item01
-- migrate:up
ALTER TABLE items ADD COLUMN colour text;
-- migrate:down
ALTER TABLE items DROP COLUMN colour;
