-- Add notes
--
-- Revision ID: 1111aaaa2222
-- Revise: abc123def456

-- migrate:up
CREATE TABLE notes (note_id integer PRIMARY KEY);
