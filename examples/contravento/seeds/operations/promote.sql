-- Makes a user an administrator.
--
-- Seed: promote
-- Requires: e17b3c9d5a42
-- Param: username text required
-- Expect: 1 row

-- seed:apply
UPDATE users SET role = 'admin' WHERE username = :username;
