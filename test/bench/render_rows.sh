#!/bin/bash
# What a row costs in SELECT prompt.render(template, variables) over 10,000 rows, the variables being jsonb of a support
# prompt's size, beside the core's own time for the same rendering.
#
#   test/bench/render_rows.sh DIRECTORY [rounds, by default 7]
#
# DIRECTORY holds b.jinja and b.json. Must hold, by the medians: at least 100,000 rows a second, or at most twice the
# core's own time a row, for variables in memory, which a query hands on. Those `stored` in a table were compressed by
# the server, so that decompressing them is counted, too; they are shown beside.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/lib/common.sh"
source "$ROOT/script/lib/build.sh"
source "$ROOT/script/lib/server.sh"

case ${1:--h} in -h | --help) usage_of "$0"; exit ;; esac
directory=$1 rounds=${2:-7}
"$ROOT/script/bootstrap" bench
find_postgres
build_extension
start_server
build=$ROOT/build-bench
cmake -S "$ROOT" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPGPROMPT_BENCH=ON -DPGPROMPT_TESTS=OFF >/dev/null
cmake --build "$build" --target bench_template -j"$(nproc)" >/dev/null

sql -v template="$(cat "$directory/b.jinja")" -v variables="$(cat "$directory/b.json")" <<'SQL'
CREATE EXTENSION pg_prompt;
CREATE TABLE template AS SELECT :'template' AS text;
CREATE TABLE stored AS
    SELECT n, :'variables'::jsonb || jsonb_build_object('n', n) AS variables FROM generate_series(1, 10000) AS n;
CREATE TABLE one AS SELECT variables FROM stored LIMIT 1;
VACUUM ANALYZE;
SQL

# Microseconds a row of a query over 10,000 rows, all of it.
row_time() {
    sql -At <<SQL | sed -n 's/^Execution Time: \([0-9.]*\) ms/\1/p' | awk '{ print $1 / 10 }'
SET jit = off;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (ANALYZE, TIMING off, SUMMARY) $1;
SQL
}
in_memory() {
    row_time "SELECT prompt.render((SELECT text FROM template), variables)
                FROM (SELECT variables || '{}' AS variables FROM one OFFSET 0) AS v, generate_series(1, 10000)"
}
stored() { row_time "SELECT prompt.render((SELECT text FROM template), variables) FROM stored"; }
core() {
    "$build/bench_template" "$directory" --benchmark_filter='^b.jinja render' --benchmark_format=csv 2>/dev/null |
        awk -F, '/^"b.jinja/ { print $4 / 1000 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for ((i = 0; i < rounds; i++)); do
    for what in core in_memory stored; do
        $what >>"$SCRATCH/$what"
    done
done
own=$(median <"$SCRATCH/core")
say "the core's own time: $own us (median of $rounds)"
verdict() {
    median <"$SCRATCH/$1" | awk -v own="$own" '{
        rate = 1e6 / $1; ok = rate >= 100000 || $1 <= 2 * own
        printf "%.2f us a row, %.0f rows/s, %.2f times the core: %s\n", $1, rate, $1 / own, ok ? "holds" : "falls short"
        exit !ok }'
}
say "stored:    $(verdict stored || true)"
status=0
in_memory_line=$(verdict in_memory) || status=1
say "in memory: $in_memory_line"
exit $status
