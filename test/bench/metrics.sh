#!/bin/bash
# What keeping the running figures costs, and what reading them does: each figure that must hold, with whether it does.
#
#   test/bench/metrics.sh [case ...]     all cases unless some are named; --list names them
#
# PAIRS=9 interleaved pairs of runs of SECONDS_EACH=5 seconds (or of one statement); printed are the median of the pairs'
# ratios and the interval that holds the true median with at least 95 % (of 9 pairs the second and the eighth). "Without"
# is the same table, its triggers disabled. fsync is on. READ_ROWS=5000000 is the size of the larger table of case reading.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/lib/common.sh"
source "$ROOT/script/lib/build.sh"
source "$ROOT/script/lib/server.sh"
source "$ROOT/script/lib/bench.sh"

pairs=${PAIRS:-9} seconds=${SECONDS_EACH:-5} read_rows=${READ_ROWS:-5000000}
# name: kind, what it needs, bound
declare -A cases=(
    [one_on]="inserts 1 on plain least 0.90" [one_off]="inserts 1 off plain least 0.80"
    [many_on]="inserts 32 on plain least 0.92" [many_off]="inserts 32 off plain least 0.85"
    [experiment_on]="inserts 32 on experiment least 0.75" [experiment_off]="inserts 32 off experiment least 0.65"
    [returning_on]="inserts 32 on returning least 0.75" [returning_off]="inserts 32 off returning least 0.65"
    [two_prompts_on]="inserts 32 on two_prompts least 0.85" [two_prompts_off]="inserts 32 off two_prompts least 0.85"
    [copy]="statement 1 on copy most 1.25" [one_transaction]="statement 1 on one_transaction most 1.60"
    [request]="request 1 off request least 10" [reading]="reading 1 off reading most 1.20" [size]="size 32 off plain most 5"
)
order="one_on one_off many_on many_off experiment_on experiment_off"
order="$order returning_on returning_off two_prompts_on two_prompts_off copy one_transaction request reading size"
case ${1:-} in
-h | --help) usage_of "$0"; exit ;;
--list) printf '%s\n' $order; exit ;;
esac
for name in "$@"; do [ -n "${cases[$name]:-}" ] || die "there is no case $name; --list names them"; done

"$ROOT/script/bootstrap" bench
find_postgres
build_extension
start_server fsync=on shared_buffers=512MB max_wal_size=8GB checkpoint_timeout=1h max_connections=60 \
    log_min_messages=error
bindir=$("$PG_CONFIG" --bindir)
sql >/dev/null <<'SQL'
CREATE EXTENSION pg_prompt;
SELECT prompt.install();
INSERT INTO prompt.prompt_templates (id, name, template_text) VALUES
    ('00000000-0000-0000-0000-00000000000a', 'a', 'Hello'), ('00000000-0000-0000-0000-00000000000b', 'b', 'Hello');
INSERT INTO prompt.ab_test_experiments (id, name, prompt_name, primary_metric, layer, status, started_at, traffic,
                                        metrics, windows)
VALUES ('00000000-0000-0000-0000-0000000000e1', 'e', 'a', 'success_rate', 'l', 'running', now(), '[0,10000)',
        '{success_rate,response_time_ms,cost_usd}', '{0,0,0}');
SQL

columns="rendered_prompt, response_text, status, response_time_ms, input_tokens, output_tokens, cost_usd, rating"
values="repeat('x', 500), repeat('y', 900), 'success', 200 + (random() * 2000)::int, 100, 50, 0.00123, 4"
insert() {
    echo "INSERT INTO prompt.prompt_executions (template_id, user_id, $columns)
          VALUES ('00000000-0000-0000-0000-00000000000$1', 'u1', $values);"
}
insert a >"$SCRATCH/plain.sql"
cat >"$SCRATCH/experiment.sql" <<SQL
\set u random(1, 100000)
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, $columns)
VALUES ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000e1',
        CASE WHEN :u % 2 = 0 THEN 'A' ELSE 'B' END, 1, 'u' || :u, $values);
SQL
# Most users are new there, and known here.
sed 's/100000/2000/' "$SCRATCH/experiment.sql" >"$SCRATCH/returning.sql"
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
sql -qAtc "COPY (SELECT '00000000-0000-0000-0000-00000000000a', 'u1', $values FROM generate_series(1, 100000)) TO STDOUT" \
    >"$SCRATCH/rows"
echo "\\copy prompt.prompt_executions (template_id, user_id, $columns) FROM '$SCRATCH/rows'" >"$SCRATCH/copy.sql"

# ---- one run, one number

# prepare ENABLE|DISABLE
prepare() {
    sql -q -c "TRUNCATE prompt.prompt_executions, prompt.prompt_metrics, prompt.prompt_subject_queue,
                        prompt.prompt_subjects, prompt.ab_test_statistics" \
        -c "ALTER TABLE prompt.prompt_executions $1 TRIGGER USER" -c CHECKPOINT
}
# pgbench_tps SCRIPT [argument ...]: a client's error, a deadlock for instance, ends it all.
pgbench_tps() {
    local script=$1
    shift
    PGOPTIONS="-c synchronous_commit=$sync" "$bindir/pgbench" -n -M prepared -f "$script" \
        -c "$clients" -j 2 -T "$seconds" "$@" 2>"$SCRATCH/errors" | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
    ! grep -iE 'error|aborted' "$SCRATCH/errors" >&2 || die "a client failed"
}
inserts_with() { prepare ENABLE; pgbench_tps "$SCRATCH/$statement.sql"; }
inserts_without() { prepare DISABLE; pgbench_tps "$SCRATCH/$statement.sql"; }
milliseconds() {
    prepare "$1"
    { echo '\timing on'; cat "$SCRATCH/$statement.sql"; } | sql | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1
}
statement_with() { milliseconds ENABLE; }
statement_without() { milliseconds DISABLE; }

# A request, from the prompt's name to the completed record: here, and by a service in Python (peer_service.py) on tables
# of its own.
prepare_request() {
    prepare ENABLE
    sql >/dev/null <<'SQL'
SELECT prompt.create_prompt('support',
    E'You help {{ customer.name }} ({{ customer.plan }}).\n{% for item in history %}- {{ item }}\n{% endfor %}'
    'Question: {{ question }}\nAnswer in {{ language | default("English") }}.');
SELECT prompt.activate_version('support', 1);
SELECT prompt.create_guardrail('cards', 'regex', '{"pattern": "\\b\\d{4}[- ]?\\d{4}[- ]?\\d{4}[- ]?\\d{4}\\b"}',
                               enforcement => 'blocking');
SELECT prompt.create_guardrail('mail', 'regex', '{"pattern": "[\\w.+-]+@[\\w-]+\\.[\\w.]+"}',
                               enforcement => 'warning', stages => '{input,prompt,response}');
SELECT prompt.create_guardrail('override', 'regex', '{"pattern": "(?i)ignore (all|any|previous) instructions"}',
                               enforcement => 'blocking', stages => '{input,prompt,response}');
SQL
    local variables='{"customer": {"name": "Ada Lovelace", "plan": "gold"},
        "question": "How do I change the address of my invoices before the end of the month?",
        "history": ["opened ticket 17", "closed ticket 17", "changed plan"]}'
    local response='Open Settings, then Billing, and edit the address there. It holds for all invoices from now on.'
    cat >"$SCRATCH/request.sql" <<SQL
\\set u random(1, 100000)
SELECT execution_id FROM prompt.render_prompt('support', '$variables', user_id => 'u' || :u) \\gset
SELECT blocked FROM prompt.complete_execution(:execution_id::uuid, response_text => '$response',
    response_time_ms => 400, input_tokens => 120, output_tokens => 40, cost_usd => 0.0012) \\gset
SQL
    "$PYTHON" "$ROOT/test/bench/peer_service.py" --prepare
    cat >"$SCRATCH/bare.sql" <<SQL
INSERT INTO peer.executions (id, prompt_id, user_id, variables, rendered, status, evaluated)
SELECT gen_random_uuid(), id, 'u1', '$variables', template, 'pending', '[]'
  FROM peer.prompts WHERE name = 'support' AND is_active RETURNING id \\gset
UPDATE peer.executions SET status = 'success', response = '$response', response_time_ms = 400, input_tokens = 120,
       output_tokens = 40, cost_usd = 0.0012, completed_at = now() WHERE id = :id::uuid;
SQL
}
request_with() { pgbench_tps "$SCRATCH/request.sql"; }
request_without() { peer; }
peer() { "$PYTHON" "$ROOT/test/bench/peer_service.py" --seconds "$seconds" "$@"; }

# The same prompt's performance, of many executions and of few, over the same 30 days. Rows come without triggers, the
# figures by a rebuild.
prepare_reading() {
    local rows database
    for rows in 10000 "$read_rows"; do
        database=rows_$rows
        sql -c "CREATE DATABASE $database"
        sql -d "$database" >/dev/null <<SQL
CREATE EXTENSION pg_prompt;
SELECT prompt.install();
INSERT INTO prompt.prompt_templates (id, name, template_text)
VALUES ('00000000-0000-0000-0000-00000000000a', 'a', 'Hello');
DO \$\$ DECLARE leaf record; BEGIN FOR leaf IN SELECT relid FROM pg_partition_tree('prompt.prompt_executions') LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', leaf.relid::regclass); END LOOP; END \$\$;
INSERT INTO prompt.prompt_executions (template_id, status, response_time_ms, input_tokens, output_tokens, cost_usd, rating,
                                      created_at)
SELECT '00000000-0000-0000-0000-00000000000a', 'success', exp(5 + 2 * random())::int, 100, 50, 0.00123, 1 + n % 5,
       now() - random() * interval '30 days'
  FROM generate_series(1, $rows) AS n;
SELECT prompt.install();
SELECT prompt.rebuild_metrics();
SELECT prompt.maintain();
VACUUM ANALYZE prompt.prompt_metrics;
SQL
    done
    echo "SELECT * FROM prompt.prompt_template_performance WHERE name = 'a';" >"$SCRATCH/reading.sql"
    echo "SELECT * FROM prompt.template_performance('a', now() - interval '30 days', 'day');" >"$SCRATCH/reading_days.sql"
}
milliseconds_of() { pgbench_tps "$2" -d "$1" | awk '{printf "%.4f\n", 1000 / $1}'; }
reading_with() { milliseconds_of "rows_$read_rows" "$SCRATCH/$statement.sql"; }
reading_without() { milliseconds_of rows_10000 "$SCRATCH/$statement.sql"; }

# ---- verdicts

failures=0
# verdict NAME FIGURE least|most BOUND TEXT
verdict() {
    local holds="holds"
    if ! awk -v f="$2" -v b="$4" -v d="$3" 'BEGIN {exit !(d == "least" ? f >= b : f <= b)}'; then
        holds="DOES NOT HOLD"
        failures=$((failures + 1))
    fi
    say "$1: $2 (at $3 $4) $holds; $5"
}
# median_and_interval: reads interleave's lines; the median, then the order statistics that hold it with 95 %.
median_and_interval() {
    sort -n -k3 | awk '{r[NR] = $3}
        END {k = 1  # below the k-th lies the median with at most 2.5 %, by the binomial distribution
             p = 0.5 ^ NR; s = p; c = NR
             while (NR >= 6 && s + p * c <= 0.025) {p *= c; s += p; c = (NR - k) / (k + 1); k++}
             m = NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2
             printf "%.3f %.3f %.3f\n", m, r[k], r[NR + 1 - k]}'
}
# median_run COLUMN: of the pairs' first (1) or second (2) numbers the middle one
median_run() { sort -n -k"$1" "$SCRATCH/pairs" | awk -v c="$1" '{v[NR] = $c} END {print v[int((NR + 1) / 2)]}'; }
compare() {
    local with=$2 without=$3
    interleave "$pairs" "$with" "$without" >"$SCRATCH/pairs"
    read -r median low high < <(median_and_interval <"$SCRATCH/pairs")
    verdict "$1" "$median" "$direction" "$bound" \
        "$pairs pairs, interval $low to $high, median run $(median_run 1) against $(median_run 2)"
}

for name in ${*:-$order}; do
    read -r kind clients sync statement direction bound <<<"${cases[$name]}"
    case $kind in
    inserts) compare "$name" inserts_with inserts_without ;;
    statement) compare "$name" statement_with statement_without ;;
    request)
        prepare_request
        compare "$name" request_with request_without
        bare=$(pgbench_tps "$SCRATCH/bare.sql")
        times=$(awk -v a="$bare" -v b="$(median_run 2)" 'BEGIN {printf "%.1f", a / b}')
        say "request: for scale, requests per second of the peer without figures $(peer --without-figures)," \
            "of the bare INSERT and UPDATE by its driver $(peer --bare), by pgbench $bare, $times times the peer:" \
            "no request that is recorded when it comes and when it ends can pass that"
        ;;
    reading)
        prepare_reading
        for statement in reading reading_days; do
            compare "$statement" reading_with reading_without
            verdict "$statement in ms" "$(median_run 1)" most 3 "at $read_rows executions"
        done
        ;;
    size)
        # 102,400 executions, however fast the machine is
        prepare ENABLE
        PGOPTIONS="-c synchronous_commit=$sync" "$bindir/pgbench" -n -M prepared -f "$SCRATCH/$statement.sql" \
            -c "$clients" -j 2 -t 3200 >/dev/null 2>&1
        sql -c "VACUUM prompt.prompt_executions, prompt.prompt_metrics, prompt.prompt_subject_queue"
        percent=$(sql -qAt <<'SQL'
SELECT round(100.0 * (pg_total_relation_size('prompt.prompt_metrics')
                      + pg_total_relation_size('prompt.prompt_guardrail_metrics')
                      + pg_total_relation_size('prompt.prompt_subject_queue')) / sum(pg_table_size(relid)), 2)
  FROM pg_partition_tree('prompt.prompt_executions')
SQL
        )
        executions=$(sql -qAtc 'SELECT count(*) FROM prompt.prompt_executions')
        verdict "$name" "$percent" "$direction" "$bound" \
            "% of the executions' own size, $executions executions by $clients clients, indexes of the figures included"
        ;;
    esac
    if [ "$kind" = inserts ] || [ "$kind" = statement ] || [ "$kind" = size ]; then
        prepare ENABLE
        sql -f "$SCRATCH/plain.sql" -q
        [ -z "$(sql -qAtc 'SELECT * FROM prompt.verify_metrics()')" ] || die "the figures are wrong"
    fi
done
[ "$failures" -eq 0 ] || die "$failures figures do not hold"
