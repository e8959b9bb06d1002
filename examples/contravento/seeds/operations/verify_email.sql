-- Marks an address as verified, when the message with the link got lost.
--
-- Seed: verify_email
-- Requires: e17b3c9d5a42
-- Param: email text required
-- Expect: 1 row

-- seed:apply
UPDATE users SET is_verified = true WHERE lower(email) = lower(:email);
