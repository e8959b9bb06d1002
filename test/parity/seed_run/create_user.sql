-- Seed: create_user
-- Param: username text required
-- Param: email text
-- Param: password text secret required
-- Param: born date
-- Param: level integer = 1
-- Param: score numeric
-- Param: verified boolean = false
-- Expect: 1 row

INSERT INTO users (name, email, password, born, level, score, verified)
    VALUES (:username, :email, migrate_password_hash(:password, 'bcrypt:4'), :born, :level, :score, :verified);
