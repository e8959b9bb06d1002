-- Create riders table
--
-- Revision ID: 3c8f51d7a2b0

-- migrate:up
CREATE TABLE riders (
    rider_id int PRIMARY KEY,
    email text NOT NULL
);
INSERT INTO riders VALUES (1, 'ada@example.org'), (2, 'ada@example.org');

-- migrate:down
DROP TABLE riders;
