-- Add user profiles
--
-- One optional row a user: what other cyclists may see.
--
-- Revision ID: 3c8f5d21e6a0
-- Revises: 7e1a9c40b2d5
-- Create Date: 2024-01-09 10:00:00

-- migrate:up engine:postgresql
CREATE TABLE user_profiles (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    bio text NOT NULL DEFAULT '',
    home_town text,
    links jsonb NOT NULL DEFAULT '[]',
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- migrate:up engine:sqlite
CREATE TABLE user_profiles (
    user_id text PRIMARY KEY NOT NULL REFERENCES users ON DELETE CASCADE,
    bio text NOT NULL DEFAULT '',
    home_town text,
    links text NOT NULL DEFAULT '[]' CHECK (json_valid(links)),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- migrate:down
DROP TABLE user_profiles;
