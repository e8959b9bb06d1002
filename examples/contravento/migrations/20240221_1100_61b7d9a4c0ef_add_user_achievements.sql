-- Add user achievements
--
-- Who earned what, and where: the place is a row of the other branch.
--
-- Revision ID: 61b7d9a4c0ef
-- Revises: e80c1f7b3d94
-- Create Date: 2024-02-21 11:00:00
-- Depends On: routes

-- migrate:up engine:postgresql
CREATE TABLE user_achievements (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    achievement_code text NOT NULL REFERENCES achievements ON UPDATE CASCADE,
    location_id integer REFERENCES locations ON DELETE SET NULL,
    awarded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, achievement_code)
);

-- migrate:up engine:sqlite
CREATE TABLE user_achievements (
    user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
    achievement_code text NOT NULL REFERENCES achievements ON UPDATE CASCADE,
    location_id integer REFERENCES locations ON DELETE SET NULL,
    awarded_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (user_id, achievement_code)
) WITHOUT ROWID;

-- migrate:up
CREATE INDEX user_achievements_achievement_code_idx ON user_achievements (achievement_code);
CREATE INDEX user_achievements_location_id_idx ON user_achievements (location_id);

-- migrate:down
DROP TABLE user_achievements;
