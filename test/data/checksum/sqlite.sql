CREATE TABLE [order items] (`a b` TEXT, "c""d" TEXT DEFAULT 'it''s');
CREATE TRIGGER r AFTER INSERT ON [order items] BEGIN SELECT 1; END;
UPDATE t SET a = b->>'$.x' || -1 WHERE c<=?1;
