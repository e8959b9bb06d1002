-- Create progress
--
-- Who takes which course, and how far they have come.
--
-- Revision ID: c7d83a1f5e06
-- Revises: b62f9d04e8c1
-- Create Date: 2024-06-12 15:00:00

-- migrate:up
CREATE TABLE enrolments (
    person_id integer NOT NULL REFERENCES people,
    course_code text NOT NULL REFERENCES courses ON UPDATE CASCADE,
    enrolled_on date NOT NULL,
    PRIMARY KEY (person_id, course_code)
);
CREATE INDEX enrolments_course_code_idx ON enrolments (course_code);

CREATE TABLE progress (
    person_id integer NOT NULL,
    course_code text NOT NULL,
    lesson integer NOT NULL,
    status text NOT NULL CHECK (status IN ('started', 'done')),
    score integer CHECK (score BETWEEN 0 AND 100),
    PRIMARY KEY (person_id, course_code, lesson),
    FOREIGN KEY (person_id, course_code) REFERENCES enrolments,
    FOREIGN KEY (course_code, lesson) REFERENCES lessons
);
CREATE INDEX progress_lesson_idx ON progress (course_code, lesson);

-- migrate:down
DROP TABLE progress;
DROP TABLE enrolments;
