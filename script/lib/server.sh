# shellcheck shell=bash
# A throw-away PostgreSQL: an own data directory, reachable by a Unix socket in a private folder only, gone
# when the calling shell ends. The extension is read from that folder too, so nothing is installed on the
# machine and several such servers do not disturb one another.
#
# start_server [setting=value ...] sets SCRATCH (the folder) and exports PGHOST, PGPORT, PGUSER, PGDATABASE
# for psql and the like. Settings worth knowing: fsync=on (off by default: the data are thrown away).

# The server refuses to run as root, so root hands it over to an ordinary user.
SERVER_USER=${SERVER_USER:-postgres}

as_server() {
    if [ "$(id -u)" -ne 0 ]; then
        (cd "$SCRATCH" && "$@")
    else
        (cd "$SCRATCH" && runuser -u "$SERVER_USER" -- "$@")
    fi
}

# make_scratch: a private folder of the server's user, removed at the end. Under /tmp, because the path of a
# Unix socket has room for 107 bytes only.
make_scratch() {
    SCRATCH=$(mktemp -d /tmp/pg_prompt.XXXXXX)
    at_exit rm -rf "$SCRATCH"
    if [ "$(id -u)" -eq 0 ]; then
        id "$SERVER_USER" >/dev/null 2>&1 ||
            die "root cannot run PostgreSQL, and there is no user $SERVER_USER; name another by SERVER_USER="
        chown "$SERVER_USER" "$SCRATCH"
    fi
}

# server_settings: where a server finds the extension that lies in SCRATCH/ext.
server_settings() {
    local libdir
    case $INSTALL_KIND in
    destdir) printf "extension_destdir = '%s'\n" "$SCRATCH/ext" ;;
    control_path)
        libdir=$("$PG_CONFIG" --pkglibdir)
        printf "extension_control_path = '%s:\$system'\n" "$SCRATCH/ext$("$PG_CONFIG" --sharedir)"
        printf "dynamic_library_path = '%s:\$libdir'\n" "$SCRATCH/ext$libdir"
        ;;
    esac
}

start_server() {
    make_scratch
    install_extension "$SCRATCH/ext"
    local bin data=$SCRATCH/data setting
    bin=$("$PG_CONFIG" --bindir)
    export PATH=$bin:$PATH
    as_server "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
        >"$SCRATCH/initdb.log" 2>&1 || { cat "$SCRATCH/initdb.log" >&2; die "initdb failed"; }
    {
        printf "listen_addresses = ''\nunix_socket_directories = '%s'\n" "$SCRATCH"
        printf "port = 5432\nfsync = off\nmax_connections = 100\nlog_min_messages = warning\n"
        printf "timezone = 'UTC'\n"
        server_settings
        for setting in "$@"; do
            printf "%s = '%s'\n" "${setting%%=*}" "${setting#*=}"
        done
    } >>"$data/postgresql.conf"
    export PGHOST=$SCRATCH PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    unset PGSERVICE PGPASSWORD PGOPTIONS
    at_exit stop_server
    as_server "$bin/pg_ctl" -D "$data" -l "$SCRATCH/server.log" -w -t 60 start >"$SCRATCH/start.log" 2>&1 ||
        { cat "$SCRATCH/start.log" "$SCRATCH/server.log" >&2; die "the server did not start"; }
}

stop_server() {
    [ -f "$SCRATCH/data/postmaster.pid" ] || return 0
    as_server "$("$PG_CONFIG" --bindir)/pg_ctl" -D "$SCRATCH/data" -m immediate -w -t 60 stop >/dev/null 2>&1
}

# sql [psql arguments]: stops at the first error, reads no ~/.psqlrc.
sql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }
