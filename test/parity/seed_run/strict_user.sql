-- Param: username text required
-- Param: password text secret required
INSERT INTO users (name, email, password) VALUES (:username, 'first@example.com', :password);
UPDATE users SET password = migrate_password_hash(:password, 'bcrypt:4') WHERE name = :username;
INSERT INTO users (name, email, password) VALUES (:username, :password, :password);
