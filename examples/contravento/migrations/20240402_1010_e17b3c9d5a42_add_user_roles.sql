-- Add user roles
--
-- Who may administer, and whose address is known to be theirs.
--
-- Revision ID: e17b3c9d5a42
-- Revises: 2f61ba90c7d8
-- Create Date: 2024-04-02 10:10:00

-- migrate:up
ALTER TABLE users ADD COLUMN role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin'));

-- migrate:up engine:postgresql
ALTER TABLE users ADD COLUMN is_verified boolean NOT NULL DEFAULT false;

-- migrate:up engine:sqlite
ALTER TABLE users ADD COLUMN is_verified integer NOT NULL DEFAULT 0 CHECK (is_verified IN (0, 1));

-- migrate:down
ALTER TABLE users DROP COLUMN is_verified;
ALTER TABLE users DROP COLUMN role;
