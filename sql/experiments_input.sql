-- Experiments with bad input: a clear error or a defined answer, never NaN in a verdict.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT prompt.create_prompt('odd', 'one') IS NOT NULL AND prompt.create_version('odd', 'two') IS NOT NULL
       AND prompt.activate_version('odd', 1) IS NOT NULL AS created;
CREATE FUNCTION start(experiment text, metric text, options text DEFAULT '') RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT prompt.create_experiment(%L, ''odd'', ''[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]'', '
                   '%L, traffic_share => 0.01, metric_windows => jsonb_build_object(%L, ''0'') %s)', experiment, metric, metric, options);
    RETURN prompt.start_experiment(experiment) IS NOT NULL;
END $$;
CREATE FUNCTION add(experiment text, variant_name text, users text[], val numeric, state text DEFAULT 'success') RETURNS bigint LANGUAGE sql AS $$
    WITH added AS (
        INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status, conversion_metric, metadata)
        SELECT v.template_id, v.experiment_id, v.name, 1, u, state, CASE WHEN abs(val) < 1e14 THEN val END, jsonb_build_object('x', val)
          FROM prompt.ab_test_variants v, unnest(users) AS u
         WHERE v.experiment_id = prompt._experiment_id(experiment) AND v.name = variant_name RETURNING 1)
    SELECT count(*) FROM added
$$;
-- What a reading says, without anything that is no number.
CREATE FUNCTION read(experiment text) RETURNS TABLE (variant text, metric text, users bigint, value float8, lift float8, p numeric, always_valid_p numeric,
    chance numeric, strange boolean, note text, code text, missing text[]) LANGUAGE sql AS $$
    SELECT r.variant, r.metric, r.users, r.value, r.lift, round(r.p_value::numeric, 4), round(r.always_valid_p::numeric, 4), round(r.chance_to_win::numeric, 3),
           to_jsonb(r)::text ~ 'NaN', r.note, v.code, v.missing
      FROM prompt.experiment_results(experiment) AS r, prompt.experiment_verdict(experiment) AS v WHERE r.metric <> 'executions_per_user'
$$;

-- No users, one user, one in each arm.
SELECT start('none', 'success_rate');
SELECT * FROM read('none');
SELECT add('none', 'b', '{ada}', 1);
SELECT * FROM read('none');
SELECT add('none', 'control', '{bob}', 1);
SELECT * FROM read('none');
-- Executions outside any outcome: pending and blocked ones count for nothing.
SELECT add('none', 'control', '{cyd}', 1, 'pending'), add('none', 'b', '{dan}', 1, 'blocked');
SELECT * FROM read('none');
-- All successes; all failures in one arm.
SELECT add('none', v, ARRAY(SELECT v || u FROM generate_series(1, 200) AS u), 1) FROM unnest('{control,b}'::text[]) AS v;
SELECT * FROM read('none');
SELECT start('apart', 'success_rate');
SELECT add('apart', 'control', ARRAY(SELECT 'c' || u FROM generate_series(1, 200) AS u), 1), add('apart', 'b', ARRAY(SELECT 'b' || u FROM generate_series(1, 200) AS u), 1, 'error');
SELECT * FROM read('apart');
-- No variance, no mean, huge and tiny values, negative ones, values beyond float8, NaN.
SELECT start('flat', 'metadata.x');
SELECT add('flat', v, ARRAY(SELECT v || u FROM generate_series(1, 100) AS u), 0) FROM unnest('{control,b}'::text[]) AS v;
SELECT * FROM read('flat');
SELECT start('huge', 'metadata.x');
SELECT add('huge', 'control', ARRAY(SELECT 'c' || u FROM generate_series(1, 100) AS u), 1e300), add('huge', 'b', ARRAY(SELECT 'b' || u FROM generate_series(1, 100) AS u), -1e-300);
SELECT variant, users, strange, note, code FROM read('huge');
SELECT start('long', 'metadata.x');
SELECT add('long', 'control', '{c1,c2}', ('1' || repeat('0', 400))::numeric), add('long', 'b', '{b1,b2}', 1);
SELECT variant, users, strange, note, code FROM read('long');
SELECT add('flat', 'b', '{nan}', 'NaN');
SELECT users FROM read('flat') WHERE variant = 'b';
CREATE FUNCTION refused(val text, who text DEFAULT 'ada') RETURNS text LANGUAGE plpgsql AS $$
DECLARE broken text;
BEGIN
    INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, conversion_metric)
    SELECT template_id, experiment_id, name, 1, who, val::numeric FROM prompt.ab_test_variants WHERE experiment_id = prompt._experiment_id('flat') AND name = 'b';
    RETURN 'taken';
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
    RETURN broken;
END $$;
SELECT refused('NaN'), refused('Infinity'), refused('-1e20'), refused('1', repeat('x', 1001));

-- User ids of every kind of text.
SELECT start('ids', 'conversion');
SELECT add('ids', 'b', ARRAY['', ' ', '%', 'a''b"c\d', E'tab\tand\nline', 'größe', '🙂', 'null', 'NaN', '{}', repeat('x', 1000), U&'\0061\0301', 'á', '-1', 'true'], 1);
SELECT count(*) AS users, count(*) FILTER (WHERE prompt.bucket('s', unit) BETWEEN 0 AND 9999) AS with_bucket
  FROM prompt.prompt_subject_queue WHERE experiment_id = prompt._experiment_id('ids');
SELECT prompt.render_prompt('odd', user_id => repeat('x', 1001));
SELECT prompt.render_prompt('odd', request_id => repeat('ü', 1001));
SELECT prompt.record_execution(prompt._template_id('odd', 1), user_id => repeat('x', 1001));
SELECT count(DISTINCT prompt.select_variant('ids', repeat('y', n))) <= 2 AS assigned FROM generate_series(1, 3000, 100) AS n;
SELECT prompt.select_variant('ids', NULL), prompt.bucket('s', NULL);
SELECT * FROM prompt.verify_metrics();

-- Weights of 0, and many variants.
SELECT prompt.create_experiment('zero', 'odd', '[{"name": "control", "version": 1, "weight": 100}, {"name": "b", "version": 2, "weight": 0}]', 'success_rate', traffic_share => 0.01) IS NOT NULL AS created;
SELECT prompt.start_experiment('zero') IS NOT NULL AS started;
SELECT add('zero', 'control', ARRAY(SELECT 'c' || u FROM generate_series(1, 100) AS u), 1);
SELECT variant, users, p, strange, note, code, missing FROM read('zero');
-- A user of a variant that nobody can get.
SELECT add('zero', 'b', '{stray}', 1);
SELECT code, srm_p FROM prompt.experiment_verdict('zero');
SELECT prompt.create_experiment('hundred', 'odd', (SELECT jsonb_agg(jsonb_build_object('name', 'v' || n, 'version', 1 + n % 2, 'weight', 1)) FROM generate_series(1, 100) AS n),
    'success_rate', traffic_share => 0.01) IS NOT NULL AS created;
SELECT prompt.start_experiment('hundred') IS NOT NULL AS started;
SELECT count(*) AS variants, sum(prompt._bucket_count(buckets)) AS buckets FROM prompt.ab_test_variants WHERE experiment_id = prompt._experiment_id('hundred');
SELECT sum(add('hundred', 'v' || n, ARRAY(SELECT 'u' || n || '-' || u FROM generate_series(1, 40) AS u), 1, CASE WHEN n % 3 = 0 THEN 'error' ELSE 'success' END)) FROM generate_series(1, 100) AS n;
SELECT count(*) AS rows, bool_or(strange) AS strange FROM read('hundred');
SELECT prompt.create_experiment('thousands', 'odd', (SELECT jsonb_agg(jsonb_build_object('name', 'v' || n, 'version', 1, 'weight', 0.05)) FROM generate_series(1, 2000) AS n), 'success_rate');
SELECT prompt.assign_variant('s', 'u', (SELECT array_agg(1.0) FROM generate_series(1, 3000))) BETWEEN 1 AND 3000 AS assigned;

-- Numbers that no experiment can have.
SELECT start('x', 'success_rate', ', significance_threshold => 1');
SELECT start('x', 'success_rate', ', significance_threshold => ''NaN''');
SELECT start('x', 'success_rate', ', minimum_detectable_effect => ''Infinity''');
SELECT start('x', 'success_rate', ', minimum_detectable_effect => -1');
SELECT start('x', 'success_rate', ', minimum_sample_size => 0');
SELECT start('x', 'success_rate', ', planned_sample_size => 1');
SELECT start('x', 'success_rate', ', minimum_runtime => ''-1 day''');
SELECT start('x', 'success_rate', ', guardrail_metrics => ''[{"metric": "cost_usd", "margin": 1e400}]''');
SELECT start('x', 'success_rate', ', guardrail_metrics => ''{}''');
SELECT start('x', 'success_rate', ', starts_at => ''infinity''');
SELECT start('x', 'metadata.');
SELECT start('x', 'Success_Rate');
SELECT start('x', '');
SELECT prompt.create_experiment('x', 'odd', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', NULL);
SELECT prompt.create_experiment('x', NULL, '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating');
SELECT prompt.create_experiment('x', 'odd', NULL, 'rating');
SELECT prompt.create_experiment('x', 'odd', '[{"name": "control", "version": 1, "weight": 1e400}, {"name": "b", "version": 2, "weight": 50}]', 'rating');
SELECT prompt.create_experiment('x', 'odd', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 99999999999, "weight": 50}]', 'rating');
SELECT prompt.create_experiment('x', 'odd', '[{"name": "control", "version": 1, "weight": 50, "is_control": "yes"}, {"name": "b", "version": 2, "weight": 50}]', 'rating');
SELECT prompt.create_experiment(repeat('x', 300), 'odd', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating');
SELECT prompt.create_experiment('x', 'odd', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating', layer => '');
SELECT prompt.create_experiment('x', 'odd', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating', metric_windows => '[]');
SELECT prompt.create_experiment('x', 'odd', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating', secondary_metrics => ARRAY['rating', NULL]);

-- A second version in production by UPDATE, a variant of another prompt, states out of order.
SELECT prompt.create_prompt('other', 'three') IS NOT NULL AS created;
UPDATE prompt.prompt_templates SET status = 'production' WHERE name = 'odd' AND version = 2;
UPDATE prompt.ab_test_variants SET template_id = prompt._template_id('other', 1) WHERE experiment_id = prompt._experiment_id('none') AND name = 'b';
INSERT INTO prompt.ab_test_experiments (name, prompt_name, primary_metric, layer, traffic_share) VALUES ('raw', 'odd', 'rating', 'odd', 0.01);
INSERT INTO prompt.ab_test_variants (experiment_id, name, ordinal, template_id, weight) SELECT prompt._experiment_id('raw'), 'a', 1, prompt._template_id('other', 1), 100;
INSERT INTO prompt.ab_test_variants (experiment_id, name, ordinal, template_id, weight) SELECT prompt._experiment_id('raw'), 'a', 1, prompt._template_id('odd', 1), 100;
SELECT prompt.start_experiment('raw');
SELECT * FROM prompt.experiment_results('raw');
SELECT prompt.complete_experiment('raw');
SELECT prompt.pause_experiment('raw');
SELECT prompt.cancel_experiment('raw') IS NOT NULL AS cancelled;
SELECT prompt.resume_experiment('raw');
SELECT * FROM prompt.experiment_verdict('raw');
SELECT prompt.declare_winner('none', 'b', NULL) IS NOT NULL AS declared;
SELECT count(*) AS left_over FROM prompt.ab_test_experiments WHERE name IN ('x', 'thousands');
SELECT * FROM prompt.verify_metrics();
SELECT prompt.cancel_experiment(name) IS NOT NULL AS cancelled FROM prompt.ab_test_experiments WHERE prompt_name = 'odd' AND status IN ('running', 'paused');
DROP FUNCTION start, add, read, refused;
