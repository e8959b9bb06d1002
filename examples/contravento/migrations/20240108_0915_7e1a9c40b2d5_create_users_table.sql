-- Create users table
--
-- Everybody who can sign in. Addresses are compared without regard to case, so the unique index
-- is on the lower-cased address.
--
-- Revision ID: 7e1a9c40b2d5
-- Revises:
-- Create Date: 2024-01-08 09:15:00

-- migrate:up engine:postgresql
CREATE TABLE users (
    user_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    username text NOT NULL UNIQUE CHECK (length(username) BETWEEN 3 AND 30),
    email text NOT NULL,
    full_name text NOT NULL DEFAULT '',
    password_hash text NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- migrate:up engine:sqlite
CREATE TABLE users (
    user_id text PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))) NOT NULL,
    username text NOT NULL UNIQUE CHECK (length(username) BETWEEN 3 AND 30),
    email text NOT NULL,
    full_name text NOT NULL DEFAULT '',
    password_hash text NOT NULL,
    is_active integer NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- migrate:up
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

-- migrate:down
DROP TABLE users;
