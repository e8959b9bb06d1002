-- What is found before anything is written, and by what a value is known to fit.
CREATE EXTENSION migrate;
\pset tuples_only on
\pset format unaligned
\set tmp `echo "$MIG_TMP"`

-- ---- A large file with faults: no row has been inserted and no table made, not even to be undone.
CREATE SEQUENCE inserted;
CREATE SEQUENCE made;
CREATE TABLE many (id int PRIMARY KEY, name varchar(10) NOT NULL, price numeric(5,2), day date);
CREATE FUNCTION note_insert() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN PERFORM nextval('inserted'); RETURN NEW; END$$;
CREATE TRIGGER note BEFORE INSERT ON many FOR EACH ROW EXECUTE FUNCTION note_insert();
CREATE FUNCTION note_made() RETURNS event_trigger LANGUAGE plpgsql AS
    $$BEGIN PERFORM nextval('made'); END$$;
CREATE EVENT TRIGGER note_made ON ddl_command_start WHEN TAG IN ('CREATE TABLE AS')
    EXECUTE FUNCTION note_made();
CREATE FUNCTION lines(n int) RETURNS text LANGUAGE sql AS
    $$SELECT E'id,name,price,day\n' || string_agg(format(E'%s,name %s,%s.5,2024-02-%s\n', i, i % 1000, i % 999,
        lpad((i % 29 + 1)::text, 2, '0')), '' ORDER BY i) FROM generate_series(1, n) i$$;
\set faults '2001,too long a name,1,2024-02-01\n2002,a,1000,2024-02-01\n2003,a,1,2024-02-30\nx,a,1,2024-02-01\n7,a,1,2024-02-01\n,a,1,2024-02-01\n2004,,1,2024-02-01\n007,a,1,2024-02-01\n'
SELECT migrate_seed_add(lines(2000) || E:'faults', 'many.csv');
SELECT migrate_seed();
SELECT is_called FROM inserted UNION ALL SELECT is_called FROM made;
INSERT INTO many VALUES (5000, 'there');
SELECT is_called FROM inserted UNION ALL SELECT is_called FROM made;
ALTER SEQUENCE inserted RESTART;
SELECT migrate_seed();
SELECT is_called FROM inserted UNION ALL SELECT is_called FROM made;
-- A column that is not there is told once.
ALTER TABLE many RENAME COLUMN day TO date;
SELECT migrate_seed();
ALTER TABLE many RENAME COLUMN date TO day;
-- Without them, each way is gone: straight and through a temporary table.
SELECT migrate_seed_add(lines(2000), 'many.csv');
SELECT migrate_seed();
SELECT last_value, is_called FROM inserted UNION ALL SELECT last_value, is_called FROM made;
DELETE FROM many;
SELECT migrate_seed();
SELECT last_value, is_called FROM inserted UNION ALL SELECT last_value, is_called FROM made;
DROP EVENT TRIGGER note_made;
DROP TABLE many;
DELETE FROM migrate.seed;

-- ---- Files that a reader of CSV could take for something else come in all the same.
CREATE TABLE odd (id int PRIMARY KEY, v text, w text);
CREATE FUNCTION odd(what text, body text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    DELETE FROM odd;
    PERFORM migrate_seed_add(body, 'odd.csv');
    SELECT string_agg(s, '; ') INTO said FROM migrate_seed() s;
    RETURN concat_ws(' | ', what, said, (SELECT concat_ws(' ', count(*), sum(id), count(v), md5(string_agg(
        concat_ws(',', id, coalesce(v, 'null'), coalesce(w, 'null')), ';' ORDER BY id))) FROM odd));
END$$;
CREATE FUNCTION rows_of(ending text, first text, form text) RETURNS text LANGUAGE sql AS
    $$SELECT first || 'id,v,w' || ending || string_agg(format(form, i) || ending, '' ORDER BY i)
      FROM generate_series(1, 1200) i$$;
SELECT odd('LF', rows_of(E'\n', '', '%s,x,'));
SELECT odd('CRLF', rows_of(E'\r\n', '', '%s,x,'));
SELECT odd('CR', rows_of(E'\r', '', '%s,x,'));
SELECT odd('byte order mark', rows_of(E'\n', E'\ufeff', '%s,x,'));
SELECT odd('no end of the last line', rtrim(rows_of(E'\n', '', '%s,x,'), E'\n'));
SELECT odd('mixed', rows_of(E'\n', '', '%s,x,') || E'1201,x,\r\n1202,x,\r1203,x,');
SELECT odd('empty lines', rows_of(E'\n', E'\n\n', '%s,x,') || E'\n\n1201,x,\n\n');
SELECT odd('quotes', rows_of(E'\n', '', E'"%s","a ""b"", c\nd\r\ne\\\\t\\N",""'));
SELECT count(*) FROM odd WHERE v = E'a "b", c\nd\r\ne\\\\t\\N' AND w = '';
SELECT odd('backslashes', rows_of(E'\n', '', E'%s,\\.,\\N'));
SELECT count(*) FROM odd WHERE v = E'\\.' AND w = E'\\N';
CREATE TABLE slash (name text PRIMARY KEY, id int);
SELECT migrate_seed_add(E'name,id\n' || string_agg(format(E'%s,%s\n', CASE i WHEN 5 THEN E'\\.' ELSE i::text END, i),
    '' ORDER BY i), 'slash.csv') FROM generate_series(1, 1200) i;
SELECT migrate_seed();
SELECT id FROM slash WHERE name = E'\\.';
DROP TABLE slash;
DELETE FROM migrate.seed;

-- ---- A file that changes between the two readings: everything is undone.
CREATE TABLE moving (id int PRIMARY KEY, v text);
SELECT set_config('my.path', :'tmp' || '/moving', false) \gset
\! mkdir -p "$MIG_TMP/moving" && chmod 777 "$MIG_TMP/moving"
CREATE FUNCTION moving_write(n int, last text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COPY (SELECT i AS id, CASE i WHEN %s THEN %L ELSE %L END AS v FROM generate_series(1, %s) i) TO %L
        (FORMAT csv, HEADER)', n, last, 'some text', n, current_setting('my.path') || '/moving.csv');
END$$;
CREATE FUNCTION moving_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 3 AND current_setting('my.last') <> '' THEN
        PERFORM moving_write(30000, current_setting('my.last'));
    END IF;
    RETURN NEW;
END$$;
CREATE TRIGGER spoil BEFORE INSERT ON moving FOR EACH ROW EXECUTE FUNCTION moving_trigger();
SELECT moving_write(30000, 'the last');
SELECT migrate_seed_load(current_setting('my.path')) LIMIT 1;
SET my.last = 'the lost';
\set VERBOSITY terse
SELECT migrate_seed();
SELECT count(*) FROM moving;
SET my.last = '';
SELECT string_agg(s, '; ') FROM migrate_seed() s;
\set VERBOSITY default
DROP TABLE moving;
DELETE FROM migrate.seed;
\! rm -r "$MIG_TMP/moving"

-- ---- Keys that are spelled differently and are one to the database.
CREATE FUNCTION one_key(type text, a text, b text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('CREATE TABLE k (k %s, v int)', type);
    PERFORM migrate_seed_add(jsonb_build_object('_seed', jsonb_build_object('key', 'k'), 'k',
        jsonb_build_array(jsonb_build_object('k', a, 'v', 1), jsonb_build_object('k', b, 'v', 2)))::text, 'k.json');
    BEGIN
        SELECT string_agg(s, '; ') INTO said FROM migrate_seed() s;
    EXCEPTION WHEN OTHERS THEN
        said = sqlerrm;
    END;
    DROP TABLE k;
    RETURN format('%s: %s', type, said);
END$$;
CREATE DOMAIN number AS int;
CREATE TYPE mood AS ENUM ('sad', 'happy');
SELECT one_key(type, a, b) FROM (VALUES ('int', '1', '01'), ('int', '-0', '0'), ('bigint', '+7', ' 7'), ('number', '7', '007'),
    ('numeric', '10', '1e1'), ('numeric', '1.50', '01.5'), ('numeric', 'NaN', 'nan'), ('numeric(5,1)', '1.04', '1'), ('numeric', '0.015', '15e-3'),
    ('boolean', 't', 'yes'), ('boolean', 'TRUE', 'on'),
    ('uuid', '27c6a30d-7c24-4f4f-8f4f-27c6a30d7c24', '27C6A30D-7C24-4F4F-8F4F-27C6A30D7C24'),
    ('uuid', '{27c6a30d7c244f4f8f4f27c6a30d7c24}', '27c6a30d-7c24-4f4f-8f4f-27c6a30d7c24'),
    ('date', '2024-02-06', 'Feb 6 2024'), ('date', '20240206', '2024-02-06'), ('date', 'infinity', 'Infinity'),
    ('time', '14:30:00', '2:30 PM'), ('timestamp', '2024-02-06 14:30:00', '2024-02-06T14:30'),
    ('timestamp(0)', '2024-02-06 14:30:00.2', '2024-02-06 14:30:00'),
    ('timestamptz', '2024-02-06 14:30:00+00', '2024-02-06 15:30:00+01'), ('timestamptz', '2024-02-06 14:30:00Z', '2024-02-06 14:30:00+00'),
    ('char(3)', 'a', 'a  '), ('varchar(3)', 'abc', 'abc '), ('bytea', '\x41', 'A'), ('inet', '10.0.0.1', '10.0.0.1/32'),
    ('macaddr', '08:00:2b:01:02:03', '08-00-2B-01-02-03'), ('float8', '0.1', '1e-1'), ('float8', '1e20', '100000000000000000000')
    ) AS x(type, a, b);
-- These are two.
SELECT one_key(type, a, b) FROM (VALUES ('text', 'a', 'a '), ('text', '1', '01'), ('varchar', 'a', 'A'), ('numeric', '1', '1.01'),
    ('int', '10', '100'), ('mood', 'sad', 'happy'), ('timestamptz', '2024-02-06 14:30:00+00', '2024-02-06 14:30:00+01'),
    ('float8', '0.1', '0.10000000000000002'), ('bytea', '\x41', 'B')) AS x(type, a, b);
-- What only the database can compare is found when it is there, before anything is committed.
SELECT one_key(type, a, b) FROM (VALUES ('interval', '1 day', '24:00'), ('float8', '0.1', '0.1000000000000000055'), ('jsonb', '1.0', '1.00'),
    ('numeric[]', '{1.0}', '{1.00}')) AS x(type, a, b);
-- The session's form of dates has no say.
SET datestyle = 'German';
SELECT one_key('date', '2024-02-06', '6.2.2024'), one_key('date', '06.02.2024', '6.2.2024');
RESET datestyle;
DELETE FROM migrate.seed;

-- ---- What is recognised as fitting is what the type takes: each value by the check, and by INSERT.
CREATE FUNCTION fits_differ(type text, texts text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    word text;
    taken boolean;
    found boolean;
BEGIN
    EXECUTE format('CREATE TABLE f (k int PRIMARY KEY, v %s)', type);
    FOREACH word IN ARRAY texts LOOP
        BEGIN
            EXECUTE format('INSERT INTO f VALUES (1, %L)', word);
            taken = true;
        EXCEPTION WHEN data_exception THEN
            taken = false;
        END;
        DELETE FROM f;
        PERFORM migrate_seed_add(jsonb_build_object('f', jsonb_build_array(jsonb_build_object('k', 1, 'v', word)))::text, 'f.json');
        BEGIN
            PERFORM count(*) FROM migrate_seed();
            found = true;
        EXCEPTION WHEN OTHERS THEN
            found = sqlerrm !~ 'column "v" of table "f", row 1: ';
        END;
        DELETE FROM f;
        IF taken <> found THEN
            RETURN NEXT format('%s: %L: taken %s, found %s', type, word, taken, found);
        END IF;
    END LOOP;
    DROP TABLE f;
END$$;
SELECT fits_differ(type, ARRAY['', ' ', '-', '.', '0', '-0', '00', '7', '-7', '+7', ' 7 ', '1.', '.5', '-.5', '1..2', '1-2', '--1', '1e2', '1e', '0x1F',
    '9999', '10000', '32767', '32768', '-32769', '999999999', '2147483647', '2147483648', '9999999999', '999999999999999999',
    '9223372036854775807', '9223372036854775808', '12345678901234567890', '99.9', '99.99', '99.994', '99.995', '99.999', '100', '999.9', '1000',
    '0099.99', '0.001', 'NaN', 'Infinity', '1_000', repeat('9', 40), repeat('9', 100) || '.5', repeat('0', 200)])
    FROM unnest('{int2,int4,int8,numeric,numeric(4\,2),numeric(3\,3),numeric(4\,0),float4,float8}'::text[]) type;
SELECT fits_differ(type, ARRAY['', 't', 'f', '1', '0', 'T', 'true', 'false', 'True', 'yes', 'tr', 'x', '2', 'on', 'o']) FROM unnest('{boolean}'::text[]) type;
SELECT fits_differ(type, ARRAY['', 'a', 'abc', 'abcd', 'abc  ', 'äöü', 'äöüß', 'äöü ', '日本語', '日本語だ', '😀😀😀', '😀😀😀😀', ' ', '    '])
    FROM unnest('{text,varchar,varchar(3),char(3),char,name}'::text[]) type;
SELECT fits_differ(type, ARRAY['2024-02-06', '2024-02-29', '2023-02-29', '1900-02-29', '2000-02-29', '2024-02-30', '2024-04-31', '2024-13-01', '2024-00-10',
    '2024-01-00', '0000-01-01', '0001-01-01', '9999-12-31', '2024-1-1', '24-01-01', '2024/01/01', '2024-02-06 ', '2024-02-06x', '2024-02-06 14:30',
    '2024-02-06 14:30:00', '2024-02-06T14:30:00', '2024-02-06 24:00:00', '2024-02-06 24:00:01', '2024-02-06 23:60:00', '2024-02-06 23:59:60',
    '2024-02-06 14:30:00.123456', '2024-02-06 14:30:00.1234567', '2024-02-06 14:30:00.', '2024-02-06 14:30:00Z', '2024-02-06 14:30:00z',
    '2024-02-06 14:30:00+09', '2024-02-06 14:30:00-19', '2024-02-06 14:30:00+5', '2024-02-06 14:30:00+09:30', '2024-02-06 14:30:00 +09',
    '2024-02-06  14:30:00', '14:30:00', '14:30', '24:00:00', '23:59:60', '25:00:00', '14:30:00.5', '14:30:00.', '14:30:00+02', 'infinity', 'now', 'x', ''])
    FROM unnest('{date,time,time(0),timestamp,timestamp(3),timestamptz,timestamptz(0)}'::text[]) type;
SELECT fits_differ(type, ARRAY['27c6a30d-7c24-4f4f-8f4f-27c6a30d7c24', '27C6A30D-7C24-4F4F-8F4F-27C6A30D7C24', '27c6a30d7c244f4f8f4f27c6a30d7c24',
    '27c6a30d-7c24-4f4f-8f4f-27c6a30d7c2', '27c6a30d-7c24-4f4f-8f4f-27c6a30d7c2g', '27c6a30d-7c244-f4f-8f4f-27c6a30d7c24', '']) FROM unnest('{uuid}'::text[]) type;
SET datestyle = 'SQL, DMY';
SELECT fits_differ(type, ARRAY['2024-02-06', '2024-13-06', '2024-06-13', '2024-02-30', '2024-02-06 14:30:00']) FROM unnest('{date,timestamp,timestamptz}'::text[]) type;
RESET datestyle;

SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP EXTENSION migrate CASCADE;
DROP TABLE odd;
DROP TYPE mood;
DROP DOMAIN number;
DROP SEQUENCE inserted, made;
DROP FUNCTION note_insert, note_made, lines, odd, rows_of, moving_write, moving_trigger, one_key, fits_differ;
