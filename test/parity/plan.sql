SELECT migrate_load('@DIR@');
SELECT * FROM migrate_plan('blog02');
SELECT * FROM migrate_plan('oneway');
SELECT step, operation, revision, message, statements, "transaction" FROM migrate_plan('heads');
SELECT step, operation, revision, message, statements, "transaction" FROM migrate_plan('shop@head');
SELECT * FROM migrate_plan();
SELECT * FROM migrate_plan('+2');
SELECT * FROM migrate_plan('-1');
SELECT * FROM migrate_plan('base');
SELECT * FROM migrate_plan('nobody');
SELECT * FROM migrate_plan('+99');
SELECT revision FROM migrate_current();
SELECT migrate_upgrade('price');
SELECT migrate_upgrade('blog02');
INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Cy');
INSERT INTO orders VALUES (1, 1), (2, 2);
INSERT INTO items VALUES (1, 1, 100);
-- What a downgrade would lose.
SELECT * FROM migrate_plan('base');
SELECT * FROM migrate_plan('-1');
SELECT * FROM migrate_plan(-2);
SELECT * FROM migrate_plan('press@base');
SELECT * FROM migrate_plan('items');
-- What an upgrade would lose, and what cannot be undone.
SELECT * FROM migrate_plan('oneway');
SELECT migrate_upgrade('oneway');
SELECT * FROM migrate_plan('blog02');
SELECT migrate_downgrade('blog02');
-- What was only stamped.
SELECT migrate_stamp('outside');
SELECT step, operation, revision, statements, note FROM migrate_plan('price');
SELECT * FROM migrate_plan('head');
SELECT * FROM migrate_plan('heads');
-- A table that is not there any more.
DROP TABLE items;
SELECT step, operation, revision, note FROM migrate_plan('orders');
