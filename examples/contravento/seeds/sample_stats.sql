-- What follows from the sample trips: the numbers of each user, and what they have earned.
--
-- Written so that it can run any number of times: a row is touched only if it is not right.
--
-- Seed: sample_stats
-- Profiles: sample
-- Depends On: achievements, sample_trips

-- seed:apply
INSERT INTO user_stats (user_id, trip_count, total_km)
SELECT t.user_id, count(*), sum(t.distance_km)
FROM trips AS t
WHERE t.status = 'published'
GROUP BY t.user_id
ON CONFLICT (user_id) DO UPDATE
SET trip_count = excluded.trip_count, total_km = excluded.total_km
WHERE user_stats.trip_count <> excluded.trip_count OR user_stats.total_km <> excluded.total_km;

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

-- seed:clear
DELETE FROM user_achievements WHERE user_id IN (SELECT user_id FROM trips);
DELETE FROM user_stats WHERE user_id IN (SELECT user_id FROM trips);

-- seed:verify
SELECT count(*) = 0
FROM trips AS t
WHERE t.status = 'published' AND t.user_id NOT IN (SELECT user_id FROM user_stats);
