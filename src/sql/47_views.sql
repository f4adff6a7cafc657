-- ---------------------------------------------------------------- views: running figures by their usual names

CREATE FUNCTION prompt._create_views() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
CREATE OR REPLACE VIEW prompt.prompt_template_performance WITH (security_invoker) AS
SELECT t.tenant_id, t.name, t.version, t.id AS template_id, t.status, t.is_active,
       coalesce(m.executions, 0) AS total_executions,
       coalesce(m.successes, 0) AS success_count,
       coalesce(m.errors + m.timeouts, 0) AS failure_count,
       round(m.successes / nullif(m.successes + m.errors + m.timeouts, 0)::numeric, 6) AS success_rate,
       round(m.response_time_sum / nullif(m.response_time_count, 0), 2) AS avg_response_time_ms,
       round((m.input_tokens + m.output_tokens) / nullif(m.tokens_count, 0), 2) AS avg_token_count,
       trim_scale(round(m.cost_usd / nullif(m.cost_count, 0), 12)) AS avg_cost_usd,
       m.cost_usd AS total_cost_usd,
       round(m.quality_sum / nullif(m.quality_count, 0), 6) AS avg_quality_score,
       round(m.rating_sum / nullif(m.rating_count, 0), 4) AS avg_rating,
       coalesce(m.rating_count, 0) AS rating_count,
       round(m.conversion_sum / nullif(m.conversion_count, 0), 6) AS conversion_rate,
       coalesce(m.escalations, 0) AS escalation_count,
       coalesce(m.flags, 0) AS flagged_count,
       coalesce(m.blocked, 0) AS blocked_count,
       coalesce(m.pending, 0) AS pending_count,
       coalesce(m.guardrail_violations, 0) AS violation_count,
       m.last_hour,
       prompt.response_time_percentile(m.sketch, 0.5) AS p50_response_time_ms,
       prompt.response_time_percentile(m.sketch, 0.9) AS p90_response_time_ms,
       prompt.response_time_percentile(m.sketch, 0.95) AS p95_response_time_ms,
       prompt.response_time_percentile(m.sketch, 0.99) AS p99_response_time_ms,
       coalesce(m.errors, 0) AS error_count,
       coalesce(m.timeouts, 0) AS timeout_count,
       coalesce(m.ratings, '{0,0,0,0,0}') AS rating_distribution
  FROM prompt.prompt_templates t
  LEFT JOIN LATERAL (
       SELECT sum(executions)::bigint AS executions, sum(successes)::bigint AS successes, sum(errors)::bigint AS errors,
              sum(timeouts)::bigint AS timeouts, sum(blocked)::bigint AS blocked, sum(pending)::bigint AS pending,
              sum(response_time_sum) AS response_time_sum, sum(response_time_count) AS response_time_count,
              sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
              sum(tokens_count) AS tokens_count,
              sum(cost_usd) AS cost_usd, sum(cost_count) AS cost_count,
              sum(quality_sum) AS quality_sum, sum(quality_count) AS quality_count,
              sum(rating_sum) AS rating_sum, sum(rating_count)::bigint AS rating_count,
              sum(conversion_sum) AS conversion_sum, sum(conversion_count) AS conversion_count,
              sum(escalations)::bigint AS escalations, sum(flags)::bigint AS flags,
              sum(guardrail_violations)::bigint AS guardrail_violations, max(hour) AS last_hour,
              prompt._counts_sum(response_time_sketch) AS sketch,
              ARRAY[sum(rating_1), sum(rating_2), sum(rating_3), sum(rating_4), sum(rating_5)]::bigint[] AS ratings
         FROM prompt.prompt_metrics m
        WHERE m.template_id = t.id
       HAVING count(*) > 0) AS m ON true;
COMMENT ON VIEW prompt.prompt_template_performance IS
    'running figures per version of a prompt; success_rate is success / (success + error + timeout)';

CREATE OR REPLACE VIEW prompt.ab_test_variant_performance WITH (security_invoker) AS
SELECT e.tenant_id, e.name AS experiment_name, e.id AS experiment_id, v.name AS variant, v.is_control, v.template_id,
       v.weight AS traffic_percentage,
       coalesce(m.executions, 0) AS impressions,
       coalesce(m.executions, 0) AS total_uses,
       coalesce(m.successes, 0) AS success_count,
       coalesce(m.errors + m.timeouts, 0) AS failure_count,
       round(m.successes / nullif(m.successes + m.errors + m.timeouts, 0)::numeric, 6) AS success_rate,
       m.conversion_sum AS conversions,
       round(m.conversion_sum / nullif(m.conversion_count, 0), 6) AS conversion_rate,
       round(m.response_time_sum / nullif(m.response_time_count, 0), 2) AS avg_response_time_ms,
       round((m.input_tokens + m.output_tokens) / nullif(m.tokens_count, 0), 2) AS avg_tokens_used,
       trim_scale(round(m.cost_usd / nullif(m.cost_count, 0), 12)) AS avg_cost_usd,
       round(m.quality_sum / nullif(m.quality_count, 0), 6) AS avg_quality_score,
       round(m.rating_sum / nullif(m.rating_count, 0), 4) AS avg_rating,
       coalesce(m.escalations, 0) AS escalation_count,
       prompt.response_time_percentile(m.sketch, 0.5) AS p50_response_time_ms,
       prompt.response_time_percentile(m.sketch, 0.9) AS p90_response_time_ms,
       prompt.response_time_percentile(m.sketch, 0.95) AS p95_response_time_ms,
       prompt.response_time_percentile(m.sketch, 0.99) AS p99_response_time_ms
  FROM prompt.ab_test_experiments e
  JOIN prompt.ab_test_variants v ON v.experiment_id = e.id
  LEFT JOIN LATERAL (
       SELECT sum(executions)::bigint AS executions, sum(successes)::bigint AS successes, sum(errors)::bigint AS errors,
              sum(timeouts)::bigint AS timeouts,
              sum(response_time_sum) AS response_time_sum, sum(response_time_count) AS response_time_count,
              sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
              sum(tokens_count) AS tokens_count,
              sum(cost_usd) AS cost_usd, sum(cost_count) AS cost_count,
              sum(quality_sum) AS quality_sum, sum(quality_count) AS quality_count,
              sum(rating_sum) AS rating_sum, sum(rating_count) AS rating_count,
              sum(conversion_sum) AS conversion_sum, sum(conversion_count) AS conversion_count,
              sum(escalations)::bigint AS escalations, prompt._counts_sum(response_time_sketch) AS sketch
         FROM prompt.prompt_metrics m
        WHERE m.template_id = v.template_id AND m.experiment_id = e.id AND m.variant = v.name
       HAVING count(*) > 0) AS m ON true;
COMMENT ON VIEW prompt.ab_test_variant_performance IS
    'running figures per variant of an experiment, by execution; tests are in prompt.experiment_results()';

CREATE OR REPLACE VIEW prompt.prompt_guardrail_performance WITH (security_invoker) AS
SELECT g.tenant_id, g.name, g.rule_type, g.severity, g.enforcement, g.is_active,
       coalesce(m.evaluations, 0) AS total_evaluations,
       coalesce(m.violations, 0) AS total_violations,
       round(m.violations / nullif(m.evaluations, 0)::numeric, 6) AS violation_rate,
       m.last_hour
  FROM prompt.prompt_guardrails g
  LEFT JOIN LATERAL (
       SELECT sum(evaluations)::bigint AS evaluations, sum(violations)::bigint AS violations, max(hour) AS last_hour
         FROM prompt.prompt_guardrail_metrics m
        WHERE m.guardrail = g.name AND (m.tenant_id = g.tenant_id OR g.tenant_id = '')
       HAVING count(*) > 0) AS m ON true;
COMMENT ON VIEW prompt.prompt_guardrail_performance IS
    'per rule: executions it was evaluated for, and those in which it found a violation';

CREATE OR REPLACE VIEW prompt.prompt_guardrail_performance_hourly WITH (security_invoker) AS
SELECT m.tenant_id, m.guardrail AS name, m.hour,
       sum(m.evaluations)::bigint AS total_evaluations,
       sum(m.violations)::bigint AS total_violations,
       round(sum(m.violations) / nullif(sum(m.evaluations), 0)::numeric, 6) AS violation_rate
  FROM prompt.prompt_guardrail_metrics m
 GROUP BY m.tenant_id, m.guardrail, m.hour
HAVING sum(m.evaluations) > 0;
COMMENT ON VIEW prompt.prompt_guardrail_performance_hourly IS
    'per tenant whose executions they were, rule and hour (UTC): executions evaluated, and those with a violation';

CREATE OR REPLACE VIEW prompt.prompt_guardrail_violations WITH (security_invoker) AS
SELECT x.tenant_id, x.id AS execution_id, x.created_at, x.template_id, t.name AS prompt_name, t.version AS template_version,
       x.user_id, x.status, e.entry ->> 'rule' AS rule, v.item ->> 'severity' AS severity,
       v.item ->> 'enforcement' AS enforcement, e.entry ->> 'stage' AS stage, v.item ->> 'name' AS name,
       v.item ->> 'entity' AS entity, (v.item ->> 'start')::int AS start_offset, (v.item ->> 'end')::int AS end_offset,
       (v.item ->> 'score')::float8 AS score
  FROM prompt.prompt_executions x
  LEFT JOIN prompt.prompt_templates t ON t.id = x.template_id
 CROSS JOIN LATERAL jsonb_array_elements(
       CASE WHEN jsonb_typeof(x.guardrails_evaluated) = 'array' THEN x.guardrails_evaluated END) AS e (entry)
 CROSS JOIN LATERAL jsonb_array_elements(
       CASE WHEN jsonb_typeof(e.entry -> 'found') = 'array' THEN e.entry -> 'found' END) AS v (item)
 WHERE x.guardrail_violations IS NOT NULL;
COMMENT ON VIEW prompt.prompt_guardrail_violations IS
    'a row per violation of an execution; name is the variable (input) or message (prompt), offsets are characters of the '
    'text as it was checked';
END
$create$;
COMMENT ON FUNCTION prompt._create_views() IS 'creates or replaces the performance views';
