-- Forget the blogs
--
-- Revision ID: oneway
-- Revises: blog02
-- Create Date: 2024-01-07 10:00:00

-- migrate:up
DROP TABLE posts;
DROP TABLE blogs;
