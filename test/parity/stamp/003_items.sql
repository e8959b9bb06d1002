-- Create items
--
-- Revision ID: items
-- Revises: orders
-- Create Date: 2024-01-03 10:00:00

-- migrate:up
CREATE TABLE items (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders (id));

-- migrate:down
DROP TABLE items;
