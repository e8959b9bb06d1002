-- What does not fit together.
SELECT migrate_load('@DIR@');
-- A parent that is not there; a near name is offered.
SELECT migrate_add('-- Revision ID: x1
-- Revises: trps
-- migrate:up', 'x.sql');
SELECT migrate_add('-- Revision ID: x1
-- Depends On: nobody
-- migrate:up', 'x.sql');
-- Itself, a circle, a circle through a dependency.
SELECT migrate_add('-- Revision ID: x1
-- Revises: x1
-- migrate:up', 'x.sql');
SELECT migrate_add('-- Revision ID: x1
-- Depends On: x1
-- migrate:up', 'x.sql');
SELECT migrate_add('-- One
-- Revision ID: x1
-- Revises: x3
-- migrate:up
-- Two
-- Revision ID: x2
-- Revises: x1
-- migrate:up
-- Three
-- Revision ID: x3
-- Revises: x2
-- migrate:up', 'x.sql');
SELECT migrate_add('-- One
-- Revision ID: x1
-- Depends On: x2
-- Revises: tags
-- migrate:up
-- Two
-- Revision ID: x2
-- Revises: x1
-- migrate:up', 'x.sql');
-- A changed parent that closes a circle with what is stored.
SELECT migrate_add('-- Create users
-- Revision ID: users
-- Revises: tags
-- migrate:up', 'x.sql');
-- Twice in one text; twice in a directory.
SELECT migrate_add('-- One
-- Revision ID: x1
-- migrate:up
-- Again
-- Revision ID: x1
-- migrate:up', 'x.sql');
-- shell: cp 002_trips.sql 002_trips_copy.sql
SELECT migrate_load('@DIR@');
-- shell: rm 002_trips_copy.sql
-- Ids that differ in case only are different ids.
SELECT migrate_add('-- Upper
-- Revision ID: TAGS
-- Revises: tags
-- migrate:up', 'upper.sql');
-- Labels: one that is an id, one that another revision has.
SELECT migrate_add('-- Labelled
-- Revision ID: labelled
-- Revises: TAGS
-- Branch Labels: mine
-- migrate:up', 'labelled.sql');
SELECT migrate_add('-- Revision ID: x1
-- Revises: labelled
-- Branch Labels: users
-- migrate:up', 'x.sql');
SELECT migrate_add('-- Revision ID: x1
-- Revises: labelled
-- Branch Labels: mine
-- migrate:up', 'x.sql');
SELECT migrate_add('-- Revision ID: mine
-- Revises: labelled
-- migrate:up', 'x.sql');
-- A label is no parent, but a dependency may be one.
SELECT migrate_add('-- Revision ID: x1
-- Revises: mine
-- migrate:up', 'x.sql');
SELECT migrate_add('-- Other base
-- Revision ID: other
-- Depends On: mine
-- migrate:up', 'other.sql');
SELECT revision, revises, depends_on, labels, flags FROM migrate_history();
-- A parent named twice; a parent that is an ancestor of the other parent.
SELECT migrate_add('-- Revision ID: x1
-- Revises: other, other
-- migrate:up', 'x.sql');
SELECT migrate_add('-- Revision ID: x2
-- Revises: users, labelled
-- migrate:up', 'x.sql');
-- A file that goes while others stand on it.
-- shell: rm 002_trips.sql
SELECT migrate_load('@DIR@');
SELECT revision FROM migrate_heads();
-- Many complaints: of several texts, sorted by their place.
-- shell: printf -- '-- Revision ID: c1\n-- Revises: z\n-- migrate:up\n' >c.sql; printf -- '-- Revision ID: b1\n-- Revises: z\n-- migrate:up\n-- B2\n-- Revision ID: b2\n-- Revises: zz, b1\n-- migrate:up\n' >b.sql
SELECT migrate_load('@DIR@');
