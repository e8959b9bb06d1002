#!/bin/bash
# Compiles every C file again with warnings as errors: gcc and clang for what is ours alone, gcc for
# the PostgreSQL module. Each compiler is one test.
set -u
cd "$(dirname "$0")/.." || exit 1
passed=0
failed=0

for compiler in gcc clang pg; do
    if make -s "warnings-$compiler"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "warnings: $passed passed, $failed failed"
[ $failed -eq 0 ]
