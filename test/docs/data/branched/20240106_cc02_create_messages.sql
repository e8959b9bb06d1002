-- Create messages
--
-- Revision ID: cc02
-- Revises: cc01
-- Create Date: 2024-01-06

-- migrate:up
CREATE TABLE messages (message_id integer PRIMARY KEY);

-- migrate:down
DROP TABLE messages;
