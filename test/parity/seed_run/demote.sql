-- Param: username text required
-- Expect: 1 row
UPDATE users SET role = 'user' WHERE name = :username;
