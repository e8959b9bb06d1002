-- Add ratings
--
-- Revision ID: 4d9ec27a108b
-- Revises: abc123def456
-- Create Date: 2024-03-04 09:00:00

-- migrate:up
CREATE TABLE ratings (rating_id integer PRIMARY KEY);
INSERT INTO ratings (rating_id)
VALUES (1);
INSERT INTO ratings (rating_id)
VALUES (1);

-- migrate:down
DROP TABLE ratings;
