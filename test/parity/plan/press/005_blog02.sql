-- Create posts
--
-- Revision ID: blog02
-- Revises: blog01
-- Create Date: 2024-01-04 10:00:00
-- Depends On: orders

-- migrate:up
CREATE TABLE posts (id integer PRIMARY KEY, order_id integer REFERENCES orders (id));

-- migrate:down
DROP TABLE posts;
