-- Split user names
--
-- full_name becomes first_name and last_name; the first blank divides them. Going down joins them
-- again.
--
-- Revision ID: 08ac4e6d51f7
-- Revises: b7f3056c9e2d
-- Create Date: 2024-03-18 10:30:00

-- migrate:up
ALTER TABLE users ADD COLUMN first_name text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN last_name text NOT NULL DEFAULT '';

-- migrate:up engine:postgresql
UPDATE users
SET first_name = split_part(full_name, ' ', 1),
    last_name = substr(full_name, length(split_part(full_name, ' ', 1)) + 2);

-- migrate:up engine:sqlite
UPDATE users
SET first_name = substr(full_name, 1, instr(full_name || ' ', ' ') - 1),
    last_name = substr(full_name, instr(full_name || ' ', ' ') + 1);

-- migrate:verify
SELECT count(*) = 0 FROM users WHERE trim(first_name || ' ' || last_name) <> full_name;

-- migrate:down
UPDATE users SET full_name = trim(first_name || ' ' || last_name);
ALTER TABLE users DROP COLUMN last_name;
ALTER TABLE users DROP COLUMN first_name;
