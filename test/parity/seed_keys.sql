-- What the rows of a data set are matched by: the primary key, else the one unique constraint whose
-- columns are given, else what _seed names.
CREATE TABLE lands (id integer PRIMARY KEY, code text NOT NULL UNIQUE, name text);
CREATE TABLE words (word text NOT NULL UNIQUE, meaning text);
CREATE TABLE stages (trip integer NOT NULL, n integer NOT NULL, place text, PRIMARY KEY (trip, n));
CREATE TABLE seats (hall text NOT NULL, seat integer NOT NULL, owner text, UNIQUE (hall, seat));
CREATE TABLE pairs (a integer UNIQUE, b integer UNIQUE, v text);
CREATE TABLE plain (a integer, b text, v text);
SELECT migrate_seed_add('lands: [{id: 1, code: NO, name: Norway}, {id: 2, code: SE, name: Sweden}]', 'lands.yaml');
SELECT migrate_seed_add('words: [{word: b, meaning: one}, {word: a, meaning: two}, {word: A, meaning: three}]', 'words.yaml');
SELECT migrate_seed_add('stages: [{trip: 1, n: 2, place: x}, {n: 1, trip: 2, place: y}, {trip: 2, n: 2, place: z}, {trip: 12, n: 1}, {trip: 1, n: 21}]', 'stages.yaml');
SELECT migrate_seed_add('seats: [{hall: a, seat: 1, owner: x}, {hall: a1, seat: 1}, {hall: a, seat: 11}]', 'seats.yaml');
SELECT migrate_seed_add('_seed: {key: a}
pairs: [{a: 1, b: 1, v: x}, {a: 2, b: 2, v: y}]', 'pairs.yaml');
SELECT migrate_seed_add('_seed: {key: {plain: [b, a]}}
plain: [{a: 1, b: x, v: one}, {a: 1, b: y, v: two}, {a: 2, b: x, v: three}]', 'plain.yaml');
SELECT migrate_seed();
SELECT migrate_seed('*', '{"force": true}');
SELECT * FROM stages ORDER BY trip, n;
SELECT * FROM seats ORDER BY hall, seat;
SELECT * FROM plain ORDER BY a, b;
-- The primary key wins over the other constraint: this is another row, with a code that is taken.
SELECT migrate_seed_add('lands: [{id: 3, code: NO, name: Other}]', 'taken.yaml');
SELECT code, name FROM lands ORDER BY id;
-- By the unique constraint, where the primary key is not given.
SELECT migrate_seed_add('lands: [{code: NO, name: Norge}, {code: SE, name: Sverige}]', 'names.yaml');
SELECT migrate_seed_run('names');
SELECT name FROM lands ORDER BY id;
SELECT migrate_seed_add('{"_seed": {"mode": "update"}, "lands": [{"code": "NO", "name": "Norge"}, {"code": "SE", "name": "Sweden"}]}', 'names.json');
SELECT migrate_seed_run('names');
SELECT name FROM lands ORDER BY id;
-- Half a key is none.
SELECT migrate_seed_add('stages: [{trip: 5, place: x}]', 'half.yaml');
SELECT migrate_seed_run('half');
SELECT migrate_seed_add('_seed: {key: [trip, town]}
stages: [{trip: 5, n: 1, place: x}]', 'half.yaml');
SELECT migrate_seed_run('half');
SELECT migrate_seed_add('_seed: {key: [trip, n]}
stages: [{trip: 5, n: 1, place: x}, {trip: 5, place: y}, {n: 5}, {trip: 5, n: ~}]', 'half.yaml');
SELECT migrate_seed_run('half');
-- A key that does not tell the rows of the table apart.
INSERT INTO plain VALUES (1, 'x', 'again');
SELECT migrate_seed_run('plain');
DELETE FROM plain WHERE v = 'again';
-- A number has many spellings, a text one. Doubled keys are found wherever they are.
CREATE TABLE numbers (n integer PRIMARY KEY, v text);
CREATE TABLE prices (price numeric(8, 3) PRIMARY KEY, v text);
CREATE TABLE flags (flag boolean PRIMARY KEY, v text);
CREATE TABLE labels (label text PRIMARY KEY, v text);
-- shell: mkdir keys; printf 'label,v\n7,a\n07,b\n007,c\n+7,d\n7.0,e\n-7,f\n-07,g\n 7,h\n"",i\n-0,j\n0,k\n' >keys/labels.csv
-- shell: printf 'n,v\n-3,a\n-20,b\n007,c\n+08,d\n-0,e\n10,f\n-004,g\n' >keys/numbers.csv
-- shell: printf 'price,v\n-1.50,a\n1.5,b\n00.5,c\n10,d\n-0.0,e\n100.000,f\n' >keys/prices.csv
-- shell: printf 'flag,v\nyes,a\nf,b\n' >keys/flags.csv
SELECT migrate_seed_load('@DIR@/keys');
SELECT migrate_seed_run('labels');
SELECT migrate_seed_run('numbers');
SELECT migrate_seed_run('prices');
SELECT migrate_seed_run('flags');
SELECT migrate_seed_run('labels');
SELECT migrate_seed_run('numbers');
SELECT migrate_seed_run('prices');
SELECT migrate_seed_run('flags');
SELECT label, v FROM labels ORDER BY v;
SELECT n, v FROM numbers ORDER BY n;
SELECT CAST(price * 1000 AS integer), v FROM prices ORDER BY price;
SELECT v FROM flags ORDER BY v;
-- shell: printf 'n,v\n1,a\n3,b\n2,c\n03,d\n-1,e\n+2,f\n-01,g\n0,h\n-0,i\n4,j\n 4,k\n' >keys/numbers.csv
-- shell: printf 'price,v\n1.5,a\n1.50,b\n01.5,c\n-2,d\n-2.0,e\n.5,f\n0.50,g\n-0,h\n0.0,i\n2.,j\n+2,k\n' >keys/prices.csv
-- shell: printf 'flag,v\ntrue,a\nyes,b\n0,c\nfalse,d\n' >keys/flags.csv
-- shell: printf 'label,v\nb,a\na,b\nb,c\nc,d\n"a",e\n' >keys/labels.csv
SELECT migrate_seed_run('labels');
SELECT migrate_seed_run('numbers');
SELECT migrate_seed_run('prices');
SELECT migrate_seed_run('flags');
SELECT n, v FROM numbers ORDER BY n;
-- In a key of two columns as well.
SELECT migrate_seed_add('seats: [{hall: a, seat: 1}, {hall: b, seat: 1}, {hall: a, seat: 01}, {hall: a, seat: -1}, {hall: b, seat: "1"}]', 'seats.yaml');
SELECT migrate_seed_run('seats');
