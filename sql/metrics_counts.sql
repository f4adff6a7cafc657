-- The running figures after every kind of statement: figures printed, then compared with a recount.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
SET timezone = 'Asia/Kolkata';

INSERT INTO prompt.prompt_templates (id, name, template_text) VALUES
    ('00000000-0000-0000-0000-00000000000a', 'a', 'Hello'), ('00000000-0000-0000-0000-00000000000b', 'b', 'Hello');

CREATE VIEW figures AS
SELECT t.name, sum(executions) AS n, sum(pending) AS pending, sum(successes) AS ok, sum(errors) AS err,
       sum(timeouts) AS late, sum(blocked) AS blocked, sum(response_time_sum) AS ms, sum(response_time_squares) AS ms2,
       sum(input_tokens) AS tin, sum(output_tokens) AS tout, sum(cost_usd) AS cost, sum(quality_sum) AS quality,
       sum(rating_sum) AS rating, sum(rating_5) AS fives, sum(conversion_sum) AS conv, sum(escalations) AS esc,
       sum(flags) AS flags, sum(guardrail_violations) AS violations
  FROM prompt.prompt_metrics m JOIN prompt.prompt_templates t ON t.id = m.template_id
 GROUP BY t.name ORDER BY t.name;

-- many rows in one statement
INSERT INTO prompt.prompt_executions
       (template_id, status, response_time_ms, cost_usd, input_tokens, output_tokens, rating, quality_score,
        conversion_metric, escalated, flagged_for_review, guardrails_evaluated, guardrail_violations)
SELECT CASE WHEN i % 4 = 0 THEN '00000000-0000-0000-0000-00000000000a'
            ELSE '00000000-0000-0000-0000-00000000000b' END::uuid,
       (array['pending', 'success', 'error', 'timeout', 'blocked'])[1 + i % 5],
       nullif(i % 7, 0) * 100, 0.0001 * i, nullif(i % 6, 0), nullif(i % 9, 0), nullif(i % 6, 0), 0.01 * (i % 100),
       CASE WHEN i % 2 = 0 THEN 1.5 END, i % 10 = 0, i % 20 = 0,
       CASE WHEN i % 3 = 0 THEN '[{"rule": "pii", "stage": "input", "passed": true, "violations": []},
                                  {"rule": "pii", "stage": "prompt", "passed": false, "violations": [{}]},
                                  {"rule": "toxic", "passed": true}]'::jsonb
            WHEN i % 3 = 1 THEN '{"rule": "not an array"}' END,
       CASE WHEN i % 3 = 0 THEN '{pii}'::text[] END
  FROM generate_series(1, 120) i;
SELECT * FROM figures;
SELECT guardrail, sum(evaluations) AS evaluations, sum(violations) AS violations
  FROM prompt.prompt_guardrail_metrics GROUP BY 1 ORDER BY 1;
SELECT * FROM prompt.verify_metrics();

-- one row, COPY, straight into a partition
INSERT INTO prompt.prompt_executions (template_id, response_time_ms) VALUES ('00000000-0000-0000-0000-00000000000a', 7);
COPY prompt.prompt_executions (template_id, status) FROM stdin;
00000000-0000-0000-0000-00000000000a	success
00000000-0000-0000-0000-00000000000a	error
\.
INSERT INTO prompt.prompt_executions_default (id, template_id, status, created_at)
VALUES ('00000000-0000-7000-8000-000000000000', '00000000-0000-0000-0000-00000000000a', 'success', '1970-01-01 00:30+00');
INSERT INTO prompt.prompt_executions_default (id, template_id, status, created_at)
VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-0000-0000-00000000000a', 'success', '1969-12-31 23:59+00');
SELECT * FROM figures;
SELECT hour AT TIME ZONE 'UTC' AS hour, sum(executions) FROM prompt.prompt_metrics WHERE hour < '2000-01-01' GROUP BY 1 ORDER BY 1;
SELECT * FROM prompt.verify_metrics();

-- updates: late outcomes, a change that no figure sees, another template, another partition
UPDATE prompt.prompt_executions SET status = 'success', rating = 5, cost_usd = 2 WHERE status = 'pending';
UPDATE prompt.prompt_executions SET rating_feedback = 'good' WHERE rating = 5;
UPDATE prompt.prompt_executions SET template_id = '00000000-0000-0000-0000-00000000000b' WHERE flagged_for_review;
UPDATE prompt.prompt_executions SET id = prompt.uuid_v7(), created_at = now() WHERE created_at < '2000-01-01';
SELECT * FROM figures;
SELECT * FROM prompt.verify_metrics();

-- insert or update, merge, a writable CTE that does three things at once
INSERT INTO prompt.prompt_executions (id, template_id, rating)
VALUES ('00000000-0000-7000-8000-000000000002', '00000000-0000-0000-0000-00000000000a', 4);
INSERT INTO prompt.prompt_executions (id, template_id, rating)
VALUES ('00000000-0000-7000-8000-000000000002', '00000000-0000-0000-0000-00000000000a', 1),
       ('00000000-0000-7000-8000-000000000003', '00000000-0000-0000-0000-00000000000a', 2)
    ON CONFLICT (id, tenant_id) DO UPDATE SET rating = excluded.rating;
MERGE INTO prompt.prompt_executions e
USING (VALUES ('00000000-0000-7000-8000-000000000003'::uuid), ('00000000-0000-7000-8000-000000000004')) AS s (id) ON e.id = s.id
 WHEN MATCHED THEN UPDATE SET rating = 3
 WHEN NOT MATCHED THEN INSERT (id, template_id, rating) VALUES (s.id, '00000000-0000-0000-0000-00000000000a', 5);
WITH gone AS (DELETE FROM prompt.prompt_executions WHERE id = '00000000-0000-7000-8000-000000000002' RETURNING template_id),
     rated AS (UPDATE prompt.prompt_executions SET rating = 2 WHERE id = '00000000-0000-7000-8000-000000000003' RETURNING 1)
INSERT INTO prompt.prompt_executions (template_id, rating) SELECT template_id, 1 FROM gone;
SELECT * FROM figures;
SELECT * FROM prompt.verify_metrics();

-- savepoints, and a transaction with many statements
BEGIN;
INSERT INTO prompt.prompt_executions (template_id) VALUES ('00000000-0000-0000-0000-00000000000a');
SAVEPOINT s;
INSERT INTO prompt.prompt_executions (template_id) VALUES ('00000000-0000-0000-0000-00000000000a');
ROLLBACK TO s;
DO $$
BEGIN
    FOR i IN 1..100 LOOP
        INSERT INTO prompt.prompt_executions (template_id, cost_usd) VALUES ('00000000-0000-0000-0000-00000000000a', 1);
        IF i % 10 = 0 THEN
            BEGIN
                INSERT INTO prompt.prompt_executions (template_id) VALUES ('00000000-0000-0000-0000-00000000000b');
                RAISE division_by_zero;
            EXCEPTION WHEN division_by_zero THEN NULL;
            END;
        END IF;
    END LOOP;
END $$;
COMMIT;
SELECT n, cost FROM figures;
SELECT * FROM prompt.verify_metrics();

-- what a REPEATABLE READ transaction sees stays consistent
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(executions) FROM prompt.prompt_metrics;
INSERT INTO prompt.prompt_executions (template_id) VALUES ('00000000-0000-0000-0000-00000000000a');
INSERT INTO prompt.prompt_executions (template_id) VALUES ('00000000-0000-0000-0000-00000000000a');
SELECT sum(executions) FROM prompt.prompt_metrics;
COMMIT;

-- deletes and TRUNCATE of a partition
DELETE FROM prompt.prompt_executions WHERE status = 'error';
SELECT * FROM prompt.verify_metrics();
TRUNCATE prompt.prompt_executions_default;
SELECT * FROM prompt.verify_metrics();

-- figures that are wrong are named and mended
UPDATE prompt.prompt_metrics SET successes = successes + 3, cost_usd = cost_usd - 0.5
 WHERE ctid IN (SELECT ctid FROM prompt.prompt_metrics WHERE slot <> 0 LIMIT 1);
DELETE FROM prompt.prompt_guardrail_metrics WHERE guardrail = 'toxic';
SELECT figure, key ->> 'guardrail' AS guardrail, running - recount AS difference FROM prompt.verify_metrics() ORDER BY 1, 2;
SELECT prompt.rebuild_metrics();
SELECT * FROM prompt.verify_metrics();
SELECT prompt.rebuild_metrics();
ALTER TABLE prompt.prompt_executions DISABLE TRIGGER USER;
INSERT INTO prompt.prompt_executions (template_id) VALUES ('00000000-0000-0000-0000-00000000000a');
ALTER TABLE prompt.prompt_executions ENABLE TRIGGER USER;
SELECT count(*) > 0 AS differs FROM prompt.verify_metrics();
SELECT prompt.rebuild_metrics();
SELECT * FROM prompt.verify_metrics();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT prompt.rebuild_metrics();
ROLLBACK;

-- TRUNCATE of everything leaves zeros
TRUNCATE prompt.prompt_executions;
SELECT * FROM figures;
SELECT * FROM prompt.verify_metrics();

-- a column of the user's with a default, and a generated one
ALTER TABLE prompt.prompt_metrics ADD COLUMN team text NOT NULL DEFAULT 'support',
    ADD COLUMN failures bigint GENERATED ALWAYS AS (errors + timeouts) STORED;
INSERT INTO prompt.prompt_executions (template_id, status, created_at)
SELECT '00000000-0000-0000-0000-00000000000a', 'timeout', '2026-05-05 10:00Z' FROM generate_series(1, 2);
UPDATE prompt.prompt_metrics SET team = 'sales';
UPDATE prompt.prompt_executions SET status = 'success';
INSERT INTO prompt.prompt_executions (template_id, status, created_at)
VALUES ('00000000-0000-0000-0000-00000000000b', 'timeout', '2026-05-05 11:00Z');
SELECT template_id, team, sum(executions), sum(failures) FROM prompt.prompt_metrics
 WHERE hour BETWEEN '2026-05-05' AND '2026-05-06' GROUP BY 1, 2 ORDER BY 1, 2;

-- a missing table says what to do
ALTER TABLE prompt.prompt_guardrail_metrics RENAME TO elsewhere;
INSERT INTO prompt.prompt_executions (template_id, guardrails_evaluated)
VALUES ('00000000-0000-0000-0000-00000000000a', '[{"rule": "pii", "passed": true}]');
ALTER TABLE prompt.elsewhere RENAME TO prompt_guardrail_metrics;
DROP VIEW figures;
