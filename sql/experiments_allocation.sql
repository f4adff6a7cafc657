-- Experiments: changes of weights and traffic, forced variants, holdout, schedules, roll-outs.
\set SHOW_CONTEXT never
SELECT prompt.create_prompt('ramp', 'one') IS NOT NULL AND prompt.create_version('ramp', 'two') IS NOT NULL
       AND prompt.create_version('ramp', 'three') IS NOT NULL AND prompt.activate_version('ramp', 1) IS NOT NULL AS created;
SELECT prompt.create_experiment('ramp', 'ramp', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 25}, {"name": "c", "version": 3, "weight": 25}]',
    'success_rate', traffic_share => 0.1) IS NOT NULL AS created;
SELECT prompt.set_allocation('ramp', '{"control": 20, "b": 40, "c": 40}');
SELECT prompt.start_experiment('ramp') IS NOT NULL AS started;
SELECT traffic, entered FROM prompt.ab_test_experiments WHERE name = 'ramp';

-- Everybody within the traffic is exposed; then traffic and weights change together.
CREATE FUNCTION ramp_rows(u int) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(p.execution_id) FROM prompt.render_prompt('ramp', user_id => 'user-' || u) AS p $$;
SELECT sum(ramp_rows(u)) FROM generate_series(1, 2000) AS u;
CREATE TABLE first_variant AS SELECT user_id, min(variant) AS variant FROM prompt.prompt_executions x
 WHERE experiment_id = prompt._experiment_id('ramp') GROUP BY 1;
SELECT count(*) BETWEEN 150 AND 250 AS a_tenth FROM first_variant;
SELECT prompt.set_allocation('ramp', '{"control": 34, "b": 33, "c": 33}', traffic_share => 1);
SELECT name, weight, buckets, prompt._bucket_count(buckets) FROM prompt.ab_test_variants WHERE experiment_id = prompt._experiment_id('ramp') ORDER BY ordinal;
SELECT allocation_epoch, traffic, traffic_share, entered, allocations FROM prompt.ab_test_experiments WHERE name = 'ramp';
-- They keep their variant; nobody else has one that is not his bucket's.
SELECT count(*) AS moved FROM first_variant f WHERE f.variant IS DISTINCT FROM prompt.select_variant('ramp', f.user_id);
SELECT count(*) > 10 AS buckets_that_moved FROM first_variant f JOIN prompt.ab_test_experiments e ON e.name = 'ramp'
  JOIN prompt.ab_test_variants v ON v.experiment_id = e.id AND v.buckets @> prompt.bucket(e.salt, f.user_id) WHERE v.name <> f.variant;
SELECT count(*) AS wrong FROM generate_series(2001, 3000) AS u JOIN prompt.ab_test_experiments e ON e.name = 'ramp'
  JOIN prompt.ab_test_variants v ON v.experiment_id = e.id AND v.buckets @> prompt.bucket(e.salt, 'user-' || u)
 WHERE v.name IS DISTINCT FROM prompt.select_variant('ramp', 'user-' || u);
SELECT sum(ramp_rows(u)) FROM generate_series(1, 3000) AS u;
SELECT prompt.fold() > 0 AS folded;
SELECT first_epoch, entry_epoch, count(*) > 0 AS users, count(*) FILTER (WHERE first_epoch = 1) = (SELECT count(*) FROM first_variant) AS all_of_epoch_1
  FROM prompt.prompt_subjects WHERE experiment_id = prompt._experiment_id('ramp') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT srm_p > .001 AS split_as_meant FROM prompt.experiment_verdict('ramp');
SELECT count(*) FILTER (WHERE is_crossover) AS crossovers FROM prompt.prompt_subjects;
SELECT * FROM prompt.verify_metrics();

-- Nothing changes: no epoch. Less traffic; the weights alone; a variant for nobody new.
SELECT prompt.set_allocation('ramp', '{"control": 34, "b": 33, "c": 33}'), prompt.set_traffic('ramp', 1), prompt.set_traffic('ramp', 0.5),
       prompt.set_allocation('ramp', '{"control": 50, "b": 50, "c": 0}');
SELECT traffic, entered[3:4] FROM prompt.ab_test_experiments WHERE name = 'ramp';
SELECT count(*) > 0 AS kept FROM first_variant f WHERE f.variant = 'c' AND prompt.select_variant('ramp', f.user_id) = 'c';
-- An exposure of before that is still queued counts, too.
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status)
SELECT v.template_id, v.experiment_id, 'c', 3, n.user_id, 'success'
  FROM prompt.ab_test_variants v,
       (SELECT 'new-' || u AS user_id FROM generate_series(1, 100) AS u JOIN prompt.ab_test_experiments e ON e.name = 'ramp'
         WHERE e.traffic @> prompt.bucket(e.layer, 'new-' || u) LIMIT 1) AS n
 WHERE v.experiment_id = prompt._experiment_id('ramp') AND v.name = 'c';
SELECT (SELECT count(*) FROM prompt.prompt_subjects WHERE unit LIKE 'new-%') AS folded,
       prompt.select_variant('ramp', (SELECT user_id FROM prompt.prompt_executions WHERE user_id LIKE 'new-%'));

-- Users who meet two variants are counted, and many of them raise the alarm.
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status)
SELECT v.template_id, v.experiment_id, v.name, 1, f.user_id, 'success' FROM first_variant f
  JOIN prompt.ab_test_variants v ON v.experiment_id = prompt._experiment_id('ramp') AND v.name <> f.variant AND v.name = 'b';
SELECT code, array_to_string(missing, ';') ~ 'users of \d+ met more than one variant' AS alarmed FROM prompt.experiment_verdict('ramp');
SELECT * FROM prompt.verify_metrics();

-- Bad allocations.
SELECT prompt.set_allocation('ramp');
SELECT prompt.set_allocation('ramp', '[1]');
SELECT prompt.set_allocation('ramp', '{"control": 50, "b": 50}');
SELECT prompt.set_allocation('ramp', '{"control": 50, "b": 50, "d": 0}');
SELECT prompt.set_allocation('ramp', '{"control": 50, "b": 60, "c": -10}');
SELECT prompt.set_allocation('ramp', '{"control": 50, "b": 40, "c": 0}');
SELECT prompt.set_allocation('ramp', '{"control": "NaN", "b": 40, "c": 0}');
SELECT prompt.set_traffic('ramp', 0);
SELECT prompt.set_traffic('ramp', 'NaN');
SELECT prompt.set_traffic('nowhere', 1);

-- Forced variants: in or out of the traffic, outside the statistics.
SELECT user_id AS outside FROM (SELECT 'qa-' || u AS user_id FROM generate_series(1, 100) AS u) AS q
 WHERE prompt.select_variant('ramp', user_id) IS NULL LIMIT 1 \gset
SELECT prompt.force_variant('ramp', :'outside', 'c') IS NOT NULL AS forced;
SELECT variant, allocation_epoch FROM prompt.render_prompt('ramp', user_id => :'outside');
SELECT prompt.select_variant('ramp', :'outside');
SELECT count(*) AS queued FROM prompt.prompt_subject_queue WHERE unit = :'outside';
SELECT count(prompt.record_execution(v.template_id, status => 'success', user_id => :'outside', experiment_id => v.experiment_id, variant => v.name, allocation_epoch => 0))
  FROM prompt.ab_test_variants v WHERE v.experiment_id = prompt._experiment_id('ramp') AND v.name = 'c';
SELECT * FROM prompt.verify_metrics();
SELECT prompt.force_variant('ramp', :'outside', NULL) IS NOT NULL AS freed;
SELECT prompt.select_variant('ramp', :'outside') IS NULL AS outside_again;
SELECT prompt.force_variant('ramp', 'qa', 'z');
SELECT prompt.force_variant('ramp', '', 'c');
SET prompt.ab_testing = off;
SELECT prompt.select_variant('ramp', :'outside'), (SELECT variant FROM prompt.get_active_prompt('ramp', 'user-1'));
RESET prompt.ab_testing;

-- Holdout: no experiment of the layer gets those buckets.
SELECT prompt.set_holdout('ramp', 0.6);
SELECT prompt.set_holdout('ramp', 0.2);
SELECT prompt.set_traffic('ramp', 0.9);
SELECT prompt.set_traffic('ramp', 0.8);
SELECT traffic FROM prompt.ab_test_experiments WHERE name = 'ramp';
SELECT prompt.set_holdout('ramp', 1);
SELECT prompt.set_holdout('ramp', 0);
SELECT prompt.cancel_experiment('ramp') IS NOT NULL AS cancelled;
SELECT prompt.set_traffic('ramp', 0.5);

-- A widening goes downwards where there is no room above.
SELECT prompt.create_experiment(n, 'ramp', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]',
    'success_rate', traffic_share => 0.3) IS NOT NULL AS created FROM unnest('{one,two}'::text[]) AS n;
SELECT prompt.start_experiment('one') IS NOT NULL AND prompt.start_experiment('two') IS NOT NULL AS started;
SELECT prompt.set_traffic('one', 0.1), prompt.set_traffic('two', 0.85);
SELECT name, traffic, entered FROM prompt.ab_test_experiments WHERE name IN ('one', 'two') ORDER BY name;
SELECT prompt.set_traffic('one', 0.2);
SELECT prompt.cancel_experiment('one') IS NOT NULL AND prompt.cancel_experiment('two') IS NOT NULL AS cancelled;

-- Schedules need nobody to act.
SELECT prompt.create_experiment('later', 'ramp', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]',
    'success_rate', starts_at => now() + interval '1 hour', ends_at => now() + interval '2 hours') IS NOT NULL AS created;
SELECT prompt.start_experiment('later') IS NOT NULL AS started;
SELECT prompt.select_variant('later', 'ada'), (SELECT variant FROM prompt.get_active_prompt('ramp', 'ada'));
SELECT code FROM prompt.experiment_verdict('later');
UPDATE prompt.ab_test_experiments SET started_at = now() - interval '1 hour' WHERE name = 'later';
SELECT prompt.select_variant('later', 'ada') IS NOT NULL AS serves, (SELECT variant IS NOT NULL FROM prompt.get_active_prompt('ramp', 'ada')) AS serves_prompt;
UPDATE prompt.ab_test_experiments SET starts_at = NULL, ends_at = now() WHERE name = 'later';
SELECT prompt.select_variant('later', 'ada'), (SELECT variant FROM prompt.get_active_prompt('ramp', 'ada'));
SELECT prompt.cancel_experiment('later') IS NOT NULL AS cancelled;
SELECT prompt.create_experiment('x', 'ramp', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]',
    'success_rate', starts_at => '2026-01-02', ends_at => '2026-01-01');
SELECT prompt.create_experiment('past', 'ramp', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]',
    'success_rate', ends_at => '2026-01-01') IS NOT NULL AS created;
SELECT prompt.start_experiment('past');

-- Gradual roll-out.
SELECT prompt.start_rollout('ramp', 1, 5);
SELECT prompt.start_rollout('ramp', 9, 5);
SELECT prompt.start_rollout('ramp', 2, 0);
SELECT prompt.start_rollout('ramp', 2, 5) AS rollout \gset
SELECT name, weight, prompt._bucket_count(buckets) FROM prompt.ab_test_variants WHERE experiment_id = :'rollout' ORDER BY ordinal;
SELECT count(*) FILTER (WHERE prompt.select_variant('rollout of ramp to version 2', 'u' || u) = 'candidate') AS candidates FROM generate_series(1, 1000) AS u \gset
SELECT :candidates BETWEEN 20 AND 85 AS a_twentieth;
SELECT prompt.start_rollout('ramp', 2, 20) = :'rollout' AS same;
SELECT name, weight, buckets FROM prompt.ab_test_variants WHERE experiment_id = :'rollout' ORDER BY ordinal;
SELECT prompt.start_rollout('ramp', 2, 100) = :'rollout' AS done;
SELECT template_version, variant FROM prompt.get_active_prompt('ramp', 'ada');
SELECT prompt.start_rollout('ramp', 3, 50) IS NOT NULL AS next;
SELECT prompt.cancel_experiment('rollout of ramp to version 3') IS NOT NULL AS cancelled;
SELECT prompt.start_rollout('ramp', 3, 50) IS NOT NULL AS again;
SELECT prompt.start_rollout('ramp', 3, 100) IS NOT NULL AS done;
SELECT name, status FROM prompt.ab_test_experiments WHERE name LIKE 'rollout%' ORDER BY created_at;
DROP TABLE first_variant;
DROP FUNCTION ramp_rows(int);
