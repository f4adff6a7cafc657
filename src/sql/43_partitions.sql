-- ---------------------------------------------------------------- partitions of executions

-- The partitions of prompt_executions from one time to another, as prompt.partition_by has them, in UTC.
CREATE FUNCTION prompt._partition_spans(from_at timestamptz, to_at timestamptz, OUT start_at timestamptz, OUT end_at timestamptz,
                                        OUT name text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $spans$
    SELECT s.start AT TIME ZONE 'UTC', (s.start + ('1 ' || u.unit)::interval) AT TIME ZONE 'UTC',
           'prompt_executions_' || to_char(s.start, CASE u.unit WHEN 'day' THEN 'YYYY_MM_DD' ELSE 'YYYY_MM' END)
      FROM (SELECT CASE current_setting('prompt.partition_by', true) WHEN 'day' THEN 'day' ELSE 'month' END AS unit) AS u,
           generate_series(date_trunc(u.unit, from_at AT TIME ZONE 'UTC'), to_at AT TIME ZONE 'UTC', ('1 ' || u.unit)::interval) AS s (start)
$spans$;
COMMENT ON FUNCTION prompt._partition_spans(timestamptz, timestamptz) IS
    'the partitions that a span of time needs, by month or day as the setting prompt.partition_by says';

CREATE FUNCTION prompt._create_partition(start_at timestamptz, end_at timestamptz, name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
    EXECUTE format('CREATE TABLE prompt.%I PARTITION OF prompt.prompt_executions FOR VALUES FROM (%L) TO (%L)', name,
                   prompt.uuid_v7_bound(start_at), prompt.uuid_v7_bound(end_at));
    EXECUTE format('COMMENT ON TABLE prompt.%I IS %L', name,
                   format('executions from %s to %s (UTC)', start_at AT TIME ZONE 'UTC', end_at AT TIME ZONE 'UTC'));
END
$create$;
COMMENT ON FUNCTION prompt._create_partition(timestamptz, timestamptz, text) IS 'creates a partition of prompt_executions';

CREATE FUNCTION prompt._ahead(months_ahead int DEFAULT 2, days_ahead int DEFAULT 14) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE current_setting('prompt.partition_by', true) WHEN 'day' THEN now() + make_interval(days => days_ahead)
                ELSE (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => months_ahead)) AT TIME ZONE 'UTC' END;
COMMENT ON FUNCTION prompt._ahead(int, int) IS 'the time up to which there should be partitions';

CREATE FUNCTION prompt._create_partitions() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
    IF to_regclass('prompt.prompt_executions_default') IS NULL THEN
        CREATE TABLE prompt.prompt_executions_default PARTITION OF prompt.prompt_executions DEFAULT;
        COMMENT ON TABLE prompt.prompt_executions_default IS 'executions whose id names a time without a partition';
    END IF;
    -- Later ones are maintain()'s: it moves rows and waits for no lock.
    IF NOT EXISTS (SELECT FROM prompt._partitions() p WHERE NOT p.is_default) THEN
        PERFORM prompt._create_partition(s.start_at, s.end_at, s.name) FROM prompt._partition_spans(now(), prompt._ahead()) AS s;
    END IF;
END
$create$;
COMMENT ON FUNCTION prompt._create_partitions() IS
    'creates the default partition of prompt_executions and, if there is no other, those of this month (or day) and the next ones';

-- Executions that have left the figures and not the schema: found by the columns that hold what is a person's.
CREATE FUNCTION prompt._detached_partitions() RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $detached$
    SELECT c.oid::regclass FROM pg_class c
     WHERE c.relnamespace = 'prompt'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> 'prompt_executions'
       AND (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
           @> '{id,tenant_id,template_id,user_id,request_id,session_id,experiment_id,variables_used,rendered_prompt,conversation_context,
                question_hash,response_text,error_message,rating_feedback,escalation_reason,guardrails_evaluated,metadata}'
     ORDER BY c.relname
$detached$;
COMMENT ON FUNCTION prompt._detached_partitions() IS
    'tables in schema prompt that are no partitions of prompt_executions, or no longer, and have its columns';

CREATE FUNCTION prompt._own_relations(OUT relation regclass, OUT kind "char") RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $own$
    SELECT c.oid::regclass, c.relkind FROM pg_class c
     WHERE c.relnamespace = 'prompt'::regnamespace AND c.relname ~ CASE c.relkind
           WHEN 'v' THEN '^(prompt_(template_performance|guardrail_performance|guardrail_performance_hourly|guardrail_violations)'
                         '|ab_test_variant_performance)$'
           ELSE '^(prompt_(templates|labels|executions|guardrails|metrics|guardrail_metrics|subjects|subject_queue|audit_log|state)'
                '|ab_test_(experiments|variants|statistics|progress))$' END
       AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
     ORDER BY c.relname
$own$;
COMMENT ON FUNCTION prompt._own_relations() IS 'the tables (kind r or p) and views (v) of pg_prompt, without partitions';
