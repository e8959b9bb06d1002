-- Param: a text = '); DROP TABLE victims; --
-- Param: b text = :a $1 ?1 %s
-- Param: n integer = 0
-- seed:apply
INSERT INTO hostile (id, t, v) SELECT (SELECT COALESCE(max(id), 99) + 1 FROM hostile WHERE id >= 100), :a, :b
    WHERE NOT EXISTS (SELECT 1 FROM hostile WHERE t = :a AND id >= 100);
UPDATE hostile SET v = v || ':a' WHERE t = :a AND :n <> 0;
-- seed:clear
DELETE FROM hostile WHERE t = :a AND id >= 100;
