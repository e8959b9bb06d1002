-- Param: username text required
-- Depends On: admin
-- Expect: 1 row

-- seed:apply
UPDATE users SET role = 'admin' WHERE name = :username;
