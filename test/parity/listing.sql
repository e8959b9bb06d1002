SELECT migrate_load('@DIR@');
SELECT revision, revises, depends_on, labels, state, flags, message, created, source FROM migrate_current();
SELECT revision, revises, depends_on, labels, state, flags, message, created, source FROM migrate_heads();
SELECT revision, revises, depends_on, labels, state, flags, message, created, source FROM migrate_branches();
SELECT revision, revises, depends_on, labels, state, flags, message, created, source FROM migrate_history();
SELECT migrate_upgrade('orders');
SELECT migrate_upgrade('blog01');
SELECT migrate_stamp('orders, blog02');
SELECT revision, state, flags FROM migrate_current();
SELECT revision, state, flags FROM migrate_heads();
SELECT revision, state, flags FROM migrate_history();
SELECT revision, length(applied_at) FROM migrate_history() WHERE state = 'applied';
-- Ranges.
SELECT revision FROM migrate_history('users:orders');
SELECT revision FROM migrate_history('orders:items');
SELECT revision FROM migrate_history('orders:');
SELECT revision FROM migrate_history(':blog01');
SELECT revision FROM migrate_history(':');
SELECT revision FROM migrate_history('base:orders');
SELECT revision FROM migrate_history('blog01:heads');
SELECT revision FROM migrate_history('current:');
SELECT revision FROM migrate_history(':current');
SELECT revision FROM migrate_history('-1:current');
SELECT revision FROM migrate_history('-3:joined');
SELECT revision FROM migrate_history('users:+1');
SELECT revision FROM migrate_history('joined-1:joined');
SELECT revision FROM migrate_history('shop:press@head');
SELECT revision FROM migrate_history('press@base:');
SELECT revision FROM migrate_history('pending');
SELECT revision FROM migrate_history('items:users');
SELECT revision FROM migrate_history('items:blog01');
SELECT revision FROM migrate_history('users');
SELECT revision FROM migrate_history('nobody:');
SELECT revision FROM migrate_history(':nobody');
SELECT revision FROM migrate_history('a:b:c');
SELECT revision FROM migrate_history('+1:');
SELECT revision FROM migrate_history('-1:-1');
SELECT revision FROM migrate_history('');
SELECT count(*) FROM migrate_history(NULL);
-- Show.
SELECT revision, revises, depends_on, labels, state, flags, message, created, source, description FROM migrate_show('blog02');
SELECT script FROM migrate_show('blog01');
SELECT revision FROM migrate_show();
SELECT revision FROM migrate_show('current');
SELECT revision FROM migrate_show('heads');
SELECT revision FROM migrate_show('head');
SELECT revision FROM migrate_show('orde');
SELECT revision FROM migrate_show('press@head');
SELECT revision FROM migrate_show('items, users');
SELECT revision FROM migrate_show('base');
SELECT revision FROM migrate_show('head-1');
SELECT revision FROM migrate_show('nobody');
SELECT revision FROM migrate_show('blog');
SELECT revision FROM migrate_show('+1');
SELECT revision FROM migrate_show('users:items');
-- They are tables like others.
SELECT count(*), min(revision) FROM migrate_history() WHERE state = 'pending';
SELECT h.revision FROM migrate_heads() h JOIN migrate_history() a ON a.revision = h.revision;
-- A head on which another revision depends.
SELECT migrate_add('-- Extra
-- Revision ID: extra
-- Depends On: joined
-- migrate:up');
SELECT revision, depends_on, flags FROM migrate_heads();
SELECT migrate_upgrade('heads');
SELECT revision, flags FROM migrate_current();
