-- Revision ID: a1
-- migrate:up
2;
-- migrate:down-- B
-- Revision oID: b2
-- migrate:up
