-- Seed: options
-- Depends On: a_users
-- Param: colour text = green
-- seed:apply
INSERT INTO options (name, value) SELECT 'colour', :colour WHERE NOT EXISTS (SELECT 1 FROM options WHERE name = 'colour');
-- seed:clear
DELETE FROM options WHERE name = 'colour';
-- seed:verify
SELECT count(*) = 1 FROM options WHERE name = 'colour';
