-- minimal, twice
SELECT migrate_load('@EXAMPLES@/academy/migrations');
SELECT migrate_upgrade('head');
SELECT migrate_seed_load('@EXAMPLES@/academy/seeds');
SELECT migrate_seed('minimal');
SELECT migrate_seed('minimal');

-- full, twice
SELECT migrate_seed('full');
SELECT migrate_seed('full');

-- people
SELECT person_id, username, full_name, role,
    CASE WHEN migrate_password_verify(username || CASE role WHEN 'teacher' THEN ' teaches' ELSE ' learns' END,
        password_hash) THEN 'password fits' END
FROM people ORDER BY person_id;

-- courses
SELECT c.code, c.title, p.username, CAST(c.fee * 100 AS integer) FROM courses AS c
    JOIN people AS p ON p.person_id = c.teacher_id ORDER BY c.code;
SELECT course_code, lesson, title, minutes FROM lessons ORDER BY course_code, lesson;

-- progress
SELECT p.username, e.course_code, e.enrolled_on, count(g.lesson), sum(g.score)
FROM enrolments AS e
    JOIN people AS p ON p.person_id = e.person_id
    LEFT JOIN progress AS g ON g.person_id = e.person_id AND g.course_code = e.course_code
GROUP BY p.username, e.course_code, e.enrolled_on ORDER BY p.username, e.course_code;
SELECT p.username, g.course_code, g.lesson, g.status, coalesce(CAST(g.score AS text), 'no score')
FROM progress AS g JOIN people AS p ON p.person_id = g.person_id
ORDER BY p.username, g.course_code, g.lesson;

-- a lesson of the database that the file does not have
INSERT INTO lessons (course_code, lesson, title) VALUES ('NAV1', 3, 'Improvised');
SELECT migrate_seed('minimal');
SELECT count(*) FROM lessons;

-- a changed password stays, a changed name does not
UPDATE people SET password_hash = 'changed', full_name = 'Chiyo' WHERE username = 'chiyo';
SELECT migrate_seed('full');
SELECT full_name, password_hash FROM people WHERE username = 'chiyo';

-- a new student, whose id is past all others
INSERT INTO people (username, full_name, role, password_hash) VALUES ('dora', 'Dora', 'student', 'x');
SELECT person_id FROM people WHERE username = 'dora';
INSERT INTO enrolments (person_id, course_code, enrolled_on)
SELECT person_id, 'SQL1', '2024-10-01' FROM people WHERE username = 'dora';

-- clear is stopped by it
SELECT migrate_seed_clear('full', '{"confirm": "@DATABASE@"}');
SELECT count(*) FROM progress;

-- clear with what hangs on it
SELECT migrate_seed_clear('full', '{"cascade": true}');
SELECT migrate_seed_clear('full', '{"cascade": true, "confirm": "@DATABASE@"}');
SELECT username FROM people ORDER BY username;

-- seed again, clear and reseed
SELECT migrate_seed('full', '{"clear": true}');
SELECT migrate_seed('full', '{"clear": true, "confirm": "@DATABASE@"}');
SELECT username FROM people ORDER BY username;
SELECT count(*), sum(score) FROM progress;

-- production
SELECT migrate_setting('environment', 'production');
SELECT migrate_seed('full', '{"force": true}');
SELECT migrate_downgrade('base');
SELECT migrate_seed('full', '{"force": true, "confirm": "@DATABASE@"}');
SELECT migrate_setting('environment', 'test');

-- down to base
SELECT migrate_downgrade('base');
SELECT migrate_reset('@DATABASE@', '{"profile": "minimal"}');
SELECT migrate_downgrade('base');
