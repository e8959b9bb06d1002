-- Create countries
--
-- Revision ID: dd01
-- Revises:
-- Create Date: 2024-01-04
-- Branch Labels: reference

-- migrate:up
CREATE TABLE countries (code text PRIMARY KEY);

-- migrate:down
DROP TABLE countries;
