-- Upkeep: partitions, triggers on them, retention, compaction, status; readings by time.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
SET timezone = 'UTC';
INSERT INTO prompt.prompt_templates (id, name, template_text, version) VALUES
    ('00000000-0000-0000-0000-00000000000a', 'greeting', 'Hello', 1), ('00000000-0000-0000-0000-00000000000b', 'greeting', 'Hi', 2);
SELECT step, detail FROM prompt.maintain();
SELECT item, CASE WHEN item ~ 'library|partitions$' THEN '...' ELSE value END AS value, advice FROM prompt.status();

-- rows without a partition land in the default one and are moved, counted once all the time
INSERT INTO prompt.prompt_executions (id, template_id, created_at, status, guardrails_evaluated)
SELECT prompt.uuid_v7(at), '00000000-0000-0000-0000-00000000000a', at, 'success', '[{"rule": "r", "passed": false}]'
  FROM generate_series('2023-01-30 12:00'::timestamptz, '2023-03-02', '12 hours') AS at WHERE at NOT BETWEEN '2023-02-05' AND '2023-02-25';
INSERT INTO prompt.prompt_executions (id, template_id) VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-0000-0000-00000000000a');
SELECT tableoid::regclass::text COLLATE "C" AS partition, count(*) FROM prompt.prompt_executions GROUP BY 1 ORDER BY 1;
SELECT value, advice FROM prompt.status() WHERE item = 'default partition';
SELECT step, detail FROM prompt.maintain();
SELECT tableoid::regclass::text COLLATE "C" AS partition, count(*) FROM prompt.prompt_executions GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM prompt._leaves_without_triggers();
SELECT * FROM prompt.verify_metrics();
SELECT step, detail FROM prompt.maintain();
-- what stays there needs nothing: ids that name no time, and those of a time far ahead
BEGIN;
INSERT INTO prompt.prompt_executions (id, template_id) VALUES (prompt.uuid_v7(now() + interval '1 year'), '00000000-0000-0000-0000-00000000000a');
SELECT step, detail FROM prompt.maintain();
SELECT value, advice FROM prompt.status() WHERE item = 'default partition';
INSERT INTO prompt.prompt_executions (id, template_id, created_at) VALUES (prompt.uuid_v7('2022-01-01'), '00000000-0000-0000-0000-00000000000a', '2022-01-01');
SELECT value, advice FROM prompt.status() WHERE item = 'default partition';
ROLLBACK;
-- the new partitions are the same as the old ones
SELECT count(DISTINCT d), count(*) > 5 AS enough FROM (
    SELECT ARRAY(SELECT regexp_replace(pg_get_indexdef(i.indexrelid), 'prompt_executions\w+', '', 'g') AS d
                   FROM pg_index i WHERE i.indrelid = p.relation ORDER BY d)
        || ARRAY(SELECT pg_get_constraintdef(c.oid) AS d FROM pg_constraint c WHERE c.conrelid = p.relation ORDER BY d)
        || ARRAY(SELECT pg_get_expr(a.adbin, a.adrelid) AS d FROM pg_attrdef a WHERE a.adrelid = p.relation ORDER BY d) AS d
      FROM prompt._partitions() p WHERE NOT is_default) AS x;

-- a partition that somebody else attached
CREATE TABLE prompt.mine (LIKE prompt.prompt_executions INCLUDING ALL);
ALTER TABLE prompt.prompt_executions ATTACH PARTITION prompt.mine
    FOR VALUES FROM ('017e12ef-9c00-7000-8000-000000000000') TO ('017eb294-c000-7000-8000-000000000000');
SELECT value, advice FROM prompt.status() WHERE item LIKE '%triggers%';
SELECT step, detail FROM prompt.maintain();
INSERT INTO prompt.mine (id, template_id) VALUES ('017e12ef-9c00-7000-8000-000000000001', '00000000-0000-0000-0000-00000000000a');
SELECT * FROM prompt.verify_metrics();
ALTER TABLE prompt.mine DISABLE TRIGGER prompt_executions_count_update;
SELECT value FROM prompt.status() WHERE item LIKE '%triggers%';
ALTER TABLE prompt.mine ENABLE TRIGGER prompt_executions_count_update;
ALTER TABLE prompt.prompt_executions DETACH PARTITION prompt.mine;
SELECT count(*) > 0 AS detached_rows_are_missed FROM prompt.verify_metrics();
ALTER TABLE prompt.prompt_executions ATTACH PARTITION prompt.mine
    FOR VALUES FROM ('017e12ef-9c00-7000-8000-000000000000') TO ('017eb294-c000-7000-8000-000000000000');

-- readings
SELECT bucket_start, total_executions, success_count, success_rate FROM prompt.template_performance('greeting', '2023-01-30', 'week')
 WHERE bucket_start < '2023-03-15';
SELECT count(*), sum(total_executions) FROM prompt.template_performance('greeting', '2023-02-27', 'hour') WHERE bucket_start < '2023-03-03';
SELECT name, production_version, versions, total_executions, success_rate FROM prompt.performance_overview();
SELECT name, total_executions FROM prompt.performance_overview('2023-02-25') ;
SELECT * FROM prompt.template_performance('greeting', bucket => 'fortnight');
SELECT * FROM prompt.template_performance('no such prompt');

-- compaction keeps the figures
DO $$
BEGIN
    FOR i IN 1..200 LOOP
        INSERT INTO prompt.prompt_executions (id, template_id, created_at, status, cost_usd)
        VALUES (prompt.uuid_v7('2023-01-31'), '00000000-0000-0000-0000-00000000000b', '2023-01-31', 'error', 0.1);
    END LOOP;
END $$;
SELECT count(*) > 5 AS many_slots FROM prompt.prompt_metrics WHERE template_id = '00000000-0000-0000-0000-00000000000b';
SELECT step FROM prompt.maintain();
SELECT count(*), sum(errors), sum(cost_usd) FROM prompt.prompt_metrics WHERE template_id = '00000000-0000-0000-0000-00000000000b';
UPDATE prompt.prompt_executions SET status = 'success' WHERE template_id = '00000000-0000-0000-0000-00000000000b' AND cost_usd > 0;
SELECT * FROM prompt.verify_metrics();

-- retention: figures stay, running experiments are spared
INSERT INTO prompt.ab_test_experiments (id, name, prompt_name, primary_metric, layer, status, started_at, traffic, metrics, windows)
VALUES ('00000000-0000-0000-0000-0000000000e1', 'long test', 'greeting', 'success_rate', 'l', 'running', '2023-02-01', '[0,10000)', '{success_rate}', '{0}');
INSERT INTO prompt.prompt_executions (id, template_id, created_at, status, experiment_id, variant, allocation_epoch, user_id)
VALUES (prompt.uuid_v7('2023-02-27'), '00000000-0000-0000-0000-00000000000b', '2023-02-27', 'success', '00000000-0000-0000-0000-0000000000e1', 'A', 1, 'ann');
SELECT step, detail FROM prompt.maintain(retention => '1 year');
SELECT * FROM prompt.verify_metrics();
SELECT sum(executions), sum(successes), sum(executions) FILTER (WHERE slot = 0) AS history FROM prompt.prompt_metrics;
SELECT sum(violations), sum(violations) FILTER (WHERE slot = 0) AS history FROM prompt.prompt_guardrail_metrics;
UPDATE prompt.ab_test_experiments SET status = 'completed', ended_at = now();
SELECT step, detail FROM prompt.maintain(retention => '1 year');
SELECT * FROM prompt.verify_metrics();
SELECT sum(executions), sum(successes), sum(executions) FILTER (WHERE slot = 0) AS history FROM prompt.prompt_metrics;
SELECT name, total_executions FROM prompt.performance_overview();
SELECT prompt.rebuild_metrics();
SELECT users FROM prompt._experiment_statistics('00000000-0000-0000-0000-0000000000e1') WHERE metric = 'success_rate';
SELECT value FROM prompt.status() WHERE item = 'executions kept since';

-- detached instead of dropped: the rows are the user's then, the figures stay; a new partition takes another name
INSERT INTO prompt.prompt_executions (id, template_id, created_at, status, response_time_ms)
SELECT prompt.uuid_v7('2023-04-05'), '00000000-0000-0000-0000-00000000000b', '2023-04-05 12:30', 'success', 700 FROM generate_series(1, 3);
SELECT step, detail FROM prompt.maintain();
SELECT step, detail FROM prompt.maintain(retention => '1 year', detach => true);
SELECT count(*) FROM prompt.prompt_executions_2023_04;
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'prompt.prompt_executions_2023_04'::regclass AND NOT tgisinternal;
DELETE FROM prompt.prompt_executions_2023_04 WHERE ctid = '(0,1)';
INSERT INTO prompt.prompt_executions (id, template_id) VALUES (prompt.uuid_v7('2023-04-06'), '00000000-0000-0000-0000-00000000000b');
SELECT step, regexp_replace(detail, '_2023_04_\d{20}', '_2023_04_SUFFIX') FROM prompt.maintain();
SELECT prompt.response_time_percentile(response_time_sketch, 0.5) AS kept FROM prompt.prompt_metrics WHERE slot = 0 AND hour = '2023-04-05 12:00';
SELECT total_executions, p50_response_time_ms FROM prompt.prompt_template_performance WHERE version = 2;
SELECT * FROM prompt.verify_metrics();

-- columns of the user's, also generated ones and in another order, and the user's triggers stay as they are
BEGIN;
ALTER TABLE prompt.prompt_executions ADD COLUMN team text NOT NULL DEFAULT 'support', ADD COLUMN gone int,
    ADD COLUMN tokens int GENERATED ALWAYS AS (input_tokens + output_tokens) STORED;
ALTER TABLE prompt.prompt_executions DROP COLUMN gone;
ALTER TABLE prompt.prompt_metrics ADD COLUMN team text NOT NULL DEFAULT 'support', ADD COLUMN failures bigint GENERATED ALWAYS AS (errors + timeouts) STORED;
ALTER TABLE prompt.prompt_guardrail_metrics ADD COLUMN team text NOT NULL DEFAULT 'support';
CREATE TRIGGER a_suppressed BEFORE UPDATE ON prompt.prompt_executions_default FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TRIGGER an_always BEFORE UPDATE ON prompt.prompt_executions_default FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TRIGGER a_replica BEFORE UPDATE ON prompt.prompt_executions_default FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ALTER TABLE prompt.prompt_executions_default DISABLE TRIGGER a_suppressed, ENABLE ALWAYS TRIGGER an_always, ENABLE REPLICA TRIGGER a_replica;
INSERT INTO prompt.prompt_executions (id, template_id, status, input_tokens, output_tokens, created_at, team, guardrails_evaluated)
SELECT prompt.uuid_v7(at), '00000000-0000-0000-0000-00000000000b', 'error', 3, 4, at, 'sales', '[{"rule": "r", "passed": false}]'
  FROM unnest('{2019-01-01,2019-01-02}'::timestamptz[]) AS at;
SELECT step, detail FROM prompt.maintain();
SELECT team, tokens, count(*) FROM prompt.prompt_executions_2019_01 GROUP BY 1, 2;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'prompt.prompt_executions_default'::regclass AND NOT tgisinternal ORDER BY tgname;
SELECT count(*) FROM prompt._leaves_without_triggers();
SELECT step, detail FROM prompt.maintain(retention => now() - '2019-06-01');
SELECT team, sum(executions), sum(failures) FROM prompt.prompt_metrics WHERE hour < '2020-01-01' AND slot = 0 GROUP BY 1;
SELECT * FROM prompt.verify_metrics();
ROLLBACK;

-- what a table of the user's references stays until it no longer does, and keeps nothing else from going
BEGIN;
INSERT INTO prompt.prompt_executions (id, template_id, created_at) SELECT prompt.uuid_v7(at), '00000000-0000-0000-0000-00000000000b', at
  FROM unnest('{2019-01-01,2019-02-01,2019-03-01}'::timestamptz[]) AS at;
SELECT count(*) FROM prompt.maintain();
CREATE TABLE public.feedback (id uuid, tenant_id text, FOREIGN KEY (id, tenant_id) REFERENCES prompt.prompt_executions);
INSERT INTO public.feedback SELECT id, tenant_id FROM prompt.prompt_executions WHERE created_at = '2019-02-01';
CREATE VIEW public.march AS SELECT id FROM prompt.prompt_executions_2019_03;
SELECT step, split_part(detail, ':', 1) AS partition FROM prompt.maintain(retention => now() - '2019-06-01');
SELECT * FROM prompt.verify_metrics();
TRUNCATE public.feedback;
DROP VIEW public.march;
SELECT step, detail FROM prompt.maintain(retention => now() - '2019-06-01') WHERE step <> 'compacted';
SELECT * FROM prompt.verify_metrics();
ROLLBACK;

-- by day
SET prompt.partition_by = 'day';
INSERT INTO prompt.prompt_executions (id, template_id) SELECT prompt.uuid_v7(at), '00000000-0000-0000-0000-00000000000b'
  FROM unnest('{2023-05-05 00:00,2023-05-05 23:59:59.999,2023-05-06 00:00,2023-05-09 12:00}'::timestamptz[]) AS at;
SELECT step, detail FROM prompt.maintain();
SELECT regexp_replace(tableoid::regclass::text, '_2023_04_\d{20}', '_2023_04_SUFFIX') COLLATE "C" AS partition, count(*) FROM prompt.prompt_executions WHERE id < prompt.uuid_v7_bound('2024-01-01') GROUP BY 1 ORDER BY 1;
SELECT count(*) > 60 AS days, bool_and(step = 'partition') AS made FROM prompt.maintain(days_ahead => 180);
SELECT * FROM prompt.maintain(days_ahead => 180);
SELECT * FROM prompt.verify_metrics();
RESET prompt.partition_by;
DROP SCHEMA prompt CASCADE;
CREATE EXTENSION pg_prompt;
SET prompt.partition_by = 'day';
DO $$ BEGIN PERFORM prompt.install(); END $$;
SELECT count(*) - 1 AS days FROM prompt._partitions();
SELECT * FROM prompt.maintain();
SELECT advice FROM prompt.status() WHERE item = 'partitions';
RESET prompt.partition_by;

-- arguments
SELECT * FROM prompt.maintain(retention => '-1 day');
SELECT * FROM prompt.maintain(months_ahead => -1);
SELECT * FROM prompt.maintain(months_ahead => 100000);
SELECT * FROM prompt.maintain(days_ahead => 100000);
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM prompt.maintain();
ROLLBACK;
DROP SCHEMA prompt CASCADE;
CREATE EXTENSION pg_prompt;
SELECT item, CASE WHEN item <> 'library' THEN value END AS value, advice FROM prompt.status();
