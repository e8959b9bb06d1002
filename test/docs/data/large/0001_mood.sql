-- Happy users
--
-- Revision ID: 5d20b7a9c1e4

-- migrate:up
ALTER TYPE mood ADD VALUE 'happy';

-- migrate:down
