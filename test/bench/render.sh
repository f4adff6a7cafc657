#!/bin/bash
# What rendering costs beside the cheapest call there is: transactions of a SELECT of prompt.render on a template
# with one variable against those of SELECT upper('x'), by pgbench with prepared statements and one client.
#
#   test/bench/render.sh [pairs of runs, by default 9] [seconds per run, by default 3]
#
# Must hold: the median of the pairs' ratios is at least 0.80.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/lib/common.sh"
source "$ROOT/script/lib/build.sh"
source "$ROOT/script/lib/server.sh"
source "$ROOT/script/lib/bench.sh"

case ${1:-} in -h | --help) usage_of "$0"; exit ;; esac
pairs=${1:-9} seconds=${2:-3}
"$ROOT/script/bootstrap" demo
find_postgres
build_extension
start_server
sql -c 'CREATE EXTENSION pg_prompt'

# The variables are a parameter: with a constant, the planner would call the function once per session.
echo "SELECT prompt.render('Hello {{ name }}!', :variables);" >"$SCRATCH/render.sql"
echo "SELECT upper('x');" >"$SCRATCH/upper.sql"

transactions() {
    pgbench -n -M prepared -c 1 -j 1 -T "$seconds" -D 'variables={"name": "Ada"}' -f "$SCRATCH/$1.sql" 2>"$SCRATCH/err" |
        sed -n 's/^tps = \([0-9.]*\).*/\1/p' | tail -n 1
    ! grep -i error "$SCRATCH/err" >&2
}
render() { transactions render; }
upper() { transactions upper; }

say "transactions per second: prompt.render, upper, ratio"
interleave "$pairs" render upper | tee "$SCRATCH/pairs"
say "render against upper: $(median_ratio <"$SCRATCH/pairs") of the transactions (median of $pairs pairs; at least 0.80 must hold)"
