-- Create achievements
--
-- What a cyclist can earn. The rows belong to the structure: the program knows their codes.
--
-- Revision ID: e80c1f7b3d94
-- Revises: abc123def456
-- Create Date: 2024-02-14 15:45:00
-- Branch Labels: achievements

-- migrate:up
CREATE TABLE achievements (
    code text PRIMARY KEY NOT NULL,
    name text NOT NULL,
    requirement text NOT NULL CHECK (requirement IN ('trips', 'distance_km')),
    threshold integer NOT NULL CHECK (threshold > 0),
    UNIQUE (requirement, threshold)
);

INSERT INTO achievements (code, name, requirement, threshold)
VALUES
    ('first_trip', 'First trip', 'trips', 1),
    ('explorer', 'Explorer', 'trips', 10),
    ('century', 'One hundred kilometres', 'distance_km', 100),
    ('globetrotter', 'Once around: 40,000 km', 'distance_km', 40000);

-- migrate:down
DROP TABLE achievements;
