-- Creates the administrator, unless there is one.
--
-- Param: username text = admin
-- Param: email text = admin@example.com
-- Param: password text secret required

-- seed:apply
INSERT INTO users (name, email, password, role, verified)
    SELECT :username, :email, migrate_password_hash(:password, 'bcrypt:4'), 'admin', true
    WHERE NOT EXISTS (SELECT 1 FROM users WHERE name = :username);

-- seed:verify
SELECT count(*) = 1 FROM users WHERE name = :username AND role = 'admin';
