-- Retention and experiments: what has lost executions keeps its results, whatever time its executions name.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
SET timezone = 'UTC';
DO $$
BEGIN
    PERFORM prompt.create_prompt('greeting', 'Hello');
    PERFORM prompt.create_version('greeting', 'Hi');
    PERFORM prompt.activate_version('greeting', 1);
    PERFORM prompt.create_experiment(x, 'greeting',
        '[{"name": "control", "version": 1, "weight": 50}, {"name": "short", "version": 2, "weight": 50}]',
        'success_rate', traffic_share => 0.2) FROM unnest('{replayed,partly replayed,untouched,draft}'::text[]) AS x;
    PERFORM prompt.start_experiment(x) FROM unnest('{replayed,partly replayed,untouched}'::text[]) AS x;
END $$;

-- Users 1 to 20 in control, 21 to 50 in the other. Executions of a replay are older than the start.
CREATE FUNCTION record(experiment text, at timestamptz, but_every int DEFAULT 7) RETURNS void LANGUAGE sql AS $$
    SELECT prompt.record_execution(v.template_id, user_id => 'u' || i, status => CASE WHEN i % but_every = 0 THEN 'error' ELSE 'success' END,
                                   experiment_id => e.id, variant => v.name, allocation_epoch => 1, created_at => at)
      FROM prompt.ab_test_experiments e JOIN prompt.ab_test_variants v ON v.experiment_id = e.id, generate_series(1, 50) AS i
     WHERE e.name = experiment AND v.is_control = (i <= 20);
$$;
DO $$
BEGIN
    PERFORM record('replayed', '2024-05-03');
    PERFORM record('partly replayed', '2024-05-03');
    PERFORM record('partly replayed', '2024-06-03', 5);
    PERFORM record('untouched', '2024-06-03');
    INSERT INTO prompt.prompt_executions (id, template_id, user_id, status, experiment_id, variant, allocation_epoch, created_at)
    SELECT prompt.uuid_v7(at), v.template_id, 'u1', 'success', e.id, v.name, 1, at
      FROM prompt.ab_test_experiments e JOIN prompt.ab_test_variants v ON v.experiment_id = e.id AND v.is_control,
           unnest('{2024-05-03,2024-06-03}'::timestamptz[]) AS at
     WHERE e.name = 'draft';
    PERFORM prompt.cancel_experiment('partly replayed');
    PERFORM prompt.cancel_experiment('untouched');
    PERFORM prompt.maintain();
END $$;
CREATE TEMP VIEW results AS
SELECT e.name, r.variant, r.users, r.executions, round(r.value::numeric, 4) AS value
  FROM prompt.ab_test_experiments e, prompt.experiment_results(e.name) r
 WHERE e.name <> 'draft' AND r.metric = 'success_rate' ORDER BY 1, 2;
TABLE results;

-- a running experiment is spared, even by its older executions
SELECT step, split_part(detail, ':', 1) AS partition FROM prompt.maintain(retention => now() - '2024-06-01') WHERE step <> 'compacted';
DO $$ BEGIN PERFORM prompt.cancel_experiment('replayed'); END $$;
SELECT step, detail FROM prompt.maintain(retention => now() - '2024-06-01') WHERE step <> 'compacted';
SELECT * FROM prompt.verify_metrics();
SELECT prompt.rebuild_metrics();
TABLE results;

-- what comes late adds to what is known: an execution before the first one known, of another variant too, and one that goes
CREATE TEMP VIEW users AS
SELECT s.unit, s.variant, s.exposures, s.crossover_exposures AS crossovers, s.rows[1] AS rows, s.sums[1] AS sums
  FROM prompt.prompt_subjects s WHERE s.experiment_id = prompt._experiment_id('partly replayed') AND s.unit IN ('u1', 'u2', 'u3', 'u21') ORDER BY 1;
BEGIN;
TABLE users;
DO $$ BEGIN PERFORM record('partly replayed', '2024-05-02'); END $$;
SELECT prompt.fold() > 0 AS folded;
TABLE users;
INSERT INTO prompt.prompt_executions (id, template_id, user_id, status, experiment_id, variant, allocation_epoch, created_at)
SELECT prompt.uuid_v7('2024-05-01'), v.template_id, 'u2', 'success', v.experiment_id, v.name, 1, '2024-05-01'
  FROM prompt.ab_test_variants v WHERE v.experiment_id = prompt._experiment_id('partly replayed') AND NOT v.is_control;
DELETE FROM prompt.prompt_executions WHERE user_id = 'u3' AND created_at = '2024-05-02' AND experiment_id = prompt._experiment_id('partly replayed');
SELECT prompt.fold() > 0 AS folded;
TABLE users;
SELECT * FROM prompt.verify_metrics();
ROLLBACK;

-- one that has lost nothing is still compared and mended, however long ago it started
BEGIN;
ALTER TABLE prompt.ab_test_experiments DISABLE TRIGGER USER;
UPDATE prompt.ab_test_experiments SET started_at = '2024-05-02' WHERE name = 'untouched';
UPDATE prompt.prompt_subjects SET exposures = 2 WHERE unit = 'u1';
SELECT figure, key ->> 'unit' AS unit, running, recount FROM prompt.verify_metrics() WHERE figure LIKE 'prompt_subjects%';
SELECT prompt.rebuild_metrics() > 0 AS corrected;
SELECT e.name, s.exposures FROM prompt.prompt_subjects s JOIN prompt.ab_test_experiments e ON e.id = s.experiment_id WHERE s.unit = 'u1' ORDER BY 1;
ROLLBACK;

-- what a draft had was never counted, so it counts what is there when it starts, and is compared
DO $$ BEGIN PERFORM prompt.start_experiment('draft'); END $$;
SELECT variant, users, executions FROM prompt.experiment_results('draft') WHERE metric = 'success_rate' ORDER BY variant;
SELECT * FROM prompt.verify_metrics();
UPDATE prompt.prompt_subjects s SET exposures = 2 FROM prompt.ab_test_experiments e WHERE e.id = s.experiment_id AND e.name = 'draft' AND s.unit = 'u1';
SELECT figure, key ->> 'unit' AS unit, running, recount FROM prompt.verify_metrics() WHERE figure LIKE 'prompt_subjects%';
SELECT prompt.rebuild_metrics();

-- a partition that stays marks nothing
BEGIN;
DO $$ BEGIN PERFORM prompt.cancel_experiment('draft'); END $$;
CREATE VIEW june AS SELECT id FROM prompt.prompt_executions_2024_06;
SELECT step, split_part(detail, ':', 1) AS partition FROM prompt.maintain(retention => now() - '2024-07-01') WHERE step <> 'compacted';
UPDATE prompt.prompt_subjects SET exposures = 3 WHERE unit = 'u1';
SELECT figure, key ->> 'unit' AS unit, running, recount FROM prompt.verify_metrics() WHERE figure LIKE 'prompt_subjects%';
ROLLBACK;
DROP FUNCTION record(text, timestamptz, int);
