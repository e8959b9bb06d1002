SELECT migrate_load('@DIR@');
SELECT migrate_downgrade('base');
SELECT migrate_downgrade(-1);
SELECT migrate_upgrade();
-- T stays; what stands on a revision that revises it goes.
SELECT migrate_downgrade('joined');
SELECT migrate_downgrade('head');
SELECT migrate_downgrade('current');
SELECT migrate_downgrade('items');
SELECT revision FROM migrate_current();
SELECT migrate_downgrade('orders');
SELECT revision FROM migrate_current();
SELECT migrate_downgrade('blog01');
SELECT migrate_downgrade('items');
SELECT migrate_upgrade();
-- One branch.
SELECT migrate_downgrade('press@base');
SELECT migrate_upgrade('heads');
SELECT migrate_downgrade('shop@users');
SELECT migrate_upgrade('heads');
SELECT migrate_downgrade('press@blog01');
SELECT migrate_upgrade('heads');
-- By number.
SELECT migrate_downgrade(-1);
SELECT migrate_downgrade('-1');
SELECT migrate_downgrade('-2');
SELECT migrate_downgrade(-3);
SELECT migrate_downgrade('press@-1');
SELECT migrate_downgrade(-2);
SELECT migrate_downgrade(-1);
SELECT migrate_upgrade('heads');
SELECT migrate_downgrade('press@-1');
SELECT migrate_downgrade('items-1');
SELECT migrate_downgrade('users+1');
SELECT migrate_downgrade('base');
SELECT migrate_downgrade('base');
-- In the order in which they were applied, whatever the order of the plan.
SELECT migrate_upgrade('blog01');
SELECT migrate_upgrade('orders');
SELECT migrate_downgrade(-1);
SELECT migrate_downgrade(-1);
SELECT migrate_downgrade('base');
-- A stamped revision is one of them.
SELECT migrate_upgrade('users');
SELECT migrate_stamp('orders');
SELECT step, operation, revision, note FROM migrate_plan('-1');
SELECT migrate_stamp('users');
-- No down section: nothing runs.
SELECT migrate_add('-- One way
-- Revision ID: oneway
-- Revises: users
-- migrate:up
CREATE TABLE oneway (id integer PRIMARY KEY);
-- Another way
-- Revision ID: another
-- Revises: oneway
-- migrate:up
CREATE TABLE another (id integer PRIMARY KEY);
-- Both ways
-- Revision ID: bothways
-- Revises: another
-- migrate:up
CREATE TABLE bothways (id integer PRIMARY KEY);
-- migrate:down
DROP TABLE bothways;
', 'ways.sql');
SELECT migrate_upgrade('bothways');
SELECT migrate_downgrade('users');
SELECT migrate_downgrade('oneway');
SELECT * FROM bothways;
SELECT migrate_downgrade(-1);
SELECT migrate_stamp('users');
SELECT revision FROM migrate_current();
-- An empty down section is one.
SELECT migrate_add('-- Nothing to undo
-- Revision ID: undone
-- Revises: users
-- migrate:up
-- migrate:down
', 'undone.sql');
SELECT migrate_upgrade('undone');
SELECT migrate_downgrade('users');
-- Targets that are none.
SELECT migrate_downgrade(NULL);
SELECT migrate_downgrade('');
SELECT migrate_downgrade('+1');
SELECT migrate_downgrade(1);
SELECT migrate_downgrade('heads');
SELECT migrate_downgrade('nobody');
SELECT migrate_downgrade('users:base');
