-- The figures stay right while their table is rewritten, emptied, widened and replaced under one session that goes on writing, since
-- a backend remembers where its rows are. Each line shows what is counted, and that a recount agrees.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
INSERT INTO prompt.prompt_templates (id, name, template_text) VALUES ('00000000-0000-0000-0000-0000000000d1', 'moved', 'Hello');
CREATE PROCEDURE pg_temp.record(times integer) LANGUAGE sql AS $$
    INSERT INTO prompt.prompt_executions (template_id, status, response_time_ms)
    SELECT '00000000-0000-0000-0000-0000000000d1', 'success', 10 FROM generate_series(1, times)
$$;
CREATE VIEW pg_temp.counted AS
    SELECT (SELECT sum(executions) FROM prompt.prompt_metrics WHERE template_id = '00000000-0000-0000-0000-0000000000d1') AS counted,
           (SELECT count(*) FROM prompt.verify_metrics()) AS differences;

CALL pg_temp.record(1);
CALL pg_temp.record(2);
TABLE pg_temp.counted;

-- rolled back, whole and in part
BEGIN;
CALL pg_temp.record(10);
ROLLBACK;
CALL pg_temp.record(1);
TABLE pg_temp.counted;
BEGIN;
CALL pg_temp.record(1);
SAVEPOINT s;
CALL pg_temp.record(10);
ROLLBACK TO s;
CALL pg_temp.record(1);
COMMIT;
CALL pg_temp.record(1);
TABLE pg_temp.counted;

-- rewritten
VACUUM FULL prompt.prompt_metrics;
CALL pg_temp.record(1);
CLUSTER prompt.prompt_metrics USING prompt_metrics_pkey;
CALL pg_temp.record(1);
VACUUM prompt.prompt_metrics;
CALL pg_temp.record(1);
TABLE pg_temp.counted;

-- emptied and filled again; cut off by VACUUM, with other rows in the places
TRUNCATE prompt.prompt_metrics;
SELECT prompt.rebuild_metrics() > 0 AS rebuilt;
CALL pg_temp.record(1);
TABLE pg_temp.counted;
DELETE FROM prompt.prompt_metrics;
VACUUM prompt.prompt_metrics;
CALL pg_temp.record(0);
SELECT prompt.rebuild_metrics() > 0 AS rebuilt;
CALL pg_temp.record(1);
TABLE pg_temp.counted;

-- widened by a column of the user's, with a default, a check and a column before ours dropped
ALTER TABLE prompt.prompt_metrics ADD COLUMN note text NOT NULL DEFAULT 'none', ADD COLUMN passing integer;
CALL pg_temp.record(1);
ALTER TABLE prompt.prompt_metrics DROP COLUMN passing, ADD CONSTRAINT kind CHECK (note = 'none');
CALL pg_temp.record(1);
UPDATE prompt.prompt_metrics SET note = 'none';
CALL pg_temp.record(1);
TABLE pg_temp.counted;
SELECT DISTINCT note FROM prompt.prompt_metrics;
ALTER TABLE prompt.prompt_metrics DROP COLUMN note;

-- merged by upkeep
DO $$ BEGIN PERFORM prompt.maintain(); END $$;
CALL pg_temp.record(1);
TABLE pg_temp.counted;

-- a key in another order is refused, not searched by the wrong values
BEGIN;
ALTER TABLE prompt.prompt_metrics DROP CONSTRAINT prompt_metrics_pkey,
    ADD PRIMARY KEY (template_id, tenant_id, hour, experiment_id, variant, slot);
CALL pg_temp.record(1);
ROLLBACK;

-- the table stays small, however often one backend writes, since old versions of its rows are pruned on the way
CREATE PROCEDURE pg_temp.record_singly(times integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. times LOOP
        CALL pg_temp.record(1);
        COMMIT;
    END LOOP;
END $$;
CALL pg_temp.record_singly(4000);
TABLE pg_temp.counted;
SELECT count(*) < 16 AS few_rows FROM prompt.prompt_metrics WHERE template_id = '00000000-0000-0000-0000-0000000000d1';

-- replaced by a table of the same name, and by none
BEGIN;
ALTER TABLE prompt.prompt_metrics RENAME TO metrics_before;
SAVEPOINT s;
CALL pg_temp.record(1);
ROLLBACK TO s;
CREATE TABLE prompt.prompt_metrics (LIKE prompt.metrics_before INCLUDING ALL);
CALL pg_temp.record(2);
SELECT sum(executions) FROM prompt.prompt_metrics;
ROLLBACK;
CALL pg_temp.record(1);
TABLE pg_temp.counted;
DELETE FROM prompt.prompt_executions WHERE template_id = '00000000-0000-0000-0000-0000000000d1';
DELETE FROM prompt.prompt_templates WHERE name = 'moved';
TABLE pg_temp.counted;
