#!/bin/bash
# What keeping the running figures costs writers: the same inserts with the triggers against without, 1.5 KB rows.
#
#   test/bench/metrics.sh [case ...]     all cases unless some are named; --list names them
#
# PAIRS=9 interleaved pairs of runs of SECONDS=5 each; the median of the ratios and the pairs' range are printed. fsync is on.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/lib/common.sh"
source "$ROOT/script/lib/build.sh"
source "$ROOT/script/lib/server.sh"
source "$ROOT/script/lib/bench.sh"

pairs=${PAIRS:-9} seconds=${SECONDS_EACH:-5}
# name: clients, synchronous_commit, statement, what must hold
declare -A cases=(
    [one_on]="1 on plain 0.90" [one_off]="1 off plain 0.80"
    [many_on]="32 on plain 0.92" [many_off]="32 off plain 0.85"
    [experiment_on]="32 on experiment 0.75" [experiment_off]="32 off experiment 0.65"
    [two_prompts]="32 off two_prompts 0.85"
    [copy]="time copy 1.25" [one_transaction]="time one_transaction 1.60"
)
order="one_on one_off many_on many_off experiment_on experiment_off two_prompts copy one_transaction"
case ${1:-} in
-h | --help) usage_of "$0"; exit ;;
--list) printf '%s\n' $order; exit ;;
esac

"$ROOT/script/bootstrap" demo
find_postgres
build_extension
start_server fsync=on shared_buffers=512MB max_wal_size=8GB checkpoint_timeout=1h max_connections=60
sql >/dev/null <<'SQL'
CREATE EXTENSION pg_prompt;
SELECT prompt.install();
INSERT INTO prompt.prompt_templates (id, name, template_text) VALUES
    ('00000000-0000-0000-0000-00000000000a', 'a', 'Hello'), ('00000000-0000-0000-0000-00000000000b', 'b', 'Hello');
INSERT INTO prompt.ab_test_experiments (id, name, prompt_name, primary_metric, layer, status, started_at, traffic, metrics, windows)
VALUES ('00000000-0000-0000-0000-0000000000e1', 'e', 'a', 'success_rate', 'l', 'running', now(), '[0,10000)',
        '{success_rate,response_time_ms,cost_usd}', '{0,0,0}');
SQL

columns="rendered_prompt, response_text, status, response_time_ms, input_tokens, output_tokens, cost_usd, rating"
values="repeat('x', 500), repeat('y', 900), 'success', 321, 100, 50, 0.00123, 4"
insert() { echo "INSERT INTO prompt.prompt_executions (template_id, user_id, $columns) VALUES ('00000000-0000-0000-0000-00000000000$1', 'u1', $values);"; }
insert a >"$SCRATCH/plain.sql"
cat >"$SCRATCH/experiment.sql" <<SQL
\set u random(1, 100000)
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, $columns)
VALUES ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000e1',
        CASE WHEN :u % 2 = 0 THEN 'A' ELSE 'B' END, 1, 'u' || :u, $values);
SQL
cat >"$SCRATCH/two_prompts.sql" <<SQL
\set first random(0, 1)
BEGIN;
\if :first
$(insert a)
$(insert b)
\else
$(insert b)
$(insert a)
\endif
COMMIT;
SQL
cat >"$SCRATCH/one_transaction.sql" <<SQL
DO \$\$ BEGIN FOR i IN 1..30000 LOOP $(insert a) END LOOP; END \$\$;
SQL
sql -qAtc "COPY (SELECT '00000000-0000-0000-0000-00000000000a', 'u1', $values FROM generate_series(1, 100000)) TO STDOUT" >"$SCRATCH/rows"
echo "\\copy prompt.prompt_executions (template_id, user_id, $columns) FROM '$SCRATCH/rows'" >"$SCRATCH/copy.sql"

# prepare ENABLE|DISABLE
prepare() {
    sql -q -c "TRUNCATE prompt.prompt_executions, prompt.prompt_metrics, prompt.prompt_subject_queue, prompt.prompt_subjects, prompt.ab_test_statistics" \
        -c "ALTER TABLE prompt.prompt_executions $1 TRIGGER USER" -c CHECKPOINT
}
transactions() {
    prepare "$1"
    PGOPTIONS="-c synchronous_commit=$sync" "$("$PG_CONFIG" --bindir)/pgbench" -n -M prepared -f "$SCRATCH/$statement.sql" -c "$clients" \
        -j 2 -T "$seconds" 2>"$SCRATCH/errors" | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
    ! grep -v 'pghost' "$SCRATCH/errors" | grep -q . || { cat "$SCRATCH/errors" >&2; die "a client failed"; }
}
milliseconds() {
    prepare "$1"
    { echo '\timing on'; cat "$SCRATCH/$statement.sql"; } | sql | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1
}

for name in ${*:-$order}; do
    read -r clients sync statement limit <<<"${cases[$name]:-}"
    [ -n "$clients" ] || die "there is no case $name; --list names them"
    if [ "$clients" = time ]; then
        statement=$sync limit=$(cut -d' ' -f3 <<<"${cases[$name]}")
        with() { milliseconds ENABLE; }
        without() { milliseconds DISABLE; }
        bound="at most"
    else
        with() { transactions ENABLE; }
        without() { transactions DISABLE; }
        bound="at least"
    fi
    interleave "$pairs" with without >"$SCRATCH/pairs"
    say "$name: $(median_ratio <"$SCRATCH/pairs") ($bound $limit; $pairs pairs from $(sort -n -k3 "$SCRATCH/pairs" | head -n 1 | cut -d' ' -f3) to $(sort -n -k3 "$SCRATCH/pairs" | tail -n 1 | cut -d' ' -f3))"
done
prepare ENABLE
sql -f "$SCRATCH/plain.sql" -q
[ -z "$(sql -qAtc 'SELECT * FROM prompt.verify_metrics()')" ] || die "the figures are wrong"
