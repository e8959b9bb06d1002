-- Create blogs
--
-- Revision ID: blog01
-- Revises: users
-- Create Date: 2024-01-02 12:00:00
-- Branch Labels: press

-- migrate:up
CREATE TABLE blogs (id integer PRIMARY KEY, owner integer NOT NULL REFERENCES users (id));

-- migrate:down
DROP TABLE blogs;
