-- A user whose address needs no verification: for support, and for tests.
--
-- Seed: create_user
-- Requires: e17b3c9d5a42
-- Param: username text required
-- Param: email text required
-- Param: password text secret required
-- Param: first_name text =
-- Param: last_name text =
-- Expect: 1 row

-- seed:apply
INSERT INTO users (username, email, password_hash, first_name, last_name, is_verified)
VALUES (:username, :email, migrate_password_hash(:password), :first_name, :last_name, true);
