-- Create courses
--
-- A course has a teacher and numbered lessons.
--
-- Revision ID: b62f9d04e8c1
-- Revises: a1c05e7d2b94
-- Create Date: 2024-06-05 11:00:00

-- migrate:up engine:postgresql
CREATE TABLE courses (
    code text PRIMARY KEY,
    title text NOT NULL,
    teacher_id integer NOT NULL REFERENCES people,
    fee numeric(8, 2) NOT NULL DEFAULT 0,
    settings jsonb NOT NULL DEFAULT '{}'
);

-- migrate:up engine:sqlite
CREATE TABLE courses (
    code text PRIMARY KEY NOT NULL,
    title text NOT NULL,
    teacher_id integer NOT NULL REFERENCES people,
    fee numeric NOT NULL DEFAULT 0,
    settings text NOT NULL DEFAULT '{}' CHECK (json_valid(settings))
);

-- migrate:up
CREATE INDEX courses_teacher_id_idx ON courses (teacher_id);
CREATE TABLE lessons (
    course_code text NOT NULL REFERENCES courses ON UPDATE CASCADE,
    lesson integer NOT NULL CHECK (lesson > 0),
    title text NOT NULL,
    minutes integer NOT NULL DEFAULT 45,
    PRIMARY KEY (course_code, lesson)
);

-- migrate:down
DROP TABLE lessons;
DROP TABLE courses;
