-- Gives a member a role.
--
-- Seed: promote
-- Requires: 5e0d41c7a9b2
-- Param: username text required
-- Param: role text = organiser
-- Expect: 1 row

-- seed:apply
UPDATE members SET role = :role WHERE username = :username;
