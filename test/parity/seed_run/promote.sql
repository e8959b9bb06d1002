-- Param: username text required
-- Param: role text = admin
-- Expect: 1 row
UPDATE users SET role = :role WHERE name = :username;
