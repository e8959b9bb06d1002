-- Create orders
--
-- Revision ID: orders
-- Revises: users
-- Create Date: 2024-01-02 10:00:00
-- Branch Labels: shop

-- migrate:up
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id));
CREATE INDEX orders_user_id ON orders (user_id);

-- migrate:down
DROP TABLE orders;
