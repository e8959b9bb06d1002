-- Everybody is happy
--
-- Revision ID: 8e4f16c03b92
-- Revises: 5d20b7a9c1e4

-- migrate:up
CREATE TABLE greetings (greeting_id int PRIMARY KEY, words text);
CREATE INDEX CONCURRENTLY greetings_words ON greetings (words);
UPDATE people SET mood = 'happy';

-- migrate:down
DROP TABLE greetings;
