-- Seed: rename
-- Param: username text required

UPDATE members SET username = :new_name WHERE username = :username;
