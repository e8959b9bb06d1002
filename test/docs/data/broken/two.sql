-- Add photos
--
-- Revision ID: 3333bbbb4444
-- Revises: 5555cccc6666

-- migrate:up
BEGIN;
CREATE TABLE photos (photo_id integer PRIMARY KEY);
COMMIT;

-- migrate:down
DROP TABLE photos;
