#!/bin/bash
# A PostgreSQL server for one test: made in a temporary directory, reached through a socket in it,
# gone afterwards on every path. No server of the system is touched and nothing is installed: the
# server runs from a private copy of the installation (links, but for the programs that look for
# their files relative to themselves) into which the extension of this tree is put.
#
# usage: scripts/cluster.sh run COMMAND [ARGUMENT...]     with the variables below set
#        . scripts/cluster.sh; cluster_start; ...         the same within a script (bash)
#
# cluster_start sets and exports
#   PGHOST PGPORT PGUSER PGDATABASE   where it listens; user postgres is superuser, trusted
#   PATH                              the programs of this PostgreSQL first
#   CLUSTER                           the directory; CLUSTER/log is the server's log
#   MIG_DATA, MIG_EXAMPLES            copies of test/data and examples/ that the server may read
#   MIG_TMP                           a directory in which server and tests may both write
# and an EXIT trap that calls cluster_stop; a script with a trap of its own calls it itself.
#
#   cluster_restart [MODE]    pg_ctl restart, MODE fast or immediate
#   cluster_kill              kill -9 of the postmaster and all its children
#   cluster_up                starts it again
#   cluster_as COMMAND...     runs a command as the user of the server, in the directory CLUSTER
# CLUSTER_CONF holds more lines for postgresql.conf. CLUSTER_MODULE is another build of the module,
# CLUSTER_PRELOAD what is preloaded into the server (and into nothing else), CLUSTER_LOGS a directory
# that gets a copy of the server's log at the end. As root the server runs as user postgres.

cluster_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cluster_pg_config=${PG_CONFIG:-pg_config}
cluster_module=${CLUSTER_MODULE:-$cluster_root/migrate.so}

cluster_fail() {
    echo "cluster: $*" >&2
    exit 1
}

# In a directory that the user may enter, which the current one need not be.
cluster_as() (
    cd "$CLUSTER" || exit 1
    if [ "$(id -u)" = 0 ]; then
        exec runuser -u "$cluster_user" -- "$@"
    fi
    exec "$@"
)

# Links the entries of directory $1 into directory $2.
cluster_link() {
    mkdir -p "$2"
    cp -rsn "$1"/. "$2"/
}

# The tree keeps the distances between the compiled-in directories, so that the server finds its
# files below the copy.
cluster_tree() {
    local bin share lib
    bin=$("$cluster_pg_config" --bindir)
    share=$("$cluster_pg_config" --sharedir)
    lib=$("$cluster_pg_config" --pkglibdir)
    [ -x "$bin/initdb" ] || cluster_fail "no PostgreSQL server in $bin (scripts/setup.sh test installs one)"
    [ -f "$cluster_module" ] || cluster_fail "$cluster_module is missing; run make first"

    cluster_link "$share" "$CLUSTER/tree$share"
    cluster_link "$lib" "$CLUSTER/tree$lib"
    mkdir -p "$CLUSTER/tree$bin"
    cp "$bin/postgres" "$bin/initdb" "$bin/pg_ctl" "$CLUSTER/tree$bin"
    CLUSTER_BIN=$CLUSTER/tree$bin

    rm -f "$CLUSTER/tree$lib/migrate.so" "$CLUSTER/tree$share/extension"/migrate[.-]*
    cp "$cluster_module" "$CLUSTER/tree$lib/migrate.so"
    cp "$cluster_root/pg_ext/migrate.control" "$cluster_root"/sql/migrate--*.sql \
        "$CLUSTER/tree$share/extension/"
    cluster_preload
    PATH=$bin:$PATH
}

# pg_ctl starts this in place of the server.
cluster_preload() {
    CLUSTER_PROGRAM=$CLUSTER_BIN/postgres
    [ -n "${CLUSTER_PRELOAD:-}" ] || return 0
    CLUSTER_PROGRAM=$CLUSTER/postgres
    printf '#!/bin/sh\nLD_PRELOAD=%s exec %s/postgres "$@"\n' "$CLUSTER_PRELOAD" "$CLUSTER_BIN" \
        >"$CLUSTER_PROGRAM"
    chmod 755 "$CLUSTER_PROGRAM"
}

cluster_copies() {
    MIG_DATA=$CLUSTER/files/data
    MIG_EXAMPLES=$CLUSTER/files/examples
    MIG_TMP=$CLUSTER/files/tmp
    mkdir -p "$CLUSTER/files" "$MIG_TMP"
    [ ! -d "$cluster_root/test/data" ] || cp -R "$cluster_root/test/data" "$MIG_DATA"
    [ ! -d "$cluster_root/examples" ] || cp -R "$cluster_root/examples" "$MIG_EXAMPLES"
    chmod -R a+rX "$CLUSTER/files"
    chmod 1777 "$MIG_TMP"
}

cluster_init() {
    cluster_as "$CLUSTER_BIN/initdb" -D "$CLUSTER/data" -U postgres -A trust -E UTF8 --locale=C \
        --no-sync >"$CLUSTER/initdb.log" 2>&1 ||
        cluster_fail "initdb failed: $(tail -n 5 "$CLUSTER/initdb.log")"
    cluster_as tee -a "$CLUSTER/data/postgresql.conf" >/dev/null <<END
listen_addresses = ''
unix_socket_directories = '$CLUSTER'
port = $PGPORT
fsync = off
shared_buffers = 32MB
max_connections = 100
log_min_messages = warning
timezone = 'UTC'
${CLUSTER_CONF:-}
END
}

cluster_up() {
    cluster_as "$CLUSTER_BIN/pg_ctl" -D "$CLUSTER/data" -p "$CLUSTER_PROGRAM" -l "$CLUSTER/log" \
        -w -t 60 -s start \
        </dev/null >/dev/null || cluster_fail "the server did not start: $(tail -n 5 "$CLUSTER/log")"
}

cluster_restart() {
    cluster_as "$CLUSTER_BIN/pg_ctl" -D "$CLUSTER/data" -p "$CLUSTER_PROGRAM" -l "$CLUSTER/log" \
        -w -t 60 -s -m "${1:-fast}" restart </dev/null >/dev/null
}

cluster_kill() {
    local postmaster children
    postmaster=$(head -n 1 "$CLUSTER/data/postmaster.pid")
    children=$(pgrep -P "$postmaster" || true)
    # shellcheck disable=SC2086
    kill -9 "$postmaster" $children 2>/dev/null || true
    while kill -0 "$postmaster" 2>/dev/null; do
        sleep 0.02
    done
    rm -f "$CLUSTER/data/postmaster.pid"
}

cluster_stop() {
    [ -n "${CLUSTER:-}" ] || return 0
    if [ -f "$CLUSTER/data/postmaster.pid" ]; then
        cluster_as "$CLUSTER_BIN/pg_ctl" -D "$CLUSTER/data" -m immediate -w -s stop \
            </dev/null >/dev/null 2>&1 || true
    fi
    [ -z "${CLUSTER_LOGS:-}" ] || cp "$CLUSTER/log" "$CLUSTER_LOGS/log.$$"
    rm -rf "$CLUSTER"
    CLUSTER=
}

cluster_start() {
    local base=${TMPDIR:-/tmp}
    # A socket's path has room for some 100 bytes, and the server's user must reach it.
    if [ ${#base} -gt 60 ]; then
        base=/tmp
    fi
    cluster_user=postgres
    if [ "$(id -u)" = 0 ] && ! id postgres >/dev/null 2>&1; then
        cluster_user=nobody
    fi
    unset PGSERVICE PGSERVICEFILE PGPASSFILE PGOPTIONS PGSSLMODE PGHOSTADDR PGDATA PGPASSWORD \
        PGAPPNAME PGCLIENTENCODING PGTZ PGCONNECT_TIMEOUT PGTARGETSESSIONATTRS

    CLUSTER=$(mktemp -d "$base/migrate-pg.XXXXXX")
    trap cluster_stop EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    chmod 755 "$CLUSTER"
    cluster_tree
    cluster_copies
    if [ "$(id -u)" = 0 ]; then
        chown "$cluster_user" "$CLUSTER" "$MIG_TMP"
    fi
    PGHOST=$CLUSTER
    PGPORT=54329
    PGUSER=postgres
    PGDATABASE=postgres
    LC_ALL=C.UTF-8
    cluster_init
    cluster_up
    export CLUSTER CLUSTER_BIN MIG_DATA MIG_EXAMPLES MIG_TMP PGHOST PGPORT PGUSER PGDATABASE PATH \
        LC_ALL
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -eu
    if [ "${1:-}" != run ] || [ $# -lt 2 ]; then
        echo "usage: scripts/cluster.sh run COMMAND [ARGUMENT...]" >&2
        exit 2
    fi
    shift
    cluster_start
    status=0
    # In the background, so that a signal is acted upon while the command runs.
    "$@" <&0 &
    command=$!
    trap 'kill $command 2>/dev/null || true; cluster_stop' EXIT
    wait $command || status=$?
    exit $status
fi
