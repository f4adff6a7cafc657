#!/bin/bash
# What experiments cost: choosing a variant, reading a verdict, and many writers of one user.
#
#   test/bench/experiments.sh [assignment | reading | one_user ...]     all unless some are named
#
# Each prints its figure and whether it holds. EXECUTIONS=5000000 is the larger of the experiments that are read;
# PAIRS=5 interleaved pairs of runs of SECONDS_EACH=5 of the writers, on 32 connections.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/lib/common.sh"
source "$ROOT/script/lib/build.sh"
source "$ROOT/script/lib/server.sh"
source "$ROOT/script/lib/bench.sh"

case ${1:-} in
-h | --help) usage_of "$0"; exit ;;
esac
"$ROOT/script/bootstrap" demo
find_postgres
build_extension
start_server fsync=on synchronous_commit=off shared_buffers=512MB max_wal_size=8GB checkpoint_timeout=1h max_connections=60

# verdict VALUE at_least|at_most LIMIT: ok, or what is wrong; the latter makes the whole command fail
verdict() {
    if awk -v v="$1" -v how="$2" -v limit="$3" 'BEGIN {exit how == "at_least" ? v < limit : v > limit}'; then
        echo ok
    else
        touch "$SCRATCH/failed"
        if [ "$2" = at_least ]; then echo "TOO LITTLE"; else echo "TOO MUCH"; fi
    fi
}
# milliseconds of the last statement
timed() { { echo '\timing on'; cat; } | sql -qAt | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1; }
# fastest TIMES: of a statement on standard input
fastest() {
    local statement
    statement=$(cat)
    for _ in $(seq "$1"); do timed <<<"SET max_parallel_workers_per_gather = 0; $statement"; done | sort -n | head -n 1
}

sql -q >/dev/null <<'SQL'
CREATE EXTENSION pg_prompt;
SELECT prompt.install();
SELECT prompt.create_prompt('p', 'Hello'), prompt.create_version('p', 'Hi'), prompt.activate_version('p', 1);
SELECT prompt.create_experiment(e, 'p', '[{"name": "A", "version": 1, "weight": 50}, {"name": "B", "version": 2, "weight": 50}]',
           'success_rate', '{cost_usd,rating}', '[{"metric": "response_time_ms", "margin": 0.05}]', traffic_share => 0.3,
           metric_windows => '{"rating": "0"}'),
       prompt.start_experiment(e) FROM unnest('{small,large,writers}'::text[]) AS e;
SQL

assignment() {
    local ours theirs rate ratio
    ours=$(fastest 5 <<<"SELECT count(prompt.assign_variant('salt', u::text, '{50,25,25}')) FROM generate_series(1, 1000000) AS u")
    theirs=$(fastest 3 <<<"SELECT count(CASE WHEN s.v < 50 THEN 1 WHEN s.v < 75 THEN 2 ELSE 3 END) FROM (SELECT
        ('x' || substr(md5('salt' || u::text), 1, 8))::bit(32)::bigint * 100 / 4294967296.0 AS v FROM generate_series(1, 1000000) AS u) AS s")
    rate=$(awk -v t="$ours" 'BEGIN {printf "%.2f", 1000 / t}')
    ratio=$(awk -v a="$theirs" -v b="$ours" 'BEGIN {printf "%.1f", a / b}')
    say "assign_variant: $rate million a second on one core (at least 1.5: $(verdict "$rate" at_least 1.5))," \
        "$ratio times the md5 expression (at least 5: $(verdict "$ratio" at_least 5))"
}

# fill EXPERIMENT EXECUTIONS: ten executions a user, folded
fill() {
    local first step=250000
    for first in $(seq 1 $step "$2"); do
        sql -q >/dev/null <<SQL
            INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status,
                                                  cost_usd, rating, response_time_ms)
            SELECT v.template_id, v.experiment_id, v.name, 1, 'u' || g / 10,
                   CASE WHEN random() < 0.8 THEN 'success' ELSE 'error' END,
                   round(random()::numeric, 4), 1 + g % 5, 100 + g % 900
              FROM generate_series($first, least($2, $first + $step - 1)) AS g
              JOIN prompt.ab_test_experiments e ON e.name = '$1'
              JOIN prompt.ab_test_variants v ON v.experiment_id = e.id AND v.ordinal = 1 + g / 10 % 2;
            SELECT prompt.fold();
SQL
    done
}
reading() {
    local small large ratio name
    fill small 10000
    fill large "${EXECUTIONS:-5000000}"
    sql -q -c "VACUUM ANALYZE" -c CHECKPOINT
    for name in results verdict; do
        local statement="SELECT count(*) FROM prompt.experiment_$name('%s'); SELECT count(*) FROM prompt.experiment_$name('%s')"
        # in turn, so that what else goes on here meets both
        for _ in $(seq 40); do
            timed <<<"${statement//%s/small}" >>"$SCRATCH/small_$name"
            timed <<<"${statement//%s/large}" >>"$SCRATCH/large_$name"
        done
        small=$(sort -n "$SCRATCH/small_$name" | head -n 1) large=$(sort -n "$SCRATCH/large_$name" | head -n 1)
        ratio=$(awk -v a="$large" -v b="$small" 'BEGIN {printf "%.2f", a / b}')
        say "experiment_$name: $small ms at 10 thousand executions," \
            "$large ms at ${EXECUTIONS:-5000000} (at most 5 ms: $(verdict "$large" at_most 5))," \
            "$ratio times (at most 1.2: $(verdict "$ratio" at_most 1.2))"
    done
}

one_user() {
    local id median
    id=$(sql -qAtc "SELECT id FROM prompt.ab_test_experiments WHERE name = 'writers'")
    for who in one many; do
        {
            if [ "$who" = one ]; then echo '\set u 1'; else echo '\set u random(1, 100000)'; fi
            echo "INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status,
                                                        cost_usd, rendered_prompt, response_text)
              SELECT template_id, experiment_id, name, 1, 'w' || :u, 'success', 0.001, repeat('x', 500), repeat('y', 900)
                FROM prompt.ab_test_variants WHERE experiment_id = '$id' AND ordinal = 1;"
        } >"$SCRATCH/$who.sql"
    done
    writers() {
        sql -q -c "TRUNCATE prompt.prompt_executions, prompt.prompt_metrics, prompt.prompt_subject_queue,
                            prompt.prompt_subjects, prompt.ab_test_statistics" -c CHECKPOINT
        "$("$PG_CONFIG" --bindir)/pgbench" -n -M prepared -f "$SCRATCH/$1.sql" -c 32 -j 2 -T "${SECONDS_EACH:-5}" 2>"$SCRATCH/errors" |
            sed -n 's/^tps = \([0-9.]*\).*/\1/p'
        ! grep -v pghost "$SCRATCH/errors" | grep -q . || { cat "$SCRATCH/errors" >&2; die "a writer failed"; }
    }
    of_one() { writers one; }
    of_many() { writers many; }
    interleave "${PAIRS:-5}" of_one of_many >"$SCRATCH/pairs"
    median=$(median_ratio <"$SCRATCH/pairs")
    say "32 writers of one user against 32 of many: $median (at least .8: $(verdict "$median" at_least 0.8));" \
        "transactions a second: $(awk '{printf "%s%d/%d", (NR > 1 ? ", " : ""), $1, $2}' "$SCRATCH/pairs")"
    [ -z "$(sql -qAtc 'SELECT * FROM prompt.verify_metrics()')" ] || die "the figures are wrong"
}

for case in ${*:-assignment reading one_user}; do "$case"; done
[ ! -e "$SCRATCH/failed" ]
