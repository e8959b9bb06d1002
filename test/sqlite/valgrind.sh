#!/bin/bash
# The shell cases of this directory under valgrind: any error or leak fails the case.
set -u

cd "$(dirname "$0")" || exit 1
if ! command -v valgrind >/dev/null; then
    echo "skipped: valgrind is not installed"
    echo "sqlite-valgrind: 0 passed, 0 failed, 1 skipped"
    exit
fi
log=$(mktemp)
trap 'rm -f "$log"*' EXIT
export SQLITE_RUNNER="valgrind -q --leak-check=full \
--errors-for-leak-kinds=definite,indirect --log-file=$log.%p"
passed=0
failed=0
for sql in *.sql; do
    name=${sql%.sql}
    rm -f "$log".*
    if ! ./run.sh "$name" | grep -aq ' 1 passed, 0 failed$'; then
        echo "$name: other output than without valgrind"
        failed=$((failed + 1))
    elif [ -n "$(cat "$log".* 2>/dev/null)" ]; then
        echo "$name:"
        cat "$log".*
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
echo "sqlite-valgrind: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
