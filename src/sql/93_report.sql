-- ---------------------------------------------------------------- experiments: the report

CREATE FUNCTION prompt._render_experiment_report(document jsonb, format text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_render_experiment_report';
COMMENT ON FUNCTION prompt._render_experiment_report(jsonb, text) IS 'draws what experiment_report() has gathered';

CREATE FUNCTION prompt._report_span(experiment_id uuid) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $span$
    SELECT CASE WHEN max(s.first_exposed_at) - min(s.first_exposed_at) < interval '93 days' THEN 'day'
                WHEN max(s.first_exposed_at) - min(s.first_exposed_at) < interval '93 weeks' THEN 'week' ELSE 'month' END
      FROM prompt.prompt_subjects s WHERE s.experiment_id = $1
$span$;
COMMENT ON FUNCTION prompt._report_span(uuid) IS 'what a bar of the report is: a day, or longer in a long experiment';

CREATE FUNCTION prompt._report_arrivals(experiment_id uuid) RETURNS TABLE (day text, variant text, users bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $arrivals$
    SELECT to_char(date_trunc(prompt._report_span($1), s.first_exposed_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD'), s.variant, count(*)
      FROM prompt.prompt_subjects s
     WHERE s.experiment_id = $1 AND s.exposures > 0
     GROUP BY 1, 2 ORDER BY 1, 2
$arrivals$;
COMMENT ON FUNCTION prompt._report_arrivals(uuid) IS 'new users by day of first exposure (UTC) and variant';

-- The readings are those of the users up to each day with their outcomes as they are now: outcomes are kept per
-- user, not per day. With a covariate they would be others than the verdict's, so there are none.
CREATE FUNCTION prompt._report_history(experiment_id uuid) RETURNS TABLE (day text, variant text, p float8)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $history$
    WITH experiment AS (
        SELECT e.id, e.significance_threshold AS alpha, greatest(e.planned_sample_size, 2) AS planned,
               e.primary_metric = 'executions_per_user' AS counts_rows, array_position(e.metrics, e.primary_metric) AS k,
               v.name AS control, v.weight AS control_weight, sum(w.weight) AS weights
          FROM prompt.ab_test_experiments e
          JOIN prompt.ab_test_variants v ON v.experiment_id = e.id AND v.is_control
          JOIN prompt.ab_test_variants w ON w.experiment_id = e.id
         WHERE e.id = $1 AND e.covariate IS NULL
         GROUP BY e.id, v.name, v.weight),
    daily AS (
        SELECT date_trunc(prompt._report_span($1), s.first_exposed_at AT TIME ZONE 'UTC') AS day, s.variant, s.first_epoch, s.entry_epoch,
               count(*) AS users, sum(u.s) AS s, sum(u.s * u.s) AS ss, sum(u.m) AS m, sum(u.m * u.m) AS mm, sum(u.s * u.m) AS sm
          FROM prompt.prompt_subjects s JOIN experiment e ON e.id = s.experiment_id,
               LATERAL (SELECT CASE WHEN e.counts_rows THEN 1 ELSE s.rows[e.k] END::numeric AS m,
                               CASE WHEN e.counts_rows THEN s.exposures ELSE s.sums[e.k] END::numeric AS s) AS u
         WHERE s.exposures > 0 AND u.m > 0
         GROUP BY 1, 2, 3, 4),
    -- Every stratum of every variant on every day, with all that came before.
    grid AS (
        SELECT d.day, g.variant, g.first_epoch, g.entry_epoch
          FROM (SELECT DISTINCT day FROM daily) AS d CROSS JOIN (SELECT DISTINCT variant, first_epoch, entry_epoch FROM daily) AS g),
    cumulated AS (
        SELECT day, variant, first_epoch, entry_epoch, coalesce(sum(x.users) OVER past, 0)::bigint AS users, coalesce(sum(x.s) OVER past, 0) AS s,
               coalesce(sum(x.ss) OVER past, 0) AS ss, coalesce(sum(x.m) OVER past, 0) AS m, coalesce(sum(x.mm) OVER past, 0) AS mm,
               coalesce(sum(x.sm) OVER past, 0) AS sm
          FROM grid LEFT JOIN daily AS x USING (day, variant, first_epoch, entry_epoch)
        WINDOW past AS (PARTITION BY variant, first_epoch, entry_epoch ORDER BY day))
    SELECT to_char(b.day, 'YYYY-MM-DD'), b.variant,
           (prompt.always_valid_stratified_test(array_agg(a.users), array_agg(a.s), array_agg(a.ss), array_agg(a.m), array_agg(a.mm),
                array_agg(a.sm), array_agg(b.users), array_agg(b.s), array_agg(b.ss), array_agg(b.m), array_agg(b.mm), array_agg(b.sm),
                prompt.always_valid_rho2_planned(greatest(1, e.planned * e.control_weight / e.weights),
                                                 greatest(1, e.planned * v.weight / e.weights), e.alpha), e.alpha)).p_value
      FROM experiment e
      JOIN cumulated a ON a.variant = e.control
      JOIN cumulated b ON b.variant <> e.control AND (b.day, b.first_epoch, b.entry_epoch) = (a.day, a.first_epoch, a.entry_epoch)
      JOIN prompt.ab_test_variants v ON v.experiment_id = e.id AND v.name = b.variant
     GROUP BY b.day, b.variant, v.weight, e.planned, e.control_weight, e.weights, e.alpha
     ORDER BY 1, 2
$history$;
COMMENT ON FUNCTION prompt._report_history(uuid) IS
    'the always-valid p of each variant on the primary metric, on the users first exposed up to each day';

CREATE FUNCTION prompt.experiment_report(name text, format text DEFAULT 'text') RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $report$
DECLARE
    target uuid := prompt._experiment_id(name);
    document jsonb;
BEGIN
    IF format IS NULL THEN
        RAISE EXCEPTION 'format is null' USING ERRCODE = 'null_value_not_allowed', HINT = 'It is text or html.';
    END IF;
    SELECT jsonb_build_object(
               'name', e.name, 'prompt', e.prompt_name, 'status', e.status, 'primary_metric', e.primary_metric, 'method', e.method, 'covariate', e.covariate,
               'alpha', e.significance_threshold, 'planned_users', e.planned_sample_size, 'minimum_users', e.minimum_sample_size,
               'days', extract(epoch FROM coalesce(e.ended_at, now()) - e.started_at) / 86400,
               'minimum_days', extract(epoch FROM e.minimum_runtime) / 86400,
               'printed_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
               'variants', (SELECT jsonb_agg(jsonb_build_object('name', v.name, 'is_control', v.is_control, 'weight', v.weight,
                                                                'version', t.version) ORDER BY v.ordinal)
                              FROM prompt.ab_test_variants v LEFT JOIN prompt.prompt_templates t ON t.id = v.template_id
                             WHERE v.experiment_id = e.id),
               'results', coalesce(prompt._frozen_results(e.id) -> 'results',
                                   (SELECT jsonb_agg(to_jsonb(r)) FROM prompt._read_experiment(e.id) AS r)),
               'verdict', (SELECT to_jsonb(j) FROM prompt.experiment_verdict(e.name) AS j))
      INTO document FROM prompt.ab_test_experiments e WHERE e.id = target;
    IF format = 'html' THEN
        document := document || jsonb_build_object(
            'arrivals', (SELECT jsonb_agg(to_jsonb(a)) FROM prompt._report_arrivals(target) AS a),
            'history', (SELECT jsonb_agg(to_jsonb(h)) FROM prompt._report_history(target) AS h));
    END IF;
    RETURN prompt._render_experiment_report(document, format);
END
$report$;
COMMENT ON FUNCTION prompt.experiment_report(text, text) IS
    'an experiment for people: variants with bars, lifts with intervals, progress and verdict, as text for a terminal or as '
    'one self-contained page of HTML';
