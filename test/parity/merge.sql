SELECT migrate_load('@DIR@');
SELECT migrate_upgrade();
SELECT migrate_merge('heads', NULL, '{"rev_id": "joined"}');
SELECT migrate_merge('items, blog02', 'Join shop and press', '{"rev_id": "joined"}');
SELECT migrate_merge('items blog02 items', 'Join', '{"rev_id": "joined", "branch_label": "all", "depends_on": "users"}');
SELECT migrate_merge('shop@head,press@head', 'Join', '{"rev_id": "joined"}');
SELECT migrate_merge('items', 'Alone', '{"rev_id": "joined"}');
SELECT migrate_merge('items, nobody', 'Join', '{"rev_id": "joined"}');
SELECT migrate_merge('items, blog', 'Join', '{"rev_id": "joined"}');
SELECT migrate_merge('', 'Join');
SELECT migrate_merge(NULL);
SELECT migrate_merge(',', 'Join');
SELECT migrate_merge('base', 'Join');
SELECT migrate_merge('heads', 'Join', '{"rev_id": "items"}');
-- Only heads, unless a new branch is wanted.
SELECT migrate_merge('orders, blog01', 'Join below the heads', '{"rev_id": "below"}');
SELECT migrate_merge('orders, blog01', 'Join below the heads', '{"rev_id": "below", "splice": true}');
-- Ancestor and descendant.
SELECT migrate_merge('users, items', 'Join', '{"rev_id": "joined", "splice": true}');
SELECT migrate_merge('heads', 'Join shop and press', '{"rev_id": "joined", "up": "CREATE TABLE joined (id integer PRIMARY KEY);", "down": "DROP TABLE joined;", "directory": "@DIR@"}');
-- shell: cat *joined*
SELECT revision, revises, state, flags FROM migrate_heads();
SELECT migrate_upgrade();
SELECT migrate_merge('heads', 'Join');
SELECT migrate_merge('joined, joined', 'Join');
SELECT migrate_downgrade('items');
SELECT migrate_downgrade('press@base');
SELECT migrate_downgrade('base');
