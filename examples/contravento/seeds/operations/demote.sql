-- Makes an administrator a plain user again. The last one stays.
--
-- Seed: demote
-- Requires: e17b3c9d5a42
-- Param: username text required
-- Expect: 1 row

-- seed:apply
UPDATE users SET role = 'user' WHERE username = :username;

-- seed:verify
SELECT count(*) > 0 FROM users WHERE role = 'admin';
