-- Create friends
--
-- Revision ID: cc01
-- Revises: aa01
-- Create Date: 2024-01-03
-- Branch Labels: social

-- migrate:up
CREATE TABLE friends (friend_id integer PRIMARY KEY);

-- migrate:down
DROP TABLE friends;
