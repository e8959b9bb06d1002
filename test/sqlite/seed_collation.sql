-- Keys that are spelled differently and are one to the column's collation.
CREATE TABLE words (word text COLLATE NOCASE PRIMARY KEY, meaning text);
SELECT migrate_seed_add('words:
- {word: aB, meaning: one}
- {word: ab, meaning: two}
', 'words.yaml');
SELECT migrate_seed();
INSERT INTO words VALUES ('AB', 'none');
SELECT migrate_seed();
SELECT migrate_seed('*', '{"force": true}');
SELECT * FROM words;
SELECT migrate_seed_add('_seed: {mode: sync}
words:
- {word: aB, meaning: one}
- {word: c, meaning: two}
', 'words.yaml');
SELECT migrate_seed();
SELECT migrate_seed();
SELECT * FROM words ORDER BY word;
