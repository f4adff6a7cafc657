# shellcheck shell=bash
# Building: the core by CMake, the extension by PGXS. Both are incremental.

# find_postgres: sets PG_CONFIG (the newest installed server's unless given) and INSTALL_KIND, how a
# throw-away server is told where the extension lies:
#   destdir       Debian's PostgreSQL looks under extension_destdir
#   control_path  PostgreSQL 18 and later look along extension_control_path
#   system        neither: the extension has to be installed into the server's own folders
find_postgres() {
    if [ -z "${PG_CONFIG:-}" ]; then
        PG_CONFIG=$(find /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -V | tail -n 1)
        PG_CONFIG=${PG_CONFIG:-$(command -v pg_config)} || die "there is no pg_config: run script/bootstrap"
    fi
    [ -f "$("$PG_CONFIG" --includedir-server)/postgres.h" ] ||
        die "$PG_CONFIG has no server headers: run script/bootstrap"
    local settings
    settings=$("$("$PG_CONFIG" --bindir)/postgres" --describe-config)
    case $settings in
    *extension_control_path*) INSTALL_KIND=control_path ;;
    *extension_destdir*) INSTALL_KIND=destdir ;;
    *) INSTALL_KIND=system ;;
    esac
    export PG_CONFIG INSTALL_KIND
}

# quietly LOG COMMAND...: shows the output only if the command fails.
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        die "failed: $* (all of its output: $log)"
    fi
}

build_extension() {
    quietly "$ROOT/build/log/make.log" make -C "$ROOT" -j"$JOBS" PG_CONFIG="$PG_CONFIG"
}

# install_extension DIR: into DIR where the server can be pointed there, else into the server's own folders.
install_extension() {
    local log=$ROOT/build/log/install.log
    if [ "$INSTALL_KIND" != system ]; then
        quietly "$log" make -C "$ROOT" install PG_CONFIG="$PG_CONFIG" DESTDIR="$1"
        chmod -R a+rX "$1"
    elif [ -w "$("$PG_CONFIG" --pkglibdir)" ]; then
        quietly "$log" make -C "$ROOT" install PG_CONFIG="$PG_CONFIG"
    else
        say "This PostgreSQL finds extensions in its own folders only, so 'make install' needs root's rights."
        quietly "$log" sudo make -C "$ROOT" install PG_CONFIG="$PG_CONFIG"
    fi
}

# configure_core DIR [cmake argument ...], build_core DIR [cmake argument ...]: the core without a server.
configure_core() {
    local dir=$1
    shift
    quietly "$ROOT/build/log/cmake-$(basename "$dir").log" cmake -S "$ROOT" -B "$dir" "$@"
}
build_core() {
    configure_core "$@"
    quietly "$ROOT/build/log/build-$(basename "$1").log" cmake --build "$1" -j"$JOBS"
}
