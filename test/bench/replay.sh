#!/bin/bash
# What the triggers cost: 90,189 executions of an experiment (as many as the players of the Cookie Cats gate test)
# in one INSERT ... SELECT, with the triggers against without. Constraints and foreign keys are checked in both.
#
#   test/bench/replay.sh [pairs of runs, by default 5]
#
# Each run starts from the same database. Must hold: the median of the pairs' ratios is at most 1.50.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/lib/common.sh"
source "$ROOT/script/lib/build.sh"
source "$ROOT/script/lib/server.sh"
source "$ROOT/script/lib/bench.sh"

case ${1:-} in -h | --help) usage_of "$0"; exit ;; esac
pairs=${1:-5}
"$ROOT/script/bootstrap" demo
find_postgres
build_extension
start_server fsync=on shared_buffers=512MB max_wal_size=4GB checkpoint_timeout=1h autovacuum=off

sql -c 'CREATE DATABASE base' && sql -d base >/dev/null <<'SQL'
CREATE EXTENSION pg_prompt;
SELECT prompt.install();
SELECT prompt.create_prompt('gate', 'Gate at level 30');
SELECT prompt.create_version('gate', 'Gate at level 40', 'later gate');
SELECT prompt.activate_version('gate', 1);
SELECT prompt.create_experiment('gate test', 'gate',
    '[{"name": "gate_30", "version": 1, "weight": 50}, {"name": "gate_40", "version": 2, "weight": 50}]', 'conversion');
SELECT prompt.start_experiment('gate test');
SQL

cat >"$SCRATCH/replay.sql" <<'SQL'
\timing on
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status,
                                      response_time_ms, input_tokens, output_tokens, cost_usd, conversion_metric)
SELECT v.template_id, v.experiment_id, v.name, 1, 'player ' || n, 'success',
       200 + n % 800, 100 + n % 50, 40 + n % 30, 0.0001 * (n % 90),
       CASE WHEN n <= 44700 THEN n <= 8502 ELSE n <= 44700 + 8279 END::int
  FROM generate_series(1, 90189) AS n
  JOIN prompt.ab_test_variants AS v ON v.name = CASE WHEN n <= 44700 THEN 'gate_30' ELSE 'gate_40' END;
SQL

# replay PREPARATION: the milliseconds of one replay in a fresh copy of the database.
replay() {
    sql -c 'DROP DATABASE IF EXISTS run' -c 'CREATE DATABASE run TEMPLATE base' -c 'CHECKPOINT' 2>/dev/null
    sql -d run -c "$1"
    sql -d run -f "$SCRATCH/replay.sql" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'
}
with_triggers() { replay ';'; }
without_triggers() { replay 'ALTER TABLE prompt.prompt_executions DISABLE TRIGGER USER'; }

say "milliseconds: with triggers, without, ratio"
interleave "$pairs" with_triggers without_triggers | tee "$SCRATCH/pairs"
say "with triggers against without: $(median_ratio <"$SCRATCH/pairs") times (median of $pairs pairs; at most 1.50 must hold)"
