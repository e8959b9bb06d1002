-- Takes the role of a member away.
--
-- Param: username text required
-- Expect: 1 row

UPDATE members SET role = 'member' WHERE username = :username;
