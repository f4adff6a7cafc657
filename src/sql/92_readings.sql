-- ---------------------------------------------------------------- reading the running metrics

CREATE FUNCTION prompt._prompt_versions(name text) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $versions$
DECLARE
    versions uuid[];
BEGIN
    PERFORM prompt._require_install();
    -- A tenant's prompt shadows the shared one of the same name.
    versions := ARRAY(
        SELECT t.id FROM prompt.prompt_templates t
         WHERE t.name = _prompt_versions.name
           AND t.tenant_id = (SELECT max(s.tenant_id) FROM prompt.prompt_templates s
                               WHERE s.name = _prompt_versions.name AND s.tenant_id IN ('', prompt.current_tenant())));
    IF cardinality(versions) = 0 THEN
        RAISE EXCEPTION 'prompt "%" does not exist', name
            USING ERRCODE = 'undefined_object', HINT = 'SELECT * FROM prompt.list_prompts() shows those that do.';
    END IF;
    RETURN versions;
END
$versions$;
COMMENT ON FUNCTION prompt._prompt_versions(text) IS 'all versions of a prompt that this tenant uses, or an error';

CREATE FUNCTION prompt._check_bucket(since timestamptz, bucket text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF bucket IS NULL OR bucket NOT IN ('minute', 'hour', 'day', 'week', 'month') THEN
        RAISE EXCEPTION 'bucket "%" is unknown', bucket
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is minute, hour, day, week or month.';
    END IF;
    IF since IS NULL OR NOT isfinite(since) THEN
        RAISE EXCEPTION 'since must be a finite time' USING ERRCODE = 'invalid_parameter_value';
    ELSIF extract(epoch FROM now() - since) / extract(epoch FROM ('1 ' || bucket)::interval) > 10000000 THEN
        RAISE EXCEPTION 'since % there are more than 10000000 rows by %', since, bucket
            USING ERRCODE = 'program_limit_exceeded', HINT = 'Give a later time, or a longer bucket.';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_bucket(timestamptz, text) IS 'refuses a span that no reading by time has';

-- Days may begin at 01:00, where the clock skips midnight, so buckets are counted on the clock that has no such gaps, and
-- hours, which the clock repeats, on the one that has none of those. A bucket starts where date_trunc() says it does.
CREATE FUNCTION prompt._bucket_starts(since timestamptz, bucket text) RETURNS SETOF timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $starts$
    SELECT generate_series(date_trunc(bucket, since), now(), ('1 ' || bucket)::interval) WHERE bucket = 'minute'
     UNION ALL
    SELECT DISTINCT date_trunc(bucket, h) FROM generate_series(date_trunc(bucket, since), now() + '1 hour', '1 hour') AS h
     WHERE bucket = 'hour' AND date_trunc(bucket, h) <= now()
     UNION ALL
    SELECT DISTINCT date_trunc(bucket, d::timestamptz)
      FROM generate_series(date_trunc(bucket, since)::date::timestamp, now()::timestamp, ('1 ' || bucket)::interval) AS d
     WHERE bucket NOT IN ('minute', 'hour')
$starts$;
COMMENT ON FUNCTION prompt._bucket_starts(timestamptz, text) IS
    'when the buckets since a time start in the session''s time zone: as date_trunc() says, whatever its clock skips or repeats';

CREATE FUNCTION prompt.template_performance(name text, since timestamptz DEFAULT now() - interval '7 days',
        bucket text DEFAULT 'day', OUT bucket_start timestamptz, OUT total_executions bigint, OUT success_count bigint,
        OUT failure_count bigint, OUT success_rate numeric, OUT avg_response_time_ms numeric, OUT avg_token_count numeric,
        OUT total_cost_usd numeric, OUT avg_quality_score numeric, OUT avg_rating numeric, OUT rating_count bigint,
        OUT conversion_rate numeric, OUT escalation_count bigint, OUT flagged_count bigint, OUT blocked_count bigint,
        OUT violation_count bigint, OUT p50_response_time_ms numeric, OUT p90_response_time_ms numeric,
        OUT p95_response_time_ms numeric, OUT p99_response_time_ms numeric, OUT pending_count bigint,
        OUT error_count bigint, OUT timeout_count bigint, OUT rating_distribution bigint[])
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $performance$
#variable_conflict use_column
DECLARE
    versions constant uuid[] := prompt._prompt_versions(name);
BEGIN
    PERFORM prompt._check_bucket(since, bucket);
    IF bucket = 'minute' THEN
        -- Of a minute only these figures are kept.
        RETURN QUERY
        SELECT b.start, coalesce(m.executions, 0)::bigint, coalesce(m.successes, 0)::bigint, coalesce(m.failures, 0)::bigint,
               round(m.successes / nullif(m.successes + m.failures, 0), 6),
               round(m.response_time_sum / nullif(m.response_time_count, 0), 2),
               NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::bigint, NULL::numeric, NULL::bigint, NULL::bigint,
               NULL::bigint, NULL::bigint, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::bigint, NULL::bigint,
               NULL::bigint, NULL::bigint[]
          FROM prompt._bucket_starts(since, bucket) AS b (start)
          LEFT JOIN (
               SELECT r.hour + make_interval(mins => x.minute) AS start, sum(x.executions) AS executions,
                      sum(x.successes) AS successes, sum(x.failures) AS failures,
                      sum(x.response_time_sum) AS response_time_sum, sum(x.response_time_count) AS response_time_count
                 FROM (SELECT p.hour, prompt._counts_sum(p.minutes) AS minutes FROM prompt.prompt_metrics p
                        WHERE p.template_id = ANY (versions) AND p.hour >= date_trunc('hour', since, 'UTC')
                        GROUP BY p.hour) AS r,
                      prompt._minutes_of(r.minutes) AS x
                GROUP BY 1) AS m ON m.start = b.start
         ORDER BY b.start;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT b.start, coalesce(m.executions, 0)::bigint, coalesce(m.successes, 0)::bigint,
           coalesce(m.errors + m.timeouts, 0)::bigint,
           round(m.successes / nullif(m.successes + m.errors + m.timeouts, 0), 6),
           round(m.response_time_sum / nullif(m.response_time_count, 0), 2),
           round((m.input_tokens + m.output_tokens) / nullif(m.tokens_count, 0), 2),
           coalesce(m.cost_usd, 0), round(m.quality_sum / nullif(m.quality_count, 0), 6),
           round(m.rating_sum / nullif(m.rating_count, 0), 4), coalesce(m.rating_count, 0)::bigint,
           round(m.conversion_sum / nullif(m.conversion_count, 0), 6), coalesce(m.escalations, 0)::bigint,
           coalesce(m.flags, 0)::bigint, coalesce(m.blocked, 0)::bigint, coalesce(m.violations, 0)::bigint,
           prompt.response_time_percentile(m.sketch, 0.5), prompt.response_time_percentile(m.sketch, 0.9),
           prompt.response_time_percentile(m.sketch, 0.95), prompt.response_time_percentile(m.sketch, 0.99),
           coalesce(m.pending, 0)::bigint, coalesce(m.errors, 0)::bigint, coalesce(m.timeouts, 0)::bigint,
           coalesce(m.ratings, '{0,0,0,0,0}')
      FROM prompt._bucket_starts(since, bucket) AS b (start)
      LEFT JOIN (
           SELECT date_trunc(bucket, p.hour) AS start, sum(p.executions) AS executions, sum(p.successes) AS successes,
                  sum(p.errors) AS errors, sum(p.timeouts) AS timeouts, sum(p.blocked) AS blocked, sum(p.pending) AS pending,
                  sum(p.response_time_sum) AS response_time_sum, sum(p.response_time_count) AS response_time_count,
                  sum(p.input_tokens) AS input_tokens, sum(p.output_tokens) AS output_tokens,
                  sum(p.tokens_count) AS tokens_count, sum(p.cost_usd) AS cost_usd, sum(p.quality_sum) AS quality_sum,
                  sum(p.quality_count) AS quality_count, sum(p.rating_sum) AS rating_sum, sum(p.rating_count) AS rating_count,
                  sum(p.conversion_sum) AS conversion_sum, sum(p.conversion_count) AS conversion_count,
                  sum(p.escalations) AS escalations, sum(p.flags) AS flags, sum(p.guardrail_violations) AS violations,
                  prompt._counts_sum(p.response_time_sketch) AS sketch,
                  ARRAY[sum(p.rating_1), sum(p.rating_2), sum(p.rating_3), sum(p.rating_4), sum(p.rating_5)]::bigint[] AS ratings
             FROM prompt.prompt_metrics p
            -- the first bucket begins in the hour that the clock repeats
            WHERE p.template_id = ANY (versions) AND p.hour >= date_trunc(bucket, since) - interval '1 hour'
            GROUP BY 1) AS m ON m.start = b.start
     ORDER BY b.start;
END
$performance$;
COMMENT ON FUNCTION prompt.template_performance(text, timestamptz, text) IS
    'running figures of all versions of a prompt per minute, hour, day, week or month of the session''s time zone, gaps filled; '
    'of a minute executions, successes, failures and response times';

CREATE FUNCTION prompt._bar(value numeric, greatest_value numeric, width int) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $bar$
    SELECT rpad(CASE WHEN value > 0 AND eighths = 0 THEN '▏'
                     ELSE repeat('█', eighths / 8) || (ARRAY['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'])[1 + eighths % 8] END, width)
      FROM (SELECT coalesce(round(value * width * 8 / nullif(greatest_value, 0)), 0)::int AS eighths) AS e
$bar$;
COMMENT ON FUNCTION prompt._bar(numeric, numeric, int) IS 'a bar of a chart, in eighths of a character';

CREATE FUNCTION prompt.performance_report(name text, since timestamptz DEFAULT now() - interval '24 hours',
                                          bucket text DEFAULT 'hour') RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $report$
DECLARE
    versions constant uuid[] := prompt._prompt_versions(name);
    width constant int := 24;
    of_hours constant text := CASE bucket WHEN 'minute' THEN 'hour' ELSE bucket END;
    total record;
    line record;
BEGIN
    PERFORM prompt._check_bucket(since, bucket);
    SELECT coalesce(sum(p.executions), 0) AS executions, sum(p.successes) AS successes, sum(p.errors) AS errors,
           sum(p.timeouts) AS timeouts, sum(p.blocked) AS blocked, sum(p.pending) AS pending, sum(p.cost_usd) AS cost_usd,
           prompt._counts_sum(p.response_time_sketch) AS sketch, sum(p.rating_count) AS rating_count,
           sum(p.rating_sum) AS rating_sum,
           ARRAY[sum(p.rating_1), sum(p.rating_2), sum(p.rating_3), sum(p.rating_4), sum(p.rating_5)]::bigint[] AS ratings
      INTO total
      FROM prompt.prompt_metrics p
     WHERE p.template_id = ANY (versions)
       AND p.hour >= date_trunc(of_hours, since) - interval '1 hour'
       AND date_trunc(of_hours, p.hour) >= date_trunc(of_hours, since);
    RETURN NEXT format('%s since %s', name, to_char(date_trunc(bucket, since), 'YYYY-MM-DD HH24:MI'));
    RETURN NEXT format('%s executions: %s successful, %s errors, %s timeouts, %s blocked, %s pending', total.executions,
                       coalesce(total.successes, 0), coalesce(total.errors, 0), coalesce(total.timeouts, 0),
                       coalesce(total.blocked, 0), coalesce(total.pending, 0));
    IF prompt.response_time_percentile(total.sketch, 0.5) IS NOT NULL THEN
        RETURN NEXT format('response time in ms: half up to %s, 90 %% up to %s, 95 %% up to %s, 99 %% up to %s',
                           round(prompt.response_time_percentile(total.sketch, 0.5)),
                           round(prompt.response_time_percentile(total.sketch, 0.9)),
                           round(prompt.response_time_percentile(total.sketch, 0.95)),
                           round(prompt.response_time_percentile(total.sketch, 0.99)));
    END IF;
    IF total.cost_usd > 0 THEN
        RETURN NEXT format('cost: %s USD', trim_scale(round(total.cost_usd, 6)));
    END IF;
    RETURN NEXT '';
    RETURN NEXT format('%-16s %s %9s %8s %8s', bucket, rpad('executions', width), '', 'success', 'p95 ms');
    FOR line IN
        SELECT to_char(t.bucket_start, 'YYYY-MM-DD HH24:MI') AS at, t.total_executions AS n, t.success_rate,
               t.p95_response_time_ms AS p95, max(t.total_executions) OVER () AS most
          FROM prompt.template_performance(name, since, bucket) AS t ORDER BY t.bucket_start
    LOOP
        RETURN NEXT rtrim(format('%-16s %s %9s %8s %8s', line.at, prompt._bar(line.n, line.most, width), line.n,
                                 CASE WHEN line.success_rate IS NULL THEN ''
                                      ELSE to_char(line.success_rate * 100, 'FM990.0') || ' %' END,
                                 coalesce(round(line.p95)::text, '')));
    END LOOP;
    IF total.rating_count > 0 THEN
        RETURN NEXT '';
        RETURN NEXT format('ratings: %s, on average %s', total.rating_count,
                           round(total.rating_sum / total.rating_count, 2));
        FOR i IN REVERSE 5 .. 1 LOOP
            RETURN NEXT rtrim(format('%-16s %s %9s', i, prompt._bar(total.ratings[i], (SELECT max(r) FROM unnest(total.ratings) AS r), width),
                                     total.ratings[i]));
        END LOOP;
    END IF;
END
$report$;
COMMENT ON FUNCTION prompt.performance_report(text, timestamptz, text) IS
    'a chart of a prompt''s executions over time for psql, with response times, outcomes and ratings; a row per line';

CREATE FUNCTION prompt.performance_overview(since timestamptz DEFAULT '-infinity', OUT tenant_id text, OUT name text,
        OUT production_version int, OUT versions bigint, OUT total_executions bigint, OUT success_rate numeric,
        OUT avg_response_time_ms numeric, OUT total_cost_usd numeric, OUT avg_rating numeric, OUT blocked_count bigint,
        OUT violation_count bigint, OUT running_experiment text, OUT last_hour timestamptz)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $overview$
#variable_conflict use_column
BEGIN
    PERFORM prompt._require_install();
    RETURN QUERY
    SELECT t.tenant_id, t.name, max(t.version) FILTER (WHERE t.status = 'production'), count(*),
           coalesce(sum(m.executions), 0)::bigint,
           round(sum(m.successes) / nullif(sum(m.finished), 0), 6),
           round(sum(m.response_time_sum) / nullif(sum(m.response_time_count), 0), 2),
           coalesce(sum(m.cost_usd), 0),
           round(sum(m.rating_sum) / nullif(sum(m.rating_count), 0), 4),
           coalesce(sum(m.blocked), 0)::bigint, coalesce(sum(m.violations), 0)::bigint,
           (SELECT min(e.name) FROM prompt.ab_test_experiments e
             WHERE e.tenant_id = t.tenant_id AND e.prompt_name = t.name AND e.status = 'running'),
           max(m.last_hour)
      FROM prompt.prompt_templates t
      LEFT JOIN LATERAL (
           SELECT sum(r.executions) AS executions, sum(r.successes) AS successes,
                  sum(r.successes + r.errors + r.timeouts) AS finished, sum(r.response_time_sum) AS response_time_sum,
                  sum(r.response_time_count) AS response_time_count, sum(r.cost_usd) AS cost_usd,
                  sum(r.rating_sum) AS rating_sum, sum(r.rating_count) AS rating_count, sum(r.blocked) AS blocked,
                  sum(r.guardrail_violations) AS violations, max(r.hour) AS last_hour
             FROM prompt.prompt_metrics r
            WHERE r.template_id = t.id AND r.hour >= date_trunc('hour', performance_overview.since, 'UTC')) AS m ON true
     GROUP BY t.tenant_id, t.name
     ORDER BY t.tenant_id, t.name;
END
$overview$;
COMMENT ON FUNCTION prompt.performance_overview(timestamptz) IS
    'a row per prompt: its production version and the running figures of all its versions since a time (its whole hour)';
