-- Experiments: methods, planned looks, completion by the folder, adaptive allocation, covariates.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT prompt.create_prompt('method', 'one') IS NOT NULL AND prompt.create_version('method', 'two') IS NOT NULL
       AND prompt.activate_version('method', 1) IS NOT NULL AS created;
-- One execution a user, so many users a variant from a number on, successes by rate.
CREATE FUNCTION rows_of(experiment text, from_user int, to_user int, rate_a float8, rate_b float8, exposed timestamptz DEFAULT now())
RETURNS void LANGUAGE sql AS $$
    INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status, rating, created_at)
    SELECT v.template_id, v.experiment_id, v.name, e.allocation_epoch, v.name || u,
           CASE WHEN mod(u * 0.618034, 1) < CASE v.name WHEN 'control' THEN rate_a ELSE rate_b END THEN 'success' ELSE 'error' END,
           1 + (mod(u * 0.618034, 1) < CASE v.name WHEN 'control' THEN rate_a ELSE rate_b END)::int * 4,
           exposed + make_interval(secs => u)
      FROM prompt.ab_test_variants v JOIN prompt.ab_test_experiments e ON e.id = v.experiment_id, generate_series(from_user, to_user) AS u
     WHERE e.name = experiment ORDER BY u, v.ordinal
$$;
CREATE FUNCTION make(experiment text, method text, options text DEFAULT '') RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT prompt.create_experiment(%L, ''method'', ''[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]'', '
                   '''success_rate'', method => %L, traffic_share => 0.1, planned_sample_size => 2000, minimum_sample_size => 50 %s)', experiment, method, options);
    RETURN prompt.start_experiment(experiment) IS NOT NULL;
END $$;

-- Group sequential: looks are recorded; the verdict rests on them alone.
SELECT make('gs', 'group_sequential');
SELECT rows_of('gs', 1, 250, 0.5, 0.6);
SELECT code, method, missing FROM prompt.experiment_verdict('gs');
SELECT look, information, round(boundary::numeric, 4) AS boundary, round(cumulated_alpha::numeric, 6) AS alpha, rejects FROM prompt.take_look('gs');
SELECT code, missing FROM prompt.experiment_verdict('gs');
SELECT prompt.take_look('gs');
SELECT rows_of('gs', 251, 1000, 0.5, 0.6);
SELECT look, information, round(boundary::numeric, 4) AS boundary, round(cumulated_alpha::numeric, 6) AS alpha, rejects FROM prompt.take_look('gs');
SELECT code, winner, may_complete FROM prompt.experiment_verdict('gs');
SELECT prompt.take_look('gs');
SELECT jsonb_array_length(looks), looks -> 1 -> 'variants' -> 'b' ->> 'rejects' AS rejects FROM prompt.ab_test_experiments WHERE name = 'gs';
SELECT prompt.complete_experiment('gs') IS NOT NULL AS completed;
SELECT prompt.complete_experiment('gs');
UPDATE prompt.ab_test_experiments SET results = '{}' WHERE name = 'gs';

-- Fixed horizon: one look, at the end.
SELECT make('fixed', 'fixed_horizon', ', auto_complete => true');
SELECT rows_of('fixed', 1, 500, 0.5, 0.6);
SELECT prompt.take_look('fixed');
SELECT code, missing FROM prompt.experiment_verdict('fixed');
SELECT rows_of('fixed', 501, 1000, 0.5, 0.51);
SELECT prompt.fold() >= 0 AS folded;
SELECT status, jsonb_array_length(looks) AS looks, results -> 'verdict' ->> 'code' AS code, results -> 'verdict' ->> 'method' AS method
  FROM prompt.ab_test_experiments WHERE name = 'fixed';

-- Bayesian: a chance alone is not enough.
SELECT make('bayes', 'bayesian');
SELECT rows_of('bayes', 1, 500, 0.5, 0.56);
SELECT round(chance_to_win::numeric, 2) AS chance, always_valid_p < .05 AS guarded FROM prompt.experiment_results('bayes') WHERE metric = 'success_rate' AND NOT is_control;
SELECT code FROM prompt.experiment_verdict('bayes');
SELECT rows_of('bayes', 501, 1000, 0.5, 0.7);
SELECT code, winner, method FROM prompt.experiment_verdict('bayes');
SELECT prompt.take_look('bayes');

-- Always valid: the folder completes and promotes, and says so in the audit log.
SELECT make('auto', 'always_valid', ', auto_complete => true, auto_promote => true');
SELECT rows_of('auto', 1, 40, 0.5, 0.5);
SELECT prompt.fold() >= 0 AS folded, (SELECT status FROM prompt.ab_test_experiments WHERE name = 'auto');
SELECT rows_of('auto', 41, 1000, 0.4, 0.6);
SELECT prompt.fold() >= 0 AS folded;
SELECT status, ended_at IS NOT NULL AS ended, results -> 'verdict' ->> 'winner' AS winner FROM prompt.ab_test_experiments WHERE name = 'auto';
-- By chance, nobody in particular may get a variant of an experiment that still runs.
SELECT template_version FROM prompt.get_active_prompt('method', enable_ab_testing => false);
SELECT crossings ? 'b' AS crossed FROM prompt.ab_test_progress p JOIN prompt.ab_test_experiments e ON e.id = p.experiment_id WHERE e.name = 'auto';
SELECT count(*) FROM prompt.prompt_audit_log WHERE entity = 'ab_test_experiments' AND new_values ->> 'status' = 'completed'
   AND entity_id = prompt._experiment_id('auto')::text;

-- A failure in it fails no insert; the next fold that is due tries again.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON prompt.ab_test_experiments FOR EACH ROW WHEN (NEW.status = 'completed') EXECUTE FUNCTION refuse();
SELECT make('fails', 'always_valid', ', auto_complete => true');
SELECT rows_of('fails', 1, 400, 0.3, 0.7);
SELECT rows_of('fails', 401, 450, 0.3, 0.7);
SELECT status, (SELECT count(*) FROM prompt.prompt_executions x WHERE x.experiment_id = e.id) AS executions,
       (SELECT count(*) > 0 FROM prompt.prompt_subjects s WHERE s.experiment_id = e.id) AS folded
  FROM prompt.ab_test_experiments e WHERE name = 'fails';
DROP TRIGGER refuse ON prompt.ab_test_experiments;
DROP FUNCTION refuse;
SELECT pg_sleep(0.25);
SELECT rows_of('fails', 451, 500, 0.3, 0.7);
SELECT status, results -> 'verdict' ->> 'winner' AS winner FROM prompt.ab_test_experiments WHERE name = 'fails';
SELECT * FROM prompt.verify_metrics();

-- The folder completes what is over by its schedule, once the windows have closed.
SELECT make('over', 'always_valid', ', ends_at => now() + interval ''1 hour''');
SELECT rows_of('over', 1, 100, 0.5, 0.5);
UPDATE prompt.ab_test_experiments SET ends_at = now() WHERE name = 'over';
SELECT prompt.fold() >= 0 AS folded;
SELECT status, results -> 'verdict' ->> 'code' AS code FROM prompt.ab_test_experiments WHERE name = 'over';

-- The e-process: users are bet on when their windows have closed, each once, in the order of exposure.
SELECT make('bets', 'e_process');
SELECT windows[1] FROM prompt.ab_test_experiments WHERE name = 'bets';
SELECT rows_of('bets', 1, 100, 0.4, 0.7);
SELECT prompt.fold() >= 0 AS folded;
SELECT bet_users AS too_early FROM prompt.ab_test_progress WHERE experiment_id = prompt._experiment_id('bets');
SELECT code, method, missing FROM prompt.experiment_verdict('bets');
SELECT rows_of('bets', 101, 600, 0.4, 0.7, now() - interval '3 hours');
SELECT prompt.fold() >= 0 AS folded;
SELECT bet_users, bet_until_id <> '00000000-0000-0000-0000-000000000000' AS noted, jsonb_array_length(bets -> 'b') AS numbers, bets -> 'b' ->> 10 AS users
  FROM prompt.ab_test_progress WHERE experiment_id = prompt._experiment_id('bets');
SELECT code, winner, method FROM prompt.experiment_verdict('bets');
-- As betting_test() has it on the same users in the same order and batches.
SELECT abs(ln(r.always_valid_p) + t.log_e) < 1e-9 AS as_betting_test
  FROM prompt.experiment_results('bets') AS r,
       (SELECT (prompt.betting_test(array_agg(s.variant = 'b' ORDER BY s.first_exposed_at, s.first_execution_id),
                                    array_agg(s.sums[1]::float8 ORDER BY s.first_exposed_at, s.first_execution_id), '{0.5}', 200)).*
          FROM prompt.prompt_subjects s WHERE s.experiment_id = prompt._experiment_id('bets') AND s.first_exposed_at < now() - interval '1 hour') AS t
 WHERE r.metric = 'success_rate' AND NOT r.is_control;
SELECT prompt.fold() >= 0 AS folded_again;
SELECT bet_users FROM prompt.ab_test_progress WHERE experiment_id = prompt._experiment_id('bets');
DELETE FROM prompt.prompt_executions WHERE experiment_id = prompt._experiment_id('bets') AND user_id = 'b200';
SELECT prompt.fold() >= 0 AS folded;
SELECT bet_users, bets_disturbed FROM prompt.ab_test_progress WHERE experiment_id = prompt._experiment_id('bets');
SELECT note FROM prompt.experiment_results('bets') WHERE metric = 'success_rate' AND NOT is_control;
SELECT * FROM prompt.verify_metrics();

-- Adaptive allocation: weights follow the outcomes, with a floor; tested by the e-process.
SELECT make('adaptive', 'always_valid', ', adaptive => true');
SELECT make('adaptive', 'e_process', ', adaptive => true');
SELECT rows_of('adaptive', 1, 150, 0.3, 0.7, now() - interval '3 hours');
SELECT prompt.fold() >= 0 AS folded;
SELECT allocation_epoch FROM prompt.ab_test_experiments WHERE name = 'adaptive';
SELECT name, weight, prompt._bucket_count(buckets) AS buckets FROM prompt.ab_test_variants WHERE experiment_id = prompt._experiment_id('adaptive') ORDER BY ordinal;
SELECT prompt.set_allocation('adaptive', '{"control": 50, "b": 50}');
SELECT prompt.set_traffic('adaptive', 0.2);

-- CUPED: what is known from before takes variance away.
SELECT make('cuped', 'always_valid', ', covariate => ''metadata.before''');
SELECT make('plain', 'always_valid');
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status, metadata)
SELECT v.template_id, v.experiment_id, v.name, 1, v.name || u, CASE WHEN mod(u * 0.618034, 1) < CASE v.name WHEN 'b' THEN 0.56 ELSE 0.5 END THEN 'success' ELSE 'error' END,
       jsonb_build_object('before', (mod(u * 0.618034 + 0.04, 1) < 0.5)::int)
  FROM prompt.ab_test_variants v JOIN prompt.ab_test_experiments e ON e.id = v.experiment_id, generate_series(1, 400) AS u
 WHERE e.name IN ('cuped', 'plain');
SELECT c.always_valid_high - c.always_valid_low < 0.6 * (p.always_valid_high - p.always_valid_low) AS narrower
  FROM prompt.experiment_results('cuped') AS c JOIN prompt.experiment_results('plain') AS p USING (metric, variant)
 WHERE metric = 'success_rate' AND NOT c.is_control;
CREATE TEMP TABLE pending_reading AS SELECT * FROM prompt.experiment_results('cuped');
SELECT prompt.fold() >= 0 AS folded;
SELECT count(*) AS changed FROM (TABLE pending_reading EXCEPT SELECT * FROM prompt.experiment_results('cuped')) AS d;
SELECT * FROM prompt.verify_metrics();
-- Whoever compares the values finds another lift, so all that show it say why; after completion, too.
SELECT variant, note FROM prompt.experiment_results('cuped') WHERE metric = 'success_rate';
SELECT DISTINCT note FROM prompt.experiment_results('plain');
SELECT substring(explanation FROM 'Lifts.*') AS adjusted FROM prompt.experiment_verdict('cuped');
SELECT explanation LIKE '%adjusted%' AS adjusted FROM prompt.experiment_verdict('plain');
SELECT array_agg(DISTINCT m[1]) FROM regexp_matches(prompt.experiment_report('cuped'), '[^,.]*adjusted for[^,.]*.[a-z]*', 'g') AS m;
SELECT array_agg(DISTINCT m[1]) FROM regexp_matches(prompt.experiment_report('cuped', 'html'), '[a-zA-Z ]* adjusted for[^,;]*', 'g') AS m;
BEGIN;
CREATE TEMP TABLE reading AS SELECT * FROM prompt.experiment_results('cuped');
SELECT prompt.complete_experiment('cuped') IS NOT NULL AS completed;
SELECT count(*) AS changed FROM (TABLE reading EXCEPT SELECT * FROM prompt.experiment_results('cuped')) AS d;
SELECT substring(explanation FROM 'Lifts.*') AS adjusted FROM prompt.experiment_verdict('cuped');
SELECT array_agg(DISTINCT m[1]) FROM regexp_matches(prompt.experiment_report('cuped'), '[^,.]*adjusted for[^,.]*.[a-z]*', 'g') AS m;
ROLLBACK;
-- As prompt.cuped_test() has it.
SELECT abs(r.p_value / t.p_value - 1) < 1e-9 AND r.p_value < .01 AS as_cuped_test
  FROM prompt.experiment_results('cuped') AS r,
       (SELECT a.*, b.users AS users_b, b.sums AS s_b, b.sum_squares AS ss_b, b.covariate_sums AS x_b, b.covariate_squares AS xx_b, b.covariate_by_sums AS xs_b
          FROM prompt.ab_test_statistics a JOIN prompt.ab_test_statistics b USING (experiment_id, metric, first_epoch, entry_epoch)
         WHERE a.variant = 'control' AND b.variant = 'b' AND metric = 'success_rate' AND experiment_id = prompt._experiment_id('cuped')) AS s,
       prompt.cuped_test(s.users, s.sums, s.sum_squares, s.covariate_sums, s.covariate_squares, s.covariate_by_sums,
                         s.users_b, s.s_b, s.ss_b, s.x_b, s.xx_b, s.xs_b) AS t
 WHERE r.metric = 'success_rate' AND NOT r.is_control;
-- From what users did before, outside the experiment.
SELECT make('before', 'always_valid', ', covariate => ''pre_period''');
INSERT INTO prompt.prompt_executions (template_id, user_id, status, created_at)
SELECT prompt._template_id('method', 1), 'ada', s, now() - interval '3 days' FROM unnest('{success,success,error,error,error}'::text[]) AS s;
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status)
SELECT v.template_id, v.experiment_id, v.name, 1, u, 'success' FROM prompt.ab_test_variants v, unnest('{ada,bob}'::text[]) AS u
 WHERE v.experiment_id = prompt._experiment_id('before') AND v.name = 'b';
SELECT prompt.fold() >= 0 AS folded;
SELECT unit, covariate FROM prompt.prompt_subjects WHERE experiment_id = prompt._experiment_id('before') ORDER BY 1;

-- Bad plans.
SELECT make('x', 'magic');
SELECT make('x', 'always_valid', ', covariate => ''shoe size''');
SELECT make('x', 'e_process', ', metric_windows => ''{"success_rate": "0"}''');
SELECT prompt.create_experiment('x', 'method', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'cost_usd', method => 'e_process');
SELECT prompt.create_experiment('x', 'method', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating', metric_windows => '{"rating": "soon"}');
SELECT prompt.create_experiment('x', 'method', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating', metric_windows => '{"rating": null}');
SELECT prompt.cancel_experiment(name) IS NOT NULL AS cancelled FROM prompt.ab_test_experiments WHERE prompt_name = 'method' AND status = 'running';
DROP FUNCTION rows_of, make;
