# shellcheck shell=bash disable=SC2034
# What every script shares: where the project is, how to speak, what to do at the end.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
JOBS=${JOBS:-$(nproc)}
# Debian's Python, since the oracles (Jinja2, SciPy) are Debian's packages for it.
PYTHON=${PYTHON:-/usr/bin/python3}
export LC_ALL=C.UTF-8

say() { printf '%s\n' "$*"; }
heading() { printf '\n== %s\n' "$*"; }
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# usage_of FILE: the comment block under its first line is its help text.
usage_of() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"; }

# at_exit COMMAND...: runs when this shell ends, however it ends; the last one registered runs first.
AT_EXIT=()
at_exit() {
    # A subshell inherits the list but not the duty: it starts with its own.
    if [ "${AT_EXIT_SHELL:-}" != "$BASHPID" ]; then
        AT_EXIT=()
        AT_EXIT_SHELL=$BASHPID
        trap run_at_exit EXIT
        trap 'exit 129' HUP
        trap 'exit 130' INT
        trap 'exit 141' PIPE  # whoever read our output is gone
        trap 'exit 143' TERM
    fi
    AT_EXIT=("$(printf '%q ' "$@")" "${AT_EXIT[@]}")
}
run_at_exit() {
    local status=$? command
    trap '' HUP INT PIPE TERM
    for command in "${AT_EXIT[@]}"; do
        eval "$command" || true
    done
    exit "$status"
}
