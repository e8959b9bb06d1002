#!/bin/bash
# Installs what building and testing need and this machine lacks, by the names of Debian and Ubuntu
# packages. Where nothing is missing it does nothing, silently and without a network.
#
# usage: scripts/setup.sh demo | test | oracle
#
# Where apt-get is not there or may not be used it prints the list and how to go on, and fails. A
# missing PostgreSQL is installed in the version of this release, and no server is started for it:
# the tests make and remove servers of their own.
set -eu

profile=${1:-}

demo_packages=(gcc libc6-dev make libsqlite3-dev nettle-dev libyaml-dev libcrypt-dev sqlite3)
test_packages=(
    "${demo_packages[@]}" procps libmd-dev
    clang clang-format-14 cppcheck valgrind
    python3 python3-sqlalchemy
)
oracle_packages=(python3-alembic)
# Without these a suite says what it skips: pgbouncer, for runs through a pool in transaction mode.
optional_packages=(pgbouncer)

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]
}

# The major version of the PostgreSQL whose pg_config builds extensions here, else the version that
# the metapackage of this release stands for.
postgresql_version() {
    local pgxs
    pgxs=$(pg_config --pgxs 2>/dev/null || true)
    if [ -n "$pgxs" ] && [ -e "$pgxs" ]; then
        pg_config --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'
    else
        apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' |
            head -n 1
    fi
}

# Fills missing with those of the arguments that are not installed.
find_missing() {
    local package
    missing=()
    for package in "$@"; do
        installed "$package" || missing+=("$package")
    done
}

# Tools that count however they came to be here; a machine without dpkg passes with all of them.
tools_present() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || return 1
    done
}

headers_present() {
    printf '#include <sqlite3.h>\n#include <nettle/sha2.h>\n#include <yaml.h>\n#include <crypt.h>\nint main(void) { return 0; }\n' |
        cc -x c -fsyntax-only - 2>/dev/null
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

give_up() {
    echo "setup: $1" >&2
    echo "setup: these packages are needed: ${missing[*]}" >&2
    echo "setup: install them (apt-get install ${missing[*]}) and try again" >&2
    exit 1
}

# Installing PostgreSQL would create and start a server for the whole machine; say no beforehand
# unless somebody has decided that already.
prevent_server() {
    local conf=/etc/postgresql-common/createcluster.conf
    case " ${missing[*]} " in
    *" postgresql-"[0-9]*)
        if [ ! -e "$conf" ]; then
            echo "setup: writing $conf (create_main_cluster = false), so that no server is started"
            as_root mkdir -p "${conf%/*}"
            echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
        fi
        ;;
    esac
}

# Debian starts a service as its package is installed, unless this program says no, and at each boot,
# unless it is disabled.
prevent_services() {
    case " ${missing[*]} " in
    *" pgbouncer "*)
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            policy=/usr/sbin/policy-rc.d
            printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
            as_root chmod 755 "$policy"
        fi
        ;;
    esac
}

allow_services() {
    case " ${missing[*]} " in
    *" pgbouncer "*)
        as_root systemctl --quiet disable pgbouncer.service >/dev/null 2>&1 || true
        ;;
    esac
    if [ -n "$policy" ]; then
        as_root rm -f "$policy"
        policy=
    fi
}

install_missing() {
    command -v apt-get >/dev/null || give_up "there is no apt-get on this system"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || give_up "not root, and sudo is not installed"
        sudo -n true 2>/dev/null || [ -t 0 ] || give_up "not root, and sudo wants a password"
    fi
    echo "setup: installing for \"make $profile\": ${missing[*]}"
    prevent_server
    log=$(mktemp)
    policy=
    trap 'rm -f "$log"; allow_services' EXIT
    prevent_services
    # Lists older than the mirror name files that it no longer has.
    if ! apt_install && ! { as_root apt-get -qq update && apt_install; }; then
        tail -n 20 "$log" >&2
        give_up "apt-get could not install them"
    fi
}

# What apt says is shown only if it fails.
apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 install \
        -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null
}

need() {
    find_missing "$@"
    if [ ${#missing[@]} -gt 0 ]; then
        install_missing
    fi
}

# What the tests can do without: its absence is said, and is no failure.
want() {
    local package
    for package in "$@"; do
        if ! installed "$package" && ! (need "$package") >/dev/null 2>&1; then
            echo "setup: $package cannot be installed; its tests are skipped" >&2
        fi
    done
}

refresh_lists() {
    if ! apt-cache show libsqlite3-dev >/dev/null 2>&1; then
        echo "setup: reading the package lists"
        as_root apt-get -qq update || true
    fi
}

# Lists that are absent or older than the mirror make the installation fail; read them first.
prepare() {
    find_missing "$@"
    if [ ${#missing[@]} -gt 0 ] && command -v apt-get >/dev/null &&
        { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
        refresh_lists
    fi
}

# clang-format-14 is the one version whose opinion counts; later releases of Debian and Ubuntu do
# not all have it, and then the format is not looked at.
without_unavailable() {
    local package
    wanted=()
    for package in "$@"; do
        if [ "$package" = clang-format-14 ] && ! installed "$package" &&
            ! apt-cache show "$package" >/dev/null 2>&1; then
            echo "setup: this release has no $package; the format is not checked" >&2
            continue
        fi
        wanted+=("$package")
    done
}

setup_demo() {
    if tools_present cc make sqlite3 && headers_present; then
        return
    fi
    prepare "${demo_packages[@]}"
    need "${demo_packages[@]}"
}

# Where there is no dpkg the tools themselves are looked for.
setup_test_elsewhere() {
    if tools_present cc make sqlite3 clang clang-format-14 cppcheck valgrind python3 pgrep pg_config &&
        headers_present && [ -e "$(pg_config --pgxs)" ]; then
        return
    fi
    missing=("${test_packages[@]}" postgresql postgresql-server-dev pgtap)
    give_up "there is no dpkg on this system"
}

setup_test() {
    local version
    if ! tools_present dpkg-query; then
        setup_test_elsewhere
        return
    fi
    prepare "${test_packages[@]}"
    version=$(postgresql_version)
    if [ -z "$version" ]; then
        missing=("${test_packages[@]}" postgresql postgresql-server-dev-all)
        give_up "no PostgreSQL is known to the package lists"
    fi
    without_unavailable "${test_packages[@]}"
    need "${wanted[@]}" "postgresql-$version" "postgresql-client-$version" \
        "postgresql-server-dev-$version" "postgresql-$version-pgtap"
    want "${optional_packages[@]}"
}

case $profile in
demo)
    setup_demo
    ;;
test)
    setup_test
    ;;
oracle)
    setup_test
    need "${oracle_packages[@]}"
    ;;
*)
    echo "usage: scripts/setup.sh demo | test | oracle" >&2
    exit 2
    ;;
esac
