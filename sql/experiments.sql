-- Experiments: assignment, lifecycle, results.
\set SHOW_CONTEXT never
SELECT prompt.bucket('salt', 'unit'), prompt.bucket('', ''), prompt.bucket('salt', 'größe');
SELECT prompt.assign_variant('salt', 'user-' || u, '{50,25,25}') AS variant, count(*) BETWEEN 2300 AND 5200 AS plausible
  FROM generate_series(1, 10000) AS u GROUP BY 1 ORDER BY 1;
SELECT prompt.assign_variant('salt', 'x', '{0,100,0}');
SELECT prompt._bucket_boundaries('{50,25,25}'), prompt._bucket_boundaries('{33.33,33.33,33.34}'), prompt._bucket_boundaries('{0,1,99}');

SELECT prompt.create_prompt('tone', 'Hello {{ name }}.') IS NOT NULL AS v1, prompt.create_version('tone', 'Hi {{ name }}!') IS NOT NULL AS v2,
       prompt.create_version('tone', 'Dear {{ name }},') IS NOT NULL AS v3;
SELECT prompt.activate_version('tone', 1) IS NOT NULL AS activated;
SELECT prompt.create_experiment('tone-test', 'tone',
    '[{"name": "control", "version": 1, "weight": 50}, {"name": "casual", "version": 2, "weight": 25}, {"name": "formal", "version": 3, "weight": 25}]',
    'success_rate', '{response_time_ms}', metric_windows => '{"success_rate": "0"}', minimum_sample_size => 50) IS NOT NULL AS created;
SELECT prompt.select_variant('tone-test', 'ada') AS before_the_start;
SELECT prompt.start_experiment('tone-test') IS NOT NULL AS started;
SELECT name, ordinal, weight, is_control, buckets FROM prompt.ab_test_variants WHERE experiment_id = prompt._experiment_id('tone-test') ORDER BY ordinal;
SELECT status, traffic, metrics, windows, allocations, allocation_epoch FROM prompt.ab_test_experiments WHERE name = 'tone-test';

-- One user, one variant, the same that anybody can compute.
SELECT count(DISTINCT variant) FROM generate_series(1, 20), prompt.get_prompt('tone', '{"name": "Ada"}', user_id => 'ada');
SELECT count(*) AS differing FROM generate_series(1, 300) AS u, prompt.ab_test_experiments e,
       LATERAL prompt.get_active_prompt('tone', 'user-' || u) AS p
 WHERE e.name = 'tone-test'
   AND (p.variant IS DISTINCT FROM (ARRAY['control', 'casual', 'formal'])[prompt.assign_variant(e.salt, 'user-' || u, '{50,25,25}')]
        OR p.variant IS DISTINCT FROM prompt.select_variant('tone-test', 'user-' || u)
        OR p.template_version IS DISTINCT FROM array_position('{control,casual,formal}', p.variant));
SELECT variant FROM prompt.get_active_prompt('tone', 'ada', enable_ab_testing => false);
SET prompt.ab_testing = off;
SELECT variant, template_version FROM prompt.get_active_prompt('tone', 'ada');
RESET prompt.ab_testing;

-- A second experiment on the prompt finds no traffic left.
SELECT prompt.create_experiment('second', 'tone', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating') IS NOT NULL AS created;
SELECT prompt.start_experiment('second');

-- Requests of users, ten for some: the unit is the user. Statuses follow the user's number.
SELECT count(p) FROM generate_series(1, 400) AS u, generate_series(1, CASE WHEN u % 10 = 0 THEN 10 ELSE 1 END) AS r,
       LATERAL prompt.render_prompt('tone', '{"name": "x"}', user_id => 'user-' || u, request_id => u || '-' || r) AS p;
SELECT count(*) FROM prompt.prompt_executions x, LATERAL prompt.complete_execution(x.id,
    CASE WHEN substr(x.user_id, 6)::int % 3 = 0 THEN 'error' ELSE 'success' END, response_time_ms => 100 + substr(x.user_id, 6)::int) AS c
 WHERE x.experiment_id = prompt._experiment_id('tone-test');
SELECT * FROM prompt.verify_metrics();
SELECT r.variant, r.metric, r.users = c.users AS users, r.executions = c.executions AS executions, abs(r.value - c.value) < 1e-12 AS value
  FROM prompt.experiment_results('tone-test') AS r
  JOIN (SELECT variant, 'success_rate' AS metric, count(DISTINCT user_id) AS users, count(*) AS executions,
               avg((status = 'success')::int)::float8 AS value FROM prompt.prompt_executions WHERE experiment_id = prompt._experiment_id('tone-test') GROUP BY 1
        UNION ALL
        SELECT variant, 'response_time_ms', count(DISTINCT user_id), count(*), avg(response_time_ms)
          FROM prompt.prompt_executions WHERE experiment_id = prompt._experiment_id('tone-test') GROUP BY 1) AS c USING (variant, metric)
 ORDER BY 2, 1;
-- Folding moves what is pending and changes no reading.
CREATE TEMP TABLE before AS SELECT * FROM prompt.experiment_results('tone-test');
SELECT prompt.fold() > 0 AS folded;
SELECT count(*) AS changed FROM ((TABLE before EXCEPT SELECT * FROM prompt.experiment_results('tone-test'))
  UNION ALL (SELECT * FROM prompt.experiment_results('tone-test') EXCEPT TABLE before)) AS d;
SELECT code, winner, srm_p > .01 AS split_as_meant, missing IS NOT NULL AS says_what_is_missing FROM prompt.experiment_verdict('tone-test');
SELECT * FROM prompt.verify_metrics();

-- States.
SELECT prompt.pause_experiment('tone-test') IS NOT NULL AS paused;
SELECT variant FROM prompt.get_active_prompt('tone', 'ada');
SELECT prompt.resume_experiment('tone-test') IS NOT NULL AS resumed;
SELECT prompt.start_experiment('tone-test');
UPDATE prompt.ab_test_experiments SET primary_metric = 'rating' WHERE name = 'tone-test';
SELECT prompt.declare_winner('tone-test', 'informal');
SELECT prompt.declare_winner('tone-test', 'casual') IS NOT NULL AS declared;
SELECT status, ended_at IS NOT NULL AS ended, winner_template_id IS NOT NULL AS winner, jsonb_array_length(results -> 'results') AS rows
  FROM prompt.ab_test_experiments WHERE name = 'tone-test';
SELECT template_version, variant FROM prompt.get_active_prompt('tone', 'ada');
SELECT count(*) AS changed FROM ((TABLE before EXCEPT SELECT * FROM prompt.experiment_results('tone-test'))
  UNION ALL (SELECT * FROM prompt.experiment_results('tone-test') EXCEPT TABLE before)) AS d;
SELECT prompt.resume_experiment('tone-test');
SELECT prompt.start_experiment('second') IS NOT NULL AS started;
SELECT * FROM prompt.experiment_results('second');
SELECT code FROM prompt.experiment_verdict('second');
SELECT prompt.cancel_experiment('second') IS NOT NULL AS cancelled;

-- Bad input.
SELECT prompt.create_experiment('x', 'tone', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 40}]', 'rating');
SELECT prompt.create_experiment('x', 'tone', '[{"name": "a", "version": 1, "weight": 150}, {"name": "b", "version": 2, "weight": -50}]', 'rating');
SELECT prompt.create_experiment('x', 'tone', '[{"name": "a", "version": 1, "weight": 50}, {"name": "a", "version": 2, "weight": 50}]', 'rating');
SELECT prompt.create_experiment('x', 'tone', '[{"name": "a", "version": 1, "weight": 100}]', 'rating');
SELECT prompt.create_experiment('x', 'tone', '{"a": 50}', 'rating');
SELECT prompt.create_experiment('x', 'tone', '[{"name": "a", "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating');
SELECT prompt.create_experiment('x', 'tone', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 22, "weight": 50}]', 'rating');
SELECT prompt.create_experiment('x', 'tune', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating');
SELECT prompt.create_experiment('x', 'tone', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'happiness');
SELECT prompt.create_experiment('x', 'tone', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating', significance_threshold => 0);
SELECT prompt.create_experiment('x', 'tone', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating', guardrail_metrics => '[{"metric": "cost_usd"}]');
SELECT prompt.create_experiment('', 'tone', '[]', 'rating');
SELECT prompt.create_experiment('tone-test', 'tone', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating');
SELECT prompt.select_variant('tone-tst', 'ada');
SELECT prompt.start_experiment('nowhere');
SELECT * FROM prompt.experiment_results('nowhere');
SELECT prompt.assign_variant('s', 'u', '{}');
SELECT prompt.assign_variant('s', 'u', '{-1,2}');
SELECT prompt.assign_variant('s', 'u', '{0,0}');
SELECT prompt.assign_variant('s', 'u', '{NaN,1}');
SELECT count(*) AS half_written FROM prompt.ab_test_experiments WHERE name = 'x';
