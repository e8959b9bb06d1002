-- One rider an address
--
-- Revision ID: 94e6b0c1d7f8
-- Revises: 3c8f51d7a2b0

-- migrate:up
ALTER TABLE riders ADD joined date;

-- migrate:up transaction:false
SET maintenance_work_mem = '256MB';
CREATE UNIQUE INDEX CONCURRENTLY riders_email ON riders (email);
VACUUM (ANALYZE) riders;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY riders_email;

-- migrate:down
ALTER TABLE riders DROP joined;
