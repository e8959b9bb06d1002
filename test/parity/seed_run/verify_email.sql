-- Param: email text required
-- Expect: 1 row
UPDATE users SET verified = true WHERE email = :email;
