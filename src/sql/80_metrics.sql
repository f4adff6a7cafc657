-- ---------------------------------------------------------------- running metrics

CREATE FUNCTION prompt._count_executions() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'pgprompt_count_executions';
COMMENT ON FUNCTION prompt._count_executions() IS
    'trigger: adds what a statement changed in prompt_executions to the running metrics, as the owner of the tables';

-- ---------------------------------------------------------------- sparse counts: the sketch of response times, the minutes

CREATE FUNCTION prompt._sketch_add(counts internal, milliseconds int) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_sketch_add';
COMMENT ON FUNCTION prompt._sketch_add(internal, int) IS 'adds a response time to a sketch';

CREATE FUNCTION prompt._minutes_add(counts internal, created_at timestamptz, status text, milliseconds int) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_minutes_add';
COMMENT ON FUNCTION prompt._minutes_add(internal, timestamptz, text, int) IS 'adds an execution to the minutes of its hour';

CREATE FUNCTION prompt._counts_add(counts internal, other bytea) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_counts_add';
COMMENT ON FUNCTION prompt._counts_add(internal, bytea) IS 'adds counts to others';

CREATE FUNCTION prompt._counts_add_entry(counts internal, index int, count bigint) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_counts_add_entry';
COMMENT ON FUNCTION prompt._counts_add_entry(internal, int, bigint) IS 'adds to one of several counts';

CREATE FUNCTION prompt._counts_result(counts internal) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_counts_result';
COMMENT ON FUNCTION prompt._counts_result(internal) IS 'counts as prompt_metrics keeps them';

CREATE AGGREGATE prompt._sketch(milliseconds int) (
    sfunc = prompt._sketch_add, stype = internal, sspace = 4000, finalfunc = prompt._counts_result, parallel = safe);
COMMENT ON AGGREGATE prompt._sketch(int) IS 'the sketch of response times; nulls are none';

CREATE AGGREGATE prompt._minutes(created_at timestamptz, status text, milliseconds int) (
    sfunc = prompt._minutes_add, stype = internal, sspace = 4000, finalfunc = prompt._counts_result, parallel = safe);
COMMENT ON AGGREGATE prompt._minutes(timestamptz, text, int) IS 'the minutes of executions of one hour';

CREATE AGGREGATE prompt._counts_sum(counts bytea) (
    sfunc = prompt._counts_add, stype = internal, sspace = 4000, finalfunc = prompt._counts_result, parallel = safe);
COMMENT ON AGGREGATE prompt._counts_sum(bytea) IS 'several sketches, or minutes, as one';

CREATE AGGREGATE prompt._counts(index int, count bigint) (
    sfunc = prompt._counts_add_entry, stype = internal, sspace = 4000, finalfunc = prompt._counts_result, parallel = safe);
COMMENT ON AGGREGATE prompt._counts(int, bigint) IS 'counts from their entries';

CREATE FUNCTION prompt._counts_combine(a bytea, b bytea, sign int DEFAULT 1) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_counts_combine';
COMMENT ON FUNCTION prompt._counts_combine(bytea, bytea, int) IS 'counts and others, added (sign 1) or taken back (-1)';

CREATE FUNCTION prompt._counts_entries(counts bytea, OUT index int, OUT count bigint)
    RETURNS SETOF record LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_counts_entries';
COMMENT ON FUNCTION prompt._counts_entries(bytea) IS 'the counts that are not zero, by their number from 0';

CREATE FUNCTION prompt._minutes_of(minutes bytea, OUT minute int, OUT executions bigint, OUT successes bigint,
                                   OUT failures bigint, OUT response_time_count bigint, OUT response_time_sum bigint)
    RETURNS SETOF record LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_minutes_of';
COMMENT ON FUNCTION prompt._minutes_of(bytea) IS 'the figures of each minute of an hour, from prompt_metrics.minutes';

CREATE FUNCTION prompt.response_time_percentile(sketch bytea, fraction float8) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_response_time_percentile';
COMMENT ON FUNCTION prompt.response_time_percentile(bytea, float8) IS
    'a percentile (0.95: the response time that 95 % do not exceed) within 2 %, from prompt_metrics.response_time_sketch; '
    'null if there are no response times';

-- ---------------------------------------------------------------- triggers

CREATE FUNCTION prompt._create_metric_triggers_on(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
DECLARE
    prefix constant text := 'prompt_executions_count';
BEGIN
    PERFORM prompt._create_trigger(prefix || '_insert', relation,
        'AFTER INSERT ON %s REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT '
        'EXECUTE FUNCTION prompt._count_executions()');
    PERFORM prompt._create_trigger(prefix || '_update', relation,
        'AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT '
        'EXECUTE FUNCTION prompt._count_executions()');
    PERFORM prompt._create_trigger(prefix || '_delete', relation,
        'AFTER DELETE ON %s REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT '
        'EXECUTE FUNCTION prompt._count_executions()');
    -- TRUNCATE fires the triggers of every partition that it empties, so those of the partitions suffice.
    IF (SELECT relkind FROM pg_class WHERE oid = relation) = 'r' THEN
        PERFORM prompt._create_trigger(prefix || '_truncate', relation,
            'BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION prompt._count_executions()');
    END IF;
END
$create$;
COMMENT ON FUNCTION prompt._create_metric_triggers_on(regclass) IS
    'creates the metric triggers on prompt_executions or one of its partitions, or repairs them';

CREATE FUNCTION prompt._create_metric_triggers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
    -- Rows put straight into a partition fire the triggers of that partition only.
    PERFORM prompt._create_metric_triggers_on(p.relid)
       FROM pg_partition_tree('prompt.prompt_executions') p
       JOIN pg_class c ON c.oid = p.relid AND c.relkind IN ('r', 'p');
END
$create$;
COMMENT ON FUNCTION prompt._create_metric_triggers() IS
    'creates the triggers that keep the running metrics, on prompt_executions and on every partition';

CREATE FUNCTION prompt._recount_metrics(of_partition regclass DEFAULT NULL)
    RETURNS TABLE (key jsonb, figures jsonb, sketch bytea, minutes bytea)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $recount$
    SELECT to_jsonb(k), to_jsonb(f), m.sketch, m.minutes
      FROM (SELECT e.tenant_id, e.template_id,
                   coalesce(e.experiment_id, '00000000-0000-0000-0000-000000000000') AS experiment_id,
                   coalesce(e.variant, '') AS variant, date_trunc('hour', e.created_at, 'UTC') AS hour,
                   count(*) AS executions,
                   count(*) FILTER (WHERE e.status = 'pending') AS pending,
                   count(*) FILTER (WHERE e.status = 'success') AS successes,
                   count(*) FILTER (WHERE e.status = 'error') AS errors,
                   count(*) FILTER (WHERE e.status = 'timeout') AS timeouts,
                   count(*) FILTER (WHERE e.status = 'blocked') AS blocked,
                   count(e.response_time_ms) AS response_time_count,
                   coalesce(sum(e.response_time_ms), 0) AS response_time_sum,
                   coalesce(sum(e.response_time_ms::numeric * e.response_time_ms), 0) AS response_time_squares,
                   count(*) FILTER (WHERE num_nonnulls(e.input_tokens, e.output_tokens) > 0) AS tokens_count,
                   coalesce(sum(e.input_tokens), 0) AS input_tokens,
                   coalesce(sum(e.output_tokens), 0) AS output_tokens,
                   count(e.cost_usd) AS cost_count, coalesce(sum(e.cost_usd), 0) AS cost_usd,
                   count(e.quality_score) AS quality_count, coalesce(sum(e.quality_score), 0) AS quality_sum,
                   count(e.rating) AS rating_count, coalesce(sum(e.rating), 0) AS rating_sum,
                   count(*) FILTER (WHERE e.rating = 1) AS rating_1,
                   count(*) FILTER (WHERE e.rating = 2) AS rating_2,
                   count(*) FILTER (WHERE e.rating = 3) AS rating_3,
                   count(*) FILTER (WHERE e.rating = 4) AS rating_4,
                   count(*) FILTER (WHERE e.rating = 5) AS rating_5,
                   count(e.conversion_metric) AS conversion_count,
                   coalesce(sum(e.conversion_metric), 0) AS conversion_sum,
                   count(*) FILTER (WHERE e.escalated) AS escalations,
                   count(*) FILTER (WHERE e.flagged_for_review) AS flags,
                   coalesce(sum(cardinality(e.guardrail_violations)), 0) AS guardrail_violations,
                   prompt._sketch(e.response_time_ms) AS sketch,
                   prompt._minutes(e.created_at, e.status, e.response_time_ms) AS minutes
              FROM prompt.prompt_executions e
             WHERE of_partition IS NULL OR e.tableoid = of_partition
             GROUP BY 1, 2, 3, 4, 5) AS m,
           LATERAL (SELECT m.tenant_id, m.template_id, m.experiment_id, m.variant, m.hour AT TIME ZONE 'UTC' AS hour) AS k,
           LATERAL (SELECT m.executions, m.pending, m.successes, m.errors, m.timeouts, m.blocked,
                           m.response_time_count, m.response_time_sum, m.response_time_squares, m.tokens_count,
                           m.input_tokens, m.output_tokens, m.cost_count, m.cost_usd, m.quality_count, m.quality_sum,
                           m.rating_count, m.rating_sum, m.rating_1, m.rating_2, m.rating_3, m.rating_4, m.rating_5,
                           m.conversion_count, m.conversion_sum, m.escalations, m.flags,
                           m.guardrail_violations) AS f
$recount$;
COMMENT ON FUNCTION prompt._recount_metrics(regclass) IS
    'figures of prompt_metrics, counted from prompt_executions or one partition of it; hours in UTC';

CREATE FUNCTION prompt._running_metrics() RETURNS TABLE (key jsonb, figures jsonb, sketch bytea, minutes bytea)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $running$
    SELECT to_jsonb(k), to_jsonb(f), m.sketch, m.minutes
      FROM (SELECT r.tenant_id, r.template_id, r.experiment_id, r.variant, r.hour,
                   sum(r.executions) AS executions, sum(r.pending) AS pending, sum(r.successes) AS successes,
                   sum(r.errors) AS errors, sum(r.timeouts) AS timeouts, sum(r.blocked) AS blocked,
                   sum(r.response_time_count) AS response_time_count, sum(r.response_time_sum) AS response_time_sum,
                   sum(r.response_time_squares) AS response_time_squares, sum(r.tokens_count) AS tokens_count,
                   sum(r.input_tokens) AS input_tokens, sum(r.output_tokens) AS output_tokens,
                   sum(r.cost_count) AS cost_count, sum(r.cost_usd) AS cost_usd,
                   sum(r.quality_count) AS quality_count, sum(r.quality_sum) AS quality_sum,
                   sum(r.rating_count) AS rating_count, sum(r.rating_sum) AS rating_sum,
                   sum(r.rating_1) AS rating_1, sum(r.rating_2) AS rating_2, sum(r.rating_3) AS rating_3,
                   sum(r.rating_4) AS rating_4, sum(r.rating_5) AS rating_5,
                   sum(r.conversion_count) AS conversion_count, sum(r.conversion_sum) AS conversion_sum,
                   sum(r.escalations) AS escalations, sum(r.flags) AS flags,
                   sum(r.guardrail_violations) AS guardrail_violations,
                   prompt._counts_sum(r.response_time_sketch) AS sketch, prompt._counts_sum(r.minutes) AS minutes
              FROM prompt.prompt_metrics r
             WHERE r.slot <> 0
             GROUP BY 1, 2, 3, 4, 5) AS m,
           LATERAL (SELECT m.tenant_id, m.template_id, m.experiment_id, m.variant, m.hour AT TIME ZONE 'UTC' AS hour) AS k,
           LATERAL (SELECT m.executions, m.pending, m.successes, m.errors, m.timeouts, m.blocked,
                           m.response_time_count, m.response_time_sum, m.response_time_squares, m.tokens_count,
                           m.input_tokens, m.output_tokens, m.cost_count, m.cost_usd, m.quality_count, m.quality_sum,
                           m.rating_count, m.rating_sum, m.rating_1, m.rating_2, m.rating_3, m.rating_4, m.rating_5,
                           m.conversion_count, m.conversion_sum, m.escalations, m.flags,
                           m.guardrail_violations) AS f
$running$;
COMMENT ON FUNCTION prompt._running_metrics() IS
    'figures of prompt_metrics, summed over slots, without those of dropped partitions (slot 0)';

CREATE FUNCTION prompt._recount_guardrail_metrics(of_partition regclass DEFAULT NULL) RETURNS TABLE (key jsonb, figures jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $recount$
    SELECT jsonb_build_object('tenant_id', r.tenant_id, 'guardrail', r.guardrail, 'hour', r.hour AT TIME ZONE 'UTC'),
           jsonb_build_object('evaluations', count(*), 'violations', count(*) FILTER (WHERE r.violated))
      FROM (SELECT e.id, e.tenant_id, date_trunc('hour', e.created_at, 'UTC') AS hour, g.entry ->> 'rule' AS guardrail,
                   bool_or(g.entry -> 'passed' = 'false') AS violated
              FROM prompt.prompt_executions e,
                   jsonb_array_elements(CASE WHEN jsonb_typeof(e.guardrails_evaluated) = 'array'
                                             THEN e.guardrails_evaluated END) AS g (entry)
             WHERE jsonb_typeof(g.entry -> 'rule') = 'string' AND (of_partition IS NULL OR e.tableoid = of_partition)
             GROUP BY 1, 2, 3, 4) AS r
     GROUP BY r.tenant_id, r.guardrail, r.hour
$recount$;
COMMENT ON FUNCTION prompt._recount_guardrail_metrics(regclass) IS
    'figures of prompt_guardrail_metrics, counted from prompt_executions or one partition of it: a rule counts once per '
    'execution';

CREATE FUNCTION prompt._running_guardrail_metrics() RETURNS TABLE (key jsonb, figures jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $running$
    SELECT jsonb_build_object('tenant_id', r.tenant_id, 'guardrail', r.guardrail, 'hour', r.hour AT TIME ZONE 'UTC'),
           jsonb_build_object('evaluations', sum(r.evaluations), 'violations', sum(r.violations))
      FROM prompt.prompt_guardrail_metrics r
     WHERE r.slot <> 0
     GROUP BY r.tenant_id, r.guardrail, r.hour
$running$;
COMMENT ON FUNCTION prompt._running_guardrail_metrics() IS
    'figures of prompt_guardrail_metrics, summed over slots, without those of dropped partitions (slot 0)';

-- Every figure is compared in one statement, that is in one snapshot: beside writers, too, nothing is half counted.
CREATE FUNCTION prompt._compare_metrics(OUT source text, OUT key jsonb, OUT figure text, OUT running numeric,
                                        OUT recount numeric, OUT index int)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $compare$
    SELECT d.source, d.key, f.name, f.running, f.recount, f.index
      FROM (SELECT 'prompt_metrics' AS source, key, a.figures AS running, b.figures AS recount,
                   coalesce(a.sketch, '') AS running_sketch, coalesce(b.sketch, '') AS recount_sketch,
                   coalesce(a.minutes, '') AS running_minutes, coalesce(b.minutes, '') AS recount_minutes
              FROM prompt._running_metrics() a FULL JOIN prompt._recount_metrics() b USING (key)
            UNION ALL
            SELECT 'prompt_guardrail_metrics', key, a.figures, b.figures, '', '', '', ''
              FROM prompt._running_guardrail_metrics() a FULL JOIN prompt._recount_guardrail_metrics() b USING (key)
           ) AS d,
           LATERAL (SELECT name, coalesce(a.value::numeric, 0) AS running, coalesce(b.value::numeric, 0) AS recount,
                           NULL::int AS index
                      FROM jsonb_each_text(d.running) AS a (name, value)
                      FULL JOIN jsonb_each_text(d.recount) AS b (name, value) USING (name)
                    UNION ALL
                    SELECT 'response_time_sketch', coalesce(a.count, 0), coalesce(b.count, 0), index
                      FROM prompt._counts_entries(d.running_sketch) AS a
                      FULL JOIN prompt._counts_entries(d.recount_sketch) AS b USING (index)
                    UNION ALL
                    SELECT 'minutes', coalesce(a.count, 0), coalesce(b.count, 0), index
                      FROM prompt._counts_entries(d.running_minutes) AS a
                      FULL JOIN prompt._counts_entries(d.recount_minutes) AS b USING (index)) AS f
     WHERE (d.running, d.running_sketch, d.running_minutes) IS DISTINCT FROM (d.recount, d.recount_sketch, d.recount_minutes)
$compare$;
COMMENT ON FUNCTION prompt._compare_metrics() IS
    'all figures of the keys for which any running figure differs from the recount; sparse counts by their number';

CREATE FUNCTION prompt.verify_metrics(OUT figure text, OUT key jsonb, OUT running numeric, OUT recount numeric)
    RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $verify$
#variable_conflict use_column
BEGIN
    -- A partition that is emptied or dropped is so in every snapshot: this one is taken when nobody can be at it.
    LOCK TABLE prompt.prompt_executions IN ACCESS SHARE MODE;
    RETURN QUERY
    SELECT c.source || '.' || c.figure,
           CASE WHEN c.index IS NULL THEN c.key ELSE c.key || jsonb_build_object('index', c.index) END,
           c.running, c.recount
      FROM prompt._compare_metrics() c
     WHERE c.running <> c.recount
    UNION ALL
    SELECT * FROM prompt._compare_subjects()
    UNION ALL
    SELECT * FROM prompt._compare_statistics()
     ORDER BY 1, 2;
END
$verify$;
COMMENT ON FUNCTION prompt.verify_metrics() IS
    'compares every running figure with a recount: no row when all are equal, else a row per figure that differs';

CREATE FUNCTION prompt._insert_corrections(source text, corrections jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $insert$
DECLARE
    chosen constant jsonb := jsonb_path_query_array(corrections, '$[*] ? (@.source == $source).row',
                                                    jsonb_build_object('source', source));
    -- Our own columns alone: those that the user has added take their defaults.
    columns constant text := (SELECT string_agg(quote_ident(k), ', ') FROM jsonb_object_keys(chosen -> 0) AS k);
BEGIN
    IF columns IS NOT NULL THEN
        EXECUTE format('INSERT INTO prompt.%I (%s) SELECT %s FROM jsonb_populate_recordset(NULL::prompt.%I, $1)',
                       source, columns, columns, source) USING chosen;
    END IF;
END
$insert$;
COMMENT ON FUNCTION prompt._insert_corrections(text, jsonb) IS 'adds rows to a table of running figures';

CREATE FUNCTION prompt.rebuild_metrics() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $rebuild$
DECLARE
    -- A slot of this transaction alone; its own writing of executions uses lower numbers.
    slot bigint;
    corrections jsonb;
    corrected bigint;
BEGIN
    PERFORM prompt._require_primary('prompt.rebuild_metrics()');
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'prompt.rebuild_metrics() needs isolation level READ COMMITTED'
            USING ERRCODE = 'invalid_transaction_state',
                  DETAIL = 'An older snapshot would miss what another rebuild has corrected.';
    END IF;
    slot := -(pg_current_xact_id()::text::bigint * 1048576 + 1048575);
    PERFORM pg_advisory_xact_lock(prompt._lock_class(), 2);
    -- As in verify_metrics(): else what a partition counted is taken back twice.
    LOCK TABLE prompt.prompt_executions IN ACCESS SHARE MODE;
    -- A writer's rows and its figures become visible together, so the differences that one snapshot shows are
    -- right whatever writers do meanwhile. They are added, and nothing is locked.
    SELECT jsonb_agg(jsonb_build_object('source', d.source, 'row', d.key || d.differences
                     || jsonb_build_object('slot', slot, 'hour', (d.key ->> 'hour')::timestamp AT TIME ZONE 'UTC'))),
           sum(d.figures)
      INTO corrections, corrected
      FROM (SELECT c.source, c.key,
                   jsonb_object_agg(c.figure, c.recount - c.running) FILTER (WHERE c.index IS NULL)
                   || CASE c.source WHEN 'prompt_metrics' THEN jsonb_build_object(
                          'response_time_sketch', prompt._counts(c.index, (c.recount - c.running)::bigint)
                                                  FILTER (WHERE c.figure = 'response_time_sketch'),
                          'minutes', prompt._counts(c.index, (c.recount - c.running)::bigint)
                                     FILTER (WHERE c.figure = 'minutes')) ELSE '{}' END AS differences,
                   count(*) FILTER (WHERE c.running <> c.recount) AS figures
              FROM prompt._compare_metrics() c
             GROUP BY c.source, c.key
            HAVING bool_or(c.running <> c.recount)) AS d;
    PERFORM prompt._insert_corrections('prompt_metrics', corrections);
    PERFORM prompt._insert_corrections('prompt_guardrail_metrics', corrections);
    SELECT coalesce(corrected, 0) + coalesce(sum(prompt._rebuild_subjects(e.id)), 0) INTO corrected
      FROM (SELECT e.id FROM prompt.ab_test_experiments e WHERE cardinality(e.metrics) > 0 ORDER BY e.id) AS e;
    RETURN corrected;
END
$rebuild$;
COMMENT ON FUNCTION prompt.rebuild_metrics() IS
    'corrects the running figures by their difference from a recount, beside writers and without a lock; '
    'says how many figures differed';
