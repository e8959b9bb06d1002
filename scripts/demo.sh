#!/bin/sh
# Prints a session in the sqlite3 shell: an empty file becomes the database of examples/contravento.
# The file lives in a temporary directory that is removed again. Stops at the first step that fails,
# with its message and exit status 1.
set -eu

cd "$(dirname "$0")/.."
module=build/sqlite/migrate
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

if [ ! -f "$module.so" ]; then
    echo "demo: $module.so is missing; run make first" >&2
    exit 1
fi

# One line on standard input is one command; it is shown behind the prompt and then run.
typed() {
    while IFS= read -r line; do
        shown=$(printf '%s\n' "$line" | sed 's/[\\"]/\\&/g')
        printf '.print "sqlite> %s"\n%s\n.print\n' "$shown" "$line"
    done
}

echo "\$ sqlite3 contravento.db"
typed <<EOF | sqlite3 -batch -bail -init /dev/null "$place/contravento.db"
.load ./$module
SELECT migrate_load('examples/contravento/migrations');
SELECT migrate_upgrade('head');
SELECT migrate_history();
SELECT migrate_seed_load('examples/contravento/seeds');
SELECT migrate_seed('sample');
SELECT migrate_seed('sample');
SELECT username, first_name, role FROM users;
SELECT migrate_seed_run('promote', '{"username": "lucia"}');
SELECT migrate_downgrade(-1);
SELECT migrate_upgrade('head');
SELECT migrate_status();
SELECT migrate_assert_current();
EOF
