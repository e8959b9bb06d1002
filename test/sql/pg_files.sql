-- Files of the server: who may read and write them, where they are looked for, what can be wrong.
\set place `mktemp -d "$MIG_TMP/files.XXXXXX"`
\setenv PLACE :place
\! chmod 777 "$PLACE"; mkdir "$PLACE/app" "$PLACE/app/more" "$PLACE/app/.git" "$PLACE/empty" "$PLACE/new"; chmod 777 "$PLACE/new"
\! printf -- '-- One\n--\n-- Revision ID: f001\n\n-- migrate:up\nCREATE TABLE f_one (id int);\n-- migrate:down\nDROP TABLE f_one;\n' >"$PLACE/app/one.sql"
\! printf -- '-- Two\n--\n-- Revision ID: f002\n-- Revises: f001\n\n-- migrate:up\nCREATE TABLE f_two (id int);\n-- migrate:down\nDROP TABLE f_two;\n' >"$PLACE/app/more/two.sql"
\! printf 'no script' >"$PLACE/app/.git/hidden.sql"; printf 'no script' >"$PLACE/app/readme.txt"; ln -s .. "$PLACE/app/more/loop"; ln -s nowhere "$PLACE/app/dangling.sql"; mkfifo "$PLACE/app/pipe.sql"
CREATE EXTENSION migrate;
CREATE ROLE regress_migrate_files;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_migrate_files;
CREATE FUNCTION say(call text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    place text := current_setting('regress.place');
    line text; detail text; hint text; state text;
BEGIN
    FOR line IN EXECUTE replace(call, '@', place) LOOP
        RETURN NEXT replace(line, place, '@');
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        state = RETURNED_SQLSTATE;
    RETURN NEXT 'ERROR:  ' || state || ' ' || replace(SQLERRM, place, '@');
    IF detail <> '' THEN
        RETURN NEXT 'DETAIL:  ' || replace(detail, place, '@');
    END IF;
    IF hint <> '' THEN
        RETURN NEXT 'HINT:  ' || replace(hint, place, '@');
    END IF;
END $$;
SELECT set_config('regress.place', :'place', false) <> '' AS placed;
\pset tuples_only on
\pset format unaligned

-- Everything below the directory but what is hidden, a link to nothing, or no file.
SELECT say($$SELECT migrate_load('@/app')$$);
SELECT say($$SELECT migrate_load('@/app/')$$);
SELECT say($$SELECT migrate_load('@/new/../app/more/..')$$);
SELECT revision, state, replace(source, :'place', '@') FROM migrate_history();

-- What can be wrong.
SELECT say($$SELECT migrate_load('app')$$);
SELECT say($$SELECT migrate_load('')$$);
SELECT say($$SELECT migrate_load(NULL)$$);
SELECT say($$SELECT migrate_load('@/nowhere')$$);
SELECT say($$SELECT migrate_load('@/app/one.sql')$$);
SELECT say($$SELECT migrate_load('@/empty')$$);
\! printf -- '-- Bad\n--\n-- Revision ID: f003\n\n-- migrate:up\nSELECT 1;\n\377\n' >"$PLACE/empty/bad.sql"
SELECT say($$SELECT migrate_load('@/empty')$$);
\! printf -- '-- Zero\n--\n-- Revision ID: f003\n\n-- migrate:up\nSELECT 1;\000\n' >"$PLACE/empty/bad.sql"
SELECT say($$SELECT migrate_load('@/empty')$$);
\! rm "$PLACE/empty/bad.sql"; ln -s /proc/self/mem "$PLACE/empty/strange.sql"
SELECT say($$SELECT migrate_load('@/empty')$$);

\! rm "$PLACE/empty/strange.sql"

-- Relative paths are looked up below migrate.directory.
SET migrate.directory = :'place';
SELECT say($$SELECT migrate_load('app')$$);
SELECT say($$SELECT migrate_load('nowhere')$$);
RESET migrate.directory;

-- A run looks at the files again.
\! printf -- '-- Three\n--\n-- Revision ID: f003\n-- Revises: f002\n\n-- migrate:up\nCREATE TABLE f_three (id int);\n-- migrate:down\nDROP TABLE f_three;\n' >"$PLACE/app/three.sql"
SELECT say('SELECT migrate_upgrade()');
\! rm "$PLACE/app/three.sql"
SELECT say('SELECT migrate_downgrade(-1)');
SELECT say('SELECT migrate_upgrade()');

-- Who may not read files works with the catalog as it is, and is told so.
DROP TABLE f_one, f_two;
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
RESET client_min_messages;
SELECT say($$SELECT migrate_init('regress_migrate_files')$$);
GRANT CREATE ON SCHEMA public TO regress_migrate_files;
SET ROLE regress_migrate_files;
SELECT say($$SELECT migrate_load('@/app')$$);
RESET ROLE;
GRANT pg_read_server_files TO regress_migrate_files;
SET ROLE regress_migrate_files;
SELECT say($$SELECT migrate_load('@/app')$$);
RESET ROLE;
REVOKE pg_read_server_files FROM regress_migrate_files;
SET ROLE regress_migrate_files;
SELECT say('SELECT migrate_upgrade()');

-- Writing.
SELECT say($$SELECT migrate_revision('Add', '{"directory": "@/new", "rev_id": "f010", "head": "f002"}')$$);
RESET ROLE;
GRANT pg_read_server_files TO regress_migrate_files;
SET ROLE regress_migrate_files;
SELECT say($$SELECT migrate_revision('Add', '{"directory": "@/new", "rev_id": "f010", "head": "f002"}')$$);
RESET ROLE;
GRANT pg_write_server_files TO regress_migrate_files;
SET ROLE regress_migrate_files;
-- The name holds the minute: wait for the next one where it is about to come.
SELECT pg_sleep(CASE WHEN extract(second FROM clock_timestamp()) > 56 THEN 5 ELSE 0 END) IS NULL;
SELECT count(*) > 0 FROM migrate_revision('Add', format('{"directory": "%s/new", "rev_id": "f010", "head": "f002"}', :'place'));
\! ls "$PLACE/new" | sed 's/^[0-9]*_[0-9]*_//'; stat -c %a "$PLACE"/new/*; sed -n 3p "$PLACE"/new/*
SELECT regexp_replace(line, '[0-9]{8}_[0-9]{4}_', 'DATE_') FROM say($$SELECT migrate_revision('Add', '{"directory": "@/new", "rev_id": "f010", "head": "f002"}')$$) AS line;
SELECT say($$SELECT migrate_revision('Add', '{"directory": "@/nowhere", "rev_id": "f011", "head": "f002"}')$$);
RESET ROLE;

\pset tuples_only off
\pset format aligned
DROP FUNCTION say(text);
SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP TABLE f_one, f_two;
RESET client_min_messages;
DROP EXTENSION migrate;
REVOKE ALL ON SCHEMA public FROM regress_migrate_files;
DROP ROLE regress_migrate_files;
\! rm -rf "$PLACE"
