-- Revision ID: a1
-- migrate:up
 -- visiorevision ID: a1
-- migrate:up
 -- migrate:mimigrate:migra- Crea-- Re_files table
--
-- Ticket: AB-1
-- Revision ID: abc123def456
-- Revises: 27c6a30d7c24
--- Depends On: users, b_1
-- Branch Lab%ls: gpx

-- migrate:up
CREATE TABLE g p engine:postgresql
CREATE INDEX vision ID: a1