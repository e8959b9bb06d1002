#!/bin/bash
# Format, static analysis and house rules. usage: scripts/lint.sh [--format | --accept-symbols]
#
# --format          formats the C files in place
# --accept-symbols  writes the lists of exported symbols from the modules that are built
#
# Each rule is one test: it names the offending lines and counts as one passed or one failed.
set -u
cd "$(dirname "$0")/.." || exit 1
shopt -s nullglob

sources=(shared/*.[ch] sqlite_ext/*.[ch] pg_ext/*.[ch] test/unit/*.[ch] test/fuzz/*.[ch]
    test/fault/*.[ch] test/asan/*.[ch] test/bench/*.[ch] test/sqlite/*.[ch] test/static/*.[ch])

formatter=
if command -v clang-format-14 >/dev/null; then
    formatter=clang-format-14
elif command -v clang-format >/dev/null && clang-format --version | grep -q 'version 14\.'; then
    formatter=clang-format
fi

# What a module exports, without the adapter's own internals: pgm_ is visible before PostgreSQL 16.
exported() {
    nm -D --defined-only "$1" | awk '{ print $3 }' | grep -v '^pgm_' | LC_ALL=C sort
}

case ${1:-} in
--format)
    exec ${formatter:?clang-format 14 is not installed} -i "${sources[@]}"
    ;;
--accept-symbols)
    exported build/sqlite/migrate.so >test/data/symbols-sqlite.txt
    exported migrate.so >test/data/symbols-postgresql.txt
    exit
    ;;
esac

passed=0
failed=0
skipped=0

# rule NAME COMMAND...: passes when the command succeeds; its output says what is wrong.
rule() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n%s\n' "$name" "$output" | head -n 60
    fi
}

skip() {
    skipped=$((skipped + 1))
    echo "skipped $1"
}

# none PATTERN FILE...: no line matches, comments and literals left out.
none() {
    local pattern=$1 file lines found=0
    shift
    for file in "$@"; do
        lines=$(gcc -fpreprocessed -dD -E -P -x c "$file" | sed 's/"\([^"\\]\|\\.\)*"/""/g' |
            grep -E "$pattern")
        if [ -n "$lines" ]; then
            printf '%s\n%s\n' "$file:" "$lines"
            found=1
        fi
    done
    return $found
}

core_bans='(malloc|calloc|realloc|free|strcpy|strncpy|strcat|strncat|sprintf|vsprintf|strtok|atoi|atol|atof|strtol|strtoul|strtod|toupper|tolower|isalpha|isdigit|isspace|isalnum|printf|fprintf|abort|exit|setlocale|time|clock|rand|random|getenv|fopen|open|read|write|system|popen|qsort|alloca)'
adapter_bans='(strcpy|strcat|strncat|sprintf|vsprintf|strtok|atoi|atol|gets|system|popen|setlocale|alloca)'
host_headers='^ *# *include *[<"](postgres|fmgr|sqlite3|executor/|utils/|catalog/|access/|miscadmin|unistd|fcntl|sys/|dirent|stdio|stdlib|time\.h|locale|ctype|pthread)'

# vsnprintf and qsort live in headers that also declare what is banned; the calls are what counts.
include_rule() {
    grep -nE "$host_headers" shared/*.[ch] | grep -vE '<(stdio|stdlib)\.h>' && return 1
    return 0
}

version_num_rule() {
    ! grep -n 'PG_VERSION_NUM' shared/*.[ch] sqlite_ext/*.[ch] pg_ext/*.[ch] | grep -v '^pg_ext/compat\.h:'
}

sql_directory_rule() {
    local file bad=0
    for file in sql/*; do
        [[ $file =~ ^sql/migrate--[0-9.]+(--[0-9.]+)?\.sql$ ]] || { echo "$file" && bad=1; }
    done
    return $bad
}

layers_rule() {
    ! grep -nE '^ *# *include *"(pgm|sqm|pg_ext|sqlite_ext)' shared/*.[ch] &&
        ! grep -nE '^ *# *include *".*(pgm|pg_ext)' sqlite_ext/*.[ch] &&
        ! grep -nE '^ *# *include *".*(sqm|sqlite_ext)' pg_ext/*.[ch]
}

size_rule() {
    ! wc -l "${sources[@]}" | awk '$2 != "total" && $1 > 1200 { print; found = 1 } END { exit !found }'
}

# A body starts at a line that ends with { in column 1's function and ends at a } in column 1.
function_rule() {
    awk 'FNR == 1 { start = 0 }
        /^[A-Za-z_].*\)( \{)?$|^ +.*\) \{$/ { if (!start && /\{$/) start = FNR }
        /^}/ { if (start && FNR - start > 120) { print FILENAME ":" start ": " FNR - start " lines"
                bad = 1 } start = 0 }
        END { exit bad }' "${sources[@]}"
}

leftovers_rule() {
    ! grep -nE 'TODO|FIXME|HACK|(^|[^X])XXX([^X]|$)' "${sources[@]}" sql/*.sql scripts/*.sh Makefile |
        grep -v '^scripts/lint.sh:'
}

symbols_rule() {
    diff -u "$2" <(exported "$1")
}

no_escape_rule() {
    ! nm -D --undefined-only "$1" | grep -wE 'system|popen|exec[vl]p?e?|fork|abort|exit'
}

header_alone_rule() {
    local header bad=0
    for header in shared/*.h; do
        printf '#include "%s"\nextern int used;\n' "${header#shared/}" |
            gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Ishared -x c - || bad=1
    done
    printf '#include "mig.h"\n' |
        clang -x c++ -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Ishared - || bad=1
    return $bad
}

changed_format_rule() {
    "$formatter" --dry-run -Werror "${sources[@]}"
}

if [ -n "$formatter" ]; then
    rule "format (make format repairs it)" changed_format_rule
else
    skip "format: clang-format 14 is not installed"
fi
# Uninitialised reads are left to the compilers and valgrind, which do not guess.
if command -v cppcheck >/dev/null; then
    rule "cppcheck" cppcheck --quiet --enable=warning,performance,portability --inline-suppr \
        --error-exitcode=1 --std=c99 -Ishared --suppress=missingInclude -D__GNUC__ \
        --suppress=uninitvar shared sqlite_ext
else
    skip "cppcheck: not installed"
fi
rule "banned functions in shared/" none "(^|[^A-Za-z0-9_>.])$core_bans *\(" shared/*.c
rule "banned functions in the adapters" none "(^|[^A-Za-z0-9_>.])$adapter_bans *\(" sqlite_ext/*.c pg_ext/*.c
rule "host headers in shared/" include_rule
rule "PG_VERSION_NUM outside pg_ext/compat.h" version_num_rule
rule "sql/ holds only install and update scripts" sql_directory_rule
rule "includes point down" layers_rule
rule "no file above 1200 lines" size_rule
rule "no function above 120 lines" function_rule
rule "leftovers" leftovers_rule
rule "headers stand alone" header_alone_rule
rule "version" scripts/check-version.sh
if [ -f build/sqlite/migrate.so ]; then
    rule "symbols of build/sqlite/migrate.so" symbols_rule build/sqlite/migrate.so test/data/symbols-sqlite.txt
    rule "calls of build/sqlite/migrate.so" no_escape_rule build/sqlite/migrate.so
else
    skip "symbols of build/sqlite/migrate.so: not built"
fi
if [ -f migrate.so ]; then
    rule "symbols of migrate.so" symbols_rule migrate.so test/data/symbols-postgresql.txt
    rule "calls of migrate.so" no_escape_rule migrate.so
else
    skip "symbols of migrate.so: not built"
fi

if [ $skipped -gt 0 ]; then
    echo "lint: $passed passed, $failed failed, $skipped skipped"
else
    echo "lint: $passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
