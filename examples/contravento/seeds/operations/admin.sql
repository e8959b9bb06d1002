-- The administrator of a new installation.
--
-- Running it again changes nothing, unless the password is another one.
--
-- Seed: admin
-- Requires: e17b3c9d5a42
-- Param: username text = admin
-- Param: email text = admin@contravento.example
-- Param: password text secret required
-- Expect: at most 1 row

-- seed:apply
INSERT INTO users (username, email, password_hash, role, is_verified)
SELECT :username, :email, migrate_password_hash(:password), 'admin', true
WHERE NOT EXISTS (SELECT 1 FROM users WHERE username = :username);

UPDATE users
SET password_hash = migrate_password_hash(:password)
WHERE username = :username AND NOT migrate_password_verify(:password, password_hash);

-- seed:verify
SELECT role = 'admin' FROM users WHERE username = :username;
