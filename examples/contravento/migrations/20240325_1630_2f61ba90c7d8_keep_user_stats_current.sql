-- Keep user stats current
--
-- A trigger instead of a nightly job: stats follow the published trips of a user.
--
-- Revision ID: 2f61ba90c7d8
-- Revises: a40d7be5319c
-- Create Date: 2024-03-25 16:30:00

-- migrate:up engine:postgresql
CREATE FUNCTION trips_count_published() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.status = 'published' AND OLD.status <> 'published' THEN
        UPDATE user_stats
        SET trip_count = trip_count + 1,
            total_km = total_km + coalesce(NEW.distance_km, 0)
        WHERE user_id = NEW.user_id;
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER trips_published
    AFTER UPDATE OF status ON trips
    FOR EACH ROW EXECUTE FUNCTION trips_count_published();

-- migrate:up engine:sqlite
CREATE TRIGGER trips_published
    AFTER UPDATE OF status ON trips
    WHEN NEW.status = 'published' AND OLD.status <> 'published'
BEGIN
    UPDATE user_stats
    SET trip_count = trip_count + 1,
        total_km = total_km + coalesce(NEW.distance_km, 0)
    WHERE user_id = NEW.user_id;
END;

-- migrate:down engine:postgresql
DROP TRIGGER trips_published ON trips;
DROP FUNCTION trips_count_published();

-- migrate:down engine:sqlite
DROP TRIGGER trips_published;
