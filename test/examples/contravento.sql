-- a database for development
SELECT migrate_load('@EXAMPLES@/contravento/migrations');
SELECT migrate_upgrade('head');
SELECT migrate_seed_load('@EXAMPLES@/contravento/seeds');
SELECT migrate_seed('dev');

-- once more
SELECT migrate_load('@EXAMPLES@/contravento/migrations');
SELECT migrate_upgrade('head');
SELECT migrate_seed_load('@EXAMPLES@/contravento/seeds');
SELECT migrate_seed('dev');

-- sample trips, twice
SELECT migrate_seed('sample');
SELECT migrate_seed('sample');

-- seeds of the catalog
SELECT name, profiles, depends_on, requires, kind, tables, rows, state FROM migrate_seed_list();

-- reference data
SELECT code, name, replace(description, '
', '/') FROM cycling_types ORDER BY code;
SELECT code, name, description, requirement, threshold FROM achievements ORDER BY requirement, threshold;

-- users
SELECT username, email, first_name, last_name, role,
    CASE WHEN is_verified THEN 'verified' ELSE 'not verified' END,
    CASE WHEN is_active THEN 'active' ELSE 'not active' END,
    CASE WHEN migrate_password_verify(username || ' in development', password_hash)
        THEN 'password fits' ELSE 'password does not fit' END
FROM users ORDER BY username;
SELECT u.username, p.bio, p.home_town, CASE WHEN CAST(p.links AS text) LIKE '%fotos.contravento.test%' THEN 'with links' END
FROM user_profiles AS p JOIN users AS u ON u.user_id = p.user_id;

-- trips
SELECT u.username, t.title, replace(t.description, '
', '/'), t.cycling_type, t.status, CAST(round(t.distance_km * 100) AS integer), t.start_date,
    coalesce(CAST(t.end_date AS text), 'open'), coalesce(l.name, 'nowhere')
FROM trips AS t
    JOIN users AS u ON u.user_id = t.user_id
    LEFT JOIN locations AS l ON l.location_id = t.start_location_id
ORDER BY t.title;
SELECT t.title, tl.position, l.country_code, l.name, CAST(round(l.latitude * 10000) AS integer)
FROM trip_locations AS tl
    JOIN trips AS t ON t.trip_id = tl.trip_id
    JOIN locations AS l ON l.location_id = tl.location_id
ORDER BY t.title, tl.position;
SELECT t.title, g.file_name, g.file_size, length(g.content_sha256), g.processing,
    CAST(g.elevation_gain_m * 10 AS integer)
FROM gpx_files AS g JOIN trips AS t ON t.trip_id = g.trip_id;

-- stats
SELECT u.username, s.trip_count, CAST(round(s.total_km * 100) AS integer)
FROM user_stats AS s JOIN users AS u ON u.user_id = s.user_id ORDER BY u.username;
SELECT u.username, a.achievement_code
FROM user_achievements AS a JOIN users AS u ON u.user_id = a.user_id
ORDER BY u.username, a.achievement_code;

-- administrator
SELECT migrate_seed_run('admin', '{"username": "root", "password": "correct horse battery"}');
SELECT migrate_seed_run('admin', '{"username": "root", "password": "correct horse battery"}');
SELECT migrate_seed_run('admin', '{"username": "root", "password": "another one"}');
SELECT email, role, CASE WHEN migrate_password_verify('another one', password_hash) THEN 'fits' END
FROM users WHERE username = 'root';

-- operations
SELECT migrate_seed_run('create_user', '{"username": "john", "email": "John@Example.org", "password": "hidden"}');
SELECT migrate_seed_run('verify_email', '{"email": "MATEO@contravento.test"}');
SELECT migrate_seed_run('promote', '{"username": "john"}');
SELECT username, role, CASE WHEN is_verified THEN 'verified' END FROM users ORDER BY username;
SELECT migrate_seed_run('demote', '{"username": "john"}');

-- operations that are refused
SELECT migrate_seed_run('promote', '{"username": "nobody"}');
SELECT migrate_seed_run('create_user', '{"username": "jane", "passwort": "hidden", "email": 7}');
SELECT migrate_seed_run('promot', '{"username": "john"}');
SELECT migrate_seed('production');
UPDATE users SET role = 'user' WHERE username <> 'root';
SELECT migrate_seed_run('demote', '{"username": "root"}');
SELECT username FROM users WHERE role = 'admin';

-- what the developer changed
SELECT table_name, row_number, line, key, state, differs FROM migrate_seed_show('dev_users');
SELECT migrate_seed('dev');

-- a password that still fits is left alone
CREATE TABLE before_run AS SELECT username, password_hash FROM users;
SELECT migrate_seed('dev', '{"force": true}');
SELECT u.username, CASE WHEN u.password_hash = b.password_hash THEN 'the same hash' ELSE 'a new hash' END
FROM users AS u JOIN before_run AS b ON b.username = u.username ORDER BY u.username;
DROP TABLE before_run;

-- clear says what it would do
SELECT migrate_seed_clear('sample');
SELECT count(*) FROM trips;

-- clear, and seed again
SELECT migrate_seed_clear('sample', '{"confirm": "@DATABASE@"}');
SELECT count(*) FROM trips;
SELECT username FROM users ORDER BY username;
SELECT migrate_seed('sample', '{"clear": true, "confirm": "@DATABASE@"}');

-- rows that hang on seeded ones
UPDATE trips SET cycling_type = 'gravel' WHERE title LIKE 'Els %';
INSERT INTO trips (user_id, title, start_date) SELECT user_id, 'Mine', '2024-05-01' FROM users WHERE username = 'root';
SELECT migrate_seed_clear('dev');
SELECT migrate_seed_clear('*', '{"cascade": true}');
SELECT migrate_seed_clear('*', '{"cascade": true, "confirm": "@DATABASE@"}');
SELECT title FROM trips;
SELECT username FROM users ORDER BY username;

-- reset
SELECT migrate_setting('default_profile', 'dev');
SELECT migrate_reset('@DATABASE@');
SELECT username FROM users ORDER BY username;

-- down to base, and all again
SELECT migrate_downgrade('base');
SELECT migrate_seed('sample');
SELECT migrate_upgrade('head');
SELECT migrate_seed_run('sample_trips');
SELECT migrate_downgrade('base');
