-- The ends of what an experiment can be given.
\set SHOW_CONTEXT never
SELECT prompt.create_prompt('ends', 'one') IS NOT NULL AND prompt.create_version('ends', 'two') IS NOT NULL AS created;
SELECT prompt.activate_version('ends', 1) IS NOT NULL AS activated;
SELECT prompt.create_experiment('ends', 'ends', '[{"name": "a", "version": 1, "weight": 99.999}, {"name": "b", "version": 2, "weight": 0.001}]', 'rating');
SELECT prompt.create_experiment('ends', 'ends', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating', traffic_share => 0.00001);
SELECT prompt.create_experiment('ends', 'ends', '[{"name": "a", "version": 1, "weight": 99.99}, {"name": "b", "version": 2, "weight": 0.01}]', 'rating',
    traffic_share => 0.0001) IS NOT NULL AS created;
SELECT prompt.start_experiment('ends') IS NOT NULL AS started;
SELECT name, buckets FROM prompt.ab_test_variants WHERE experiment_id = prompt._experiment_id('ends') ORDER BY ordinal;
SELECT traffic FROM prompt.ab_test_experiments WHERE name = 'ends';
SELECT prompt.set_allocation('ends', '{"a": 99.995, "b": 0.005}');
SELECT prompt.set_allocation('ends', traffic_share => 0.00005);
SELECT prompt.set_allocation('ends', '{"a": 100, "b": 0}');
SELECT prompt.start_rollout('ends', 2, 0.001);
SELECT prompt.force_variant('ends', 'ada', 'b') IS NOT NULL AS forced;
SELECT prompt.complete_experiment('ends') IS NOT NULL AS completed;
SELECT prompt.force_variant('ends', 'bob', 'b');
SELECT prompt.force_variant('ends', 'ada', NULL) IS NOT NULL AS taken_back;
SELECT prompt.experiment_report(NULL);
SELECT prompt.experiment_report('ends', NULL);
DELETE FROM prompt.ab_test_experiments WHERE prompt_name = 'ends';
DELETE FROM prompt.prompt_templates WHERE name = 'ends';
