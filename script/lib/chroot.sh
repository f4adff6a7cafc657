# shellcheck shell=bash
# Another release of Debian in a folder: made by debootstrap, entered by chroot. Needs root's rights.

# make_chroot DIRECTORY SUITE: with SUITE's packages and its security updates, unless there is one already.
make_chroot() {
    local dir=$1 suite=$2 script=
    [ "$(id -u)" -eq 0 ] || die "debootstrap and chroot need root's rights"
    command -v debootstrap >/dev/null || die "there is no debootstrap; as root: apt-get install debootstrap"
    if [ ! -x "$dir/usr/bin/apt-get" ]; then
        heading "making a $suite in $dir"
        if [ ! -e "/usr/share/debootstrap/scripts/$suite" ]; then
            [ -n "${MIRROR:-}" ] || die "debootstrap does not know $suite yet; name a mirror that has it by MIRROR="
            script=/usr/share/debootstrap/scripts/sid
        fi
        # shellcheck disable=SC2086
        quietly "$ROOT/build/log/debootstrap.log" debootstrap --variant=minbase "$suite" "$dir" ${MIRROR:-} $script
        echo 'Acquire::Check-Valid-Until "false";' >"$dir/etc/apt/apt.conf.d/check-valid-until"  # mirrors may stand still
        echo force-unsafe-io >"$dir/etc/dpkg/dpkg.cfg.d/force-unsafe-io"
    fi
    add_security_updates "$dir" "$suite"
    cp /etc/resolv.conf "$dir/etc/resolv.conf"
    mount_into "$dir" -t proc proc proc
    mount_into "$dir" --bind /dev dev
    mount_into "$dir" -t tmpfs tmpfs dev/shm
}

# add_security_updates DIRECTORY SUITE...: they lie beside the mirror that debootstrap took.
add_security_updates() {
    local dir=$1 mirror suite
    shift
    mirror=$(awk '$1 == "deb" {print $2; exit}' "$dir/etc/apt/sources.list")
    for suite in "$@"; do
        echo "deb ${mirror%/}-security $suite-security main" >"$dir/etc/apt/sources.list.d/$suite-security.list"
    done
}

# mount_into DIRECTORY MOUNT_ARGUMENTS... PLACE: until this shell ends.
mount_into() {
    local dir=$1 place=${*: -1}
    shift
    mountpoint -q "$dir/$place" && return
    mount "${@:1:$#-1}" "$dir/$place"
    at_exit umount "$dir/$place"
}

# in_chroot DIRECTORY COMMAND...: with a clean environment; settings of ours that are to hold there precede by VARIABLE=value.
in_chroot() {
    local dir=$1
    shift
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
        DEBIAN_FRONTEND=noninteractive chroot "$dir" env "$@"
}

# clone_into DIRECTORY PLACE: what is committed here, as a clone that nothing has been built in yet.
clone_into() {
    rm -rf "${1:?}/$2"
    git clone -q --no-hardlinks "$ROOT" "$1/$2"
}
