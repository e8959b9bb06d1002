-- Add user stats
--
-- A row for each user, filled from the trips that are there, and the achievements that follow from
-- them.
--
-- Revision ID: f25a8d0e4b63
-- Revises: 61b7d9a4c0ef
-- Create Date: 2024-02-26 13:00:00

-- migrate:up engine:postgresql
CREATE TABLE user_stats (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    trip_count integer NOT NULL DEFAULT 0,
    total_km numeric(12, 2) NOT NULL DEFAULT 0
);

-- migrate:up engine:sqlite
CREATE TABLE user_stats (
    user_id text PRIMARY KEY NOT NULL REFERENCES users ON DELETE CASCADE,
    trip_count integer NOT NULL DEFAULT 0,
    total_km real NOT NULL DEFAULT 0
);

-- migrate:up
INSERT INTO user_stats (user_id, trip_count, total_km)
SELECT u.user_id, count(t.trip_id), coalesce(sum(t.distance_km), 0)
FROM users AS u
    LEFT JOIN trips AS t ON t.user_id = u.user_id AND t.status = 'published'
GROUP BY u.user_id;

INSERT INTO user_achievements (user_id, achievement_code)
SELECT s.user_id, a.code
FROM user_stats AS s
    JOIN achievements AS a
        ON (a.requirement = 'trips' AND s.trip_count >= a.threshold)
        OR (a.requirement = 'distance_km' AND s.total_km >= a.threshold)
WHERE NOT EXISTS (
    SELECT 1
    FROM user_achievements AS ua
    WHERE ua.user_id = s.user_id AND ua.achievement_code = a.code
);

-- migrate:down
DROP TABLE user_stats;

-- migrate:verify
SELECT (SELECT count(*) FROM user_stats) = (SELECT count(*) FROM users);
