-- Create cycling types
--
-- Reference data that the structure relies on: trips name a type.
--
-- Revision ID: c5d2706be94a
-- Revises: 3c8f5d21e6a0
-- Create Date: 2024-01-15 11:20:00

-- migrate:up
CREATE TABLE cycling_types (
    code text PRIMARY KEY NOT NULL CHECK (code = lower(code)),
    name text NOT NULL UNIQUE
);

INSERT INTO cycling_types (code, name)
VALUES
    ('bikepacking', 'Bikepacking'),
    ('commuting', 'Commuting'),
    ('mountain', 'Mountain bike; trails and parks'),
    ('road', 'Road'),
    ('touring', 'Touring');

-- migrate:down
DROP TABLE cycling_types;

-- migrate:verify
SELECT count(*) = 5 FROM cycling_types;
