-- Seeds inside a transaction of the caller, with foreign keys, with triggers that end it.
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE trips (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users, later INTEGER REFERENCES users DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE mine (x);
SELECT migrate_seed_add('users: [{id: 1, name: ann}, {id: 2, name: bob}]', 'users.yaml');

.print -- rolled back with it
BEGIN;
INSERT INTO mine VALUES (1);
SELECT migrate_seed();
ROLLBACK;
SELECT count(*) FROM users;
SELECT name, state FROM migrate_seed_list();

.print -- committed with it
BEGIN;
INSERT INTO mine VALUES (1);
SELECT migrate_seed();
SELECT migrate_seed();
COMMIT;
SELECT count(*) FROM users;
SELECT name, state FROM migrate_seed_list();

.print -- a failure leaves what the caller did
SELECT migrate_seed_add('trips: [{id: 1, user_id: 1}, {id: 2, user_id: 9}]', 'trips.yaml');
PRAGMA foreign_keys = ON;
BEGIN;
INSERT INTO mine VALUES (2);
SELECT migrate_seed();
COMMIT;
SELECT count(*) FROM trips;
SELECT x FROM mine;

.print -- a deferred key
SELECT migrate_seed_add('trips: [{id: 1, user_id: 1, later: 7}]', 'trips.yaml');
SELECT migrate_seed();
SELECT count(*) FROM trips;

.print -- without foreign keys
PRAGMA foreign_keys = OFF;
SELECT migrate_seed();
SELECT count(*) FROM trips;
DELETE FROM trips;
PRAGMA foreign_keys = ON;
SELECT migrate_seed_add('trips: []', 'trips.yaml');

.print -- a trigger that ends the transaction: the caller's is lost as a whole
CREATE TRIGGER no_cleo BEFORE INSERT ON users WHEN NEW.name = 'cleo' BEGIN SELECT RAISE(ROLLBACK, 'no cleo here'); END;
SELECT migrate_seed_add('users: [{id: 3, name: dora}, {id: 4, name: cleo}]', 'users.yaml');
SELECT migrate_seed();
SELECT count(*) FROM users;
BEGIN;
INSERT INTO mine VALUES (3);
SELECT migrate_seed();
SELECT x FROM mine;
COMMIT;
DROP TRIGGER no_cleo;
CREATE TRIGGER no_cleo BEFORE INSERT ON users WHEN NEW.name = 'cleo' BEGIN SELECT RAISE(ABORT, 'no cleo here'); END;
SELECT migrate_seed();
SELECT count(*) FROM users;
DROP TRIGGER no_cleo;

.print -- from where it cannot be called
INSERT INTO mine SELECT migrate_seed();
SELECT migrate_seed() FROM users;
CREATE TEMP VIEW seeds AS SELECT migrate_seed();
SELECT * FROM migrate_seed_show('users');
BEGIN;
SELECT table_name, key, state, differs FROM migrate_seed_show('users');
ROLLBACK;

.print -- read only
PRAGMA query_only = ON;
SELECT migrate_seed();
SELECT state FROM migrate_seed_show('users');
