-- Values of PostgreSQL's types: what fits is stored and found again unchanged, what does not is said
-- before anything is written.
CREATE EXTENSION migrate;
\pset tuples_only on
\pset format unaligned
CREATE DOMAIN short AS varchar(5) CHECK (VALUE <> 'never');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE kinds (
    id int PRIMARY KEY, ok boolean, price numeric(5,2), ratio float8, code varchar(3), fixed char(4),
    word short, amount positive, feeling mood, list int[], words text[], moods mood[], doc jsonb, raw_doc json,
    bytes bytea, at timestamptz(0), day date, span interval, key uuid, bits bit(3), many_bits varbit(4),
    place point, range int4range, combined pair, address inet, letter "char", tree xml, who name,
    twice int GENERATED ALWAYS AS (id * 2) STORED);

SELECT migrate_seed_add($$
kinds:
  - id: 1
    ok: true
    price: 1.234
    ratio: 0.1
    code: abc
    fixed: ab
    word: abcde
    amount: 7
    feeling: happy
    list: [1, 2, null]
    words: ['a,b', '"', '\', '', 'NULL', null]
    moods: [sad, happy]
    doc: {b: [1, 2.50], a: {c: null}}
    raw_doc: {z: 1, a: "x"}
    bytes: !!binary 3q2+7wA=
    at: 2024-02-06 14:30:00.4+00
    day: 2024-02-06
    span: 1 day 02:00
    key: 27C6A30D-7C24-4F4F-8F4F-27C6A30D7C24
    bits: "101"
    many_bits: "11"
    place: (1,2)
    range: "[1,5]"
    combined: (1,x)
    address: 192.168.0.1/24
    letter: x
    tree: <a/>
    who: somebody
  - {id: 2}
  - {id: 3, doc: [1], words: [], list: [[1, 2], [3, 4]], price: 100}
$$, 'kinds.yaml');
SELECT migrate_seed();
\x on
SET timezone = 'UTC';
SELECT * FROM kinds ORDER BY id;
\x off
SELECT migrate_seed('*', '{"force": true}');
SELECT state, differs FROM migrate_seed_show('kinds');

-- A change of every column is seen, and taken back.
UPDATE kinds SET ok = false, price = 2, ratio = 0.2, code = 'x', fixed = 'y', word = 'z', amount = 1,
    feeling = 'sad', list = '{1}', words = '{}', moods = '{}', doc = '{}', raw_doc = '{}', bytes = '', at = now(),
    day = now(), span = '1s', key = gen_random_uuid(), bits = '111', many_bits = '1', place = '(0,0)', range = 'empty',
    combined = '(1,y)', address = '::1', letter = 'y', tree = '<b/>', who = 'else' WHERE id = 1;
SELECT row_number, state, differs FROM migrate_seed_show('kinds');
SELECT migrate_seed('*', '{"force": true}');
SELECT DISTINCT state FROM migrate_seed_show('kinds');

-- What does not fit, all of it in one answer.
CREATE FUNCTION tried(call text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text; hint text; state text;
BEGIN
    RETURN QUERY EXECUTE call;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
    RETURN NEXT state || ' ' || SQLERRM;
    RETURN NEXT 'DETAIL:  ' || detail;
    RETURN NEXT 'HINT:  ' || hint;
END $$;
SELECT migrate_seed_add($$
kinds:
  - {id: 4, price: 1000}
  - {id: 5, code: abcd}
  - {id: 6, word: abcdef}
  - {id: 7, word: never}
  - {id: 8, amount: 0}
  - {id: 9, feeling: cross}
  - {id: 10, list: [a]}
  - {id: 11, moods: [cross]}
  - {id: 12, day: 2024-02-30}
  - {id: 13, key: nope}
  - {id: 14, bits: "10"}
  - {id: 15, ratio: one}
  - {id: 16, id_: 1}
  - {id: 17, twice: 34}
  - {id: x}
  - {id: 99999999999}
$$, 'kinds.yaml');
SELECT tried('SELECT migrate_seed()');
SELECT count(*) FROM kinds;

-- Equality is the column's own: a key that is written otherwise is the same key.
CREATE TABLE folded (word char(5), price numeric, at timestamptz, n int, PRIMARY KEY (word, price, at));
INSERT INTO folded VALUES ('ab', 1.50, '2024-02-06 12:00+00', 1);
SELECT migrate_seed_add('folded: [{word: ab, price: 1.5, at: 2024-02-06 14:00+02, n: 2}]', 'kinds.yaml');
SELECT migrate_seed('*', '{"force": true}');
TABLE folded;

-- A change of case is a change, also where the type of the column does not see it.
CREATE TYPE anycase;
CREATE FUNCTION anycase_in(cstring) RETURNS anycase LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION anycase_out(anycase) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE anycase (INPUT = anycase_in, OUTPUT = anycase_out, LIKE = text, CATEGORY = 'S');
CREATE CAST (anycase AS text) WITHOUT FUNCTION;
CREATE FUNCTION anycase_same(anycase, anycase) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower($1::text) = lower($2::text)';
CREATE FUNCTION anycase_hash(anycase) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT hashtext(lower($1::text))';
CREATE OPERATOR = (FUNCTION = anycase_same, LEFTARG = anycase, RIGHTARG = anycase);
CREATE OPERATOR CLASS anycase_ops DEFAULT FOR TYPE anycase USING hash AS OPERATOR 1 =, FUNCTION 1 anycase_hash(anycase);
CREATE TABLE cased (id int PRIMARY KEY, word anycase);
INSERT INTO cased VALUES (1, 'Oslo'), (2, 'Bergen');
SELECT migrate_seed_add('cased: [{id: 1, word: OSLO}, {id: 2, word: Bergen}]', 'kinds.yaml');
SELECT row_number, state, differs FROM migrate_seed_show('kinds');
SELECT migrate_seed_run('kinds');
SELECT migrate_seed('*', '{"force": true}');
TABLE cased;
SET client_min_messages = warning;
DROP TABLE cased;
DROP TYPE anycase CASCADE;
RESET client_min_messages;
SELECT migrate_seed_add('folded: []', 'kinds.yaml');

-- CSV: the same types; an unquoted nothing is NULL.
CREATE TABLE fast (id int PRIMARY KEY, list int[], doc jsonb, bytes bytea, price numeric(5,2), word short, t text);
\set rows '1,"{1,2}","{""a"": 1}",\\xdead,1.234,abc,"tab\tback\\slash\nline\\N"\n2,,,,,,""\n3,{},[],,,,\\.\n'
SELECT migrate_seed_add(E'id,list,doc,bytes,price,word,t\n' || :'rows', 'fast.csv');
SELECT migrate_seed_add('folded: []', 'kinds.yaml');
SELECT migrate_seed();
SELECT id, list, doc, bytes, price, word, to_json(t) FROM fast ORDER BY id;
SELECT migrate_seed();
SELECT migrate_seed('*', '{"force": true}');
CREATE TABLE slow AS TABLE fast;

-- The fast path, which many rows take, does the same: into an empty table, and into one with rows.
SELECT migrate_seed_add(E'id,list,doc,bytes,price,word,t\n' || :'rows' || string_agg(i || E',,,,,,\n', ''), 'fast.csv')
    FROM generate_series(4, 1500) AS i;
TRUNCATE fast;
SELECT migrate_seed();
SELECT count(*) FROM (TABLE slow INTERSECT TABLE fast) AS same;
SELECT migrate_seed();
UPDATE fast SET price = 9, t = 'x', list = NULL WHERE id IN (1, 4);
DELETE FROM fast WHERE id > 1490 OR id = 2;
SELECT migrate_seed();
SELECT migrate_seed('*', '{"force": true}');
SELECT count(*) FROM (TABLE slow INTERSECT TABLE fast) AS same;
SELECT DISTINCT state FROM migrate_seed_show('fast');

-- A value in the last row that does not fit.
SELECT migrate_seed_add('id,word' || string_agg(E'\n' || i || ',' || CASE i WHEN 1500 THEN 'too long' ELSE 'fits' END, ''), 'fast.csv')
    FROM generate_series(1, 1500) AS i;
TRUNCATE fast;
SELECT migrate_seed();
SELECT count(*) FROM fast;

SET client_min_messages = warning;
DROP SCHEMA migrate CASCADE;
DROP TABLE kinds, folded, fast, slow;
DROP TYPE mood, pair;
DROP DOMAIN short, positive;
DROP FUNCTION tried;
RESET client_min_messages;
RESET timezone;
DROP EXTENSION migrate;
