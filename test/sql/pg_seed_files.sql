-- Seeds in files of the server: streamed, and closed whatever happens.
\set place `mktemp -d "$MIG_TMP/seeds.XXXXXX"`
\setenv PLACE :place
\! chmod 777 "$PLACE"; mkdir "$PLACE/good" "$PLACE/bad"; chmod 777 "$PLACE/good"
\! seq 1 20000 | sed 's/.*/&,name &,"quoted ""&"""/' | sed '1i id,name,note' >"$PLACE/good/many.csv"
\! printf 'few:\n  - {id: 1, name: one}\n' >"$PLACE/good/few.yaml"
\! printf '\357\273\277{"few": [{"id": 2, "name": "two"}]}' >"$PLACE/good/more.json"
\! mkfifo "$PLACE/bad/pipe.csv"; printf 'id,name\n1,one\n2\n' >"$PLACE/bad/ragged.csv"; printf 'a: [' >"$PLACE/bad/open.yaml"
CREATE EXTENSION migrate;
CREATE ROLE regress_migrate_files;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_migrate_files;
CREATE TABLE many (id int PRIMARY KEY, name text, note text);
CREATE TABLE few (id int PRIMARY KEY, name text);
\pset tuples_only on
\pset format unaligned
SELECT replace(l, :'place', '@') FROM migrate_seed_load(:'place' || '/good') AS l;
SELECT migrate_seed();
SELECT count(*), sum(id), min(note) FROM many;
SELECT * FROM few ORDER BY id;
SELECT migrate_seed();
SELECT name, kind, rows, state FROM migrate_seed_list();
SELECT state, count(*) FROM migrate_seed_show('many') GROUP BY state;

-- A row at the end that cannot be written: nothing is, and the place is named.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 19999 THEN
        RAISE EXCEPTION 'refused';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON many FOR EACH ROW EXECUTE FUNCTION refuse();
TRUNCATE many;
SELECT migrate_seed();
SELECT count(*) FROM many;
DO $$
BEGIN
    FOR i IN 1..3 LOOP
        BEGIN
            PERFORM migrate_seed();
        EXCEPTION WHEN raise_exception THEN
            RAISE NOTICE '%', SQLERRM;
        END;
    END LOOP;
END $$;
SELECT migrate_seed();

-- A cancel in the middle; no file of the seeds stays open in this process (Linux tells).
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 15000 THEN
        PERFORM pg_sleep(60);
    END IF;
    RETURN NEW;
END $$;
SET statement_timeout = '200ms';
DO $$
BEGIN
    PERFORM migrate_seed();
EXCEPTION WHEN query_canceled THEN
    RAISE NOTICE '%', SQLERRM;
END $$;
RESET statement_timeout;
DROP TRIGGER refuse ON many;
SELECT count(*) FROM many;
SELECT pg_backend_pid() AS pid \gset
\setenv PID :pid
\! test -e /proc/$PID/fd/0 && ls -l /proc/$PID/fd | grep -c "$PLACE"

-- What can be wrong.
SELECT replace(l, :'place', '@') FROM migrate_seed_load(:'place' || '/bad') AS l;
SET ROLE regress_migrate_files;
SELECT replace(l, :'place', '@') FROM migrate_seed_load('/') AS l;
RESET ROLE;
\! rm "$PLACE/good/many.csv"; mkfifo "$PLACE/good/many.csv"
SELECT migrate_seed();

DROP OWNED BY regress_migrate_files;
DROP ROLE regress_migrate_files;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP TABLE many, few;
DROP FUNCTION refuse;
RESET client_min_messages;
DROP EXTENSION migrate;
\! rm -rf "$PLACE"
