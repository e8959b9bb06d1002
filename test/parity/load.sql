SELECT migrate_load('@DIR@');
SELECT migrate_load('@DIR@');
SELECT migrate_load('@DIR@/');
SELECT migrate_load('@DIR@/.', '{}');
SELECT revision, revises, state, flags, message, created, source FROM migrate_history();
-- A comment changes the text and nothing else.
-- shell: sed -i '1s/.*/-- Create all users/' 001_users.sql
SELECT migrate_load('@DIR@');
SELECT message FROM migrate_show('users');
-- The time of a file alone is no change.
-- shell: touch 001_users.sql 003_tags.sql
SELECT migrate_load('@DIR@');
-- Another name is no change either.
-- shell: mv 001_users.sql 001_all_users.sql
SELECT migrate_load('@DIR@');
SELECT revision, source FROM migrate_show('users');
-- What is not applied may go; the name of the file says nothing.
-- shell: rm -r sub
SELECT migrate_load('@DIR@');
SELECT revision, state, flags FROM migrate_history();
-- What is applied stays, marked as missing, until its file is back.
SELECT migrate_upgrade('trips');
-- shell: mv 002_trips.sql 002_trips.txt; rm 003_tags.sql
SELECT migrate_load('@DIR@');
SELECT migrate_load('@DIR@');
SELECT revision, state, flags, source FROM migrate_history();
SELECT missing FROM migrate_status();
-- The stored text is there for the downgrade.
SELECT migrate_downgrade('-1');
-- shell: mv 002_trips.txt 002_trips.sql
SELECT migrate_load('@DIR@');
SELECT revision, state, flags, source FROM migrate_history();
-- Several things at once.
-- shell: printf -- '-- Four\n-- Revision ID: four\n-- Revises: trips\n-- migrate:up\nCREATE TABLE four (id integer PRIMARY KEY);\n' >004.sql
-- shell: sed -i 's/note text/note text, km integer/' 002_trips.sql
SELECT migrate_load('@DIR@');
SELECT migrate_upgrade();
SELECT km FROM trips;
-- Two directories; a revision that another one loads moves there.
-- shell: mkdir ../two.$$; mv ../two.$$ two; cp 004.sql two/; printf -- '-- Five\n-- Revision ID: five\n-- Revises: four\n-- migrate:up\n' >two/005.sql; rm 004.sql
SELECT migrate_load('@DIR@/two');
SELECT revision, state, flags, source FROM migrate_history();
-- What went missing while it was applied leaves once it is not.
-- shell: rm two/005.sql two/004.sql; printf -- '-- Six\n-- Revision ID: six\n-- migrate:up\n' >two/six.sql
SELECT migrate_load('@DIR@/two');
SELECT migrate_downgrade('trips');
-- shell: printf -- '-- Seven\n-- Revision ID: seven\n-- Revises: six\n-- migrate:up\n' >two/seven.sql
SELECT migrate_stamp('trips');
SELECT revision, state, flags FROM migrate_history();
SELECT migrate_load('@DIR@/two');
SELECT migrate_load('@DIR@/two');
SELECT revision, state, flags FROM migrate_history();
