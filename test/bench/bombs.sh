#!/bin/bash
# What each template that would grow without bound costs until it ends with 54000, those of sql/template_limits.sql: the
# milliseconds of the slowest ones and of the worst, on the clock and of the processor (the former count what else the
# machine does), and by how much the backend's memory rose (its peak, all in one session).
#
#   test/bench/bombs.sh [how many to show, by default 10]
#
# Must hold: each ends in under 100 ms of the processor.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/lib/common.sh"
source "$ROOT/script/lib/build.sh"
source "$ROOT/script/lib/server.sh"

case ${1:-} in -h | --help) usage_of "$0"; exit ;; esac
shown=${1:-10}
"$ROOT/script/bootstrap" demo
find_postgres
build_extension
start_server

# Up to where the test begins to run them.
sed '/^SELECT count(\*) AS bombs/,$d' "$ROOT/sql/template_limits.sql" >"$SCRATCH/bombs.sql"
chmod -R a+rX "$SCRATCH/bombs.sql"
cat >>"$SCRATCH/bombs.sql" <<'SQL'
CREATE FUNCTION peak_kb() RETURNS int LANGUAGE sql AS $$
    SELECT substring(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)')::int $$;
CREATE FUNCTION cpu_ms() RETURNS numeric LANGUAGE sql AS $$
    SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::numeric / 1e6 $$;
CREATE TEMP TABLE cost (template text, result text, cpu_ms numeric, clock_ms numeric);
DO $$
DECLARE
    b record; begun timestamptz; cpu numeric; result text; before int;
BEGIN
    PERFORM prompt.render('{{ x | upper }}', '{"x": "warm"}');
    before := peak_kb();
    FOR b IN SELECT * FROM bombs LOOP
        begun := clock_timestamp();
        cpu := cpu_ms();
        result := bomb(b.template, b.format);
        INSERT INTO cost VALUES (left(b.template, 80), result, cpu_ms() - cpu,
                                 extract(epoch FROM clock_timestamp() - begun) * 1000);
    END LOOP;
    PERFORM set_config('bombs.rise', ((peak_kb() - before) / 1024)::text, false);
END $$;
SELECT round(cpu_ms, 1) AS cpu_ms, round(clock_ms, 1) AS clock_ms, result, template
  FROM cost ORDER BY cost.cpu_ms DESC LIMIT :shown;
SELECT count(*) AS bombs, count(*) FILTER (WHERE result = '54000') AS ended, round(max(cpu_ms), 1) AS worst_cpu_ms,
       round(max(clock_ms), 1) AS worst_clock_ms,
       round(percentile_cont(.5) WITHIN GROUP (ORDER BY clock_ms)::numeric, 2) AS median_clock_ms,
       current_setting('bombs.rise') AS peak_rise_mb
  FROM cost;
SELECT bool_and(cpu_ms < 100 AND result = '54000') AS holds FROM cost \gset
\if :holds
\else
DO $$ BEGIN RAISE 'falls short: each must end with 54000 in under 100 ms of the processor'; END $$;
\endif
SQL
sql -v shown="$shown" -f "$SCRATCH/bombs.sql"
