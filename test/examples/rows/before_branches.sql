-- Rows of a small database as it stood before the branches: the same on both engines.
INSERT INTO users (username, email, full_name, password_hash) VALUES
    ('ada', 'Ada@example.org', 'Ada Lovelace', 'x'),
    ('grace', 'grace@example.org', 'Grace Brewster Hopper', 'x'),
    ('cher', 'cher@example.org', 'Cher', 'x');

INSERT INTO trips (user_id, title, description, status, distance_km, start_date, end_date)
SELECT user_id, 'Over the Alps', 'Innsbruck to Verona', 'published', 320.25, '2023-07-01', '2023-07-06'
FROM users WHERE username = 'ada';

INSERT INTO trips (user_id, title, status, distance_km, start_date)
SELECT user_id, 'Round the lake', 'published', 64, '2023-08-12' FROM users WHERE username = 'grace';

INSERT INTO trips (user_id, title, status, distance_km, start_date)
SELECT user_id, 'Not finished', 'draft', 900, '2023-09-01' FROM users WHERE username = 'grace';
