\echo
\echo '== 3. A real experiment, replayed through the triggers'
\echo 'Cookie Cats moved its first gate from level 30 to level 40. 90,189 players; who came back after 7 days, and after 1?'
SELECT prompt.create_prompt('gate', 'Place the first gate at level 30.') AS level_30,
       prompt.create_version('gate', 'Place the first gate at level 40.') AS level_40;
SELECT prompt.activate_version('gate', 1) AS activated;

-- Published figures: players, and players who came back.
CREATE TEMP TABLE figures (experiment text, days int, variant text, version int, players int, returned int);
INSERT INTO figures VALUES
    ('gate-7-days', 7, 'gate_30', 1, 44700, 8502), ('gate-7-days', 7, 'gate_40', 2, 45489, 8279),
    ('gate-1-day', 1, 'gate_30', 1, 44700, 20034), ('gate-1-day', 1, 'gate_40', 2, 45489, 20119);

CREATE PROCEDURE pg_temp.replay(of_experiment text) LANGUAGE plpgsql AS $$
DECLARE
    window_days int := (SELECT max(days) FROM figures WHERE experiment = of_experiment);
BEGIN
    PERFORM prompt.create_experiment(of_experiment, 'gate',
        '[{"name": "gate_30", "version": 1, "weight": 50, "is_control": true},
          {"name": "gate_40", "version": 2, "weight": 50}]',
        primary_metric => 'conversion', planned_sample_size => 90000,
        metric_windows => jsonb_build_object('conversion', window_days || ' days'));
    PERFORM prompt.start_experiment(of_experiment);
    INSERT INTO prompt.prompt_executions (id, template_id, experiment_id, variant, allocation_epoch, user_id, status,
                                          conversion_metric, created_at, completed_at)
    SELECT prompt.uuid_v7(played_at), v.template_id, e.id, f.variant, 1, f.variant || '-' || player, 'success',
           (player <= f.returned)::int, played_at, played_at
      FROM figures f
      JOIN prompt.ab_test_experiments e ON e.name = f.experiment
      JOIN prompt.ab_test_variants v ON v.experiment_id = e.id AND v.name = f.variant,
           generate_series(1, f.players) AS player,
           LATERAL (SELECT now() - interval '10 days' + player * interval '1 second' AS played_at) AS t
     WHERE f.experiment = of_experiment;
END
$$;
CALL pg_temp.replay('gate-7-days');
SELECT prompt.fold() AS folded;

\echo '== Who came back after 7 days'
SELECT variant, users, round(value::numeric, 4) AS value, round(100 * lift::numeric, 2) AS "lift %",
       round(100 * lift_low::numeric, 2) AS "low %", round(100 * lift_high::numeric, 2) AS "high %",
       round(statistic::numeric, 2) AS z, round(p_value::numeric, 4) AS p, round(always_valid_p::numeric, 4) AS always_valid_p,
       round(chance_to_win::numeric, 4) AS chance_to_win
  FROM prompt.experiment_results('gate-7-days') WHERE metric = 'conversion';
SELECT code, explanation FROM prompt.experiment_verdict('gate-7-days');
SELECT prompt.declare_winner('gate-7-days', 'gate_30') AS winner;

CALL pg_temp.replay('gate-1-day');
\echo '== Who came back after 1 day (nothing folded yet: a reading adds what is pending)'
SELECT variant, users, round(value::numeric, 4) AS value, round(100 * lift::numeric, 2) AS "lift %",
       round(statistic::numeric, 2) AS z, round(p_value::numeric, 4) AS p, round(always_valid_p::numeric, 4) AS always_valid_p
  FROM prompt.experiment_results('gate-1-day') WHERE metric = 'conversion';
SELECT code, explanation FROM prompt.experiment_verdict('gate-1-day');

\echo '== Every running figure equals a recount: no row'
SELECT * FROM prompt.verify_metrics();
