-- Directories.
.shell mkdir -p tree/deep/er tree/.hidden empty
.shell cp plain/1_users.sql tree/deep/er/one.sql
.shell cp plain/2_trips.sql tree/.hidden/two.sql
.shell cp plain/2_trips.sql tree/.two.sql
.shell cp plain/2_trips.sql elsewhere.txt
.shell ln -s ../elsewhere.txt tree/two.sql
.shell ln -s .. tree/deep/up
.shell ln -s nowhere tree/gone.txt
.shell mkfifo tree/pipe.sql
.shell echo text > tree/readme.txt
SELECT migrate_load('tree');
SELECT revision, source FROM migrate_history();
SELECT migrate_load('tree/');
SELECT migrate_load('./tree/deep/..');

.print -- what cannot be read
SELECT migrate_load('nowhere');
SELECT migrate_load('elsewhere.txt');
SELECT migrate_load('elsewhere.txt/x');
SELECT migrate_load('empty');
SELECT migrate_load('');
SELECT migrate_load(NULL);
.shell ln -s nowhere tree/gone.sql
SELECT migrate_load('tree');
.shell rm tree/gone.sql
.shell ln -s loop loop
SELECT migrate_load('loop');
.shell mkdir invalid
SELECT writefile('invalid/bad.sql', x'2D2D20426164FF0A');
SELECT migrate_load('invalid');

.print -- the open database is no script
.shell ln -s ../test.db tree/live.sql
SELECT migrate_load('tree');
.shell rm tree/live.sql

.print -- writing one
SELECT length(migrate_revision('Third', '{"rev_id": "cccc3", "directory": "tree", "up": "CREATE TABLE third (x);", "down": "DROP TABLE third;"}')) > 0;
.shell ls tree | sed 's/^[0-9_]*//'
SELECT migrate_revision('Fourth', '{"rev_id": "dddd4", "directory": "nowhere"}');
SELECT migrate_upgrade();
