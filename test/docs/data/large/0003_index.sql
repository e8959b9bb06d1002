-- Find people by name
--
-- Revision ID: a3c95f7d6b18
-- Revises: 8e4f16c03b92

-- migrate:up
CREATE INDEX CONCURRENTLY people_name ON people (name);

-- migrate:down
DROP INDEX CONCURRENTLY people_name;
