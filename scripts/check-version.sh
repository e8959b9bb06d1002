#!/bin/sh
# META.json is the one place where the version is typed; this finds every other file that must agree.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' META.json | head -n 1)
status=0

complain() {
    echo "version: $1" >&2
    status=1
}

[ -n "$version" ] || complain "META.json has no version"
provided=$(sed -n '/"provides"/,/^   }/s/^ *"version": *"\([^"]*\)".*/\1/p' META.json)
[ "$provided" = "$version" ] || complain "META.json provides $provided, not $version"
file=$(sed -n 's/^ *"file": *"\([^"]*\)".*/\1/p' META.json)
[ -f "$file" ] || complain "META.json provides the file $file, which is missing"
case $file in
sql/migrate--"$version".sql | sql/migrate--*--"$version".sql) ;;
*) complain "META.json provides $file, which does not lead to $version" ;;
esac
control=$(sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" pg_ext/migrate.control)
[ "$control" = "$version" ] || complain "pg_ext/migrate.control says '$control', not '$version'"
grep -Eq "^## \[?$version\]?( |$)" CHANGELOG.md || complain "CHANGELOG.md has no section $version"
exit $status
