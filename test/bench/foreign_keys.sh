#!/bin/bash
# What the foreign key from executions to their template costs where all writers write for one template: each insert
# locks the template's row for KEY SHARE, and concurrent lockers make multixacts.
#
#   test/bench/foreign_keys.sh [clients, by default 32]
#
# PAIRS=9 interleaved pairs of runs of SECONDS_EACH=5 seconds, with the key and without, triggers on in both;
# transactions per second, the ratio, and the median of the ratios. fsync is on; synchronous_commit is on and off.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/lib/common.sh"
source "$ROOT/script/lib/build.sh"
source "$ROOT/script/lib/server.sh"
source "$ROOT/script/lib/bench.sh"

case ${1:-} in -h | --help) usage_of "$0"; exit ;; esac
clients=${1:-32} pairs=${PAIRS:-9} seconds=${SECONDS_EACH:-5}
"$ROOT/script/bootstrap" demo
find_postgres
build_extension
start_server fsync=on shared_buffers=512MB max_wal_size=8GB checkpoint_timeout=1h max_connections=100
sql >/dev/null <<'SQL'
CREATE EXTENSION pg_prompt;
SELECT prompt.install();
INSERT INTO prompt.prompt_templates (id, name, template_text)
VALUES ('00000000-0000-0000-0000-00000000000a', 'a', 'Hello');
SQL
cat >"$SCRATCH/insert.sql" <<'SQL'
INSERT INTO prompt.prompt_executions (template_id, user_id, rendered_prompt, response_text, status, response_time_ms,
                                      input_tokens, output_tokens, cost_usd)
VALUES ('00000000-0000-0000-0000-00000000000a', 'u1', repeat('x', 500), repeat('y', 900), 'success', 321,
        100, 50, 0.00123);
SQL
# Of writers into empty tables: without_key and with_key, transactions per second.
start_over() {
    sql -c "SET client_min_messages = error" -c "TRUNCATE prompt.prompt_executions, prompt.prompt_metrics" \
        -c "ALTER TABLE prompt.prompt_executions DROP CONSTRAINT IF EXISTS prompt_executions_template_id_fkey" >/dev/null
}
tps() {
    sql -c CHECKPOINT
    PGOPTIONS="-c synchronous_commit=$sync" "$("$PG_CONFIG" --bindir)/pgbench" -n -M prepared \
        -f "$SCRATCH/insert.sql" -c "$clients" -j 2 -T "$seconds" 2>/dev/null | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}
without_key() { start_over && tps; }
with_key() {
    start_over
    sql -c "ALTER TABLE prompt.prompt_executions ADD CONSTRAINT prompt_executions_template_id_fkey
                FOREIGN KEY (template_id) REFERENCES prompt.prompt_templates (id)"
    tps
}
for sync in on off; do
    interleave "$pairs" with_key without_key >"$SCRATCH/pairs"
    say "synchronous_commit $sync, $clients clients: with the key / without $(median_ratio <"$SCRATCH/pairs")" \
        "(median of $pairs pairs; $(tr '\n' ';' <"$SCRATCH/pairs"))"
done
