#!/bin/bash
# Runs a command and takes out of what it says the numbers that no two runs share: durations and
# process ids of online runs, and whether who blocks one is at work at this moment. The launcher of
# pg_regress and of the isolation tester.
set -o pipefail

"$@" 2>&1 | sed -uE '
    /INFO:  done in /s/[0-9]+ ms/N ms/
    /INFO:  .*; attempt /s/ in [0-9]+ ms/ in N ms/
    s/(by process )[0-9]+ \([a-z ]+ for [0-9]+ s/\1N (STATE for N s/'
