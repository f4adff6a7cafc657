-- What experiments refuse, each time in words and with a way out.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT prompt.create_prompt('refused', 'one') IS NOT NULL AND prompt.create_version('refused', 'two') IS NOT NULL
       AND prompt.activate_version('refused', 1) IS NOT NULL AS created;
CREATE FUNCTION create_one(experiment text, options text DEFAULT '') RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT prompt.create_experiment(%L, ''refused'', ''[{"name": "control", "version": 1, "weight": 50}, '
                   '{"name": "b", "version": 2, "weight": 50}]'', ''conversion'' %s)', experiment, options);
    RETURN true;
END $$;

-- Every step in every state: it is taken, or refused as one of the wrong state with a hint.
CREATE FUNCTION step_in(state text, step text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    PERFORM create_one('state', ', traffic_share => 0.01');
    IF state <> 'draft' THEN PERFORM prompt.start_experiment('state'); END IF;
    CASE state WHEN 'paused' THEN PERFORM prompt.pause_experiment('state');
               WHEN 'completed' THEN PERFORM prompt.complete_experiment('state');
               WHEN 'cancelled' THEN PERFORM prompt.cancel_experiment('state');
               ELSE NULL; END CASE;
    BEGIN
        EXECUTE format('SELECT prompt.%s(''state''%s)', step, CASE step WHEN 'declare_winner' THEN ', ''b''' ELSE '' END);
        RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZ000';
    EXCEPTION WHEN SQLSTATE 'ZZ000' THEN RETURN 'taken';
    END;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' ', SQLSTATE, CASE WHEN hint = '' THEN 'without a hint' END);
END $$;
CREATE FUNCTION step_undone(state text, step text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
    said := step_in(state, step);
    RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN RETURN said;
END $$;
SELECT step, step_undone('draft', step) AS draft, step_undone('running', step) AS running, step_undone('paused', step) AS paused,
       step_undone('completed', step) AS completed, step_undone('cancelled', step) AS cancelled
  FROM unnest('{start_experiment,pause_experiment,resume_experiment,complete_experiment,cancel_experiment,declare_winner,experiment_results,experiment_verdict,experiment_report}'::text[]) AS step;
SELECT create_one('state');
SELECT prompt.resume_experiment('state');
UPDATE prompt.ab_test_experiments SET status = 'running' WHERE name = 'state';
DELETE FROM prompt.ab_test_experiments WHERE name = 'state';

-- A roll-out leaves a holdout alone; whoever wants more is told what there is.
SELECT prompt.set_holdout('refused', 0.05);
SELECT prompt.start_rollout('refused', 2, 10) IS NOT NULL AS started;
SELECT name, traffic_share, traffic FROM prompt.ab_test_experiments WHERE prompt_name = 'refused';
SELECT count(*) FILTER (WHERE prompt.bucket('refused', 'u' || u) >= 9500) > 100 AS some_held_out,
       bool_and((prompt.bucket('refused', 'u' || u) < 9500) = (p.variant IS NOT NULL)) AS others_in_it,
       round(100.0 * count(*) FILTER (WHERE p.variant = 'candidate') / count(p.variant)) BETWEEN 7 AND 13 AS a_tenth
  FROM generate_series(1, 4000) AS u, LATERAL prompt.get_active_prompt('refused', 'u' || u) AS p;
SELECT prompt.start_rollout('refused', 2, 25) IS NOT NULL AS widened;
SELECT prompt.set_traffic('rollout of refused to version 2', 1);
SELECT create_one('beside', ', traffic_share => 0.5');
SELECT prompt.start_experiment('beside');
SELECT prompt.cancel_experiment('rollout of refused to version 2') IS NOT NULL AS cancelled;
SELECT create_one('whole');
SELECT prompt.start_experiment('whole');
SELECT prompt.start_experiment('beside') IS NOT NULL AS started;
SELECT prompt.start_rollout('refused', 2, 10);
DELETE FROM prompt.ab_test_experiments WHERE prompt_name = 'refused';
SELECT prompt.set_holdout('refused', 0);

-- A definition that is wrong: which part of it, and what it is to be.
SELECT create_one('twice');
SELECT create_one('twice');
SELECT create_one('x', ', traffic_share => 50');
SELECT create_one('x', ', traffic_share => 1000');
SELECT create_one('x', ', traffic_share => -1');
SELECT prompt.set_traffic('twice', 50);
SELECT prompt.start_experiment('twice') IS NOT NULL AS started;
SELECT prompt.set_traffic('twice', 50);
SELECT prompt.set_holdout('refused', 5);
CREATE FUNCTION with_variant(variant text) RETURNS uuid LANGUAGE sql AS $$
    SELECT prompt.create_experiment('x', 'refused', jsonb_build_array('{"name": "a", "version": 1, "weight": 50}'::jsonb, variant::jsonb), 'conversion')
$$;
SELECT with_variant('{"name": "b", "version": "1", "weight": 50}');
SELECT with_variant('{"name": "b", "version": 2, "wieght": 50}');
SELECT with_variant('{"name": "b", "version": 2}');
SELECT with_variant('{"name": "b", "version": 1.5, "weight": 50}');
SELECT with_variant('{"name": "", "version": 2, "weight": 50}');
SELECT with_variant('{"name": 7, "version": 2, "weight": 50}');
SELECT with_variant('{"name": "b", "version": 2, "weight": "50"}');
SELECT with_variant('{"name": "b", "version": null, "weight": 50}');
SELECT with_variant('["b", 2, 50]');
SELECT with_variant('null');
DELETE FROM prompt.ab_test_experiments WHERE prompt_name = 'refused';
DELETE FROM prompt.prompt_templates WHERE name = 'refused';
DROP FUNCTION create_one(text, text), with_variant(text), step_in(text, text), step_undone(text, text);
