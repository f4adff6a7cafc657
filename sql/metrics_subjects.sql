-- Totals per user of an experiment: queue, folding, windows, crossovers, and the sums over users.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;

INSERT INTO prompt.prompt_templates (id, name, template_text) VALUES ('00000000-0000-0000-0000-00000000000a', 'a', 'Hello');
INSERT INTO prompt.ab_test_experiments
       (id, name, prompt_name, primary_metric, layer, status, started_at, traffic, metrics, windows) VALUES
    ('00000000-0000-0000-0000-0000000000e1', 'at once', 'a', 'conversion', 'l', 'running', now(), '[0,5000)',
     '{conversion,success_rate,error_rate,executions_per_user,cost_usd,tokens,escalation_rate,metadata.words}',
     '{0,0,0,0,0,0,0,0}'),
    ('00000000-0000-0000-0000-0000000000e2', 'in windows', 'a', 'conversion', 'l', 'running', now(), '[5000,10000)',
     '{conversion,rating,success_rate}', '{1 hour,2 hours,0}');

CREATE FUNCTION record(experiment int, unit text, variant text, conversion numeric DEFAULT NULL,
                       age interval DEFAULT '0', status text DEFAULT 'success', epoch int DEFAULT 1,
                       rating int DEFAULT NULL) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status,
                                          conversion_metric, created_at, rating)
    VALUES ('00000000-0000-0000-0000-00000000000a', format('00000000-0000-0000-0000-0000000000e%s', experiment)::uuid,
            variant, epoch, unit, status, conversion, now() - age, rating)
$$;
CREATE VIEW subjects AS
SELECT right(experiment_id::text, 2) AS e, unit, variant, first_epoch AS epoch, exposures AS n,
       crossover_exposures AS crossed, rows, sums, late_rows, late_sums
  FROM prompt.prompt_subjects ORDER BY 1, 2;
CREATE VIEW queue AS
SELECT right(experiment_id::text, 2) AS e, unit, variant, due_at = '-infinity' AS at_once, due_at > now() AS waits,
       is_late AS late, exposures AS n, rows, sums
  FROM prompt.prompt_subject_queue ORDER BY 1, 2, 3, 4 DESC, n, rows, sums;

-- what enters when: pending and blocked rows count as exposures only, null is no value
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, request_id, status,
       conversion_metric, cost_usd, input_tokens, output_tokens, escalated, metadata)
SELECT '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000e1', 'A', 1, u, r, s, c, d, i, o, e, m
  FROM (VALUES ('ann', NULL, 'pending', 1, 0.5, 1, 1, true, '{"words": 5}'::jsonb),
               ('ann', NULL, 'success', NULL, 0.25, 3, NULL, true, '{"words": 7.5}'),
               ('ann', NULL, 'timeout', 0.5, NULL, NULL, 4, false, '{"words": "many"}'),
               ('bob', NULL, 'blocked', NULL, 0.125, 1, 1, true, '{"words": 9}'),
               (NULL, 'r1', 'error', 2, 0, 0, 0, false, '[]'),
               (NULL, NULL, 'success', 1, 1, 1, 1, true, NULL)) AS v (u, r, s, c, d, i, o, e, m);
SELECT * FROM queue;
SELECT * FROM prompt.verify_metrics();
SELECT prompt.fold();
SELECT * FROM subjects;
SELECT * FROM queue;
SELECT * FROM prompt.verify_metrics();

-- a completion: the difference enters
UPDATE prompt.prompt_executions SET status = 'success', cost_usd = 1 WHERE status = 'pending';
UPDATE prompt.prompt_executions SET response_text = 'no metric sees this';
SELECT * FROM queue;
-- the statistics hold it before and after folding
SELECT metric, users, executions, sum_s, round(mean_s::numeric, 4) AS mean, round(var_s::numeric, 4) AS var_s,
       round(cov_sm::numeric, 4) AS cov, non_binary AS nb
  FROM prompt._experiment_statistics('00000000-0000-0000-0000-0000000000e1') ORDER BY metric COLLATE "C";
SELECT prompt.fold();
SELECT metric, users, executions, sum_s, round(mean_s::numeric, 4) AS mean, round(var_s::numeric, 4) AS var_s,
       round(cov_sm::numeric, 4) AS cov, non_binary AS nb
  FROM prompt._experiment_statistics('00000000-0000-0000-0000-0000000000e1') ORDER BY metric COLLATE "C";
SELECT * FROM prompt.verify_metrics();

-- windows: a conversion enters when its window closes, null as 0; a change after that is late
SELECT record(2, 'cat', 'A'), record(2, 'dan', 'B', 1), record(2, 'eve', 'A', NULL, '90 minutes', rating => 4),
       record(2, 'fay', 'B', 1, '1 day');
SELECT * FROM queue;
SELECT prompt.fold();
SELECT * FROM subjects WHERE e = 'e2';
UPDATE prompt.prompt_executions SET conversion_metric = 3 WHERE user_id IN ('cat', 'eve');
UPDATE prompt.prompt_executions SET rating = 2 WHERE user_id IN ('eve', 'fay');
SELECT * FROM queue;
SELECT prompt.fold();
SELECT * FROM subjects WHERE e = 'e2';
SELECT * FROM prompt.verify_metrics();
-- time passes
UPDATE prompt.prompt_subject_queue SET due_at = now() - interval '1 second' WHERE due_at > now();
SELECT metric, variant, users, executions, sum_s FROM prompt._experiment_statistics('00000000-0000-0000-0000-0000000000e2')
 ORDER BY metric COLLATE "C", variant;
SELECT prompt.fold();
SELECT * FROM subjects WHERE e = 'e2';
SELECT metric, variant, users, executions, sum_s FROM prompt._experiment_statistics('00000000-0000-0000-0000-0000000000e2')
 ORDER BY metric COLLATE "C", variant;
SELECT * FROM prompt.verify_metrics();

-- crossovers: the first exposure decides, whatever the order of arrival
SELECT record(1, 'gus', 'A', 1, '10 minutes'), record(1, 'gus', 'B', 1, '5 minutes', epoch => 2);
SELECT prompt.fold();
SELECT e, unit, variant, epoch, n, crossed, rows[1], sums[1] FROM subjects WHERE unit = 'gus';
SELECT variant, first_epoch, users, crossovers FROM prompt._experiment_statistics('00000000-0000-0000-0000-0000000000e1')
 WHERE metric = '' ORDER BY 1, 2;
SELECT record(1, 'gus', 'B', 1, '15 minutes', epoch => 3);
SELECT * FROM prompt.verify_metrics();
SELECT prompt.fold();
SELECT e, unit, variant, epoch, n, crossed, rows[1], sums[1] FROM subjects WHERE unit = 'gus';
SELECT variant, first_epoch, users, crossovers FROM prompt._experiment_statistics('00000000-0000-0000-0000-0000000000e1')
 WHERE metric = '' ORDER BY 1, 2;
SELECT * FROM prompt.verify_metrics();

-- deletions and moves: as if it had never been
DELETE FROM prompt.prompt_executions WHERE user_id = 'gus' AND allocation_epoch = 3;
DELETE FROM prompt.prompt_executions WHERE user_id = 'ann' AND status = 'timeout';
DELETE FROM prompt.prompt_executions WHERE user_id = 'bob';
UPDATE prompt.prompt_executions SET user_id = 'hal' WHERE request_id = 'r1';
UPDATE prompt.prompt_executions SET allocation_epoch = 2 WHERE user_id = 'dan';
SELECT * FROM prompt.verify_metrics();
SELECT prompt.fold(3);
SELECT * FROM prompt.verify_metrics();
SELECT prompt.fold();
SELECT * FROM subjects;
SELECT * FROM prompt.verify_metrics();

-- added and gone before anything is folded
SELECT record(1, 'ida', 'A');
DELETE FROM prompt.prompt_executions WHERE user_id = 'ida';
SELECT prompt.fold(1);
SELECT * FROM prompt.verify_metrics();
SELECT prompt.fold();
SELECT * FROM subjects WHERE unit = 'ida';
SELECT * FROM queue WHERE unit = 'ida';

-- writers fold by themselves
DO $$
BEGIN
    FOR i IN 1..200 LOOP
        PERFORM public.record(1, 'u' || i % 20, CASE WHEN i % 2 = 0 THEN 'A' ELSE 'B' END, i % 2);
        COMMIT;
    END LOOP;
END $$;
SELECT count(*) < 64 AS mostly_folded FROM queue;
SELECT * FROM prompt.verify_metrics();

-- a folder that fails leaves the insert and the queue as they are
ALTER TABLE prompt.ab_test_statistics RENAME COLUMN users TO people;
DO $$ BEGIN FOR i IN 1..100 LOOP PERFORM public.record(1, 'w' || i % 20, 'A', 1); COMMIT; END LOOP; END $$;
ALTER TABLE prompt.ab_test_statistics RENAME COLUMN people TO users;
SELECT count(*) >= 100 AS all_queued FROM queue;
SELECT * FROM prompt.verify_metrics();

-- wrong totals are named and mended
SELECT prompt.fold() > 0 AS folded;
UPDATE prompt.prompt_subjects SET sums[1] = sums[1] + 1 WHERE unit = 'ann';
UPDATE prompt.prompt_subjects SET exposures = 7 WHERE unit = 'u1';
DELETE FROM prompt.prompt_subjects WHERE unit = 'u2';
UPDATE prompt.ab_test_statistics SET users = users + 1 WHERE metric = 'cost_usd' AND variant = 'A' AND first_epoch = 1;
SELECT figure, key ->> 'unit' AS unit, key ->> 'metric' AS metric, running, recount FROM prompt.verify_metrics()
 WHERE figure LIKE 'prompt_subjects%' ORDER BY 1, 2;
SELECT prompt.rebuild_metrics() > 0 AS mended;
SELECT * FROM prompt.verify_metrics();

-- of many users whose first executions are gone, some with others left, some in two variants, one statement recounts all
DO $$ BEGIN PERFORM public.record(1, 'lot' || n % 50, CASE WHEN n % 150 = 0 THEN 'B' ELSE 'A' END, n) FROM generate_series(1, 200) AS n; END $$;
SELECT prompt.fold();
DELETE FROM prompt.prompt_executions WHERE user_id LIKE 'lot%' AND (conversion_metric <= 70 OR user_id LIKE 'lot1%');
BEGIN;
SET LOCAL track_functions = 'all';
SELECT sum(users), sum(executions) FROM prompt._experiment_statistics('00000000-0000-0000-0000-0000000000e1') WHERE metric = 'conversion';
SELECT pg_stat_get_xact_function_calls('prompt._recount_subjects'::regproc) AS recounts;
COMMIT;
SELECT prompt.fold();
SELECT sum(users), sum(executions) FROM prompt._experiment_statistics('00000000-0000-0000-0000-0000000000e1') WHERE metric = 'conversion';
SELECT * FROM prompt.verify_metrics();

SELECT record(1, 'jim', 'A');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT prompt.fold();
ROLLBACK;
TRUNCATE prompt.prompt_executions;
SELECT prompt.fold() > 0 AS folded;
SELECT * FROM prompt.verify_metrics();
SELECT sum(users), sum(rows), sum(sums) FROM prompt.ab_test_statistics WHERE experiment_id = '00000000-0000-0000-0000-0000000000e1';
DROP VIEW subjects, queue;
DROP FUNCTION record;
