-- Readings of the running figures: percentiles, minutes, ratings, the chart; each held against the executions.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
SET timezone = 'UTC';
INSERT INTO prompt.prompt_templates (id, name, template_text, version) VALUES
    ('00000000-0000-0000-0000-00000000000a', 'greeting', 'Hello', 1), ('00000000-0000-0000-0000-00000000000b', 'greeting', 'Hi', 2),
    ('00000000-0000-0000-0000-00000000000c', 'empty', 'Hello', 1);

-- percentiles against percentile_disc over the executions, in several statements, with some taken back
SELECT setseed(0.3) IS NOT NULL AS seeded;
DO $$
BEGIN
    FOR i IN 1..40 LOOP
        INSERT INTO prompt.prompt_executions (template_id, created_at, status, response_time_ms)
        SELECT CASE WHEN i % 2 = 0 THEN '00000000-0000-0000-0000-00000000000a' ELSE '00000000-0000-0000-0000-00000000000b' END::uuid,
               '2024-03-01 10:00Z'::timestamptz + random() * interval '5 hours', 'success', exp(3 + random() * 7)
          FROM generate_series(1, 50);
    END LOOP;
END $$;
UPDATE prompt.prompt_executions SET response_time_ms = response_time_ms * 2 WHERE response_time_ms % 3 = 0;
UPDATE prompt.prompt_executions SET response_time_ms = NULL, status = 'timeout' WHERE response_time_ms % 7 = 0;
DELETE FROM prompt.prompt_executions WHERE response_time_ms > 15000;
CREATE VIEW exact AS
SELECT template_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY response_time_ms) AS p50,
       percentile_disc(0.9) WITHIN GROUP (ORDER BY response_time_ms) AS p90,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY response_time_ms) AS p95,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY response_time_ms) AS p99, max(response_time_ms) > 5000 AS is_wide
  FROM prompt.prompt_executions GROUP BY 1;
SELECT p.version, e.is_wide, abs(p.p50_response_time_ms - e.p50) <= 0.02 * e.p50 AS p50, abs(p.p90_response_time_ms - e.p90) <= 0.02 * e.p90 AS p90,
       abs(p.p95_response_time_ms - e.p95) <= 0.02 * e.p95 AS p95, abs(p.p99_response_time_ms - e.p99) <= 0.02 * e.p99 AS p99
  FROM prompt.prompt_template_performance p JOIN exact e USING (template_id) ORDER BY 1;
SELECT count(*) AS hours, bool_and(abs(t.p95_response_time_ms - x.p95) <= 0.02 * x.p95) AS p95
  FROM prompt.template_performance('greeting', '2024-03-01', 'hour') t
  JOIN (SELECT date_trunc('hour', created_at) AS hour, percentile_disc(0.95) WITHIN GROUP (ORDER BY response_time_ms) AS p95
          FROM prompt.prompt_executions GROUP BY 1) x ON x.hour = t.bucket_start;
SELECT * FROM prompt.verify_metrics();
SELECT prompt.response_time_percentile('', 0.5), prompt.response_time_percentile(prompt._sketch(n), 0.5), prompt.response_time_percentile(prompt._sketch(n), 1)
  FROM generate_series(1, 25) AS n;
SELECT prompt.response_time_percentile('', 1.5);

-- minutes
SELECT count(*) AS minutes,
       count(*) FILTER (WHERE (t.total_executions, t.success_count, t.failure_count, t.avg_response_time_ms)
                              IS DISTINCT FROM (coalesce(x.n, 0), coalesce(x.ok, 0), coalesce(x.failed, 0), x.ms)) AS wrong,
       count(*) FILTER (WHERE x.n IS NULL) AS gaps
  FROM prompt.template_performance('greeting', '2024-03-01 09:30Z', 'minute') t
  LEFT JOIN (SELECT date_trunc('minute', created_at) AS minute, count(*) AS n, count(*) FILTER (WHERE status = 'success') AS ok,
                    count(*) FILTER (WHERE status = 'timeout') AS failed, round(avg(response_time_ms), 2) AS ms
               FROM prompt.prompt_executions GROUP BY 1) x ON x.minute = t.bucket_start
 WHERE t.bucket_start < '2024-03-01 15:00Z';

-- a wrong sketch and wrong minutes are named and mended
UPDATE prompt.prompt_metrics m SET response_time_sketch = '\x0102', minutes = '\x0104'
 WHERE ctid = (SELECT ctid FROM prompt.prompt_metrics WHERE hour = '2024-03-01 12:00Z' LIMIT 1);
SELECT figure, count(*) > 1 AS several FROM prompt.verify_metrics() GROUP BY 1 ORDER BY 1;
SELECT prompt.rebuild_metrics() > 10 AS mended;
SELECT * FROM prompt.verify_metrics();
-- bytes that are no counts do not stop writers
UPDATE prompt.prompt_metrics SET response_time_sketch = '\xffffffffffffffffffffffffffff', minutes = '\xff' WHERE hour = '2024-03-01 12:00Z';
INSERT INTO prompt.prompt_executions (template_id, created_at, response_time_ms) VALUES ('00000000-0000-0000-0000-00000000000a', '2024-03-01 12:10Z', 5);
SELECT prompt.rebuild_metrics() > 10 AS mended;
SELECT * FROM prompt.verify_metrics();
-- merged by compaction they say the same
CREATE TEMP TABLE before AS SELECT * FROM prompt.prompt_template_performance;
SELECT step FROM prompt.maintain() ORDER BY step DESC LIMIT 1;
SELECT count(*) FROM (SELECT * FROM before EXCEPT SELECT * FROM prompt.prompt_template_performance) x;
SELECT * FROM prompt.verify_metrics();

-- ratings, errors by status, the chart
TRUNCATE prompt.prompt_executions;
INSERT INTO prompt.prompt_executions (template_id, created_at, status, response_time_ms, rating, cost_usd)
SELECT '00000000-0000-0000-0000-00000000000a', date_trunc('hour', now()) - h * interval '1 hour' + interval '1 minute',
       (array['success', 'success', 'success', 'error', 'timeout', 'blocked', 'pending', 'success'])[1 + n % 8], 20 + h,
       CASE WHEN n % 3 = 0 THEN 5 WHEN n % 5 = 0 THEN 1 END, 0.001
  FROM (VALUES (1, 16), (2, 8), (4, 3)) AS v (h, size), generate_series(1, size) AS n;
SELECT total_executions, error_count, timeout_count, blocked_count, pending_count, rating_distribution
  FROM prompt.prompt_template_performance WHERE version = 1;
SELECT total_executions, success_count, error_count, timeout_count, rating_distribution, p50_response_time_ms
  FROM prompt.template_performance('greeting', now() - interval '4 hours', 'hour');
SELECT regexp_replace(line, '\d{4}-\d\d-\d\d \d\d:\d\d', 'YYYY-MM-DD HH:MI') AS line
  FROM prompt.performance_report('greeting', now() - interval '4 hours') AS line;
SELECT regexp_replace(line, '\d{4}-\d\d-\d\d \d\d:\d\d', 'YYYY-MM-DD HH:MI') AS line
  FROM prompt.performance_report('empty', now() - interval '2 minutes', 'minute') AS line;
SELECT prompt._bar(1, 1000, 4) || '|', prompt._bar(0, 1000, 4) || '|', prompt._bar(500, 1000, 4) || '|', prompt._bar(1, 0, 4) || '|',
       prompt._bar(0, 0, 4) || '|', prompt._bar(NULL, NULL, 4) || '|';
-- nothing is lost where the clock skips or repeats hours, midnight included, or a whole day; hours of 30 minutes may be between
TRUNCATE prompt.prompt_executions;
INSERT INTO prompt.prompt_executions (template_id, created_at, status)
SELECT '00000000-0000-0000-0000-00000000000a', at, 'success'
  FROM unnest('{2011-12-20,2022-03-20,2025-03-20,2025-08-30,2025-10-25}'::timestamptz[]) AS first_at,
       generate_series(first_at, first_at + interval '20 days', '1 hour') AS at;
CREATE FUNCTION pg_temp.compare(zone text, since timestamp, OUT bucket text, OUT executions numeric, OUT wrong bigint, OUT charted boolean)
    RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('timezone', zone, true);
    FOREACH bucket IN ARRAY '{hour,day,week,month}'::text[] LOOP
        SELECT sum(x.n), count(*) FILTER (WHERE coalesce(x.n, 0) <> coalesce(t.total_executions, 0)) INTO executions, wrong
          FROM prompt.template_performance('greeting', since, bucket) AS t
          FULL JOIN (SELECT date_trunc(bucket, e.created_at) AS bucket_start, count(*) AS n FROM prompt.prompt_executions e
                      WHERE date_trunc(bucket, e.created_at) >= date_trunc(bucket, since::timestamptz) GROUP BY 1) AS x USING (bucket_start);
        charted := EXISTS (SELECT FROM prompt.performance_report('greeting', since, bucket) AS line WHERE line LIKE executions || ' executions:%');
        RETURN NEXT;
    END LOOP;
END $$;
SELECT zone, since, c.* FROM (VALUES ('America/Santiago', '2025-09-05'::timestamp), ('Africa/Cairo', '2025-04-23'), ('Asia/Beirut', '2025-03-29'),
       ('Asia/Tehran', '2022-03-20'), ('America/Havana', '2025-11-02'), ('Australia/Lord_Howe', '2025-09-10'), ('Pacific/Apia', '2011-12-28'),
       ('Asia/Kolkata', '2025-09-05'), ('Europe/Berlin', '2025-10-26 02:30')) AS z (zone, since), pg_temp.compare(zone, since) AS c;
SELECT * FROM prompt.performance_report('no such prompt');
SELECT * FROM prompt.performance_report('greeting', bucket => 'second');
SELECT * FROM prompt.performance_report('greeting', 'infinity');
DROP VIEW exact;
