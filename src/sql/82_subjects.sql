-- ---------------------------------------------------------------- totals per user of an experiment

CREATE FUNCTION prompt._fold_experiment(experiment_id uuid, most bigint) RETURNS bigint
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'pgprompt_fold_experiment';
COMMENT ON FUNCTION prompt._fold_experiment(uuid, bigint) IS
    'folds queued changes of one experiment into users'' totals and sums over users, unless another session does; '
    'says how many';

CREATE FUNCTION prompt._wait_for_folder(experiment_id uuid) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'pgprompt_wait_for_folder';
COMMENT ON FUNCTION prompt._wait_for_folder(uuid) IS
    'waits until nobody folds the experiment, and keeps others from it until this transaction ends';

CREATE FUNCTION prompt._pending_statistics(experiment_id uuid, OUT metric text, OUT variant text, OUT first_epoch int,
        OUT entry_epoch int, OUT tenant_id text, OUT users bigint, OUT rows numeric, OUT row_squares numeric, OUT sums numeric,
        OUT sum_squares numeric, OUT cross_sums numeric, OUT non_binary bigint, OUT crossovers bigint,
        OUT covariate_sums numeric, OUT covariate_squares numeric, OUT covariate_by_sums numeric,
        OUT covariate_by_rows numeric)
    RETURNS SETOF record LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'pgprompt_pending_statistics';
COMMENT ON FUNCTION prompt._pending_statistics(uuid) IS
    'what folding the whole queue of an experiment would add to ab_test_statistics; writes nothing';

CREATE FUNCTION prompt._require_primary(what text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $require$
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION '% writes, and this server is a standby', what
            USING ERRCODE = 'read_only_sql_transaction', HINT = 'Run it on the primary server.';
    END IF;
END
$require$;
COMMENT ON FUNCTION prompt._require_primary(text) IS 'refuses a standby before it says that it cannot assign a transaction''s number';

CREATE FUNCTION prompt.fold(most bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fold$
DECLARE
    experiment uuid;
    left_over bigint := coalesce(most, 9223372036854775807);
    folded bigint;
    total bigint := 0;
BEGIN
    PERFORM prompt._require_primary('prompt.fold()');
    FOR experiment IN
        SELECT e.id FROM prompt.ab_test_experiments e
         WHERE EXISTS (SELECT FROM prompt.prompt_subject_queue q
                        WHERE q.experiment_id = e.id AND q.due_at <= clock_timestamp())
         ORDER BY e.id
    LOOP
        LOOP
            -- In portions, so that memory does not grow with the queue.
            BEGIN
                folded := prompt._fold_experiment(experiment, least(left_over, 10000));
            EXCEPTION WHEN data_exception THEN
                -- One experiment's data must not keep the others waiting.
                RAISE WARNING 'experiment % cannot be folded: %', experiment, SQLERRM;
                folded := 0;
            END;
            total := total + folded;
            left_over := left_over - folded;
            EXIT WHEN folded = 0 OR left_over = 0;
        END LOOP;
        EXIT WHEN left_over = 0;
    END LOOP;
    PERFORM prompt._attend(e.id) FROM prompt.ab_test_experiments e WHERE e.status IN ('running', 'paused') ORDER BY e.id;
    RETURN total;
END
$fold$;
COMMENT ON FUNCTION prompt.fold(bigint) IS
    'folds queued changes of users'' totals, at most so many (null: all that are due), and does what is due of running '
    'experiments: bets, completion, weights; says how many changes it folded';

CREATE FUNCTION prompt._entry_epoch(layer text, entered int4multirange[], unit text, first_epoch int) RETURNS int
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT min(i) FROM generate_series(1, least(cardinality(entered), first_epoch)) AS i
                      WHERE entered[i] @> prompt.bucket(layer, unit)), first_epoch)
$$;
COMMENT ON FUNCTION prompt._entry_epoch(text, int4multirange[], text, int) IS
    'epoch in which a user''s bucket of the layer entered an experiment; that of his first exposure where it did not before';

CREATE FUNCTION prompt._covariate_of(of_experiment uuid, of_unit text, first_execution uuid, first_exposed timestamptz)
    RETURNS numeric LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $covariate$
DECLARE
    e record;
    found numeric;
BEGIN
    SELECT x.covariate, x.primary_metric, x.prompt_name, x.tenant_id INTO e
      FROM prompt.ab_test_experiments x WHERE x.id = of_experiment;
    IF e.covariate LIKE 'metadata.%' THEN
        SELECT CASE WHEN jsonb_typeof(x.metadata -> substr(e.covariate, 10)) = 'number'
                     AND abs((x.metadata ->> substr(e.covariate, 10))::numeric) < 1e15
                    THEN (x.metadata ->> substr(e.covariate, 10))::numeric END INTO found
          FROM prompt.prompt_executions x WHERE x.id = first_execution;
    ELSIF e.covariate = 'pre_period' THEN
        -- The mean of the primary metric over what the user did with this prompt in the four weeks before; how often he
        -- did it where that is the metric.
        SELECT CASE WHEN e.primary_metric = 'executions_per_user' THEN count(*) ELSE avg(v.value) END INTO found
          FROM prompt.prompt_executions x
          JOIN prompt.prompt_templates t ON t.id = x.template_id,
               LATERAL (SELECT CASE e.primary_metric
                           WHEN 'success_rate' THEN (x.status = 'success')::int
                           WHEN 'error_rate' THEN (x.status <> 'success')::int
                           WHEN 'conversion' THEN coalesce(x.conversion_metric, 0)
                           WHEN 'tokens' THEN coalesce(x.input_tokens, 0)::numeric + coalesce(x.output_tokens, 0)
                           WHEN 'escalation_rate' THEN x.escalated::int
                           WHEN 'rating' THEN x.rating
                           WHEN 'quality_score' THEN x.quality_score
                           WHEN 'response_time_ms' THEN x.response_time_ms
                           WHEN 'cost_usd' THEN x.cost_usd
                           WHEN 'input_tokens' THEN x.input_tokens
                           WHEN 'output_tokens' THEN x.output_tokens
                           ELSE CASE WHEN jsonb_typeof(x.metadata -> substr(e.primary_metric, 10)) = 'number'
                                      AND abs((x.metadata ->> substr(e.primary_metric, 10))::numeric) < 1e15
                                     THEN (x.metadata ->> substr(e.primary_metric, 10))::numeric END END AS value) AS v
         WHERE x.user_id = of_unit AND t.name = e.prompt_name
           AND x.experiment_id IS DISTINCT FROM of_experiment
           AND x.created_at < first_exposed AND x.created_at >= first_exposed - interval '28 days'
           AND x.id >= prompt.uuid_v7_bound(greatest(first_exposed - interval '29 days', '1970-01-02'));
    END IF;
    -- Products of it must stay within what a reading can digest.
    RETURN coalesce(round(found, 9), 0);
END
$covariate$;
COMMENT ON FUNCTION prompt._covariate_of(uuid, text, uuid, timestamptz) IS
    'what the experiment''s covariate is for a user at his first exposure; 0 where nothing is known of him';

-- The one definition in SQL of what an execution counts for: recounts use it, triggers have their own in C++
-- (contribution_of), and verify_metrics() compares the two.
CREATE FUNCTION prompt._recount_units(of_experiment uuid, of_units text[] DEFAULT NULL, OUT unit text, OUT variant text,
        OUT first_epoch int, OUT first_exposed_at timestamptz, OUT first_execution_id uuid, OUT exposures bigint,
        OUT rows bigint[], OUT sums numeric[])
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $recount$
DECLARE
    of_those constant text := CASE WHEN of_units IS NULL THEN 'coalesce(e.user_id, e.request_id) IS NOT NULL'
        ELSE '(e.user_id = ANY ($2) OR (e.user_id IS NULL AND e.request_id = ANY ($2)))' END;
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH execution AS (
            SELECT coalesce(e.user_id, e.request_id) AS unit, e.variant, e.allocation_epoch, e.created_at, e.id,
                   m.k, CASE m.name
                       WHEN 'success_rate' THEN CASE WHEN f.is_final THEN (e.status = 'success')::int END
                       WHEN 'error_rate' THEN CASE WHEN f.is_final THEN (e.status <> 'success')::int END
                       WHEN 'conversion' THEN CASE WHEN m.delay > '0' THEN coalesce(e.conversion_metric, 0)
                                                   ELSE e.conversion_metric END
                       WHEN 'rating' THEN e.rating
                       WHEN 'quality_score' THEN CASE WHEN f.is_final THEN e.quality_score END
                       WHEN 'response_time_ms' THEN CASE WHEN f.is_final THEN e.response_time_ms END
                       WHEN 'cost_usd' THEN CASE WHEN f.is_final THEN e.cost_usd END
                       WHEN 'tokens' THEN CASE WHEN f.is_final AND num_nonnulls(e.input_tokens, e.output_tokens) > 0
                           THEN coalesce(e.input_tokens, 0)::numeric + coalesce(e.output_tokens, 0) END
                       WHEN 'input_tokens' THEN CASE WHEN f.is_final THEN e.input_tokens END
                       WHEN 'output_tokens' THEN CASE WHEN f.is_final THEN e.output_tokens END
                       WHEN 'escalation_rate' THEN CASE WHEN f.is_final THEN e.escalated::int END
                       ELSE CASE WHEN f.is_final AND m.name LIKE 'metadata.%%'
                                  AND jsonb_typeof(e.metadata) = 'object'
                                  AND jsonb_typeof(e.metadata -> substr(m.name, 10)) = 'number'
                                  AND abs((e.metadata ->> substr(m.name, 10))::numeric) < 1e15
                                 THEN (e.metadata ->> substr(m.name, 10))::numeric END
                   END AS exact_value
              FROM prompt.prompt_executions e
              JOIN prompt.ab_test_experiments x ON x.id = e.experiment_id
             CROSS JOIN unnest(x.metrics, x.windows) WITH ORDINALITY AS m (name, delay, k)
             CROSS JOIN LATERAL (SELECT e.status IN ('success', 'error', 'timeout')) AS f (is_final)
             WHERE e.experiment_id = $1 AND e.allocation_epoch > 0 AND %s),
        metric AS (
            SELECT c.unit, c.variant, c.k, count(c.value) AS rows, coalesce(sum(c.value), 0) AS sums
              FROM (SELECT unit, variant, k, CASE WHEN scale(exact_value::numeric) > 12 THEN round(exact_value::numeric, 12)
                                                  ELSE exact_value END AS value FROM execution) AS c
             GROUP BY c.unit, c.variant, c.k),
        exposed AS (
            SELECT c.unit, c.variant, count(*) AS exposures,
                   (array_agg(c.allocation_epoch ORDER BY c.created_at, c.id))[1] AS first_epoch,
                   min(c.created_at) AS first_exposed_at,
                   (array_agg(c.id ORDER BY c.created_at, c.id))[1] AS first_execution_id
              FROM execution c WHERE c.k = 1 GROUP BY c.unit, c.variant)
        SELECT x.unit, x.variant, x.first_epoch, x.first_exposed_at, x.first_execution_id, x.exposures,
               array_agg(m.rows ORDER BY m.k), array_agg(m.sums ORDER BY m.k)
          FROM exposed x JOIN metric m ON m.unit = x.unit AND m.variant = x.variant
         GROUP BY x.unit, x.variant, x.first_epoch, x.first_exposed_at, x.first_execution_id, x.exposures
    $query$, of_those) USING of_experiment, of_units;
END
$recount$;
COMMENT ON FUNCTION prompt._recount_units(uuid, text[]) IS
    'totals per user and variant of an experiment, or of some users, counted from prompt_executions';

CREATE FUNCTION prompt._lost_key(of_experiment uuid) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 'executions_lost:' || of_experiment::text;
COMMENT ON FUNCTION prompt._lost_key(uuid) IS
    'key in prompt_state of an experiment that has lost executions to retention; its value is the last partition that had some';

-- Of many users at once: the queue has no index by user for what is due at once.
CREATE FUNCTION prompt._recount_subjects(of_experiment uuid, units text[], known_variants text[], folded uuid[],
        OUT unit text, OUT variant text, OUT first_epoch int, OUT first_exposed_at timestamptz, OUT first_execution_id uuid,
        OUT exposures bigint, OUT crossover_exposures bigint, OUT rows bigint[], OUT sums numeric[], OUT queued bigint)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $recount$
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(units, known_variants) AS w (unit, known_variant)),
    counted AS MATERIALIZED (
        SELECT * FROM prompt._recount_units(of_experiment, units)),
    -- Users some of whose executions retention may have dropped: what is known of them, and what is being folded.
    kept AS MATERIALIZED (
        SELECT s.* FROM prompt.prompt_subjects s JOIN wanted w ON w.unit = s.unit
         WHERE s.experiment_id = of_experiment
           AND EXISTS (SELECT FROM prompt.prompt_state p JOIN prompt.ab_test_experiments e ON e.tenant_id = p.tenant_id
                        WHERE e.id = of_experiment AND p.key = prompt._lost_key(of_experiment))),
    queue AS MATERIALIZED (
        SELECT q.unit, q.variant, q.exposures, q.rows::bigint[] AS rows, q.sums, f.id IS NOT NULL AS is_folded
          FROM (-- In two parts, each with its index.
                SELECT a.* FROM prompt.prompt_subject_queue a
                 WHERE a.experiment_id = of_experiment AND a.due_at = '-infinity'
                UNION ALL
                SELECT b.* FROM prompt.prompt_subject_queue b
                 WHERE b.experiment_id = of_experiment AND b.due_at > '-infinity' AND b.unit = ANY (units)) AS q
          JOIN wanted w ON w.unit = q.unit
          LEFT JOIN unnest(folded) AS f (id) ON f.id = q.id),
    chosen AS MATERIALIZED (
        SELECT w.unit, coalesce(k.variant, f.variant, w.known_variant) AS variant, coalesce(k.first_epoch, f.first_epoch) AS first_epoch,
               coalesce(k.first_exposed_at, f.first_exposed_at) AS first_exposed_at,
               coalesce(k.first_execution_id, f.first_execution_id) AS first_execution_id, k.unit IS NOT NULL AS is_kept
          FROM wanted w
          LEFT JOIN kept k ON k.unit = w.unit
          LEFT JOIN (SELECT DISTINCT ON (c.unit) c.* FROM counted c
                      ORDER BY c.unit, c.first_exposed_at, c.first_execution_id) AS f ON f.unit = w.unit),
    part AS MATERIALIZED (
        SELECT c.unit, c.variant, c.exposures, c.rows, c.sums, 1 AS sign FROM counted c
         WHERE NOT EXISTS (SELECT FROM kept k WHERE k.unit = c.unit)
        UNION ALL
        SELECT q.unit, q.variant, q.exposures, q.rows, q.sums, CASE WHEN q.is_folded THEN 1 ELSE -1 END FROM queue q
         WHERE q.is_folded = EXISTS (SELECT FROM kept k WHERE k.unit = q.unit)
        UNION ALL
        SELECT k.unit, v.variant, v.exposures, v.rows, v.sums, 1
          FROM kept k, LATERAL (VALUES (k.variant, k.exposures, k.rows, k.sums), (k.variant, 0, k.late_rows, k.late_sums),
                                       ('', k.crossover_exposures, NULL, NULL)) AS v (variant, exposures, rows, sums)),
    exposure AS (
        SELECT s.unit, sum(p.sign * p.exposures) FILTER (WHERE p.variant = s.variant) AS own,
               sum(p.sign * p.exposures) FILTER (WHERE p.variant <> s.variant) AS other, count(*) FILTER (WHERE p.sign = -1) AS queued
          FROM chosen s JOIN part p ON p.unit = s.unit GROUP BY s.unit),
    metric AS (
        SELECT s.unit, m.k, sum(p.sign * m.rows)::bigint AS rows, sum(p.sign * m.sums) AS sums
          FROM chosen s JOIN part p ON p.unit = s.unit AND p.variant = s.variant,
               unnest(p.rows, p.sums) WITH ORDINALITY AS m (rows, sums, k)
         GROUP BY s.unit, m.k),
    total AS (
        SELECT m.unit, array_agg(m.rows ORDER BY m.k) AS rows, array_agg(m.sums ORDER BY m.k) AS sums FROM metric m GROUP BY m.unit)
    SELECT s.unit, s.variant, CASE WHEN NOT s.is_kept OR x.own > 0 OR x.other > 0 THEN s.first_epoch END,
           s.first_exposed_at, s.first_execution_id, coalesce(x.own, 0)::bigint,
           coalesce(x.other, 0)::bigint, coalesce(t.rows, n.rows), coalesce(t.sums, n.sums), coalesce(x.queued, 0)
      FROM chosen s LEFT JOIN exposure x ON x.unit = s.unit LEFT JOIN total t ON t.unit = s.unit,
           (SELECT array_fill(0::bigint, ARRAY[cardinality(e.metrics)]) AS rows, array_fill(0::numeric, ARRAY[cardinality(e.metrics)]) AS sums
              FROM prompt.ab_test_experiments e WHERE e.id = of_experiment) AS n
$recount$;
COMMENT ON FUNCTION prompt._recount_subjects(uuid, text[], text[], uuid[]) IS
    'totals of users from prompt_executions, less the queued changes but for those that are being folded; a known variant is that '
    'of a user without executions';

CREATE FUNCTION prompt._sees_all_of(tenant text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $sees$
    SELECT NOT row_security_active('prompt.prompt_executions') OR (tenant = prompt.current_tenant() AND tenant <> '')
$sees$;
COMMENT ON FUNCTION prompt._sees_all_of(text) IS
    'whether the caller sees all executions of a tenant''s experiments: under row-level security nobody does of a shared one, which '
    'any tenant''s users may be in';

-- Totals of users: what is folded plus what is queued equals a recount, per user of the variant first seen; of other
-- variants only the number of executions is kept.
CREATE FUNCTION prompt._compare_subjects(OUT figure text, OUT key jsonb, OUT running numeric, OUT recount numeric)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off AS $compare$
    WITH experiment AS MATERIALIZED (
        -- What retention has left of an experiment's executions is no measure of its totals.
        SELECT e.id, e.metrics, e.layer, e.entered FROM prompt.ab_test_experiments e
         WHERE cardinality(e.metrics) > 0 AND prompt._sees_all_of(e.tenant_id)
           AND NOT EXISTS (SELECT FROM prompt.prompt_state s
                            WHERE s.tenant_id = e.tenant_id AND s.key = prompt._lost_key(e.id))),
    counted AS MATERIALIZED (
        SELECT e.id, u.* FROM experiment e, prompt._recount_units(e.id) u),
    first_exposure AS (
        SELECT DISTINCT ON (c.id, c.unit) c.*
          FROM counted c ORDER BY c.id, c.unit, c.first_exposed_at, c.first_execution_id),
    subject AS MATERIALIZED (
        SELECT s.experiment_id AS id, s.* FROM prompt.prompt_subjects s JOIN experiment e ON e.id = s.experiment_id),
    queued AS MATERIALIZED (
        SELECT q.experiment_id AS id, q.unit, q.variant, q.exposures, q.rows::bigint[] AS rows, q.sums
          FROM prompt.prompt_subject_queue q JOIN experiment e ON e.id = q.experiment_id),
    -- one row per user, variant and figure, of what is running and of what is counted; k is the metric
    figure AS (
        SELECT r.id, r.unit, r.variant, m.k, m.rows, m.sums, 0::numeric AS exposures, 1 AS sign
          FROM (SELECT id, unit, variant, rows, sums FROM subject
                UNION ALL SELECT id, unit, variant, late_rows, late_sums FROM subject WHERE late_rows IS NOT NULL
                UNION ALL SELECT id, unit, variant, rows, sums FROM queued) AS r,
               unnest(r.rows, r.sums) WITH ORDINALITY AS m (rows, sums, k)
        UNION ALL
        SELECT c.id, c.unit, c.variant, m.k, m.rows, m.sums, 0, -1
          FROM counted c, unnest(c.rows, c.sums) WITH ORDINALITY AS m (rows, sums, k)
        UNION ALL
        SELECT id, unit, variant, 0, 0, 0, exposures, 1 FROM subject
        UNION ALL
        SELECT id, unit, variant, 0, 0, 0, exposures, 1 FROM queued WHERE exposures <> 0
        UNION ALL
        SELECT id, unit, variant, 0, 0, 0, exposures, -1 FROM counted),
    -- totals: of the variant first seen or, before anything is folded, of every variant
    total AS (
        SELECT f.id, f.unit, f.variant, f.k,
               sum(f.rows) FILTER (WHERE sign = 1) AS running_rows, sum(f.rows) FILTER (WHERE sign = -1) AS counted_rows,
               sum(f.sums) FILTER (WHERE sign = 1) AS running_sums, sum(f.sums) FILTER (WHERE sign = -1) AS counted_sums,
               sum(f.exposures) FILTER (WHERE sign = 1) AS running, sum(f.exposures) FILTER (WHERE sign = -1) AS counted
          FROM figure f
         GROUP BY f.id, f.unit, f.variant, f.k
        HAVING sum(f.rows * f.sign) <> 0 OR sum(f.sums * f.sign) <> 0 OR sum(f.exposures * f.sign) <> 0),
    compared AS (
        SELECT v.name || coalesce('.' || e.metrics[t.k], '') AS figure, t.id, t.unit, t.variant, v.running, v.counted
          FROM total t JOIN experiment e USING (id) LEFT JOIN subject s USING (id, unit),
               LATERAL (VALUES ('rows', t.running_rows, t.counted_rows::numeric), ('sums', t.running_sums, t.counted_sums),
                               ('exposures', t.running, t.counted)) AS v (name, running, counted)
         WHERE s.variant IS NULL OR s.variant = t.variant
        UNION ALL
        SELECT 'crossover_exposures', x.id, x.unit, min(x.own), sum(x.running), sum(x.counted)
          FROM (SELECT id, unit, variant AS own, crossover_exposures AS running, 0 AS counted FROM subject
                UNION ALL
                SELECT q.id, q.unit, s.variant, q.exposures, 0
                  FROM queued q JOIN subject s USING (id, unit) WHERE s.variant <> q.variant
                UNION ALL
                SELECT c.id, c.unit, s.variant, 0, c.exposures
                  FROM counted c JOIN subject s USING (id, unit) WHERE s.variant <> c.variant) AS x
         GROUP BY x.id, x.unit
        UNION ALL
        -- 1: the first exposure is that of the executions
        SELECT 'first_exposure', s.id, s.unit, s.variant,
               ((s.variant, s.first_epoch, s.entry_epoch, s.first_exposed_at, s.first_execution_id)
                = (f.variant, f.first_epoch, prompt._entry_epoch(e.layer, e.entered, f.unit, f.first_epoch),
                   f.first_exposed_at, f.first_execution_id))::int, 1
          FROM subject s JOIN first_exposure f USING (id, unit) JOIN experiment e USING (id)
          LEFT JOIN (SELECT DISTINCT id, unit FROM queued WHERE exposures <> 0) AS q USING (id, unit)
         WHERE q.id IS NULL)
    SELECT 'prompt_subjects.' || c.figure,
           jsonb_build_object('experiment_id', c.id, 'unit', c.unit, 'variant', c.variant),
           coalesce(c.running, 0), coalesce(c.counted, 0)
      FROM compared c
     WHERE coalesce(c.running, 0) <> coalesce(c.counted, 0)
$compare$;
COMMENT ON FUNCTION prompt._compare_subjects() IS
    'totals of users, folded and queued, that differ from a recount of prompt_executions';

CREATE FUNCTION prompt._recount_statistics(of_experiment uuid DEFAULT NULL, OUT experiment_id uuid, OUT metric text,
        OUT variant text, OUT first_epoch int, OUT entry_epoch int, OUT tenant_id text, OUT users bigint, OUT rows numeric,
        OUT row_squares numeric, OUT sums numeric, OUT sum_squares numeric, OUT cross_sums numeric,
        OUT non_binary bigint, OUT crossovers bigint, OUT covariate_sums numeric, OUT covariate_squares numeric,
        OUT covariate_by_sums numeric, OUT covariate_by_rows numeric)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $recount$
    SELECT s.experiment_id, m.metric, s.variant, s.first_epoch, s.entry_epoch, min(e.tenant_id),
           count(*) FILTER (WHERE m.rows > 0), sum(m.rows), sum(m.rows * m.rows), sum(m.sums), sum(m.sums * m.sums),
           sum(m.rows * m.sums), count(*) FILTER (WHERE m.rows > 0 AND NOT (m.rows = 1 AND m.sums IN (0, 1))),
           0::bigint, coalesce(sum(s.covariate) FILTER (WHERE m.rows > 0), 0),
           coalesce(sum(s.covariate * s.covariate) FILTER (WHERE m.rows > 0), 0),
           coalesce(sum(s.covariate * m.sums) FILTER (WHERE m.rows > 0), 0), coalesce(sum(s.covariate * m.rows), 0)
      FROM prompt.prompt_subjects s
      JOIN prompt.ab_test_experiments e ON e.id = s.experiment_id,
           LATERAL (SELECT e.metrics[k],
                           CASE WHEN e.metrics[k] = 'executions_per_user' THEN 1
                                ELSE s.rows[k] END::numeric,
                           CASE WHEN e.metrics[k] = 'executions_per_user' THEN s.exposures ELSE s.sums[k] END
                      FROM generate_subscripts(e.metrics, 1) AS k) AS m (metric, rows, sums)
     WHERE s.exposures > 0 AND (of_experiment IS NULL OR s.experiment_id = of_experiment)
     GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT s.experiment_id, '', s.variant, s.first_epoch, s.entry_epoch, min(e.tenant_id), count(*),
           sum(s.exposures), sum(s.exposures::numeric * s.exposures), 0, 0, 0, 0,
           count(*) FILTER (WHERE s.is_crossover), 0, 0, 0, 0
      FROM prompt.prompt_subjects s
      JOIN prompt.ab_test_experiments e ON e.id = s.experiment_id
     WHERE s.exposures > 0 AND (of_experiment IS NULL OR s.experiment_id = of_experiment)
     GROUP BY 1, 3, 4, 5
$recount$;
COMMENT ON FUNCTION prompt._recount_statistics(uuid) IS 'rows of ab_test_statistics, counted from prompt_subjects';

CREATE FUNCTION prompt._compare_statistics(OUT figure text, OUT key jsonb, OUT running numeric, OUT recount numeric)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $compare$
    SELECT 'ab_test_statistics.' || f.name,
           jsonb_build_object('experiment_id', experiment_id, 'metric', metric, 'variant', variant,
                              'first_epoch', first_epoch, 'entry_epoch', entry_epoch),
           f.running, f.recount
      FROM prompt.ab_test_statistics a
      FULL JOIN prompt._recount_statistics() b USING (experiment_id, metric, variant, first_epoch, entry_epoch),
           LATERAL (VALUES ('users', a.users::numeric, b.users::numeric), ('rows', a.rows, b.rows),
                           ('row_squares', a.row_squares, b.row_squares), ('sums', a.sums, b.sums),
                           ('sum_squares', a.sum_squares, b.sum_squares), ('cross_sums', a.cross_sums, b.cross_sums),
                           ('non_binary', a.non_binary, b.non_binary), ('crossovers', a.crossovers, b.crossovers),
                           ('covariate_sums', a.covariate_sums, b.covariate_sums),
                           ('covariate_squares', a.covariate_squares, b.covariate_squares),
                           ('covariate_by_sums', a.covariate_by_sums, b.covariate_by_sums),
                           ('covariate_by_rows', a.covariate_by_rows, b.covariate_by_rows)
                   ) AS f (name, running, recount)
     WHERE coalesce(f.running, 0) <> coalesce(f.recount, 0)
       AND prompt._sees_all_of((SELECT e.tenant_id FROM prompt.ab_test_experiments e WHERE e.id = experiment_id))
$compare$;
COMMENT ON FUNCTION prompt._compare_statistics() IS
    'sums over users in ab_test_statistics that differ from a recount of prompt_subjects';

CREATE FUNCTION prompt._experiment_sums(of_experiment uuid, OUT metric text, OUT variant text, OUT first_epoch int,
        OUT entry_epoch int, OUT users bigint, OUT rows numeric, OUT row_squares numeric, OUT sums numeric,
        OUT sum_squares numeric, OUT cross_sums numeric, OUT non_binary bigint, OUT crossovers bigint,
        OUT covariate_sums numeric, OUT covariate_squares numeric, OUT covariate_by_sums numeric,
        OUT covariate_by_rows numeric)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $sums$
    SELECT a.metric, a.variant, a.first_epoch, a.entry_epoch, sum(a.users)::bigint, sum(a.rows), sum(a.row_squares),
           sum(a.sums), sum(a.sum_squares), sum(a.cross_sums), sum(a.non_binary)::bigint, sum(a.crossovers)::bigint,
           sum(a.covariate_sums), sum(a.covariate_squares), sum(a.covariate_by_sums), sum(a.covariate_by_rows)
      FROM (SELECT s.metric, s.variant, s.first_epoch, s.entry_epoch, s.users, s.rows, s.row_squares, s.sums, s.sum_squares,
                   s.cross_sums, s.non_binary, s.crossovers, s.covariate_sums, s.covariate_squares, s.covariate_by_sums,
                   s.covariate_by_rows
              FROM prompt.ab_test_statistics s WHERE s.experiment_id = of_experiment
            UNION ALL
            SELECT p.metric, p.variant, p.first_epoch, p.entry_epoch, p.users, p.rows, p.row_squares, p.sums, p.sum_squares,
                   p.cross_sums, p.non_binary, p.crossovers, p.covariate_sums, p.covariate_squares, p.covariate_by_sums,
                   p.covariate_by_rows
              FROM prompt._pending_statistics(of_experiment) p) AS a
     GROUP BY a.metric, a.variant, a.first_epoch, a.entry_epoch
    HAVING sum(a.users) > 0 OR sum(a.crossovers) > 0
$sums$;
COMMENT ON FUNCTION prompt._experiment_sums(uuid) IS
    'exact sums over users per metric, variant and stratum, folded and pending; metric '''' is the exposed users';

-- Centred in numeric first: float sums of squares would lose the variance of large values.
CREATE FUNCTION prompt._experiment_statistics(of_experiment uuid, OUT metric text, OUT variant text, OUT first_epoch int,
        OUT users bigint, OUT executions bigint, OUT sum_s float8, OUT sum_m float8, OUT mean_s float8,
        OUT mean_m float8, OUT var_s float8, OUT var_m float8, OUT cov_sm float8, OUT non_binary bigint,
        OUT crossovers bigint, OUT entry_epoch int)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $statistics$
    SELECT s.metric, s.variant, s.first_epoch, s.users, s.rows::bigint, s.sums::float8, s.rows::float8,
           (s.sums / nullif(s.users, 0))::float8, (s.rows / nullif(s.users, 0))::float8,
           ((s.users * s.sum_squares - s.sums * s.sums)
            / nullif(s.users::numeric * (s.users - 1), 0))::float8,
           ((s.users * s.row_squares - s.rows * s.rows)
            / nullif(s.users::numeric * (s.users - 1), 0))::float8,
           ((s.users * s.cross_sums - s.sums * s.rows)
            / nullif(s.users::numeric * (s.users - 1), 0))::float8,
           s.non_binary, s.crossovers, s.entry_epoch
      FROM prompt._experiment_sums(of_experiment) s
$statistics$;
COMMENT ON FUNCTION prompt._experiment_statistics(uuid) IS
    'moments over users (n-1) of their sums s and rows m, per metric, variant, epoch of first exposure and of entry, with what is '
    'pending; metric '''' counts exposed users and crossovers. Reads the running sums, never the executions';

CREATE FUNCTION prompt._rebuild_subjects(of_experiment uuid) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $rebuild$
DECLARE
    corrected bigint;
BEGIN
    -- Nobody else writes totals of users but the folder; what is queued and the executions behind it become visible
    -- together, so each statement's snapshot shows what the totals should be, whatever writers do meanwhile.
    PERFORM prompt._wait_for_folder(of_experiment);
    WITH differing AS (
        SELECT d.key ->> 'unit' AS unit, min(d.key ->> 'variant') AS variant, count(*) AS figures FROM prompt._compare_subjects() d
         WHERE d.key ->> 'experiment_id' = of_experiment::text GROUP BY 1),
    counted AS MATERIALIZED (
        SELECT d.figures, r.*
          FROM (SELECT array_agg(i.unit) AS units, array_agg(i.variant) AS variants FROM differing i) AS o,
               prompt._recount_subjects(of_experiment, o.units, o.variants, '{}') AS r
          JOIN differing d ON d.unit = r.unit),
    removed AS (
        DELETE FROM prompt.prompt_subjects s USING counted c
         WHERE s.experiment_id = of_experiment AND s.unit = c.unit AND c.first_execution_id IS NULL AND c.queued = 0),
    written AS (
        INSERT INTO prompt.prompt_subjects AS s (tenant_id, experiment_id, unit, variant, first_epoch, entry_epoch,
                                            first_exposed_at, first_execution_id, exposures, crossover_exposures, rows, sums,
                                            covariate)
        -- A user is of the tenant that recorded the first execution: forget_user() goes by that.
        SELECT coalesce((SELECT x.tenant_id FROM prompt.prompt_executions x
                          WHERE x.id = c.first_execution_id AND x.experiment_id = e.id ORDER BY 1 LIMIT 1), e.tenant_id),
               e.id, c.unit, c.variant, coalesce(c.first_epoch, 0),
               prompt._entry_epoch(e.layer, e.entered, c.unit, coalesce(c.first_epoch, 0)),
               coalesce(c.first_exposed_at, 'infinity'),
               coalesce(c.first_execution_id, '00000000-0000-0000-0000-000000000000'), c.exposures, c.crossover_exposures, c.rows, c.sums,
               CASE WHEN e.covariate IS NOT NULL
                    THEN prompt._covariate_of(e.id, c.unit, c.first_execution_id, c.first_exposed_at) END
          FROM counted c JOIN prompt.ab_test_experiments e ON e.id = of_experiment
         WHERE c.variant IS NOT NULL AND (c.first_execution_id IS NOT NULL OR c.queued > 0)
            ON CONFLICT (experiment_id, unit) DO UPDATE
           SET tenant_id = excluded.tenant_id, variant = excluded.variant, first_epoch = excluded.first_epoch, entry_epoch = excluded.entry_epoch,
               covariate = CASE WHEN s.first_execution_id = excluded.first_execution_id THEN s.covariate
                                ELSE excluded.covariate END,
               first_exposed_at = excluded.first_exposed_at, first_execution_id = excluded.first_execution_id,
               exposures = excluded.exposures, crossover_exposures = excluded.crossover_exposures,
               rows = excluded.rows, sums = excluded.sums, late_rows = NULL, late_sums = NULL)
    SELECT coalesce(sum(c.figures), 0) INTO corrected FROM counted c;
    SELECT corrected + count(*) INTO corrected
      FROM prompt._compare_statistics() d WHERE d.key ->> 'experiment_id' = of_experiment::text;
    IF corrected > 0 THEN
        DELETE FROM prompt.ab_test_statistics s WHERE s.experiment_id = of_experiment;
        INSERT INTO prompt.ab_test_statistics (experiment_id, metric, variant, first_epoch, entry_epoch, tenant_id, users, rows,
                                               row_squares, sums, sum_squares, cross_sums, non_binary, crossovers,
                                               covariate_sums, covariate_squares, covariate_by_sums, covariate_by_rows)
        SELECT * FROM prompt._recount_statistics(of_experiment);
    END IF;
    RETURN corrected;
END
$rebuild$;
COMMENT ON FUNCTION prompt._rebuild_subjects(uuid) IS
    'corrects the totals of users of an experiment and the sums over them, beside writers; says how many figures differed';
