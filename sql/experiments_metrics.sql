-- Experiments: every metric, through late outcomes, updates and deletions, against plain SQL on the executions.
\set SHOW_CONTEXT never
SELECT prompt.create_prompt('every', 'one') IS NOT NULL AND prompt.create_version('every', 'two') IS NOT NULL AS created;
SELECT prompt.create_experiment('every', 'every', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'success_rate',
    '{error_rate,conversion,rating,quality_score,response_time_ms,cost_usd,tokens,input_tokens,output_tokens,escalation_rate,metadata.words}',
    metric_windows => '{"conversion": "0", "rating": "0"}') IS NOT NULL AS created;
SELECT prompt.start_experiment('every') IS NOT NULL AS started;
SELECT setseed(.5);
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status, conversion_metric, rating, quality_score,
                                      response_time_ms, cost_usd, input_tokens, output_tokens, escalated, metadata)
SELECT v.template_id, v.experiment_id, v.name, 1, v.name || floor(random() * 100),
       (ARRAY['pending', 'success', 'success', 'error', 'timeout', 'blocked'])[1 + floor(random() * 6)::int],
       CASE WHEN random() < .5 THEN floor(random() * 3) END, CASE WHEN random() < .5 THEN 1 + floor(random() * 5) END, round(random()::numeric, 3),
       CASE WHEN random() < .9 THEN floor(random() * 1000) END, round(random()::numeric / 100, 6), CASE WHEN random() < .9 THEN floor(random() * 100) END,
       CASE WHEN random() < .9 THEN floor(random() * 100) END, random() < .2,
       CASE WHEN random() < .9 THEN jsonb_build_object('words', CASE WHEN random() < .9 THEN to_jsonb(round(random()::numeric * 50, 2)) ELSE '"many"' END) END
  FROM prompt.ab_test_variants v, generate_series(1, 300) AS n WHERE v.experiment_id = prompt._experiment_id('every') ORDER BY n, v.ordinal;

-- Users with an outcome, outcomes, and their mean over executions, per variant and metric: what a reading must say.
CREATE VIEW expected_reading AS
    SELECT x.variant, m.metric, count(DISTINCT x.user_id) FILTER (WHERE m.value IS NOT NULL) AS users, count(m.value) AS executions, avg(m.value) AS value
      FROM (SELECT e.*, e.status IN ('success', 'error', 'timeout') AS is_final FROM prompt.prompt_executions e WHERE e.experiment_id = prompt._experiment_id('every')) AS x,
           LATERAL (VALUES ('success_rate', CASE WHEN is_final THEN (status = 'success')::int::numeric END), ('error_rate', CASE WHEN is_final THEN (status <> 'success')::int END),
                           ('conversion', conversion_metric), ('rating', rating), ('quality_score', CASE WHEN is_final THEN quality_score END),
                           ('response_time_ms', CASE WHEN is_final THEN response_time_ms END), ('cost_usd', CASE WHEN is_final THEN cost_usd END),
                           ('tokens', CASE WHEN is_final AND num_nonnulls(input_tokens, output_tokens) > 0 THEN coalesce(input_tokens, 0) + coalesce(output_tokens, 0) END),
                           ('input_tokens', CASE WHEN is_final THEN input_tokens END), ('output_tokens', CASE WHEN is_final THEN output_tokens END),
                           ('escalation_rate', CASE WHEN is_final THEN escalated::int END),
                           ('metadata.words', CASE WHEN is_final AND jsonb_typeof(metadata -> 'words') = 'number' THEN (metadata ->> 'words')::numeric END)) AS m (metric, value)
     GROUP BY 1, 2
    UNION ALL
    SELECT variant, 'executions_per_user', count(*), count(*), avg(n) FROM
        (SELECT variant, user_id, count(*) AS n FROM prompt.prompt_executions WHERE experiment_id = prompt._experiment_id('every') GROUP BY 1, 2) AS u GROUP BY 1;
CREATE VIEW compared AS
    SELECT count(*) AS rows, count(*) FILTER (WHERE r.users IS DISTINCT FROM c.users) AS other_users,
           count(*) FILTER (WHERE r.executions IS DISTINCT FROM c.executions) AS other_executions,
           count(*) FILTER (WHERE NOT coalesce(abs(r.value - c.value) <= 1e-12 * abs(c.value), false)) AS other_values,
           count(*) FILTER (WHERE NOT is_control AND (lift IS NULL OR p_value IS NULL OR always_valid_p IS NULL)) AS without_reading
      FROM prompt.experiment_results('every') AS r FULL JOIN expected_reading AS c USING (variant, metric);
SELECT * FROM compared;
SELECT prompt.fold() > 0 AS folded;
SELECT * FROM compared;
-- Labels dealt at random raise no more alarms than they may.
SELECT users, permutations, alarms <= 10 AS suits, share = alarms / 100.0 AS is_share FROM prompt.experiment_aa_test('every', runs => 100, looks => 10);
SELECT users, alarms <= 10 AS suits FROM prompt.experiment_aa_test('every', 'executions_per_user', runs => 100, looks => 10);
SELECT prompt.experiment_aa_test('every', 'happiness');
SELECT prompt.experiment_aa_test('every', runs => 0);
-- Outcomes that come late, are corrected, or are taken back.
SELECT count(prompt.rate_execution(id, 5)) AS rated, count(prompt.record_conversion(id, 2)) AS converted
  FROM (SELECT id FROM prompt.prompt_executions WHERE experiment_id = prompt._experiment_id('every') AND status <> 'blocked' ORDER BY id LIMIT 40) AS x;
SELECT count(prompt.escalate_execution(id, 'late')) AS escalated FROM (SELECT id FROM prompt.prompt_executions WHERE user_id = 'a7' ORDER BY id) AS x;
UPDATE prompt.prompt_executions SET status = 'success', response_time_ms = response_time_ms + 7, cost_usd = cost_usd * 2 WHERE user_id IN ('a1', 'b2');
UPDATE prompt.prompt_executions SET conversion_metric = NULL, rating = NULL WHERE user_id IN ('a3', 'b4');
UPDATE prompt.prompt_executions SET metadata = '{"words": 1.5}' WHERE user_id IN ('a5', 'b5');
DELETE FROM prompt.prompt_executions WHERE user_id IN ('a6', 'b6');
SELECT * FROM compared;
SELECT prompt.fold() > 0 AS folded;
SELECT * FROM compared;
SELECT * FROM prompt.verify_metrics();
-- And back again: as if they had never been there.
DELETE FROM prompt.prompt_executions WHERE experiment_id = prompt._experiment_id('every');
SELECT count(*) AS rows, sum(users) AS users, count(value) AS values FROM prompt.experiment_results('every');
SELECT prompt.fold() > 0 AS folded;
SELECT count(*) AS subjects FROM prompt.prompt_subjects WHERE experiment_id = prompt._experiment_id('every');
SELECT sum(abs(users) + abs(rows) + abs(row_squares) + abs(sums) + abs(sum_squares) + abs(cross_sums) + abs(non_binary) + abs(crossovers)) = 0 AS no_dust
  FROM prompt.ab_test_statistics WHERE experiment_id = prompt._experiment_id('every');
SELECT prompt.cancel_experiment('every') IS NOT NULL AS cancelled;
DROP VIEW compared, expected_reading;
