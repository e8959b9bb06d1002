-- Seed: admin
-- Profiles: full
-- Depends On: countries
-- Requires: users1
-- The administrator.

-- seed:apply
INSERT INTO users (name) SELECT 'admin' WHERE NOT EXISTS (SELECT 1 FROM users WHERE name = 'admin');

-- seed:clear
DELETE FROM users WHERE name = 'admin';
